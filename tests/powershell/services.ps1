# Services and processes.

function Get-Service {
    [CmdletBinding(DefaultParameterSetName = 'Default')]
    param([Parameter(Position = 0, ParameterSetName = 'Default', ValueFromPipeline, ValueFromPipelineByPropertyName)][Alias('ServiceName')][string[]]$Name,
        [Parameter(Mandatory, ParameterSetName = 'DisplayName')][string[]]$DisplayName, [string[]]$Include, [string[]]$Exclude, [switch]$DependentServices, [switch]$RequiredServices, [string[]]$ComputerName)
    process {
        if (Test-Denied 'service control manager') {
            $PSCmdlet.ThrowTerminatingError((New-NativeError ([InvalidOperationException]::new("Cannot open Service Control Manager on computer '.'. This operation might require other privileges.", [ComponentModel.Win32Exception]::new(5))) 'System.InvalidOperationException' NotSpecified $null GetServiceCommand))
        }
        $byDisplayName = $PSCmdlet.ParameterSetName -eq 'DisplayName'
        foreach ($wanted in $(if ($byDisplayName) { $DisplayName } elseif ($Name) { $Name } else { '*' })) {
            $hits = @($HostState['services'].Keys | Where-Object { $(if ($byDisplayName) { $HostState['services'][$_]['displayName'] } else { $_ }) -like $wanted } | Sort-Object)
            if (-not $hits -and -not [WildcardPattern]::ContainsWildcardCharacters($wanted)) {
                $what = if ($byDisplayName) { 'display name', 'NoServiceFoundForGivenDisplayName' } else { 'service name', 'NoServiceFoundForGivenName' }
                Write-NativeError $PSCmdlet (New-NativeError ([Microsoft.PowerShell.Commands.ServiceCommandException]::new("Cannot find any service with $($what[0]) '$wanted'.")) $what[1] ObjectNotFound $wanted GetServiceCommand)
            }
            foreach ($hit in $hits) {
                if (($Include -and -not @($Include | Where-Object { $hit -like $_ })) -or ($Exclude -and @($Exclude | Where-Object { $hit -like $_ }))) { continue }
                ConvertTo-ServiceItem $hit
            }
        }
    }
}

# "then": what a reading of that service sees from the second reading of the same source on, with "after" if so many seconds have passed since
# the first reading. Start-Sleep below moves that clock and does not wait.
function Get-ServiceEntry([string]$Name, [string]$Source) {
    $entry = $HostState['services'][$Name]
    if (-not $entry['then'] -or -not $ServiceClock.ContainsKey($Name)) { return $entry }
    if (-not $ServiceClock.ContainsKey("$Name/$Source")) { return $entry }
    if ($ServiceClock[$Name].Elapsed.TotalSeconds + $script:Slept -lt [double]$entry['then']['after']) { return $entry }
    $later = @{}
    foreach ($key in $entry.Keys) { $later[$key] = $entry[$key] }
    foreach ($key in $entry['then'].Keys) { $later[$key] = $entry['then'][$key] }
    $later
}
function Start-ServiceClock([string]$Name, [string]$Source) {
    foreach ($clock in $Name, "$Name/$Source") { if (-not $ServiceClock.ContainsKey($clock)) { $ServiceClock[$clock] = [Diagnostics.Stopwatch]::StartNew() } }
}

function Start-Sleep {
    [CmdletBinding()]
    param([Parameter(Position = 0)][double]$Seconds, [int]$Milliseconds)
    $script:Slept += $Seconds + $Milliseconds / 1000
}

