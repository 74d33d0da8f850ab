# Windows cmdlets over a declared host state, so that scripts written for Windows PowerShell run on the Linux engine.
# The shape of the state is in README.md; the .NET types Linux lacks are in WindowsTypes.cs.
# A function shadows the cmdlet of its name: it answers what belongs to Windows and hands anything else on to the real cmdlet.

$ErrorActionPreference = 'Continue'

# Compiling costs about a second, so the assembly is kept beside other temporary files, under the digest of its source.
$source = @('WindowsTypes.cs', 'WindowsNetwork.cs', 'WindowsMachine.cs' | ForEach-Object { Join-Path $PSScriptRoot $_ })
$digest = -join @($source | ForEach-Object { (Microsoft.PowerShell.Utility\Get-FileHash $_ -Algorithm SHA256).Hash.Substring(0, 8) })
$assembly = Join-Path ([IO.Path]::GetTempPath()) "windows-stand-ins-$digest-$($PSVersionTable.PSVersion).dll"
if (-not [IO.File]::Exists($assembly)) {
    $fresh = "$assembly.$PID.dll"
    Add-Type -Path $source -OutputAssembly $fresh -OutputType Library
    try { [IO.File]::Move($fresh, $assembly, $true) } catch { $assembly = $fresh }
}
Add-Type -Path $assembly

$script:HostState = $null
$script:Registry = $null
$script:Files = $null
$script:Machine = $null
$script:Environment = $null
$script:ServiceClock = @{}
$script:Slept = 0.0
$script:Declared = @()
$script:ErrorIdField = [System.Management.Automation.ErrorRecord].GetField('_serializedFullyQualifiedErrorId', [Reflection.BindingFlags]'NonPublic,Instance')

# Names of the accounts every Windows knows; os.accounts in the state overrides them (other languages) and adds local ones.
$script:EnglishAccounts = @{
    'S-1-1-0' = 'Everyone'; 'S-1-3-0' = 'CREATOR OWNER'; 'S-1-3-4' = 'OWNER RIGHTS'; 'S-1-5-2' = 'NT AUTHORITY\NETWORK'; 'S-1-5-4' = 'NT AUTHORITY\INTERACTIVE'
    'S-1-5-6' = 'NT AUTHORITY\SERVICE'; 'S-1-5-7' = 'NT AUTHORITY\ANONYMOUS LOGON'; 'S-1-5-11' = 'NT AUTHORITY\Authenticated Users'; 'S-1-5-18' = 'NT AUTHORITY\SYSTEM'
    'S-1-5-19' = 'NT AUTHORITY\LOCAL SERVICE'; 'S-1-5-20' = 'NT AUTHORITY\NETWORK SERVICE'; 'S-1-5-32-544' = 'BUILTIN\Administrators'; 'S-1-5-32-545' = 'BUILTIN\Users'
    'S-1-5-32-546' = 'BUILTIN\Guests'; 'S-1-5-32-551' = 'BUILTIN\Backup Operators'; 'S-1-5-32-555' = 'BUILTIN\Remote Desktop Users'
    'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464' = 'NT SERVICE\TrustedInstaller'
}

function Import-WindowsState {
    <# .SYNOPSIS Loads the state of a Windows host from a JSON file (-Path) or text (-Json); every stand-in answers from it until the next one. #>
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param([Parameter(Mandatory, Position = 0, ParameterSetName = 'Path')][string]$Path, [Parameter(Mandatory, ParameterSetName = 'Json')][string]$Json)
    $ErrorActionPreference = 'Stop'
    if ($PSCmdlet.ParameterSetName -eq 'Path') { $Json = [IO.File]::ReadAllText($PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)) }
    $script:HostState = [StandIns.Json]::Load($Json)
    foreach ($name in 'registry', 'services', 'logs', 'files', 'acls', 'wmi', 'endpoints', 'dns', 'certificates', 'native', 'com', 'os', 'appLocker') {
        if ($null -eq $HostState[$name]) { $HostState[$name] = [System.Collections.Specialized.OrderedDictionary]::new([StringComparer]::OrdinalIgnoreCase) }
    }
    if ($null -eq $HostState['denied']) { $HostState['denied'] = @() }
    if ($null -eq $HostState['processes']) { $HostState['processes'] = @() }
    Initialize-Environment
    Add-ServiceKeys
    $script:Registry = [StandIns.RegistryKey]::Load($HostState['registry'], $HostState['denied'], $script:Environment)
    Initialize-Files
    $script:ServiceClock = @{}
    $script:Slept = 0.0
    $fixed = if ($HostState['os']['now']) { Get-Now }
    $script:Machine = [StandIns.Machine]::new($HostState, $script:Registry, $script:Files, $script:Environment, (Get-AccountNames), $fixed)
    Initialize-Commands $PSCmdlet.SessionState
}

