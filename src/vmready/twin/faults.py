"""Faults that a twin plays, as data: ``{at: receive, kind: reset, times: 1}``.

| key | meaning |
|---|---|
| ``kind`` | a name of :data:`KINDS` |
| ``at`` | an operation, ``any`` of them, ``authenticate`` (what ends a logon), ``tls``, ``connect``; a kind has a default |
| ``request`` | from the n-th such request of this host on (1 is the first); played once unless ``times`` says otherwise |
| ``times`` | how often; without it always |
| ``seconds``, ``value`` | what the kind needs: a delay, a size, an exit code |
"""

from __future__ import annotations

import difflib
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from vmready.twin.certificates import Flaw
from vmready.twin.execution import Execution, TwinError
from vmready.twin.wsman_faults import FAULTS

OPERATIONS = ("identify", "create", "command", "send", "receive", "signal", "delete")
PLACES = ("connect", "tls", "authenticate", "any", *OPERATIONS)


class Layer(StrEnum):
    """Which part of the twin plays a fault. One fault of each layer can hit the same request."""

    CONNECT = "connect"
    TLS = "tls"
    TIME = "time"
    SHELLS = "shells"
    REQUEST = "request"
    OUTPUT = "output"
    REPLY = "reply"
    WIRE = "wire"


@dataclass(frozen=True, slots=True)
class Fault:
    """One declared fault; see the module's table."""

    kind: str
    at: str
    request: int = 1
    times: int | None = None
    seconds: float = 1.0
    value: int | None = None

    @property
    def always(self) -> bool:
        """Whether it is played from the first request to the last."""
        return self.request == 1 and self.times is None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault. ``doc`` says what the client meets; ``status``, ``fault``, ``flaw``, ``execution`` and ``text`` are
    what its layer plays."""

    name: str
    layer: Layer
    at: str
    doc: str
    status: int = 0
    fault: str = ""
    flaw: Flaw = Flaw.NONE
    execution: Callable[[Execution, int | None], Execution] | None = None
    text: Callable[[str], str] | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The values of ``at`` that make sense."""
        match self.layer:
            case Layer.CONNECT | Layer.TLS:
                return (self.at,)
            case Layer.OUTPUT:
                return ("command",)
            case Layer.TIME | Layer.REQUEST if not self.fault:
                return ("authenticate", "any", *OPERATIONS)
            case _:
                return ("any", *OPERATIONS)


_CLIXML = (
    b'#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj S="progress" RefId="0">'
    b'<TN RefId="0"><T>System.Management.Automation.PSCustomObject</T><T>System.Object</T></TN><MS><I64 N="SourceId">1</I64>'
    b'<PR N="Record"><AV>Preparing modules for first use.</AV><AI>0</AI><Nil /><PI>-1</PI><PC>-1</PC><T>Completed</T>'
    b"<SR>-1</SR><SD> </SD></PR></MS></Obj></Objs>"
)
_BOMB = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))


def _more(stdout: bytes, stderr: bytes) -> Callable[[Execution, int | None], Execution]:
    return lambda run, _: Execution(stdout + run.stdout, stderr + run.stderr, run.exit_code, run.seconds)


def _stdout(change: Callable[[bytes, int | None], bytes]) -> Callable[[Execution, int | None], Execution]:
    return lambda run, value: Execution(change(run.stdout, value), run.stderr, run.exit_code, run.seconds)


