"""vmready's options of pytest, and what they mean together. Every mistake is one usage error (exit code 4) that says what to write instead."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from testinfra.backend import BACKENDS

from vmready import stored
from vmready.audit import Settings, now
from vmready.declared import DeclarationError
from vmready.evidence.gate import Gate, ThresholdError, Thresholds
from vmready.inventory import Inventory, InventoryError, Selection, check_credentials, limit, select
from vmready.model import Host, Severity
from vmready.stored import Stored, StoredError
from vmready.thresholds import read_thresholds
from vmready.waivers import LONGEST, Waiver
from vmready.waivers import load as load_waivers

_AGE = re.compile(r"([0-9]{1,6})([mhd])")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a command line asks for. Not ``active``: nothing of vmready's (a plain pytest run)."""

    active: bool = False
    hosts: tuple[Host, ...] = ()
    others: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    settings: Settings = field(default_factory=lambda: Settings(Path("reports")))
    given: Stored | None = None
    warnings: tuple[str, ...] = ()
    inventory: Inventory = field(default_factory=Inventory)
    gate: Gate = field(default_factory=Gate)
    junit_properties: bool = False
    waivers: tuple[Waiver, ...] = ()
    adopted: Stored | None = None


def add(parser: pytest.Parser) -> None:
    """Declare the options. ``--hosts`` itself belongs to pytest-testinfra."""
    hosts = parser.getgroup("vmready", "vmready: which hosts (--hosts takes inventories and winrm://USER@HOST[:PORT])")
    hosts.addoption(
        "--limit", metavar="PATTERNS", help="only these hosts: 'web-*,role:session-host,group:hamburg,!web-03'"
    )
    hosts.addoption(
        "--snapshots", metavar="DIR", help="judge the snapshots in DIR (or of a run's folder); no machine is touched"
    )
    hosts.addoption(
        "--resume",
        metavar="RUN",
        help="adopt the snapshots of an earlier run's folder; only hosts without a usable one are visited",
    )
    hosts.addoption(
        "--max-age", metavar="AGE", help="refuse snapshots older than AGE (30m, 12h, 7d): undetermined, with their age"
    )
    hosts.addoption(
        "--role", action="append", default=[], metavar="ROLE", help="a role of the host given as winrm://… (repeatable)"
    )
    hosts.addoption(
        "--input",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an input of the host given as winrm://… (repeatable)",
    )
    hosts.addoption(
        "--credential",
        metavar="REFERENCE",
        help="where the password is: env:NAME, file:PATH, keyring:SERVICE/USER or ask",
    )
    hosts.addoption(
        "--tls-fingerprint",
        metavar="SHA256",
        help="trust the listener of winrm://… by its certificate's SHA-256 fingerprint",
    )
    hosts.addoption(
        "--concurrency", type=int, default=32, metavar="N", help="hosts visited at the same time (default 32)"
    )
    hosts.addoption(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help="end collecting after this time; hosts not done are unreachable",
    )
    hosts.addoption(
        "--plan", action="store_true", help="with --collect-only: list the probes of each host, without connecting"
    )
    judging = parser.getgroup("vmready-gate", "vmready: judging and the exit code")
    judging.addoption(
        "--as-documented", action="store_true", help="judge by the documents' letter where our decision differs from it"
    )
    judging.addoption(
        "--gate",
        choices=[s.value for s in Severity],
        default="low",
        help="least severity that counts for the exit code (default low)",
    )
    judging.addoption("--fail-on-warning", action="store_true", help="warnings at or above the gate count as well")
    judging.addoption(
        "--allow-undetermined",
        action="append",
        default=[],
        metavar="ID",
        help="this requirement may be undetermined where the inventory gives a reason (repeatable; all with a reason where not given)",
    )
    judging.addoption(
        "--waivers",
        action="append",
        default=[],
        metavar="FILE",
        help="deviations that somebody answers for (repeatable)",
    )
    judging.addoption(
        "--waiver-days",
        type=int,
        default=LONGEST,
        metavar="N",
        help=f"how far ahead a waiver may expire (default {LONGEST})",
    )
    judging.addoption(
        "--thresholds",
        metavar="FILE",
        help="limits per severity and verdict, and the least share that must be judged (YAML or JSON)",
    )
    reports = parser.getgroup("vmready-reports", "vmready: reports")
    reports.addoption(
        "--report-dir", default="reports", metavar="DIR", help="where the run's folder is made (default reports)"
    )
    reports.addoption(
        "--junit-properties",
        action="store_true",
        help="write <properties> into the test cases of junit.xml (not every reader takes them)",
    )


