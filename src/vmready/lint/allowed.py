"""The allow-lists: everything that the collector may call. What is not here is refused.

An auditor reads this file beside ``collector.ps1``. Names are compared without case; types without a leading ``System.``.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """A list that is written as a line of words."""
    return frozenset(text.split())


#: Commands that read, or shape what was read.
COMMANDS = {
    "Get-Acl": "owner, group and DACL of a path",
    "Get-AppLockerFileInformation": "publisher and hash of a file",
    "Get-AppLockerPolicy": "the effective policy",
    "Get-ChildItem": "what is in a folder, key or certificate store",
    "Get-CimInstance": "instances of a WMI class",
    "Get-Command": "whether a command is there",
    "Get-Content": "text of a file",
    "Get-Item": "one file, folder or key",
    "Get-ItemProperty": "values of a key",
    "Get-Process": "processes",
    "Get-Service": "services",
    "Get-Variable": "whether a variable is there",
    "Get-WinEvent": "events",
    "Get-WmiObject": "instances of a WMI class",
    "Join-Path": "text",
    "Measure-Object": "numbers of what was read",
    "Resolve-Path": "paths that a pattern fits",
    "Select-Object": "the first or last of what was read",
    "Select-Xml": "parts of a document",
    "Split-Path": "text",
    "Test-Path": "whether a path exists",
    "Where-Object": "a choice of what was read",
    "ForEach-Object": "a block for each of what was read",
}

#: Commands whose verb sounds like more than reading: why each is here.
EXCEPTIONS = {
    "New-Object": "makes an object in the collector's own process; which types it may make is a list of its own",
    "Set-StrictMode": "sets how strictly the collector's own text is taken",
    "Start-Sleep": "waits",
    "Write-Output": "puts out the frame",
}

#: Programs, with the only arguments they may be given: each only reports.
PROGRAMS = {
    "qwinsta": (),
    "vssadmin": ("list", "writers"),
    "netsh": ("winhttp", "show", "proxy"),
}

#: The one form of Set-Item: the bootstrap turns the text that arrives on standard input into a function of the collector's own process.
SET_ITEM_TARGETS = {"function:Collect"}

#: Functions that may call something by a name that they hold in a variable, and why what the variable holds is known.
DISPATCHERS: dict[str, str] = {
    "invoke-verb": "the verb's function, looked up in the script's own tables of verbs",
    "invoke-guarded": "a function of the script, named by its callers in a string or by a ticket's finish",
}

#: Types that may be named. The value says what the collector does with it.
TYPES = {
    **dict.fromkeys(
        words(
            "object string char bool byte sbyte short ushort int int16 int32 int64 uint16 uint32 uint64 long double single float decimal "
            "enum array void switch hashtable datetime timespan guid version uri regex xml psobject scriptblock type"
        ),
        "a value",
    ),
    "boolean": "a value",
    "datetimekind": "a number",
    "math": "arithmetic",
    "convert": "a value's other form",
    "bitconverter": "bytes as text or number",
    "buffer": "copies bytes",
    "stringcomparer": "ordinal order",
    "stringcomparison": "ordinal order",
    "console": "standard output, for the frame",
    "intptr": "how many bits the process has",
    "environment": "variables, versions",
    "collections.arraylist": "a list",
    "collections.hashtable": "a table",
    "collections.idictionary": "is it a table",
    "collections.ienumerable": "is it a list",
    "dbnull": "is it nothing",
    "globalization.cultureinfo": "the invariant culture",
    "cultureinfo": "the invariant culture",
    "globalization.datetimestyles": "a number",
    "globalization.numberstyles": "a number",
    "text.encoding": "bytes as text",
    "text.utf8encoding": "bytes as text",
    "text.stringbuilder": "text",
    "text.regularexpressions.regex": "matches",
    "text.regularexpressions.regexoptions": "a number",
    "security.cryptography.sha256": "the frame's digest",
    "security.cryptography.sha256managed": "the frame's digest",
    "security.cryptography.x509certificates.x509certificate2": "a certificate that was read",
    "security.principal.windowsidentity": "the account in use",
    "security.principal.windowsprincipal": "the account in use",
    "security.principal.securityidentifier": "a SID",
    "security.principal.ntaccount": "the name of a SID",
    "security.accesscontrol.accesscontrolsections": "a number",
    "io.filestream": "a file, opened to read and shared with every other use",
    "io.filemode": "a number",
    "io.fileaccess": "a number",
    "io.fileshare": "a number",
    "io.seekorigin": "a number",
    "io.fileattributes": "a number",
    "io.memorystream": "bytes",
    "io.streamreader": "text of bytes",
    "io.stringreader": "text",
    "io.path": "parts of a path's text",
    "io.filenotfoundexception": "a failure's kind",
    "io.directorynotfoundexception": "a failure's kind",
    "io.drivenotfoundexception": "a failure's kind",
    "management.automation.drivenotfoundexception": "a failure's kind",
    "management.automation.itemnotfoundexception": "a failure's kind",
    "management.automation.commandnotfoundexception": "a failure's kind",
    "management.automation.errorrecord": "a failure",
    "management.managementobject": "an instance of a WMI class",
    "management.managementbaseobject": "an instance of a WMI class",
    "management.managementexception": "a failure's kind",
    "unauthorizedaccessexception": "a failure's kind",
    "security.securityexception": "a failure's kind",
    "security.authentication.authenticationexception": "a failure's kind",
    "runtime.interopservices.comexception": "a failure's kind",
    "componentmodel.win32exception": "a failure's kind",
    "microsoft.win32.registrykey": "a key, opened to read",
    "microsoft.win32.registryhive": "a number",
    "microsoft.win32.registryview": "a number",
    "microsoft.win32.registryvaluekind": "a number",
    "microsoft.win32.registryvalueoptions": "a number",
    "net.dns": "addresses of a name",
    "net.ipaddress": "an address",
    "ipaddress": "an address",
    "net.webrequest": "a GET",
    "net.httpwebrequest": "a GET",
    "net.webproxy": "the proxy of a GET",
    "net.webexception": "a failure's kind",
    "net.securityprotocoltype": "a number",
    "net.servicepointmanager": "the process's own network settings",
    "net.sockets.tcpclient": "a connection, made and closed",
    "net.sockets.socketexception": "a failure's kind",
    "threading.threadpool": "the process's own threads",
    "diagnostics.eventlog": "whether a log exists",
    "diagnostics.process": "one of the three programs, started by its seam",
    "diagnostics.fileversioninfo": "a file's version",
    "diagnostics.eventing.reader.eventlognotfoundexception": "a failure's kind",
    "xml.xmldocument": "a document",
    "xml.xmlexception": "a failure's kind",
    "xml.xmlreader": "a document, read forward",
    "xml.xmlreadersettings": "a document, read forward",
    "xml.xmlnodetype": "a number",
}

#: Types that New-Object may make.
MADE = {
    "psobject",
    "object",
    "byte",
    "string",
    "int",
    "char",
    "datetime",
    "version",
    "collections.hashtable",
    "collections.arraylist",
    "text.utf8encoding",
    "text.stringbuilder",
    "io.filestream",
    "io.memorystream",
    "io.streamreader",
    "io.stringreader",
    "diagnostics.processstartinfo",
    "net.sockets.tcpclient",
    "net.webproxy",
    "security.principal.windowsprincipal",
    "security.principal.securityidentifier",
    "xml.xmlreadersettings",
    "xml.xmldocument",
}

#: COM classes that may be made.
COM = {"Microsoft.Update.AutoUpdate", "AgentConfigManager.MgmtSvcCfg"}

#: Static members that only compute. ``*`` stands for all members of an enumeration.
PURE = {
    "math": "Max Min Floor Ceiling Truncate Abs Round",
    "convert": "ToString ToInt32 ToInt64 ToUInt32 ToUInt64 ToDouble ToBase64String FromBase64String",
    "bitconverter": "ToString ToInt32 ToInt64 ToUInt16 ToUInt32 ToUInt64",
    "buffer": "BlockCopy",
    "array": "Sort Reverse IndexOf Copy",
    "string": "Equals Compare CompareOrdinal Join IsNullOrEmpty Empty Format",
    "char": "IsDigit IsLetter IsHighSurrogate IsLowSurrogate IsWhiteSpace",
    "int": "MaxValue MinValue",
    "int32": "MaxValue MinValue",
    "long": "MaxValue MinValue",
    "int64": "MaxValue MinValue",
    "uint32": "MaxValue MinValue",
    "uint64": "MaxValue MinValue",
    "double": "NaN PositiveInfinity NegativeInfinity",
    "datetime": "UtcNow MinValue MaxValue FromFileTimeUtc ParseExact SpecifyKind",
    "timespan": "FromMinutes FromHours FromDays FromSeconds FromMilliseconds Zero",
    "guid": "Empty",
    "uri": "EscapeDataString UnescapeDataString CheckHostName",
    "regex": "Match Matches IsMatch Escape Replace Split",
    "text.regularexpressions.regex": "Match Matches IsMatch Escape Replace Split",
    "stringcomparer": "Ordinal OrdinalIgnoreCase",
    "stringcomparison": "Ordinal OrdinalIgnoreCase",
    "globalization.cultureinfo": "InvariantCulture CurrentCulture CurrentUICulture",
    "cultureinfo": "InvariantCulture CurrentCulture CurrentUICulture",
    "text.encoding": "ASCII UTF8 Unicode BigEndianUnicode",
    "security.cryptography.sha256": "Create",
    "io.path": "GetFileName GetDirectoryName GetPathRoot GetExtension GetFileNameWithoutExtension Combine",
    "net.ipaddress": "Parse",
    "ipaddress": "Parse",
    "xml.xmlreader": "Create",
    "datetimekind": "*",
    "globalization.datetimestyles": "*",
    "globalization.numberstyles": "*",
    "text.regularexpressions.regexoptions": "*",
    "security.accesscontrol.accesscontrolsections": "*",
    "io.filemode": "Open",
    "io.fileaccess": "Read",
    "io.fileshare": "*",
    "io.seekorigin": "*",
    "io.fileattributes": "*",
    "microsoft.win32.registryhive": "*",
    "microsoft.win32.registryview": "*",
    "microsoft.win32.registryvaluekind": "*",
    "microsoft.win32.registryvalueoptions": "*",
    "xml.xmlnodetype": "*",
}

#: Static members that set or read something of the collector's own process.
PROCESS = {
    "console": "Out",
    "net.servicepointmanager": "DefaultConnectionLimit Expect100Continue SecurityProtocol",
    "threading.threadpool": "SetMinThreads",
}

#: The seams: each call of .NET that meets the machine is the whole body of one of these functions, word for word, and stands nowhere else.
#: A harness replaces these functions and nothing else, so the rest of the text runs unchanged over a declared host.
SEAMS = {
    "Open-BaseKey": "function Open-BaseKey([string]$hive, [string]$view) { [Microsoft.Win32.RegistryKey]::OpenBaseKey($hive, $view) }",
    "New-TcpClient": "function New-TcpClient { New-Object System.Net.Sockets.TcpClient }",
    "New-WebRequest": "function New-WebRequest([string]$url) { [System.Net.WebRequest]::Create($url) }",
    "Start-Lookup": "function Start-Lookup([string]$name) { [System.Net.Dns]::BeginGetHostAddresses($name, $null, $null) }",
    "Complete-Lookup": "function Complete-Lookup($async) { [System.Net.Dns]::EndGetHostAddresses($async) }",
    "Get-SystemProxy": "function Get-SystemProxy([string]$url) { [System.Net.WebRequest]::GetSystemWebProxy().GetProxy($url) }",
    "Get-SecurityProtocol": "function Get-SecurityProtocol { [int][System.Net.ServicePointManager]::SecurityProtocol }",
    "Open-SharedFile": "function Open-SharedFile([string]$path) { New-Object System.IO.FileStream($path, [System.IO.FileMode]::Open, "
    "[System.IO.FileAccess]::Read, ([System.IO.FileShare]::ReadWrite -bor [System.IO.FileShare]::Delete)) }",
    "Get-OwnSid": "function Get-OwnSid { [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value }",
    "Test-OwnGroup": "function Test-OwnGroup([string]$sid) { (New-Object System.Security.Principal.WindowsPrincipal("
    "[System.Security.Principal.WindowsIdentity]::GetCurrent())).IsInRole([System.Security.Principal.SecurityIdentifier]$sid) }",
    "Get-Environment": "function Get-Environment([string]$name) { [System.Environment]::GetEnvironmentVariable($name) }",
    "Expand-Environment": "function Expand-Environment([string]$text) { [System.Environment]::ExpandEnvironmentVariables($text) }",
    # Starts one of PROGRAMS, and nothing else: its callers are held to that list.
    "Start-Program": "function Start-Program([string]$path, [string]$line) { [System.Diagnostics.Process]::Start((New-Object "
    "System.Diagnostics.ProcessStartInfo -Property @{ FileName = $path; Arguments = $line; UseShellExecute = $false; CreateNoWindow = $true; "
    "RedirectStandardOutput = $true; RedirectStandardError = $true })) }",
    "Get-OSVersion": "function Get-OSVersion { [System.Environment]::OSVersion.Version }",
    "Get-EngineVersion": "function Get-EngineVersion { $PSVersionTable.PSVersion }",
    "Get-Bitness": "function Get-Bitness { [System.IntPtr]::Size * 8 }",
    "Get-HostTime": "function Get-HostTime { [datetime]::UtcNow }",
    "Test-EventLog": "function Test-EventLog([string]$name) { [System.Diagnostics.EventLog]::Exists($name) }",
}

#: Static members and New-Object types that meet the machine: in their seam only.
MACHINE = {
    "microsoft.win32.registrykey": "OpenBaseKey",
    "net.webrequest": "Create GetSystemWebProxy",
    "net.dns": "BeginGetHostAddresses EndGetHostAddresses",
    "security.principal.windowsidentity": "GetCurrent",
    "environment": "GetEnvironmentVariable ExpandEnvironmentVariables OSVersion",
    "intptr": "Size",
    "diagnostics.eventlog": "Exists",
    "diagnostics.process": "Start",
}
MADE_IN_SEAMS = {
    "net.sockets.tcpclient",
    "io.filestream",
    "security.principal.windowsprincipal",
    "diagnostics.processstartinfo",
}

#: Methods of strings, numbers, times, tables and the like: Constrained Language Mode runs them.
CORE_METHODS = words(
    "split substring replace tostring trim trimstart trimend startswith endswith contains indexof indexofany lastindexof insert padleft padright "
    "tochararray toupperinvariant tolowerinvariant equals compareto containskey add remove getenumerator "
    "adddays addhours addminutes addseconds addmilliseconds touniversaltime tofiletimeutc subtract clone"
)

#: Methods of other objects, which only read (or close, give up, or move within what was opened): refused in Constrained Language Mode.
OBJECT_METHODS = words(
    "opensubkey getvalue getvaluenames getsubkeynames getvaluekind close dispose read seek getbytes getstring "
    "getchars getdecoder computehash beginconnect endconnect begingetresponse endgetresponse getresponsestream "
    "beginread endread waitone abort writeline isinrole load waitforexit getgroup getaccessrules getcloudworkspaces "
    "getproxy translate getsecuritydescriptorsddlform getowner toxml getattribute readtoend append next nextmatch "
    "getelementsbytagname selectnodes selectsinglenode gettype"
)

#: Properties of objects of the collector's own process that may be set.
SETTERS = words(
    "allowautoredirect keepalive proxy timeout readwritetimeout defaultconnectionlimit expect100continue securityprotocol method "
    "prohibitdtd dtdprocessing xmlresolver useragent credentials usedefaultcredentials"
)
#: Variables outside the script's own scope that may be set, and why.
GLOBALS = {"global:lastexitcode": "cleared, so that a program's exit code is told from an earlier one's"}

#: Types whose methods, constructors and casts Constrained Language Mode allows. The names are those of PSScriptAnalyzer's rule
#: UseConstrainedLanguageMode without what the engine was seen to refuse all the same (pscustomobject, scriptblock casts, ArrayList).
CORE_TYPES = words(
    "adsi adsisearcher array bigint bool byte char cimclass ciminstance cimsession cultureinfo datetime decimal double float guid hashtable int "
    "int16 int32 int64 ipaddress ipendpoint long mailaddress object objectsecurity ordered pscredential psobject regex sbyte "
    "securestring short single string switch timespan uint16 uint32 uint64 uri version void wildcardpattern "
    "wmi wmiclass wmisearcher x500distinguishedname x509certificate xml "
    "physicaladdress boolean collections.hashtable globalization.cultureinfo text.regularexpressions.regex net.ipaddress xml.xmldocument "
    "management.automation.psobject"
)

#: Functions in which a refusal of Constrained Language Mode inside ``try`` is met by the ``catch``, and what happens then.
FALLBACKS: dict[str, str] = {
    "get-digest": "Adler-32 in script",
    "finish": "the frame goes out through the pipeline",
    "start-system": "user and rights stay null",
}


def plain(type_name: str) -> str:
    """A type's name as the lists have it: lower case, without ``System.`` and without brackets of arrays."""
    name = type_name.casefold()
    while name.endswith("]") and "[" in name:
        name = name[: name.rindex("[")]
    return name.removeprefix("system.")


def static(lists: dict[str, str], type_name: str, member: str) -> bool:
    """Whether one of those lists has that static member."""
    members = lists.get(plain(type_name), "").casefold().split()
    return member.casefold() in members or members == ["*"]
