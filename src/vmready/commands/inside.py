"""What can be seen of a host after the sign-in: the shell, its PowerShell, how answers come back, and what the account may read.

Two runs of the collector, which only reads: a question of each kind, then a large answer. Nothing else is started, unless the collector gave
no answer: then one line that prints PowerShell's version.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from vmready.collect.visit import Visit, no_follow_up, plain_stderr
from vmready.commands import samples
from vmready.commands.lines import Line, error, failed, ok, unknown
from vmready.model import Host
from vmready.probes.frame import END, START
from vmready.probes.readings import Key, System
from vmready.remote.deadline import Deadline
from vmready.remote.errors import HostError, OursError, RunError, clean, where
from vmready.remote.measured import Measured, MeasuredConnection

#: Characters that the large answer carries there and back.
LARGE = 200_000
#: Prints version, language mode and bitness; no assignment, no method, none of % ! ^ & | < > for cmd.exe to read.
VERSION_LINE = (
    r"%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command "
    "\"'vmready: ' + [string]$PSVersionTable.PSVersion + ' ' + [string]$ExecutionContext.SessionState.LanguageMode"
    " + ' ' + [string]([System.IntPtr]::Size * 8)\""
)
#: Causes that are about the shell, of a host that has accepted the credential.
SHELL_CAUSES = frozenset({"shell-refused", "quota", "busy", "wsman-fault", "shell-vanished", "envelope"})
#: Oldest PowerShell whose registry view can be chosen, and the one that the collector is made for.
OLDEST, MADE_FOR = (3,), (5, 1)
_HEADER = re.compile(rb"<<<vmready:[0-9]+:([0-9]+):(sha256|adler32):")
_VERSION = re.compile(rb"vmready: ([0-9.]{1,40}) ([A-Za-z]{1,40}) ([0-9]{1,3})")
_SID = re.compile(r"S-1-[0-9]+(?:-[0-9]+){1,15}", re.ASCII)
_CLM_REMEDY = (
    "Let the host's application control (App Control, AppLocker) run the collector in full language: its text and digest are published "
    "with each release. Otherwise what needs network, security descriptors or files' text stays undetermined."
)


#: What a refusal means in the light of the other hosts of this run.
Explain = Callable[[Host, HostError], HostError]


class Inside:
    """The steps from the sign-in on, over a connection that the caller closes. ``clock`` and ``precision``: seconds, None unknown."""

    def __init__(
        self, connection: MeasuredConnection, deadline: Deadline, now: Callable[[], datetime], explain: Explain
    ) -> None:
        self._connection = connection
        self._host: Host = connection.host
        self._deadline = deadline
        self._now = now
        self._explain = explain
        self._system: System | None = None
        self.blocked = ""
        self.clock: float | None = None
        self.precision = 0.0

    def lines(self) -> Iterator[Line]:
        yield from self._sign_in()
        if self.blocked:
            return
        yield from self._first_run()
        if self.blocked:
            return
        yield from self._second_run()
        yield self._quotas()

    # --- sign-in and shell

    def _sign_in(self) -> Iterator[Line]:
        failure: HostError | None = None
        try:
            self._connection.open()
        except HostError as reason:
            failure = self._explain(self._host, reason)
        if failure is not None and failure.code not in SHELL_CAUSES:
            self.blocked = "sign-in failed"
            yield error("sign-in", failure)
            return
        figures = self._connection.figures
        how = "messages are sealed" if self._host.scheme == "http" else f"inside {figures.tls_version or 'TLS'}"
        yield ok(
            "sign-in",
            f"“{clean(self._host.username)}” by {self._host.auth}, {how}, {figures.auth_legs} requests for the logon",
            auth=self._host.auth,
            auth_legs=figures.auth_legs,
            sealed=figures.sealed,
        )
        if failure is not None:
            self.blocked = "shell failed"
            yield error("shell", failure)
            return
        retries = dict(figures.retries)
        again = f", after {sum(retries.values())} retries" if retries else ""
        yield ok("shell", f"cmd shell opened{again}", retries=retries)

    # --- first run: a question of each kind

    def _first_run(self) -> Iterator[Line]:
        chosen = samples.samples(self._host)
        visit = self._visit(lambda: secrets.token_hex(16))
        try:
            visit.ask([probe.text for probe in chosen], no_follow_up)
        except HostError as reason:
            self.blocked = "frame failed"
            yield self._bare_powershell(reason)
            yield error("frame", reason)
            return
        measured = self._connection.last
        assert measured is not None
        answers = visit.answers[1]
        system = samples.observed(samples.SYSTEM, answers)
        self._system = system if isinstance(system, System) else None
        if visit.clock_difference is not None:
            self.clock, self.precision = visit.clock_difference, measured.seconds / 2
        yield self._powershell(measured, visit)
        yield self._language(visit.mode)
        yield self._frame(measured, samples.observed(samples.FIPS, answers))
        milliseconds = {str(probe): answers[probe.text].get("ms") for probe in chosen if probe.text in answers}
        yield self._questions(samples.unread(chosen, answers), milliseconds)
        yield self._rights()

    def _visit(self, nonce: Callable[[], str]) -> Visit:
        return Visit(self._connection, self._deadline, self._now, nonce)

    def _bare_powershell(self, reason: HostError) -> Line:
        """Whether PowerShell starts at all, where the collector gave no answer."""
        if isinstance(reason, OursError | RunError) or self._deadline.remaining() <= 0:
            return unknown("powershell", "not tried by itself")
        try:
            execution = self._connection.run(VERSION_LINE)
        except HostError as other:
            return error("powershell", other)
        found = _VERSION.search(execution.stdout)
        if found is None:
            said = plain_stderr(execution.stderr)
            told = f" It said: {said}" if said else ""
            return failed(
                "powershell",
                f"Windows PowerShell does not start on {where(self._host)}, or prints nothing (exit code {execution.exit_code}).{told}",
                "no-powershell",
                "Start it on the host by hand with this account and look at the first error; check policy for programs and scripts.",
            )
        version, mode, bitness = (part.decode("ascii") for part in found.groups())
        return ok(
            "powershell",
            f"Windows PowerShell {version}, {mode}, {bitness} bits starts by itself; the collector is what fails",
            version=version,
            language_mode=mode,
            bitness=int(bitness),
        )

    def _powershell(self, measured: Measured, visit: Visit) -> Line:
        document = visit.documents[0]
        work = _seconds(document.get("started"), document.get("finished"))
        start = None if work is None else max(0.0, measured.seconds - work)
        spent = (
            ""
            if start is None
            else f"; {start:.1f} s to start it and read the collector, {work:.1f} s for the questions"
        )
        version = self._system.ps_version if self._system else None
        bitness = self._system.bitness if self._system else None
        details: dict[str, Any] = {
            "version": None if version is None else ".".join(map(str, version)),
            "bitness": bitness,
            "start_seconds": None if start is None else round(start, 3),
            "work_seconds": None if work is None else round(work, 3),
        }
        if version is None:
            return unknown("powershell", f"starts, but does not tell its version{spent}", **details)
        name = f"Windows PowerShell {details['version']}, {bitness or '?'} bits{spent}"
        if version < OLDEST:
            return failed(
                "powershell",
                f"{name}. It is too old to choose the registry's 64-bit view: most questions stay unanswered.",
                "old-powershell",
                "Install Windows Management Framework 5.1 on the host.",
                **details,
            )
        old = "" if version[:2] >= MADE_FOR else " (the collector is made for 5.1; what needs more is unreadable)"
        return ok("powershell", name + old, **details)

    def _language(self, mode: str) -> Line:
        if mode == "FullLanguage":
            return ok("language", mode, mode=mode)
        found = f"{where(self._host)} runs PowerShell in {mode or 'an unnamed language mode'}: some kinds of questions cannot be asked."
        return failed("language", found, "language-mode", _CLM_REMEDY, mode=mode)

    def _frame(self, measured: Measured, fips: object) -> Line:
        seen = _frame_of(measured.execution.stdout)
        number = fips.number("Enabled") if isinstance(fips, Key) else None
        demanded = {None: "FIPS policy not set", 0: "FIPS policy off"}.get(number, "FIPS policy on")
        said = plain_stderr(measured.execution.stderr)
        details = {**seen, "fips": number, "stderr": said, "exit_code": measured.execution.exit_code}
        noise = [
            f"{seen['bytes_before']} bytes before it" if seen["bytes_before"] else "",
            f"{seen['bytes_after']} bytes after it" if seen["bytes_after"] else "",
            f"stderr: {said}" if said else "",
        ]
        also = "; ".join(filter(None, noise)) or "nothing beside it"
        return ok(
            "frame",
            f"the collector's answer is whole: {seen['length']} characters, {seen['algorithm']} ({demanded}), {_wrapped(seen)}; {also}",
            **details,
        )

    def _questions(self, unread: dict[str, str], milliseconds: dict[str, object]) -> Line:
        of = len(samples.samples(self._host))
        if not unread:
            return ok("questions", f"all {of} sample questions were answered", milliseconds=milliseconds)
        reasons = "; ".join(f"{question}: {reason}" for question, reason in unread.items())
        return failed(
            "questions",
            f"{len(unread)} of {of} sample questions were not answered: {clean(reasons, 1500)}",
            "unreadable",
            "Requirements that need these kinds are undetermined here. Look at the lines powershell, language and rights for the reason.",
            unread=unread,
            milliseconds=milliseconds,
        )

    def _rights(self) -> Line:
        administrator = self._system.administrator if self._system else None
        if administrator:
            return ok("rights", "administrator of the host", administrator=True)
        if administrator is None:
            return unknown(
                "rights", "the host does not tell whether the account is an administrator", administrator=None
            )
        return failed(
            "rights",
            f"“{clean(self._host.username)}” is no administrator of {where(self._host)}: services, security descriptors, "
            "some event logs and other users' settings may stay unreadable.",
            "not-administrator",
            "Use an account of the host's Administrators (a local one other than the built-in Administrator needs "
            "LocalAccountTokenFilterPolicy = 1), or accept what stays undetermined.",
            administrator=False,
        )

    # --- second run: a large answer

    def _second_run(self) -> Iterator[Line]:
        sid = (self._system.user_sid or "") if self._system else ""
        profile = samples.profile_of(sid) if _SID.fullmatch(sid) else None
        visit = self._visit(_large)
        try:
            visit.ask([profile.text] if profile else [samples.SYSTEM.text], no_follow_up)
        except HostError as reason:
            yield error("large answer", reason)
            yield unknown("profile", "not asked: the large answer failed")
            return
        measured = self._connection.last
        assert measured is not None
        yield self._large_answer(measured)
        raw = visit.answers[1].get(profile.text, {}) if profile else {}
        state = raw.get("state")
        reading = samples.observed(profile, visit.answers[1]) if profile else None
        if state == "absent":
            yield ok("profile", "the account has none on the host: the sign-in made none", exists=False)
        elif isinstance(reading, Key):
            place = clean(reading.text("ProfileImagePath") or "", 200)
            yield ok("profile", f"the account has one on the host{f', {place}' if place else ''}", exists=True)
        else:
            yield unknown("profile", "the host does not tell whether the account has a profile")

    def _large_answer(self, measured: Measured) -> Line:
        seen = _frame_of(measured.execution.stdout)
        replies = [size for size in measured.replies if size]
        sends = measured.requests.get("Send", 0)
        return ok(
            "large answer",
            f"{seen['length']} characters came whole, odd ones too, in {len(replies)} Receive replies of {min(replies)} to "
            f"{max(replies)} bytes, {_wrapped(seen)}, after {sends} Sends; {measured.seconds:.1f} s",
            **seen,
            receive_replies=list(measured.replies),
            sends=sends,
            receives=measured.requests.get("Receive", 0),
            seconds=round(measured.seconds, 3),
        )

    def _quotas(self) -> Line:
        try:
            found = self._connection.configuration()
        except HostError as reason:
            why = "this account may not read them" if reason.code == "shell-refused" else reason.message
            return unknown("quotas", f"not told: {why}", "On the host: winrm get winrm/config")
        if not found:
            return unknown("quotas", "not told: the answer names none", "On the host: winrm get winrm/config")
        shown = ", ".join(f"{name.rpartition('/')[2]} {value}" for name, value in found.items())
        return ok("quotas", shown, **found)


def clock_line(host: Host, ahead: float | None, precision: float, source: str) -> Line:
    """Kerberos refuses clocks that are more than five minutes apart (RFC 4120 section 1.6, and Windows' default)."""
    if ahead is None:
        return unknown("clock", "the host did not tell its time")
    word = "ahead" if ahead > 0 else "behind"
    text = f"{abs(ahead):.1f} s {word} (± {precision:.1f} s, {source})"
    measured = {"seconds_ahead": ahead, "precision": round(precision, 3), "source": source}
    if abs(ahead) - precision <= 300:
        return ok("clock", text, **measured)
    return failed(
        "clock",
        f"The clock of {where(host)} is {text}.",
        "clock",
        "Correct the host's clock, or this machine's (w32tm /query /status): Kerberos refuses more than five minutes.",
        **measured,
    )


def deletion_line(connection: MeasuredConnection) -> Line:
    """Of a connection that was closed: whether the host confirmed that the shell is gone."""
    figures = connection.figures
    measured: dict[str, Any] = {
        "figures": {**figures.to_json(), "certificate": None},
        "commands": list(connection.commands),
    }
    if figures.close_problem is not None or not figures.shell_deleted:
        found = figures.close_problem or "The host did not confirm that the shell was deleted."
        remedy = "It ends by its idle time-out of 180 s; look on the host: winrm enumerate winrm/shell"
        return failed("shell deleted", found, "shell-left", remedy, **measured)
    if figures.shell_id is None:
        return ok("shell deleted", "none was opened", **measured)
    counted = ", ".join(f"{name} {number}" for name, number in figures.requests.items())
    return ok("shell deleted", f"confirmed by the host; requests: {counted}, logon {figures.auth_legs}", **measured)


def _large() -> str:
    """The question's number used only once, as long as the answer is to be: the collector's answer repeats it."""
    odd = "äß€\u2028'\"`$\\%^😀"
    letters = string.ascii_letters + string.digits
    return odd + secrets.token_hex(16) + (letters * (LARGE // len(letters) + 1))[: LARGE - len(odd) - 32]


def _frame_of(stdout: bytes) -> dict[str, Any]:
    """How a frame that was read as whole lay in the output."""
    joined = stdout.translate(None, b"\r\n")
    header = _HEADER.search(joined)
    start, end = stdout.find(START), stdout.rfind(END)
    whole = start >= 0 and end >= 0
    return {
        "length": int(header[1]) if header else 0,
        "algorithm": header[2].decode("ascii") if header else "",
        "line_ends_inside": stdout.count(b"\n", start, end) if whole else stdout.strip().count(b"\n"),
        "bytes_before": len(stdout[:start].strip()) if whole else 0,
        "bytes_after": len(stdout[end + len(END) :].strip()) if whole else 0,
    }


def _wrapped(seen: dict[str, Any]) -> str:
    return f"wrapped by {seen['line_ends_inside']} line ends" if seen["line_ends_inside"] else "in one line"


def _seconds(started: object, finished: object) -> float | None:
    if not isinstance(started, str) or not isinstance(finished, str):
        return None
    try:
        return (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
    except ValueError:
        return None
