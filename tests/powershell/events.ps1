# Event logs through Get-WinEvent and Get-EventLog.

$script:LevelNames = @{ 0 = 'Information'; 1 = 'Critical'; 2 = 'Error'; 3 = 'Warning'; 4 = 'Information'; 5 = 'Verbose' }

function ConvertTo-EventValue($Value) {
    if ($Value -is [System.Collections.IDictionary]) { if ($Value['type'] -eq 'guid') { return [guid]$Value['value'] }; return $Value['value'] -as [type]$Value['type'] }
    if ($Value -is [long] -and $Value -ge [int]::MinValue -and $Value -le [int]::MaxValue) { return [int]$Value }
    $Value
}

# One event as EventLogRecord shows it; an entry may bring its own recorded XML.
function ConvertTo-EventItem($Entry, [string]$Log, [long]$Number) {
    if ($Entry['xml'] -and -not $Entry['read']) {
        $system = ([xml]$Entry['xml']).Event.System
        $id = $system.EventID
        foreach ($pair in @{ id = [long]$(if ($id -is [string]) { $id } else { $id.'#text' }); provider = $system.Provider.Name; level = [long]$system.Level; time = $system.TimeCreated.SystemTime; computer = $system.Computer
                recordId = [long]$system.EventRecordID; read = $true }.GetEnumerator()) { $Entry[$pair.Key] = $pair.Value }
        $Entry['data'] = @(([xml]$Entry['xml']).SelectNodes('//*[local-name()="Data"]') | ForEach-Object { $_.InnerText })
    }
    $time = ConvertTo-LocalTime $Entry['time']
    # A mapping may be empty, and a name too.
    $named = $Entry['data'] -is [System.Collections.IDictionary]
    $names = @(if ($named) { $Entry['data'].Keys })
    $values = @(if ($named) { foreach ($name in $names) { ConvertTo-EventValue $Entry['data'][$name] } } else { foreach ($value in $Entry['data']) { ConvertTo-EventValue $value } })
    $level = [byte]$(if ($null -ne $Entry['level']) { $Entry['level'] } else { 4 })
    $record = [long]$(if ($null -ne $Entry['recordId']) { $Entry['recordId'] } else { $Number })
    $xml = $Entry['xml']
    if (-not $xml) {
        $escape = { param($text) [Security.SecurityElement]::Escape(([string]$text -replace '[^\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD]', '')) }
        $data = for ($i = 0; $i -lt $values.Count; $i++) { '<Data' + $(if ($named) { " Name='$(& $escape $names[$i])'" }) + ">$(& $escape $values[$i])</Data>" }
        $xml = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='$(& $escape $Entry['provider'])'/><EventID Qualifiers='$([int]$Entry['qualifiers'])'>$($Entry['id'])</EventID><Version>0</Version><Level>$level</Level><Task>$([int]$Entry['task'])</Task><Opcode>0</Opcode><Keywords>$(if ($Entry['keywords']) { $Entry['keywords'] } else { '0x80000000000000' })</Keywords>" +
            "<TimeCreated SystemTime='$($time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffffff00Z'))'/><EventRecordID>$record</EventRecordID><Correlation/><Execution ProcessID='$([int]$Entry['processId'])' ThreadID='0'/><Channel>$(& $escape $Log)</Channel><Computer>$(& $escape $Entry['computer'])</Computer><Security/></System><EventData>$($data -join '')</EventData></Event>"
    }
    $item = New-TypedObject 'System.Diagnostics.Eventing.Reader.EventLogRecord' ([ordered]@{ Id = [int]$Entry['id']; Version = [byte]0; Qualifiers = [int]$Entry['qualifiers']; Level = $level
        LevelDisplayName = $LevelNames[[int]$level]; Task = [int]$Entry['task']; Opcode = [int16]0; Keywords = [long]36028797018963968; RecordId = $record; ProviderName = $Entry['provider']; ProviderId = $null
        LogName = $Log; ProcessId = [int]$Entry['processId']; ThreadId = 0; MachineName = $Entry['computer']; UserId = $null; TimeCreated = $time; ContainerLog = $Log
        Properties = @($values | ForEach-Object { [pscustomobject]@{ Value = $_ } }); Message = $Entry['message']; EventXml = $xml })
    $item | Add-Member ScriptMethod ToXml { $this.EventXml }
    $item | Add-Member ScriptMethod FormatDescription { $this.Message } -PassThru
}