# The object behind the seams (seams.ps1): the static .NET calls of Windows over the state.
function Get-WindowsMachine { if ($null -eq $script:Machine) { throw 'Import-WindowsState comes first.' }; $script:Machine }

function Initialize-Environment {
    $os = $HostState['os']
    $defaults = @{ USERNAME = 'SYSTEM'; COMPUTERNAME = 'HOST'; SystemRoot = 'C:\Windows'; SystemDrive = 'C:'; windir = 'C:\Windows'; ProgramData = 'C:\ProgramData'
        ProgramFiles = 'C:\Program Files'; PROCESSOR_ARCHITECTURE = 'AMD64' }
    if ($null -ne $os['userName']) { $defaults.USERNAME = $os['userName'] }
    if ($null -ne $os['computerName']) { $defaults.COMPUTERNAME = $os['computerName'] }
    if ($null -ne $os['environment']) { foreach ($name in $os['environment'].Keys) { $defaults[$name] = $os['environment'][$name] } }
    $script:Environment = [System.Collections.Specialized.OrderedDictionary]::new([StringComparer]::OrdinalIgnoreCase)
    foreach ($name in $defaults.Keys) { $script:Environment[$name] = [string]$defaults[$name] }
    # What an earlier state declared is gone.
    foreach ($name in $script:Declared) { [Environment]::SetEnvironmentVariable($name, $null) }
    $script:Declared = @($defaults.Keys) + @($defaults.Keys | ForEach-Object { $_.ToUpperInvariant() })
    # The environment is case-insensitive on Windows only: both the usual and the upper-case spelling are set.
    foreach ($name in $defaults.Keys) { foreach ($spelling in @($name, $name.ToUpperInvariant()) | Select-Object -Unique) { [Environment]::SetEnvironmentVariable($spelling, $defaults[$name]) } }
    # Cmdlets without a stand-in (Join-Path, Split-Path) need the drives to exist.
    $nowhere = Join-Path ([IO.Path]::GetTempPath()) 'windows-stand-ins-empty-drive'
    [void][IO.Directory]::CreateDirectory($nowhere)
    foreach ($drive in 'C', 'HKLM', 'HKCU', 'HKU', 'Cert') {
        if (-not (Get-PSDrive -Name $drive -ErrorAction Ignore)) { [void](Microsoft.PowerShell.Management\New-PSDrive -Name $drive -PSProvider FileSystem -Root $nowhere -Scope Global) }
    }
}

