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
    "Get-Item": "one file, folder or key",
    "Get-ItemProperty": "values of a key",
    "Get-Process": "processes",
    "Get-Service": "services",
    "Get-WinEvent": "events",
    "Get-WmiObject": "instances of a WMI class",
    "Test-Path": "whether a path exists",
    "ForEach-Object": "a block for each of what was read",
}

#: Commands whose verb sounds like more than reading: why each is here.
EXCEPTIONS = {
    "New-Object": "makes an object in the collector's own process; which types it may make is a list of its own",
    "Set-StrictMode": "sets how strictly the collector's own text is taken",
    "Start-Sleep": "waits",
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
    **dict.fromkeys(words("array bool byte char datetime decimal double int int16 long regex"), "a value"),
    **dict.fromkeys(words("sbyte single string uint16 uint32 uint64"), "a value"),
    "datetimekind": "a number",
    "math": "arithmetic",
    "bitconverter": "bytes as text or number",
    "stringcomparer": "ordinal order",
    "stringcomparison": "ordinal order",
    "console": "standard output, for the frame",
    "intptr": "how many bits the process has",
    "environment": "variables, versions",
    "collections.idictionary": "is it a table",
    "guid": "is it one",
    "globalization.cultureinfo": "the invariant culture",
    "globalization.datetimestyles": "a number",
    "text.encoding": "bytes as text",
    "security.cryptography.sha256": "the frame's digest",
    "security.cryptography.x509certificates.x509certificate2": "a certificate that was read",
    "security.principal.windowsidentity": "the account in use",
    "security.principal.securityidentifier": "a SID",
    "security.principal.ntaccount": "the name of a SID",
    "io.filemode": "a number",
    "io.fileaccess": "a number",
    "io.fileshare": "a number",
    "io.seekorigin": "a number",
    "io.filenotfoundexception": "a failure's kind",
    "io.directorynotfoundexception": "a failure's kind",
    "io.drivenotfoundexception": "a failure's kind",
    "security.authentication.authenticationexception": "a failure's kind",
    "microsoft.win32.registrykey": "a key, opened to read",
    "microsoft.win32.registryvalueoptions": "a number",
    "net.dns": "addresses of a name",
    "net.webrequest": "a GET",
    "net.webexception": "a failure's kind",
    "net.securityprotocoltype": "a number",
    "net.servicepointmanager": "the process's own network settings",
    "net.sockets.socketexception": "a failure's kind",
    "threading.threadpool": "the process's own threads",
    "threading.thread": "the culture of the collector's own thread",
    "diagnostics.process": "one of the three programs, started by its seam",
}

#: Types that New-Object may make.
MADE = {
    "byte",
    "collections.hashtable",
    "diagnostics.processstartinfo",
    "io.filestream",
    "io.memorystream",
    "net.sockets.tcpclient",
    "net.webproxy",
    "security.principal.windowsprincipal",
    "xml.xmldocument",
}

#: COM classes that may be made.
COM = {"Microsoft.Update.AutoUpdate", "AgentConfigManager.MgmtSvcCfg"}

#: Static members that only compute. ``*`` stands for all members of an enumeration.
PURE = {
    "math": "Max Min",
    "bitconverter": "ToString",
    "array": "Sort IndexOf LastIndexOf Copy",
    "string": "Equals",
    "datetime": "UtcNow ParseExact SpecifyKind",
    "regex": "Match Matches Escape Replace",
    "stringcomparer": "Ordinal OrdinalIgnoreCase",
    "stringcomparison": "OrdinalIgnoreCase",
    "globalization.cultureinfo": "InvariantCulture CurrentCulture",
    "text.encoding": "ASCII UTF8 Unicode BigEndianUnicode",
    "security.cryptography.sha256": "Create",
    "datetimekind": "*",
    "globalization.datetimestyles": "*",
    "io.filemode": "Open",
    "io.fileaccess": "Read",
    "io.fileshare": "*",
    "io.seekorigin": "*",
    "microsoft.win32.registryvalueoptions": "*",
}

#: Static members that set or read something of the collector's own process.
PROCESS = {
    "console": "Out",
    "net.servicepointmanager": "DefaultConnectionLimit Expect100Continue SecurityProtocol",
    "threading.threadpool": "SetMinThreads",
    "threading.thread": "CurrentThread",
}

