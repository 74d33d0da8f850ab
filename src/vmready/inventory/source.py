"""From a path to an inventory's declaration: a file is read, an executable is run."""

from __future__ import annotations

import errno
import os
import pathlib
import signal
import subprocess

from vmready.declared import Declaration, DeclarationError, Problem, parse, read, shown, text_of

#: Seconds that an executable inventory may take.
TIME_LIMIT = 30.0
_READ = frozenset({".yaml", ".yml", ".json"})
_RUN_ON_WINDOWS = frozenset({".exe", ".com", ".bat", ".cmd"})


def is_executable(path: pathlib.Path) -> bool:
    """Whether ``path`` is run rather than read. Names in .yaml, .yml, .json never are (some file systems mark every file executable)."""
    suffix = path.suffix.lower()
    if suffix in _READ or not path.is_file():
        return False
    return suffix in _RUN_ON_WINDOWS if os.name == "nt" else os.access(path, os.X_OK)


def declaration_of(path: pathlib.Path, *, time_limit: float = TIME_LIMIT) -> Declaration:
    """What the inventory at ``path`` declares. Raises DeclarationError where there is nothing to check."""
    try:
        run_it = is_executable(path)
    except (OSError, ValueError):
        run_it = False
    return _run(path, time_limit) if run_it else read(path)


def _run(path: pathlib.Path, time_limit: float) -> Declaration:
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own inventory, without a shell
            [str(path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",
        )
    except OSError as error:
        hint = "; does its first line name an interpreter (#!)?" if error.errno == errno.ENOEXEC else ""
        raise _error(path, f"cannot be run: {error.strerror or error}{hint}") from None
    try:
        out, err = process.communicate(timeout=time_limit)
    except subprocess.TimeoutExpired:
        _end(process)
        raise _error(path, f"did not finish within {time_limit:g} s") from None
    except BaseException:
        _end(process)
        raise
    if process.returncode != 0:
        raise _error(path, f"{_ending(process.returncode)}{_said(err)}")
    output = f"{path} (output)"
    declaration = parse(text_of(out, output), output, syntax="json")
    if declaration.usable and declaration.value is None:
        raise _error(path, f"printed no inventory{_said(err)}")
    return declaration


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started, which may hold its pipes open."""
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
    else:
        process.kill()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.wait()


def _ending(code: int) -> str:
    if code > 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _said(err: bytes) -> str:
    """The last lines of stderr, where there are any."""
    lines = [line.strip() for line in err[-4000:].decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {shown(' | '.join(lines[-3:]), 400)}" if lines else " and said nothing on stderr"


def _error(path: pathlib.Path, message: str) -> DeclarationError:
    return DeclarationError([Problem(message, str(path))])
