# WMI through Get-WmiObject and Get-CimInstance, and the cmdlets that are thin covers of a WMI class.

# Instances of a class: declared ones, or those that follow from services, processes and os.
function Get-WmiRows([string]$Namespace, [string]$Class) {
    $space = $HostState['wmi'][$Namespace.Replace('/', '\')]
    if ($null -eq $space -and $Namespace -notmatch '^root[\\/]cimv2$') { return @{ error = 'invalid-namespace' } }
    if ($null -ne $space -and $space.Contains($Class)) { return $space[$Class] }
    switch ($Class) {
        'Win32_Service' {
            $modes = @{ Automatic = 'Auto'; Manual = 'Manual'; Disabled = 'Disabled'; Boot = 'Boot'; System = 'System' }
            $states = @{ StartPending = 'Start Pending'; StopPending = 'Stop Pending'; ContinuePending = 'Continue Pending'; PausePending = 'Pause Pending' }
            foreach ($name in $HostState['services'].Keys) {
                $entry = Get-ServiceEntry $name 'wmi'
                $status = if ($entry['status']) { $entry['status'] } else { 'Stopped' }
                [ordered]@{ Name = $name; DisplayName = $entry['displayName']; State = $(if ($states[$status]) { $states[$status] } else { $status }); StartMode = $modes[$(if ($entry['startType']) { $entry['startType'] } else { 'Manual' })]
                    ProcessId = [long]$entry['processId']; PathName = $entry['pathName']; StartName = $(if ($entry['account']) { $entry['account'] } else { 'LocalSystem' }); ExitCode = [long]$entry['exitCode']
                    ServiceSpecificExitCode = 0; DelayedAutoStart = [bool]$entry['delayed']; Started = $status -eq 'Running'; Status = 'OK' }
            }
        }
        'Win32_Process' { foreach ($entry in $HostState['processes']) { [ordered]@{ Name = "$($entry['name']).exe"; ProcessId = $entry['id']; ExecutablePath = $entry['path']; CommandLine = $entry['commandLine']; SessionId = $entry['session'] } } }
        'Win32_OperatingSystem' {
            $os = $HostState['os']
            [ordered]@{ Caption = $os['caption']; Version = "$($os['version'])" -replace '^(\d+\.\d+\.\d+).*', '$1'; BuildNumber = ("$($os['version'])" -split '\.')[2]; ProductType = $(if ($os['productType']) { $os['productType'] } else { 3L })
                CSName = $os['computerName']; OSArchitecture = '64-bit'; SystemDirectory = 'C:\Windows\system32'; LastBootUpTime = $os['bootTime'] }
        }
        default { @{ error = 'invalid-class' } }
    }
}

# WMI numbers arrive unsigned as a rule; DMTF times ("20240102030405.000000+000") are strings for Get-WmiObject, DateTime for Get-CimInstance.
function ConvertTo-WmiValue($Value, [bool]$Cim) {
    if ($Value -is [System.Collections.IDictionary] -and $Value.Contains('type')) { return $Value['value'] -as [type]$Value['type'] }
    if ($Value -is [object[]]) { return , @($Value | ForEach-Object { ConvertTo-WmiValue $_ $Cim }) }
    if ($Value -is [long]) { if ($Value -ge 0 -and $Value -le [uint32]::MaxValue) { return [uint32]$Value } elseif ($Value -lt 0) { return [int]$Value } else { return [uint64]$Value } }
    if ($Value -is [string] -and $Value -match '^\d{14}\.\d{6}[+-]\d{3}$' -and $Cim) {
        $offset = [timespan]::FromMinutes([int]$Value.Substring(21))
        return [datetimeoffset]::new([datetime]::ParseExact($Value.Substring(0, 21), 'yyyyMMddHHmmss.ffffff', [cultureinfo]::InvariantCulture), $offset).LocalDateTime
    }
    $Value
}

# The part of WQL that scripts use: comparisons of one property with one value, LIKE, IS NULL, joined by AND, OR, NOT and brackets.
function Select-WqlRow($Rows, [string]$Where) {
    if (-not $Where -or $null -eq $Rows) { return $Rows }
    $pattern = "(?<name>\w+)\s*(?<op><=|>=|<>|!=|=|<|>|\bLIKE\b|\bIS\s+NOT\b|\bIS\b)\s*(?:(?<quote>['`"])(?<text>(?:\\.|(?!\k<quote>).)*)\k<quote>|(?<word>[\w.-]+))"
    $operators = @{ '=' = '-eq'; '<>' = '-ne'; '!=' = '-ne'; '<' = '-lt'; '>' = '-gt'; '<=' = '-le'; '>=' = '-ge'; 'LIKE' = '-like'; 'IS' = '-eq'; 'IS NOT' = '-ne' }
    $terms = [System.Collections.Generic.List[string]]::new()
    $rest = [regex]::Replace($Where, $pattern, {
        param($match)
        $op = ($match.Groups['op'].Value -replace '\s+', ' ').ToUpperInvariant()
        $value = if ($match.Groups['quote'].Success) { "'" + ($match.Groups['text'].Value -replace '\\(.)', '$1' -replace "'", "''") + "'" } else { "'" + $match.Groups['word'].Value + "'" }
        if ($match.Groups['word'].Value -in 'NULL', 'TRUE', 'FALSE') { $value = '$' + $match.Groups['word'].Value }
        if ($op -eq 'LIKE') { $value = $value -replace '%', '*' -replace '_', '?' }
        $column = "`$(`$value = `$_['$($match.Groups['name'].Value)']; if (`$value -is [System.Collections.IDictionary]) { `$value['value'] } else { `$value })"
        # NULL compares with nothing in WQL, with anything in PowerShell.
        $terms.Add($(if ($op -like 'IS*') { "($column $($operators[$op]) $value)" } else { "(`$null -ne $column -and $column $($operators[$op]) $value)" }))
        "{$($terms.Count - 1)}"
    }, 'IgnoreCase')
    if ($rest -match '[^\s(){}\dA-Za-z]' -or $rest -replace '\{\d+\}', '' -notmatch '^(\s|\(|\)|AND|OR|NOT)*$') { throw "WQL that the stand-in does not know: $Where" }
    $code = $rest -replace '(?i)\bAND\b', '-and' -replace '(?i)\bOR\b', '-or' -replace '(?i)\bNOT\b', '-not'
    $test = [scriptblock]::Create([regex]::Replace($code, '\{(\d+)\}', { param($match) $terms[[int]$match.Groups[1].Value] }))
    $Rows | Where-Object $test
}

