"""The registration token of a session host stays there: a whole audit of it, and every byte that the audit produced, the wire included."""

from __future__ import annotations

import json
from pathlib import Path

from audits import audits
from canaries import Search, canary
from tap import Tap
from test_secrets_of_hosts import streams

from vmready.evidence.run import Run
from vmready.twin.states import load, merge

STATES = Path(__file__).parents[2] / "inventories" / "states"
AGENT = r"HKLM\SOFTWARE\Microsoft\RDInfraAgent"


def test_a_registration_token_is_told_by_its_shape_alone(tmp_path: Path) -> None:
    token = canary("token")
    changes = {"registry": {AGENT: {"IsRegistered": 0, "RegistrationToken": token}}}
    state = merge(load(STATES / "session-host.yaml"), changes)
    with audits(tmp_path, {"avd-01": state.raw}) as given, Tap(given.server, "avd-01") as tap:
        done = given.pytest(
            "-m", "vd", "--showlocals", "-vv", **{"avd-01": {"port": tap.port, "roles": ["session-host"]}}
        )
        asked, answered = bytes(tap.asked), bytes(tap.answered)
    run = Run.read(done.report)
    findings = {finding.cell.item: finding for finding in run.findings}
    said = f"IsRegistered is 0, RegistrationToken is left (text of {len(token)} characters)"
    assert (findings["VD-02"].verdict, findings["VD-02"].detail) == ("non-compliant", said)
    assert findings["VD-13"].verdict == "compliant"
    snapshot = (done.report / "snapshots" / "avd-01.snapshot.json").read_text()
    assert f'"length":{len(token)}' in snapshot.replace(" ", "")
    search = Search({"token": token})
    leaks = [
        *search.found("what the host sent", b"".join(streams(answered))),
        *search.found("the wire, from the host", answered),
        *search.found("the wire, to the host", asked),
        *search.found("the screen", done.out.encode()),
        *search.in_files(tmp_path, ()),
    ]
    assert leaks == []
    # The search would find it: it is in the state.
    assert list(search.found("state", json.dumps(dict(state.raw)).encode()))
    assert search.searched > 100_000
