// The machine behind static .NET calls: the members carry the names of the native ones, so that a call through this object fails as the
// native call would (same wrapping, same error id). seams.ps1 puts it behind the collector's seam functions.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32;

namespace StandIns
{
    public class Machine
    {
        readonly IDictionary state, os, environment, names;
        readonly RegistryKey registry;
        readonly DateTime? fixedNow;

        public Machine(IDictionary state, RegistryKey registry, IDictionary files, IDictionary environment, IDictionary names, DateTime? now)
        {
            this.state = state; this.registry = registry; Files = files; this.environment = environment; this.names = names; fixedNow = now?.ToUniversalTime();
            os = (IDictionary)state["os"];
            Peers = new Peers((IDictionary)state["endpoints"], (IDictionary)state["dns"], Peers.Number(os["connectTimeout"], 21000), UtcNow);
        }

        internal IDictionary Files { get; }
        public Peers Peers { get; }

        // Microsoft.Win32.RegistryKey
        public OpenKey OpenBaseKey(RegistryHive hive, RegistryView view)
        {
            if (view == RegistryView.Default) view = PointerSize == 4 ? RegistryView.Registry32 : RegistryView.Registry64;
            string name = hive == RegistryHive.LocalMachine ? "HKEY_LOCAL_MACHINE" : hive == RegistryHive.Users ? "HKEY_USERS" : hive == RegistryHive.CurrentUser ? "HKEY_CURRENT_USER" : hive == RegistryHive.ClassesRoot ? "HKEY_CLASSES_ROOT" : null;
            if (name == null) throw new NotSupportedException("The state holds no hive " + hive + ".");
            return new OpenKey(registry, name, view, true);
        }

        // System.Net
        public HttpRequest Create(string url) => new HttpRequest(Peers, new Uri(url));
        public HttpRequest Create(Uri url) => new HttpRequest(Peers, url);
        public IAsyncResult BeginGetHostAddresses(string name, AsyncCallback callback, object stateObject) => Peers.Lookup(name, callback, stateObject);
        public IPAddress[] EndGetHostAddresses(IAsyncResult begun) => (IPAddress[])((Pending)begun).End();
        public IPAddress[] GetHostAddresses(string name) => EndGetHostAddresses(BeginGetHostAddresses(name, null, null));
        public SystemProxy GetSystemWebProxy() => new SystemProxy(state["proxy"] as IDictionary);
        public SecurityProtocolType SecurityProtocol { get => (SecurityProtocolType)Peers.Number(os["securityProtocol"], 0); set => os["securityProtocol"] = (long)value; }

        // System.Environment, IntPtr, DateTime, WindowsIdentity, EventLog
        public string GetEnvironmentVariable(string name) => environment[name] as string is string value && value.Length > 0 ? value : null;
        public string ExpandEnvironmentVariables(string text) => Paths.Expand(text, environment);
        public OperatingSystem OSVersion => new OperatingSystem(PlatformID.Win32NT, new Version(os["version"] as string ?? "10.0.17763.0"));
        public int PointerSize => Peers.Number(os["bitness"], 64) / 8;
        public DateTime UtcNow => fixedNow ?? DateTime.UtcNow;
        public Version PSVersion => new Version(os["psVersion"] as string ?? "5.1.17763.1");
        public OwnIdentity GetCurrent() => new OwnIdentity(os["userSid"] as string ?? "S-1-5-18", os["groups"] as object[] ?? new object[] { "S-1-5-32-544", "S-1-1-0", "S-1-5-11" }, names);

        public bool Exists(string log)
        {
            var declared = ((IDictionary)state["logs"])[log] as IDictionary;
            return declared != null && (declared["classic"] is bool classic ? classic : !log.Contains('/'));
        }
    }

    public class OwnIdentity : IDisposable
    {
        internal OwnIdentity(string sid, object[] groups, IDictionary names)
        {
            User = new Identity(sid, null); Name = names[sid] as string ?? sid; IsSystem = sid == "S-1-5-18";
            Groups = groups.Select(group => new Identity((string)group, null)).ToArray();
        }

        public Identity User { get; }
        public string Name { get; }
        public bool IsSystem { get; }
        public Identity[] Groups { get; }
        public bool IsInRole(string sid) => Groups.Any(group => group.Value == sid);
        public void Dispose() { }
    }

