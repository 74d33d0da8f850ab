"""One host's rounds: the script sent, the frame read, the document held against what was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from vmready.probes.frame import END, FrameError, FrameFault, answers_by_text, read_frame
from vmready.probes.script import script
from vmready.remote.deadline import Deadline
from vmready.remote.errors import (
    CollectorBlocked,
    CollectorCutOff,
    CollectorDamaged,
    CollectorNotRun,
    HostError,
    TooLarge,
    clean,
    where,
)
from vmready.remote.winrm import Connection, Execution

#: Seconds that the collector gets at most; probes that do not come to their turn are then answered as such.
BUDGET = 120

Answers = Mapping[str, Mapping[str, Any]]


def no_follow_up(answers: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """Nothing more to ask."""
    return ()


class Visit:
    """What is brought stands in the attributes, also where :meth:`ask` ends in an error after the first round."""

    def __init__(
        self, connection: Connection, deadline: Deadline, now: Callable[[], datetime], nonce: Callable[[], str]
    ) -> None:
        self._connection = connection
        self._host = connection.host
        self._deadline = deadline
        self._now = now
        self._nonce = nonce
        self.answers: dict[int, Answers] = {}
        self.documents: list[Mapping[str, Any]] = []
        self.mode = ""
        self.clock_difference: float | None = None

    def ask(self, first: Sequence[str], follow_up: Callable[[Answers], Sequence[str]]) -> None:
        """One round, and a second one where there is more to ask. Raises :class:`~vmready.remote.errors.HostError`."""
        self._connection.open()
        self._round(1, first)
        more = follow_up(self.answers[1])
        if more:
            self._round(2, more)

    def _round(self, number: int, texts: Sequence[str]) -> None:
        nonce = self._nonce()
        sent = self._now()
        # Three quarters of what is left: starting PowerShell, and the way back, take time as well.
        budget = max(1, min(BUDGET, int(self._deadline.remaining() * 0.75)))
        execution = self._connection.run_script(script(number, nonce, budget, texts), until=END)
        received = self._now()
        failure: HostError
        try:
            document = read_frame(execution.stdout, nonce=nonce, round_number=number)
        except FrameError as error:
            failure = self._explain(error, execution)
        else:
            self.answers[number] = self._by_text(document, texts)
            self.documents.append(document)
            if number == 1:
                mode = document.get("mode")
                self.mode = clean(mode, 40) if isinstance(mode, str) else ""
                self.clock_difference = _difference(document, sent, received)
            return
        raise failure

    def _by_text(self, document: Mapping[str, Any], texts: Sequence[str]) -> Answers:
        try:
            return answers_by_text(document, texts)
        except FrameError as error:
            raise self._malformed(str(error)) from None

    def _malformed(self, problem: str) -> HostError:
        return CollectorDamaged(f"The collector's document from {where(self._host)} cannot be used: {problem}.")

    def _explain(self, error: FrameError, execution: Execution) -> HostError:
        """What a missing or broken frame says of the host. Exit code and stderr are only diagnostic."""
        host = where(self._host)
        said = plain_stderr(execution.stderr)
        ended = "" if execution.exit_code is None else f" (exit code {execution.exit_code})"
        told = f" PowerShell said: {said}" if said else ""
        match error.code:
            case FrameFault.MISSING if "ScriptContainedMaliciousContent" in said:
                return CollectorBlocked(f"The antimalware of {host} did not let the collector run{ended}.{told}")
            case FrameFault.MISSING if execution.exit_code or said:
                return CollectorNotRun(f"The collector did not run on {host}{ended}: it wrote no answer.{told}")
            case FrameFault.MISSING | FrameFault.TRUNCATED:
                return CollectorCutOff(f"The collector on {host} was cut off{ended}: {error}.{told}")
            case FrameFault.TOO_LARGE | FrameFault.TOO_DEEP:
                return TooLarge(f"The collector's document from {host} is beyond what is read: {error}.")
            case _:
                return CollectorDamaged(f"The collector's document from {host} cannot be used: {error}.{told}")


def plain_stderr(stderr: bytes) -> str:
    """The start of what PowerShell wrote on stderr, on one line; of its CLIXML only the error text, and no progress."""
    text = stderr[:16384].decode("utf-8", "replace").lstrip("\ufeff")
    if text.lstrip().startswith("#< CLIXML"):
        text = "".join(re.findall(r'<S S="Error">(.*?)</S>', text, re.DOTALL))
        for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
            text = text.replace(entity, character)
        text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)
    return clean(text)


def _difference(document: Mapping[str, Any], sent: datetime, received: datetime) -> float | None:
    """How far the host's clock is ahead: the middle of its work against the middle of our waiting, so good to half of that wait."""
    started, finished = _time(document.get("started")), _time(document.get("finished"))
    if started is None or finished is None or not timedelta(0) <= finished - started < timedelta(days=1):
        return None
    ours = sent + (received - sent) / 2
    theirs = started + (finished - started) / 2
    return round((theirs - ours).total_seconds(), 3)


def _time(text: object) -> datetime | None:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text, re.ASCII):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None
