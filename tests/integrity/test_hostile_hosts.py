"""Hosts that lie: whole audits of machines that answer with crafted documents and frames."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from audits import GOOD, USER, audits
from runs import agree, audit

from vmready.evidence.run import Run
from vmready.model import Verdict
from vmready.twin.collection import DeclaredMachine
from vmready.twin.execution import Execution
from vmready.twin.states import State

sys.path.append(str(Path(__file__).parents[1] / "evidence"))

from hostile import PAYLOADS, harmless

_FRAME = re.compile(rb"<<<vmready:1:\d+:\w+:[0-9a-f]+:(.*):vmready>>>", re.DOTALL)


class Crafted(DeclaredMachine):
    """A host whose answer is changed after it was made: the document's text, framed anew, or all of what it writes."""

    def __init__(
        self, *, text: Callable[[str], str] | None = None, output: Callable[[bytes], bytes] | None = None
    ) -> None:
        super().__init__(State.of(GOOD))
        self._text, self._output = text, output

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        done = super().execute(command_line, stdin)
        found = _FRAME.search(done.stdout)
        if found is None:
            return done
        if self._text is not None:
            return Execution(framed(self._text(found[1].decode())), done.stderr)
        assert self._output is not None
        return Execution(self._output(done.stdout), done.stderr)


def framed(text: str, announced: int | None = None) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    length = len(data) if announced is None else announced
    return f"<<<vmready:1:{length}:sha256:{hashlib.sha256(data).hexdigest()}:".encode() + data + b":vmready>>>\r\n"


def document(change: Callable[[dict[str, Any]], None]) -> Callable[[str], str]:
    def changed(text: str) -> str:
        loaded = json.loads(text)
        change(loaded)
        return json.dumps(loaded)

    return changed


def each_answer(**members: Any) -> Callable[[str], str]:
    def change(loaded: dict[str, Any]) -> None:
        for answer in loaded["answers"]:
            answer.update(members)

    return document(change)


def setting(name: str, value: Any) -> Callable[[str], str]:
    return document(lambda loaded: loaded.__setitem__(name, value))