# All events of a log, newest first; the order of the state counts among equal times (later in the list is newer).
function Get-LogEvents([string]$Log) {
    $number = 0
    $items = @(foreach ($entry in @($HostState['logs'][$Log]['events'])) { if ($entry) { $number++; ConvertTo-EventItem $entry $Log $number } })
    $items | Sort-Object -Property @{ Expression = 'TimeCreated'; Descending = $true }, @{ Expression = 'RecordId'; Descending = $true }
}

# Windows' XPath on System/EventData is plain XPath but for times: they are compared as dates, so they become numbers here.
function Test-EventXPath($Event, [string]$XPath) {
    if (-not $XPath -or $XPath -eq '*') { return $true }
    $document = [xml]($Event.ToXml() -replace "\sxmlns=(['`"])[^'`"]*\1", '')
    $created = $document.SelectSingleNode('/Event/System/TimeCreated')
    $created.SetAttribute('ms', [datetimeoffset]::new($Event.TimeCreated).ToUnixTimeMilliseconds())
    $created.SetAttribute('age', [long]((Get-Now) - $Event.TimeCreated).TotalMilliseconds)
    $plain = $XPath -replace 'timediff\(\s*@SystemTime\s*\)', '@age' -replace 'band\([^)]*\)', 'true()'
    $plain = [regex]::Replace($plain, "@SystemTime\s*(<=|>=|<|>|=)\s*(['`"])([^'`"]+)\2", { param($match) "@ms $($match.Groups[1].Value) " + [datetimeoffset]::Parse($match.Groups[3].Value, [cultureinfo]::InvariantCulture, 'AssumeUniversal').ToUnixTimeMilliseconds() })
    $null -ne $document.SelectSingleNode('/' + $plain.TrimStart('/'))
}

function New-LogNotFound([string]$Log, $Target) {
    New-NativeError ([Exception]::new("There is not an event log on the localhost computer that matches `"$Log`".")) 'NoMatchingLogsFound' ObjectNotFound $Target GetWinEventCommand
}

# The logs a pattern names. A log one may not open gives two errors, the second the same as for a log that does not exist.
function Find-Log($Cmdlet, [string[]]$Patterns, [bool]$Oldest) {
    foreach ($pattern in $Patterns) {
        $wild = [WildcardPattern]::ContainsWildcardCharacters($pattern)
        $matched = $false
        foreach ($log in @($HostState['logs'].Keys | Where-Object { $_ -like $pattern })) {
            $entry = $HostState['logs'][$log]
            if ($entry['denied'] -or (Test-Denied "log:$log")) {
                Write-NativeError $Cmdlet (New-NativeError ([Exception]::new("Could not retrieve information about the $log log. Error: Attempted to perform an unauthorized operation..", [UnauthorizedAccessException]::new('Attempted to perform an unauthorized operation.'))) 'LogInfoUnavailable' NotSpecified $null GetWinEventCommand); continue
            }
            if ($entry['type'] -in 'Analytical', 'Debug' -and -not $Oldest) {
                if ($wild) { continue }
                $Cmdlet.ThrowTerminatingError((New-NativeError ([Exception]::new("The $log event log can be read only in the forward chronological order because it is an analytical or a debug log. To see events from the $log event log, use the Oldest parameter in the command.")) 'SpecifyOldestForLog' InvalidArgument $log GetWinEventCommand))
            }
            $matched = $true
            $log
        }
        if (-not $matched) { Write-NativeError $Cmdlet (New-LogNotFound $pattern $pattern) }
    }
}

function Select-HashEvents($Cmdlet, [hashtable]$Filter, [bool]$Oldest) {
    $logs = @()
    if ($Filter['ProviderName']) {
        $known = @(foreach ($log in $HostState['logs'].Keys) { @($HostState['logs'][$log]['providers']); @($HostState['logs'][$log]['events']) | Where-Object { $_ } | ForEach-Object { $_['provider'] } })
        $lost = @(foreach ($provider in @($Filter['ProviderName'])) { if (-not @($known | Where-Object { $_ -like $provider })) { $provider } })
        foreach ($provider in $lost) { Write-NativeError $Cmdlet (New-NativeError ([Exception]::new("There is not an event provider on the localhost computer that matches `"$provider`".")) 'NoMatchingProvidersFound' ObjectNotFound $provider GetWinEventCommand) }
        if ($lost.Count -eq @($Filter['ProviderName']).Count) { return $null }
        if (-not $Filter['LogName']) { $logs = @($HostState['logs'].Keys) }
    }
    if ($Filter['LogName']) { $logs = @(Find-Log $Cmdlet @($Filter['LogName']) $Oldest) }
    if (-not $logs) { return $null }
    $special = 'LogName', 'ProviderName', 'Path', 'Keywords', 'ID', 'Level', 'StartTime', 'EndTime', 'UserID', 'Data', 'SuppressHashFilter'
    , @($logs | ForEach-Object { Get-LogEvents $_ } | Where-Object {
        $event_ = $_
        (-not $Filter.ContainsKey('ID') -or @($Filter['ID']) -contains $event_.Id) -and (-not $Filter.ContainsKey('Level') -or @($Filter['Level']) -contains $event_.Level) -and
        (-not $Filter['ProviderName'] -or @($Filter['ProviderName'] | Where-Object { $event_.ProviderName -like $_ })) -and
        (-not $Filter['StartTime'] -or $event_.TimeCreated -ge [datetime]$Filter['StartTime']) -and (-not $Filter['EndTime'] -or $event_.TimeCreated -le [datetime]$Filter['EndTime']) -and
        (-not $Filter['Data'] -or @($event_.Properties | Where-Object { "$($_.Value)" -in @($Filter['Data']) })) -and
        -not @($Filter.Keys | Where-Object { $_ -notin $special } | Where-Object { $name = $_; -not @(@($Filter[$name]) | Where-Object { Test-EventXPath $event_ "*[EventData[Data[@Name='$name']='$_']]" }) })
    })
}

function Get-WinEvent {
    [CmdletBinding(DefaultParameterSetName = 'Log')]
    param([Parameter(Position = 0, ParameterSetName = 'Log', ValueFromPipeline, ValueFromPipelineByPropertyName)][string[]]$LogName, [Parameter(Mandatory, ParameterSetName = 'ListLog')][string[]]$ListLog,
        [Parameter(Mandatory, ParameterSetName = 'ListProvider')][string[]]$ListProvider, [Parameter(Mandatory, ParameterSetName = 'Provider')][string[]]$ProviderName, [Parameter(Position = 0, Mandatory, ParameterSetName = 'Hash')][hashtable[]]$FilterHashtable,
        [Parameter(Mandatory, ParameterSetName = 'Xml')][xml]$FilterXml, [Parameter(ParameterSetName = 'Log')][Parameter(ParameterSetName = 'Provider')][string]$FilterXPath,
        [long]$MaxEvents = -1, [string]$ComputerName, [switch]$Force, [switch]$Oldest)
    process {
        switch ($PSCmdlet.ParameterSetName) {
            'ListLog' { foreach ($pattern in $ListLog) { Get-LogDescription $PSCmdlet $pattern }; return }
            'ListProvider' {
                $known = @(foreach ($log in $HostState['logs'].Keys) { @($HostState['logs'][$log]['providers']); @($HostState['logs'][$log]['events']) | Where-Object { $_ } | ForEach-Object { $_['provider'] } }) | Where-Object { $_ } | Sort-Object -Unique
                foreach ($pattern in $ListProvider) {
                    $hits = @($known | Where-Object { $_ -like $pattern })
                    if (-not $hits) { Write-NativeError $PSCmdlet (New-NativeError ([Exception]::new("There is not an event provider on the localhost computer that matches `"$pattern`".")) 'NoMatchingProvidersFound' ObjectNotFound $null GetWinEventCommand) }
                    $hits | ForEach-Object { [pscustomobject]@{ Name = $_; ProviderName = $_ } }
                }
                return
            }
            'Hash' { $events = foreach ($filter in $FilterHashtable) { $part = Select-HashEvents $PSCmdlet $filter $Oldest; if ($null -eq $part) { return }; $part } }
            'Provider' { $events = Select-HashEvents $PSCmdlet @{ ProviderName = $ProviderName } $Oldest; if ($null -eq $events) { return } }
            'Xml' {
                $events = foreach ($select in $FilterXml.SelectNodes('//Select')) {
                    $log = if ($select.Path) { $select.Path } else { $select.ParentNode.Path }
                    # Odd: the error for a missing log comes first, then reading fails for good.
                    if (-not @(Find-Log $PSCmdlet @($log) $Oldest)) { $PSCmdlet.ThrowTerminatingError((New-NativeError ([StandIns.Failures]::LogNotFound()) 'System.Diagnostics.Eventing.Reader.EventLogNotFoundException' NotSpecified $null GetWinEventCommand)) }
                    $suppress = @($select.ParentNode.SelectNodes('Suppress') | ForEach-Object { $_.InnerText })
                    Get-LogEvents $log | Where-Object { $one = $_; (Test-EventXPath $one $select.InnerText) -and -not @($suppress | Where-Object { Test-EventXPath $one $_ }) }
                }
            }
            default {
                $logs = @(Find-Log $PSCmdlet $(if ($LogName) { $LogName } else { '*' }) $Oldest)
                if (-not $logs) { return }
                $events = foreach ($log in $logs) { Get-LogEvents $log | Where-Object { Test-EventXPath $_ $FilterXPath } }
            }
        }
        $events = @($events | Where-Object { $null -ne $_ } | Sort-Object -Property @{ Expression = 'TimeCreated'; Descending = -not $Oldest }, @{ Expression = 'RecordId'; Descending = -not $Oldest })
        if ($MaxEvents -ge 0) { $events = @($events | Select-Object -First $MaxEvents) }
        if (-not $events) { Write-NativeError $PSCmdlet (New-NativeError ([Exception]::new('No events were found that match the specified selection criteria.')) 'NoMatchingEventsFound' ObjectNotFound $null GetWinEventCommand); return }
        $events
    }
}

function Get-LogDescription($Cmdlet, [string]$Pattern) {
    $matched = $false
    foreach ($log in @($HostState['logs'].Keys | Where-Object { $_ -like $Pattern })) {
        $matched = $true
        $entry = $HostState['logs'][$log]
        $count = @($entry['events'] | Where-Object { $_ }).Count
        $enabled = $entry['enabled'] -ne $false
        New-TypedObject 'System.Diagnostics.Eventing.Reader.EventLogConfiguration' ([ordered]@{ LogName = $log; IsEnabled = $enabled; IsClassicLog = Test-ClassicLog $log; LogType = $(if ($entry['type']) { $entry['type'] } else { 'Administrative' })
            LogMode = 'Circular'; MaximumSizeInBytes = [long]$(if ($entry['maximumSize']) { $entry['maximumSize'] } else { 1052672 }); RecordCount = [long]$count; FileSize = [long]69632; IsLogFull = $false
            OldestRecordNumber = [long][bool]$count; LastWriteTime = Get-Now; LogFilePath = "%SystemRoot%\System32\Winevt\Logs\$($log.Replace('/', '%4')).evtx"; SecurityDescriptor = $entry['sddl'] })
    }
    if (-not $matched) { Write-NativeError $Cmdlet (New-LogNotFound $Pattern $null) }
}

# Get-EventLog and EventLog.Exists know the classic logs only: those without a slash, unless the state says otherwise.
function Test-ClassicLog([string]$Log) { if ($null -ne $HostState['logs'][$Log]['classic']) { [bool]$HostState['logs'][$Log]['classic'] } else { -not $Log.Contains('/') } }

# For text substitution: [System.Diagnostics.EventLog]::Exists(name).
function Test-WindowsEventLog { param([string]$Name) $HostState['logs'].Contains($Name) -and (Test-ClassicLog $Name) }

function Get-EventLog {
    [CmdletBinding(DefaultParameterSetName = 'LogName')]
    param([Parameter(Position = 0, Mandatory, ParameterSetName = 'LogName')][string]$LogName, [Parameter(ParameterSetName = 'List')][switch]$List, [string[]]$Source, [Parameter(Position = 1)][long[]]$InstanceId,
        [datetime]$After, [datetime]$Before, [int]$Newest, [string[]]$EntryType, [string]$Message, [string[]]$UserName, [int[]]$Index, [switch]$AsBaseObject, [switch]$AsString, [string[]]$ComputerName)
    if ($List) { return $HostState['logs'].Keys | Where-Object { Test-ClassicLog $_ } | ForEach-Object { if ($AsString) { $_ } else { [pscustomobject]@{ Log = $_; LogDisplayName = $_; Entries = @(Get-LogEvents $_) } } } }
    if (-not (Test-WindowsEventLog $LogName)) {
        $PSCmdlet.ThrowTerminatingError((New-NativeError ([InvalidOperationException]::new("The event log '$LogName' on computer '.' does not exist.")) 'System.InvalidOperationException' NotSpecified $null GetEventLogCommand))
    }
    if ($HostState['logs'][$LogName]['denied'] -or (Test-Denied "log:$LogName")) {
        $PSCmdlet.ThrowTerminatingError((New-NativeError ([System.Security.SecurityException]::new('Requested registry access is not allowed.')) 'System.Security.SecurityException' NotSpecified $null GetEventLogCommand))
    }
    $types = @{ 1 = 'Error'; 2 = 'Error'; 3 = 'Warning' }
    $found = @(foreach ($event_ in Get-LogEvents $LogName) {
        $type = if ($types[[int]$event_.Level]) { $types[[int]$event_.Level] } else { 'Information' }
        $written = $event_.TimeCreated.AddTicks(-($event_.TimeCreated.Ticks % [timespan]::TicksPerSecond))   # classic records know whole seconds
        if ($Source -and -not @($Source | Where-Object { $event_.ProviderName -like $_ })) { continue }
        if (($PSBoundParameters.ContainsKey('After') -and $written -le $After) -or ($PSBoundParameters.ContainsKey('Before') -and $written -ge $Before)) { continue }
        if (($InstanceId -and $InstanceId -notcontains $event_.Id) -or ($EntryType -and $EntryType -notcontains $type) -or ($Message -and $event_.Message -notlike $Message)) { continue }
        New-TypedObject "System.Diagnostics.EventLogEntry#$LogName/$($event_.ProviderName)/$($event_.Id)" ([ordered]@{ Index = [int]$event_.RecordId; EntryType = [System.Diagnostics.EventLogEntryType]$type; Source = $event_.ProviderName
            EventID = $event_.Id; InstanceId = [long]($event_.Qualifiers * 65536 + $event_.Id); Message = $event_.Message; TimeGenerated = $written; TimeWritten = $written; MachineName = $event_.MachineName
            ReplacementStrings = [string[]]@($event_.Properties | ForEach-Object { "$($_.Value)" }); Category = "($($event_.Task))"; CategoryNumber = [int16]$event_.Task; Data = [byte[]]@(); UserName = $null })
    })
    if ($Newest) { $found = @($found | Select-Object -First $Newest) }
    if (-not $found) { Write-NativeError $PSCmdlet (New-NativeError ([ArgumentException]::new('No matches found')) 'GetEventLogNoEntriesFound' ObjectNotFound $null GetEventLogCommand) }
    $found
}
