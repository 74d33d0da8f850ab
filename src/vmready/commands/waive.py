"""``vmready waive RUN ID HOST``: write a waiver for a deviation that a run found, with the value that was observed filled in."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from vmready import files, waivers
from vmready.commands.waivers_text import as_yaml, with_entry
from vmready.declared import DeclarationError, did_you_mean, parse, shown
from vmready.evidence.run import Run
from vmready.model import Finding, Verdict

_DEVIATIONS = (Verdict.NON_COMPLIANT, Verdict.WARNING)


class WaiveError(Exception):
    """A waiver that is not written. ``str()`` says why and what to do."""

    user_error = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says. ``item`` is an item's id, or a requirement's of which one item deviates."""

    item: str
    host: str
    reason: str
    approver: str
    expires: str
    ticket: str = ""


def waive(folder: Path, wanted: Wanted, path: Path, *, today: date, longest: int = waivers.LONGEST) -> str:
    """Add the waiver to the file ``path`` (made where it is missing) and give the sentence that says so.

    Raises WaiveError, and DeclarationError with everything that is wrong with the file or the new entry.
    """
    finding = deviation(Run.read(folder), wanted)
    entry: dict[str, Any] = {
        "requirement": finding.cell.item,
        "hosts": [finding.cell.host],
        "reason": wanted.reason,
        "approver": wanted.approver,
        "expires": wanted.expires,
        **({"ticket": wanted.ticket} if wanted.ticket else {}),
        "observed": finding.observed,
    }
    syntax = "json" if path.suffix.lower() == ".json" else "yaml"
    before, others = _existing(path, today, longest)
    for other in others:
        if not other.concerns(finding.cell.item, finding.cell.requirement) or not other.names(finding.cell.host, ()):
            continue
        if other.live(today) and other.accepts(finding.observed):
            raise WaiveError(
                f"{other.place}: a waiver covers {finding.cell.item} on {finding.cell.host} until {other.expires.isoformat()} "
                "already: change that one"
            )
    text = with_entry(before, entry, syntax=syntax)
    if text is None:
        raise WaiveError(
            f"{path}: it is not written as a plain list of waivers, so nothing is added to it; add this by hand:\n{as_yaml(entry).rstrip()}"
        )
    # The file as it will be is held against the schema before it takes the place of the old one.
    waivers.checked(text, path, today=today, longest=longest)
    _write(path, text)
    value = json.dumps(finding.observed, ensure_ascii=True)
    covers = f"while the host shows {shown(value, 200)}" if finding.observed is not None else "(it names no value)"
    return f"{path}: {finding.cell.item} on {finding.cell.host} is waived until {wanted.expires}, {covers}"


def deviation(run: Run, wanted: Wanted) -> Finding:
    """The one finding that is meant. Raises WaiveError: unknown id or host, several items, or no deviation."""
    host = _known(wanted.host, tuple(run.hosts), f"run {run.header.run_id} has no host")
    ids = dict.fromkeys(name for finding in run.findings for name in (finding.cell.requirement, finding.cell.item))
    item = _known(wanted.item, tuple(ids), f"run {run.header.run_id} has no requirement or item")
    found = [f for f in run.findings if f.cell.host == host and item in (f.cell.item, f.cell.requirement)]
    exact = [finding for finding in found if finding.cell.item == item]
    found = exact or found
    if not found:
        raise WaiveError(f"{item} was not planned for {host} in this run")
    deviating = [finding for finding in found if finding.verdict in _DEVIATIONS]
    if len(deviating) > 1:
        items = ", ".join(finding.cell.item for finding in deviating)
        raise WaiveError(
            f"{len(deviating)} items of {item} deviate on {host}, each with a value of its own: name one of {items}"
        )
    if deviating:
        return deviating[0]
    raise WaiveError(_no_deviation(found[0]))


def _no_deviation(finding: Finding) -> str:
    what = f"{finding.cell.item} on {finding.cell.host} is {finding.verdict}"
    match finding.verdict:
        case Verdict.WAIVED:
            place = (finding.waiver or {}).get("place", "")
            return f"{what} already ({place}): change that waiver"
        case Verdict.UNDETERMINED:
            return f"{what}: what could not be read is no deviation and cannot be waived; the inventory's allow_undetermined is for that"
        case Verdict.UNREACHABLE | Verdict.NOT_RUN:
            return f"{what}: nothing is known of it, so there is nothing to waive; `vmready resume` asks the host again"
    return f"{what}: there is no deviation to waive"


def _known(name: str, known: Sequence[str], unknown: str) -> str:
    """The known name that is meant, whatever its case."""
    for one in known:
        if one.casefold() == name.strip().casefold():
            return one
    raise WaiveError(f'{unknown} "{shown(name)}"{did_you_mean(name, known)}')


def _existing(path: Path, today: date, longest: int) -> tuple[str, tuple[waivers.Waiver, ...]]:
    """The text of the file and its waivers; nothing where there is no file yet, or an empty one."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise WaiveError(f"{path}: there is no folder {path.parent}") from None
        return "", ()
    except OSError as error:
        raise WaiveError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise WaiveError(f"{path}: it is not UTF-8 text: save it as UTF-8, then add to it") from None
    declaration = parse(text, str(path))
    if declaration.usable and declaration.value is None:
        # Empty, or comments only: a file to begin with.
        return text, ()
    return text, waivers.load(path, today=today, longest=longest)


def _write(path: Path, text: str) -> None:
    # A link stays a link, and a file that others may read stays so: it belongs to a repository, unlike evidence.
    target = Path(os.path.realpath(path))
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else files.FILE_MODE
    files.write(target, text, mode=mode)


__all__ = ["DeclarationError", "WaiveError", "Wanted", "deviation", "waive"]
