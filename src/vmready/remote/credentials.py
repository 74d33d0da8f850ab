"""From a credential reference to the secret: each reference is followed once per run, however many hosts and threads need it.

Nothing here repeats what it read: no message, no exception's history, no warning holds a secret or what a program said on stderr.
"""

from __future__ import annotations

import getpass
import importlib
import os
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from vmready.inventory import at_terminal
from vmready.model import CredentialReference, Host
from vmready.remote.errors import CredentialUnavailable
from vmready.secret import Secret

#: Seconds that a credential's command may take.
COMMAND_LIMIT = 60.0
_LONGEST = 64 * 1024

#: Asks for a secret with a prompt; None where there is no terminal to ask at.
Ask = Callable[[str], str]


class CredentialError(CredentialUnavailable):
    """A reference did not lead to a secret. The message names host and reference, the remedy the next step."""


class _Unusable(Exception):
    """Why a reference leads nowhere, without the host: it is the same for all hosts."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class Credentials:
    """The credentials of one run. ``secret_of(host)`` may be called from any thread.

    ``ask`` replaces the question at the terminal, ``environment`` the process's variables, ``time_limit`` is for a command, in seconds;
    ``hidden`` are variables that a command does not inherit (:func:`variables` of the run's hosts).
    ``warnings`` (after use) are sentences for the user.
    """

    def __init__(
        self,
        *,
        ask: Ask | None = None,
        environment: Mapping[str, str] = os.environ,
        time_limit: float = COMMAND_LIMIT,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._hidden = hidden
        self._ask = ask
        self._environment = environment
        self._time_limit = time_limit
        self._results: dict[tuple[CredentialReference, str], Secret | _Unusable] = {}
        self._locks: dict[tuple[CredentialReference, str], threading.Lock] = {}
        self._lock = threading.Lock()
        self._terminal = threading.Lock()
        self._warnings: list[str] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._warnings)

    def secret_of(self, host: Host) -> Secret:
        """The secret of ``host``'s account. Raises CredentialError."""
        if host.credential is None:
            raise CredentialError(
                f"{host.name}: no credential is named.",
                "Write a reference under credential in the inventory, or give --credential.",
            )
        result = self._followed(host.credential, host.username)
        if isinstance(result, _Unusable):
            raise CredentialError(f"{host.name}: the credential {host.credential} {result.reason}.", result.remedy)
        return result

    def ask_now(self, hosts: Iterable[Host]) -> None:
        """Ask for everything that has to be asked at the terminal, before threads and progress need it. What is not given is said later,
        of the hosts that need it.
        """
        for host in hosts:
            if host.credential is not None and host.credential.kind == "ask":
                self._followed(host.credential, host.username)

    def resolve(self, reference: CredentialReference, *, username: str = "") -> Secret:
        """The secret that ``reference`` leads to; ``username`` is whose it is, for the question at the terminal. Raises CredentialError."""
        result = self._followed(reference, username)
        if isinstance(result, _Unusable):
            raise CredentialError(f"The credential {reference} {result.reason}.", result.remedy)
        return result

    def _followed(self, reference: CredentialReference, username: str) -> Secret | _Unusable:
        # ``ask`` is one reference for all accounts: each is asked for by its name.
        key = (reference, username if reference.kind == "ask" else "")
        with self._lock:
            own = self._locks.setdefault(key, threading.Lock())
        with own:
            if key not in self._results:
                self._results[key] = self._follow(reference, username)
            return self._results[key]

    def _follow(self, reference: CredentialReference, username: str) -> Secret | _Unusable:
        try:
            match reference.kind:
                case "env":
                    return self._variable(str(reference.value))
                case "file":
                    return self._file(Path(str(reference.value)))
                case "command":
                    return self._command(tuple(reference.value))
                case "keyring":
                    service, account = tuple(reference.value)
                    return _keyring(service, account)
                case "ask":
                    return self._asked(username)
        except _Unusable as unusable:
            # Kept without its history, which holds what was read.
            return _Unusable(unusable.reason, unusable.remedy)

    def _variable(self, name: str) -> Secret:
        text = self._environment.get(name)
        if not text:
            state = "is empty" if text == "" else "is not set"
            raise _Unusable(
                f"cannot be read: the environment variable {state}", f"Set the environment variable {name}."
            )
        return Secret(text)

    def _file(self, path: Path) -> Secret:
        remedy = "Give credential.file the path of a file whose first line is the password, readable by you alone."
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise _Unusable("is not a regular file", remedy)
            with path.open("rb") as stream:
                data = stream.readline(_LONGEST + 1)
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
            raise _Unusable(f"cannot be read: {reason}", remedy) from None
        if os.name == "posix" and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = f"{stat.S_IMODE(status.st_mode):04o}"
            self._warn(
                f"The credential file {path} can be read by others than its owner (mode {mode}): chmod 600 {path}"
            )
        return _first_line(data, remedy)

    def _command(self, argv: tuple[str, ...]) -> Secret:
        remedy = "Run the command by hand: it must print the password on its first line and end with exit code 0."
        try:
            process = subprocess.Popen(  # noqa: S603 - named by the user's inventory, without a shell
                argv,
                # One host's program has no business with the secrets of the others.
                env={name: value for name, value in self._environment.items() if name not in self._hidden},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it may hold the secret
                start_new_session=os.name == "posix",
            )
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "not a command"
            raise _Unusable(f"cannot be run: {reason}", remedy) from None
        data = b""
        in_time = False
        try:
            data, _ = process.communicate(timeout=self._time_limit)
            in_time = True
        except subprocess.TimeoutExpired:
            pass
        finally:
            if not in_time:
                _end(process)
        if not in_time:
            raise _Unusable(f"did not finish within {self._time_limit:g} s", remedy)
        if process.returncode != 0:
            raise _Unusable(f"ended with exit code {process.returncode} (what it said is not shown)", remedy)
        return _first_line(data.split(b"\n", 1)[0], remedy)

    def _asked(self, username: str) -> Secret:
        prompt = f"Password of {username}: " if username else "Password: "
        remedy = "Run at a terminal, or use a reference that needs none: env, file, command or keyring."
        with self._terminal:
            if self._ask is None and not at_terminal():
                raise _Unusable("cannot be asked for: there is no terminal", remedy)
            try:
                text = (self._ask or getpass.getpass)(prompt)
            except (EOFError, OSError):  # OSError: no console on Windows, or a terminal that has gone
                raise _Unusable("was not given at the terminal", remedy) from None
        if not text:
            raise _Unusable("was not given at the terminal", remedy)
        return Secret(text)

    def _warn(self, sentence: str) -> None:
        with self._lock:
            self._warnings.append(sentence)


def variables(hosts: Iterable[Host]) -> frozenset[str]:
    """The environment variables that hold secrets of these hosts."""
    references = (host.credential for host in hosts)
    return frozenset(str(one.value) for one in references if one is not None and one.kind == "env")


def resolve(reference: CredentialReference, *, username: str = "", ask: Ask | None = None) -> Secret:
    """Follow one reference, without keeping the secret. Raises CredentialError."""
    return Credentials(ask=ask).resolve(reference, username=username)


def _first_line(data: bytes, remedy: str) -> Secret:
    if len(data) > _LONGEST:
        raise _Unusable("is longer than a password can be", remedy)
    text: str | None
    try:
        text = data.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        text = None
    # Outside of the handler: a UnicodeDecodeError carries the bytes that it was about.
    if text is None:
        raise _Unusable("is not UTF-8 text", remedy)
    if not text:
        raise _Unusable("is empty", remedy)
    return Secret(text)


def _keyring(service: str, account: str) -> Secret:
    remedy = f"Store it: keyring set {service} {account}"
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise _Unusable(
            "needs the keyring package", "pip install 'vmready[keyring]', or use another reference."
        ) from None
    text: str | None = None
    failure: str | None = None
    try:
        text = keyring.get_password(service, account)
    except Exception as error:  # noqa: BLE001 - back ends raise what they like, and its text may hold anything
        failure = type(error).__name__
    if failure is not None:
        raise _Unusable(
            f"cannot be read: {failure} of {keyring.get_keyring().name}",
            "Unlock the keyring, or use another reference.",
        )
    if not text:
        raise _Unusable("has no entry in the keyring", remedy)
    return Secret(text)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started, which may hold its pipe open."""
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
    else:
        process.kill()
    if process.stdout is not None:
        process.stdout.close()
    process.wait()
