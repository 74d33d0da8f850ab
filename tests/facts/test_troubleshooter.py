"""What is asked of a host for the troubleshooter's records."""

from __future__ import annotations

import vmready.facts
from vmready.facts import troubleshooter
from vmready.facts.registry import facts

assert troubleshooter.__name__.startswith(vmready.facts.__name__)
HTTPS = "'https://eus2-jobruntimedata-prod-su1.azure-automation.net'"
METADATA = "'http://169.254.169.254/metadata/instance?api-version=2018-02-01'"
POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
TLS = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2"
#: As the script reads them: of the agent's own errors an hour more than its day, of the requests the second ones without a proxy.
ASKED = {
    "'system'",
    r"'registry' 'HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' 'depth=1' 'value=Release'",
    "'service' 'HealthService' 'start=shown'",
    "'service' 'wuauserv' 'start=shown'",
    "'events' 'Microsoft-SMA/Operational' 'id=15003' 'id=15004' 'newest=500' 'kinds=yes'",
    "'events' 'Operations Manager' 'id=4502' 'since=25h' 'newest=500' 'kinds=yes'",
    "'events' 'Operations Manager' 'id=1210' 'newest=500'",
    "'com' 'AgentConfigManager.MgmtSvcCfg' 'call=GetCloudWorkspaces' 'property=workspaceId'",
    r"'descriptor' 'C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys' 'names=yes'",
    rf"'registry' '{TLS}\Client' 'value=Enabled' 'value=DisabledByDefault'",
    rf"'registry' '{TLS}\Server' 'value=Enabled' 'value=DisabledByDefault'",
    f"'registry' '{POLICY}' 'value=WUServer' 'userinfo=cut'",
    rf"'registry' '{POLICY}\AU' 'value=AlwaysAutoRebootAtScheduledTime'"
    " 'value=AlwaysAutoRebootAtScheduledTimeMinutes' 'value=AUOptions'",
    f"'http' {HTTPS} 'proxy=default' 'body=65536' 'protocols=default' 'message=yes'",
    f"'http' {HTTPS} 'proxy=none' 'protocols=default' 'message=yes'",
    f"'http' {METADATA} 'proxy=default' 'metadata=yes'",
    f"'http' {METADATA} 'proxy=none' 'metadata=yes'",
    "'native' 'netsh winhttp show proxy'",
    "'tcp' 'eus2-jobruntimedata-prod-su1.azure-automation.net' 'port=443'",
}


def test_what_is_asked() -> None:
    asked = [p.text for parameter in facts.facts["troubleshooter_records"].parameters for p in parameter.probes({})]
    assert set(asked) == ASKED
    assert len(asked) == len(ASKED)