    /// <summary>A key as one registry view shows it. The 32-bit view finds SOFTWARE\X of the state under SOFTWARE\Wow6432Node\X.</summary>
    public class OpenKey : IDisposable
    {
        // Part of what Microsoft lists as shared since Windows 7 ("Registry Keys Affected by WOW64"); CLSID and its kin below Classes are left out.
        static readonly string[] shared = {
            "Classes", "Policies", "RegisteredApplications", @"Microsoft\COM3", @"Microsoft\DFS", @"Microsoft\EnterpriseCertificates", @"Microsoft\EventSystem", @"Microsoft\MSMQ", @"Microsoft\OLE",
            @"Microsoft\RAS", @"Microsoft\RPC", @"Microsoft\SystemCertificates", @"Microsoft\TermServLicensing", @"Microsoft\Transaction Server", @"Microsoft\Windows\CurrentVersion\Group Policy",
            @"Microsoft\Windows\CurrentVersion\Policies", @"Microsoft\Windows\CurrentVersion\Setup", @"Microsoft\Windows NT\CurrentVersion\Fonts", @"Microsoft\Windows NT\CurrentVersion\FontSubstitutes",
            @"Microsoft\Windows NT\CurrentVersion\Image File Execution Options", @"Microsoft\Windows NT\CurrentVersion\NetworkCards", @"Microsoft\Windows NT\CurrentVersion\Perflib", @"Microsoft\Windows NT\CurrentVersion\Ports",
            @"Microsoft\Windows NT\CurrentVersion\Print", @"Microsoft\Windows NT\CurrentVersion\ProfileList", @"Microsoft\Windows NT\CurrentVersion\Time Zones" };

        readonly RegistryKey root, node;
        readonly bool first;
        bool closed;

        internal OpenKey(RegistryKey root, string name, RegistryView view, bool first)
        {
            this.root = root; Name = name; View = view; this.first = first;
            node = root.Find(Real(name));
        }

        public string Name { get; }
        public RegistryView View { get; }
        public override string ToString() => Name;
        public void Close() { closed = !first; }   // a base key cannot be closed
        public void Dispose() { Close(); }

        static bool IsShared(string rest) => shared.Any(key => rest.Equals(key, StringComparison.OrdinalIgnoreCase) || rest.StartsWith(key + "\\", StringComparison.OrdinalIgnoreCase));

        string Real(string name)
        {
            Match software = Regex.Match(name, @"^(HKEY_LOCAL_MACHINE\\SOFTWARE)(?:\\(.*))?$", RegexOptions.IgnoreCase | RegexOptions.Singleline);
            string rest = software.Groups[2].Value;
            if (View != RegistryView.Registry32 || !software.Success || IsShared(rest) || Regex.IsMatch(rest, @"^Wow6432Node(\\|$)", RegexOptions.IgnoreCase)) return name;
            return (software.Groups[1].Value + @"\Wow6432Node\" + rest).TrimEnd('\\');
        }

        RegistryKey Open() => closed ? throw new ObjectDisposedException(Name, "Cannot access a closed registry key.") : node;

        public OpenKey OpenSubKey(string path)
        {
            Open();
            string name = (Name + "\\" + Regex.Replace(path.Trim('\\'), @"\\+", "\\")).TrimEnd('\\');
            var key = new OpenKey(root, name, View, false);
            // SOFTWARE is always there, declared or not.
            if (key.node == null && !Regex.IsMatch(name, @"^HKEY_LOCAL_MACHINE\\SOFTWARE$", RegexOptions.IgnoreCase)) return null;
            if (key.node != null && key.node.IsDenied()) throw new System.Security.SecurityException("Requested registry access is not allowed.");
            return key;
        }

        public OpenKey OpenSubKey(string path, bool writable)
        {
            if (writable) throw new NotSupportedException("The stand-in is read-only.");
            return OpenSubKey(path);
        }

        public string[] GetSubKeyNames()
        {
            IEnumerable<string> found = Open() == null ? new string[0] : node.GetSubKeyNames();
            if (Real(Name) != Name && Name.LastIndexOf('\\') == Name.IndexOf('\\'))
                found = found.Concat((root.Find(Name)?.GetSubKeyNames() ?? new string[0]).Where(IsShared)).Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(one => one, StringComparer.OrdinalIgnoreCase);
            return found.ToArray();
        }

        public string[] GetValueNames() => Open()?.GetValueNames() ?? new string[0];
        public int SubKeyCount => GetSubKeyNames().Length;
        public int ValueCount => GetValueNames().Length;
        public object GetValue(string name) => GetValue(name, null, RegistryValueOptions.None);
        public object GetValue(string name, object otherwise) => GetValue(name, otherwise, RegistryValueOptions.None);
        public object GetValue(string name, object otherwise, RegistryValueOptions options) => Open() == null ? otherwise : node.GetValue(name, otherwise, options);
        public RegistryValueKind GetValueKind(string name) => Open() == null ? throw new IOException("The specified registry key does not exist.") : node.GetValueKind(name);
    }

    /// <summary>What a declared file holds, now or ("then") after it was opened once.</summary>
    public static class FileContent
    {
        public static IDictionary Entry(IDictionary file)
        {
            var entry = (IDictionary)file["Entry"];
            if (!(file["Opened"] is bool opened && opened) || !(entry["then"] is IDictionary then)) return entry;
            var merged = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
            bool rewritten = then.Contains("text") || then.Contains("lines") || then.Contains("base64");
            foreach (DictionaryEntry pair in entry)
            {
                string name = ((string)pair.Key).ToLowerInvariant();
                if (name != "then" && !(rewritten && (name == "text" || name == "lines" || name == "base64" || name == "length"))) merged[pair.Key] = pair.Value;
            }
            foreach (DictionaryEntry pair in then) merged[pair.Key] = pair.Value;
            return merged;
        }

