"""``vmready doctor``: what keeps a host from being audited, found by real connections that change nothing on it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import vmready
from vmready import files
from vmready.collect.accounts import AccountGate
from vmready.commands.examination import examine
from vmready.commands.lines import Line, Outcome, conclusion, failed
from vmready.declared import Problem
from vmready.inventory import InventoryError, limit, select
from vmready.inventory.error import option_error
from vmready.inventory.url import SCHEME
from vmready.model import Host
from vmready.probes.script import collector_digest
from vmready.remote.credentials import Credentials
from vmready.remote.errors import clean, where

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command line: names of an inventory's hosts or ``winrm://`` URLs, and the options as they were typed."""

    targets: Sequence[str] = ()
    hosts: str | None = None
    limit: str | None = None
    credential: str | None = None
    tls_fingerprint: str | None = None
    json: Path | None = None


def doctor(wanted: Wanted, *, credentials: Credentials | None = None, say: Say | None = None) -> int:
    """Examine the hosts one after the other and print what is found; 0 nothing failed, 1 something did.

    Raises InventoryError for mistakes of the command line or the inventory, EvidenceError where the JSON file cannot be written.
    """
    hosts = chosen(wanted)
    say = say or print_line
    credentials = credentials or Credentials()
    gate = AccountGate()
    records: list[dict[str, Any]] = []
    wrong = False
    for number, host in enumerate(hosts):
        begun = datetime.now(UTC)
        say(("\n" if number else "") + f"{where(host)}: {host.scheme}, {host.auth}, “{clean(host.username)}”")
        lines: list[Line] = []
        for text in shown(_guarded(host, credentials, gate, lines)):
            say(text)
        said = conclusion(host.name, lines)
        say(said)
        wrong = wrong or any(line.outcome is Outcome.FAILED for line in lines)
        records.append(_record(host, begun, lines, said))
    for warning in credentials.warnings:
        say(f"Note: {warning}")
    if wanted.json is not None:
        head = {"vmready": vmready.__version__, "collector": collector_digest()}
        files.write(wanted.json, json.dumps({**head, "hosts": records}, indent=1, ensure_ascii=True) + "\n")
        say(f"Written: {wanted.json}")
    return 1 if wrong else 0


def chosen(wanted: Wanted) -> tuple[Host, ...]:
    """The hosts that the command line means. Raises InventoryError."""
    urls = [target for target in wanted.targets if target.lower().startswith(SCHEME)]
    names = [target for target in wanted.targets if not target.lower().startswith(SCHEME)]
    if urls and (names or wanted.hosts is not None or wanted.limit is not None):
        raise option_error("HOST", "a winrm:// URL stands alone: no names, --hosts or --limit beside it")
    if not urls and wanted.hosts is None:
        raise option_error("HOST", "give the inventory that names the host (--hosts FILE), or write winrm://USER@HOST")
    selection = select(
        ",".join(urls) if urls else str(wanted.hosts),
        credential=wanted.credential,
        tls_fingerprint=wanted.tls_fingerprint,
    )
    hosts = selection.inventory.hosts
    if selection.others or not hosts:
        raise option_error("--hosts", "names no host that is reached by WinRM: give an inventory or winrm://USER@HOST")
    if names:
        hosts = _named(hosts, names)
    return limit(hosts, wanted.limit) if wanted.limit is not None else hosts


def _named(hosts: Sequence[Host], names: Sequence[str]) -> tuple[Host, ...]:
    try:
        return limit(hosts, ",".join(names))
    except InventoryError as error:
        problems = [Problem(problem.message, "HOST") for problem in error.problems]
    raise InventoryError(problems)


def shown(lines: Iterable[Line]) -> Iterator[str]:
    """Lines for a terminal, each as soon as it is there: below one that failed what to do; what was skipped for one reason together."""
    waiting: list[Line] = []
    for line in lines:
        if waiting and (line.outcome is not Outcome.SKIPPED or line.found != waiting[0].found):
            yield _together(waiting)
            waiting = []
        if line.outcome is Outcome.SKIPPED:
            waiting.append(line)
            continue
        yield f"  {line.outcome.value:8} {line.subject:14} {line.found}"
        if line.remedy:
            yield f"{'':26}-> {line.remedy}"
    if waiting:
        yield _together(waiting)


def _together(lines: Sequence[Line]) -> str:
    return f"  {lines[0].outcome.value:8} {', '.join(line.subject for line in lines)}: {lines[0].found}"


def print_line(text: str) -> None:
    """To stdout at once; what the terminal's encoding lacks is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stdout.flush()


def _guarded(host: Host, credentials: Credentials, gate: AccountGate, lines: list[Line]) -> Iterator[Line]:
    """The examination's lines, kept in ``lines``; a defect of ours becomes a line without values."""
    try:
        for line in examine(host, credentials.secret_of, gate, lambda: datetime.now(UTC)):
            lines.append(line)
            yield line
        return
    except Exception as defect:  # noqa: BLE001 - what a host answers must not end in a traceback, nor keep the others from being looked at
        kind = type(defect).__name__
    line = failed(
        "examination",
        f"vmready itself failed on {where(host)} ({kind}).",
        "internal-error",
        "Report this with the version and the lines above.",
    )
    lines.append(line)
    yield line


def _record(host: Host, begun: datetime, lines: Sequence[Line], said: str) -> dict[str, Any]:
    return {
        "host": host.name,
        "address": host.address,
        "port": host.port,
        "scheme": host.scheme,
        "auth": host.auth,
        "username": host.username,
        "examined": begun.isoformat(timespec="seconds"),
        "conclusion": said,
        "lines": [line.to_json() for line in lines],
    }