function Read-WqlQuery([string]$Query) {
    if ($Query -notmatch '(?is)^\s*SELECT\s+(?<what>.+?)\s+FROM\s+(?<class>\w+)(?:\s+WHERE\s+(?<where>.+?))?\s*$') { throw "WQL that the stand-in does not know: $Query" }
    @{ Class = $Matches['class']; Where = $Matches['where']; Property = $(if ($Matches['what'].Trim() -ne '*') { $Matches['what'] -split '\s*,\s*' }) }
}

function ConvertTo-WmiItem($Row, [string]$Namespace, [string]$Class, [string[]]$Property, [bool]$Cim) {
    if ($Class -eq 'Win32_Service') { Start-ServiceClock $Row['Name'] 'wmi' }
    $item = [ordered]@{}
    foreach ($name in $Row.Keys) { if (-not $Property -or $Property -contains $name) { $item[$name] = ConvertTo-WmiValue $Row[$name] $Cim } }
    $object = [pscustomobject]$item
    if ($Cim) {
        $object | Add-Member NoteProperty CimClass ([pscustomobject]@{ CimClassName = $Class })
        $object.PSObject.TypeNames.Insert(0, "Microsoft.Management.Infrastructure.CimInstance#$($Namespace.Replace('\', '/'))/$Class")
    } else {
        foreach ($pair in @{ __CLASS = $Class; __NAMESPACE = $Namespace; __SERVER = $HostState['os']['computerName'] }.GetEnumerator()) { $object | Add-Member NoteProperty $pair.Key $pair.Value }
        $object.PSObject.TypeNames.Insert(0, "System.Management.ManagementObject#$Namespace\$Class")
    }
    $object
}

# error in a class: what WMI answers instead of instances.
$script:WmiFailures = @{
    'invalid-class'     = @{ Message = 'Invalid class '; Code = '0x80041010'; Status = 'InvalidClass'; CimCategory = 'MetadataError'; Category = 'InvalidType' }
    'invalid-namespace' = @{ Message = 'Invalid namespace '; Code = '0x8004100e'; Status = 'InvalidNamespace'; CimCategory = 'MetadataError'; Category = 'InvalidArgument' }
    'access-denied'     = @{ Message = 'Access denied '; Code = '0x80041003'; Status = 'AccessDenied'; CimCategory = 'PermissionDenied'; Category = 'InvalidOperation' }
    'generic-failure'   = @{ Message = 'Generic failure '; Code = '0x80041001'; Status = 'Failed'; CimCategory = 'NotSpecified'; Category = 'InvalidOperation' }
    'rpc-unavailable'   = @{ Message = 'The RPC server is unavailable. '; Code = '0x800706ba'; CimCategory = 'NotSpecified'; Category = 'InvalidOperation' }
}

function Get-CimInstance {
    [CmdletBinding(DefaultParameterSetName = 'Class')]
    param([Parameter(Position = 0, Mandatory, ParameterSetName = 'Class')][string]$ClassName, [Parameter(Mandatory, ParameterSetName = 'Query')][string]$Query, [string]$Namespace = 'root/cimv2', [string]$Filter,
        [Alias('SelectProperties')][string[]]$Property, [switch]$KeyOnly, [string[]]$ComputerName, [uint32]$OperationTimeoutSec, [string]$QueryDialect)
    if ($Query) { $parts = Read-WqlQuery $Query; $ClassName = $parts.Class; $Filter = $parts.Where; $Property = $parts.Property }
    $rows = Get-WmiRows $Namespace $ClassName
    if ($rows -is [System.Collections.IDictionary] -and $rows['error']) {
        $failure = $WmiFailures[$rows['error']]
        $exception = [Microsoft.Management.Infrastructure.CimException]::new($failure.Message)
        $exception.HResult = [Convert]::ToInt32($failure.Code, 16)
        Write-NativeError $PSCmdlet (New-NativeError $exception "HRESULT $($failure.Code)" $failure.CimCategory "$($Namespace.Replace('/', '\')):$ClassName" 'Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand')
        return
    }
    Select-WqlRow $rows $Filter | Where-Object { $null -ne $_ } | ForEach-Object { ConvertTo-WmiItem $_ $Namespace $ClassName $Property $true }
}