# os.missingCommands: what an older Windows PowerShell lacks. A command Linux lacks too disappears; one that Linux has is made to fail alike.
function Initialize-Commands($SessionState) {
    $missing = @($HostState['os']['missingCommands'] | ForEach-Object { $_; "$_.exe" })
    $functions = $ExecutionContext.SessionState.Module.ExportedFunctions
    $gone = @($functions.Keys | Where-Object { $missing -contains $_ -and -not (Get-Command $_ -CommandType Cmdlet -ErrorAction Ignore) })
    $back = @{}
    foreach ($name in $functions.Keys) { if ($gone -notcontains $name) { $back[$name] = $functions[$name].ScriptBlock } }
    # In the session of the caller; "global:" seen from a module is something else.
    [void]$SessionState.InvokeCommand.InvokeScript($SessionState, [scriptblock]::Create(@'
        foreach ($_ in $args[0]) { Microsoft.PowerShell.Management\Remove-Item "function:$_" -ErrorAction Ignore }
        foreach ($_ in $args[1].Keys) { if (-not (Microsoft.PowerShell.Management\Test-Path "function:$_")) { Microsoft.PowerShell.Management\Set-Item "function:global:$_" $args[1][$_] } }
'@), @($gone, $back))
}

function Assert-CommandExists($Cmdlet) {
    $name = $Cmdlet.MyInvocation.MyCommand.Name
    if (@($HostState['os']['missingCommands']) -notcontains $name) { return }
    $record = [System.Management.Automation.ErrorRecord]::new([System.Management.Automation.CommandNotFoundException]::new("The term '$name' is not recognized as the name of a cmdlet, function, script file, or operable program."), 'CommandNotFoundException', 'ObjectNotFound', $name)
    $ErrorIdField.SetValue($record, 'CommandNotFoundException')
    $Cmdlet.ThrowTerminatingError($record)
}

# The clock of the state (os.now), else the real one.
function Get-Now { if ($HostState -and $HostState['os']['now']) { ConvertTo-LocalTime $HostState['os']['now'] } else { [datetime]::Now } }

# A time in the state is ISO 8601 in UTC, or a number of seconds before now.
function ConvertTo-LocalTime($Value) {
    if ($null -eq $Value) { return $null }
    if ($Value -is [long] -or $Value -is [double]) { return (Get-Now).AddSeconds(-$Value) }
    [datetime]::Parse($Value, [cultureinfo]::InvariantCulture, [Globalization.DateTimeStyles]'AssumeUniversal,AdjustToUniversal').ToLocalTime()
}

function Test-Denied([string]$Name) { @($HostState['denied']) -contains $Name }

# An error as the real cmdlet writes it: its FullyQualifiedErrorId ends in the class of the cmdlet, which a function cannot say by itself.
function New-NativeError([Exception]$Exception, [string]$Id, [System.Management.Automation.ErrorCategory]$Category, $Target, [string]$Command) {
    $record = [System.Management.Automation.ErrorRecord]::new($Exception, $Id, $Category, $Target)
    if ($Command -match '^\w+Command$') { $Command = "Microsoft.PowerShell.Commands.$Command" }
    $ErrorIdField.SetValue($record, "$Id,$Command")
    $record
}

# A compiled cmdlet obeys the $ErrorActionPreference of its caller; a function of a module sees only its own, so it is carried over here.
function Write-NativeError($Cmdlet, $Record) {
    if (-not $Cmdlet.MyInvocation.BoundParameters.ContainsKey('ErrorAction')) { $ErrorActionPreference = $Cmdlet.SessionState.PSVariable.GetValue('ErrorActionPreference') }
    $Cmdlet.WriteError($Record)
}

function Invoke-RealCmdlet($Cmdlet, [string]$Name, $Parameters) {
    if (-not $Parameters.ContainsKey('ErrorAction')) { $ErrorActionPreference = $Cmdlet.SessionState.PSVariable.GetValue('ErrorActionPreference') }
    & $Name @Parameters
}

# Exceptions that Linux has as stubs only: their constructors throw, so the object is made without one.
function New-StubException([type]$Type, [string]$Message, [int]$HResult) {
    $exception = [Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($Type)
    [Exception].GetField('_message', [Reflection.BindingFlags]'NonPublic,Instance').SetValue($exception, $Message)
    $exception.HResult = $HResult
    $exception | Add-Member NoteProperty Message $Message -Force -PassThru
}

function New-PathNotFound([string]$Path, [string]$Command, [string]$Id = 'PathNotFound') {
    New-NativeError ([System.Management.Automation.ItemNotFoundException]::new("Cannot find path '$Path' because it does not exist.")) $Id ObjectNotFound $Path $Command
}

function New-AccessDenied([string]$Path, [string]$Id, [string]$Command) {
    New-NativeError ([UnauthorizedAccessException]::new("Access to the path '$Path' is denied.")) $Id PermissionDenied $Path $Command
}

# The name of the type comes last: the engine's own type data would claim properties such as Name and EventID for itself otherwise.
function New-TypedObject([string]$TypeName, [System.Collections.IDictionary]$Properties) {
    $object = [pscustomobject]$Properties
    $object.PSObject.TypeNames.Insert(0, $TypeName)
    $object
}

function ConvertTo-Objects($Value) {
    if ($Value -is [System.Collections.IDictionary]) {
        $object = [ordered]@{}
        foreach ($name in $Value.Keys) { $object[$name] = ConvertTo-Objects $Value[$name] }
        return [pscustomobject]$object
    }
    if ($Value -is [object[]]) { return , @($Value | ForEach-Object { ConvertTo-Objects $_ }) }
    $Value
}

# A declared service has its key, unless the registry declares that.
function Add-ServiceKeys {
    $starts = @{ Boot = 0L; System = 1L; Automatic = 2L; Manual = 3L; Disabled = 4L }
    foreach ($name in @($HostState['services'].Keys)) {
        $path = "HKLM\SYSTEM\CurrentControlSet\Services\$name"
        if (@($HostState['registry'].Keys | Where-Object { [StandIns.Paths]::Key($_) -eq [StandIns.Paths]::Key($path) })) { continue }
        $entry = $HostState['services'][$name]
        $values = [System.Collections.Specialized.OrderedDictionary]::new([StringComparer]::OrdinalIgnoreCase)
        $values['Start'] = @{ type = 'REG_DWORD'; data = $starts[$(if ($entry['startType']) { $entry['startType'] } else { 'Manual' })] }
        if ($entry['delayed']) { $values['DelayedAutostart'] = @{ type = 'REG_DWORD'; data = 1L } }
        if ($entry['pathName']) { $values['ImagePath'] = @{ type = 'REG_EXPAND_SZ'; data = $entry['pathName'] } }
        $values['ObjectName'] = @{ type = 'REG_SZ'; data = $(if ($entry['account']) { $entry['account'] } else { 'LocalSystem' }) }
        $HostState['registry'][$path] = $values
    }
}

foreach ($part in 'registry', 'files', 'services', 'wmi', 'events', 'network', 'adapters', 'other') { . (Join-Path $PSScriptRoot "$part.ps1") }

Set-Alias gwmi Get-WmiObject
Set-Alias gcim Get-CimInstance
Export-ModuleMember -Alias gwmi, gcim -Function Import-WindowsState, Get-ItemProperty, Get-ItemPropertyValue, Get-Item, Get-ChildItem, Test-Path, Get-Content, Get-Acl, Get-AuthenticodeSignature, Get-Service, Get-Process,
    Get-CimInstance, Get-WmiObject, Get-HotFix, Get-NetTCPConnection, Get-NetIPInterface, Get-NetIPAddress, Get-NetRoute, Get-NetAdapter, Get-DnsClientServerAddress, Get-NetFirewallProfile, Get-NetFirewallRule,
    Get-NetFirewallPortFilter, Get-NetFirewallAddressFilter, Invoke-CimMethod, Get-WinEvent, Get-EventLog, Test-NetConnection, Resolve-DnsName, Invoke-WebRequest, Invoke-RestMethod, New-Object, New-PSDrive, Get-AppLockerPolicy, Get-Date,
    Get-AppLockerFileInformation, Start-Sleep, Start-WindowsProgram, Get-WindowsMachine, Get-WindowsOSVersion, Test-WindowsEventLog, New-WindowsWebRequest, Open-WindowsRegistryKey,
    netsh, netsh.exe, vssadmin, vssadmin.exe, qwinsta, qwinsta.exe, netstat, netstat.exe, sc.exe, ipconfig, ipconfig.exe, bitsadmin, bitsadmin.exe
