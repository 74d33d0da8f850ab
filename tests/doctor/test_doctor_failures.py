"""What can be wrong with a host or the way to it: one line says it, with cause and remedy, and nothing is tried that could do harm."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from doctor_runs import ADDRESS, NAME, Clinic
from loopback_hosts import WAYS

from vmready.commands.inside import VERSION_LINE
from vmready.remote.winrm import BOOTSTRAP
from vmready.twin.authentication import Method
from vmready.twin.collection import DeclaredMachine
from vmready.twin.execution import Execution
from vmready.twin.faults import Fault
from vmready.twin.states import State

BEFORE_LOGON = {"name": "ok", "tcp": "ok", "listener": "ok", "methods": "ok"}


def no_logon(clinic: Clinic) -> bool:
    """Whether no credential reached the host, good or bad."""
    return (clinic.counts.logons, clinic.counts.rejected_logons) == (0, 0)


# --- the way


def test_a_name_that_does_not_resolve(clinic: Clinic) -> None:
    done = clinic.examine(address="no-such-host.invalid", port=5986)
    assert done.code == 1
    assert done.failed() == {"name": "dns"}
    assert done.outcomes()["tcp"] == "skipped"
    assert "DNS" in done.line("name")["remedy"]


def test_a_closed_port(clinic: Clinic) -> None:
    with closing(socket.socket()) as unused:
        unused.bind((ADDRESS, 0))
        done = clinic.examine(port=unused.getsockname()[1])
    assert done.failed() == {"tcp": "refused"}
    assert done.code == 1
    assert "Enable-PSRemoting" in done.text
    assert {done.outcomes()[name] for name in ("tls", "trust", "listener", "sign-in", "frame")} == {"skipped"}
    assert done.record["conclusion"] == f"vmready cannot audit {NAME}: tcp failed (refused)."


# --- TLS


def test_an_untrusted_certificate_names_the_line_that_pins_it(clinic: Clinic) -> None:
    clinic.twin(faults=(Fault("unknown-ca", "tls"),))
    done = clinic.examine()
    assert done.failed() == {"trust": "tls-untrusted"}
    assert done.line("certificate")["measured"]["issuer"] == "CN=a CA nobody trusts"
    pin = done.line("certificate")["measured"]["sha256"]
    assert f"tls: {{fingerprint: {pin}}}" in done.line("trust")["remedy"]
    assert f"--tls-fingerprint {pin}" in done.line("trust")["remedy"]
    # What needs no credential is looked at all the same.
    assert (done.outcomes()["listener"], done.outcomes()["methods"]) == ("ok", "ok")
    assert done.outcomes()["sign-in"] == "skipped"
    assert no_logon(clinic)
    # The advice is good: with that line written the host can be audited.
    again = clinic.examine(tls={"fingerprint": pin})
    assert (again.code, again.line("trust")["found"]) == (0, "by the pinned fingerprint")


def test_a_wrong_fingerprint(clinic: Clinic) -> None:
    clinic.twin()
    done = clinic.examine(tls={"fingerprint": "ab" * 32})
    assert done.failed() == {"trust": "tls-fingerprint"}
    assert no_logon(clinic)


@pytest.mark.parametrize(("kind", "cause"), [("expired", "tls-expired"), ("wrong-name", "tls-name")])
def test_a_certificate_that_does_not_hold(clinic: Clinic, kind: str, cause: str) -> None:
    clinic.twin(faults=(Fault(kind, "tls"),))
    done = clinic.examine()
    assert done.failed() == {"trust": cause}
    assert ("expired on" in done.line("certificate")["found"]) is (kind == "expired")
    assert done.line("certificate")["measured"]["fits"] is (kind != "wrong-name")
    assert no_logon(clinic)


def test_a_handshake_that_fails(clinic: Clinic) -> None:
    clinic.twin(faults=(Fault("handshake-failure", "tls"),))
    done = clinic.examine()
    assert done.failed() == {"tls": "tls-handshake"}
    assert done.outcomes()["listener"] == "skipped"


def test_tls_that_is_not_verified_is_no_ok(clinic: Clinic) -> None:
    clinic.twin()
    done = clinic.examine(tls="unverified")
    assert done.line("trust")["outcome"] == "unknown"
    assert "trust" in done.record["conclusion"]
    assert "tls: {fingerprint: " in done.line("trust")["remedy"]


# --- the listener


@dataclass
class Visited:
    """A web server that is no WinRM: what it was sent."""

    port: int
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def web_server() -> Iterator[Visited]:
    seen = Visited(0)

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            page = b"<!DOCTYPE html><html><h1>It works!</h1></html>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer((ADDRESS, 0), Page)
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_web_server_is_no_listener_and_gets_no_credential(clinic: Clinic, web_server: Visited) -> None:
    done = clinic.examine("ntlm-sealed", port=web_server.port)
    assert done.failed() == {"listener": "not-winrm"}
    assert done.outcomes()["sign-in"] == "skipped"
    assert "5985" in done.line("listener")["remedy"]
    assert web_server.headers
    assert not any("authorization" in headers for headers in web_server.headers)


def test_a_path_without_a_listener(clinic: Clinic) -> None:
    clinic.twin()
    done = clinic.examine(path="/elsewhere")
    assert done.failed() == {"listener": "not-winrm"}
    assert "/elsewhere (HTTP 404)" in done.line("listener")["found"]


def test_basic_that_is_not_offered(clinic: Clinic) -> None:
    clinic.twin(methods=frozenset({Method.NEGOTIATE}))
    done = clinic.examine("basic-https")
    assert done.failed() == {"methods": "auth-not-offered"}
    assert "it offers: negotiate, kerberos" in done.line("methods")["found"]
    assert done.outcomes()["sign-in"] == "skipped"
    assert no_logon(clinic)


# --- sign-in and shell


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_password_is_sent_once(clinic: Clinic, way: str) -> None:
    clinic.twin()
    done = clinic.examine(way, password="Wrong-Canary-4711!")
    assert done.failed() == {"sign-in": "wrong-password"}
    assert done.code == 1
    assert {name: done.outcomes()[name] for name in BEFORE_LOGON} == BEFORE_LOGON
    assert done.outcomes()["shell"] == "skipped"
    assert (clinic.counts.rejected_logons, clinic.counts.shells_opened) == (1, 0)


def test_a_credential_that_leads_nowhere_leaves_the_way_to_be_looked_at(clinic: Clinic) -> None:
    clinic.twin()
    done = clinic.examine(credential={"env": "NO_SUCH_VARIABLE"})
    assert done.failed() == {"credential": "credential"}
    assert "NO_SUCH_VARIABLE" in done.line("credential")["remedy"]
    assert {name: done.outcomes()[name] for name in BEFORE_LOGON} == BEFORE_LOGON
    assert done.line("sign-in")["found"] == "not tried: credential failed"
    assert no_logon(clinic)


def test_no_account(clinic: Clinic) -> None:
    clinic.twin()
    assert clinic.examine(username=None).failed() == {"credential": "credential"}
    assert no_logon(clinic)


def test_an_account_that_gets_no_shell(clinic: Clinic) -> None:
    clinic.twin(faults=(Fault("access-denied", "create"),))
    done = clinic.examine()
    assert done.failed() == {"shell": "shell-refused"}
    assert done.outcomes()["sign-in"] == "ok"
    assert "winrm configSDDL default" in done.line("shell")["remedy"]
    assert done.line("shell deleted")["found"] == "none was opened"
    assert done.record["conclusion"] == f"vmready cannot audit {NAME}: shell failed (shell-refused)."


def test_a_shell_that_is_not_deleted_is_told(clinic: Clinic) -> None:
    clinic.twin(faults=(Fault("internal-error", "delete"),))
    done = clinic.examine()
    assert done.failed() == {"shell deleted": "shell-left"}
    assert done.code == 1
    assert "180 s" in done.line("shell deleted")["remedy"]
    assert clinic.counts.open_shells == 1


# --- PowerShell


class Answers:
    """A machine with an answer of its own for the collector and for the line that prints the version."""

    def __init__(self, collector: Execution, version: Execution) -> None:
        self.collector = collector
        self.version = version

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        return self.version if command_line == VERSION_LINE else self.collector


BLOCKED = Execution(stderr=b"ScriptContainedMaliciousContent: blocked by your antivirus software.", exit_code=1)


def test_a_collector_that_is_blocked_where_powershell_itself_starts(clinic: Clinic) -> None:
    clinic.twin(machine=Answers(BLOCKED, Execution(b"vmready: 5.1.20348.2700 FullLanguage 64\r\n")))
    done = clinic.examine()
    assert done.failed() == {"frame": "collector-blocked"}
    assert "5.1.20348.2700, FullLanguage, 64 bits" in done.line("powershell")["found"]
    assert [line for line, _ in clinic.machine.ran] == [BOOTSTRAP, VERSION_LINE]
    assert done.record["conclusion"] == f"vmready cannot audit {NAME}: frame failed (collector-blocked)."
    assert clinic.counts.open_shells == 0


def test_a_powershell_that_does_not_start(clinic: Clinic) -> None:
    nothing = Execution(stderr=b"This program is blocked by group policy.\r\n", exit_code=1)
    clinic.twin(machine=Answers(nothing, nothing))
    done = clinic.examine()
    assert done.failed() == {"powershell": "no-powershell", "frame": "collector-not-run"}
    assert "blocked by group policy" in done.line("powershell")["found"]


def test_constrained_language(clinic: Clinic) -> None:
    clinic.twin({"os": {"languageMode": "ConstrainedLanguage"}})
    done = clinic.examine()
    assert done.code == 1
    assert done.failed() == {"language": "language-mode", "questions": "unreadable"}
    assert done.line("frame")["measured"]["algorithm"] == "adler32"
    unread = {question.split()[0] for question in done.line("questions")["measured"]["unread"]}
    assert unread == {"tail", "descriptor", "tcp", "http"}
    assert done.outcomes()["rights"] == "unknown"
    assert done.record["conclusion"] == f"vmready can audit {NAME}, but something is wrong: language, questions."


def test_an_old_powershell(clinic: Clinic) -> None:
    clinic.twin({"os": {"psVersion": "2.0"}})
    done = clinic.examine()
    assert done.failed()["powershell"] == "old-powershell"
    assert "Windows Management Framework 5.1" in done.line("powershell")["remedy"]
    assert any(question.startswith("registry") for question in done.line("questions")["measured"]["unread"])
    assert done.line("frame")["outcome"] == "ok"


def test_an_account_that_is_no_administrator(clinic: Clinic) -> None:
    key = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy"
    clinic.twin({"os": {"groups": ["S-1-5-32-545"]}, "registry": {key: {"Enabled": 0}}, "denied": [key]})
    done = clinic.examine()
    assert done.failed() == {"rights": "not-administrator", "questions": "unreadable"}
    assert "access denied" in done.line("questions")["found"]


@pytest.mark.parametrize("offset", [3600, -3600])
def test_a_clock_that_is_an_hour_off(clinic: Clinic, offset: int) -> None:
    clinic.twin({"twin": {"clockOffset": offset}})
    done = clinic.examine()
    assert done.failed() == {"clock": "clock"}
    assert abs(done.line("clock")["measured"]["seconds_ahead"] - offset) < 60
    assert done.line("clock")["measured"]["source"] == "by the collector"


def test_the_clock_is_told_by_http_where_the_logon_fails(clinic: Clinic) -> None:
    clinic.twin(clock=3600.0)
    done = clinic.examine(password="Wrong-Canary-4711!")
    assert done.failed() == {"sign-in": "wrong-password", "clock": "clock"}


# --- how the answer comes back


class Changed:
    """A healthy machine whose output is changed on its way."""

    def __init__(self, change: object) -> None:
        self.machine = DeclaredMachine(State.of({}))
        self.change = change

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        done = self.machine.execute(command_line, stdin)
        return Execution(self.change(done.stdout), done.stderr, done.exit_code)


def test_output_that_windows_powershell_wrapped_is_read_and_told(clinic: Clinic) -> None:
    def wrap(data: bytes) -> bytes:
        return b"\r\n".join(data[at : at + 4000] for at in range(0, len(data), 4000))

    clinic.twin(machine=Changed(wrap))
    done = clinic.examine()
    assert done.code == 0
    measured = done.line("large answer")["measured"]
    assert measured["line_ends_inside"] == measured["length"] // 4000
    assert "wrapped by" in done.line("large answer")["found"]


def test_noise_around_the_frame_is_told(clinic: Clinic) -> None:
    clinic.twin(faults=(Fault("stdout-noise", "command", times=1),))
    done = clinic.examine()
    assert done.code == 0
    assert done.line("frame")["measured"]["bytes_before"] == len(b"\xef\xbb\xbfWelcome.")


def test_a_large_answer_that_is_cut_off(clinic: Clinic) -> None:
    clinic.twin(machine=Changed(lambda data: data[:100_000]))
    done = clinic.examine()
    assert done.failed() == {"large answer": "collector-cut-off"}
    assert done.outcomes()["frame"] == "ok"
    assert clinic.counts.open_shells == 0
