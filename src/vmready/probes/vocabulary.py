"""The sixteen verbs as hashable questions. ``docs/probes.md`` says what each one answers.

A probe knows the words it sends (``words()``), its canonical text (``text``) and how to read the JSON value that came back (``parse``).
Equal probes have equal text and are asked once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from vmready.probes import readings
from vmready.probes.lines import argument

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Probe(ABC, Generic[T_co]):
    """A read-only question to a host."""

    verb: ClassVar[str]
    #: Lines are sent in this order: what reading one thing may change in another is read first.
    order: ClassVar[int] = 50

    @abstractmethod
    def _words(self) -> Iterator[str]:
        """The subject, then the options, in a fixed order."""

    @abstractmethod
    def parse(self, value: Any) -> T_co:
        """The reading for an observed value; :class:`~vmready.probes.readings.Malformed` where the value has not its documented shape."""

    @cached_property
    def text(self) -> str:
        """The canonical text: verb and arguments exactly as they stand on the line."""
        return " ".join([argument(self.verb), *(argument(word) for word in self._words())])

    @property
    def rank(self) -> int:
        return self.order

    def __str__(self) -> str:
        return " ".join([self.verb, *self._words()])


def _options(name: str, values: tuple[str, ...] | tuple[int, ...]) -> Iterator[str]:
    for value in values:
        yield f"{name}={value}"


@dataclass(frozen=True)
class RegistryKey(Probe[readings.Key]):
    """A registry key: chosen values (all where ``values`` is empty) and the names of its sub-keys, ``depth`` levels down.

    ``shape``: values of which only the shape is told (secrets), compared on the host with the literals of ``equals``.
    ``contains``: only values that hold all these literals. ``cut_userinfo``: ``user:password@`` is overwritten on the host.
    """

    verb = "registry"
    order = 20
    path: str
    values: tuple[str, ...] = ()
    depth: int = 0
    shape: tuple[str, ...] = ()
    equals: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    cut_userinfo: bool = False

    def _words(self) -> Iterator[str]:
        yield self.path
        if self.depth:
            yield f"depth={self.depth}"
        yield from _options("value", self.values)
        yield from _options("shape", self.shape)
        yield from _options("equals", self.equals)
        yield from _options("contains", self.contains)
        if self.cut_userinfo:
            yield "userinfo=cut"

    def parse(self, value: Any) -> readings.Key:
        return readings.Key.read(value)


@dataclass(frozen=True)
class RegistryHives(Probe[readings.Hives]):
    """The same key in every loaded user hive: ``HKU\\*\\<path>``."""

    verb = "registry"
    order = 20
    path: str
    values: tuple[str, ...] = ()

    def _words(self) -> Iterator[str]:
        yield "HKU\\*\\" + self.path
        yield from _options("value", self.values)

    def parse(self, value: Any) -> readings.Hives:
        return readings.Hives.read(value)


@dataclass(frozen=True)
class Service(Probe[readings.Service]):
    """A service: state, start type, account, process. ``again`` reads the state twice, at least ten seconds apart.

    ``shown``: the start type also as Get-Service shows it, which older .NET does not.
    """

    verb = "service"
    order = 10
    name: str
    again: bool = False
    shown: bool = False

    def _words(self) -> Iterator[str]:
        yield self.name
        if self.again:
            yield "again=yes"
        if self.shown:
            yield "start=shown"

    def parse(self, value: Any) -> readings.Service:
        return readings.Service.read(self.name, value)


@dataclass(frozen=True)
class Process(Probe[tuple[readings.Process, ...]]):
    """Every process of a name (without ``.exe``). Absent where none runs."""

    verb = "process"
    order = 25
    name: str

    def _words(self) -> Iterator[str]:
        yield self.name

    def parse(self, value: Any) -> tuple[readings.Process, ...]:
        return readings.Process.read_all(value)


@dataclass(frozen=True)
class Events(Probe[readings.EventLog]):
    """Events of a log, newest first. ``since`` is a window back from the host's clock: ``24h``, ``7d``, ``30m``.

    Give ``contains`` or ``newest`` where a flood of other events could hide the one that matters. ``kinds``: what each property is.
    """

    verb = "events"
    order = 35
    log: str
    provider: str | None = None
    ids: tuple[int, ...] = ()
    levels: tuple[int, ...] = ()
    contains: tuple[str, ...] = ()
    since: str | None = None
    newest: int = 50
    kinds: bool = False

    def _words(self) -> Iterator[str]:
        yield self.log
        if self.provider is not None:
            yield f"provider={self.provider}"
        yield from _options("id", self.ids)
        yield from _options("level", self.levels)
        yield from _options("contains", self.contains)
        if self.since is not None:
            yield f"since={self.since}"
        yield f"newest={self.newest}"
        if self.kinds:
            yield "kinds=yes"

    def parse(self, value: Any) -> readings.EventLog:
        return readings.EventLog.read(value)


@dataclass(frozen=True)
class Path(Probe[readings.Paths]):
    """Files and folders that fit a pattern (``*`` in a segment, ``**`` for up to four levels, ``%VARIABLE%``)."""

    verb = "path"
    order = 30
    pattern: str

    def _words(self) -> Iterator[str]:
        yield self.pattern

    def parse(self, value: Any) -> readings.Paths:
        return readings.Paths.read(value)


@dataclass(frozen=True)
class Tail(Probe[readings.Tail]):
    """The end of a text file; ``lines_with`` finds lines by literals far before the end; ``blank`` empties values of JSON keys on the host."""

    verb = "tail"
    order = 30
    path: str
    size: int = 65536
    lines_with: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()

    def _words(self) -> Iterator[str]:
        yield self.path
        yield f"bytes={self.size}"
        yield from _options("lines-with", self.lines_with)
        yield from _options("blank", self.blank)

    def parse(self, value: Any) -> readings.Tail:
        return readings.Tail.read(value)


@dataclass(frozen=True)
class Xml(Probe[readings.XmlShape]):
    """The shape of an XML file: well-formed, which elements, which literals outside comments. Never its content."""

    verb = "xml"
    order = 30
    path: str
    elements: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()

    def _words(self) -> Iterator[str]:
        yield self.path
        yield from _options("element", self.elements)
        yield from _options("literal", self.literals)

    def parse(self, value: Any) -> readings.XmlShape:
        return readings.XmlShape.read(value)


@dataclass(frozen=True)
class Descriptor(Probe[readings.Descriptor]):
    """The security descriptor of a file or folder as SDDL; account names only where ``names`` asks for them."""

    verb = "descriptor"
    order = 30
    path: str
    names: bool = False

    def _words(self) -> Iterator[str]:
        yield self.path
        if self.names:
            yield "names=yes"

    def parse(self, value: Any) -> readings.Descriptor:
        return readings.Descriptor.read(value)


@dataclass(frozen=True)
class Wmi(Probe[readings.Instances]):
    """Instances of a WMI class of the collector's allow-list: chosen properties, at most one ``property = literal`` condition."""

    verb = "wmi"
    order = 80
    class_name: str
    properties: tuple[str, ...]
    namespace: str = r"root\cimv2"
    where: tuple[str, str] | None = None

    def _words(self) -> Iterator[str]:
        yield self.class_name
        yield f"namespace={self.namespace}"
        yield from _options("property", self.properties)
        if self.where is not None:
            yield f"where={self.where[0]}={self.where[1]}"

    def parse(self, value: Any) -> readings.Instances:
        return readings.Instances.read(value)