        public static byte[] Bytes(IDictionary entry)
        {
            if (entry["base64"] is string raw) return Convert.FromBase64String(raw);
            string text = entry["lines"] is object[] lines && lines.Length > 0 ? string.Join("\r\n", lines) + "\r\n" : entry["text"] as string ?? "";
            Encoding encoding = entry["encoding"] is string name ? Encoding.GetEncoding(name) : new UTF8Encoding(false);
            return encoding.GetPreamble().Concat(encoding.GetBytes(text)).ToArray();
        }
    }

    /// <summary>FileStream on a declared file, read only. A declared length beyond the content puts zeros before it (the end is what is read of a
    /// long log). A path that is no Windows path opens the real file.</summary>
    public class SharedFile : Stream
    {
        readonly Stream inner;
        readonly long lead;
        long at;

        public SharedFile(Machine machine, string path, FileAccess access, FileShare share)
        {
            Name = path;
            string name = Paths.File(path);
            if (name == null) { inner = new FileStream(path, FileMode.Open, FileAccess.Read, share); return; }
            if (access != FileAccess.Read) throw new NotSupportedException("The stand-in is read-only.");
            for (int cut = name.LastIndexOf('\\'); cut > 0; cut = name.LastIndexOf('\\', cut - 1))
                if (machine.Files[name.Substring(0, cut)] is IDictionary above && Peers.Yes(above["Denied"])) throw new UnauthorizedAccessException("Access to the path '" + path + "' is denied.");
            if (!(machine.Files[name] is IDictionary file))
            {
                string folder = name.LastIndexOf('\\') > 0 ? name.Substring(0, name.LastIndexOf('\\')) : name;
                if (!machine.Files.Contains(folder)) throw new DirectoryNotFoundException("Could not find a part of the path '" + path + "'.");
                throw new FileNotFoundException("Could not find file '" + path + "'.", path);
            }
            if (Peers.Yes(file["Denied"]) || Peers.Yes(file["Container"])) throw new UnauthorizedAccessException("Access to the path '" + path + "' is denied.");
            IDictionary entry = FileContent.Entry(file);
            file["Opened"] = true;
            if (Peers.Yes(entry["locked"])) throw new IOException("The process cannot access the file '" + path + "' because it is being used by another process.", unchecked((int)0x80070020));
            // Another process writes it: only a reader that shares writing may have it open.
            if (Peers.Yes(entry["writing"]) && (share & FileShare.Write) == 0) throw new IOException("The process cannot access the file '" + path + "' because it is being used by another process.", unchecked((int)0x80070020));
            byte[] content = FileContent.Bytes(entry);
            inner = new MemoryStream(content, false);
            if (entry["length"] != null) lead = Math.Max(0, Convert.ToInt64(entry["length"]) - content.Length);
        }

        public string Name { get; }
        public override bool CanRead => inner.CanRead;
        public override bool CanSeek => inner.CanSeek;
        public override bool CanWrite => false;
        public override long Length => inner.Length + lead;
        public override long Position { get { _ = inner.Position; return at; } set => Seek(value, SeekOrigin.Begin); }

        public override long Seek(long offset, SeekOrigin origin)
        {
            long target = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? at : Length);
            if (target < 0) throw new IOException("An attempt was made to move the file pointer before the beginning of the file.");
            inner.Seek(Math.Max(0, target - lead), SeekOrigin.Begin);
            return at = target;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int got;
            if (at < lead) { _ = inner.Position; got = (int)Math.Min(count, lead - at); Array.Clear(buffer, offset, got); }
            else got = inner.Read(buffer, offset, count);
            at += got;
            return got;
        }

        public override void Flush() { }
        public override void SetLength(long value) => throw new NotSupportedException("The stand-in is read-only.");
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stand-in is read-only.");
        protected override void Dispose(bool disposing) { inner?.Dispose(); base.Dispose(disposing); }
    }

    /// <summary>A started program as System.Diagnostics.Process shows it: what it printed stands in its streams, or never ends.</summary>
    public class Program
    {
        public Program(string output, int exitCode, bool silent)
        {
            StandardOutput = new ProgramReader(Encoding.UTF8.GetBytes(output), silent); StandardError = new ProgramReader(new byte[0], false); ExitCode = exitCode; HasExited = !silent;
        }

        public ProgramReader StandardOutput { get; }
        public ProgramReader StandardError { get; }
        public int ExitCode { get; }
        public bool HasExited { get; }
        public bool WaitForExit(int milliseconds) => HasExited;
    }

    public class ProgramReader
    {
        internal ProgramReader(byte[] content, bool stall) { BaseStream = new BodyStream(content, stall, true); }
        public BodyStream BaseStream { get; }
        public Encoding CurrentEncoding => Encoding.UTF8;
    }
}
