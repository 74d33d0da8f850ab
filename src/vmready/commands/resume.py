"""``vmready resume RUN``: go on with a run that was cut off, or whose hosts were not all reached.

It is a new run with the old one's own arguments and ``--resume RUN``: snapshots that are whole and fresh enough are adopted and judged, the
other hosts are visited. The old run is left as it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from vmready.evidence.run import Run

#: Options that are the new run's own business: dropped from what the old run recorded.
_OF_ONE_RUN = ("--resume", "--collect-only", "--co", "--plan")
#: Options of vmready and testinfra that take a value. Given anew they replace all that the old run had of them; a ``--waivers`` given
#: again would otherwise count twice.
WITH_VALUE = (
    "--allow-undetermined",
    "--concurrency",
    "--credential",
    "--deadline",
    "--gate",
    "--hosts",
    "--input",
    "--limit",
    "--max-age",
    "--report-dir",
    "--resume",
    "--role",
    "--snapshots",
    "--thresholds",
    "--tls-fingerprint",
    "--waiver-days",
    "--waivers",
)
#: How :mod:`vmready.evidence.values` marks what it has cut.
_CUT = "…"


class ResumeError(Exception):
    """A run that cannot be gone on with. ``str()`` is one line."""

    user_error = True


def resume(folder: Path, more: Sequence[str]) -> int:
    """Run pytest as the run in ``folder`` was run, ``more`` arguments added; gives its exit code. Raises ResumeError or EvidenceError."""
    import pytest  # noqa: PLC0415

    found = Run.read(folder)
    run = folder if folder.is_dir() else folder.parent
    where, arguments = recorded(found)
    new = continued(arguments, more, run.resolve())
    try:
        os.chdir(where)
    except OSError as error:
        raise ResumeError(
            f"{folder}: its run was started in {where}, and that folder cannot be entered ({error.strerror})"
        ) from None
    return int(pytest.main(new))


def recorded(run: Run) -> tuple[str, tuple[str, ...]]:
    """The folder in which a run was started and its arguments. Raises ResumeError where they are not whole."""
    arguments, where = run.header.options.get("arguments"), run.header.options.get("folder")
    if not isinstance(arguments, list) or not isinstance(where, str) or not where:
        raise ResumeError(f"run {run.header.run_id} recorded no arguments: run pytest with --resume and its folder")
    texts = [str(argument) for argument in arguments]
    if any(_CUT in text for text in (*texts, where)):
        raise ResumeError(
            f"the arguments of run {run.header.run_id} are too long to be recorded whole: run pytest with them and --resume"
        )
    return where, tuple(texts)


def continued(arguments: Sequence[str], more: Sequence[str], run: Path) -> list[str]:
    """The arguments of the new run: the old ones without what is given anew, then ``more``, then the run to adopt from.

    >>> continued(["--hosts", "a.yaml", "--resume", "old", "-k", "UM"], ["--hosts=b.yaml"], Path("/r/run"))
    ['-k', 'UM', '--hosts=b.yaml', '--resume', '/r/run']
    """
    if any(_name(word) == "--resume" for word in more):
        raise ResumeError("--resume is what this command adds: name the run once, as RUN")
    anew = {_name(word) for word in more} & set(WITH_VALUE)
    if "--snapshots" in anew or ("--snapshots" in map(_name, arguments) and "--hosts" not in anew):
        raise ResumeError(
            f"this run judges stored snapshots and visits no host: judge them again with pytest --snapshots {run}"
        )
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        name = _name(word)
        if name in anew or name in _OF_ONE_RUN or name == "--snapshots":
            if name in WITH_VALUE and "=" not in word:
                next(words, None)
            continue
        kept.append(word)
        if name in WITH_VALUE and "=" not in word:
            kept.extend(value for value in (next(words, None),) if value is not None)
    return [*kept, *more, "--resume", str(run)]


def _name(word: str) -> str:
    return word.partition("=")[0] if word.startswith("--") else word
