// The .NET types that exist on Windows only, as far as a read-only script can see them. Real names where a script could ask for the
// name of a type (enums, exceptions); everything else lives in the namespace StandIns.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.AccessControl;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace System.ServiceProcess
{
    public enum ServiceControllerStatus { Stopped = 1, StartPending, StopPending, Running, ContinuePending, PausePending, Paused }
    public enum ServiceStartMode { Boot, System, Automatic, Manual, Disabled }
}

namespace Microsoft.PowerShell.Commands
{
    public class ServiceCommandException : SystemException { public ServiceCommandException(string message) : base(message) { } }
}

namespace System.Diagnostics.Eventing.Reader
{
    // Linux has a stub whose constructor throws. Same name, another type: catch [EventLogNotFoundException] does not match this one.
    public class EventLogNotFoundException : Exception { public EventLogNotFoundException(string message) : base(message) { } }
}

// Numbers of root/StandardCimv2 as the type data of the network cmdlets names them.
namespace StandIns.NetTCPIP
{
    public enum AddressFamily { IPv4 = 2, IPv6 = 23 }
    public enum Dhcp { Disabled, Enabled }
    public enum ConnectionState { Disconnected, Connected }
    public enum State { Invalid, Alive, Probe }
    public enum TypeOfRoute { AdminDefinedRoute = 2, ComputedRoute, ActualRoute }
}

namespace StandIns.NetSecurity
{
    public enum Enabled { True = 1, False }   // truthy either way: a test for -Enabled without comparing counts disabled rules
    public enum Direction { Inbound = 1, Outbound }
    public enum Action { NotConfigured = 0, Allow = 2, Block = 4 }
    [Flags] public enum Profile { Any = 0, Domain = 1, Private = 2, Public = 4 }
    public enum GpoBoolean { False, True, NotConfigured }
    public enum PolicyStoreType { None, Local, GroupPolicy, Dynamic, Generated, Hardcoded }
}

namespace StandIns
{
    public static class Failures
    {
        public static Exception LogNotFound() => new System.Diagnostics.Eventing.Reader.EventLogNotFoundException("The specified channel could not be found");
    }

    /// <summary>A JSON document as ordered, case-insensitive dictionaries, arrays, strings, Int64, Double, Boolean and null.
    /// (ConvertFrom-Json is case-sensitive where Windows is not, and turns strings that look like dates into dates.)</summary>
    public static class Json
    {
        public static object Load(string text)
        {
            using (JsonDocument document = JsonDocument.Parse(text)) return Value(document.RootElement);
        }

        static object Value(JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    var map = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
                    foreach (JsonProperty property in element.EnumerateObject()) map[Name(property)] = Value(property.Value);
                    return map;
                case JsonValueKind.Array: return element.EnumerateArray().Select(Value).ToArray();
                case JsonValueKind.String: return Text(element.GetRawText(), element.GetString);
                case JsonValueKind.Number: return element.TryGetInt64(out long whole) ? (object)whole : element.TryGetUInt64(out ulong large) ? (object)large : element.GetDouble();
                case JsonValueKind.True: return true;
                case JsonValueKind.False: return false;
                default: return null;
            }
        }

        // Lone surrogates are legal in Windows' names and texts; the reader of .NET refuses them.
        static string Text(string raw, Func<string> read)
        {
            if (!Regex.IsMatch(raw, @"\\u[dD][89a-fA-F]")) return read();
            return Regex.Replace(raw.Substring(1, raw.Length - 2), @"\\(?:u([0-9a-fA-F]{4})|(.))", match =>
                match.Groups[1].Success ? ((char)Convert.ToInt32(match.Groups[1].Value, 16)).ToString() : Escapes[match.Groups[2].Value]);
        }

        static readonly Dictionary<string, string> Escapes = new Dictionary<string, string> { { "n", "\n" }, { "r", "\r" }, { "t", "\t" }, { "b", "\b" }, { "f", "\f" }, { "/", "/" }, { "\"", "\"" }, { "\\", "\\" } };