@dataclass(frozen=True)
class TcpConnect(Probe[readings.Connection]):
    """A TCP connection from the host to a name or address; DNS and connect told apart."""

    verb = "tcp"
    order = 70
    host: str
    port: int

    def _words(self) -> Iterator[str]:
        yield self.host
        yield f"port={self.port}"

    def parse(self, value: Any) -> readings.Connection:
        return readings.Connection.read(value)


@dataclass(frozen=True)
class HttpGet(Probe[readings.Exchange]):
    """A GET from the host. ``proxy``: ``none``, ``default`` (that of the account that collects) or ``host:port``.

    ``default_protocols``: under the protocols that the process starts with, before TLS 1.2 is switched on.
    ``message``: the text that .NET makes of an error status, too.
    """

    verb = "http"
    order = 70
    url: str
    proxy: str = "none"
    metadata: bool = False
    body: int = 0
    default_protocols: bool = False
    message: bool = False

    @property
    def rank(self) -> int:
        return 60 if self.default_protocols else self.order

    def _words(self) -> Iterator[str]:
        yield self.url
        yield f"proxy={self.proxy}"
        if self.metadata:
            yield "metadata=yes"
        if self.body:
            yield f"body={self.body}"
        if self.default_protocols:
            yield "protocols=default"
        if self.message:
            yield "message=yes"

    def parse(self, value: Any) -> readings.Exchange:
        return readings.Exchange.read(value)


@dataclass(frozen=True)
class Certificates(Probe[tuple[readings.Certificate, ...]]):
    """The certificates of ``LocalMachine\\My``: public parts only."""

    verb = "certificates"
    order = 40
    store: str = r"LocalMachine\My"

    def _words(self) -> Iterator[str]:
        yield self.store

    def parse(self, value: Any) -> tuple[readings.Certificate, ...]:
        return readings.Certificate.read_all(value)


@dataclass(frozen=True)
class Native(Probe[readings.NativeText]):
    """The text of one of three allow-listed native commands. Localised: nothing but layout and numbers is judged."""

    verb = "native"
    order = 75
    command: str

    def _words(self) -> Iterator[str]:
        yield self.command

    def parse(self, value: Any) -> readings.NativeText:
        return readings.NativeText.read(value)


@dataclass(frozen=True)
class Com(Probe[readings.ComReading]):
    """One of two allow-listed COM objects: properties by dotted path, or the items that a call returns."""

    verb = "com"
    order = 90
    class_name: str
    properties: tuple[str, ...]
    call: str | None = None

    def _words(self) -> Iterator[str]:
        yield self.class_name
        if self.call is not None:
            yield f"call={self.call}"
        yield from _options("property", self.properties)

    def parse(self, value: Any) -> readings.ComReading:
        return readings.ComReading.read(value)


@dataclass(frozen=True)
class AppLockerPolicy(Probe[str]):
    """The XML of the effective AppLocker policy's Exe collection."""

    verb = "applocker"
    order = 45

    def _words(self) -> Iterator[str]:
        yield "effective"

    def parse(self, value: Any) -> str:
        return readings.text_member(value, "xml")


@dataclass(frozen=True)
class AppLockerFiles(Probe[tuple[readings.AppLockerFile, ...]]):
    """What AppLocker knows of the files that fit a pattern: publisher, Authenticode hash, path."""

    verb = "applocker"
    order = 45
    pattern: str

    def _words(self) -> Iterator[str]:
        yield "file"
        yield f"path={self.pattern}"

    def parse(self, value: Any) -> tuple[readings.AppLockerFile, ...]:
        return readings.AppLockerFile.read_all(value)


@dataclass(frozen=True)
class System(Probe[readings.System]):
    """What the host says of itself: names, versions, language mode, boot time, clock. Asked in every first round."""

    verb = "system"
    order = 0

    def _words(self) -> Iterator[str]:
        return iter(())

    def parse(self, value: Any) -> readings.System:
        return readings.System.read(value)