def _huge(stdout: bytes, value: int | None) -> bytes:
    line = b"0123456789abcdef" * 7 + b"0123456789abcd\r\n"
    size = 100 * 1024 * 1024 if value is None else value
    return (line * (size // len(line) + 1))[:size]


def _spoil_base64(text: str) -> str:
    return re.sub(r"(<rsp:Stream [^>]*>)[A-Za-z0-9+/]([A-Za-z0-9+/=]+)(?=</rsp:Stream>)", r"\1@\2", text, count=1)


def _kinds() -> Iterable[Kind]:
    yield Kind("refused", Layer.CONNECT, "connect", "Nothing listens there: refused, or reset as soon as it connects.")
    yield Kind("handshake-failure", Layer.TLS, "tls", "The TLS handshake ends with a fatal alert.")
    yield Kind("handshake-silence", Layer.TLS, "tls", "The connection opens, the TLS handshake is never answered.")
    yield Kind("wrong-name", Layer.TLS, "tls", "A trusted certificate for another name.", flaw=Flaw.WRONG_NAME)
    yield Kind("expired", Layer.TLS, "tls", "A trusted certificate that has expired.", flaw=Flaw.EXPIRED)
    yield Kind("unknown-ca", Layer.TLS, "tls", "A certificate of an authority nobody trusts.", flaw=Flaw.UNKNOWN_CA)

    yield Kind("delay", Layer.TIME, "any", "The request is looked at only after `seconds`.")
    yield Kind("shells-gone", Layer.SHELLS, "any", "All shells of the host have vanished before this request.")
    yield Kind(
        "reboot", Layer.SHELLS, "any", "The host restarts: shells gone, connections reset, refused for `seconds`."
    )

    yield Kind("reset", Layer.REQUEST, "any", "The connection is reset instead of the request being carried out.")
    yield Kind("silence", Layer.REQUEST, "any", "No answer ever; the connection stays open.")
    for name, status, doc in (
        ("bad-request", 400, "400 without a body, as for a seal that does not verify."),
        ("forbidden", 403, "403 without a body: the listener filters this client."),
        ("not-found", 404, "404 without a body: something that is no WinRM listener."),
        ("too-large", 413, "413 without a body: the request exceeds the service's envelope."),
        ("server-error", 500, "500 without a body."),
    ):
        yield Kind(name, Layer.REQUEST, "any", f"HTTP status {doc}", status=status)
    yield Kind(
        "unauthorized", Layer.REQUEST, "authenticate", "HTTP status 401: the logon is refused or lost.", status=401
    )
    for name, shape in FAULTS.items():
        at = {"too-many-shells": "create", "file-not-found": "command", "timed-out": "receive"}.get(name, "any")
        yield Kind(name, Layer.REQUEST, at, f"WSManFault {shape.code}: {shape.reason.strip()}", fault=name)

    yield Kind(
        "huge-output", Layer.OUTPUT, "command", "`value` bytes (100 MB) of lines instead.", execution=_stdout(_huge)
    )
    yield Kind("split-characters", Layer.OUTPUT, "command", "Stream elements of `value` bytes, cut inside characters.")
    yield Kind(
        "truncated",
        Layer.OUTPUT,
        "command",
        "Half of the output is missing, yet the command is Done with its exit code.",
        execution=_stdout(lambda data, _: data[: len(data) // 2]),
    )
    yield Kind("no-output", Layer.OUTPUT, "command", "Done without output.", execution=_stdout(lambda data, _: b""))
    yield Kind(
        "two-frames", Layer.OUTPUT, "command", "The output comes twice.", execution=_stdout(lambda data, _: data + data)
    )
    yield Kind(
        "stdout-noise",
        Layer.OUTPUT,
        "command",
        "A byte order mark and a banner stand before the output.",
        execution=_more(b"\xef\xbb\xbfWelcome.\r\n\r\n", b""),
    )
    yield Kind(
        "stderr-noise",
        Layer.OUTPUT,
        "command",
        "Text on stderr as well.",
        execution=_more(b"", b"WARNING: noise\r\n" * 50),
    )
    yield Kind("clixml", Layer.OUTPUT, "command", "Progress as CLIXML on stderr.", execution=_more(b"", _CLIXML))
    yield Kind(
        "exit-code",
        Layer.OUTPUT,
        "command",
        "The command ends with exit code `value` (1).",
        execution=lambda run, value: Execution(run.stdout, run.stderr, 1 if value is None else value, run.seconds),
    )

    def reply(name: str, doc: str, text: Callable[[str], str], at: str = "any") -> Kind:
        return Kind(name, Layer.REPLY, at, doc, text=text)

    yield reply(
        "wrong-relates-to",
        "The reply belongs to another request.",
        lambda text: re.sub(r"(<a:RelatesTo>)[^<]*", r"\1uuid:00000000-0000-4000-8000-000000000000", text),
    )
    yield reply("half-envelope", "The envelope ends in its middle.", lambda text: text[: len(text) // 2])
    yield reply(
        "invalid-xml", "The body is not well-formed XML.", lambda text: text.replace("<s:Body>", "<s:Body><&", 1)
    )
    yield reply(
        "html", "A web page instead of an envelope.", lambda _: "<html><body><h1>It works!</h1><br></body></html>"
    )
    yield reply(
        "xml-bomb",
        "The reply defines entities that grow to a billion characters.",
        lambda text: (
            f'<!DOCTYPE s:Envelope [<!ENTITY b0 "0123456789">{_BOMB}]>'
            + text.replace("<s:Body>", "<s:Body><bomb>&b9;</bomb>", 1)
        ),
    )
    yield reply(
        "external-entity",
        "The reply includes a local file as an external entity.",
        lambda text: (
            '<!DOCTYPE s:Envelope [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
            + text.replace("<s:Body>", "<s:Body><stolen>&file;</stolen>", 1)
        ),
    )
    yield reply("invalid-base64", "A Stream element is not base64.", _spoil_base64, "receive")
    yield reply(
        "no-stream-end",
        "Done, but no stream carries its end marker.",
        lambda text: re.sub(r'<rsp:Stream [^>]*End="true"></rsp:Stream>', "", text),
        "receive",
    )

    yield Kind("drip", Layer.WIRE, "any", "The reply's body comes one byte every `seconds`.")
    yield Kind("cut-off", Layer.WIRE, "any", "The connection closes in the middle of the reply's body.")
    yield Kind("reset-reply", Layer.WIRE, "any", "Carried out, but the connection is reset in the middle of the reply.")
    yield Kind("broken-seal", Layer.WIRE, "any", "The reply's seal does not verify (sealed messages only).")


#: Every kind of fault by name.
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _kinds()}


class Schedule:
    """The faults of one host and how often each was due and played. Safe for threads."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self._lock = threading.Lock()
        self._seen: Counter[int] = Counter()
        self._fired: Counter[int] = Counter()

    @property
    def never_listens(self) -> bool:
        """Whether the host is down for good."""
        return any(fault.kind == "refused" and fault.always for fault in self._faults)

    def take(self, layer: Layer, place: str) -> Fault | None:
        """The fault of this layer that is due at this place now; it counts as played."""
        due: Fault | None = None
        with self._lock:
            for number, fault in enumerate(self._faults):
                if KINDS[fault.kind].layer is not layer or not _matches(fault.at, place):
                    continue
                self._seen[number] += 1
                spent = fault.times is not None and self._fired[number] >= fault.times
                if due is None and self._seen[number] >= fault.request and not spent:
                    self._fired[number] += 1
                    due = fault
        return due

    def played(self) -> dict[str, int]:
        """Kind -> how often it was played."""
        totals: Counter[str] = Counter()
        with self._lock:
            for number, times in self._fired.items():
                totals[self._faults[number].kind] += times
        return dict(totals)


def _matches(at: str, place: str) -> bool:
    return at == place or (at == "any" and place in OPERATIONS)


def parse_faults(data: object, where: str = "faults") -> tuple[Fault, ...]:
    """Faults as declared in an inventory or a state. Raises :class:`TwinError` that names the key and the nearest one."""
    if not isinstance(data, list):
        raise TwinError(f"{where}: expected a list of faults, each with a kind")
    return tuple(_fault(item, f"{where}[{number}]") for number, item in enumerate(data))


def _fault(item: object, where: str) -> Fault:
    if not isinstance(item, dict) or "kind" not in item:
        raise TwinError(f"{where}: a fault needs a kind, such as {{kind: reset, at: receive}}")
    for key in item:
        if key not in {"kind", "at", "request", "times", "seconds", "value"}:
            raise TwinError(f"{where}: unknown key {key!r}{_nearest(str(key), Fault.__dataclass_fields__)}")
    kind = KINDS.get(str(item["kind"]))
    if kind is None:
        raise TwinError(f"{where}: unknown kind {item['kind']!r}{_nearest(str(item['kind']), KINDS)}")
    at = str(item.get("at", kind.at))
    if at not in kind.places:
        raise TwinError(f"{where}: {kind.name} cannot happen at {at!r}, only at {', '.join(kind.places)}")

    def number(key: str, least: int) -> int | None:
        value = item.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
            raise TwinError(f"{where}: {key} must be a whole number, {least} or more")
        return value

    seconds = item.get("seconds", 1.0)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 86_400:
        raise TwinError(f"{where}: seconds must be a number between 0 and 86400")
    request = number("request", 1)
    times = number("times", 1)
    if times is None and request is not None:
        times = 1
    return Fault(kind.name, at, request or 1, times, float(seconds), number("value", 0))


def _nearest(word: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {found[0]!r}?" if found else ""
