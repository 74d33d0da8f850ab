"""Secrets that lie on hosts stay there: they are not in what a host sends, and so in no snapshot and no report."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from audits import audits
from canaries import Search, canary
from tap import Tap

from vmready.evidence.run import Run
from vmready.twin.states import load, merge

STATES = Path(__file__).parents[2] / "inventories" / "states"
LOG = r"C:\WindowsAzure\Logs\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\1.0.103.0\IaaSBcdrExtension0.log"

#: Asks for everything that is known to hold secrets, and for what the requirements of this package do not ask for.
OWN = r"""
from typing import Annotated

from tests_infra.documents import BACKUP
from vmready import Role, fact, must, observe, requirement
from vmready.facts.metadata import *
from vmready.probes import readings
from vmready.probes.vocabulary import RegistryKey, Tail

AGENT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent"
SETTINGS = r"HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings"


@fact
def token(key: Annotated[readings.Key | None, RegistryKey(AGENT, shape=("RegistrationToken",))]) -> readings.Key | None:
    return key


@fact
def proxy(key: Annotated[readings.Key | None, RegistryKey(SETTINGS, values=("ProxyServer",), cut_userinfo=True)]) -> readings.Key | None:
    return key


@fact
def log(tail: Annotated[readings.Tail | None, Tail(r"LOG", lines_with=("https",), blank=("protectedSettings",))]) -> readings.Tail | None:
    return tail


@requirement("OWN-01", must, title="Shows all it knows", severity="low", roles=[Role.AZURE_VM], source=BACKUP["Step 1"],
             rationale="Because.", remedy="Do.")
def test_own(token, proxy, log):
    observe([str(token), str(proxy), str(log)])
    assert False, f"{token} {proxy} {log}"
"""


def test_tokens_signatures_proxy_passwords_and_user_data_stay_on_the_host(tmp_path: Path) -> None:
    secrets = {name: canary(name) for name in ("token", "signature", "proxy", "winhttp", "settings", "userdata")}
    signature = secrets["signature"].replace("!", "%21").replace("/", "%2F").replace("+", "%2B")
    secrets["signature, as it stands"] = signature
    password = {name: secrets[name].replace("/", "x").replace("!", "x") for name in ("proxy", "winhttp")}
    secrets |= password
    protected = secrets["settings"].replace("/", "x")
    secrets["settings"] = protected
    lines = [
        f"2026-11-20T09:00:00Z copying https://account.blob.core.windows.net/vhds/a.vhd?sv=2023&sr=b&sig={signature}&se=2027",
        f"2026-11-20T09:00:01Z again https%3A%2F%2Faccount.blob.core.windows.net%2Fa%3Fsv%3D2023%26sig%3D{signature}%26se",
        json.dumps({"url": "https://x", "protectedSettings": protected}),
    ]
    state = merge(
        load(STATES / "session-host.yaml"),
        {
            "registry": {
                r"HKLM\SOFTWARE\Microsoft\RDInfraAgent": {"RegistrationToken": secrets["token"]},
                r"HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings": {
                    "ProxyEnable": 1,
                    "ProxyServer": f"http=user:{password['proxy']}@proxy.corp.example:8080",
                },
            },
            "files": {LOG: {"lines": lines}},
            "native": {
                "netsh winhttp show proxy": {
                    "output": f"    Proxy Server(s) :  user:{password['winhttp']}@proxy:8080\n"
                }
            },
            "endpoints": {
                "169.254.169.254:80": {
                    "tcp": "open",
                    "paths": {
                        "/metadata/instance/compute/userData": {
                            "status": 200,
                            "body": base64.b64encode(secrets["userdata"].encode()).decode(),
                        }
                    },
                }
            },
        },
    )
    (tmp_path / "test_own.py").write_text(OWN.replace("LOG", LOG))
    with audits(tmp_path, {"host": state.raw}) as given, Tap(given.server, "host") as tap:
        done = given.pytest(
            "test_own.py",
            "--showlocals",
            "-vv",
            host={"port": tap.port, "roles": ["session-host", "azure-backup", "update-management"]},
        )
        answered = bytes(tap.answered)
    run = Run.read(done.report)
    # What the host would have shown was asked for and answered: shapes, stars and counts in the place of the secrets.
    own = next(finding for finding in run.findings if finding.cell.item == "OWN-01")
    assert own.verdict == "non-compliant", own.detail
    snapshot = (done.report / "snapshots" / "host.snapshot.json").read_text()
    assert '"shape":"text"' in snapshot
    assert "sig=*" in snapshot
    assert "sig%3D*" in snapshot
    assert "@proxy.corp.example:8080" in snapshot
    assert "protectedSettings" in snapshot
    search = Search(secrets)
    leaks = [
        *search.found("what the host sent", b"".join(streams(answered))),
        *search.found("the wire", answered),
        *search.found("the screen", done.out.encode()),
        *search.in_files(tmp_path, ()),
    ]
    assert leaks == []
    # The search would find them: they are in the state.
    assert list(Search(secrets).found("state", json.dumps(dict(state.raw)).encode()))
    assert search.searched > 100_000


def streams(answered: bytes) -> list[bytes]:
    """The decoded stream elements of the replies, joined: how the guest wrote them."""
    import re

    found = re.findall(rb"<rsp:Stream [^>]*>([A-Za-z0-9+/=]+)</rsp:Stream>", answered)
    assert found
    return [base64.b64decode(data) for data in found]
