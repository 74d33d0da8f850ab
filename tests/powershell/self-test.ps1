# pwsh -NoProfile -File self-test.ps1: holds the stand-ins to what the real cmdlets are known to do, over example-state.json.
# Prints "N passed, N failed"; exit code 1 when something failed.
Import-Module (Join-Path $PSScriptRoot 'WindowsStandIns.psm1') -DisableNameChecking
Import-WindowsState -Path (Join-Path $PSScriptRoot 'example-state.json')

$script:passed = 0
$script:failed = 0

function Check([string]$What, $Actual, $Expected) {
    $seen = "$($Actual -join '|')"; $wanted = "$($Expected -join '|')"
    if ($seen -ceq $wanted) { $script:passed++ } else { $script:failed++; "FAILED $What`n  expected $wanted`n  but got  $seen" }
}

# A check that cannot even be asked has failed.
trap { $script:failed++; "FAILED line $($_.InvocationInfo.ScriptLineNumber): $_"; continue }

# An error is non-terminating ("wrote"), statement-terminating in spite of -ErrorAction SilentlyContinue ("threw"), or none ("nothing").
function Get-Failure([scriptblock]$Code) {
    $global:Error.Clear()
    $ErrorActionPreference = 'SilentlyContinue'
    $how = 'nothing'
    try { $null = & $Code; if ($global:Error.Count) { $how = 'wrote' } } catch { $how = 'threw'; $record = $_ }
    if ($how -eq 'wrote') { $record = $global:Error[$global:Error.Count - 1] }
    if ($how -eq 'nothing') { return $how }
    $how, $record.Exception.GetType().FullName, $record.FullyQualifiedErrorId, $record.CategoryInfo.Category
}

$management = 'Microsoft.PowerShell.Commands'

Check 'the caller''s preference counts' (& { $ErrorActionPreference = 'Stop'; try { Get-Item HKLM:\SOFTWARE\Nope } catch { 'stopped' } }) 'stopped'

# registry: values and their types
$contoso = Get-ItemProperty HKLM:\SOFTWARE\Contoso
Check 'default value' $contoso.'(default)' 'the default value'
Check 'DWORD' $contoso.Small.GetType().Name, $contoso.Small 'Int32', 1
Check 'DWORD above 0x7fffffff is negative' $contoso.Large -1
Check 'QWORD' $contoso.Long.GetType().Name, $contoso.Long 'Int64', 8589934592
Check 'MULTI_SZ' $contoso.Lines.GetType().Name, $contoso.Lines[1] 'String[]', 'two'
Check 'BINARY' $contoso.Bytes.GetType().Name, $contoso.Bytes[1] 'Byte[]', 255
Check 'EXPAND_SZ is expanded' $contoso.Path 'C:\Windows\System32'
Check 'names are case-insensitive' (Get-ItemProperty hklm:\software\contoso -Name small).SMALL 1
Check 'provider properties' $contoso.PSChildName, $contoso.PSPath 'Contoso', 'Microsoft.PowerShell.Core\Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Contoso'
Check 'doubled separators, no separator after the drive' (Get-ItemProperty 'HKLM:SOFTWARE\\Contoso\\1031').Release 394802
Check 'full provider path' (Get-ItemProperty Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Contoso\1031).Release 394802
Check 'a key without values yields nothing' ($null -eq (Get-ItemProperty HKLM:\SOFTWARE\Empty)) True
$key = Get-Item HKLM:\SOFTWARE\Contoso
Check 'RegistryKey members' $key.GetValue('small'), $key.GetValueKind('Path'), $key.GetValue('none', 7), $key.SubKeyCount, $key.ValueCount 1, 'ExpandString', 7, 3, 7
Check 'unexpanded' $key.GetValue('Path', $null, 'DoNotExpandEnvironmentNames') '%SystemRoot%\System32'
Check 'Property names' ($key.Property -join ',') '(default),Small,Large,Long,Lines,Bytes,Path'
Check 'children' (Get-ChildItem HKLM:\SOFTWARE\Contoso -ErrorAction SilentlyContinue | ForEach-Object PSChildName) '1031', '1033'
Check 'keys bind by PSPath' (Get-Item HKLM:\SOFTWARE\Contoso\1031 | Get-ItemProperty -Name Release).Release 394802
Check 'wildcards' (Get-ItemProperty 'HKLM:\SOFTWARE\Contoso\10*' | ForEach-Object PSChildName) '1031', '1033'
Check 'wildcard without match' (Get-Failure { Get-Item 'HKLM:\SOFTWARE\Nope*' }) 'nothing'
Check 'HKU' (Test-Path HKU:\S-1-5-18\Software) True

# registry: failures
Check 'missing key' (Get-Failure { Get-Item HKLM:\SOFTWARE\Nope }) 'wrote', 'System.Management.Automation.ItemNotFoundException', "PathNotFound,$management.GetItemCommand", 'ObjectNotFound'
Check 'missing key, properties' (Get-Failure { Get-ItemProperty HKLM:\SOFTWARE\Nope }) 'wrote', 'System.Management.Automation.ItemNotFoundException', "PathNotFound,$management.GetItemPropertyCommand", 'ObjectNotFound'
Check 'missing value' (Get-Failure { Get-ItemProperty HKLM:\SOFTWARE\Contoso -Name Nope }) 'wrote', 'System.Management.Automation.PSArgumentException', "System.Management.Automation.PSArgumentException,$management.GetItemPropertyCommand", 'InvalidArgument'
Check 'access denied' (Get-Failure { Get-ItemProperty HKLM:\SOFTWARE\Contoso\Secret }) 'wrote', 'System.Security.SecurityException', "System.Security.SecurityException,$management.GetItemPropertyCommand", 'PermissionDenied'
Check 'denied child' (Get-Failure { Get-ChildItem HKLM:\SOFTWARE\Contoso }) 'wrote', 'System.Security.SecurityException', "System.Security.SecurityException,$management.GetChildItemCommand", 'PermissionDenied'
Check 'a denied key exists' (Test-Path HKLM:\SOFTWARE\Contoso\Secret), (Test-Path HKLM:\SOFTWARE\Nope) True, False
Check 'Get-ItemPropertyValue, missing value ends the statement' (Get-Failure { Get-ItemPropertyValue HKLM:\SOFTWARE\Contoso Nope }) 'threw', 'System.Management.Automation.PSArgumentException', "Argument,$management.GetItemPropertyValueCommand", 'InvalidArgument'
Check 'Get-ItemPropertyValue, missing key does not' (Get-Failure { Get-ItemPropertyValue HKLM:\SOFTWARE\Nope Nope }) 'wrote', 'System.Management.Automation.ItemNotFoundException', "PathNotFound,$management.GetItemPropertyValueCommand", 'ObjectNotFound'
$kept = 'kept'; try { $kept = Get-ChildItem HKLM:\SOFTWARE\Contoso -ErrorAction SilentlyContinue | Get-ItemPropertyValue -Name Release } catch { }
Check 'and takes the values before it along' $kept 'kept'
$caught = try { Get-Item HKLM:\SOFTWARE\Nope -ErrorAction Stop } catch [System.Management.Automation.ItemNotFoundException] { 'typed' }
Check '-ErrorAction Stop' $caught 'typed'

