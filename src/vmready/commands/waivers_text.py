"""A waiver more in a waivers file, as text: what somebody wrote there, comments included, stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vmready.declared import parse

#: What a new file begins with.
HEAD = "# Deviations that somebody answers for. vmready waive adds entries; docs/waivers.md says what they mean.\nwaivers:\n"

_EMPTY_LIST = re.compile(r"^(waivers:)[ \t]*\[[ \t]*\]", re.MULTILINE)
_KEYS = ("requirement", "hosts", "reason", "approver", "expires", "ticket", "observed")


def with_entry(text: str, entry: Mapping[str, Any], *, syntax: str = "yaml") -> str | None:
    """``text`` with ``entry`` as its last waiver; None where it is written in a way that cannot be added to.

    Only what can be read back as the same waivers and the new one is given.
    """
    added = _json(text, entry) if syntax == "json" else _yaml(text, entry)
    if added is None:
        return None
    before, after = parse(text, "", syntax=syntax).value, parse(added, "", syntax=syntax)
    wanted = [*(before or {}).get("waivers", []), dict(entry)]
    return added if not after.problems and after.value == {"waivers": wanted} else None


def as_yaml(entry: Mapping[str, Any], indent: str = "  ") -> str:
    """The entry as an item of a block list. Values are JSON, which YAML 1.2 reads as it stands."""
    lines = [f"{key}: {json.dumps(entry[key], ensure_ascii=False)}" for key in _KEYS if key in entry]
    return f"{indent}- " + f"\n{indent}  ".join(lines) + "\n"


def _yaml(text: str, entry: Mapping[str, Any]) -> str | None:
    if not text.strip():
        return text + HEAD + as_yaml(entry)
    declaration = parse(text, "")
    if declaration.usable and declaration.value is None:
        return text.rstrip("\n") + "\nwaivers:\n" + as_yaml(entry)
    if not isinstance(declaration.value, dict) or not isinstance(declaration.value.get("waivers"), list):
        return None
    entries = declaration.value["waivers"]
    indent = "  "
    if entries:
        position = declaration.positions[("waivers", len(entries) - 1)]
        before = text.splitlines()[position.line - 1][: position.column - 1]
        item = re.fullmatch(r"([ ]*)-[ ]+", before)
        if item is None:
            return None
        indent = item[1]
    else:
        text = _EMPTY_LIST.sub(r"\1", text, count=1)
    end = "\r\n" if "\r\n" in text else "\n"
    if not text.endswith("\n"):
        text += end
    return text + as_yaml(entry, indent).replace("\n", end)


def _json(text: str, entry: Mapping[str, Any]) -> str | None:
    document = parse(text, "", syntax="json").value if text.strip() else {"waivers": []}
    if not isinstance(document, dict) or not isinstance(document.get("waivers"), list):
        return None
    return json.dumps({"waivers": [*document["waivers"], dict(entry)]}, indent=2, ensure_ascii=False) + "\n"