def choose(config: pytest.Config) -> Chosen:
    """What the options mean together; pytest.UsageError for whatever is wrong."""
    option = config.option
    if option.hosts is None and option.snapshots is None:
        alone = [
            name
            for name in ("limit", "max_age", "resume", "waivers", "tls_fingerprint", "credential", "role", "input")
            if getattr(option, name)
        ]
        if alone:
            raise pytest.UsageError(
                f"--{alone[0].replace('_', '-')} says something of hosts, and none are given: add --hosts or --snapshots"
            )
        return Chosen()
    if option.snapshots is not None and option.resume is not None:
        raise pytest.UsageError(
            "--snapshots judges without touching a machine, --resume visits those that are missing: give one of them"
        )
    if option.hosts is not None and not option.hosts.strip():
        raise pytest.UsageError("--hosts is empty: give an inventory (inventories/prod.yaml) or winrm://USER@HOST")
    try:
        given = stored.read(Path(option.snapshots)) if option.snapshots is not None else None
        adopted = stored.read_run(Path(option.resume)) if option.resume is not None else None
        waivers = tuple(
            w
            for path in option.waivers
            for w in load_waivers(Path(path), today=now().date(), longest=option.waiver_days)
        )
        selection = _selection(option)
    except (InventoryError, DeclarationError, StoredError) as error:
        raise pytest.UsageError(str(error)) from None
    hosts = selection.inventory.hosts
    if given is not None and option.hosts is None:
        hosts = given.hosts
        if option.limit:
            try:
                hosts = limit(hosts, option.limit)
            except InventoryError as error:
                raise pytest.UsageError(str(error)) from None
    if not hosts:
        # Only hosts of pytest-testinfra: its business, unless requirements are selected.
        return Chosen(others=selection.others)
    if option.concurrency < 1 or option.concurrency > 1000:
        raise pytest.UsageError(f"--concurrency {option.concurrency}: a number from 1 to 1000 is wanted")
    sources = tuple(part for part in (option.hosts, option.snapshots) if part)
    settings = Settings(
        Path(option.report_dir),
        letter=option.as_documented,
        concurrency=option.concurrency,
        deadline=option.deadline,
        max_age=age(option.max_age) if option.max_age else None,
        options=_recorded(config),
    )
    return Chosen(
        True,
        hosts,
        selection.others,
        sources,
        settings,
        given,
        tuple(str(problem) for problem in selection.inventory.warnings),
        selection.inventory,
        _gate(option, hosts),
        option.junit_properties,
        waivers,
        adopted,
    )


def _selection(option: Any) -> Selection:
    if option.hosts is None:
        return Selection(Inventory())
    return select(
        option.hosts,
        roles=option.role,
        inputs=option.input,
        credential=option.credential,
        tls_fingerprint=option.tls_fingerprint,
        limit=option.limit,
        connections=tuple(BACKENDS),
    )


def _gate(option: Any, hosts: tuple[Host, ...]) -> Gate:
    wanted = set(option.allow_undetermined)
    allowed = {
        host.name: {i: why for i, why in host.allow_undetermined.items() if not wanted or i in wanted} for host in hosts
    }
    without = sorted(wanted - {item for items in allowed.values() for item in items})
    if without:
        raise pytest.UsageError(
            f"--allow-undetermined {without[0]}: no host of the inventory gives a reason for it; "
            "write one under allow_undetermined of the host or group"
        )
    thresholds = Thresholds()
    if option.thresholds:
        try:
            thresholds = read_thresholds(Path(option.thresholds))
        except (ThresholdError, DeclarationError) as error:
            raise pytest.UsageError(str(error)) from None
    return Gate(
        Severity(option.gate),
        option.fail_on_warning,
        {name: items for name, items in allowed.items() if items},
        thresholds,
    )


def _recorded(config: pytest.Config) -> Mapping[str, Any]:
    """The choices that decide verdicts and the exit code, for the ledger."""
    option = config.option
    return {
        "gate": option.gate,
        "fail_on_warning": option.fail_on_warning,
        "limit": option.limit,
        "keyword": option.keyword,
        "markexpr": option.markexpr,
        "max_age": option.max_age,
        "concurrency": option.concurrency,
        "deadline": option.deadline,
        "allow_undetermined": list(option.allow_undetermined),
        "thresholds": option.thresholds,
        "waivers": list(option.waivers),
        "arguments": [str(argument) for argument in config.invocation_params.args],
        "folder": str(config.invocation_params.dir),
    }


def default_tests(config: pytest.Config) -> None:
    """Where hosts are given and no tests, and the folder has none of its own, the requirements that come with vmready are meant.

    pytest takes an inventory's path for one of a test where it looks for its settings, so that ``testpaths`` is not seen with an inventory outside
    of the repository: there its ``tests_infra`` is taken.
    """
    if config.args_source is not pytest.Config.ArgsSource.INVOCATION_DIR:
        return
    folder = config.invocation_params.dir
    if (folder / "tests_infra").is_dir():
        config.args = [str(folder / "tests_infra")]
        return
    own = [
        path for pattern in ("test_*.py", "*_test.py", "*/test_*.py", "*/*_test.py") for path in folder.glob(pattern)
    ]
    if not own and not (folder / "conftest.py").exists():
        spec = importlib.util.find_spec("tests_infra")
        if spec is not None and spec.submodule_search_locations:
            config.args = [str(spec.submodule_search_locations[0])]


def age(text: str) -> timedelta:
    """``30m``, ``12h``, ``7d`` as a length of time."""
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise pytest.UsageError(f"--max-age {text!r}: a number with m, h or d is wanted, such as 12h")
    number = int(match[1])
    return {"m": timedelta(minutes=number), "h": timedelta(hours=number), "d": timedelta(days=number)}[match[2]]


def check_can_sign_in(chosen: Chosen, hosts: tuple[Host, ...]) -> None:
    """Refuse the run before the first connection where a credential reference leads nowhere."""
    problems = check_credentials(hosts, chosen.inventory.locations)
    if problems:
        raise pytest.UsageError("\n".join(str(problem) for problem in problems))


__all__ = ["Chosen", "add", "age", "check_can_sign_in", "choose"]