EVIL = "\x1b[31m<script>alert(1)</script>\u202e../../x\ud800"
#: Name: the host, and the cause that makes it unreachable (None: it is judged, and what was asked is undetermined).
FRAMES: dict[str, tuple[Crafted, str | None]] = {
    "nan": (Crafted(text=lambda t: t.replace('"ms":1', '"ms":NaN')), "collector-damaged"),
    "infinity": (Crafted(text=lambda t: t.replace('"ms":1', '"ms":-Infinity')), "collector-damaged"),
    "duplicate": (Crafted(text=lambda t: '{"nonce":"x",' + t[1:]), "collector-damaged"),
    "digits": (Crafted(text=lambda t: t.replace('"ms":1', '"ms":' + "9" * 1_000_000, 1)), "too-large"),
    "exponent": (Crafted(text=lambda t: t.replace('"ms":1', '"ms":1e999')), "too-large"),
    "deep": (Crafted(text=lambda t: t.replace('"ms":1', '"ms":' + "[" * 200_000 + "]" * 200_000, 1)), "too-large"),
    "announced": (Crafted(output=lambda _: framed("{}", 1_000_000_000)), "too-large"),
    "not-ascii": (Crafted(output=lambda data: data.replace(b'"ms"', b'"m\xff\xfe"', 1)), "collector-damaged"),
    "not-json": (Crafted(text=lambda t: t[:-1]), "collector-damaged"),
    "list": (Crafted(text=lambda _: "[]"), "collector-damaged"),
    "number": (Crafted(text=lambda _: "1"), "collector-damaged"),
    "nonce": (Crafted(text=setting("nonce", "../../another")), "collector-damaged"),
    "round": (Crafted(text=setting("round", 2)), "collector-damaged"),
    "round-true": (Crafted(text=setting("round", True)), "collector-damaged"),
    "answers": (Crafted(text=setting("answers", {"0": 1})), "collector-damaged"),
    "unasked": (Crafted(text=each_answer(id="../../../etc/passwd")), "collector-damaged"),
    "twice": (Crafted(text=each_answer(id="0")), "collector-damaged"),
    "truncated": (Crafted(output=lambda data: data[: len(data) // 2]), "collector-cut-off"),
    "damaged": (Crafted(output=lambda data: data.replace(b'"ms":1', b'"ms":2', 1)), "collector-damaged"),
    "no-answers": (Crafted(text=setting("answers", [])), None),
    "null": (Crafted(text=each_answer(value=None)), None),
    "text": (Crafted(text=each_answer(value=EVIL)), None),
    "nested": (Crafted(text=each_answer(value=[[[{"a": [EVIL]}]]])), None),
    "state": (Crafted(text=each_answer(state=EVIL)), None),
    "state-list": (Crafted(text=each_answer(state=[EVIL])), None),
    "why": (Crafted(text=each_answer(state="unreadable", why={"id": EVIL, "type": EVIL, "message": EVIL * 500})), None),
    "why-odd": (
        Crafted(text=each_answer(state="unreadable", why={"code": [1], "hresult": {}, "category": [EVIL], "id": 5})),
        None,
    ),
    "mode": (Crafted(text=setting("mode", EVIL * 100)), "judged"),
    "times": (Crafted(text=document(lambda d: d.update(started=EVIL, finished="9999-99-99T99:99:99.999Z"))), "judged"),
}


def test_crafted_frames_and_documents_spoil_no_report_and_no_other_host(tmp_path: Path) -> None:
    with audits(tmp_path, {"good": GOOD, **dict.fromkeys(FRAMES, GOOD)}) as given:
        for name, (machine, _) in FRAMES.items():
            given.server.fleet.by_name[name].service.machine = machine
        done = audit(given, "-vv", "-rA", "--showlocals", "--junitxml", "mine.xml", "--html", "mine.html")
        assert given.server.errors == []
    run = agree(done.report, done.out)
    verdicts: dict[str, set[Verdict]] = {}
    for finding in run.findings:
        verdicts.setdefault(finding.cell.host, set()).add(finding.verdict)
    causes = {host.name: host.cause.code if host.cause is not None else None for host in run.hosts.values()}
    for name, (_, cause) in FRAMES.items():
        if cause == "judged":
            assert verdicts[name] == {Verdict.COMPLIANT}, name
        elif cause is None:
            assert (verdicts[name], causes[name]) == ({Verdict.UNDETERMINED}, None), name
        else:
            assert (verdicts[name], causes[name]) == ({Verdict.UNREACHABLE}, cause), name
    assert verdicts["good"] == {Verdict.COMPLIANT}
    # What is beyond the limit is the reason that is given.
    why = {host.name: host.cause.message for host in run.hosts.values() if host.cause is not None}
    assert "1000000 digits" in why["digits"]
    assert "64 levels" in why["deep"]
    assert "1000000000 bytes" in why["announced"]
    assert "a key twice" in why["duplicate"]
    whole(tmp_path, done.report, done.out, ["good", *FRAMES])


def test_a_host_whose_role_has_to_be_found_in_odd_answers_ends_no_run(tmp_path: Path) -> None:
    odd = ("why-odd", "why", "text", "nested", "state-list")
    with audits(tmp_path, {"good": GOOD, **dict.fromkeys(odd, GOOD)}) as given:
        for name in odd:
            given.server.fleet.by_name[name].service.machine = FRAMES[name][0]
        path = given.write()
        inventory = json.loads(path.read_text())
        del inventory["defaults"]["roles"]
        path.write_text(json.dumps(inventory))
        done = given.pytest("--hosts", str(path), "-m", "session_host and critical")
    run = agree(done.report, done.out)
    assert done.code == 10, done.out
    assert {finding.cell.host for finding in run.findings} == {"good", *odd}
    assert {finding.verdict for finding in run.findings} == {Verdict.UNDETERMINED}
    # Said of the host's answers, not of a defect of ours.
    assert [finding.detail for finding in run.findings if "could not be read" not in finding.detail] == []


def test_text_of_hosts_is_shown_as_text(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(OWN)
    hosts = {f"host-{number:02}": edition(payload) for number, payload in enumerate(PAYLOADS)}
    with audits(tmp_path, hosts) as given:
        done = given.pytest(
            "test_own.py",
            "-vv",
            "-rA",
            "--junitxml",
            "mine.xml",
            "--html",
            "mine.html",
            "--junit-properties",
            tests=(),
        )
        assert given.server.errors == []
    run = agree(done.report, done.out)
    assert {finding.verdict for finding in run.findings if finding.cell.item == "OWN-01"} == {Verdict.NON_COMPLIANT}
    assert {finding.verdict for finding in run.findings if finding.cell.item == "OWN-02"} == {Verdict.WARNING}
    # The payload did get there, as text.
    assert "window.pwned" in done.out
    assert [finding for finding in run.findings if finding.observed is None] == []
    whole(tmp_path, done.report, done.out, list(hosts))


OWN = """
from typing import Annotated

from tests_infra.documents import BACKUP
from vmready import Role, advise, fact, must, note, observe, requirement, should
from vmready.probes.readings import Key
from vmready.probes.vocabulary import RegistryKey

TEXT = dict(source=BACKUP["Step 1"], rationale="Our own rule.", remedy="Do as it says.", roles=[Role.AZURE_BACKUP], severity="low")


@fact
def contoso(key: Annotated[Key | None, RegistryKey(r"HKLM\\SOFTWARE\\Contoso")]) -> str:
    return key.text("Edition")


@requirement("OWN-01", must, title="Asserts with what the host says", **TEXT)
def test_asserts(contoso):
    observe({contoso: [contoso]})
    note(contoso)
    assert not contoso, f"the edition is {contoso}"


@requirement("OWN-02", should, title="Advises with what the host says", **TEXT)
def test_advises(contoso):
    observe(contoso)
    advise(contoso)


@requirement("OWN-03", must, title="Fails with what the host says", **TEXT)
def test_errs(contoso):
    observe(contoso)
    raise ValueError(contoso)
"""


def edition(text: str) -> dict[str, Any]:
    key = {r"HKLM\SOFTWARE\Contoso": {"Edition": {"type": "REG_SZ", "data": text}}}
    return {**GOOD, "registry": {**GOOD["registry"], **key}}


def whole(folder: Path, report: Path, out: str, hosts: list[str]) -> None:
    """Screen, files and names are what they would be of honest hosts."""
    assert harmless(out), [c for c in out if not harmless(c)][:5]
    assert "Traceback" not in out
    assert "INTERNALERROR" not in out
    for path in (report / "report.html", folder / "mine.html"):
        page = path.read_text()
        for markup in (
            "<script>alert",
            "<script>window",
            "<img src=x",
            "<svg onload",
            "<iframe",
            "<a href='https://evil",
            "<link rel=stylesheet href='https",
        ):
            assert markup not in page, (path.name, markup)
    assert harmless((report / "report.html").read_text().replace("\t", " "))
    for path in (report / "junit.xml", folder / "mine.xml"):
        ET.parse(path)
    assert (report / "junit.xml").read_text().isprintable() or harmless((report / "junit.xml").read_text())
    for path in (report / "run.json", *(report / "snapshots").iterdir()):
        text = path.read_text()
        assert text.isascii()
        json.loads(text, parse_constant=lambda constant: [][len(constant)])
    for line in (report / "ledger.jsonl").read_text().splitlines():
        assert line.isascii()
        json.loads(line)
    assert {path.name for path in report.iterdir()} == {
        "ledger.jsonl",
        "run.json",
        "summary.md",
        "junit.xml",
        "report.html",
        "snapshots",
    }
    assert {path.name for path in (report / "snapshots").iterdir()} == {
        "hosts.json",
        *(f"{host}.snapshot.json" for host in hosts),
    }
    made = {path.name for path in folder.iterdir()} - {"test_own.py", "test_two.py", "__pycache__"}
    assert made == {"inventory.json", "reports", "mine.xml", "mine.html", "assets"}, made
    assert Run.read(report).header.run_id == report.name
    assert USER not in (report / "report.html").read_text()
