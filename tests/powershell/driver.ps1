# Runs the collector over declared hosts, many in one process: engine.py starts it and compares what comes out.
#   pwsh -NoProfile -File driver.ps1 -Collector collector.ps1 -Jobs jobs.jsonl -Answers answers.jsonl [-Coverage]
# A job is one line: {name, state (text), calls (text), mode, culture, prelude}. An answer is one line: {name, output, error, milliseconds}.
# With -Coverage the collector is a file with a breakpoint on each statement, and the last line of the answers tells what was never hit.
param([string]$Collector, [string]$Jobs, [string]$Answers, [switch]$Coverage)
$ErrorActionPreference = 'Stop'
$here = $PSScriptRoot
$text = [IO.File]::ReadAllText($Collector)

function New-Worker {
    $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
    $runspace.ThreadOptions = 'UseCurrentThread'
    $runspace.Open()
    $runspace
}

# One script in the worker's runspace; exit ends that script only.
function Invoke-Worker($Runspace, [string]$Script, [object[]]$Arguments) {
    $shell = [powershell]::Create()
    $shell.Runspace = $Runspace
    [void]$shell.AddScript($Script)
    foreach ($argument in $Arguments) { [void]$shell.AddArgument($argument) }
    try { @($shell.Invoke()) } finally { $shell.Dispose() }
}

# Each statement that runs, with its place: containers (functions, loops, if) are left to what is inside them and to their conditions.
function Find-Statements([string]$Path) {
    $tree = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref]$null, [ref]$null)
    $kinds = 'PipelineAst', 'AssignmentStatementAst', 'ReturnStatementAst', 'ThrowStatementAst', 'ExitStatementAst', 'BreakStatementAst', 'ContinueStatementAst'
    $found = $tree.FindAll({ $args[0].GetType().Name -in $kinds }, $true)
    foreach ($node in $found) {
        # A pipeline inside another statement's expression runs with it.
        $inside = $node.Parent
        if ($inside -is [System.Management.Automation.Language.AssignmentStatementAst] -or $inside -is [System.Management.Automation.Language.ReturnStatementAst] -or $inside -is [System.Management.Automation.Language.ThrowStatementAst] -or
            $inside -is [System.Management.Automation.Language.ParenExpressionAst] -or $inside -is [System.Management.Automation.Language.ExitStatementAst] -or $inside -is [System.Management.Automation.Language.HashtableAst]) { continue }
        if ($inside -is [System.Management.Automation.Language.DoWhileStatementAst] -and $node.Extent.Text -eq '$false') { continue }
        # The one expression of @( ) and $( ) too.
        if ($inside.Parent -is [System.Management.Automation.Language.ArrayExpressionAst] -or $inside.Parent -is [System.Management.Automation.Language.SubExpressionAst]) { continue }
        # A return with a value is noticed where the value stands.
        if ($node -is [System.Management.Automation.Language.ReturnStatementAst] -and $null -ne $node.Pipeline) { $node.Pipeline.Extent } else { $node.Extent }
    }
}

$watched = @()
if ($Coverage) { $watched = @(Find-Statements $Collector | ForEach-Object { @{ line = $_.StartLineNumber; column = $_.StartColumnNumber; text = $_.Text; hit = $false } }) }
$workers = @{}
function Get-Worker([string]$Mode) {
    if ($workers.ContainsKey($Mode)) { return $workers[$Mode] }
    $worker = New-Worker
    [void](Invoke-Worker $worker "Import-Module '$here/WindowsStandIns.psm1' -DisableNameChecking -Global" @())
    if ($Coverage) {
        $add = 'param($path, $all, $mode) foreach ($one in $all) { if (-not $one.hit) { $one[$mode] = (Set-PSBreakpoint -Script $path -Line $one.line -Column $one.column -Action { }).Id } }'
        [void](Invoke-Worker $worker $add @($Collector, $watched, $Mode))
    }
    $workers[$Mode] = $worker
    $worker
}