function Get-WmiObject {
    [CmdletBinding(DefaultParameterSetName = 'Class')]
    param([Parameter(Position = 0, Mandatory, ParameterSetName = 'Class')][Alias('ClassName')][string]$Class, [Parameter(Position = 1)][string[]]$Property, [Parameter(Mandatory, ParameterSetName = 'Query')][string]$Query,
        [Alias('NS')][string]$Namespace = 'root\cimv2', [string]$Filter, [string[]]$ComputerName, [switch]$Amended, [switch]$EnableAllPrivileges, $Impersonation, $Authentication)
    if ($Query) { $parts = Read-WqlQuery $Query; $Class = $parts.Class; $Filter = $parts.Where; $Property = $parts.Property }
    if ($Property -eq '*') { $Property = $null }
    $rows = Get-WmiRows $Namespace $Class
    if ($rows -is [System.Collections.IDictionary] -and $rows['error']) {
        $failure = $WmiFailures[$rows['error']]
        if ($rows['error'] -eq 'rpc-unavailable') {
            $exception = [System.Runtime.InteropServices.COMException]::new('The RPC server is unavailable. (Exception from HRESULT: 0x800706BA)', 0x800706BA)
            Write-NativeError $PSCmdlet (New-NativeError $exception 'GetWMICOMException' InvalidOperation $null GetWmiObjectCommand)
        } else {
            # Odd: for an invalid class or namespace the cmdlet makes a new exception, whose ErrorCode is then just Failed.
            $message = @{ 'invalid-class' = "Invalid class `"$Class`""; 'invalid-namespace' = "Invalid namespace `"$Namespace`"" }[$rows['error']]
            $code = if ($message) { 'Failed' } else { $failure.Status }
            if (-not $message) { $message = $failure.Message }
            $exception = New-StubException ([System.Management.ManagementException]) $message 0x80131501
            $exception = $exception | Add-Member NoteProperty ErrorCode ([System.Management.ManagementStatus]$code) -Force -PassThru
            Write-NativeError $PSCmdlet (New-NativeError $exception 'GetWMIManagementException' $failure.Category $null GetWmiObjectCommand)
        }
        return
    }
    Select-WqlRow $rows $Filter | Where-Object { $null -ne $_ } | ForEach-Object { ConvertTo-WmiItem $_ $Namespace $Class $Property $false }
}

function Get-HotFix {
    [CmdletBinding()]
    param([Parameter(Position = 0)][Alias('HFID')][string[]]$Id, [string[]]$Description, [string[]]$ComputerName)
    $all = @(Get-CimInstance Win32_QuickFixEngineering -ErrorAction SilentlyContinue)
    foreach ($wanted in $(if ($Id) { $Id } else { '*' })) {
        $hits = @($all | Where-Object { $_.HotFixID -like $wanted })
        if ($Id -and -not $hits) { Write-NativeError $PSCmdlet (New-NativeError ([ArgumentException]::new("Cannot find the requested hotfix on the 'localhost' computer. Verify the input and run the command again.")) 'GetHotFixNoEntriesFound' ObjectNotFound $null GetHotFixCommand) }
        $hits
    }
}

function Get-NetTCPConnection {
    [CmdletBinding()]
    param([Parameter(Position = 0)][string[]]$LocalAddress, [uint16[]]$LocalPort, [string[]]$RemoteAddress, [uint16[]]$RemotePort, [string[]]$State, [uint32[]]$OwningProcess)
    $rows = Get-CimInstance MSFT_NetTCPConnection -Namespace root/StandardCimv2
    $asked = @{} + $PSBoundParameters
    $hits = @($rows | Where-Object { $row = $_; -not @('LocalAddress', 'LocalPort', 'RemoteAddress', 'RemotePort', 'State', 'OwningProcess' | Where-Object { $asked.ContainsKey($_) -and $asked[$_] -notcontains $row.$_ }) })
    if ($hits) { return $hits }
    $first = @('LocalAddress', 'LocalPort', 'RemoteAddress', 'RemotePort', 'State', 'OwningProcess' | Where-Object { $asked.ContainsKey($_) })[0]
    # Odd: this command is a module's function on Windows too, so the caller's $ErrorActionPreference does not reach it.
    if ($first) { $PSCmdlet.WriteError((New-NativeError ([Microsoft.PowerShell.Cmdletization.Cim.CimJobException]::new("No MSFT_NetTCPConnection objects found with property '$first' equal to '$($asked[$first])'. Verify the value of the property and retry.")) "CmdletizationQuery_NotFound_$first" ObjectNotFound $asked[$first] 'Get-NetTCPConnection')) }
}
