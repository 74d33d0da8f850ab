"""The collector as one script, for machines that WinRM does not reach (air gap, Run Command, a console), and reading back what it wrote.

The script is the collector's own text with its calls, as it goes over WinRM. The target's name, roles and inputs, the plan and its digest travel in
the nonce, which the collector hands back unread inside its frame: what comes back says by itself whom and what it answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import vmready
from vmready.collect.plan import HostPlan
from vmready.collect.snapshot import SIZE_LIMIT, Snapshot, SnapshotError, parse
from vmready.model import Role
from vmready.probes.frame import END, MAX_LENGTH, START, FrameError, answers_by_text, read_frame, read_json
from vmready.probes.lines import calls
from vmready.probes.script import collector_digest, collector_text

#: Seconds that the collector gets where nobody waits on a line.
BUDGET = 300
_KIND = "vmready/standalone/1"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def script(plan: HostPlan, created: datetime, *, named: bool = True) -> bytes:
    """The script for a host. ``named`` False: it was made for a role, and the machine that runs it gives the snapshot its name."""
    host = plan.host
    target = {
        "kind": _KIND,
        "name": host.name if named else None,
        "resource_id": host.resource_id,
        "declared_roles": None if host.declared_roles is None else sorted(host.declared_roles),
        "excluded_roles": sorted(host.excluded_roles),
        "inputs": dict(host.inputs),
        "plan": plan.digest,
        "collector": collector_digest(),
        "version": vmready.__version__,
        "created": created.isoformat(timespec="seconds"),
        "probes": list(plan.texts),
    }
    nonce = json.dumps(target, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    whom = f"host {host.name}" if named else f"any host with role {', '.join(sorted(host.declared_roles or ()))}"
    head = (
        f"# Made by vmready {vmready.__version__} for {whom}. It only reads, and writes one line.\n"
        "# Run it as an administrator, as a file:\n"
        "#   powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File collect.ps1 > answers.txt\n"
        "# Then, where vmready is: pytest --snapshots FOLDER-WITH-ANSWERS\n"
    )
    return (head + collector_text() + calls(1, nonce, BUDGET, plan.texts)).encode("ascii").replace(b"\n", b"\r\n")


def read_snapshot_file(path: Path) -> tuple[Snapshot, str]:
    """A snapshot file, or the output of a standalone collector (also in UTF-16, which ``>`` of Windows PowerShell writes), with the
    SHA-256 of its bytes. :class:`~vmready.collect.snapshot.SnapshotError` says in one line what is wrong."""
    size = path.stat().st_size
    if size > SIZE_LIMIT:
        raise SnapshotError(f"{size} bytes; more than {SIZE_LIMIT} are not read")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise SnapshotError(f"not {encoding} text") from None
    if START.decode() in text and not text.lstrip().startswith("{"):
        return _snapshot(text), digest
    return parse(text), digest


def _snapshot(text: str) -> Snapshot:
    output = text.encode("ascii", "replace")
    # The nonce is needed to read the frame and stands inside it: it is read first, unchecked, and checked with the whole.
    start, end = output.find(START), output.rfind(END)
    body = output[start:end].replace(b"\r", b"").replace(b"\n", b"")
    try:
        document = read_json(body[body.index(b"{") :].decode("ascii")) if end > start and b"{" in body else None
        nonce = document.get("nonce") if isinstance(document, dict) else None
        target = read_json(nonce) if isinstance(nonce, str) and len(nonce) <= MAX_LENGTH else None
        if not isinstance(target, dict) or target.get("kind") != _KIND:
            raise SnapshotError(
                "the collector's answer does not come from a script of `vmready collector`, or it was cut off"
            )
        document = read_frame(output, nonce=str(nonce), round_number=1)
        return _of(document, target)
    except FrameError as error:
        raise SnapshotError(f"the collector's answer cannot be used: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(f"the collector's answer cannot be used: {error}") from None


def _of(document: Mapping[str, Any], target: Mapping[str, Any]) -> Snapshot:
    texts: Sequence[str] = target["probes"]
    if not isinstance(texts, list) or not all(isinstance(item, str) for item in texts):
        raise SnapshotError("the list of what was asked is damaged")
    if hashlib.sha256("\n".join(texts).encode()).hexdigest() != target["plan"]:
        raise SnapshotError("what was asked is not what the script was made for: the plan's digest differs")
    declared = target["declared_roles"]
    snapshot = Snapshot(
        host=str(target["name"] or ""),
        address="",
        inputs=dict(target["inputs"]),
        roles={},
        started=_time(document["started"]),
        finished=_time(document["finished"]),
        rounds={1: answers_by_text(document, texts)},
        mode=str(document["mode"]),
        digests={"collector": str(target["collector"]), "plan": str(target["plan"])},
        tool={"version": str(target["version"])},
        resource_id=target["resource_id"],
        declared_roles=None if declared is None else tuple(Role(role).value for role in declared),
        excluded_roles=tuple(Role(role).value for role in target["excluded_roles"]),
        standalone=True,
    )
    if snapshot.host:
        return snapshot
    system = snapshot.system
    name = (
        "".join(c for c in (system.computer_name or "") if c.isascii() and (c.isalnum() or c in "._-"))
        if system
        else ""
    )
    if not name:
        raise SnapshotError(
            "the machine did not tell its name, and the script was made for a role: make one for a host (--for NAME)"
        )
    return replace(snapshot, host=name.lower())


def _time(text: str) -> str:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").isoformat()