# files
Check 'content' (Get-Content C:\Logs\agent.log) 'first', 'second', 'third'
Check 'tail and total' (Get-Content 'C:\\Logs\\agent.log' -Tail 1), (Get-Content C:/Logs/agent.log -TotalCount 1) 'third', 'first'
Check 'raw' (Get-Content C:\Logs\agent.log -Raw).Length 22
Check 'bytes, 5.1 and 7' (Get-Content C:\Logs\ansi.txt -Encoding Byte)[1], (Get-Content C:\Logs\ansi.txt -AsByteStream)[1] 252, 252
Check 'ANSI by default' (Get-Content C:\Logs\ansi.txt) ('Z' + [char]252 + 'rk')
Check 'listing hides hidden files' (Get-ChildItem C:\Logs | ForEach-Object Name) 'agent.log', 'ansi.txt', 'open.log', 'private.log'
Check 'force, filter, recurse' (Get-ChildItem C:\Logs -Force -Filter h*).Name, @(Get-ChildItem 'C:\Program Files' -Recurse -File).FullName 'hidden.txt', 'C:\Program Files\Contoso\tool.exe'
Check 'version' (Get-Item 'C:\Program Files\Contoso\tool.exe').VersionInfo.FileVersion, (Get-Item 'C:\Program Files\Contoso\tool.exe').Length '1.2.3.4', 12345
Check 'path types' (Test-Path C:\Logs -PathType Container), (Test-Path C:\Logs -PathType Leaf), (Test-Path C:\Logs\agent.log -PathType Leaf), (Test-Path C:\Nope) True, False, True, False
Check 'missing file' (Get-Failure { Get-Content C:\Logs\nope.log }) 'wrote', 'System.Management.Automation.ItemNotFoundException', "PathNotFound,$management.GetContentCommand", 'ObjectNotFound'
Check 'denied file' (Get-Failure { Get-Content C:\Logs\private.log }) 'wrote', 'System.UnauthorizedAccessException', "GetContentReaderUnauthorizedAccessError,$management.GetContentCommand", 'PermissionDenied'
Check 'locked file' (Get-Failure { Get-Content C:\Logs\open.log }) 'wrote', 'System.IO.IOException', "GetContentReaderIOError,$management.GetContentCommand", 'ReadError'
Check 'denied folder' (Get-Failure { Get-ChildItem C:\Secret }) 'wrote', 'System.UnauthorizedAccessException', "DirUnauthorizedAccessError,$management.GetChildItemCommand", 'PermissionDenied'
Check 'below a denied folder' (Get-Failure { Test-Path C:\Secret\inside.txt }) 'wrote', 'System.UnauthorizedAccessException', "ItemExistsUnauthorizedAccessError,$management.TestPathCommand", 'PermissionDenied'
Check 'signature' (Get-AuthenticodeSignature 'C:\Program Files\Contoso\tool.exe').Status, (Get-AuthenticodeSignature C:\Logs\agent.log).Status Valid, NotSigned
Check 'signature of nothing' (Get-Failure { Get-AuthenticodeSignature C:\nope.exe }) 'wrote', 'System.IO.FileNotFoundException', "SignatureCommandsBaseFileNotFound,$management.GetAuthenticodeSignatureCommand", 'ObjectNotFound'

# access control lists
$acl = Get-Acl C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys
Check 'localized identities' ($acl.Access | ForEach-Object { $_.IdentityReference.Value }) 'Jeder', 'VORDEFINIERT\Administratoren', 'S-1-5-21-9-9-9-9'
Check 'rights' ($acl.Access | ForEach-Object { [int]$_.FileSystemRights }) 1180063, 2032127, 1179785
Check 'deny, inherited' ($acl.Access | ForEach-Object { "$($_.AccessControlType) $($_.IsInherited)" }) 'Allow False', 'Allow False', 'Deny True'
Check 'owner, protection, text' $acl.Owner, $acl.AreAccessRulesProtected, $acl.GetSecurityDescriptorSddlForm('All').Substring(0, 12) 'NT AUTHORITY\SYSTEM', True, 'O:SYG:SYD:PA'
Check 'SIDs' ($acl.GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier]) | ForEach-Object { $_.IdentityReference.Value }) 'S-1-1-0', 'S-1-5-32-544', 'S-1-5-21-9-9-9-9'
Check 'ACL of nothing' (Get-Failure { Get-Acl C:\Nope }) 'wrote', 'System.Management.Automation.ItemNotFoundException', "GetAcl_PathNotFound_Exception,$management.GetAclCommand", 'ObjectNotFound'
Check 'denied ACL' (Get-Failure { Get-Acl C:\Secret }) 'threw', 'System.UnauthorizedAccessException', "System.UnauthorizedAccessException,$management.GetAclCommand", 'NotSpecified'

# certificates
$certificate = Get-ChildItem Cert:\LocalMachine\My
Check 'certificate' $certificate.Subject, $certificate.HasPrivateKey, $certificate.NotAfter.ToUniversalTime().Year 'CN=vm01', True, 2027
Check 'empty store, missing store' @(Get-ChildItem Cert:\LocalMachine\Root).Count, (Test-Path Cert:\LocalMachine\Nope) 0, False

