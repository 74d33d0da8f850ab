"""Before the first connection: which credential references lead nowhere. Looks at what is there, reads no secret."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vmready.declared import Problem, shown
from vmready.inventory.load import Location, some
from vmready.model import CredentialReference, Host

#: Seen when this module is loaded: pytest puts something else in the place of stdin before it runs tests.
_STARTED_AT_TERMINAL = sys.stdin is not None and sys.stdin.isatty()


def at_terminal() -> bool:
    """Whether somebody sits at a terminal who can be asked, also while pytest captures input and output."""
    return _STARTED_AT_TERMINAL or (sys.stdin is not None and sys.stdin.isatty())


def check_credentials(
    hosts: Sequence[Host],
    locations: Mapping[tuple[str, str], Location] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    terminal: Callable[[], bool] | None = None,
) -> tuple[Problem, ...]:
    """What would keep ``hosts`` from signing in: no account, no credential, an unset variable, an unreadable file, an unknown program,
    no keyring, no terminal to ask at, a CA file that cannot be read. One problem for all hosts that share it.

    ``locations`` are the inventory's, to name file and line; ``terminal`` says whether there is one (default: stdin's). Whether a
    password is right only the host knows.
    """
    terminal = terminal or at_terminal
    concerned: dict[tuple[str, str], list[str]] = {}
    said: dict[CredentialReference, str | None] = {}
    for host in hosts:
        if not host.username:
            concerned.setdefault(("username", "no account: name it under username"), []).append(host.name)
        reference = host.credential
        if reference is None:
            message: str | None = "no credential: write a reference under credential, or give --credential"
        else:
            if reference not in said:
                said[reference] = unusable(reference, environment, terminal)
            message = said[reference]
        if message:
            concerned.setdefault(("credential", message), []).append(host.name)
        if host.scheme == "https" and host.tls.ca_file and (wrong := _unreadable(host.tls.ca_file)):
            concerned.setdefault(("tls", f"CA file {shown(host.tls.ca_file, 400)} {wrong}"), []).append(host.name)
    problems: list[Problem] = []
    for (setting, message), names in concerned.items():
        place = (locations or {}).get((names[0], setting))
        said_of = "no account: write winrm://USER@HOST" if place is None and setting == "username" else message
        text = f"{said_of} (needed for {some(names)})"
        problems.append(place.problem(text) if place else Problem(text, _option(setting)))
    return tuple(problems)


def _option(setting: str) -> str:
    return {"credential": "--credential"}.get(setting, "--hosts")


def unusable(
    reference: CredentialReference, environment: Mapping[str, str], terminal: Callable[[], bool]
) -> str | None:
    """Why ``reference`` cannot lead to a secret, in words that do not hold one; None where it may."""
    value = reference.value
    match reference.kind:
        case "env":
            name = str(value)
            if name not in environment:
                return f"environment variable {name} is not set"
            return None if environment[name] else f"environment variable {name} is empty"
        case "file":
            wrong = _unreadable(str(value))
            return f"credential file {shown(str(value), 400)} {wrong}" if wrong else None
        case "command":
            found = bool(value) and shutil.which(value[0], path=environment.get("PATH")) is not None
            return None if found else f"program {shown(value[0] if value else '', 400)} was not found, or cannot be run"
        case "keyring":
            if importlib.util.find_spec("keyring") is None:
                return "keyring is not installed: pip install 'vmready[keyring]'"
            return None
        case "ask":
            return None if terminal() else "ask needs a terminal to ask at: use a reference that needs none"


def _unreadable(name: str) -> str | None:
    path = Path(name)
    try:
        status = path.stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except ValueError:
        return "is not a file name"
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if not os.access(path, os.R_OK):
        return "cannot be read: Permission denied"
    return "is empty" if status.st_size == 0 else None