function ConvertTo-ServiceItem([string]$Name) {
    $entry = Get-ServiceEntry $Name 'scm'
    Start-ServiceClock $Name 'scm'
    $status = [System.ServiceProcess.ServiceControllerStatus]$(if ($entry['status']) { $entry['status'] } else { 'Stopped' })
    $required = @($entry['dependsOn'] | Where-Object { $_ } | ForEach-Object { [pscustomobject]@{ Name = $_; ServiceName = $_ } })
    $service = [ordered]@{ Name = $Name; ServiceName = $Name; DisplayName = $(if ($entry['displayName']) { $entry['displayName'] } else { $Name })
        Status = $status; MachineName = '.'; CanStop = $status -eq 'Running'; CanPauseAndContinue = $false; CanShutdown = $false; RequiredServices = $required; ServicesDependedOn = $required
        DependentServices = @($HostState['services'].Keys | Where-Object { $HostState['services'][$_]['dependsOn'] -contains $Name } | ForEach-Object { [pscustomobject]@{ Name = $_; ServiceName = $_ } }) }
    # Odd: .NET before 4.6.1 has no StartType, and a missing property reads as null.
    if ($HostState['os']['serviceStartType'] -ne $false) { $service['StartType'] = [System.ServiceProcess.ServiceStartMode]$(if ($entry['startType']) { $entry['startType'] } else { 'Manual' }) }
    New-TypedObject 'System.ServiceProcess.ServiceController' $service
}

function Get-Process {
    [CmdletBinding(DefaultParameterSetName = 'Name')]
    param([Parameter(Position = 0, ParameterSetName = 'Name', ValueFromPipelineByPropertyName)][Alias('ProcessName')][string[]]$Name,
        [Parameter(Mandatory, ParameterSetName = 'Id', ValueFromPipelineByPropertyName)][Alias('PID')][int[]]$Id, [switch]$IncludeUserName, [switch]$Module, [switch]$FileVersionInfo, [string[]]$ComputerName)
    process {
        if ($null -eq $HostState -or ($Id -and $Id -contains $PID)) { return Invoke-RealCmdlet $PSCmdlet Microsoft.PowerShell.Management\Get-Process $PSBoundParameters }
        foreach ($wanted in $(if ($Id) { $Id } elseif ($Name) { $Name } else { '*' })) {
            $hits = @($HostState['processes'] | Where-Object { if ($Id) { $_['id'] -eq $wanted } else { $_['name'] -like $wanted } } | Sort-Object { $_['name'] })
            if (-not $hits -and ($Id -or -not [WildcardPattern]::ContainsWildcardCharacters($wanted))) {
                $message = if ($Id) { "Cannot find a process with the process identifier $wanted." } else { "Cannot find a process with the name `"$wanted`". Verify the process name and call the cmdlet again." }
                Write-NativeError $PSCmdlet (New-NativeError ([Microsoft.PowerShell.Commands.ProcessCommandException]::new($message)) $(if ($Id) { 'NoProcessFoundForGivenId' } else { 'NoProcessFoundForGivenName' }) ObjectNotFound $wanted GetProcessCommand)
            }
            foreach ($hit in $hits) {
                New-TypedObject 'System.Diagnostics.Process' ([ordered]@{ Name = $hit['name']; ProcessName = $hit['name']; Id = [int]$hit['id']; SessionId = [int]$hit['session']; SI = [int]$hit['session']
                    Path = $hit['path']; StartTime = ConvertTo-LocalTime $hit['started']; WorkingSet64 = [long]$hit['workingSet']; Handles = [int]$hit['handles']; HandleCount = [int]$hit['handles']
                    CPU = [double]$hit['cpu']; Company = $hit['company']; FileVersion = $hit['version']; UserName = $(if ($IncludeUserName) { $hit['user'] }); MachineName = '.'; HasExited = $false; Responding = $true
                    Modules = @($hit['modules'] | Where-Object { $_ } | ForEach-Object { [pscustomobject]@{ ModuleName = $_['name']; FileName = $_['path']; Company = $_['company']; Description = $_['description']; Product = $_['product']; FileVersionInfo = [pscustomobject]@{ FileVersion = $_['version'] } } }) })
            }
        }
    }
}
