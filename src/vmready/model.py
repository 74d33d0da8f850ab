"""The nouns: what the rest of vmready is about. Standard library only, no input or output.

A *document* is a published page, a *source* a section of it. A *requirement* is one thing that a source asks of a machine;
judging it on a *host* gives a *finding* with exactly one *verdict*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Literal


class Verdict(StrEnum):
    """The only outcomes that a planned cell (host x requirement x parameters) can have."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "non-compliant"
    WARNING = "warning"
    NOTED = "noted"
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"
    UNDETERMINED = "undetermined"
    UNREACHABLE = "unreachable"
    NOT_RUN = "not run"


#: Verdicts that say that nothing is known of the machine: they never count as good.
UNKNOWN = frozenset({Verdict.UNDETERMINED, Verdict.UNREACHABLE, Verdict.NOT_RUN})
#: Verdicts that were reached by looking at what the machine answered.
JUDGED = frozenset({Verdict.COMPLIANT, Verdict.NON_COMPLIANT, Verdict.WARNING, Verdict.NOTED, Verdict.WAIVED})


class Kind(StrEnum):
    """What a deviation means: non-compliant (must), a warning (should), or evidence only (info)."""

    MUST = "must"
    SHOULD = "should"
    INFO = "info"


class Severity(StrEnum):
    """How much a deviation matters; ``--gate`` compares it. Ordered: ``Severity.HIGH.rank > Severity.LOW.rank``."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        return {"critical": 3, "high": 2, "medium": 1, "low": 0}[self.value]


class Role(StrEnum):
    """What a machine is there for. A closed list: an inventory that names another role is in error."""

    AZURE_VM = "azure-vm"
    UPDATE_MANAGEMENT = "update-management"
    AZURE_UPDATE_MANAGER = "azure-update-manager"
    SESSION_HOST = "session-host"
    GOLDEN_IMAGE = "golden-image"
    AZURE_BACKUP = "azure-backup"


class Origin(StrEnum):
    """Where a host's role comes from. Declared and implied roles bind; a discovered one can turn out not to apply."""

    DECLARED = "declared"
    IMPLIED = "implied"
    DISCOVERED = "discovered"


@dataclass(frozen=True, slots=True)
class Document:
    """A published page. ``document["Section"]`` is a source."""

    key: str
    title: str
    url: str = ""

    def __getitem__(self, section: str) -> Source:
        return Source(self, section)


@dataclass(frozen=True, slots=True)
class Source:
    """A section of a document: what a requirement cites."""

    document: Document
    section: str

    def __str__(self) -> str:
        return f"{self.document.title}, section “{self.section}”"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a document asks of a machine.

    ``id`` is stable for ever. ``as_documented`` is the body that replaces the function's own under ``--as-documented``, where the
    letter of the document differs from our decision (None: it does not differ).
    """

    id: str
    title: str
    kind: Kind
    severity: Severity
    source: Source
    rationale: str
    remedy: str
    roles: frozenset[Role]
    as_documented: Any = None


@dataclass(frozen=True, slots=True)
class CredentialReference:
    """Where a secret is to be found; never the secret itself.

    kind ``env``: ``value`` is a variable's name; ``file``: a path, whose first line is the secret; ``command``: the argument vector
    (a tuple) of a program that prints it, run once per reference; ``keyring``: ``(service, username)``; ``ask``: asked at the terminal.
    """

    kind: Literal["env", "file", "command", "keyring", "ask"]
    value: str | tuple[str, ...] = ""

    def __str__(self) -> str:
        """How messages name it: the reference, never what it leads to (a command's arguments may hold secrets: program only)."""
        if self.kind == "command":
            return f"command:{self.value[0] if self.value else ''} …"
        if self.kind == "keyring":
            return "keyring:" + "/".join(self.value)
        return f"{self.kind}:{self.value}" if self.value else self.kind

    def __repr__(self) -> str:
        """As ``str``: a debugger's or a traceback's view of a host must not show a command's arguments either."""
        return f"<credential {self}>"


@dataclass(frozen=True, slots=True)
class Tls:
    """How the server of an HTTPS listener is trusted. ``fingerprint`` is the SHA-256 of its certificate, 64 hex digits, lower case.

    Exactly one way holds: a fingerprint, a CA file, the system's CAs (both None), or nothing at all (``verify`` False), which every
    report shows. ``server_name`` is the name in the certificate where it differs from the address (tunnels, Bastion).
    """

    verify: bool = True
    ca_file: str | None = None
    fingerprint: str | None = None
    server_name: str | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``connect``: TCP and TLS; ``operation``: one WS-Man operation; ``host``: everything that is done to one host."""

    connect: float = 10.0
    operation: float = 30.0
    host: float = 300.0


@dataclass(frozen=True, slots=True)
class Host:
    """A machine to be looked at: how it is reached and what is said of it. Never a secret.

    ``declared_roles`` is None where the inventory is silent (roles are discovered then); ``excluded_roles`` are those written ``!role``.
    ``state`` is the twin's state file, which only the twin reads.
    """

    name: str
    address: str
    port: int = 5986
    path: str = "/wsman"
    scheme: Literal["https", "http"] = "https"
    transport: Literal["winrm"] = "winrm"
    auth: Literal["ntlm", "negotiate", "basic"] = "negotiate"
    username: str = ""
    credential: CredentialReference | None = None
    tls: Tls = field(default_factory=Tls)
    timeouts: Timeouts = field(default_factory=Timeouts)
    declared_roles: frozenset[Role] | None = None
    excluded_roles: frozenset[Role] = frozenset()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    resource_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    state: str | None = None
    allow_undetermined: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The endpoint, port always written out (clients disagree about the default)."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{address}:{self.port}{self.path}"


class Fault(Enum):
    """Whose fault it is that a host gave no snapshot: the first split of every error about a host."""

    CONFIGURATION = "ours: inventory, credential or trust setting"
    NETWORK = "the way to the host"
    HOST = "the host"
    RUN = "the run: deadline or interrupt"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a host gave no snapshot, in plain words. ``code`` is stable (``wrong-password``, ``dns``, ``refused``, ``tls-untrusted``, …)."""

    code: str
    message: str
    remedy: str
    fault: Fault = Fault.HOST


@dataclass(frozen=True, slots=True)
class Cell:
    """One planned question: an item of a requirement on a host. ``item`` is the row's id or ``<row>.<part>``."""

    host: str
    requirement: str
    item: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to a cell.

    ``detail`` is the text for people (the assertion's message, or the reason); ``observed`` a small JSON value that the body named;
    ``notes`` what it noted or advised besides; ``basis`` says whether our decision or the document's letter decided;
    ``waiver`` what a waiver did; ``seconds`` the time the judgement took.
    """

    cell: Cell
    verdict: Verdict
    detail: str = ""
    observed: Any = None
    notes: tuple[str, ...] = ()
    basis: Literal["decision", "letter"] = "decision"
    cause: str | None = None
    waiver: Mapping[str, Any] | None = None
    seconds: float = 0.0
