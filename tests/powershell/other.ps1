# COM objects, AppLocker, the clock, native commands.

# A declared COM object: plain values, and "methods" whose answer is a value or {"throws": text}.
function ConvertTo-ComObject($Entry) {
    if ($Entry -isnot [System.Collections.IDictionary]) { if ($Entry -is [object[]]) { return , @($Entry | ForEach-Object { ConvertTo-ComObject $_ }) } else { return $Entry } }
    $object = [pscustomobject]@{}
    foreach ($name in $Entry.Keys) { if ($name -ne 'methods') { $object | Add-Member NoteProperty $name (ConvertTo-ComObject $Entry[$name]) } }
    if ($Entry['methods']) {
        foreach ($name in $Entry['methods'].Keys) {
            $answer = $Entry['methods'][$name]
            $body = if ($answer -is [System.Collections.IDictionary] -and $answer['throws']) { { throw [System.Runtime.InteropServices.COMException]::new($answer['throws']) }.GetNewClosure() } else { $value = ConvertTo-ComObject $answer; { $value }.GetNewClosure() }
            $object | Add-Member ScriptMethod $name $body
        }
    }
    $object
}

function New-Object {
    [CmdletBinding(DefaultParameterSetName = 'Net')]
    param([Parameter(Position = 0, Mandatory, ParameterSetName = 'Net')][string]$TypeName, [Parameter(Position = 1, ParameterSetName = 'Net')][Alias('Args')][object[]]$ArgumentList,
        [Parameter(Mandatory, ParameterSetName = 'Com')][string]$ComObject, [System.Collections.IDictionary]$Property, [Parameter(ParameterSetName = 'Com')][switch]$Strict)
    if ($PSCmdlet.ParameterSetName -eq 'Com') {
        if ($HostState['com'].Contains($ComObject)) { return ConvertTo-ComObject $HostState['com'][$ComObject] }
        $exception = [System.Runtime.InteropServices.COMException]::new('Retrieving the COM class factory for component with CLSID {00000000-0000-0000-0000-000000000000} failed due to the following error: 80040154 Class not registered (Exception from HRESULT: 0x80040154 (REGDB_E_CLASSNOTREG)).', 0x80040154)
        $PSCmdlet.ThrowTerminatingError((New-NativeError $exception 'NoCOMClassIdentified' ResourceUnavailable $null NewObjectCommand))
    }
    if ($HostState -and $TypeName -match '^(System\.)?Net\.Sockets\.TcpClient$') {
        $client = [StandIns.TcpClient]::new($Machine)
        if ($ArgumentList.Count -eq 2) { $client.Connect($ArgumentList[0], $ArgumentList[1]) }
        return $client
    }
    Invoke-RealCmdlet $PSCmdlet Microsoft.PowerShell.Utility\New-Object $PSBoundParameters
}

function Get-AppLockerPolicy {
    [CmdletBinding()]
    param([switch]$Effective, [switch]$Local, [switch]$Domain, [string]$Ldap, [switch]$Xml)
    Assert-CommandExists $PSCmdlet
    $text = $HostState['appLocker'][$(if ($Local) { 'local' } else { 'effective' })]
    if (-not $text) { $text = '<AppLockerPolicy Version="1" />' }
    if ($Xml) { return $text }
    [pscustomobject]@{ Version = 1; RuleCollections = @(([xml]$text).AppLockerPolicy.RuleCollection) }
}

# What AppLocker knows of a file: "appLocker": {publisher: {name, product, binary, version}, hash} of that file.
function Get-AppLockerFileInformation {
    [CmdletBinding()]
    param([Parameter(Position = 0, Mandatory)][string[]]$Path)
    Assert-CommandExists $PSCmdlet
    foreach ($one in $Path) {
        $file = $Files[[StandIns.Paths]::File($one)]
        if ($null -eq $file) { Write-NativeError $PSCmdlet (New-PathNotFound $one 'Microsoft.Security.ApplicationId.PolicyManagement.Cmdlets.GetAppLockerFileInformationCommand'); continue }
        $known = (Get-FileEntry $file)['appLocker']
        $publisher = if ($known -and $known['publisher']) { [pscustomobject]@{ PublisherName = $known['publisher']['name']; ProductName = $known['publisher']['product']; BinaryName = $known['publisher']['binary']; BinaryVersion = $known['publisher']['version'] } }
        $hash = if ($known -and $known['hash']) { [pscustomobject]@{ HashType = 'SHA256'; HashDataString = '0x' + $known['hash'].ToUpperInvariant() } }
        New-TypedObject 'Microsoft.Security.ApplicationId.PolicyManagement.PolicyModel.FileInformation' ([ordered]@{ Path = $file.Path; Publisher = $publisher; Hash = $hash })
    }
}

function Get-Date {
    [CmdletBinding()]
    param([Parameter(Position = 0, ValueFromPipeline)][Alias('LastWriteTime')][datetime]$Date, [string]$Format, [string]$UFormat, [int]$Year, [int]$Month, [int]$Day, [int]$Hour, [int]$Minute, [int]$Second, [int]$Millisecond, $DisplayHint, [switch]$AsUTC)
    process {
        if (-not $PSBoundParameters.ContainsKey('Date')) { $PSBoundParameters['Date'] = Get-Now }
        Invoke-RealCmdlet $PSCmdlet Microsoft.PowerShell.Utility\Get-Date $PSBoundParameters
    }
}

# For text substitution: [System.Environment]::OSVersion.Version.
function Get-WindowsOSVersion { $Machine.OSVersion.Version }

# "netsh winhttp show proxy": {"output": text, "exitCode": 0}; a command line the state does not name is a mistake of the test, so it throws.
function Invoke-NativeStandIn([string]$Name, [object[]]$Arguments) {
    $line = (@($Name) + @($Arguments) | Where-Object { $null -ne $_ }) -join ' '
    $answer = $HostState['native'][$line]
    if ($null -eq $answer) { throw "The state declares no answer for the native command: $line" }
    $global:LASTEXITCODE = [int]$answer['exitCode']
    # A last line feed ends the last line; it does not begin another one.
    if ("$($answer['output'])" -ne '') { ("$($answer['output'])" -replace '\r?\n\z', '') -split '\r?\n' }
}

# [System.Diagnostics.Process]::Start with both streams redirected: the same declared answers, as bytes.
function Start-WindowsProgram([string]$Path, [string]$Line) {
    $name = ($Path -replace '^.*\\', '') -replace '\.exe$', ''
    if (@($HostState['os']['missingCommands']) -contains $name) { throw [ComponentModel.Win32Exception]::new(2) }
    $answer = $HostState['native']["$name $Line"]
    if ($null -eq $answer) { throw "The state declares no answer for the native command: $name $Line" }
    [StandIns.Program]::new("$($answer['output'])", [int]$answer['exitCode'], [bool]$answer['silent'])
}
$native = { Invoke-NativeStandIn ($MyInvocation.MyCommand.Name -replace '\.exe$', '') $args }
foreach ($name in 'netsh', 'netsh.exe', 'vssadmin', 'vssadmin.exe', 'qwinsta', 'qwinsta.exe', 'netstat', 'netstat.exe', 'sc.exe', 'ipconfig', 'ipconfig.exe', 'bitsadmin', 'bitsadmin.exe') {
    Microsoft.PowerShell.Management\Set-Item "function:$name" $native
}
