# The collector of vmready: the whole of what runs on a Windows host.
#
# It reads and reports. It changes nothing, writes no file, and judges nothing; every comparison is made by the reader of its answers.
# It carries out sixteen verbs, which docs/probes.md describes: subject, options, answer and bounds of each. What is asked follows this
# text as plain lines: Begin, one Ask for each probe, Finish. Their arguments are single-quoted data and never become code.
# The answer is one line of ASCII with its length and digest; the line is whole or it counts for nothing.
#
# For an auditor: calls of .NET that touch the machine stand alone in the functions under "Seams"; everything else that touches it is a
# cmdlet of the Get- family, or one of three named programs. Written for Windows PowerShell 5.1 in the syntax of 2.0, and for Constrained
# Language Mode, where a verb that needs more says so. There are no empty lines: some ways of delivery end a statement at one.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$VerbosePreference = 'SilentlyContinue'
$DebugPreference = 'SilentlyContinue'
$InformationPreference = 'SilentlyContinue'
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture
$Full = ([string]$ExecutionContext.SessionState.LanguageMode -ceq 'FullLanguage')
# What the functions share: one table, so that no scope has to be named.
$Run = @{}
#
# Seams: one line each. A test puts a declared machine behind these names and behind cmdlets, and behind nothing else.
function Open-BaseKey([string]$hive, [string]$view) { [Microsoft.Win32.RegistryKey]::OpenBaseKey($hive, $view) }
function New-TcpClient { New-Object System.Net.Sockets.TcpClient }
function New-WebRequest([string]$url) { [System.Net.WebRequest]::Create($url) }
function Start-Lookup([string]$name) { [System.Net.Dns]::BeginGetHostAddresses($name, $null, $null) }
function Complete-Lookup($async) { [System.Net.Dns]::EndGetHostAddresses($async) }
function Get-SecurityProtocol { [int][System.Net.ServicePointManager]::SecurityProtocol }
function Set-SecurityProtocol([int]$number) { [System.Net.ServicePointManager]::SecurityProtocol = [System.Net.SecurityProtocolType]$number }
function Open-SharedFile([string]$path) { New-Object System.IO.FileStream($path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, ([System.IO.FileShare]::ReadWrite -bor [System.IO.FileShare]::Delete)) }
function Start-Program([string]$path, [string]$line) { [System.Diagnostics.Process]::Start((New-Object System.Diagnostics.ProcessStartInfo -Property @{ FileName = $path; Arguments = $line; UseShellExecute = $false; CreateNoWindow = $true; RedirectStandardOutput = $true; RedirectStandardError = $true })) }
function Get-OwnSid { [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value }
function Test-OwnGroup([string]$sid) { (New-Object System.Security.Principal.WindowsPrincipal([System.Security.Principal.WindowsIdentity]::GetCurrent())).IsInRole([System.Security.Principal.SecurityIdentifier]$sid) }
function Expand-Environment([string]$text) { [System.Environment]::ExpandEnvironmentVariables($text) }
function Get-OSVersion { [System.Environment]::OSVersion.Version }
function Get-EngineVersion { $PSVersionTable.PSVersion }
function Get-Bitness { [System.IntPtr]::Size * 8 }
function Get-HostTime { [datetime]::UtcNow }
#
# JSON. PowerShell 2.0 has no writer, later versions disagree, and this one gives ASCII and leaves odd text whole: lone surrogates, NUL.
# No work per character: each distinct odd character is found by one scan and replaced everywhere at once, in chunks that bound the worst case.
function ConvertTo-JsonString([string]$text) {
  if ($text -cnotmatch '[^ !#-\[\]-~]') { return '"' + $text + '"' }
  $chunks = @($text)
  if ($text.Length -gt 16384) {
    $chunks = @(for ($at = 0; $at -lt $text.Length; $at += 8192) {
      if ($at + 8192 -lt $text.Length) { $text.Substring($at, 8192) } else { $text.Substring($at) }
    })
  }
  $done = @(foreach ($chunk in $chunks) {
    $out = $chunk.Replace('\', '\\').Replace('"', '\"')
    $odd = [regex]::Match($out, '[^ -~]')
    while ($odd.Success) {
      $out = $out.Replace($odd.Value, ('\u{0:x4}' -f [int][char]$odd.Value))
      $odd = [regex]::Match($out, '[^ -~]')
    }
    $out
  })
  return '"' + ($done -join '') + '"'
}
function ConvertTo-JsonText($value, [int]$depth) {
  if ($null -eq $value) { return 'null' }
  if ($value -is [string]) { return ConvertTo-JsonString $value }
  if ($value -is [bool]) { if ($value) { return 'true' } else { return 'false' } }
  if ($value -is [int] -or $value -is [long] -or $value -is [uint32] -or $value -is [uint64] -or $value -is [byte] -or
      $value -is [int16] -or $value -is [uint16] -or $value -is [sbyte] -or $value -is [decimal]) {
    return $value.ToString($Invariant)
  }
  if ($value -is [double] -or $value -is [single]) {
    $text = $value.ToString('R', $Invariant)
    if ($text -cmatch '^-?[0-9]') { return $text }
    return ConvertTo-JsonString $text
  }
  if ($value -is [datetime]) { return '"' + $value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", $Invariant) + '"' }
  if ($depth -gt 64) { throw 'NotWritable' }
  if ($value -is [System.Collections.IDictionary]) {
    # PSBase: '.Keys' would find an entry of that name first. Ordinal: Sort-Object follows the culture.
    [string[]]$keys = @($value.PSBase.Keys)
    if ($keys.Length -eq 0) { return '{}' }
    [Array]::Sort($keys, [StringComparer]::Ordinal)
    $parts = @(foreach ($key in $keys) { (ConvertTo-JsonString $key) + ':' + (ConvertTo-JsonText $value[$key] ($depth + 1)) })
    return '{' + ($parts -join ',') + '}'
  }
  if ($value -is [array]) {
    $parts = @(foreach ($item in $value) { ConvertTo-JsonText $item ($depth + 1) })
    return '[' + ($parts -join ',') + ']'
  }
  return ConvertTo-JsonString ([string]$value)
}
#
# The frame. Adler-32 in plain script where .NET is refused (or a FIPS policy refuses SHA256Managed); the frame names which it is.
function Get-Digest([string]$text) {
  try {
    $hash = [System.Security.Cryptography.SHA256]::Create().ComputeHash([System.Text.Encoding]::ASCII.GetBytes($text))
    return 'sha256:' + [BitConverter]::ToString($hash).Replace('-', '').ToLowerInvariant()
  }
  catch { $null = $_ }
  # [long], and reduced in time: an Int32 that overflows silently turns into a double.
  [long]$a = 1
  [long]$b = 0
  $n = 0
  foreach ($c in $text.ToCharArray()) {
    $a += [int]$c; $b += $a; $n++
    if ($n -eq 4096) { $a %= 65521; $b %= 65521; $n = 0 }
  }
  return 'adler32:' + ('{0:x8}' -f (($b % 65521) * 65536 + ($a % 65521)))
}
#
# Arguments: printable ASCII as it is, every other UTF-16 code unit as ^ and four hex digits.
function Read-Argument([string]$text) {
  $parts = $text.Split('^')
  if ($parts.Length -eq 1) { return $text }
  $out = @($parts[0]) + @(for ($i = 1; $i -lt $parts.Length; $i++) { [string][char][int]('0x' + $parts[$i].Substring(0, 4)) + $parts[$i].Substring(4) })
  return ($out -join '')
}
# The words of a probe as @{ subject; <option> = list of texts }. Every option is known to its verb, or the probe is refused.
function Read-Words([string[]]$words, [string[]]$known) {
  if ($words.Length -lt 1 -or $words[0].Length -lt 1) { throw 'BadArgument: the subject is missing' }
  $ask = @{ subject = $words[0] }
  foreach ($name in $known) { $ask[$name] = @() }
  for ($i = 1; $i -lt $words.Length; $i++) {
    $at = $words[$i].IndexOf([char]'=')
    if ($at -lt 1) { throw 'BadArgument: an option is name=value' }
    $name = $words[$i].Substring(0, $at)
    if (-not ($known -ccontains $name)) { throw 'BadArgument: the verb has no such option' }
    $ask[$name] = $ask[$name] + $words[$i].Substring($at + 1)
  }
  return $ask
}
# The one value of an option that may be given once.
function Get-One($ask, [string]$name, [string]$otherwise) {
  if ($ask[$name].Length -gt 1) { throw ('BadArgument: ' + $name + ' is given twice') }
  if ($ask[$name].Length -eq 1) { return $ask[$name][0] }
  return $otherwise
}
function ConvertTo-Number([string]$text, [int]$least, [int]$most) {
  if ($text -cnotmatch '^[0-9]{1,9}\z') { throw 'BadArgument: a number is wanted' }
  if ([int]$text -lt $least -or [int]$text -gt $most) { throw ('NotAllowed: a number from ' + $least + ' to ' + $most + ' is wanted') }
  return [int]$text
}
# An option that is either not there or has this one value.
function Test-Given($ask, [string]$name, [string]$value) {
  $given = Get-One $ask $name ''
  if ($ask[$name].Length -eq 1 -and -not [string]::Equals($given, $value)) { throw ('BadArgument: ' + $name + ' can only be ' + $value) }
  return ($ask[$name].Length -eq 1)
}
# Names that cmdlets would take for patterns.
function Assert-Name([string]$name, [string]$refused) {
  if ($name.IndexOfAny($refused.ToCharArray()) -ge 0) { throw 'BadArgument: the name holds a character that no such name has' }
}
#
# Failures, without a word of localised text being needed: error id, type and numbers of the innermost exception. Properties are read
# through PSObject.Properties, which StrictMode and Constrained Language Mode both take. NativeErrorCode of a CimException is an
# enumeration of its own (5 is not "access denied" there), so only whole numbers count.
function Read-Member($from, [string]$name) {
  if ($null -eq $from) { return $null }
  $member = $from.PSObject.Properties[$name]
  if ($null -eq $member) { return $null }
  # The comma: an array, of bytes say, would come out of the function as its items.
  return , $member.Value
}
function Limit-Text([string]$text, [int]$most) {
  if ($text.Length -le $most) { return $text }
  return $text.Substring(0, $most)
}
# Words of the collector's own, thrown as 'Word: message'.
$OwnWords = '^(Unsupported|BudgetSpent|ProbeLeftEarly|NotWritable|UnknownVerb|NotAllowed|BadArgument)(: (.*))?\z'
function Read-Failure($record) {
  $id = [string]$record.FullyQualifiedErrorId
  if ($record.TargetObject -is [string] -and $id -cmatch $OwnWords) {
    $word = $Matches[1]
    if ($id.Length -eq $word.Length) { return @{ id = $word } }
    return @{ id = $word; message = $id.Substring($word.Length + 2) }
  }
  $inner = $record.Exception
  while ($null -ne $inner.InnerException) { $inner = $inner.InnerException }
  $why = @{ id = (Limit-Text $id 200); type = [string]$inner.PSObject.TypeNames[0]; category = [int]$record.CategoryInfo.Category
    message = (Limit-Text ([string]$inner.Message) 400) }
  foreach ($name in @('ErrorCode', 'NativeErrorCode')) {
    $code = Read-Member $inner $name
    if ($code -is [int]) { $why['code'] = $code }
  }
  if ($inner.PSObject.TypeNames[0] -ceq 'System.Management.ManagementException') { $why['code'] = [int](Read-Member $inner 'ErrorCode') }
  $hresult = Read-Member $inner 'HResult'
  if ($hresult -is [int]) { $why['hresult'] = $hresult }
  return $why
}
# What a cmdlet says of a thing that is not there (ObjectNotFound). A cmdlet that is not there says it too, and means something else.
function Test-Absent($record) {
  $id = [string]$record.FullyQualifiedErrorId
  return ($id -ceq 'Absent' -or ([int]$record.CategoryInfo.Category -eq 13 -and -not $id.StartsWith('CommandNotFoundException', 'Ordinal')))
}
# One question fails alone. The loop catches a stray break or continue, which would otherwise end the whole script with exit code 0.
# A question answers with one table; whatever else slips out of it comes before that. A table of nothing but 'unreadable' is no value.
function Invoke-Guarded([string]$question, $subject) {
  $answer = @{ state = 'unreadable'; why = @{ id = 'ProbeLeftEarly' } }
  do {
    try {
      $value = @(& $question $subject)
      $answer = @{ state = 'observed'; value = $value[-1] }
      if ($value[-1].PSBase.Count -eq 1 -and $value[-1].ContainsKey('unreadable')) { $answer = @{ state = 'unreadable'; why = $value[-1]['unreadable'] } }
    }
    catch {
      if (Test-Absent $_) { $answer = @{ state = 'absent' } }
      else { $answer = @{ state = 'unreadable'; why = (Read-Failure $_) } }
    }
  } while ($false)
  return $answer
}
# The same as a part of an answer.
function ConvertTo-Part($answer) {
  if ($answer['state'] -ceq 'observed') { return $answer['value'] }
  if ($answer['state'] -ceq 'absent') { return @{ absent = $true } }
  return @{ unreadable = $answer['why'] }
}
function Assert-Full([string]$what) {
  if (-not $Full) { throw ('Unsupported: ' + $what + ' is refused in ' + [string]$ExecutionContext.SessionState.LanguageMode) }
}
function Assert-Version([int]$major, [string]$what) {
  if ((Get-EngineVersion).Major -lt $major) { throw ('Unsupported: ' + $what + ' needs PowerShell ' + $major) }
}
# A table whose names are told apart by case. The usual @{ } does not, and follows the culture in Windows PowerShell.
# A copy of an empty one: thousands are made, and New-Object is slow.
$EmptyMap = New-Object System.Collections.Hashtable ([StringComparer]::Ordinal)
function New-Map { return $EmptyMap.Clone() }
# A value that has no structure: numbers and truth stay, bytes become hex, everything else its text.
function ConvertTo-Plain($value, [int]$most) {
  if ($null -eq $value -or $value -is [bool] -or $value -is [datetime]) { return $value }
  if ($value -is [int] -or $value -is [long] -or $value -is [uint32] -or $value -is [uint64] -or $value -is [byte] -or $value -is [int16] -or
      $value -is [uint16] -or $value -is [sbyte] -or $value -is [double] -or $value -is [single] -or $value -is [decimal]) { return $value }
  if ($value -is [byte[]]) { return Limit-Text ([BitConverter]::ToString($value).Replace('-', '').ToLowerInvariant()) $most }
  return Limit-Text ([string]$value) $most
}
#
# registry
$TypeNames = @{ 1 = 'REG_SZ'; 2 = 'REG_EXPAND_SZ'; 3 = 'REG_BINARY'; 4 = 'REG_DWORD'; 7 = 'REG_MULTI_SZ'; 11 = 'REG_QWORD' }
# user:password before the @ of a proxy. Overwritten, never removed: offsets inside binary values stay right.
$UserInfo = '[^\x00-\x20/;,="<>:@]{0,256}:(?!//)[^\x00-\x20;"<>]{0,1024}(?=@)'
# A star for each unit of what a pattern finds. No script block as evaluator: Constrained Language Mode pastes its text in, without an error.
function Hide-Matches([string]$text, [string]$pattern) {
  $at = 0
  $parts = @(foreach ($match in [regex]::Matches($text, $pattern)) {
    $text.Substring($at, $match.Index - $at) + ('*' * $match.Length)
    $at = $match.Index + $match.Length
  })
  return ($parts -join '') + $text.Substring($at)
}
function Hide-UserInfo([string]$text) {
  if ($text.IndexOf([char]'@') -lt 0) { return $text }
  return Hide-Matches $text $UserInfo
}
function Hide-UserInfoBytes([byte[]]$bytes) {
  $copy = $bytes.Clone()
  foreach ($match in [regex]::Matches((-join [char[]]$bytes), $UserInfo)) {
    for ($i = $match.Index; $i -lt $match.Index + $match.Length; $i++) { $copy[$i] = 42 }
  }
  return , $copy
}
# One value as the answer shows it, in the type of .NET's own reading.
function ConvertTo-Entry([string]$type, $data, $ask) {
  $entry = @{ type = $type; data = '' }
  if ($data -is [string]) {
    if ($ask['hide']) { $data = Hide-UserInfo $data }
    $entry['data'] = Limit-Text $data 65536
    if ($data.Length -gt 65536) { $entry['cut'] = $data.Length }
  }
  elseif ($data -is [string[]]) {
    $entry['data'] = @(foreach ($line in $data) { if ($ask['hide']) { Hide-UserInfo $line } else { $line } })
    $joined = $entry['data'] -join [string][char]10
    if ($joined.Length -gt 65536) { $entry['cut'] = $joined.Length; $entry['data'] = $joined.Substring(0, 65536).Split([char]10) }
  }
  elseif ($data -is [byte[]]) {
    if ($ask['hide']) { $data = Hide-UserInfoBytes $data }
    $entry['data'] = Limit-Text ([BitConverter]::ToString($data).Replace('-', '').ToLowerInvariant()) 131072
    if ($data.Length -gt 65536) { $entry['cut'] = $data.Length }
  }
  # A DWORD from 0x80000000 on, a QWORD from 2^63 on, arrive as negative numbers.
  elseif ($data -is [int] -and $data -lt 0) { $entry['data'] = [long]$data + 4294967296 }
  elseif ($data -is [long] -and $data -lt 0) { $entry['data'] = [decimal]$data + [decimal]4294967296 * 4294967296 }
  elseif ($null -ne $data) { $entry['data'] = $data }
  return $entry
}
# A value of which only the shape may leave the host.
function ConvertTo-Shape([string]$type, $data, $ask) {
  $entry = @{ type = $type; shape = 'other'; length = 0; equals = $null }
  if ($data -is [string]) {
    $entry['length'] = $data.Length
    $entry['shape'] = 'text'
    if ($data.Length -eq 0) { $entry['shape'] = 'empty' }
    foreach ($literal in $ask['equals']) { if ([string]::Equals($data, $literal)) { $entry['equals'] = $literal } }
  }
  elseif ($data -is [string[]]) { $entry['length'] = ($data -join ' ').Length }
  elseif ($data -is [byte[]]) { $entry['length'] = $data.Length }
  return $entry
}
function Test-Contains($data, $literals) {
  $text = $data
  if ($data -is [string[]]) { $text = $data -join [string][char]10 }
  if (-not ($text -is [string])) { return $false }
  foreach ($literal in $literals) { if ($text.IndexOf($literal, [StringComparison]::OrdinalIgnoreCase) -lt 0) { return $false } }
  return $true
}
# Which of the stored names are wanted, and under which name the answer shows them.
function Select-ValueNames([string[]]$stored, $ask) {
  if ($null -eq $ask['names']) { return , @(foreach ($name in $stored) { @{ stored = $name; shown = $name } }) }
  $by = New-Map
  foreach ($name in $stored) { $by[$name.ToUpperInvariant()] = $name }
  return , @(foreach ($name in $ask['names']) { if ($by.ContainsKey($name.ToUpperInvariant())) { @{ stored = $by[$name.ToUpperInvariant()]; shown = $name } } })
}
# A key and what is below it. $key is an open key; in Constrained Language Mode, where methods of a key are refused, the path that the
# registry provider knows it by. The provider neither tells types (they are inferred and marked) nor keeps %NAME% as it stands.
function Read-Node($key, $ask, [int]$level) {
  $ask['nodes']++
  $node = @{ values = (New-Map); keys = (New-Map); more = $false }
  if ($Full) { $names = @($key.GetValueNames()) }
  else {
    $item = Get-Item -LiteralPath $key
    $properties = Get-ItemProperty -LiteralPath $key
    $names = @(foreach ($name in $item.Property) {
      if (@('PSPATH', 'PSPARENTPATH', 'PSCHILDNAME', 'PSDRIVE', 'PSPROVIDER') -ccontains $name.ToUpperInvariant()) {
        throw 'Unsupported: the registry provider hides a value of this name'
      }
      if ($name -ceq '(default)') { '' } else { $name }
    })
  }
  $taken = 0
  foreach ($name in (Select-ValueNames $names $ask)) {
    if ($Full) { $data = $key.GetValue($name['stored'], $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames) }
    elseif ($name['stored'] -ceq '') { $data = Read-Member $properties '(default)' }
    else { $data = Read-Member $properties $name['stored'] }
    if ($ask['contains'].Length -gt 0 -and -not (Test-Contains $data $ask['contains'])) { continue }
    if ($taken -ge 4096) { $node['more'] = $true; break }
    $taken++
    if ($Full) { $type = $TypeNames[[int]$key.GetValueKind($name['stored'])] }
    elseif ($data -is [string]) { $type = 'REG_SZ' }
    elseif ($data -is [string[]]) { $type = 'REG_MULTI_SZ' }
    elseif ($data -is [byte[]]) { $type = 'REG_BINARY' }
    elseif ($data -is [int] -or $data -is [uint32]) { $type = 'REG_DWORD' }
    elseif ($data -is [long] -or $data -is [uint64]) { $type = 'REG_QWORD' }
    else { $type = $null }
    if ($null -eq $type) { $type = 'REG_NONE' }
    if ($ask['shapes'].ContainsKey($name['shown'].ToUpperInvariant())) { $entry = ConvertTo-Shape $type $data $ask }
    else { $entry = ConvertTo-Entry $type $data $ask }
    if (-not $Full) { $entry['inferred'] = $true }
    $node['values'][$name['shown']] = $entry
  }
  $below = Get-SubKeyNames $key
  if ($below.Length -gt 4096) { $node['more'] = $true; $below = $below[0..4095] }
  foreach ($name in $below) {
    $node['keys'][$name] = $null
    if ($level -ge $ask['depth']) { continue }
    if ($ask['nodes'] -ge 20000) { $node['more'] = $true; continue }
    $answer = Invoke-Guarded 'Read-SubKey' @{ key = $key; name = $name; ask = $ask; level = $level + 1 }
    if ($answer['state'] -ceq 'absent') { $node['keys'].Remove($name) } else { $node['keys'][$name] = ConvertTo-Part $answer }
  }
  return $node
}
function Get-SubKeyNames($key) {
  if ($Full) { return , @($key.GetSubKeyNames()) }
  # A sub-key that may not be opened is an error that names it; the others still come.
  $refused = @()
  $found = @(Get-ChildItem -LiteralPath $key -ErrorAction SilentlyContinue -ErrorVariable refused)
  $start = $key.Length - 'Registry::'.Length + 1
  $names = @(foreach ($child in $found) { $child.Name.Substring($start) })
  return , ($names + @(foreach ($record in $refused) { ([string]$record.TargetObject).Substring($start) }))
}
# A key below an open one. The provider takes / for \, so it would look for another key: not readable there, never absent.
function Read-SubKey($place) {
  $key = $place['key']
  if ($Full) {
    $child = $key.OpenSubKey($place['name'])
    if ($null -eq $child) { throw 'Absent' }
    try { return Read-Node $child $place['ask'] $place['level'] } finally { $child.Close() }
  }
  if ($place['name'].IndexOf([char]'/') -ge 0) { throw 'Unsupported: the registry provider takes / in the name of a key for \' }
  return Read-Node ($key + '\' + $place['name']) $place['ask'] $place['level']
}
function Read-Registry($words) {
  $ask = Read-Words $words @('depth', 'value', 'shape', 'equals', 'contains', 'userinfo')
  if ($ask['subject'] -cnotmatch '(?s)^(?:[hH][kK][lL][mM]|[hH][kK][uU])\\.') { throw 'BadArgument: a key is HKLM\... or HKU\...' }
  $ask['depth'] = ConvertTo-Number (Get-One $ask 'depth' '0') 0 16
  $ask['hide'] = Test-Given $ask 'userinfo' 'cut'
  $ask['nodes'] = 0
  $ask['shapes'] = New-Map
  foreach ($name in $ask['shape']) { $ask['shapes'][$name.ToUpperInvariant()] = $true }
  $ask['names'] = $null
  if ($ask['value'].Length + $ask['shape'].Length -gt 0) {
    $seen = New-Map
    $ask['names'] = @(foreach ($name in ($ask['value'] + $ask['shape'])) {
      if (-not $seen.ContainsKey($name.ToUpperInvariant())) { $name; $seen[$name.ToUpperInvariant()] = $true }
    })
  }
  $at = $ask['subject'].IndexOf([char]'\')
  $path = $ask['subject'].Substring($at + 1)
  $hive = 'LocalMachine'
  $root = 'Registry::HKEY_LOCAL_MACHINE'
  if ($at -eq 3) { $hive = 'Users'; $root = 'Registry::HKEY_USERS' }
  if ($Full) {
    Assert-Version 3 'the 64-bit view of the registry'
    $root = Open-BaseKey $hive 'Registry64'
  }
  elseif ((Get-Bitness) -eq 32) { throw 'Unsupported: the 64-bit view of the registry cannot be chosen here' }
  if ($hive -ceq 'LocalMachine' -or -not $path.StartsWith('*\', 'Ordinal')) { return Read-SubKey @{ key = $root; name = $path; ask = $ask; level = 0 } }
  $value = @{ hives = (New-Map) }
  $count = 0
  foreach ($name in (Get-SubKeyNames $root)) {
    if ($name.ToUpperInvariant().EndsWith('_CLASSES', 'Ordinal')) { continue }
    $count++
    if ($count -gt 4096) { $value['more'] = $true; break }
    $value['hives'][$name] = ConvertTo-Part (Invoke-Guarded 'Read-SubKey' @{ key = $root; name = ($name + $path.Substring(1)); ask = $ask; level = 0 })
  }
  return $value
}
#
# service: SCM and registry now; WMI, which may start services, later and for all together; a second reading after the network.
function Read-ServiceState([string]$name) {
  $status = (Get-Service -Name $name).Status
  if ($null -eq $status) { throw 'the status of the service cannot be read' }
  return @{ status = [int]$status }
}
# With the start type as Get-Service shows it: null before .NET Framework 4.6.1, which has no such property.
function Read-ShownService([string]$name) {
  $service = Get-Service -Name $name
  $part = @{ status = (Read-Member $service 'Status'); startType = (Read-Member $service 'StartType') }
  if ($null -eq $part['status']) { throw 'the status of the service cannot be read' }
  $part['status'] = [int]$part['status']
  if ($null -ne $part['startType']) { $part['startType'] = [int]$part['startType'] }
  return $part
}
function Read-ServiceKey([string]$name) {
  $node = Read-Registry @(('HKLM\SYSTEM\CurrentControlSet\Services\' + $name), 'value=Start', 'value=DelayedAutostart', 'value=ImagePath', 'value=ObjectName')
  $part = @{}
  foreach ($entry in $node['values'].GetEnumerator()) { $part[$entry.Key] = $entry.Value['data'] }
  return $part
}
function Start-ServiceReading($words) {
  $ask = Read-Words $words @('again', 'start')
  Assert-Name $ask['subject'] '*?[]`"''\/'
  $shown = Test-Given $ask 'start' 'shown'
  $ticket = @{ turn = 5; finish = 'Complete-Service'; name = $ask['subject']; again = (Test-Given $ask 'again' 'yes')
    begun = [datetime]::UtcNow; wmi = $null; second = $null }
  if ($shown) { $ticket['scm'] = ConvertTo-Part (Invoke-Guarded 'Read-ShownService' $ask['subject']) }
  else { $ticket['scm'] = ConvertTo-Part (Invoke-Guarded 'Read-ServiceState' $ask['subject']) }
  if ($ticket['scm'].ContainsKey('absent')) { throw 'Absent' }
  $ticket['key'] = ConvertTo-Part (Invoke-Guarded 'Read-ServiceKey' $ask['subject'])
  $Run['services'] = $Run['services'] + $ticket
  return $ticket
}
$ServiceProperties = @('State', 'StartMode', 'StartName', 'ProcessId', 'ExitCode', 'ServiceSpecificExitCode', 'PathName')
# Win32_Service for several tickets at once: a part for each, by upper-case name.
function Read-ServiceInstances($tickets) {
  $parts = New-Map
  for ($at = 0; $at -lt $tickets.Length; $at += 20) {
    $names = @(foreach ($ticket in $tickets[$at..($at + 19)]) { if ($null -ne $ticket) { $ticket['name'] } })
    $filter = (@(foreach ($name in $names) { "Name='" + $name + "'" }) -join ' OR ')
    $answer = Invoke-Guarded 'Find-Instances' @{ class = 'Win32_Service'; namespace = 'root\cimv2'; filter = $filter }
    # No such class is no answer about a service.
    if ($answer['state'] -ceq 'absent') { $answer = @{ state = 'unreadable'; why = @{ id = 'Unsupported'; message = 'WMI has no class Win32_Service here' } } }
    foreach ($name in $names) {
      $parts[$name.ToUpperInvariant()] = ConvertTo-Part $answer
      if ($answer['state'] -ceq 'observed') { $parts[$name.ToUpperInvariant()] = @{ absent = $true } }
    }
    if ($answer['state'] -cne 'observed') { continue }
    foreach ($row in $answer['value']['rows']) { $parts[([string](Read-Member $row 'Name')).ToUpperInvariant()] = ConvertTo-Instance $row $ServiceProperties }
  }
  return $parts
}
# Before the first probe of WMI or COM, else at the end: what these start must not show in a first reading.
function Read-FirstServiceInstances {
  $waiting = @(foreach ($ticket in $Run['services']) { if ($null -eq $ticket['wmi']) { $ticket } })
  if ($waiting.Length -eq 0) { return }
  $parts = Read-ServiceInstances $waiting
  foreach ($ticket in $waiting) { $ticket['wmi'] = $parts[$ticket['name'].ToUpperInvariant()] }
}
# The second readings, together, ten seconds after the last of the first ones.
function Read-ServicesAgain {
  $waiting = @(foreach ($ticket in $Run['services']) { if ($ticket['again']) { $ticket } })
  if ($waiting.Length -eq 0) { return }
  $until = $waiting[-1]['begun'].AddSeconds(10)
  if ($until -gt $Run['deadline']) {
    foreach ($ticket in $waiting) { $ticket['second'] = @{ scm = @{ unreadable = @{ id = 'BudgetSpent' } }; wmi = @{ unreadable = @{ id = 'BudgetSpent' } } } }
    return
  }
  $left = [int]($until - [datetime]::UtcNow).TotalMilliseconds
  if ($left -gt 0) { Start-Sleep -Milliseconds $left }
  foreach ($ticket in $waiting) { $ticket['second'] = @{ scm = (ConvertTo-Part (Invoke-Guarded 'Read-ServiceState' $ticket['name'])) } }
  $parts = Read-ServiceInstances $waiting
  foreach ($ticket in $waiting) { $ticket['second']['wmi'] = $parts[$ticket['name'].ToUpperInvariant()] }
}
function Complete-Service($ticket) {
  $value = @{ scm = $ticket['scm']; key = $ticket['key']; wmi = $ticket['wmi'] }
  $absent = @(foreach ($part in @('key', 'wmi')) { if ($value[$part].ContainsKey('absent')) { $part } })
  $unreadable = @(foreach ($part in @('scm', 'key', 'wmi')) { if ($value[$part].ContainsKey('unreadable')) { $part } })
  if ($unreadable.Length -gt 0 -and $unreadable[0] -ceq 'scm' -and $absent.Length -eq 2) { throw 'Absent' }
  if ($unreadable.Length -eq 3) { return @{ unreadable = $value['scm']['unreadable'] } }
  if ($ticket['again']) { $value['again'] = $ticket['second'] }
  return $value
}
#
# process
function Read-Process($words) {
  $ask = Read-Words $words @()
  Assert-Name $ask['subject'] '*?[]`"'''
  $by = @{}
  foreach ($process in @(Get-Process -Name $ask['subject'])) { $by[[int]$process.Id] = $process }
  [int[]]$ids = @($by.PSBase.Keys)
  [Array]::Sort($ids)
  $value = @{ processes = @(); more = ($ids.Length -gt 200) }
  # Another account's process may hide all but its id: properties that throw read as null.
  $value['processes'] = @(foreach ($id in @($ids[0..199])) {
    if ($null -ne $id) {
      @{ id = $id; path = (Read-Member $by[$id] 'Path'); started = (Read-Member $by[$id] 'StartTime'); company = (Read-Member $by[$id] 'Company')
        version = (Read-Member $by[$id] 'FileVersion') }
    }
  })
  return $value
}
#
# events: the log's own query does the sorting out; texts are searched here, because its language has no "contains".
function ConvertTo-XPathText([string]$text) {
  if ($text.IndexOf([char]"'") -lt 0) { return "'" + $text + "'" }
  if ($text.IndexOf([char]'"') -lt 0) { return '"' + $text + '"' }
  throw 'BadArgument: a provider holds one kind of quotes at most'
}
function Read-Events($words) {
  $ask = Read-Words $words @('provider', 'id', 'level', 'contains', 'since', 'newest', 'kinds')
  Assert-Name $ask['subject'] '*?[]`"'''
  $newest = ConvertTo-Number (Get-One $ask 'newest' '50') 1 500
  $terms = @()
  if ($ask['provider'].Length -gt 0) { $terms += 'Provider[@Name=' + (ConvertTo-XPathText (Get-One $ask 'provider' '')) + ']' }
  if ($ask['id'].Length + $ask['level'].Length -gt 20) { throw 'NotAllowed: at most 20 ids and levels' }
  if ($ask['id'].Length -gt 0) { $terms += '(' + (@(foreach ($id in $ask['id']) { 'EventID=' + (ConvertTo-Number $id 0 65535) }) -join ' or ') + ')' }
  if ($ask['level'].Length -gt 0) { $terms += '(' + (@(foreach ($level in $ask['level']) { 'Level=' + (ConvertTo-Number $level 0 255) }) -join ' or ') + ')' }
  if ($ask['since'].Length -gt 0) {
    $since = Get-One $ask 'since' ''
    if ($since -cnotmatch '^[0-9]{1,5}[mhd]\z') { throw 'BadArgument: since is a number and m, h or d' }
    $minutes = @{ m = 1; h = 60; d = 1440 }[[string]$since[-1]]
    $terms += 'TimeCreated[timediff(@SystemTime) <= ' + ([long]$since.Substring(0, $since.Length - 1) * $minutes * 60000) + ']'
  }
  $query = '*'
  if ($terms.Length -gt 0) { $query = '*[System[' + ($terms -join ' and ') + ']]' }
  $log = Get-WinEvent -ListLog $ask['subject']
  $value = @{ enabled = $log.IsEnabled; oldest = $null; events = @(); more = $false }
  $kinds = Test-Given $ask 'kinds' 'yes'
  if ($kinds) {
    $value['classic'] = $log.IsClassicLog
    # PowerShell 6 and later have no such cmdlet.
    $value['older'] = ($null -ne (Get-Command -Name 'Get-EventLog' -ErrorAction SilentlyContinue))
  }
  $look = $newest + 1
  if ($ask['contains'].Length -gt 0) { $look = 20001 }
  $found = @{}
  $seen = @{ count = 0 }
  # A break inside the pipeline leaves the loop around it, and so ends the reading of the log: Select-Object -First does not in 2.0.
  do {
    try {
      Get-WinEvent -LogName $ask['subject'] -FilterXPath $query -MaxEvents $look | ForEach-Object {
        $seen['count']++
        if ($seen['count'] -gt 20000) { $value['more'] = $true; break }
        if (Test-EventText $_ $ask['contains']) {
          if ($found.PSBase.Count -eq $newest) { $value['more'] = $true; break }
          $event = ConvertTo-Event $_
          if ($kinds) { $event['kinds'] = @(Read-Kinds $_) }
          $found[$found.PSBase.Count] = $event
        }
      }
    }
    catch { Assert-NoEvents $_ }
  } while ($false)
  $value['events'] = @(for ($i = 0; $i -lt $found.PSBase.Count; $i++) { $found[$i] })
  try { foreach ($record in @(Get-WinEvent -LogName $ask['subject'] -Oldest -MaxEvents 1)) { $value['oldest'] = $record.TimeCreated } }
  catch { Assert-NoEvents $_ }
  return $value
}
# A log without a fitting event is an answer; every other failure is one.
function Assert-NoEvents($record) { if (-not ([string]$record.FullyQualifiedErrorId).StartsWith('NoMatchingEventsFound', 'Ordinal')) { throw $record } }
function Test-EventText($record, $literals) {
  if ($literals.Length -eq 0) { return $true }
  $texts = @(foreach ($property in $record.Properties) { [string]$property.Value })
  foreach ($literal in $literals) { foreach ($text in $texts) { if ($text.IndexOf($literal, [StringComparison]::OrdinalIgnoreCase) -ge 0) { return $true } } }
  $message = [string]$record.Message
  foreach ($literal in $literals) { if ($message.IndexOf($literal, [StringComparison]::OrdinalIgnoreCase) -ge 0) { return $true } }
  return $false
}
# What each of the event's properties is: of a text in the answer only this tells whether it is one.
function Read-Kinds($record) {
  $count = 0
  foreach ($property in $record.Properties) {
    $count++
    if ($count -gt 32) { break }
    $value = $property.Value
    if ($value -is [string]) { 'text' }
    elseif ($value -is [guid]) { 'guid' }
    elseif ($value -is [byte[]]) { 'bytes' }
    else { 'other' }
  }
}
function ConvertTo-Event($record) {
  $properties = @(foreach ($property in $record.Properties) { , (ConvertTo-Plain $property.Value 2048) })
  if ($properties.Length -gt 32) { $properties = $properties[0..31] }
  return @{ id = [int]$record.Id; provider = [string]$record.ProviderName; level = (ConvertTo-Plain $record.Level 16); time = $record.TimeCreated
    record = $record.RecordId; properties = $properties; message = (ConvertTo-Plain $record.Message 4096) }
}
#
# Files. A path is expanded here, because only the host knows its variables, and then checked: one local drive, no way back, no stream.
function Expand-Path([string]$text, [string]$refused) {
  if ($Full) { $path = Expand-Environment $text }
  else {
    $path = $text
    foreach ($match in [regex]::Matches($text, '%([^%=:\\]+)%')) {
      $place = 'Env:\' + $match.Groups[1].Value.ToUpperInvariant()
      if (Test-Path -LiteralPath $place) { $path = $path.Replace($match.Value, (Get-Item -LiteralPath $place).Value) }
    }
  }
  if ($path -cnotmatch '^[A-Za-z]:\\[^\x00-\x1f/<>|":]*\z') { throw 'BadArgument: a path is X:\..., without / < > | " and :' }
  Assert-Name $path $refused
  $segments = @(foreach ($segment in $path.Substring(3).Split('\')) {
    if ($segment -ceq '.' -or $segment -ceq '..') { throw 'BadArgument: a path has no segment . or ..' }
    if ($segment.Length -gt 0) { $segment }
  })
  return @{ drive = $path.Substring(0, 2); segments = $segments; text = ($path.Substring(0, 3) + ($segments -join '\')) }
}
function Join-Place([string]$place, [string]$name) {
  if ($place.EndsWith('\', 'Ordinal')) { return $place + $name }
  return $place + '\' + $name
}
# One file or folder, null where there is none; who refuses is noted.
function Get-Place([string]$path, $walk) {
  try { return Get-Item -LiteralPath $path -Force }
  catch { if (-not (Test-Absent $_)) { $walk['refused'][$path] = Read-Failure $_ } }
}
# What a folder holds.
function Get-Inside([string]$path, $walk) {
  $item = Get-Place $path $walk
  if ($null -eq $item -or -not $item.PSIsContainer) { return }
  try { return Get-ChildItem -LiteralPath $path -Force }
  catch { $walk['refused'][$path] = Read-Failure $_ }
}
# A folder and up to four levels of folders below it. The guest agent's folder gets a new file every 15 seconds: it is not walked.
function Get-FoldersBelow([string]$path, $walk) {
  $all = @{ 0 = $path }
  $level = @($path)
  for ($depth = 0; $depth -lt 4; $depth++) {
    $next = @{}
    foreach ($folder in $level) {
      if ($folder.Substring(1).ToUpperInvariant() -ceq ':\WINDOWSAZURE') { $walk['refused'][$folder] = @{ id = 'NotAllowed' }; continue }
      if ($walk['looked'] -ge 2000) { $walk['more'] = $true; break }
      $walk['looked']++
      foreach ($item in @(Get-Inside $folder $walk)) {
        # 1024: a reparse point, which may lead anywhere.
        if ($item.PSIsContainer -and ([int]$item.Attributes -band 1024) -eq 0) {
          $below = Join-Place $folder $item.Name
          $next[$next.PSBase.Count] = $below
          $all[$all.PSBase.Count] = $below
        }
      }
    }
    $level = @(for ($i = 0; $i -lt $next.PSBase.Count; $i++) { $next[$i] })
  }
  return @(for ($i = 0; $i -lt $all.PSBase.Count; $i++) { $all[$i] })
}
# The files and folders (or files only) that fit a pattern, at most $most, in the order of their paths.
function Find-Places([string]$pattern, [int]$most, [bool]$files) {
  $path = Expand-Path $pattern ''
  $walk = @{ refused = (New-Map); looked = 0; more = $false }
  $doubled = @(foreach ($segment in $path['segments']) { if ($segment.Contains('**')) { $segment } })
  if ($doubled.Length -gt 1 -or ($doubled.Length -eq 1 -and $doubled[0] -cne '**')) { throw 'BadArgument: ** stands alone in its segment, and once' }
  if ($doubled.Length -eq 1 -and $path['segments'][0].ToUpperInvariant() -ceq 'WINDOWSAZURE') { throw 'NotAllowed: ** below \WindowsAzure' }
  $places = @($path['drive'] + '\')
  for ($i = 0; $i -lt $path['segments'].Length; $i++) {
    $segment = $path['segments'][$i]
    $last = ($i -eq $path['segments'].Length - 1)
    if ($segment -ceq '**') { $places = @(foreach ($place in $places) { Get-FoldersBelow $place $walk }) }
    elseif ($segment.IndexOfAny('*?'.ToCharArray()) -lt 0) { $places = @(foreach ($place in $places) { Join-Place $place $segment }) }
    else {
      $fit = '(?s)^' + [regex]::Escape($segment.ToUpperInvariant()).Replace('\*', '.*').Replace('\?', '.') + '\z'
      $places = @(foreach ($place in $places) {
        foreach ($item in @(Get-Inside $place $walk)) {
          if (($last -or $item.PSIsContainer) -and $item.Name.ToUpperInvariant() -cmatch $fit) { Join-Place $place $item.Name }
        }
      })
    }
  }
  [string[]]$sorted = $places
  [Array]::Sort($sorted, [StringComparer]::OrdinalIgnoreCase)
  $count = 0
  $items = @(foreach ($place in $sorted) {
    $item = Get-Place $place $walk
    if ($null -eq $item -or ($files -and $item.PSIsContainer)) { continue }
    if ($count -ge $most) { $walk['more'] = $true; break }
    $count++
    @{ path = $place; item = $item }
  })
  [string[]]$refused = @($walk['refused'].PSBase.Keys)
  [Array]::Sort($refused, [StringComparer]::OrdinalIgnoreCase)
  if ($items.Length -eq 0 -and $refused.Length -eq 0) { throw 'Absent' }
  if ($items.Length -eq 0) { return @{ unreadable = $walk['refused'][$refused[0]] } }
  $unreadable = @(foreach ($place in @($refused[0..49])) { if ($null -ne $place) { @{ path = $place; why = $walk['refused'][$place] } } })
  return @{ items = $items; more = $walk['more']; unreadable = $unreadable }
}
function ConvertTo-Version($info) {
  if ($null -eq $info) { return $null }
  $text = @($info.FileMajorPart, $info.FileMinorPart, $info.FileBuildPart, $info.FilePrivatePart) -join '.'
  if ($text -ceq '0.0.0.0') { return $null }
  return $text
}
function Read-Path($words) {
  $ask = Read-Words $words @()
  $found = Find-Places $ask['subject'] 200 $false
  if (-not $found.ContainsKey('items')) { return $found }
  $value = @{ more = $found['more']; unreadable = $found['unreadable'] }
  $value['matches'] = @(foreach ($one in $found['items']) {
    $entry = @{ path = $one['path']; directory = [bool]$one['item'].PSIsContainer; length = $null; modified = $one['item'].LastWriteTimeUtc; version = $null }
    if (-not $entry['directory']) { $entry['length'] = $one['item'].Length; $entry['version'] = ConvertTo-Version $one['item'].VersionInfo }
    $entry
  })
  return $value
}
#
# tail
# A file that others may be writing, open for reading. Absent and refused are told apart by the exception inside.
function Open-File([string]$path) {
  try { return Open-SharedFile $path }
  catch {
    for ($inner = $_.Exception; $null -ne $inner; $inner = $inner.InnerException) {
      if ($inner -is [System.IO.FileNotFoundException] -or $inner -is [System.IO.DirectoryNotFoundException] -or
          $inner -is [System.IO.DriveNotFoundException]) { throw 'Absent' }
    }
    throw
  }
}
function Read-Bytes($stream, [long]$from, [long]$to) {
  $null = $stream.Seek($from, [System.IO.SeekOrigin]::Begin)
  $buffer = New-Object byte[] ([int]($to - $from))
  $got = 0
  while ($got -lt $buffer.Length) {
    $more = $stream.Read($buffer, $got, $buffer.Length - $got)
    if ($more -le 0) { break }
    $got += $more
  }
  return @{ bytes = $buffer; length = $got }
}
# Encoding by byte order mark, else UTF-8.
function Read-Encoding($stream) {
  $head = Read-Bytes $stream 0 3
  $b = $head['bytes']
  if ($head['length'] -ge 2 -and $b[0] -eq 0xFF -and $b[1] -eq 0xFE) {
    return @{ name = 'utf-16le'; mark = 2; unit = 2; low = 0; encoding = [System.Text.Encoding]::Unicode }
  }
  if ($head['length'] -ge 2 -and $b[0] -eq 0xFE -and $b[1] -eq 0xFF) {
    return @{ name = 'utf-16be'; mark = 2; unit = 2; low = 1; encoding = [System.Text.Encoding]::BigEndianUnicode }
  }
  $mark = 0
  if ($head['length'] -ge 3 -and $b[0] -eq 0xEF -and $b[1] -eq 0xBB -and $b[2] -eq 0xBF) { $mark = 3 }
  return @{ name = 'utf-8'; mark = $mark; unit = 1; low = 0; encoding = [System.Text.Encoding]::UTF8 }
}
# The first line feed from an offset on, -1 where there is none.
function Find-LineFeed([byte[]]$bytes, [int]$at, $how) {
  while ($true) {
    $at = [Array]::IndexOf($bytes, [byte]10, $at)
    if ($at -lt 0 -or $how['unit'] -eq 1) { return $at }
    $start = $at - $how['low']
    if ($start % 2 -eq 0 -and $start + 1 -lt $bytes.Length -and $bytes[$start + 1 - $how['low']] -eq 0) { return $start }
    $at++
  }
}
# Signatures never leave the host; neither do the strings of the JSON keys that are asked to be blanked.
function Hide-Secrets([string]$text, $keys) {
  $text = Hide-Matches $text '(?<=[sS][iI][gG](?:=|%3[dD]))[^\x00-\x20&"''<>]+'
  foreach ($key in $keys) {
    $text = [regex]::Replace($text, ('(?s)("' + [regex]::Escape($key) + '"[ \t\r\n]*:[ \t\r\n]*")(?>[^"\\]*(?:\\.[^"\\]*)*)'), '$1')
  }
  return $text
}
# The newest lines that hold one of the literals, found backwards step by step; what stands before the first line feed of a step goes
# to the step before it. Lines are found as bytes, so that what was searched is known to the byte.
function Find-Lines($stream, [long]$length, $how, $ask) {
  $result = @{ lines = @(); searched = [long]0; whole = $false }
  $start = $length
  $carry = New-Object byte[] 0
  $found = @{}
  for ($steps = 1; $steps -le 32 -and $start -gt $how['mark'] -and $found.PSBase.Count -lt 50; $steps++) {
    $end = $start
    $start = [Math]::Max([long]$how['mark'], $length - $steps * 1048576)
    if ($how['unit'] -eq 2 -and $start % 2 -ne 0) { $start++ }
    $read = Read-Bytes $stream $start $end
    $bytes = New-Object byte[] ($read['length'] + $carry.Length)
    [Array]::Copy($read['bytes'], 0, $bytes, 0, $read['length'])
    [Array]::Copy($carry, 0, $bytes, $read['length'], $carry.Length)
    $first = 0
    if ($start -gt $how['mark']) {
      $first = (Find-LineFeed $bytes 0 $how) + $how['unit']
      if ($first -lt $how['unit']) { $carry = $bytes; continue }
    }
    $carry = New-Object byte[] $first
    [Array]::Copy($bytes, 0, $carry, 0, $first)
    if (-not (Test-AnyLiteral ($how['encoding'].GetString($bytes, $first, $bytes.Length - $first)) $ask['lines-with'])) { continue }
    $stop = $bytes.Length
    while ($stop -gt $first -and $found.PSBase.Count -lt 50) {
      $from = (Find-LastLineFeed $bytes ($stop - $how['unit']) $first $how) + $how['unit']
      if ($from -lt $first) { $from = $first }
      $line = $how['encoding'].GetString($bytes, $from, $stop - $from)
      if (Test-AnyLiteral $line $ask['lines-with']) {
        $found[$found.PSBase.Count] = Limit-Text (Hide-Secrets ($line -creplace '\r?\n?\z', '') $ask['blank']) 4096
        $result['searched'] = $length - $start - $from
      }
      $stop = $from
    }
  }
  if ($found.PSBase.Count -lt 50) { $result['searched'] = $length - $start }
  $result['whole'] = ($result['searched'] -ge $length - $how['mark'])
  if ($result['whole']) { $result['searched'] = $length }
  $result['lines'] = @(for ($i = $found.PSBase.Count - 1; $i -ge 0; $i--) { $found[$i] })
  return $result
}
# The last line feed that ends before $to and does not start before $least.
function Find-LastLineFeed([byte[]]$bytes, [int]$to, [int]$least, $how) {
  while ($true) {
    if ($to -le $least) { return - $how['unit'] }
    $at = [Array]::LastIndexOf($bytes, [byte]10, $to - 1, $to - $least)
    if ($at -lt 0) { return - $how['unit'] }
    if ($how['unit'] -eq 1) { return $at }
    $start = $at - $how['low']
    if ($start % 2 -eq 0 -and $start -ge $least -and $bytes[$start + 1 - $how['low']] -eq 0) { return $start }
    $to = $at
  }
}
function Test-AnyLiteral([string]$text, $literals) {
  foreach ($literal in $literals) { if ($text.Contains($literal)) { return $true } }
  return $false
}
function Read-Tail($words) {
  $ask = Read-Words $words @('bytes', 'lines-with', 'blank')
  $size = ConvertTo-Number (Get-One $ask 'bytes' '65536') 0 1048576
  Assert-Full 'reading a file'
  $path = (Expand-Path $ask['subject'] '*?')['text']
  $modified = (Get-Item -LiteralPath $path -Force).LastWriteTimeUtc
  $stream = Open-File $path
  try {
    $how = Read-Encoding $stream
    # The method, not the property: a getter that throws reads as null.
    $length = $stream.get_Length()
    $from = [Math]::Max([long]$how['mark'], $length - $size)
    if ($how['unit'] -eq 2 -and $from % 2 -ne 0 -and $from -lt $length) { $from++ }
    $before = [Math]::Max([long]$how['mark'], $from - $how['unit'])
    $read = Read-Bytes $stream $before ([Math]::Max($from, $length))
    $bytes = $read['bytes']
    $at = [int]($from - $before)
    $got = $read['length']
    $inside = ($at -gt 0 -and (Find-LineFeed $bytes[0..($at - 1)] 0 $how) -ne 0)
    $skip = $at
    if ($at -gt 0 -and $how['unit'] -eq 1) { while ($skip -lt $got -and $skip -lt $at + 3 -and ($bytes[$skip] -band 0xC0) -eq 0x80) { $skip++ } }
    # A low surrogate first: its other half was left behind.
    if ($at -gt 0 -and $how['unit'] -eq 2 -and $skip + 1 -lt $got -and ($bytes[$skip + 1 - $how['low']] -band 0xFC) -eq 0xDC) { $skip += 2 }
    if ($skip -gt $at) { $inside = $true }
    $text = ''
    if ($got -gt $skip) { $text = $how['encoding'].GetString($bytes, $skip, $got - $skip) }
    $value = @{ path = $path; text = (Hide-Secrets $text $ask['blank']); encoding = $how['name']; length = $length; from = $before + $skip
      inside = $inside; modified = $modified
      lines = @(); searched = 0; whole = ($before + $skip -le $how['mark']) }
    if ($ask['lines-with'].Length -gt 0) {
      $found = Find-Lines $stream $length $how $ask
      foreach ($name in @('lines', 'searched', 'whole')) { $value[$name] = $found[$name] }
    }
    return $value
  }
  finally { $stream.Close() }
}
#
# xml: the shape of a document, never the document.
function Read-Xml($words) {
  $ask = Read-Words $words @('element', 'literal')
  Assert-Full 'reading a file'
  foreach ($element in $ask['element']) { if ($element -cnotmatch '^[A-Za-z0-9_.:-]+(/[A-Za-z0-9_.:-]+)*\z') { throw 'BadArgument: an element is a/b/c' } }
  $stream = Open-File (Expand-Path $ask['subject'] '*?')['text']
  try {
    $length = $stream.get_Length()
    if ($length -gt 8388608) { throw 'NotAllowed: the document is larger than 8 MB' }
    $how = Read-Encoding $stream
    $read = Read-Bytes $stream 0 $length
  }
  finally { $stream.Close() }
  $value = @{ length = $length; wellFormed = $true; elements = (New-Map); literals = (New-Map) }
  $document = New-Object System.Xml.XmlDocument
  $document.XmlResolver = $null
  try { $document.Load((New-Object System.IO.MemoryStream($read['bytes'], 0, $read['length']))) } catch { $value['wellFormed'] = $false }
  foreach ($element in $ask['element']) {
    $value['elements'][$element] = $null
    $query = @(foreach ($name in $element.Split('/')) { "/*[name()='" + $name + "']" }) -join ''
    if ($value['wellFormed']) { $value['elements'][$element] = @($document.SelectNodes($query)).Length }
  }
  $mark = [Math]::Min($how['mark'], $read['length'])
  $text = [regex]::Replace($how['encoding'].GetString($read['bytes'], $mark, $read['length'] - $mark), '(?s)<!--.*?(-->|\z)', ' ')
  foreach ($literal in $ask['literal']) { $value['literals'][$literal] = $text.Contains($literal) }
  return $value
}
#
# descriptor
function Read-Descriptor($words) {
  $ask = Read-Words $words @('names')
  $named = Test-Given $ask 'names' 'yes'
  Assert-Full 'reading a security descriptor'
  Assert-Version 3 'a security descriptor by its literal path'
  $acl = Get-Acl -LiteralPath (Expand-Path $ask['subject'] '*?')['text']
  $value = @{ sddl = [string]$acl.GetSecurityDescriptorSddlForm('Owner, Group, Access') }
  if (-not $named) { return $value }
  $value['user'] = ''
  if (Test-Path -LiteralPath 'Env:\USERNAME') { $value['user'] = (Get-Item -LiteralPath 'Env:\USERNAME').Value }
  $value['names'] = New-Map
  $kind = [System.Security.Principal.SecurityIdentifier]
  $sids = @($acl.GetOwner($kind), $acl.GetGroup($kind)) + @(foreach ($rule in $acl.GetAccessRules($true, $true, $kind)) { $rule.IdentityReference })
  foreach ($sid in $sids) {
    if ($null -eq $sid) { continue }
    # An account that is gone has no name.
    try { $value['names'][[string]$sid.Value] = [string]$sid.Translate([System.Security.Principal.NTAccount]).Value } catch { $null = $_ }
  }
  return $value
}
#
# wmi: these classes and no other. None of them starts, installs or repairs anything when it is read (Win32_Product would).
$Classes = @{
  'root\cimv2' = @('Win32_ComputerSystem', 'Win32_ComputerSystemProduct', 'Win32_SystemEnclosure', 'Win32_BIOS', 'Win32_OperatingSystem',
    'Win32_Service', 'Win32_LogicalDisk', 'Win32_Volume', 'Win32_DiskDrive', 'Win32_NetworkAdapter', 'Win32_NetworkAdapterConfiguration',
    'Win32_IP4RouteTable', 'Win32_ServerFeature', 'Win32_QuickFixEngineering')
  'root\standardcimv2' = @('MSFT_NetRoute', 'MSFT_NetIPInterface', 'MSFT_NetIPAddress', 'MSFT_NetAdapter', 'MSFT_DNSClientServerAddress',
    'MSFT_NetConnectionProfile', 'MSFT_NetTCPConnection')
  'root\microsoft\windows\storage' = @('MSFT_Disk', 'MSFT_Partition', 'MSFT_Volume')
  'root\microsoft\windows\deviceguard' = @('Win32_DeviceGuard')
  'root\cimv2\security\microsoftvolumeencryption' = @('Win32_EncryptableVolume')
}
# DMTF time: the offset is in minutes. ManagementDateTimeConverter is refused in Constrained Language Mode.
function ConvertFrom-Dmtf([string]$text) {
  if ($text -cnotmatch '^([0-9]{14})\.([0-9]{3})[0-9]{3}([+-])([0-9]{3})\z') { return $text }
  $minutes = [int]$Matches[4]
  if ($Matches[3] -ceq '+') { $minutes = - $minutes }
  $wall = [datetime]::ParseExact($Matches[1] + $Matches[2], 'yyyyMMddHHmmssfff', $Invariant, [System.Globalization.DateTimeStyles]::None)
  return [datetime]::SpecifyKind($wall.AddMinutes($minutes), [DateTimeKind]::Utc)
}
function ConvertTo-WmiValue($value) {
  if ($value -is [string]) { $value = ConvertFrom-Dmtf $value }
  return ConvertTo-Plain $value 65536
}
function ConvertTo-Instance($row, $properties) {
  $instance = New-Map
  foreach ($name in $properties) {
    $value = Read-Member $row $name
    if ($value -is [array]) { $instance[$name] = @(foreach ($one in $value) { , (ConvertTo-WmiValue $one) }) }
    else { $instance[$name] = ConvertTo-WmiValue $value }
  }
  return $instance
}
# All properties are asked for: one that a class does not have would make the whole query invalid.
function Find-Instances($ask) {
  $left = [int]($Run['deadline'] - [datetime]::UtcNow).TotalSeconds
  if ($left -lt 5) { $left = 5 }
  try {
    if ((Get-EngineVersion).Major -ge 3) {
      if ($ask['filter'].Length -gt 0) {
        return @{ rows = @(Get-CimInstance -ClassName $ask['class'] -Namespace $ask['namespace'] -Filter $ask['filter'] -OperationTimeoutSec $left) }
      }
      return @{ rows = @(Get-CimInstance -ClassName $ask['class'] -Namespace $ask['namespace'] -OperationTimeoutSec $left) }
    }
    if ($ask['filter'].Length -gt 0) { return @{ rows = @(Get-WmiObject -Class $ask['class'] -Namespace $ask['namespace'] -Filter $ask['filter']) } }
    return @{ rows = @(Get-WmiObject -Class $ask['class'] -Namespace $ask['namespace']) }
  }
  catch {
    $id = [string]$_.FullyQualifiedErrorId
    # No such class, no such namespace. Get-WmiObject throws both under one id; only the category tells them from other failures.
    if ($id.StartsWith('HRESULT 0x80041010', 'OrdinalIgnoreCase') -or $id.StartsWith('HRESULT 0x8004100e', 'OrdinalIgnoreCase')) { throw 'Absent' }
    $category = [string]$_.CategoryInfo.Category
    if ($id.StartsWith('GetWMIManagementException', 'Ordinal') -and @('InvalidType', 'InvalidArgument') -ccontains $category) { throw 'Absent' }
    throw
  }
}
function Read-Wmi($words) {
  $ask = Read-Words $words @('namespace', 'property', 'where')
  $namespace = (Get-One $ask 'namespace' 'root\cimv2').ToLowerInvariant()
  if (-not $Classes.ContainsKey($namespace) -or -not ($Classes[$namespace] -icontains $ask['subject'])) { throw 'NotAllowed: the class is not on the list' }
  if ($ask['property'].Length -lt 1) { throw 'BadArgument: a property is wanted' }
  foreach ($name in $ask['property']) { if ($name -cnotmatch '^[A-Za-z_][A-Za-z0-9_]*\z') { throw 'BadArgument: not the name of a property' } }
  $filter = ''
  if ($ask['where'].Length -gt 0) {
    if ((Get-One $ask 'where' '') -cnotmatch '(?s)^([A-Za-z_][A-Za-z0-9_]*)=(.*)\z') { throw 'BadArgument: where is NAME=LITERAL' }
    $name = $Matches[1]
    $literal = $Matches[2]
    if ($literal -cnotmatch '^([0-9]{1,10}|[tT][rR][uU][eE]|[fF][aA][lL][sS][eE])\z') { $literal = "'" + $literal.Replace('\', '\\').Replace("'", "\'") + "'" }
    $filter = $name + '=' + $literal
  }
  Read-FirstServiceInstances
  $rows = @((Find-Instances @{ class = $ask['subject']; namespace = $namespace; filter = $filter })['rows'])
  $value = @{ instances = @(); more = ($rows.Length -gt 1000) }
  $value['instances'] = @(foreach ($row in @($rows[0..999])) { if ($null -ne $row) { ConvertTo-Instance $row $ask['property'] } })
  return $value
}
#
# tcp and http: begun when asked, without waiting and without callbacks (a script block as callback ends the process), harvested together.
function Wait-Until($async, [datetime]$until) {
  $left = [int]($until - [datetime]::UtcNow).TotalMilliseconds
  if ($left -lt 0) { $left = 0 }
  return $async.AsyncWaitHandle.WaitOne($left, $false)
}
# The innermost exceptions decide; their numbers are the same in every language.
function Read-NetworkError($record) {
  $answer = @{ outcome = 'failed'; socket = $null; web = $null; error = (Limit-Text ([string]$record.Exception.Message) 400) }
  for ($e = $record.Exception; $null -ne $e; $e = $e.InnerException) {
    if ($e -is [System.Net.Sockets.SocketException]) { $answer['socket'] = [int]$e.SocketErrorCode }
    if ($e -is [System.Net.WebException]) { $answer['web'] = [int]$e.Status }
    if ($e -is [System.Security.Authentication.AuthenticationException]) { $answer['outcome'] = 'tls' }
  }
  if ($answer['socket'] -eq 10061) { $answer['outcome'] = 'refused' }
  elseif ($answer['socket'] -eq 10013) { $answer['outcome'] = 'forbidden' }
  elseif (@(10051, 10065) -ccontains $answer['socket']) { $answer['outcome'] = 'unreachable' }
  elseif ($answer['socket'] -eq 10060 -or $answer['web'] -eq 14) { $answer['outcome'] = 'timeout' }
  elseif (@(11001, 11002, 11003, 11004) -ccontains $answer['socket'] -or $answer['web'] -eq 1) { $answer['outcome'] = 'dns' }
  # Which of these four a reset connection shows is a race.
  elseif (@(10053, 10054, 10057, 10058) -ccontains $answer['socket'] -and $answer['outcome'] -cne 'tls') { $answer['outcome'] = 'reset' }
  elseif ($answer['web'] -eq 9 -or $answer['web'] -eq 10) { $answer['outcome'] = 'tls' }
  return $answer
}
function Start-Tcp($words) {
  $ask = Read-Words $words @('port')
  $port = ConvertTo-Number (Get-One $ask 'port' '') 1 65535
  $name = $ask['subject']
  if ($name -cnotmatch '^[A-Za-z0-9._:-]+\z') { throw 'BadArgument: not the name or address of a host' }
  Assert-Full 'a connection'
  $ticket = @{ turn = 2; finish = 'Complete-Tcp'; lookup = $null; failed = $null }
  if ($name -cnotmatch '^[0-9.]+\z|:') { $ticket['lookup'] = Start-Lookup $name }
  $ticket['client'] = New-TcpClient
  try { $ticket['async'] = $ticket['client'].BeginConnect($name, $port, $null, $null) } catch { $ticket['failed'] = Read-NetworkError $_ }
  return $ticket
}
function Complete-Tcp($ticket) {
  $value = @{ dns = $null; connect = @{ outcome = 'timeout'; socket = $null; remote = $null } }
  try {
    if ($null -ne $ticket['failed']) { $value['connect']['outcome'] = $ticket['failed']['outcome']; $value['connect']['socket'] = $ticket['failed']['socket'] }
    elseif (Wait-Until $ticket['async'] $Run['until']) {
      $ticket['client'].EndConnect($ticket['async'])
      $value['connect']['outcome'] = 'connected'
      $value['connect']['remote'] = [string]$ticket['client'].Client.RemoteEndPoint
    }
  }
  catch { $failed = Read-NetworkError $_; $value['connect']['outcome'] = $failed['outcome']; $value['connect']['socket'] = $failed['socket'] }
  finally { $ticket['client'].Close() }
  if ($null -eq $ticket['lookup']) { return $value }
  $value['dns'] = @{ outcome = 'timeout'; socket = $null; addresses = @() }
  try {
    if (Wait-Until $ticket['lookup'] $Run['until']) {
      $value['dns']['addresses'] = @(foreach ($address in @(Complete-Lookup $ticket['lookup'])) { [string]$address })
      $value['dns']['outcome'] = 'resolved'
    }
  }
  catch { $value['dns']['outcome'] = 'dns'; $value['dns']['socket'] = (Read-NetworkError $_)['socket'] }
  return $value
}
function Start-Http($words) {
  $ask = Read-Words $words @('proxy', 'metadata', 'body', 'protocols', 'message')
  if ($ask['subject'] -cnotmatch '^https?://[^/?#@]+([/?#]|\z)' -or $ask['subject'] -cnotmatch '^[!-~]+\z') {
    throw 'BadArgument: a URL is http:// or https://, without user information'
  }
  $proxy = Get-One $ask 'proxy' 'none'
  if (@('none', 'default') -cnotcontains $proxy -and $proxy -cnotmatch '^[A-Za-z0-9._-]+:[0-9]{1,5}\z') {
    throw 'BadArgument: a proxy is none, default or host:port'
  }
  $metadata = Test-Given $ask 'metadata' 'yes'
  $body = ConvertTo-Number (Get-One $ask 'body' '0') 0 65536
  $default = Test-Given $ask 'protocols' 'default'
  $message = Test-Given $ask 'message' 'yes'
  Assert-Full 'a web request'
  $ticket = @{ turn = 2; finish = 'Complete-Http'; url = $ask['subject']; proxy = $proxy; metadata = $metadata; body = $body; message = $message }
  if (-not $default) { Add-Tls12 }
  $ticket['protocols'] = $Run['protocols']
  # The metadata service takes few requests a second: its tickets start one after the other, in the harvest.
  if ($ticket['url'] -cmatch '^http://169\.254\.169\.254([:/?#]|\z)') { $ticket['turn'] = 1; $ticket['finish'] = 'Complete-Metadata' }
  else { Start-Request $ticket }
  if ($default) { $Run['early'] = $Run['early'] + $ticket }
  return $ticket
}
# TLS 1.2 for the whole process, where the system does not decide (0) and it is not on. What was asked under the default protocols is
# finished first: a connection takes the protocols that are in force when it comes to its handshake.
function Add-Tls12 {
  if ($Run['protocols'] -eq 0 -or ($Run['protocols'] -band 3072) -ne 0) { return }
  $Run['until'] = [datetime]::UtcNow.AddSeconds($Run['window'] / 2)
  foreach ($ticket in $Run['early']) { $ticket['answer'] = Invoke-Guarded $ticket['finish'] $ticket }
  $Run['protocols'] = $Run['protocols'] -bor 3072
  Set-SecurityProtocol $Run['protocols']
}
function Start-Request($ticket) {
  $ticket['failed'] = $null
  try {
    $request = New-WebRequest $ticket['url']
    $ticket['request'] = $request
    $request.AllowAutoRedirect = $false
    $request.KeepAlive = $false
    $request.Timeout = [int]($Run['window'] * 1000)
    if ($ticket['proxy'] -ceq 'none') { $request.Proxy = $null }
    elseif ($ticket['proxy'] -cne 'default') { $request.Proxy = New-Object System.Net.WebProxy ('http://' + $ticket['proxy']) }
    if ($ticket['metadata']) { $request.Headers.Add('Metadata', 'true') }
    $ticket['async'] = $request.BeginGetResponse($null, $null)
  }
  catch { $ticket['failed'] = Read-NetworkError $_ }
}
# The peer's certificate, before Abort; null where the platform does not keep it. The cast leaves an X509Certificate2 as it is.
function Read-PeerCertificate($request) {
  if ($null -eq $request.ServicePoint.Certificate) { return $null }
  $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]$request.ServicePoint.Certificate
  return @{ subject = $certificate.Subject; issuer = $certificate.Issuer; thumbprint = $certificate.Thumbprint; notBefore = $certificate.NotBefore
    notAfter = $certificate.NotAfter }
}
# What a stream holds, up to a number of bytes and a time.
function Read-Stream($stream, [int]$most, [datetime]$until) {
  $buffer = New-Object byte[] $most
  $got = 0
  $cut = $false
  while ($got -lt $most) {
    $reading = $stream.BeginRead($buffer, $got, $most - $got, $null, $null)
    if (-not (Wait-Until $reading $until)) { $cut = $true; break }
    $more = $stream.EndRead($reading)
    if ($more -le 0) { break }
    $got += $more
  }
  return @{ bytes = $buffer; length = $got; cut = $cut }
}
function Complete-Request($ticket) {
  $value = @{ outcome = 'timeout'; status = $null; statusText = $null; length = $null; location = $null; body = ''; cut = $false; socket = $null
    web = $null; error = $null; certificate = $null; protocols = $ticket['protocols'] }
  if ($ticket['message']) { $value['message'] = $null }
  $response = $null
  $failed = $ticket['failed']
  try {
    if ($null -eq $failed) {
      if (-not (Wait-Until $ticket['async'] $Run['until'])) { return $value }
      try { $response = $ticket['request'].EndGetResponse($ticket['async']) }
      catch {
        # 4xx and 5xx arrive as exceptions that carry the response.
        for ($e = $_.Exception; $null -ne $e; $e = $e.InnerException) {
          if ($e -is [System.Net.WebException]) {
            $response = $e.Response
            if ($ticket['message'] -and $null -ne $response) { $value['message'] = Limit-Text ([string]$e.Message) 400 }
          }
        }
        if ($null -eq $response) { $failed = Read-NetworkError $_ }
      }
      $value['certificate'] = Read-PeerCertificate $ticket['request']
    }
    if ($null -ne $failed) {
      foreach ($name in @('outcome', 'socket', 'web', 'error')) { $value[$name] = $failed[$name] }
      return $value
    }
    $value['outcome'] = 'answered'
    $value['status'] = [int]$response.StatusCode
    $value['statusText'] = [string]$response.StatusDescription
    if ($response.ContentLength -ge 0) { $value['length'] = $response.ContentLength }
    $value['location'] = $response.Headers['Location']
    if ($ticket['body'] -gt 0) {
      # What has arrived by the deadline is still read.
      $read = Read-Stream ($response.GetResponseStream()) $ticket['body'] ($Run['until'].AddSeconds($Run['window'] / 8))
      $value['body'] = [System.Text.Encoding]::UTF8.GetString($read['bytes'], 0, $read['length'])
      $value['cut'] = $read['cut']
    }
    return $value
  }
  finally {
    if ($null -ne $ticket['request']) { $ticket['request'].Abort() }
    if ($null -ne $response) { $response.Close() }
  }
}
function Complete-Http($ticket) { return Complete-Request $ticket }
# One at a time, each within a third of the time; "too many" and "gone for now" are tried again.
function Complete-Metadata($ticket) {
  $until = $Run['until']
  for ($try = 1; $true; $try++) {
    Start-Request $ticket
    $share = [datetime]::UtcNow.AddSeconds($Run['window'] / 3)
    if ($share -lt $until) { $Run['until'] = $share }
    $value = Complete-Request $ticket
    $Run['until'] = $until
    if (@(429, 410) -cnotcontains $value['status'] -or $try -ge 3 -or [datetime]::UtcNow.AddSeconds(2) -gt $until) { return $value }
    Start-Sleep -Milliseconds 2000
  }
}
#
# certificates
function Read-Certificates($words) {
  $ask = Read-Words $words @()
  if (-not [string]::Equals($ask['subject'], 'LocalMachine\My', 'OrdinalIgnoreCase')) { throw 'NotAllowed: only LocalMachine\My' }
  $found = @(Get-ChildItem -LiteralPath 'Cert:\LocalMachine\My')
  $value = @{ certificates = @(); more = ($found.Length -gt 200) }
  $value['certificates'] = @(foreach ($one in @($found[0..199])) {
    if ($null -ne $one) {
      $entry = @{}
      foreach ($name in @('subject', 'issuer', 'friendlyName', 'notBefore', 'notAfter', 'thumbprint', 'hasPrivateKey')) {
        $entry[$name] = Read-Member $one $name
      }
      if ($entry['friendlyName'] -ceq '') { $entry['friendlyName'] = $null }
      $entry
    }
  })
  return $value
}
#
# native: three programs, with these arguments and no others.
function ConvertTo-Lines([string]$text) {
  $text = $text.Replace([string][char]13 + [string][char]10, [string][char]10)
  return Limit-Text (Hide-UserInfo ($text.TrimEnd([char]10))) 65536
}
function Start-Native($words) {
  $ask = Read-Words $words @()
  if ($ask['subject'] -cne 'vssadmin list writers') { return @{ turn = 4; finish = 'Complete-Native'; command = $ask['subject'] } }
  # Takes up to two minutes and starts the shadow copy service: begun now, waited for last, in a process of its own.
  Assert-Full 'a program with a time limit'
  $ticket = @{ turn = 4; finish = 'Complete-Vssadmin'; begun = [datetime]::UtcNow }
  try { $ticket['process'] = Start-Program (Expand-Environment '%SystemRoot%\System32\vssadmin.exe') 'list writers' }
  catch { if ((Read-Failure $_)['code'] -eq 2) { throw 'Absent' }; throw }
  return $ticket
}
# Stop would turn the first line on the error stream into an error that ends the verb (Windows PowerShell 5.1).
function Complete-Native($ticket) {
  $ErrorActionPreference = 'Continue'
  $global:LASTEXITCODE = $null
  try {
    if ($ticket['command'] -ceq 'qwinsta') { $lines = @(qwinsta.exe 2>&1) }
    elseif ($ticket['command'] -ceq 'netsh winhttp show proxy') { $lines = @(netsh.exe winhttp show proxy 2>&1) }
    else { throw 'NotAllowed: not one of the three commands' }
  }
  catch { if ([string]$_.FullyQualifiedErrorId -ceq 'CommandNotFoundException') { throw 'Absent' }; throw }
  return @{ text = (ConvertTo-Lines (@(foreach ($line in $lines) { [string]$line }) -join [string][char]10)); exit = $global:LASTEXITCODE }
}
function Complete-Vssadmin($ticket) {
  $process = $ticket['process']
  $until = $ticket['begun'].AddSeconds(120)
  if ($Run['deadline'] -lt $until) { $until = $Run['deadline'] }
  $parts = @(foreach ($reader in @($process.StandardOutput, $process.StandardError)) {
    $read = Read-Stream $reader.BaseStream 262144 $until
    if ($read['cut']) { throw 'BudgetSpent: vssadmin had not ended' }
    $reader.CurrentEncoding.GetString($read['bytes'], 0, $read['length'])
  })
  $value = @{ text = (ConvertTo-Lines ($parts -join '')); exit = $null }
  if ($process.WaitForExit(1000)) { $value['exit'] = $process.ExitCode }
  return $value
}
#
# com: two objects, what is read of them is written down here.
function Read-Com($words) {
  $ask = Read-Words $words @('call', 'property')
  $call = Get-One $ask 'call' ''
  $line = ($ask['subject'] + ' ' + $call + ' ' + ($ask['property'] -join ' '))
  if (@('Microsoft.Update.AutoUpdate  Settings.NotificationLevel', 'AgentConfigManager.MgmtSvcCfg GetCloudWorkspaces workspaceId') -cnotcontains $line) {
    throw 'NotAllowed: not one of the two questions'
  }
  Assert-Full 'a COM object'
  Read-FirstServiceInstances
  try {
    if ($call -ceq 'GetCloudWorkspaces') { $object = New-Object -ComObject 'AgentConfigManager.MgmtSvcCfg' }
    else { $object = New-Object -ComObject 'Microsoft.Update.AutoUpdate' }
  }
  catch {
    # 0x80040154: class not registered.
    if ((Read-Failure $_)['hresult'] -eq -2147221164 -or ([string]$_.FullyQualifiedErrorId).StartsWith('NoCOMClassIdentified', 'Ordinal')) { throw 'Absent' }
    throw
  }
  if ($call -ceq 'GetCloudWorkspaces') {
    $found = @($object.GetCloudWorkspaces())
    # No workspace comes back as one nothing.
    if ($found.Length -eq 1 -and $null -eq $found[0]) { $found = @() }
    return @{ items = @(foreach ($item in $found) { @{ workspaceId = (ConvertTo-Plain (Read-Member $item 'workspaceId') 2048) } }) }
  }
  $level = Read-Member (Read-Member $object 'Settings') 'NotificationLevel'
  if ($null -eq $level) { throw 'the setting cannot be read' }
  return @{ properties = @{ 'Settings.NotificationLevel' = (ConvertTo-Plain $level 2048) } }
}
#
# applocker
function Read-AppLocker($words) {
  $ask = Read-Words $words @('path')
  $effective = ($ask['subject'] -ceq 'effective' -and $ask['path'].Length -eq 0)
  if (-not $effective -and ($ask['subject'] -cne 'file' -or $ask['path'].Length -ne 1)) { throw 'BadArgument: effective, or file with one path' }
  Assert-Version 3 'AppLocker'
  try {
    if ($effective) {
      $policy = [string](Get-AppLockerPolicy -Effective -Xml)
      $match = [regex]::Match($policy, '(?s)<RuleCollection\b(?=[^>]*\bType\s*=\s*["'']Exe["''])[^>]*?(?:/>|>.*?(?:</RuleCollection>|\z)|\z)')
      if ($match.Value.Length -gt 4194304) { throw 'NotAllowed: the policy is larger than 4 MB' }
      return @{ xml = $match.Value }
    }
    $null = Get-Command 'Get-AppLockerFileInformation' -CommandType 'Cmdlet', 'Function'
    $found = Find-Places $ask['path'][0] 50 $true
    if (-not $found.ContainsKey('items')) { return $found }
    return @{ more = $found['more']; files = @(foreach ($one in $found['items']) { Read-AppLockerFile $one['path'] }) }
  }
  catch { if (([string]$_.FullyQualifiedErrorId).StartsWith('CommandNotFoundException', 'Ordinal')) { throw 'Absent' }; throw }
}
function Read-AppLockerFile([string]$path) {
  $entry = @{ path = $path; publisher = $null; hash = $null }
  $information = Get-AppLockerFileInformation -Path $path
  $publisher = Read-Member $information 'Publisher'
  if ($null -ne $publisher) {
    $entry['publisher'] = @{ name = [string]$publisher.PublisherName; product = [string]$publisher.ProductName; binary = [string]$publisher.BinaryName
      version = [string]$publisher.BinaryVersion }
  }
  $hash = Read-Member (Read-Member $information 'Hash') 'HashDataString'
  if ($null -ne $hash) { $entry['hash'] = ([string]$hash).ToLowerInvariant().Replace('0x', '') }
  return $entry
}
#
# system: what is known without WMI now, the rest when WMI may be asked.
function Start-System($words) {
  $value = @{ computerName = $null; machineId = $null; psVersion = [string](Get-EngineVersion); osVersion = [string](Get-OSVersion); bitness = (Get-Bitness)
    languageMode = [string]$ExecutionContext.SessionState.LanguageMode; culture = $Run['culture']
    userSid = $null; administrator = $null; boot = $null; clock = (Get-HostTime) }
  if (Test-Path -LiteralPath 'Env:\COMPUTERNAME') { $value['computerName'] = (Get-Item -LiteralPath 'Env:\COMPUTERNAME').Value }
  try { $value['userSid'] = Get-OwnSid; $value['administrator'] = [bool](Test-OwnGroup 'S-1-5-32-544') } catch { $null = $_ }
  return @{ turn = 3; finish = 'Complete-System'; value = $value }
}
function Complete-System($ticket) {
  $wanted = @{ machineId = @('Win32_ComputerSystemProduct', 'UUID'); boot = @('Win32_OperatingSystem', 'LastBootUpTime') }
  foreach ($name in @('machineId', 'boot')) {
    $answer = Invoke-Guarded 'Find-Instances' @{ class = $wanted[$name][0]; namespace = 'root\cimv2'; filter = '' }
    if ($answer['state'] -cne 'observed') { continue }
    foreach ($row in $answer['value']['rows']) { $ticket['value'][$name] = ConvertTo-WmiValue (Read-Member $row $wanted[$name][1]) }
  }
  return $ticket['value']
}
#
# The three calls of a collection. A verb answers at once, or it begins and leaves a ticket that names what finishes it and in which turn:
# 1 metadata service, 2 network, 3 system, 4 programs, 5 services.
$Verbs = @{ registry = 'Read-Registry'; process = 'Read-Process'; events = 'Read-Events'; path = 'Read-Path'; tail = 'Read-Tail'; xml = 'Read-Xml'
  descriptor = 'Read-Descriptor'; wmi = 'Read-Wmi'; certificates = 'Read-Certificates'; com = 'Read-Com'; applocker = 'Read-AppLocker' }
$Starters = @{ service = 'Start-ServiceReading'; tcp = 'Start-Tcp'; http = 'Start-Http'; native = 'Start-Native'; system = 'Start-System' }
function Begin([string]$round, [string]$nonce, [string]$seconds) {
  $budget = ConvertTo-Number $seconds 1 3600
  $Run['round'] = ConvertTo-Number $round 1 9
  $Run['nonce'] = Read-Argument $nonce
  $Run['started'] = Get-HostTime
  $Run['deadline'] = [datetime]::UtcNow.AddSeconds($budget)
  $Run['window'] = $budget / 2
  if ($Run['window'] -gt 15) { $Run['window'] = 15 }
  $Run['answers'] = @{}
  $Run['tickets'] = @{}
  $Run['services'] = @()
  $Run['early'] = @()
  $Run['protocols'] = Get-SecurityProtocol
  $Run['culture'] = [System.Globalization.CultureInfo]::CurrentCulture.Name
  if (-not $Full) { return }
  # For this process only: cmdlets compare names by the culture of their thread (Turkish knows two letters i).
  [System.Threading.Thread]::CurrentThread.CurrentCulture = $Invariant
  # For this process only: two connections a host and a few threads are the defaults.
  [System.Net.ServicePointManager]::DefaultConnectionLimit = 100
  [System.Net.ServicePointManager]::Expect100Continue = $false
  $null = [System.Threading.ThreadPool]::SetMinThreads(64, 64)
}
function Save-Answer([int]$at, [string]$id, $answer, [datetime]$begun) {
  $answer['id'] = $id
  $answer['ms'] = [int]([datetime]::UtcNow - $begun).TotalMilliseconds
  try { $Run['answers'][$at] = ConvertTo-JsonText $answer 0 }
  catch { $Run['answers'][$at] = '{"id":' + (ConvertTo-JsonString $id) + ',"state":"unreadable","why":{"id":"NotWritable"},"ms":' + $answer['ms'] + '}' }
}
function Invoke-Verb($words) {
  if ([datetime]::UtcNow -gt $Run['deadline']) { throw 'BudgetSpent: the time of the collection is over' }
  [string[]]$rest = @($words[1..($words.Length - 1)])
  if ($words.Length -lt 2) { $rest = @() }
  if ($Starters.ContainsKey($words[0])) { return & $Starters[$words[0]] $rest }
  if ($Verbs.ContainsKey($words[0])) { return & $Verbs[$words[0]] $rest }
  throw 'UnknownVerb'
}
function Ask {
  $begun = [datetime]::UtcNow
  [string[]]$words = @(foreach ($word in $args) { Read-Argument $word })
  $at = $Run['answers'].PSBase.Count
  $answer = Invoke-Guarded 'Invoke-Verb' $words[1..($words.Length - 1)]
  if ($answer['state'] -ceq 'observed' -and $answer['value'].ContainsKey('finish')) {
    $Run['answers'][$at] = $null
    $Run['tickets'][$Run['tickets'].PSBase.Count] = @{ at = $at; id = $words[0]; begun = $begun; ticket = $answer['value'] }
    return
  }
  Save-Answer $at $words[0] $answer $begun
}
function Finish {
  $Run['until'] = [datetime]::UtcNow.AddSeconds($Run['window'])
  if ($Run['services'].Length -gt 0) { Read-FirstServiceInstances }
  for ($turn = 1; $turn -le 5; $turn++) {
    if ($turn -eq 5) { Read-ServicesAgain }
    for ($i = 0; $i -lt $Run['tickets'].PSBase.Count; $i++) {
      $open = $Run['tickets'][$i]
      if ($open['ticket']['turn'] -ne $turn) { continue }
      $answer = $open['ticket']['answer']
      if ($null -eq $answer) { $answer = Invoke-Guarded $open['ticket']['finish'] $open['ticket'] }
      Save-Answer $open['at'] $open['id'] $answer $open['begun']
    }
  }
  $list = @(for ($i = 0; $i -lt $Run['answers'].PSBase.Count; $i++) { $Run['answers'][$i] })
  $json = '{"version":1,"round":' + $Run['round'] + ',"nonce":' + (ConvertTo-JsonString $Run['nonce']) +
    ',"mode":' + (ConvertTo-JsonString ([string]$ExecutionContext.SessionState.LanguageMode)) +
    ',"started":' + (ConvertTo-JsonText $Run['started'] 0) + ',"finished":' + (ConvertTo-JsonText (Get-HostTime) 0) + ',"answers":[' + ($list -join ',') + ']}'
  $frame = '<<<vmready:1:' + $json.Length + ':' + (Get-Digest $json) + ':' + $json + ':vmready>>>'
  # Windows PowerShell may wrap what goes down the pipeline; Constrained Language Mode has no other way.
  try { [Console]::Out.WriteLine($frame) } catch { $frame }
  exit 0
}
