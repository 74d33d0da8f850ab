# Files, folders, access control lists and certificates.

# Every declared path and, implicitly, the folders above it.
function Initialize-Files {
    $script:Files = [System.Collections.Specialized.OrderedDictionary]::new([StringComparer]::OrdinalIgnoreCase)
    $declared = @($HostState['files'].Keys) + @($HostState['acls'].Keys) + @($HostState['denied'])
    foreach ($name in $declared) {
        $path = [StandIns.Paths]::File($name)
        if (-not $path) { continue }
        if (-not $Files.Contains($path)) { $Files[$path] = @{ Path = $path; Entry = @{}; Container = $false; Children = [System.Collections.Generic.List[string]]::new() } }
        $entry = $HostState['files'][$name]
        if ($entry) { $Files[$path].Entry = $entry }
        if ($HostState['files'].Contains($name) -and ($null -eq $entry -or $entry['directory'])) { $Files[$path].Container = $true }
        if (-not $HostState['files'].Contains($name) -and -not [IO.Path]::HasExtension($path)) { $Files[$path].Container = $true }
        for ($child = $path; ($cut = $child.LastIndexOf([char]'\')) -gt 0; $child = $parent) {
            $parent = $child.Substring(0, $cut)
            if (-not $Files.Contains($parent)) { $Files[$parent] = @{ Path = $parent; Entry = @{}; Container = $true; Children = [System.Collections.Generic.List[string]]::new() } }
            $Files[$parent].Container = $true
            if (-not ($Files[$parent].Children -contains $child)) { $Files[$parent].Children.Add($child) }
        }
    }
    foreach ($name in @($HostState['denied'])) { $path = [StandIns.Paths]::File($name); if ($path) { $Files[$path].Denied = $true } }
}

function Test-ParentDenied([string]$Path) {
    while (($cut = $Path.LastIndexOf([char]'\')) -gt 0) { $Path = $Path.Substring(0, $cut); if ($Files[$Path] -and $Files[$Path].Denied) { return $true } }
    $false
}

function Find-File($Cmdlet, [string]$Path, [bool]$Literal, [string]$Command) {
    $name = [StandIns.Paths]::File($Path)
    if (-not $Literal -and [WildcardPattern]::ContainsWildcardCharacters($name)) {
        $depth = $name.Split('\').Count
        return @($Files.Values | Where-Object { $_.Path -like $name -and $_.Path.Split('\').Count -eq $depth -and -not (Test-ParentDenied $_.Path) })
    }
    if (Test-ParentDenied $name) { Write-NativeError $Cmdlet (New-NativeError ([UnauthorizedAccessException]::new('Access is denied')) 'ItemExistsUnauthorizedAccessError' PermissionDenied $Path $Command); return }
    if ($Files.Contains($name)) { return $Files[$name] }
    Write-NativeError $Cmdlet (New-PathNotFound $Path $Command)
}

# What a file holds: the declared entry, or its "then" once it has been opened.
function Get-FileEntry($File) { [StandIns.FileContent]::Entry($File) }

function ConvertTo-FileItem($File) {
    $entry = Get-FileEntry $File
    $name = $File.Path.Substring($File.Path.LastIndexOf([char]'\') + 1)
    $parent = if ($File.Path.Contains('\')) { $File.Path.Substring(0, $File.Path.LastIndexOf([char]'\')) } else { '' }
    $extension = [IO.Path]::GetExtension($name)
    $attributes = [IO.FileAttributes]$(if ($entry['attributes']) { $entry['attributes'] } elseif ($File.Container) { 'Directory' } else { 'Archive' })
    $modified = if ($null -ne $entry['modified']) { ConvertTo-LocalTime $entry['modified'] } else { [datetime]::new(2024, 1, 2, 3, 4, 5, [DateTimeKind]::Utc).ToLocalTime() }
    $created = if ($null -ne $entry['created']) { ConvertTo-LocalTime $entry['created'] } else { $modified }
    $item = [ordered]@{ Name = $name; FullName = $File.Path; BaseName = if ($extension -and -not $File.Container) { $name.Substring(0, $name.Length - $extension.Length) } else { $name }
        Extension = $extension; Exists = $true; Attributes = $attributes; CreationTime = $created; CreationTimeUtc = $created.ToUniversalTime(); LastWriteTime = $modified
        LastWriteTimeUtc = $modified.ToUniversalTime(); LastAccessTime = $modified; LastAccessTimeUtc = $modified.ToUniversalTime() }
    if (-not $File.Container) {
        $item['Length'] = [long]$(if ($null -ne $entry['length']) { $entry['length'] } else { [StandIns.FileContent]::Bytes($entry).Length })
        $item['DirectoryName'] = $parent
        $version = [version]$(if ($entry['version']) { $entry['version'] } else { '0.0.0.0' })
        $item['VersionInfo'] = [pscustomobject]@{ FileVersion = $entry['version']; ProductVersion = $(if ($entry['productVersion']) { $entry['productVersion'] } else { $entry['version'] })
            FileVersionRaw = $version; FileMajorPart = $version.Major; FileMinorPart = $version.Minor; FileBuildPart = [Math]::Max(0, $version.Build); FilePrivatePart = [Math]::Max(0, $version.Revision)
            FileName = $File.Path; CompanyName = $entry['company'] }
    }
    $extra = Get-ProviderProperties $File.Path 'Microsoft.PowerShell.Core\FileSystem' 'C'
    foreach ($key in $extra.Keys) { $item[$key] = $extra[$key] }
    $item['PSIsContainer'] = $File.Container
    $object = [pscustomobject]$item
    $object.PSObject.TypeNames.Insert(0, $(if ($File.Container) { 'System.IO.DirectoryInfo' } else { 'System.IO.FileInfo' }))
    $object | Add-Member -MemberType ScriptMethod -Name ToString -Value { $this.FullName } -Force -PassThru
}

function ConvertTo-CertificateItem($Entry, [string]$Store) {
    if ($Entry['base64']) { $certificate = [psobject]::new([System.Security.Cryptography.X509Certificates.X509Certificate2]::new([Convert]::FromBase64String($Entry['base64']))) }
    else {
        $certificate = ConvertTo-Objects $Entry
        foreach ($name in 'NotBefore', 'NotAfter') { $certificate | Add-Member NoteProperty $name (ConvertTo-LocalTime $Entry[$name]) -Force }
        if ($null -eq $Entry['hasPrivateKey']) { $certificate | Add-Member NoteProperty HasPrivateKey $false -Force }
        $certificate.PSObject.TypeNames.Insert(0, 'System.Security.Cryptography.X509Certificates.X509Certificate2')
    }
    $extra = Get-ProviderProperties "$Store\$($certificate.Thumbprint)" 'Microsoft.PowerShell.Security\Certificate' 'Cert'
    foreach ($name in $extra.Keys) { $certificate.PSObject.Properties.Add([psnoteproperty]::new($name, $extra[$name])) }
    $certificate
}

# Stores and certificates below Cert:\; a store that the state does not name does not exist.
function Find-Certificate($Cmdlet, [string]$Path, [string]$Command, [switch]$Children) {
    $name = [StandIns.Paths]::Certificate($Path)
    $found = $false
    foreach ($store in $HostState['certificates'].Keys) {
        if ($store -like $name) { $found = $true; if ($Children) { $HostState['certificates'][$store] | ForEach-Object { ConvertTo-CertificateItem $_ $store } } else { [pscustomobject]@{ Name = $store.Split('\')[1]; PSPath = "Microsoft.PowerShell.Security\Certificate::$store" } } }
        elseif ($store -like "$name\*") { $found = $true; if ($Children) { [pscustomobject]@{ Name = $store.Split('\')[1]; PSPath = "Microsoft.PowerShell.Security\Certificate::$store" } } }
        foreach ($entry in @($HostState['certificates'][$store])) { if ($entry -and "$store\$($entry['thumbprint'])" -like $name) { $found = $true; ConvertTo-CertificateItem $entry $store } }
    }
    if (-not $found -and -not [WildcardPattern]::ContainsWildcardCharacters($name)) { Write-NativeError $Cmdlet (New-PathNotFound $Path $Command) }
}

function Get-Item {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param([Parameter(Position = 0, Mandatory, ParameterSetName = 'Path', ValueFromPipeline, ValueFromPipelineByPropertyName)][string[]]$Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath', ValueFromPipelineByPropertyName)][Alias('PSPath')][string[]]$LiteralPath,
        [string]$Filter, [string[]]$Include, [string[]]$Exclude, [switch]$Force)
    process {
        $paths = if ($LiteralPath) { $LiteralPath } else { $Path }
        if (-not (Test-WindowsPath $paths)) { return Invoke-RealCmdlet $PSCmdlet Microsoft.PowerShell.Management\Get-Item $PSBoundParameters }
        foreach ($one in $paths) {
            if ([StandIns.Paths]::Registry($one)) { foreach ($key in Find-RegistryKey $PSCmdlet $one ([bool]$LiteralPath) GetItemCommand) { ConvertTo-KeyItem $key } }
            elseif ($null -ne [StandIns.Paths]::Certificate($one)) { Find-Certificate $PSCmdlet $one GetItemCommand }
            else { foreach ($file in Find-File $PSCmdlet $one ([bool]$LiteralPath) GetItemCommand) { ConvertTo-FileItem $file } }
        }
    }
}

function Get-ChildItem {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param([Parameter(Position = 0, ParameterSetName = 'Path', ValueFromPipeline, ValueFromPipelineByPropertyName)][string[]]$Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath', ValueFromPipelineByPropertyName)][Alias('PSPath')][string[]]$LiteralPath,
        [Parameter(Position = 1)][string]$Filter, [string[]]$Include, [string[]]$Exclude, [switch]$Recurse, [uint32]$Depth, [switch]$Force, [switch]$Name,
        [switch]$File, [switch]$Directory, [switch]$Hidden)
    process {
        $paths = if ($LiteralPath) { $LiteralPath } else { $Path }
        if (-not (Test-WindowsPath $paths)) { return Invoke-RealCmdlet $PSCmdlet Microsoft.PowerShell.Management\Get-ChildItem $PSBoundParameters }
        $levels = if ($PSBoundParameters.ContainsKey('Depth')) { $Depth } elseif ($Recurse) { [uint32]::MaxValue } else { 0 }
        $items = foreach ($one in $paths) {
            if ([StandIns.Paths]::Registry($one)) { foreach ($key in Find-RegistryKey $PSCmdlet $one ([bool]$LiteralPath) GetChildItemCommand) { Get-ChildKeys $PSCmdlet $key $levels } }
            elseif ($null -ne [StandIns.Paths]::Certificate($one)) { Find-Certificate $PSCmdlet $one GetChildItemCommand -Children }
            else { foreach ($folder in Find-File $PSCmdlet $one ([bool]$LiteralPath) GetChildItemCommand) { Get-ChildFiles $PSCmdlet $folder $levels $Filter $Force $Hidden } }
        }
        foreach ($item in $items) {
            if (($File -and $item.PSIsContainer) -or ($Directory -and -not $item.PSIsContainer)) { continue }
            if ($Include -and -not @($Include | Where-Object { $item.PSChildName -like $_ })) { continue }
            if ($Exclude -and @($Exclude | Where-Object { $item.PSChildName -like $_ })) { continue }
            if ($Name) { $item.PSChildName } else { $item }
        }
    }
}

# A child that cannot be opened is one error and the rest still comes.
function Get-ChildKeys($Cmdlet, $Key, [uint32]$Depth) {
    foreach ($name in $Key.GetSubKeyNames()) {
        $child = $Key.Find($name)
        if ($child.IsDenied()) { Write-NativeError $Cmdlet (New-RegistryDenied "$($Key.Name)\$name" GetChildItemCommand PermissionDenied); continue }
        ConvertTo-KeyItem $child
        if ($Depth -gt 0) { Get-ChildKeys $Cmdlet $child ($Depth - 1) }
    }
}

function Get-ChildFiles($Cmdlet, $Folder, [uint32]$Depth, [string]$Filter, [bool]$Force, [bool]$Hidden) {
    if (-not $Folder.Container) { return ConvertTo-FileItem $Folder }
    if ($Folder.Denied) { Write-NativeError $Cmdlet (New-AccessDenied $Folder.Path 'DirUnauthorizedAccessError' GetChildItemCommand); return }
    foreach ($path in $Folder.Children | Sort-Object) {
        $item = ConvertTo-FileItem $Files[$path]
        $isHidden = $item.Attributes.HasFlag([IO.FileAttributes]::Hidden)
        if ((-not $Filter -or $item.Name -like $Filter) -and (-not $isHidden -or $Force -or $Hidden) -and (-not $Hidden -or $isHidden)) { $item }
        if ($Depth -gt 0 -and $Files[$path].Container) { Get-ChildFiles $Cmdlet $Files[$path] ($Depth - 1) $Filter $Force $Hidden }
    }
}

function Test-Path {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param([Parameter(Position = 0, Mandatory, ParameterSetName = 'Path', ValueFromPipeline, ValueFromPipelineByPropertyName)][AllowNull()][AllowEmptyString()][string[]]$Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath', ValueFromPipelineByPropertyName)][Alias('PSPath')][string[]]$LiteralPath,
        [string]$Filter, [string[]]$Include, [string[]]$Exclude, [Alias('Type')][string]$PathType = 'Any', [switch]$IsValid)
    process {
        $paths = if ($LiteralPath) { $LiteralPath } else { $Path }
        if ($IsValid -or -not (Test-WindowsPath $paths)) { return Invoke-RealCmdlet $PSCmdlet Microsoft.PowerShell.Management\Test-Path $PSBoundParameters }
        foreach ($one in $paths) {
            $container = $null
            if ($name = [StandIns.Paths]::Registry($one)) {
                # Odd: a key that may not be opened counts as existing.
                if (-not $LiteralPath -and [WildcardPattern]::ContainsWildcardCharacters($name)) { if (@(Find-RegistryKey $PSCmdlet $one $false TestPathCommand 2>$null)) { $container = $true } }
                elseif ($Registry.Find($name)) { $container = $true }
            } elseif ($null -ne [StandIns.Paths]::Certificate($one)) { if (@(Get-Item $one -ErrorAction Ignore)) { $container = $true } }
            else {
                $name = [StandIns.Paths]::File($one)
                if (Test-ParentDenied $name) { Write-NativeError $PSCmdlet (New-NativeError ([UnauthorizedAccessException]::new('Access is denied')) 'ItemExistsUnauthorizedAccessError' PermissionDenied $one TestPathCommand) }
                else { foreach ($file in @($Files.Values | Where-Object { $_.Path -eq $name -or (-not $LiteralPath -and $_.Path -like $name) })) { if ($null -eq $container -or $file.Container) { $container = [bool]$file.Container } } }
            }
            $null -ne $container -and ($PathType -eq 'Any' -or ($PathType -eq 'Container') -eq $container)
        }
    }
}

function Get-Content {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param([Parameter(Position = 0, Mandatory, ParameterSetName = 'Path', ValueFromPipelineByPropertyName)][string[]]$Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath', ValueFromPipelineByPropertyName)][Alias('PSPath')][string[]]$LiteralPath,
        [long]$ReadCount = 1, [Alias('First', 'Head')][long]$TotalCount = -1, [Alias('Last')][int]$Tail = -1, [switch]$Force, [switch]$Raw, $Encoding, [string]$Delimiter, [switch]$AsByteStream)
    process {
        $paths = if ($LiteralPath) { $LiteralPath } else { $Path }
        if (-not (Test-WindowsPath $paths)) { return Invoke-RealCmdlet $PSCmdlet Microsoft.PowerShell.Management\Get-Content $PSBoundParameters }
        foreach ($one in $paths) {
            foreach ($file in Find-File $PSCmdlet $one ([bool]$LiteralPath) GetContentCommand) {
                if ($file.Denied -or $file.Container) { Write-NativeError $PSCmdlet (New-AccessDenied $file.Path 'GetContentReaderUnauthorizedAccessError' GetContentCommand); continue }
                $entry = Get-FileEntry $file
                $file.Opened = $true
                if ($entry['locked']) {
                    $locked = [IO.IOException]::new("The process cannot access the file '$($file.Path)' because it is being used by another process.")
                    Write-NativeError $PSCmdlet (New-NativeError $locked 'GetContentReaderIOError' ReadError $file.Path GetContentCommand); continue
                }
                $bytes = [StandIns.FileContent]::Bytes($entry)
                if ($AsByteStream -or "$Encoding" -eq 'Byte') {
                    if ($TotalCount -ge 0) { $bytes = [byte[]]@($bytes | Select-Object -First $TotalCount) } elseif ($Tail -ge 0) { $bytes = [byte[]]@($bytes | Select-Object -Last $Tail) }
                    if ($Raw -or $ReadCount -eq 0) { , $bytes } else { $bytes }
                    continue
                }
                # Odd: without a byte order mark and without -Encoding, Windows PowerShell reads the ANSI code page, so UTF-8 text comes out garbled.
                $fallback = if ("$Encoding" -match 'utf-?8') { [Text.UTF8Encoding]::new($false) } elseif ("$Encoding" -match '^(Unicode|utf-?16)') { [Text.Encoding]::Unicode } elseif ($entry['base64']) { [Text.Encoding]::Latin1 } elseif ($entry['encoding'] -and $entry['encoding'] -notmatch '^utf|^unicode') { [Text.Encoding]::GetEncoding($entry['encoding']) } else { [Text.UTF8Encoding]::new($false) }
                $text = [IO.StreamReader]::new([IO.MemoryStream]::new($bytes), $fallback, $true).ReadToEnd()
                if ($Raw) { $text; continue }
                if ($text.Length -eq 0) { continue }
                $lines = ($text -replace '\r?\n$', '') -split '\r?\n'
                if ($TotalCount -ge 0) { $lines = @($lines | Select-Object -First $TotalCount) }
                if ($Tail -ge 0) { $lines = @($lines | Select-Object -Last $Tail) }
                if ($ReadCount -eq 0) { , $lines } else { $lines }
            }
        }
    }
}

function Get-Acl {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param([Parameter(Position = 0, ParameterSetName = 'Path', ValueFromPipeline, ValueFromPipelineByPropertyName)][string[]]$Path = '.',
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath', ValueFromPipelineByPropertyName)][Alias('PSPath')][string[]]$LiteralPath, [switch]$Audit)
    process {
        foreach ($one in $(if ($LiteralPath) { $LiteralPath } else { $Path })) {
            $registryName = [StandIns.Paths]::Registry($one)
            $name = if ($registryName) { $registryName } else { [StandIns.Paths]::File($one) }
            $exists = if ($registryName) { Test-Path -LiteralPath $one } else { $name -and $Files.Contains($name) }
            if (-not $exists) { Write-NativeError $PSCmdlet (New-PathNotFound $one GetAclCommand $(if ($LiteralPath) { 'GetAcl_PathNotFound' } else { 'GetAcl_PathNotFound_Exception' })); continue }
            if (@($HostState['denied'] | Where-Object { $name -in [StandIns.Paths]::Registry($_), [StandIns.Paths]::File($_) }) -or (-not $registryName -and (Test-ParentDenied $name))) {
                $PSCmdlet.ThrowTerminatingError((New-NativeError ([UnauthorizedAccessException]::new('Attempted to perform an unauthorized operation.')) 'System.UnauthorizedAccessException' NotSpecified $null GetAclCommand))
            }
            $sddl = 'O:SYG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)'
            foreach ($declared in $HostState['acls'].Keys) { if ($name -in [StandIns.Paths]::Registry($declared), [StandIns.Paths]::File($declared)) { $sddl = $HostState['acls'][$declared] } }
            $acl = [psobject]::new([StandIns.SecurityDescriptor]::new($sddl, (Get-AccountNames)))
            $provider = if ($registryName) { 'Microsoft.PowerShell.Core\Registry' } else { 'Microsoft.PowerShell.Core\FileSystem' }
            $text = @($acl.Access | ForEach-Object { "$($_.IdentityReference) $($_.AccessControlType)  $($_.FileSystemRights)" }) -join "`n"
            foreach ($pair in @{ Path = "${provider}::$name"; Owner = "$($acl.OwnerIdentity)"; Group = "$($acl.GroupIdentity)"; AccessToString = $text }.GetEnumerator()) { $acl.PSObject.Properties.Add([psnoteproperty]::new($pair.Key, $pair.Value)) }
            $acl.PSObject.TypeNames.Insert(0, $(if ($registryName) { 'System.Security.AccessControl.RegistrySecurity' } else { 'System.Security.AccessControl.DirectorySecurity' }))
            $acl
        }
    }
}

function Get-AccountNames {
    $names = @{} + $EnglishAccounts
    if ($HostState['os']['accounts']) { foreach ($sid in $HostState['os']['accounts'].Keys) { $names[$sid] = $HostState['os']['accounts'][$sid] } }
    $names
}

function Get-AuthenticodeSignature {
    [CmdletBinding()]
    param([Parameter(Position = 0, Mandatory, ValueFromPipeline, ValueFromPipelineByPropertyName)][Alias('LiteralPath', 'PSPath')][string[]]$FilePath)
    process {
        foreach ($one in $FilePath) {
            $file = if ($path = [StandIns.Paths]::File($one)) { $Files[$path] }
            if (-not $file) { Write-NativeError $PSCmdlet (New-NativeError ([IO.FileNotFoundException]::new("File $one was not found.")) 'SignatureCommandsBaseFileNotFound' ObjectNotFound $one GetAuthenticodeSignatureCommand); continue }
            $signature = (Get-FileEntry $file)['signature']
            $status = [System.Management.Automation.SignatureStatus]$(if ($signature) { $signature['status'] } else { 'NotSigned' })
            $signer = if ($signature -and $signature['subject']) { [pscustomobject]@{ Subject = $signature['subject']; Thumbprint = $signature['thumbprint']; Issuer = $signature['issuer'] } }
            New-TypedObject 'System.Management.Automation.Signature' ([ordered]@{ Path = $file.Path; Status = $status; StatusMessage = "$status"; SignerCertificate = $signer
                TimeStamperCertificate = $null; SignatureType = $(if ($signature) { 'Authenticode' } else { 'None' }); IsOSBinary = [bool]($signature -and $signature['isOSBinary']) })
        }
    }
}