        static string Name(JsonProperty property)
        {
            string raw = property.ToString();
            return Text(raw.Substring(0, Regex.Match(raw, @"^""(?:[^""\\]|\\.)*""").Length), () => property.Name);
        }
    }

    /// <summary>One key of the declared registry; the object Get-Item returns carries the members of Microsoft.Win32.RegistryKey.</summary>
    public class RegistryKey : IDisposable
    {
        readonly SortedDictionary<string, RegistryKey> children = new SortedDictionary<string, RegistryKey>(StringComparer.OrdinalIgnoreCase);
        readonly List<KeyValuePair<string, KeyValuePair<string, object>>> values = new List<KeyValuePair<string, KeyValuePair<string, object>>>();
        bool denied;
        IDictionary environment;

        RegistryKey(string name, RegistryKey parent) { Name = name; Parent = parent; environment = parent?.environment; }

        public string Name { get; }
        internal RegistryKey Parent { get; }
        public int SubKeyCount => children.Count;
        public int ValueCount => values.Count;
        public string View => "Default";
        public override string ToString() => Name;
        public void Close() { }
        public void Dispose() { }
        public bool IsDenied() => denied || (Parent != null && Parent.IsDenied());

        /// <summary>Builds the hives from the state's "registry" and "denied".</summary>
        public static RegistryKey Load(IDictionary registry, IEnumerable denied, IDictionary environment)
        {
            var root = new RegistryKey("", null) { environment = environment };
            foreach (string hive in new[] { "HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", "HKEY_USERS", "HKEY_CLASSES_ROOT" }) root.Create(hive);
            foreach (DictionaryEntry entry in registry)
            {
                RegistryKey key = root.Create(Paths.Key((string)entry.Key));
                if (!(entry.Value is IDictionary declared)) continue;
                foreach (DictionaryEntry value in declared)
                {
                    var pair = (IDictionary)value.Value;
                    string type = (string)pair["type"];
                    key.values.Add(KeyValuePair.Create((string)value.Key, KeyValuePair.Create(type, Native(type, pair["data"]))));
                }
            }
            foreach (object entry in denied)
            {
                string path = Paths.Key(entry as string);
                if (path != null) root.Create(path).denied = true;
            }
            return root;
        }

        RegistryKey Create(string path)
        {
            RegistryKey key = this;
            foreach (string part in path.Split('\\'))
            {
                if (!key.children.TryGetValue(part, out RegistryKey child))
                    key.children[part] = child = new RegistryKey(key.Name.Length == 0 ? part : key.Name + "\\" + part, key);
                key = child;
            }
            return key;
        }

        // A DWORD arrives as Int32 on Windows, so 0x80000000 and above are negative.
        static object Native(string type, object data)
        {
            switch (type)
            {
                case "REG_DWORD": return unchecked((int)Convert.ToInt64(data));
                case "REG_QWORD": return data is ulong large ? unchecked((long)large) : Convert.ToInt64(data);
                case "REG_MULTI_SZ": return ((IEnumerable)data).Cast<object>().Select(line => (string)line).ToArray();
                case "REG_SZ": case "REG_EXPAND_SZ": return (string)data;
                default: return data == null ? new byte[0] : Convert.FromHexString((string)data);
            }
        }

        /// <summary>The key below this one whether or not it may be opened, null where there is none.</summary>
        public RegistryKey Find(string path)
        {
            RegistryKey key = this;
            foreach (string part in path.Split('\\', StringSplitOptions.RemoveEmptyEntries))
                if (!key.children.TryGetValue(part, out key)) return null;
            return key;
        }

        /// <summary>As Find, but SecurityException where access is denied.</summary>
        public RegistryKey OpenSubKey(string path)
        {
            RegistryKey key = Find(path);
            if (key != null && key.IsDenied()) throw new System.Security.SecurityException("Requested registry access is not allowed.");
            return key;
        }

        public RegistryKey OpenSubKey(string path, bool writable) => OpenSubKey(path);
        public string[] GetSubKeyNames() => children.Keys.ToArray();
        public string[] GetValueNames() => values.Select(value => value.Key).ToArray();
        public object GetValue(string name) => GetValue(name, null, "None");
        public object GetValue(string name, object otherwise) => GetValue(name, otherwise, "None");

        public object GetValue(string name, object otherwise, object options)
        {
            foreach (var value in values)
            {
                if (!string.Equals(value.Key, name ?? "", StringComparison.OrdinalIgnoreCase)) continue;
                bool expand = value.Value.Key == "REG_EXPAND_SZ" && options.ToString() != "DoNotExpandEnvironmentNames";
                return expand ? Paths.Expand((string)value.Value.Value, environment) : value.Value.Value;
            }
            return otherwise;
        }

        public Microsoft.Win32.RegistryValueKind GetValueKind(string name)
        {
            foreach (var value in values)
            {
                if (!string.Equals(value.Key, name ?? "", StringComparison.OrdinalIgnoreCase)) continue;
                switch (value.Value.Key)
                {
                    case "REG_SZ": return Microsoft.Win32.RegistryValueKind.String;
                    case "REG_EXPAND_SZ": return Microsoft.Win32.RegistryValueKind.ExpandString;
                    case "REG_BINARY": return Microsoft.Win32.RegistryValueKind.Binary;
                    case "REG_DWORD": return Microsoft.Win32.RegistryValueKind.DWord;
                    case "REG_MULTI_SZ": return Microsoft.Win32.RegistryValueKind.MultiString;
                    case "REG_QWORD": return Microsoft.Win32.RegistryValueKind.QWord;
                    case "REG_NONE": return Microsoft.Win32.RegistryValueKind.None;
                    default: return Microsoft.Win32.RegistryValueKind.Unknown;
                }
            }
            throw new IOException("The specified registry key does not exist.");
        }
    }

    public static class Paths
    {
        static readonly Regex hive = new Regex(@"^(?:Microsoft\.PowerShell\.Core\\)?(?:Registry::\\?)?(HKLM|HKCU|HKU|HKCR|HKEY_LOCAL_MACHINE|HKEY_CURRENT_USER|HKEY_USERS|HKEY_CLASSES_ROOT)(?::|(?=\\)|$)(.*)$",
            RegexOptions.IgnoreCase | RegexOptions.Singleline);
        static readonly Dictionary<string, string> hives = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) {
            { "HKLM", "HKEY_LOCAL_MACHINE" }, { "HKCU", "HKEY_CURRENT_USER" }, { "HKU", "HKEY_USERS" }, { "HKCR", "HKEY_CLASSES_ROOT" } };

        /// <summary>HKEY_...\path without doubled or trailing separators, null for anything that is no registry path.
        /// The provider takes / for \, so a key such as WINEVT\Channels\A/B cannot be named by path on Windows either.</summary>
        public static string Registry(string path)
        {
            string key = Key(path);
            return key == null ? null : Tidy(key);
        }

        /// <summary>The same of a path that the state declares: there / is part of a key's name.</summary>
        public static string Key(string path)
        {
            Match match = hive.Match(path ?? "");
            if (!match.Success) return null;
            string name = match.Groups[1].Value;
            return Regex.Replace((hives.TryGetValue(name, out string full) ? full : name.ToUpperInvariant()) + "\\" + match.Groups[2].Value, @"\\+", "\\").TrimEnd('\\');
        }

        /// <summary>C:\path for drive and FileSystem:: paths, Cert:\path for certificates, null otherwise.</summary>
        public static string File(string path)
        {
            Match match = Regex.Match(path ?? "", @"^(?:(?:Microsoft\.PowerShell\.Core\\)?FileSystem::)?([A-Za-z]:|\\\\\?\\[A-Za-z]:)(.*)$", RegexOptions.Singleline);
            return match.Success ? Tidy(match.Groups[1].Value.Replace(@"\\?\", "").ToUpperInvariant() + "\\" + match.Groups[2].Value) : null;
        }

        public static string Certificate(string path)
        {
            Match match = Regex.Match(path ?? "", @"^(?:(?:Microsoft\.PowerShell\.Security\\)?Certificate::|Cert:)(.*)$", RegexOptions.Singleline | RegexOptions.IgnoreCase);
            return match.Success ? Tidy(match.Groups[1].Value).TrimStart('\\') : null;
        }

        static string Tidy(string path) => Regex.Replace(path.Replace('/', '\\'), @"\\+", "\\").TrimEnd('\\');

        public static string Expand(string text, IDictionary environment) =>
            Regex.Replace(text, "%([^%]+)%", match => environment[match.Groups[1].Value] is string value && value.Length > 0 ? value : match.Value);
    }

    /// <summary>A SID that prints as its (possibly localized) account name, as IdentityReference does.</summary>
    public class Identity
    {
        readonly string name;
        readonly bool asSid;
        public Identity(string sid, string name, bool asSid = false) { Sid = sid; this.name = name; this.asSid = asSid; }
        internal string Sid { get; }
        public string Value => asSid ? Sid : name ?? Sid;
        public override string ToString() => Value;
        public Identity Translate(Type type)
        {
            if (type.Name == "SecurityIdentifier") return new Identity(Sid, name, true);
            if (name == null) throw new InvalidOperationException("Some or all identity references could not be translated.");
            return new Identity(Sid, name);
        }
    }

    public class AccessRule
    {
        public FileSystemRights FileSystemRights { get; internal set; }
        public AccessControlType AccessControlType { get; internal set; }
        public Identity IdentityReference { get; internal set; }
        public bool IsInherited { get; internal set; }
        public InheritanceFlags InheritanceFlags { get; internal set; }
        public PropagationFlags PropagationFlags { get; internal set; }
    }

    /// <summary>A security descriptor read from SDDL: owner, group, protection and the plain allow and deny ACEs.</summary>
    public class SecurityDescriptor
    {
        static readonly Dictionary<string, string> accounts = new Dictionary<string, string> {
            { "SY", "S-1-5-18" }, { "LS", "S-1-5-19" }, { "NS", "S-1-5-20" }, { "BA", "S-1-5-32-544" }, { "BU", "S-1-5-32-545" }, { "BG", "S-1-5-32-546" },
            { "BO", "S-1-5-32-551" }, { "RD", "S-1-5-32-555" }, { "WD", "S-1-1-0" }, { "AU", "S-1-5-11" }, { "IU", "S-1-5-4" }, { "NU", "S-1-5-2" },
            { "SU", "S-1-5-6" }, { "AN", "S-1-5-7" }, { "CO", "S-1-3-0" }, { "CG", "S-1-3-1" }, { "OW", "S-1-3-4" }, { "PS", "S-1-5-10" }, { "AC", "S-1-15-2-1" } };
        static readonly Dictionary<string, uint> rights = new Dictionary<string, uint> {
            { "GA", 0x10000000 }, { "GX", 0x20000000 }, { "GW", 0x40000000 }, { "GR", 0x80000000 }, { "FA", 0x1F01FF }, { "FR", 0x120089 }, { "FW", 0x120116 },
            { "FX", 0x1200A0 }, { "KA", 0xF003F }, { "KR", 0x20019 }, { "KW", 0x20006 }, { "KX", 0x20019 }, { "SD", 0x10000 }, { "RC", 0x20000 }, { "WD", 0x40000 },
            { "WO", 0x80000 }, { "CC", 0x1 }, { "DC", 0x2 }, { "LC", 0x4 }, { "SW", 0x8 }, { "RP", 0x10 }, { "WP", 0x20 }, { "DT", 0x40 }, { "LO", 0x80 }, { "CR", 0x100 } };

        readonly IDictionary names;

        /// <param name="names">SID to account name; a SID without a name prints as itself, as an orphaned one does.</param>
        public SecurityDescriptor(string sddl, IDictionary names)
        {
            this.names = names;
            Sddl = sddl;
            Match parts = Regex.Match(sddl, @"^(?:O:(?<owner>S-[0-9-]+|[A-Z]{2}))?(?:G:(?<group>S-[0-9-]+|[A-Z]{2}))?");
            OwnerIdentity = Account(parts.Groups["owner"].Value);
            GroupIdentity = Account(parts.Groups["group"].Value);
            string dacl = Regex.Match(sddl, @"D:(?<flags>[A-Z]*)(?<aces>(\([^)]*\))*)").Value;
            AreAccessRulesProtected = Regex.IsMatch(dacl, "^D:[A-Z]*?P");
            Access = Regex.Matches(dacl, @"\(([^)]*)\)").Cast<Match>().Select(ace => Rule(ace.Groups[1].Value.Split(';'))).Where(rule => rule != null).ToArray();
        }

        public string Sddl { get; }
        public Identity OwnerIdentity { get; }
        public Identity GroupIdentity { get; }
        public bool AreAccessRulesProtected { get; }
        public AccessRule[] Access { get; }

        Identity Account(string text)
        {
            if (text.Length == 0) return null;
            string sid = accounts.TryGetValue(text, out string known) ? known : text;
            return new Identity(sid, (string)names[sid]);
        }

        AccessRule Rule(string[] ace)
        {
            if (ace[0] != "A" && ace[0] != "D") return null;   // object, callback and audit entries are not access rules
            uint mask = 0;
            if (ace[2].StartsWith("0x", StringComparison.OrdinalIgnoreCase)) mask = Convert.ToUInt32(ace[2], 16);
            else for (int i = 0; i + 1 < ace[2].Length; i += 2) mask |= rights[ace[2].Substring(i, 2)];
            return new AccessRule {
                FileSystemRights = (FileSystemRights)unchecked((int)mask),
                AccessControlType = ace[0] == "A" ? AccessControlType.Allow : AccessControlType.Deny,
                IdentityReference = Account(ace[5]),
                IsInherited = ace[1].Contains("ID"),
                InheritanceFlags = (ace[1].Contains("OI") ? InheritanceFlags.ObjectInherit : 0) | (ace[1].Contains("CI") ? InheritanceFlags.ContainerInherit : 0),
                PropagationFlags = (ace[1].Contains("IO") ? PropagationFlags.InheritOnly : 0) | (ace[1].Contains("NP") ? PropagationFlags.NoPropagateInherit : 0) };
        }

        public Identity GetOwner(Type type) => OwnerIdentity?.Translate(type);
        public Identity GetGroup(Type type) => GroupIdentity?.Translate(type);
        public string GetSecurityDescriptorSddlForm(object sections) => Sddl;

        public AccessRule[] GetAccessRules(bool explicitRules, bool inherited, Type type)
        {
            return Access.Where(rule => rule.IsInherited ? inherited : explicitRules).Select(rule => new AccessRule {
                FileSystemRights = rule.FileSystemRights, AccessControlType = rule.AccessControlType, IsInherited = rule.IsInherited,
                InheritanceFlags = rule.InheritanceFlags, PropagationFlags = rule.PropagationFlags, IdentityReference = rule.IdentityReference.Translate(type) }).ToArray();
        }
    }
}