$import = 'param($state, $prelude, $seams) Import-WindowsState -Json $state; if ($seams) { . $seams }; if ($prelude) { . ([scriptblock]::Create($prelude)) }'
$constrained = 'param($text, $seams) . $seams; Microsoft.PowerShell.Management\Set-Item function:Collect $text; Collect'
$constrainedFile = 'param($path, $calls, $seams) . $seams; Microsoft.PowerShell.Management\Set-Item function:Calls ("`$null = 0`n" + $calls); & { param($path) . $path; . Calls } $path'
# In a scope of its own: its strict mode and preferences are not the stand-ins'. The text before Begin keeps it from being read as a begin block.
$run = 'param($path, $calls, $culture) if ($culture) { [System.Threading.Thread]::CurrentThread.CurrentCulture = $culture }; & { param($path, $calls) . $path; . ([scriptblock]::Create("`$null = 0`n" + $calls)) } $path $calls'
$collectHits = 'param($all, $mode) foreach ($one in $all) { if ($null -ne $one[$mode]) { $hit = (Get-PSBreakpoint -Id $one[$mode]).HitCount -gt 0; if ($hit) { $one.hit = $true }; if ($one.hit) { Remove-PSBreakpoint -Id $one[$mode]; $one[$mode] = $null } } }'
$ownCulture = [cultureinfo]::CurrentCulture
$console = [Console]::Out
$out = [IO.StreamWriter]::new($Answers, $false, [Text.UTF8Encoding]::new($false))
foreach ($line in [IO.File]::ReadLines($Jobs)) {
    $job = [System.Text.Json.JsonDocument]::Parse($line).RootElement
    $value = { param($name) $found = [System.Text.Json.JsonElement]::new(); if ($job.TryGetProperty($name, [ref]$found)) { $found.GetString() } else { '' } }
    $name = & $value 'name'; $mode = & $value 'mode'; $culture = & $value 'culture'; $calls = & $value 'calls'
    $begun = [datetime]::UtcNow
    $captured = [IO.StringWriter]::new()
    $trouble = ''
    $pipeline = @()
    try {
        $worker = Get-Worker $mode
        $worker.SessionStateProxy.LanguageMode = 'FullLanguage'
        [void](Invoke-Worker $worker $import @((& $value 'state'), (& $value 'prelude'), $(if ($mode -ne 'ConstrainedLanguage') { "$here/seams.ps1" })))
        $chosen = $null
        if ($culture) { $chosen = [cultureinfo]$culture }
        [Console]::SetOut($captured)
        if ($mode -eq 'ConstrainedLanguage') {
            if ($chosen) { [System.Threading.Thread]::CurrentThread.CurrentCulture = $chosen }
            $worker.SessionStateProxy.LanguageMode = $mode
            if ($Coverage) { $pipeline = Invoke-Worker $worker $constrainedFile @($Collector, $calls, "$here/seams.ps1") }
            else { $pipeline = Invoke-Worker $worker $constrained @(($text + $calls), "$here/seams.ps1") }
        }
        else { $pipeline = Invoke-Worker $worker $run @($Collector, $calls, $chosen) }
    }
    catch { $trouble = "$_ $($_.ScriptStackTrace)" }
    finally { [Console]::SetOut($console); [System.Threading.Thread]::CurrentThread.CurrentCulture = $ownCulture }
    $worker.SessionStateProxy.LanguageMode = 'FullLanguage'
    if ($Coverage) { [void](Invoke-Worker $worker $collectHits @($watched, $mode)) }
    # What a prelude defined must not reach the next job.
    if (& $value 'prelude') { $workers.Remove($mode); $worker.Close() }
    $written = @{ name = $name; output = $captured.ToString() + ($pipeline -join "`n"); error = $trouble; milliseconds = [int]([datetime]::UtcNow - $begun).TotalMilliseconds }
    $out.WriteLine((ConvertTo-Json $written -Compress -EscapeHandling EscapeNonAscii))
    $out.Flush()
}
if ($Coverage) {
    $missed = @($watched | Where-Object { -not $_.hit } | ForEach-Object { @{ line = $_.line; column = $_.column; text = $_.text.Substring(0, [Math]::Min(100, $_.text.Length)) } })
    $out.WriteLine((ConvertTo-Json @{ statements = $watched.Count; missed = $missed } -Compress -Depth 4 -EscapeHandling EscapeNonAscii))
}
$out.Close()
exit 0