# services and processes
$service = Get-Service wuauserv
Check 'service' $service.Status, $service.StartType, $service.DisplayName, $service.ServicesDependedOn.Name Stopped, Disabled, 'Windows Update', 'rpcss'
Check 'type names' $service.Status.GetType().FullName, $service.StartType.GetType().FullName 'System.ServiceProcess.ServiceControllerStatus', 'System.ServiceProcess.ServiceStartMode'
Check 'missing service' (Get-Failure { Get-Service nope }) 'wrote', "$management.ServiceCommandException", "NoServiceFoundForGivenName,$management.GetServiceCommand", 'ObjectNotFound'
Check 'service wildcard' (Get-Failure { Get-Service nope* }), (Get-Service *uau*).Name 'nothing', 'wuauserv'
Check 'process' (Get-Process WaAppAgent).Id, (Get-Process -Id 2412).FileVersion 2412, '2.7.41491.1095'
Check 'missing process' (Get-Failure { Get-Process nope }) 'wrote', "$management.ProcessCommandException", "NoProcessFoundForGivenName,$management.GetProcessCommand", 'ObjectNotFound'

# WMI
Check 'class' (Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory.GetType().Name, (Get-WmiObject Win32_ComputerSystem).DomainRole.GetType().Name 'UInt64', 'UInt16'
Check 'filter' (Get-CimInstance Win32_LogicalDisk -Filter "DriveType=3 AND NOT DeviceID = 'D:'").DeviceID 'C:'
Check 'query' (Get-WmiObject -Query "SELECT DeviceID FROM Win32_LogicalDisk WHERE DeviceID LIKE '%:' AND FreeSpace < 2048").DeviceID 'D:'
Check 'services over WMI' (Get-CimInstance Win32_Service -Filter "Name='rpcss'").State, (Get-WmiObject Win32_Service -Filter "Name='wuauserv'").StartMode, (Get-CimInstance Win32_Service -Filter "Name='rpcss'").ProcessId 'Running', 'Disabled', 900
Check 'times' (Get-CimInstance Win32_OperatingSystem).LastBootUpTime.GetType().Name, (Get-WmiObject Win32_OperatingSystem).LastBootUpTime 'DateTime', '20261119083000.500000+000'
Check 'invalid class, CIM' (Get-Failure { Get-CimInstance Win32_Nope }) 'wrote', 'Microsoft.Management.Infrastructure.CimException', 'HRESULT 0x80041010,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand', 'MetadataError'
Check 'access denied, CIM' (Get-Failure { Get-CimInstance Win32_Volume }) 'wrote', 'Microsoft.Management.Infrastructure.CimException', 'HRESULT 0x80041003,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand', 'PermissionDenied'
Check 'invalid class, WMI' (Get-Failure { Get-WmiObject Win32_Nope }) 'wrote', 'System.Management.ManagementException', "GetWMIManagementException,$management.GetWmiObjectCommand", 'InvalidType'
Check 'its code is lost' ($(try { Get-WmiObject Win32_Nope -ErrorAction Stop } catch [System.Management.ManagementException] { $_.Exception.ErrorCode; $_.Exception.Message })) 'Failed', 'Invalid class "Win32_Nope"'
Check 'invalid namespace' (Get-Failure { Get-CimInstance X -Namespace root/nope }) 'wrote', 'Microsoft.Management.Infrastructure.CimException', 'HRESULT 0x8004100e,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand', 'MetadataError'
Check 'RPC' (Get-Failure { Get-WmiObject Win32_Battery }) 'wrote', 'System.Runtime.InteropServices.COMException', "GetWMICOMException,$management.GetWmiObjectCommand", 'InvalidOperation'
Check 'connections' (Get-NetTCPConnection -LocalPort 3389).State, (Get-Failure { Get-NetTCPConnection -LocalPort 1 -ErrorAction SilentlyContinue })[2] 'Listen', 'CmdletizationQuery_NotFound_LocalPort,Get-NetTCPConnection'

# event logs
$events = Get-WinEvent System
Check 'newest first' $events.Id 41, 7036, 6008
Check 'record' $events[1].ProviderName, $events[1].LogName, $events[1].Level, $events[1].Properties[0].Value, $events[1].Message.Length 'Service Control Manager', 'System', 4, 'Windows Update', 53
Check 'no message text' ($null -eq $events[0].Message) True
Check 'XML' ([xml]$events[1].ToXml()).Event.EventData.Data[0].Name, ([xml]$events[2].ToXml()).Event.System.EventID.'#text' 'param1', '6008'
Check 'hash' (Get-WinEvent -FilterHashtable @{ LogName = 'System'; Id = 7036, 6008; StartTime = (Get-Date).AddHours(-24) }).Id 7036
Check 'hash by provider and named data' (Get-WinEvent -FilterHashtable @{ ProviderName = 'Service Control Manager'; param2 = 'stopped' }).Id 7036
Check 'XPath, level' (Get-WinEvent System -FilterXPath '*[System[(Level=1 or Level=2) and TimeCreated[timediff(@SystemTime) <= 86400000]]]').Id 41
Check 'XPath, dates and data' (Get-WinEvent System -FilterXPath "*[System[TimeCreated[@SystemTime >= '2026-11-20T07:00:00Z' and @SystemTime < '2026-11-20T09:00:00Z']] and EventData[Data[@Name='param2']='stopped']]").Id 7036
Check 'XML query' (Get-WinEvent -FilterXml '<QueryList><Query Id="0" Path="System"><Select Path="System">*[System[Provider[@Name="EventLog"]]]</Select></Query></QueryList>').Id 6008
Check 'oldest, most' (Get-WinEvent System -Oldest -MaxEvents 1).Id 6008
Check 'no match' (Get-Failure { Get-WinEvent -FilterHashtable @{ LogName = 'System'; Id = 1 } }) 'wrote', 'System.Exception', "NoMatchingEventsFound,$management.GetWinEventCommand", 'ObjectNotFound'
Check 'empty log' (Get-Failure { Get-WinEvent 'Microsoft-SMA/Operational' })[2] "NoMatchingEventsFound,$management.GetWinEventCommand"
Check 'missing log' (Get-Failure { Get-WinEvent Nope }) 'wrote', 'System.Exception', "NoMatchingLogsFound,$management.GetWinEventCommand", 'ObjectNotFound'
Check 'denied log' (Get-Failure { Get-WinEvent Security })[0, 2] 'wrote', "LogInfoUnavailable,$management.GetWinEventCommand"
Check 'denied log, second error' ($global:Error.FullyQualifiedErrorId) "NoMatchingLogsFound,$management.GetWinEventCommand", "LogInfoUnavailable,$management.GetWinEventCommand"
Check 'missing provider' (Get-Failure { Get-WinEvent -FilterHashtable @{ ProviderName = 'Nope' } })[2] "NoMatchingProvidersFound,$management.GetWinEventCommand"
Check 'debug log' (Get-Failure { Get-WinEvent Contoso/Debug })[0, 2] 'threw', "SpecifyOldestForLog,$management.GetWinEventCommand"
Check 'XML query of a missing log' (Get-Failure { Get-WinEvent -FilterXml '<QueryList><Query Id="0"><Select Path="Nope">*</Select></Query></QueryList>' })[0, 1] 'threw', 'System.Diagnostics.Eventing.Reader.EventLogNotFoundException'
Check 'log description' (Get-WinEvent -ListLog Microsoft-SMA/Operational).IsEnabled, (Get-WinEvent -ListLog System).RecordCount, (Get-Failure { Get-WinEvent -ListLog Nope })[2] False, 3, "NoMatchingLogsFound,$management.GetWinEventCommand"
$entry = Get-EventLog System -Source 'Service Control Manager'
Check 'classic entry' $entry.EventID, $entry.EntryType, $entry.ReplacementStrings[1], $entry.TimeGenerated.ToUniversalTime().Hour 7036, Information, 'stopped', 8
Check 'classic window' (Get-EventLog System -After (Get-Date).AddHours(-24)).EventID 41, 7036
Check 'classic, no match' (Get-Failure { Get-EventLog System -Source Nope }) 'wrote', 'System.ArgumentException', "GetEventLogNoEntriesFound,$management.GetEventLogCommand", 'ObjectNotFound'
Check 'classic, missing log' (Get-Failure { Get-EventLog Microsoft-SMA/Operational })[0, 1, 2] 'threw', 'System.InvalidOperationException', "System.InvalidOperationException,$management.GetEventLogCommand"
Check 'existence' (Test-WindowsEventLog System), (Test-WindowsEventLog Microsoft-SMA/Operational), (Test-WindowsEventLog Nope) True, False, False

# network
Check 'connection' (Test-NetConnection jrds.example -Port 443).TcpTestSucceeded, (Test-NetConnection closed.example -Port 443 -WarningAction SilentlyContinue).TcpTestSucceeded, (Test-NetConnection nope.example -Port 443 -InformationLevel Quiet -WarningAction SilentlyContinue) True, False, False
Check 'names' ((Resolve-DnsName two.example).IPAddress -join ' '), (Resolve-DnsName jrds.example).IPAddress '192.0.2.1 2001:db8::1', '203.0.113.7'
Check 'no such name' (Get-Failure { Resolve-DnsName nope.example }) 'wrote', 'System.ComponentModel.Win32Exception', 'DNS_ERROR_RCODE_NAME_ERROR,Microsoft.DnsClient.Commands.ResolveDnsName', 'ResourceUnavailable'
$client = New-Object Net.Sockets.TcpClient
$client.Connect('jrds.example', 443)
Check 'TCP open' $client.Connected True
Check 'blocked by a local filter' $(try { (New-Object System.Net.Sockets.TcpClient).Connect('blocked.example', 80) } catch { $_.Exception.InnerException.SocketErrorCode }) 'AccessDenied'
$refused = try { (New-Object System.Net.Sockets.TcpClient).Connect('closed.example', 443) } catch { $_.Exception.InnerException.SocketErrorCode }
Check 'TCP refused' $refused ConnectionRefused
$unknown = try { New-Object System.Net.Sockets.TcpClient -ArgumentList 'nope.example', 443 } catch { $_.Exception.InnerException.SocketErrorCode }
Check 'TCP, no such host' $unknown HostNotFound
$pending = (New-Object Net.Sockets.TcpClient).BeginConnect('slow.example', 443, $null, $null)
Check 'TCP pending' $pending.AsyncWaitHandle.WaitOne(20) False
$web = try { Invoke-WebRequest https://jrds.example/ -UseBasicParsing } catch { $_ }
Check 'HTTP error: the body replaces the message' "$web", $web.Exception.Message, $web.Exception.GetType().FullName, $web.FullyQualifiedErrorId, ([int]$web.Exception.Response.StatusCode) 'Access denied', 'The remote server returned an error: (403) Forbidden.', 'System.Net.WebException', "WebCmdletWebResponseException,$management.InvokeWebRequestCommand", 403
$request = New-WindowsWebRequest https://jrds.example/
$through = try { $request.GetResponse() } catch { $_ }
Check 'WebRequest, through the proxy' "$through", $through.Exception.InnerException.Status 'Exception calling "GetResponse" with "0" argument(s): "The remote server returned an error: (403) Forbidden."', ProtocolError
$request.Proxy = [System.Net.WebProxy]::new()
Check 'WebRequest, direct' ($request.GetResponse().StatusCode -eq 200) True
$german = try { Invoke-RestMethod https://german.example/ } catch { $_ }
Check 'localized failure' "$german", $german.Exception.Status, $german.FullyQualifiedErrorId 'Die Verbindung mit dem Remoteserver kann nicht hergestellt werden.', ConnectFailure, "WebCmdletWebResponseException,$management.InvokeRestMethodCommand"
Check 'JSON' (Invoke-RestMethod -Uri 'http://169.254.169.254/metadata/instance?api-version=2018-02-01' -Headers @{ Metadata = 'true' }).compute.vmId '02aab8a4'

# the rest
$com = New-Object -ComObject AgentConfigManager.MgmtSvcCfg
Check 'COM' @($com.GetCloudWorkspaces())[0].workspaceID, $com.ProductVersion '6d1c7a52-0d3f-4b8e-9a51-2f7be0c4d811', '10.20'
Check 'COM method that fails' (Get-Failure { $com.Remove() })[0] 'threw'
Check 'COM class not registered' (Get-Failure { New-Object -ComObject Nope.Nope }) 'threw', 'System.Runtime.InteropServices.COMException', "NoCOMClassIdentified,$management.NewObjectCommand", 'ResourceUnavailable'
$global:LASTEXITCODE = $null
Check 'native command' (@(netsh winhttp show proxy) -like '*Direct access*').Count, $LASTEXITCODE 1, 0
Check 'native failure' (vssadmin.exe list writers).Substring(0, 6), $LASTEXITCODE 'Error:', 2
Check 'undeclared native command' (Get-Failure { netsh interface show })[0] 'threw'
Check 'AppLocker' ([xml](Get-AppLockerPolicy -Effective -Xml)).AppLockerPolicy.RuleCollection.Type, (Get-AppLockerPolicy -Local -Xml) 'Exe', '<AppLockerPolicy Version="1" />'
Check 'clock' (Get-Date).ToUniversalTime().ToString('s'), (Get-Date -Date '2020-02-03' -Format yyyy) '2026-11-20T10:00:00', '2020'
Check 'environment' $env:USERNAME, $env:SystemRoot 'VM01$', 'C:\Windows'
Check 'operating system' (Get-WindowsOSVersion) '10.0.17763.0'
Check 'missing command' ($null -eq (Get-Command Get-HotFix -ErrorAction Ignore)), (Get-Failure { Get-HotFix })[2] True, 'CommandNotFoundException'

# everything else passes on to the real cmdlets
Check 'real file' (Test-Path -LiteralPath $PSCommandPath), (Get-Item $PSCommandPath).GetType().FullName, @(Get-Content $PSCommandPath -TotalCount 1).Count True, 'System.IO.FileInfo', 1
Check 'real failure' (Get-Failure { Get-Item /nope/nope })[0, 2] 'wrote', "PathNotFound,$management.GetItemCommand"
Check 'real object' (New-Object System.Version -ArgumentList '1.2').Minor, (New-Object PSObject -Property @{ a = 5 }).a 2, 5
Check 'this process' (Get-Process -Id $PID).Id $PID

# network adapters, firewall, the registry through WMI
Check 'interfaces' (Get-NetIPInterface -AddressFamily IPv4 | Sort-Object InterfaceMetric | Select-Object -First 1).ifIndex, (Get-NetIPInterface -InterfaceIndex 6).Dhcp, ((Get-NetIPInterface -InterfaceIndex 6).Dhcp -eq 'Enabled') 6, 'Enabled', True
Check 'no such interface' (Get-Failure { Get-NetIPInterface -InterfaceIndex 9 -ErrorAction SilentlyContinue })[2] 'CmdletizationQuery_NotFound_InterfaceIndex,Get-NetIPInterface'
Check 'class not declared' (Get-Failure { Get-NetAdapter -ErrorAction SilentlyContinue })[2] 'HRESULT 0x80041010,Get-NetAdapter'
Check 'routes' (Get-NetRoute -DestinationPrefix '0.0.0.0/0').NextHop, "$((Get-NetRoute).State)" '10.0.0.1', 'Alive'
Check 'DNS servers' (Get-DnsClientServerAddress -InterfaceIndex 6 -AddressFamily IPv4).ServerAddresses '168.63.129.16'
Check 'rules' (Get-NetFirewallRule).Count, @(Get-NetFirewallRule -Enabled True).Count, @(Get-NetFirewallRule -Enabled True -PolicyStore ActiveStore).Count, @(Get-NetFirewallRule | Where-Object Enabled).Count 2, 1, 2, 2
$rule = Get-NetFirewallRule -Enabled True
Check 'a rule' $rule.Direction, $rule.Action, $rule.Profile, ($rule | Get-NetFirewallPortFilter).RemotePort[1], ($rule | Get-NetFirewallAddressFilter).RemoteAddress, @(Get-NetFirewallPortFilter).Count 'Outbound', 'Block', 'Any', '443', '168.63.129.16', 2
Check 'StdRegProv' (Invoke-CimMethod -ClassName StdRegProv -MethodName GetDWORDValue -Arguments @{ sSubKeyName = 'SOFTWARE\Contoso'; sValueName = 'Large' }).uValue, (Invoke-CimMethod StdRegProv GetDWORDValue @{ sSubKeyName = 'SOFTWARE\Nope'; sValueName = 'x' }).ReturnValue 4294967295, 2
Check 'no such method class' (Get-Failure { Invoke-CimMethod -ClassName NoProv -MethodName GetDWORDValue })[0, 2] 'wrote', 'HRESULT 0x80041010,Microsoft.Management.Infrastructure.CimCmdlets.InvokeCimMethodCommand'
Check 'modules of a process' (Get-Process WaAppAgent).Modules.ModuleName 'hook.dll'
Check 'answers by path' (Invoke-RestMethod http://169.254.169.254/metadata/versions).apiVersions[0], (Invoke-RestMethod http://169.254.169.254/metadata/instance).compute.vmId, (Get-Failure { Invoke-RestMethod 'http://169.254.169.254/gone?now=1' })[0] '2021-02-01', '02aab8a4', 'threw'

# seams: what replaces the static .NET calls
Import-WindowsState -Path (Join-Path $PSScriptRoot 'example-state.json')
. (Join-Path $PSScriptRoot 'seams.ps1')
# The exceptions a failed call carries, outermost wrapping left out, and the error id.
function Get-Chain([scriptblock]$Code) {
    try { $null = & $Code; return 'nothing' } catch { $record = $_ }
    $record.FullyQualifiedErrorId.Split(',')[0]
    for ($inner = $record.Exception.InnerException; $inner; $inner = $inner.InnerException) { $inner.GetType().Name }
}
function Wait-For($Begun, [int]$Milliseconds = 0) { $Begun.AsyncWaitHandle.WaitOne($Milliseconds, $false) }
function Start-Request([string]$Url, [hashtable]$Set = @{}) {
    $request = New-WebRequest $Url
    foreach ($name in $Set.Keys) { $request.$name = $Set[$name] }
    $request, $request.BeginGetResponse($null, $null)
}
function New-WebRequest { 'the collector''s own' }
Check 'an alias comes before a function of any scope' (& { function New-WebRequest { 'nearer' }; (New-WebRequest 'http://web.example/').RequestUri.Host }) 'web.example'

# seams: registry views
$wide = Open-BaseKey LocalMachine Registry64; $narrow = Open-BaseKey LocalMachine Registry32
Check 'views: the value of each' $wide.OpenSubKey('SOFTWARE\Contoso').GetValue('Small'), $narrow.OpenSubKey('software\contoso').GetValue('Small') 1, 32
Check 'views: names as opened' $narrow.OpenSubKey('SOFTWARE\Contoso').Name, $narrow.View, $narrow.OpenSubKey('SOFTWARE').OpenSubKey('Contoso').View 'HKEY_LOCAL_MACHINE\SOFTWARE\Contoso', 'Registry32', 'Registry32'
Check 'views: only in one' ($null -eq $wide.OpenSubKey('SOFTWARE\Only32')), ($null -eq $narrow.OpenSubKey('SOFTWARE\Only32')), ($null -eq $narrow.OpenSubKey('SOFTWARE\Empty')) True, False, True
Check 'views: shared keys' $narrow.OpenSubKey('SOFTWARE\Policies\Contoso').GetValue('Shared'), $narrow.OpenSubKey('SYSTEM\Select').GetValue('Current') 'both views', 1
Check 'views: Wow6432Node by name' $wide.OpenSubKey('SOFTWARE\Wow6432Node\Contoso').GetValue('Small'), $narrow.OpenSubKey('SOFTWARE\Wow6432Node\Contoso').GetValue('Small') 32, 32
Check 'views: subkeys of SOFTWARE' ($wide.OpenSubKey('SOFTWARE').GetSubKeyNames() -join ' '), ($narrow.OpenSubKey('SOFTWARE').GetSubKeyNames() -join ' ') 'Contoso Empty Policies Wow6432Node', 'Contoso Only32 Policies'
Check 'views: default follows os.bitness' (Open-BaseKey LocalMachine Default).View Registry64
$key = $wide.OpenSubKey('SOFTWARE\Contoso')
Check 'key: values' $key.GetValue('Path'), $key.GetValue('Path', $null, 'DoNotExpandEnvironmentNames'), $key.GetValue('nope', 7), ($null -eq $key.GetValue('nope')), $key.GetValue('') 'C:\Windows\System32', '%SystemRoot%\System32', 7, True, 'the default value'
Check 'key: kinds' ('Small', 'Long', 'Lines', 'Bytes', 'Path', '' | ForEach-Object { $key.GetValueKind($_) }) DWord, QWord, MultiString, Binary, ExpandString, String
Check 'key: counts and names' $key.SubKeyCount, $key.ValueCount, $key.GetValueNames().Length, ($key.GetSubKeyNames() -join ' ') 3, 7, 7, '1031 1033 Secret'
Check 'key: no such value' (Get-Chain { $key.GetValueKind('nope') }) 'IOException', 'IOException'
Check 'key: denied' (Get-Chain { $wide.OpenSubKey('SOFTWARE\Contoso\Secret') }) 'SecurityException', 'SecurityException'
Check 'key: absent is null' ($null -eq $wide.OpenSubKey('SOFTWARE\Nope')) True
$key.Close(); $wide.Close()
Check 'key: closed; a base key cannot be' (Get-Chain { $key.GetValue('Small') })[1], $wide.OpenSubKey('SOFTWARE\Contoso').GetValue('Small') 'ObjectDisposedException', 1
Check 'key: no such view' (Get-Chain { Open-BaseKey LocalMachine Registry16 })[0] 'MethodArgumentConversionInvalidCastArgument'
Check 'key: users' (Open-BaseKey Users Registry64).GetSubKeyNames() 'S-1-5-18'

# seams: requests
$request, $begun = Start-Request 'http://web.example/' @{ AllowAutoRedirect = $false; KeepAlive = $false; Proxy = $null; Timeout = 4000; Method = 'GET'; UserAgent = 'x' }
$response = if (Wait-For $begun) { $request.EndGetResponse($begun) }
Check 'request: answer' ([int]$response.StatusCode), $response.Headers['Server'], $response.ContentLength, ($request -is [System.Net.WebRequest]) 200, 'Contoso', 7, True
$stream = $response.GetResponseStream(); $buffer = New-Object byte[] 4
$first = $stream.EndRead($stream.BeginRead($buffer, 0, 4, $null, $null)); $text = [Text.Encoding]::ASCII.GetString($buffer); $second = $stream.EndRead($stream.BeginRead($buffer, 0, 4, $null, $null)); $last = $stream.EndRead($stream.BeginRead($buffer, 0, 4, $null, $null))
Check 'request: body in pieces, no seeking' $first, $text, $second, $last, $stream.CanSeek, (Get-Chain { $stream.get_Length() })[0] 4, 'welc', 3, 0, False, 'NotSupportedException'
$request, $begun = Start-Request 'http://web.example/404'
Check 'request: a 404 throws and carries the response' (Get-Chain { $request.EndGetResponse($begun) })[1], $(try { $request.EndGetResponse($begun) } catch { '{0} {1}' -f [int]$_.Exception.InnerException.Response.StatusCode, $_.Exception.InnerException.Status }) 'WebException', '404 ProtocolError'
Check 'request: redirects' $(foreach ($follow in $true, $false) { $request, $begun = Start-Request 'http://web.example/302' @{ AllowAutoRedirect = $follow }; $response = $request.EndGetResponse($begun); [int]$response.StatusCode; $response.ResponseUri.AbsolutePath }) 200, '/there', 302, '/302'
Check 'request: required header' $(foreach ($value in $null, 'false', 'true') { $request = New-WebRequest 'http://169.254.169.254/metadata/attested/document'; if ($value) { $request.Headers.Add('Metadata', $value) }; try { [int]$request.EndGetResponse($request.BeginGetResponse($null, $null)).StatusCode } catch { [int]$_.Exception.InnerException.Response.StatusCode } }) 400, 400, 200
Check 'request: required header, cmdlet' (Invoke-RestMethod http://169.254.169.254/metadata/attested/document -Headers @{ Metadata = 'true' }).encoding, (Get-Failure { Invoke-RestMethod http://169.254.169.254/metadata/attested/document })[0] 'pkcs7', 'threw'
Check 'request: restricted header' (Get-Chain { (New-WebRequest 'http://web.example/').Headers.Add('User-Agent', 'x') })[0], $(try { (New-WebRequest 'http://web.example/').Headers['Accept'] = 'x' } catch { $_.Exception.GetType().Name }) 'ArgumentException', 'ArgumentException'
Check 'request: failures' $(foreach ($url in 'https://closed.example/', 'https://reset.example/', 'http://nope.example/', 'https://inspected.example/', 'https://oldtls.example/', 'http://web.example/nonsense', 'http://web.example/bare-dns', 'http://web.example/inner') {
        $request, $begun = Start-Request $url; $null = try { $request.EndGetResponse($begun) } catch { $record = $_ }
        $names = @(); for ($e = $record.Exception.InnerException; $e; $e = $e.InnerException) { $names += $e.GetType().Name -replace 'Exception'; if ($e -is [Net.Sockets.SocketException]) { $names += [int]$e.SocketErrorCode, $e.NativeErrorCode } elseif ($e -is [Net.WebException]) { $names += [string]$e.Status } }
        $names -join ' ' }) 'Web ConnectFailure Socket 10061 10061', 'Web ReceiveFailure IO Socket 10054 10054', 'Web NameResolutionFailure Socket 11001 11001', 'Web TrustFailure Authentication', 'Web SecureChannelFailure', 'Web ServerProtocolViolation', 'Web NameResolutionFailure', 'Web ConnectFailure Socket 10061 10061'
$request, $begun = Start-Request 'https://slow.example/'
Check 'request: a time-out never signals' (Wait-For $begun 50), (Get-Chain { $request.EndGetResponse($begun) })[0] False, 'InvalidOperationException'
$request.Abort()
Check 'request: aborted' (Wait-For $begun), $(try { $request.EndGetResponse($begun) } catch { "$($_.Exception.InnerException.Status)" }) True, 'RequestCanceled'
Check 'request: waiting form' $(foreach ($url in 'https://slow.example/', 'http://web.example/silent') { try { (New-WebRequest $url).GetResponse() } catch { "$($_.Exception.InnerException.Status)" } }) 'Timeout', 'Timeout'
$request, $begun = Start-Request 'http://web.example/late'
Check 'request: delay' (Wait-For $begun 20), (Wait-For $begun 2000), ([int]$request.EndGetResponse($begun).StatusCode) False, True, 200
$request, $begun = Start-Request 'https://late.example/'
Check 'request: delay of the endpoint' (Wait-For $begun 20), (Wait-For $begun 2000) False, True
$request, $begun = Start-Request 'http://web.example/stall'; $stream = $request.EndGetResponse($begun).GetResponseStream(); $buffer = New-Object byte[] 64
$got = $stream.EndRead($stream.BeginRead($buffer, 0, 64, $null, $null)); $reading = $stream.BeginRead($buffer, $got, 64 - $got, $null, $null)
$quiet = Wait-For $reading 50; $request.Abort()
Check 'request: a body that stalls' $got, $quiet, (Wait-For $reading), (Get-Chain { $stream.EndRead($reading) })[1], (Get-Chain { $stream.Read($buffer, 0, 1) })[1] 6, False, True, 'WebException', 'WebException'
$request, $begun = Start-Request 'https://jrds.example/' @{ Proxy = $null }
$peer = [System.Security.Cryptography.X509Certificates.X509Certificate2]$request.ServicePoint.Certificate
Check 'request: certificate' $peer.Subject, $peer.Issuer, $peer.Thumbprint, $peer.NotBefore.ToUniversalTime().ToString('yyyy-MM-dd'), $peer.NotAfter.ToUniversalTime().ToString('yyyy-MM-dd') 'CN=jrds.example, O=Contoso', 'CN=Contoso Proxy CA', '00112233445566778899AABBCCDDEEFF00112233', '2026-01-01', '2027-01-01'
Check 'request: no certificate' ($null -eq (Start-Request 'http://web.example/')[0].ServicePoint.Certificate), ($null -eq (Start-Request 'https://inspected.example/')[0].ServicePoint.Certificate) True, True
Check 'request: misuse' (Get-Chain { (New-WebRequest 'http://web.example/').BeginGetResponse({ }, $null) })[1], (Get-Chain { $request.BeginGetResponse($null, $null) })[1], (Get-Chain { New-WebRequest 'no url' })[0], (Get-Chain { New-WebRequest 'nope://x/' })[0] 'NotSupportedException', 'InvalidOperationException', 'UriFormatException', 'NotSupportedException'
Check 'cmdlet: silent and late' (Get-Failure { Invoke-WebRequest http://web.example/silent -TimeoutSec 1 })[0], (Invoke-WebRequest http://web.example/late -TimeoutSec 1).Content 'threw', 'late'

# seams: TCP and names
$client = New-TcpClient; $begun = $client.BeginConnect('jrds.example', 443, $null, $null); $ready = Wait-For $begun; $client.EndConnect($begun)
Check 'TCP: remote end' $ready, ([string]$client.Client.RemoteEndPoint), $client.Connected True, '203.0.113.7:443', True
$client = New-TcpClient; $begun = $client.BeginConnect('late.example', 443, $null, $null)
Check 'TCP: delay' (Wait-For $begun 20), $client.Connected, (Wait-For $begun 2000), $client.Connected False, False, True, True
Check 'TCP: failures' $(foreach ($name in 'closed.example', 'nope.example', 'slow.example') { $client = New-TcpClient; $begun = $client.BeginConnect($name, 443, $null, $null); try { $client.EndConnect($begun) } catch { $_.Exception.InnerException.NativeErrorCode } }) 10061, 11001, 10060
$client = New-TcpClient; $begun = $client.BeginConnect('slow.example', 443, $null, $null); $client.Close()
Check 'TCP: closed while pending' (Wait-For $begun), (Get-Chain { $client.EndConnect($begun) })[1], (Get-Chain { $client.BeginConnect('jrds.example', 443, $null, $null) })[1] True, 'ObjectDisposedException', 'ObjectDisposedException'
Check 'TCP: a peer that resets accepts first' $($client = New-TcpClient; $client.EndConnect($client.BeginConnect('reset.example', 443, $null, $null)); $client.Connected) True
Check 'names: addresses' (@(Complete-Lookup (Start-Lookup 'two.example')) -join ' '), "$(Complete-Lookup (Start-Lookup '192.0.2.9'))", "$(Complete-Lookup (Start-Lookup 'web.example'))" '192.0.2.1 2001:db8::1', '192.0.2.9', '192.0.2.80'
Check 'names: failures' $(foreach ($name in 'nope.example', 'busy.example') { try { Complete-Lookup (Start-Lookup $name) } catch { [int]$_.Exception.InnerException.SocketErrorCode } }) 11001, 11002
Check 'names: a server that is silent' (Wait-For (Start-Lookup 'mute.example') 50) False

# seams: files
function Read-All([string]$Path) { $stream = Open-SharedFile $Path; $buffer = New-Object byte[] 64; $got = $stream.Read($buffer, 0, 64); $stream.Close(); , [byte[]]@($buffer | Select-Object -First $got) }
$stream = Open-SharedFile C:\Logs\agent.log; $buffer = New-Object byte[] 8
Check 'file: length, seek, read' $stream.Length, $stream.Seek(-7, 'End'), $stream.Read($buffer, 0, 8), ([Text.Encoding]::ASCII.GetString($buffer, 0, 5)), $stream.Read($buffer, 0, 8) 22, 15, 7, 'third', 0
$stream.Close()
Check 'file: closed' (Get-Chain { $stream.Read($buffer, 0, 1) })[0] 'ObjectDisposedException'
Check 'file: encodings' ((Read-All C:\Tail\utf16.log)[0..3] -join ' '), (Read-All C:\Tail\ansi.log)[2], (Get-Content C:\Tail\ansi.log) '255 254 71 0', 252, ('Gr' + [char]252 + [char]223 + 'e')
Check 'file: failures' $(foreach ($path in 'C:\Logs\open.log', 'C:\Logs\private.log', 'C:\Secret\inside.txt', 'C:\Logs', 'C:\Logs\nope.log', 'C:\Nope\nope.log', '/nope/nope') { $chain = @(Get-Chain { Open-SharedFile $path }); $chain[0, 1] -join ' ' }) (@('ConstructorInvokedThrowException IOException') + @('ConstructorInvokedThrowException UnauthorizedAccessException') * 3 + 'ConstructorInvokedThrowException FileNotFoundException' + @('ConstructorInvokedThrowException DirectoryNotFoundException') * 2)
Check 'file: sharing violation' $(try { Open-SharedFile C:\Logs\open.log } catch { $_.Exception.InnerException.HResult }) -2147024864
Check 'file: a writer needs a reader that shares' (Get-Chain { [StandIns.SharedFile]::new((Get-WindowsMachine), 'C:\Tail\long.log', 'Read', 'Read') })[1] 'IOException'
$stream = Open-SharedFile C:\Tail\long.log; $buffer = New-Object byte[] 64; $null = $stream.Seek(-30, 'End'); $zeros = $stream.Read($buffer, 0, 64); $got = $stream.Read($buffer, $zeros, 64 - $zeros)
Check 'file: long, its end declared' $stream.Length, (Get-Item C:\Tail\long.log).Length, $zeros, ([Text.Encoding]::ASCII.GetString($buffer, $zeros, $got).Trim()) 104857600, 104857600, 7, 'the end of a long log'
Check 'file: rewritten after the first opening' (Get-Item C:\Tail\rewritten.log).Length, (Read-All C:\Tail\rewritten.log).Length, (Get-Item C:\Tail\rewritten.log).Length, (Read-All C:\Tail\rewritten.log).Length, (Get-Content C:\Tail\rewritten.log), (Get-Item C:\Tail\rewritten.log).LastWriteTimeUtc.ToString('s') 8, 8, 3, 3, 'new', '2026-11-20T09:59:59'
Check 'file: released after the first opening' (Get-Chain { Open-SharedFile C:\Tail\released.log })[1], (Read-All C:\Tail\released.log).Length 'IOException', 8
Check 'file: real' ((Open-SharedFile $PSCommandPath).Length -gt 1000) True

# seams: the rest
$null = Get-CimInstance Win32_Service -Filter "Name='rpcss'"
Check 'services: the second reading' (Get-Service RdAgent).Status, (Get-Service RdAgent).Status, "$(foreach ($turn in 1, 2) { (Get-CimInstance Win32_Service -Filter "Name='RdAgent'").ProcessId })" 'StartPending', 'Running', '0 2412'
Check 'services: later' (Get-Service Crashing).Status, (Get-Service Crashing).Status, $(Start-Sleep -Seconds 6; $null = Get-CimInstance Win32_Service -Filter "Name='Crashing'"; (Get-CimInstance Win32_Service -Filter "Name='Crashing'").ExitCode), (Get-Service Crashing).Status 'Running', 'Running', 1067, 'Stopped'
Check 'services: their keys' (Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Services\rpcss).Start, (Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Services\rpcss).ObjectName, (Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Services\wuauserv).Start 2, 'NT AUTHORITY\NetworkService', 4
Check 'environment' (Expand-Environment '%agent%\%HOME%'), (Expand-Environment '%HTTPS_PROXY%') 'C:\Agent\%HOME%', '%HTTPS_PROXY%'
Check 'identity' (Get-OwnSid), (Test-OwnGroup S-1-5-32-544), (Test-OwnGroup S-1-5-18) 'S-1-5-21-1-2-3-1001', True, False
Check 'versions and numbers' (Get-OSVersion), (Get-EngineVersion), (Get-Bitness), (Get-SecurityProtocol) '10.0.17763.0', '5.1.17763.1852', 64, 3072
Check 'host time' (Get-HostTime).ToString('s'), (Get-HostTime).Kind '2026-11-20T10:00:00', 'Utc'
Check 'a program' $(Start-Program 'C:\Windows\System32\vssadmin.exe' 'list writers' | ForEach-Object { $_.ExitCode, $_.WaitForExit(1) }) 2, True
Set-SecurityProtocol 240
Check 'protocols that were set' (Get-SecurityProtocol) 240

# another state replaces everything, also what an older Windows lacks
Import-WindowsState -Json '{ "os": { "missingCommands": [ "Test-NetConnection", "Get-ItemPropertyValue" ], "serviceStartType": false, "bitness": 32 }, "services": { "wuauserv": { "startType": "Disabled" } } }'
Check 'state replaced' (Test-Path HKLM:\SOFTWARE\Contoso), ($null -eq (Get-Service wuauserv).StartType), ($null -ne (Get-Command Get-HotFix -ErrorAction Ignore)) False, True, True
Check 'state replaced, behind the seams' ($null -eq (Open-BaseKey LocalMachine Registry64).OpenSubKey('SOFTWARE\Contoso')), (Get-OwnSid), (Get-Bitness), (Open-BaseKey LocalMachine Default).View True, 'S-1-5-18', 32, 'Registry32'
Check 'missing, unknown to Linux' (Get-Failure { Test-NetConnection x -Port 1 })[1, 2] 'System.Management.Automation.CommandNotFoundException', 'CommandNotFoundException'
Check 'missing, known to Linux' (Get-Failure { Get-ItemPropertyValue HKLM:\SOFTWARE\X Y })[0, 1, 2] 'threw', 'System.Management.Automation.CommandNotFoundException', 'CommandNotFoundException'

"$script:passed passed, $script:failed failed"
exit [int]($script:failed -gt 0)
