"""What a snapshot by VSS needs: writers that are well, and the services that take part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from vmready.facts.registry import Inputs, UnreadableFact, fact, plain_value
from vmready.facts.services import told
from vmready.facts.vss_writers import Writer, parse
from vmready.probes.answers import Answer, Reason, Why
from vmready.probes.readings import NativeText
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Native, Probe, Service

WRITERS = Native("vssadmin list writers")
#: The collector tells so many characters at most.
_TEXT_LIMIT = 65536
_STABLE, _FIRST_FAILED = 1, 6
_NAME = "snapshots"
#: Last errors that are none, where the language is known.
_NO_ERROR = "no error"
#: Errors in English, which count as such even where every writer shows the same.
_ERRORS = ("retryable error", "timed out", "inconsistent shadow copy", "out of resources", "unexpected error")


class Runs(Enum):
    """Whether a service has to run before a snapshot is taken."""

    ON_DEMAND = "on demand"
    BETTER = "better"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class Part:
    """A service that takes part. ``missing``: whether it must be there."""

    name: str
    missing: bool = True
    runs: Runs = Runs.ON_DEMAND
    account: tuple[str, ...] = ()


PARTS = (
    Part("VSS"),
    Part("swprv"),
    Part("COMSysApp", runs=Runs.BETTER),
    Part(
        "MSDTC", account=(r"nt authority\networkservice", r"nt authority\network service", "networkservice", "s-1-5-20")
    ),
    Part("EventSystem", runs=Runs.MUST),
    Part("CryptSvc", runs=Runs.BETTER),
    Part("IaasVmProvider", missing=False),
)
_DISABLED = 4


@dataclass(frozen=True, slots=True)
class PartState:
    """A service as it is. ``problem`` and ``doubt`` are empty where there is none; ``there`` False: the machine has none."""

    start: int | None
    problem: str = ""
    doubt: str = ""
    there: bool = True


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Writers and services. Each stands alone: what could not be read makes only its own item undetermined."""

    listing: Answer[NativeText]
    services: Mapping[Probe[Any], Answer[ServiceReading]]

    def writers(self) -> tuple[Writer, ...]:
        """The writers, none where the list is empty. UnreadableFact where it could not be made or is not understood."""
        found: NativeText | None = plain_value(_NAME, WRITERS, self.listing)
        if found is None:
            raise UnreadableFact(
                _NAME, Why(Reason.FAILED, "NoProgram", "there is no vssadmin on the machine"), str(WRITERS)
            )
        writers = parse(found.text)
        if found.exit_code not in (0, None) and not writers:
            text = f"vssadmin ended with {found.exit_code} and listed nothing (it wants an administrator)"
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "Exit", text), str(WRITERS))
        unclear = [writer for writer in writers if writer.state is None]
        failed = any(writer.state is not None and writer.state >= _FIRST_FAILED for writer in writers)
        if not failed and found.exit_code not in (0, None):
            text = f"vssadmin ended with {found.exit_code}: the list of writers may not be whole"
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "Exit", text), str(WRITERS))
        if not failed and (unclear or len(found.text) >= _TEXT_LIMIT):
            cut = len(found.text) >= _TEXT_LIMIT
            said = "the list of writers was cut off" if cut else f"the state of {unclear[0]} is not understood"
            raise UnreadableFact(_NAME, Why(Reason.FAILED, "NotUnderstood", said), str(WRITERS))
        return writers

    def failed(self) -> tuple[str, ...]:
        """The writers whose state number says that they failed."""
        return tuple(
            f"{writer} is in state {writer.state}{f' ({writer.error})' if writer.error else ''}"
            for writer in self.writers()
            if writer.state is not None and writer.state >= _FIRST_FAILED
        )

    def waiting(self) -> tuple[str, ...]:
        """The writers that wait, as they do while a backup runs."""
        return tuple(
            f"{writer} waits (state {writer.state})"
            for writer in self.writers()
            if writer.state is not None and _STABLE < writer.state < _FIRST_FAILED
        )

    def doubts(self) -> Iterator[str]:
        """State 0, and last errors that look like one: their text is translated, so it decides nothing."""
        writers = self.writers()
        usual = Counter(writer.error.lower() for writer in writers).most_common()
        for writer in writers:
            error = writer.error.lower()
            if not writer.state:
                yield f"the state of {writer} is unknown (0)"
            elif error and error != _NO_ERROR and (error != usual[0][0] or any(word in error for word in _ERRORS)):
                yield f"the last error of {writer} is “{writer.error[:120]}”"

    def part(self, name: str) -> PartState:
        """A service that takes part in snapshots. UnreadableFact where what decides is not known."""
        part = next(part for part in PARTS if part.name == name)
        service: ServiceReading | None = plain_value(_NAME, Service(name), self.services[Service(name)])
        if service is None:
            return PartState(None, f"there is no service {name}" if part.missing else "", there=False)
        if service.start == _DISABLED:
            said = f"the service {name} is disabled"
            return PartState(service.start, said if part.missing else "", "" if part.missing else said)
        told(_NAME, service, "start", *(() if part.runs is Runs.ON_DEMAND else ("state",)))
        if part.account:
            told(_NAME, service, "account")
        if part.account and (service.account or "").strip().lower() not in part.account:
            return PartState(service.start, f"the service {name} runs as {service.account}, not as NetworkService")
        stopped = (
            "" if service.running or part.runs is Runs.ON_DEMAND else f"the service {name} is {service.state_text}"
        )
        must = part.runs is Runs.MUST
        return PartState(service.start, stopped if must else "", "" if must else stopped)


def _service_probes(_: Inputs) -> tuple[Service, ...]:
    return tuple(Service(part.name) for part in PARTS)


@fact
def snapshots(listing: Annotated[Answer[NativeText], WRITERS], services: Annotated[Any, _service_probes]) -> Snapshots:
    """VSS writers and services. Never unreadable itself."""
    return Snapshots(listing, services)