#: The seams: each call of .NET that meets the machine is the whole body of one of these functions, word for word, and stands nowhere else.
#: A harness replaces these functions and nothing else, so the rest of the text runs unchanged over a declared host.
SEAMS = {
    "Open-BaseKey": "function Open-BaseKey([string]$hive, [string]$view) { [Microsoft.Win32.RegistryKey]::OpenBaseKey($hive, $view) }",
    "New-TcpClient": "function New-TcpClient { New-Object System.Net.Sockets.TcpClient }",
    "New-WebRequest": "function New-WebRequest([string]$url) { [System.Net.WebRequest]::Create($url) }",
    "Start-Lookup": "function Start-Lookup([string]$name) { [System.Net.Dns]::BeginGetHostAddresses($name, $null, $null) }",
    "Complete-Lookup": "function Complete-Lookup($async) { [System.Net.Dns]::EndGetHostAddresses($async) }",
    "Get-SecurityProtocol": "function Get-SecurityProtocol { [int][System.Net.ServicePointManager]::SecurityProtocol }",
    "Set-SecurityProtocol": "function Set-SecurityProtocol([int]$number) { [System.Net.ServicePointManager]::SecurityProtocol = "
    "[System.Net.SecurityProtocolType]$number }",
    "Open-SharedFile": "function Open-SharedFile([string]$path) { New-Object System.IO.FileStream($path, [System.IO.FileMode]::Open, "
    "[System.IO.FileAccess]::Read, ([System.IO.FileShare]::ReadWrite -bor [System.IO.FileShare]::Delete)) }",
    "Get-OwnSid": "function Get-OwnSid { [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value }",
    "Test-OwnGroup": "function Test-OwnGroup([string]$sid) { (New-Object System.Security.Principal.WindowsPrincipal("
    "[System.Security.Principal.WindowsIdentity]::GetCurrent())).IsInRole([System.Security.Principal.SecurityIdentifier]$sid) }",
    "Expand-Environment": "function Expand-Environment([string]$text) { [System.Environment]::ExpandEnvironmentVariables($text) }",
    # Starts one of PROGRAMS, and nothing else: its callers are held to that list.
    "Start-Program": "function Start-Program([string]$path, [string]$line) { [System.Diagnostics.Process]::Start((New-Object "
    "System.Diagnostics.ProcessStartInfo -Property @{ FileName = $path; Arguments = $line; UseShellExecute = $false; CreateNoWindow = $true; "
    "RedirectStandardOutput = $true; RedirectStandardError = $true })) }",
    "Get-OSVersion": "function Get-OSVersion { [System.Environment]::OSVersion.Version }",
    "Get-EngineVersion": "function Get-EngineVersion { $PSVersionTable.PSVersion }",
    "Get-Bitness": "function Get-Bitness { [System.IntPtr]::Size * 8 }",
    "Get-HostTime": "function Get-HostTime { [datetime]::UtcNow }",
}

#: Static members and New-Object types that meet the machine: in their seam only.
MACHINE = {
    "microsoft.win32.registrykey": "OpenBaseKey",
    "net.webrequest": "Create",
    "net.dns": "BeginGetHostAddresses EndGetHostAddresses",
    "security.principal.windowsidentity": "GetCurrent",
    "environment": "ExpandEnvironmentVariables OSVersion",
    "intptr": "Size",
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
    "add addminutes addseconds clone contains containskey endswith getenumerator indexof indexofany remove replace "
    "split startswith substring tochararray tolowerinvariant tostring touniversaltime toupperinvariant trimend"
)

#: Methods of other objects, which only read (or close, give up, or move within what was opened): refused in Constrained Language Mode.
OBJECT_METHODS = words(
    "abort beginconnect begingetresponse beginread close computehash endconnect endgetresponse endread "
    "getaccessrules get_length getbytes getcloudworkspaces getgroup getowner getresponsestream getsecuritydescriptorsddlform "
    "getstring getsubkeynames getvalue getvaluekind getvaluenames isinrole load opensubkey read seek selectnodes "
    "translate waitforexit waitone writeline"
)

#: Properties of objects of the collector's own process that may be set.
SETTERS = words(
    "allowautoredirect currentculture defaultconnectionlimit expect100continue keepalive proxy securityprotocol timeout xmlresolver"
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
