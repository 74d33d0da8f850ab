"""An inventory played by twins: every host that names a state, on loopback, at the address and port that the inventory says.

    with TwinFleet.of([Path("inventories/demo.yaml")]) as fleet:
        ...  # pytest --hosts inventories/demo.yaml

What the inventory's references lead to is made where it is missing: the CA's certificate at ``tls.ca_file`` (anew at each start) and a
random password in each ``credential: {file: …}``. Only what a twin wrote is ever overwritten.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType

from vmready.inventory import load as load_inventory
from vmready.model import Host
from vmready.twin.authentication import Account
from vmready.twin.certificates import Authority
from vmready.twin.collection import DeclaredMachine
from vmready.twin.counts import HostCounts
from vmready.twin.execution import TwinError
from vmready.twin.faults import parse_faults
from vmready.twin.fleet import TwinHost
from vmready.twin.server import TwinServer
from vmready.twin.states import State, load

#: Stands before the certificate in every CA file that a twin wrote.
_MARK = "Made by vmready twin for one run: the authority of machines that are played.\n"


class TwinFleet:
    """Twins for hosts, serving from ``__enter__`` to ``__exit__``. ``left_out``: names of hosts without a state, which nobody plays.

    Raises :class:`TwinError`, one line that names the host (a mistake of the inventory or of a state, a port in use).
    """

    def __init__(self, hosts: Iterable[Host]) -> None:
        hosts = tuple(hosts)
        self.hosts = tuple(host for host in hosts if host.state is not None)
        self.left_out = tuple(host.name for host in hosts if host.state is None)
        if not self.hosts:
            raise TwinError("none of these hosts names a state: a twin needs one (key state of the host)")
        self.states: Mapping[str, State] = _states(self.hosts)
        self._servers: dict[tuple[str, int], TwinServer] = {}
        self._stack = ExitStack()

    @classmethod
    def of(cls, inventories: Sequence[Path]) -> TwinFleet:
        """The hosts of these inventories. Raises InventoryError and TwinError."""
        return cls(load_inventory(list(inventories)).hosts)

    def __enter__(self) -> TwinFleet:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._stack.close()

    def _start(self) -> None:
        secure = [host for host in self.hosts if host.scheme == "https"]
        authority = self._stack.enter_context(Authority()) if secure else None
        if authority is not None:
            _publish(authority, {host.tls.ca_file for host in secure if host.tls.ca_file})
        places: dict[tuple[str, int], list[TwinHost]] = {}
        for host in self.hosts:
            places.setdefault((host.scheme, host.port), []).append(_twin(host, self.states[host.name]))
        for (scheme, port), twins in places.items():
            https, http = (port, None) if scheme == "https" else (None, port)
            server = TwinServer(twins, authority, https_port=https, http_port=http)
            self._servers[scheme, port] = self._stack.enter_context(server)

    def counts(self) -> Mapping[str, HostCounts]:
        """What each twin counted, by host."""
        return {name: counts for server in self._servers.values() for name, counts in server.all_counts().items()}

    @property
    def errors(self) -> tuple[str, ...]:
        """Defects that connections met: empty unless the twin itself is broken."""
        return tuple(error for server in self._servers.values() for error in server.errors)


def serve(inventories: Sequence[Path], *, until: threading.Event | None = None) -> int:
    """Play inventories until Ctrl-C or SIGTERM (or ``until`` is set), saying what is played. Gives the exit code.

    Raises InventoryError and TwinError for mistakes of the user, one line each.
    """
    stop = until or threading.Event()
    with TwinFleet.of(inventories) as fleet:
        for line in _lines(fleet):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
        if threading.current_thread() is threading.main_thread():
            before = signal.signal(signal.SIGTERM, lambda number, frame: _set(stop, number, frame))
            try:
                _wait(stop)
            finally:
                signal.signal(signal.SIGTERM, before)
        else:
            stop.wait()
        for error in fleet.errors:
            sys.stderr.write(f"vmready twin: {error}\n")
        return 1 if fleet.errors else 0


def _set(stop: threading.Event, number: int, frame: FrameType | None) -> None:
    del number, frame
    stop.set()


def _wait(stop: threading.Event) -> None:
    try:
        while not stop.wait(3600):
            pass
    except KeyboardInterrupt:
        sys.stdout.write("\n")


def _lines(fleet: TwinFleet) -> Iterable[str]:
    width = max(len(host.name) for host in fleet.hosts)
    for host in fleet.hosts:
        story = str(fleet.states[host.name].raw.get("description", "")).strip().splitlines()
        yield f"{host.name:{width}}  {host.url}" + (f"  {story[0]}" if story else "")
    for name in fleet.left_out:
        yield f"{name:{width}}  not played: it names no state"
    yield f"{len(fleet.hosts)} twins are up; Ctrl-C ends them."


def _states(hosts: Sequence[Host]) -> dict[str, State]:
    by_file: dict[str, State] = {}
    for host in hosts:
        if host.state is not None and host.state not in by_file:
            by_file[host.state] = load(host.state)
    return {host.name: by_file[host.state] for host in hosts if host.state is not None}


def _twin(host: Host, state: State) -> TwinHost:
    twin = state["twin"]
    try:
        faults = parse_faults(twin.get("faults", []), "twin.faults")
    except TwinError as error:
        raise TwinError(f"{state.origin}: {error}") from None
    if not host.username:
        raise TwinError(f"host {host.name}: a twin needs the account that may log on (key username)")
    password = secrets.token_urlsafe(24) if twin.get("logon") == "refused" else _password(host)
    return TwinHost(
        host.name,
        DeclaredMachine(state),
        (Account.with_password(host.username, password),),
        host.address,
        host.path,
        names=(host.tls.server_name,) if host.tls.server_name else (),
        faults=faults,
        clock=float(twin.get("clockOffset", 0)),
    )


def _password(host: Host) -> str:
    """The password that the host's reference leads to; a file that is missing is made, with a random one."""
    reference = host.credential
    if reference is not None and reference.kind == "env":
        found = os.environ.get(str(reference.value), "")
        if not found:
            raise TwinError(f"host {host.name}: the variable {reference.value} is not set; give it any password")
        return found
    if reference is None or reference.kind != "file":
        raise TwinError(f"host {host.name}: a twin takes its password from credential {{file: …}} or {{env: …}}")
    path = Path(str(reference.value))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        made = secrets.token_urlsafe(24)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(made + "\n")
    except OSError as error:
        raise TwinError(f"host {host.name}: {path}: {error.strerror or error}") from None
    return made


def _publish(authority: Authority, places: Iterable[str]) -> None:
    """Write the CA's certificate where the inventory looks for it; a file that is not a twin's is left alone."""
    text = _MARK + authority.ca_file.read_text(encoding="ascii")
    for place in sorted(places):
        path = Path(place)
        try:
            if path.exists() and not path.read_bytes().startswith(_MARK.encode()):
                raise TwinError(f"{path}: this CA file is not a twin's; name another one under tls.ca_file")
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".part")
            partial.write_text(text, encoding="ascii")
            partial.replace(path)
        except OSError as error:
            raise TwinError(f"{path}: {error.strerror or error}") from None
