# Dot-source this after Import-WindowsState: the seam functions of the collector then meet the declared state.
# Each seam name becomes an ALIAS, and an alias is found before any function: the collector's own definitions stay in its text, unchanged
# and unused, whether it is dot-sourced, run as a file or sent over stdin. In CLM dot-source it after the mode is set: then the same calls
# are refused with the same error ids. The .NET member behind each seam carries the native name, so that failures are wrapped alike.
function global:Seam.Open-BaseKey([string]$hive, [string]$view) { (Get-WindowsMachine).OpenBaseKey($hive, $view) }
function global:Seam.New-TcpClient { Microsoft.PowerShell.Utility\New-Object StandIns.TcpClient((Get-WindowsMachine)) }
function global:Seam.New-WebRequest([string]$url) { (Get-WindowsMachine).Create($url) }
function global:Seam.Start-Lookup([string]$name) { (Get-WindowsMachine).BeginGetHostAddresses($name, $null, $null) }
function global:Seam.Complete-Lookup($async) { (Get-WindowsMachine).EndGetHostAddresses($async) }
function global:Seam.Get-SecurityProtocol { [int](Get-WindowsMachine).SecurityProtocol }
function global:Seam.Set-SecurityProtocol([int]$number) { (Get-WindowsMachine).SecurityProtocol = $number }
function global:Seam.Open-SharedFile([string]$path) { Microsoft.PowerShell.Utility\New-Object StandIns.SharedFile((Get-WindowsMachine), $path, 'Read', 'ReadWrite, Delete') }
function global:Seam.Start-Program([string]$path, [string]$line) { Start-WindowsProgram $path $line }
function global:Seam.Get-OwnSid { (Get-WindowsMachine).GetCurrent().User.Value }
function global:Seam.Test-OwnGroup([string]$sid) { (Get-WindowsMachine).GetCurrent().IsInRole($sid) }
function global:Seam.Expand-Environment([string]$text) { (Get-WindowsMachine).ExpandEnvironmentVariables($text) }
function global:Seam.Get-OSVersion { (Get-WindowsMachine).OSVersion.Version }
function global:Seam.Get-EngineVersion { (Get-WindowsMachine).PSVersion }
function global:Seam.Get-Bitness { (Get-WindowsMachine).PointerSize * 8 }
function global:Seam.Get-HostTime { (Get-WindowsMachine).UtcNow }
foreach ($_ in Get-Command 'Seam.*' -CommandType Function) { Set-Alias -Name $_.Name.Substring(5) -Value $_.Name -Scope Global }
