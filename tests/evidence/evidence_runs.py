"""Runs to write reports from: built through the ledger, as the plug-in does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from vmready.evidence.ledger import LedgerWriter
from vmready.evidence.records import Header
from vmready.evidence.run import Run
from vmready.model import (
    Cause,
    Cell,
    Document,
    Fault,
    Finding,
    Host,
    Kind,
    Origin,
    Requirement,
    Role,
    Severity,
    Tls,
    Verdict,
)

UM = Document("UM", "Troubleshoot Windows update agent issues", "https://learn.microsoft.com/um")
VD = Document("VD", "Troubleshoot common Azure Virtual Desktop Agent issues")
STARTED = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
FINISHED = datetime(2026, 11, 20, 10, 1, 30, tzinfo=UTC)


def requirement(
    id_: str, title: str, severity: Severity = Severity.HIGH, kind: Kind = Kind.MUST, document: Document = UM
) -> Requirement:
    return Requirement(
        id=id_,
        title=title,
        kind=kind,
        severity=severity,
        source=document["A section"],
        rationale="Because the agent needs it.",
        remedy="Set it right and restart the host.",
        roles=frozenset({Role.UPDATE_MANAGEMENT if document is UM else Role.SESSION_HOST}),
    )


TLS12 = requirement("UM-11", "TLS 1.2 is usable by clients", Severity.CRITICAL)
DOT_NET = requirement("UM-02", ".NET Framework 4.6.2 or later")
REGISTRATION = requirement("UM-04", "The registration endpoint answers")
LISTENER = requirement("VD-13", "The listener accepts reverse connections", Severity.CRITICAL, document=VD)
REBOOT = requirement("UM-12", "No forced automatic reboot", Severity.MEDIUM, Kind.SHOULD)
RECORD = requirement("GA-06", "Programs and Features entry", Severity.LOW, Kind.INFO)
ALL = (TLS12, DOT_NET, REGISTRATION, LISTENER, REBOOT, RECORD)
ITEMS = (
    ("UM-11", "UM-11"),
    ("UM-02", "UM-02"),
    ("UM-04.registration", "UM-04"),
    ("UM-04.operations", "UM-04"),
    ("VD-13", "VD-13"),
    ("UM-12", "UM-12"),
    ("GA-06", "GA-06"),
)

WRONG_PASSWORD = Cause(
    "wrong-password",
    "The host refused the credential env:ADMIN_PASSWORD.",
    "Check the password; it was tried once and is not sent again.",
    Fault.CONFIGURATION,
)
DOWN = Cause("refused", "Nothing listens on 10.0.0.9:5986.", "Start WinRM, or correct the port.", Fault.NETWORK)


class Writing:
    """A ledger that is being written: hosts with all of ``ITEMS`` planned, findings as they come."""

    def __init__(self, folder: Path, hosts: list[Host] | int, *, items=ITEMS, requirements=ALL) -> None:
        self.writer = LedgerWriter(folder)
        if isinstance(hosts, int):
            hosts = [Host(name=f"web-{number}", address="10.0.0.1") for number in range(1, hosts + 1)]
        self.hosts, self.items = hosts, items
        self.writer.run(
            Header(
                "2026-11-20T10-00-00Z-3f9a",
                STARTED,
                "0.1.0",
                operator="alex",
                options={"gate": "low"},
                sources=("inventories/demo.yaml",),
            )
        )
        for each in requirements:
            self.writer.requirement(each)
        for host in hosts:
            self.writer.host(host, {Role.AZURE_VM: Origin.IMPLIED, Role.SESSION_HOST: Origin.DECLARED})
        for host in hosts:
            self.writer.plan(
                host.name, [Cell(host.name, of, item) for item, of in items], {"GA-06": "it has no such role"}
            )
        self.writer.planned()

    def found(self, host: str, item: str, verdict: Verdict, detail: str = "", **more) -> None:
        of = dict(self.items)[item]
        self.writer.finding(Finding(Cell(host, of, item), verdict, detail, seconds=0.0123456, **more))

    def rest(self, host: str, verdict: Verdict = Verdict.COMPLIANT, without: tuple[str, ...] = ()) -> None:
        for item, _ in self.items:
            if item not in without and item != "GA-06":
                self.found(host, item, verdict)

    def end(self, exit_code: int = 1, reason: str = "") -> Run:
        run = Run.of(self.writer)
        self.writer.end(FINISHED, exit_code, run.totals, reason=reason)
        self.writer.close()
        return Run.of(self.writer)


def storied(folder: Path, hosts: int = 12) -> Run:
    """A fleet with a story for every verdict."""
    fleet = [
        Host(name=f"web-{number:02}", address=f"10.0.0.{number % 250}", tls=Tls(verify=number != 3))
        for number in range(1, hosts + 1)
    ]
    writing = Writing(folder, fleet)
    for index, host in enumerate(fleet):
        name = host.name
        match index % 12:
            case 1 | 2 | 3:
                writing.writer.collected(name)
                writing.found(
                    name,
                    "UM-11",
                    Verdict.NON_COMPLIANT,
                    "TLS 1.2 is switched off for clients in Schannel (Enabled is 0)",
                    observed={"Enabled": 0},
                )
                writing.rest(name, without=("UM-11",))
            case 4:
                writing.writer.collected(name, cause=WRONG_PASSWORD)
                for item, _ in ITEMS:
                    writing.found(
                        name, item, Verdict.UNREACHABLE, "The host refused the credential.", cause="wrong-password"
                    )
            case 5:
                writing.writer.collected(name, cause=DOWN)
                for item, _ in ITEMS:
                    writing.found(name, item, Verdict.UNREACHABLE, "Nothing listens.", cause="refused")
            case 6:
                writing.writer.collected(name, warnings=["the host's clock is 1 h ahead"])
                writing.found(name, "UM-02", Verdict.UNDETERMINED, "NDP\\v4\\Full could not be read: access denied")
                writing.found(name, "UM-12", Verdict.WARNING, "it restarts by itself (AUOptions is 4)")
                writing.rest(name, without=("UM-02", "UM-12"))
            case 7:
                writing.writer.collected(name)
                writing.found(
                    name,
                    "VD-13",
                    Verdict.WAIVED,
                    "waived until 2027-01-01: fReverseConnectMode is 0",
                    waiver={"approver": "kim"},
                )
                writing.found(name, "UM-04.operations", Verdict.NON_COMPLIANT, "10.0.0.7:443 timed out\nafter 5 s")
                writing.rest(name, without=("VD-13", "UM-04.operations", "UM-12"))
            case 8:
                writing.writer.collected(name)
                writing.found(name, "GA-06", Verdict.NOTED, "Windows Azure VM Agent - 2.7.41491.1010")
                writing.rest(name)
            case _:
                writing.writer.collected(name)
                writing.rest(name)
    writing.writer.message("web-01 and web-02 are one machine", hosts=["web-01", "web-02"])
    return writing.end()
