# Records the shape of what a few read-only cmdlets put out: property names and types, and how failures look. For real cmdlets on Windows, and
# for the stand-ins over a declared state; compare_shapes.py tells the two apart.
#   powershell.exe -NoProfile -File shapes.ps1 -Out real.json
#   pwsh -NoProfile -File shapes.ps1 -Module stand-ins\WindowsStandIns.psm1 -State state.json -Out stand-ins.json
param([string]$Out, [string]$Module, [string]$State)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
if ($Module) {
  Import-Module (Resolve-Path -LiteralPath $Module).ProviderPath -DisableNameChecking
  Import-WindowsState -Path $State
}

function Read-TypeName($value) {
  if ($null -eq $value) { return 'null' }
  return [string]$value.PSObject.TypeNames[0]
}

# One object: its type names, and the type of each property that the collector reads.
function Read-Shape($object, [string[]]$names) {
  $properties = @{}
  foreach ($name in $names) {
    $member = $object.PSObject.Properties[$name]
    if ($null -eq $member) { $properties[$name] = 'absent' }
    else { $properties[$name] = Read-TypeName $member.Value }
  }
  return @{ types = @($object.PSObject.TypeNames); properties = $properties }
}

function Read-Failure($record) {
  $inner = $record.Exception
  while ($null -ne $inner.InnerException) { $inner = $inner.InnerException }
  return @{ id = [string]$record.FullyQualifiedErrorId; category = [int]$record.CategoryInfo.Category; exception = (Read-TypeName $inner) }
}

$calls = @(
  @('service', { Get-Service -Name 'WinRM' }, @('Name', 'Status', 'StartType', 'DisplayName')),
  @('service, absent', { Get-Service -Name 'NoSuchService' }, @()),
  @('process', { Get-Process -Name 'lsass' }, @('Id', 'ProcessName', 'Path', 'StartTime', 'Company', 'FileVersion')),
  @('process, absent', { Get-Process -Name 'nosuchprocess' }, @()),
  @('key', { Get-Item -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' }, @('Name', 'PSChildName', 'Property', 'SubKeyCount', 'ValueCount')),
  @('key, absent', { Get-Item -LiteralPath 'HKLM:\SOFTWARE\NoSuchKey' }, @()),
  @('values', { Get-ItemProperty -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' }, @('ProductName', 'CurrentBuild', 'InstallDate', 'PSPath')),
  @('sub-keys', { Get-ChildItem -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows NT' }, @('Name', 'PSChildName')),
  @('folder', { Get-Item -LiteralPath 'C:\Windows' -Force }, @('FullName', 'Attributes', 'LastWriteTimeUtc', 'PSIsContainer')),
  @('file', { Get-Item -LiteralPath 'C:\Windows\System32\kernel32.dll' -Force }, @('FullName', 'Length', 'LastWriteTimeUtc', 'PSIsContainer', 'VersionInfo')),
  @('file, absent', { Get-Item -LiteralPath 'C:\NoSuchFile' -Force }, @()),
  @('lines', { Get-Content -LiteralPath 'C:\Windows\win.ini' -TotalCount 1 }, @('PSPath', 'ReadCount')),
  @('descriptor', { Get-Acl -Path 'C:\Windows' }, @('Sddl', 'Owner', 'Group', 'Access')),
  @('log', { Get-WinEvent -ListLog 'System' }, @('LogName', 'IsEnabled', 'LogType', 'RecordCount', 'OldestRecordNumber')),
  @('log, absent', { Get-WinEvent -ListLog 'NoSuchLog' }, @()),
  @('event', { Get-WinEvent -LogName 'System' -MaxEvents 1 }, @('Id', 'ProviderName', 'Level', 'TimeCreated', 'RecordId', 'Properties', 'Message')),
  @('event, none', { Get-WinEvent -FilterHashtable @{ LogName = 'System'; Id = 59999 } }, @()),
  @('event, log absent', { Get-WinEvent -LogName 'NoSuchLog' -MaxEvents 1 }, @()),
  @('wmi', { Get-WmiObject -Class 'Win32_OperatingSystem' }, @('Version', 'LastBootUpTime', 'ProductType', '__CLASS')),
  @('wmi, class absent', { Get-WmiObject -Class 'Win32_NoSuchClass' }, @()),
  @('cim', { Get-CimInstance -ClassName 'Win32_OperatingSystem' }, @('Version', 'LastBootUpTime', 'ProductType')),
  @('cim, class absent', { Get-CimInstance -ClassName 'Win32_NoSuchClass' }, @()),
  @('certificates', { Get-ChildItem -LiteralPath 'Cert:\LocalMachine\My' }, @('Subject', 'Issuer', 'FriendlyName', 'NotBefore', 'NotAfter', 'Thumbprint', 'HasPrivateKey')),
  @('com, absent', { New-Object -ComObject 'No.Such.Class' }, @()),
  @('command, absent', { Get-NoSuchThing }, @())
)

$shapes = @{}
foreach ($call in $calls) {
  try {
    $objects = @(& $call[1])
    if ($objects.Length -eq 0) { $shapes[$call[0]] = @{ outcome = 'nothing' } }
    else { $shapes[$call[0]] = @{ outcome = 'objects'; shape = (Read-Shape $objects[0] $call[2]) } }
  }
  catch { $shapes[$call[0]] = @{ outcome = 'failure'; failure = (Read-Failure $_) } }
}
$document = @{ engine = [string]$PSVersionTable.PSVersion; standIns = [bool]$Module; shapes = $shapes }
$text = ConvertTo-Json -InputObject $document -Depth 8
[System.IO.File]::WriteAllText($ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Out), $text)
"$($shapes.PSBase.Count) calls recorded in $Out"
