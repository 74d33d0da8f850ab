# The bodies of the collector's seams, each run for itself on this machine. On Linux the registry and the identity get as far as the
# platform: type, method and arguments were found. Prints what failed; exit code 1 where something did.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$collector = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'src/vmready/probes/collector.ps1'
$tree = [System.Management.Automation.Language.Parser]::ParseFile($collector, [ref]$null, [ref]$null)
$seams = @(Get-Content -LiteralPath (Join-Path $PSScriptRoot 'seams.ps1') | Where-Object { $_.StartsWith('function global:Seam.') } | ForEach-Object { ($_ -split '[.({ ]')[2] })
$functions = @($tree.FindAll({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $true) | Where-Object { $seams -contains $_.Name })
foreach ($function in $functions) { . ([scriptblock]::Create($function.Extent.Text)) }
$script:failed = 0
function Check([string]$what, $seen, $wanted) {
    if ("$seen" -cne "$wanted") { $script:failed++; "FAILED ${what}: $seen instead of $wanted" }
}
function Id([scriptblock]$body) { try { [string](& $body) } catch { ([string]$_.FullyQualifiedErrorId).Split(',')[0] } }
$refused = 'PlatformNotSupportedException'
$windows = $PSVersionTable.PSEdition -eq 'Desktop' -or $IsWindows
Check 'every seam is in the collector, one statement each' (@($functions | Where-Object { $_.Body.EndBlock.Statements.Count -eq 1 }).Count) $seams.Count
# Parameters are the same on both sides.
$standIns = [System.Management.Automation.Language.Parser]::ParseFile((Join-Path $PSScriptRoot 'seams.ps1'), [ref]$null, [ref]$null).FindAll({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $true)
function Show($function) { $function.Name.Substring($function.Name.LastIndexOf([char]'.') + 1) + '(' + (@($function.Parameters | Where-Object { $_ } | ForEach-Object { $_.Extent.Text }) -join ', ') + ')' }
Check 'parameters' (@($functions | ForEach-Object { Show $_ } | Sort-Object) -join ' ') (@($standIns | ForEach-Object { Show $_ } | Sort-Object) -join ' ')
if (-not $windows) {
    Check 'Open-BaseKey' (Id { Open-BaseKey 'LocalMachine' 'Registry64' }) $refused
    Check 'Get-OwnSid' (Id { Get-OwnSid }) $refused
    Check 'Test-OwnGroup' (Id { Test-OwnGroup 'S-1-5-32-544' }) $refused
    $program = Start-Program '/bin/sh' '-c "echo out; exit 3"'
    Check 'Start-Program' ($program.StandardOutput.ReadToEnd() + $program.WaitForExit(9000) + $program.ExitCode) "out`nTrue3"
    $stream = (Start-Program '/bin/echo' 'asynchronous').StandardOutput.BaseStream
    $buffer = New-Object byte[] 50
    $reading = $stream.BeginRead($buffer, 0, 50, $null, $null)
    Check 'its stream, asynchronously' ([string]$reading.AsyncWaitHandle.WaitOne(9000, $false) + $stream.EndRead($reading)) 'True13'
}
Check 'Start-Program, not there' (Id { Start-Program '/no/such/program' '' }) 'Win32Exception'
Check 'New-TcpClient' ((New-TcpClient).Connected) 'False'
Check 'New-WebRequest' ((New-WebRequest 'http://127.0.0.1/x').RequestUri.AbsolutePath) '/x'
Check 'New-WebRequest, no URL' (Id { New-WebRequest 'no url' }) 'UriFormatException'
Check 'Start-Lookup, Complete-Lookup' (@(Complete-Lookup (Start-Lookup '127.0.0.1')) -join ' ') '127.0.0.1'
Check 'Get-SecurityProtocol' ((Get-SecurityProtocol) -is [int]) 'True'
Check 'Open-SharedFile, not there' (Id { Open-SharedFile '/no/such.log' }) 'ConstructorInvokedThrowException'
$stream = Open-SharedFile $collector
Check 'Open-SharedFile' ($stream.get_Length() -gt 1000) 'True'
$stream.Close()
Check 'Expand-Environment' (Expand-Environment '%NO_SUCH_VARIABLE%') '%NO_SUCH_VARIABLE%'
Check 'Get-OSVersion' ((Get-OSVersion).Major -gt 0) 'True'
Check 'Get-EngineVersion' ((Get-EngineVersion).Major) ($PSVersionTable.PSVersion.Major)
Check 'Get-Bitness' (@(32, 64) -contains (Get-Bitness)) 'True'
Check 'Get-HostTime' ((Get-HostTime).Kind) 'Utc'
if ($script:failed) { exit 1 }
exit 0
