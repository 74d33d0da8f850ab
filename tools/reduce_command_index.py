"""Reduces PSScriptAnalyzer's command lists of Windows PowerShell 2.0, 3.0, 4.0 and 5.1 to what the collector's lint asks of them.

    python tools/reduce_command_index.py FOLDER [-o src/vmready/lint/data/commands.json]

FOLDER holds ``desktop-2.0-windows.json`` and its three companions as PSScriptAnalyzer carries them in ``Engine/Settings``. Kept are, for
each command whose verb only reads, the versions that have it and the versions that have each of its parameters; a switch, which takes no
value, has a ``!`` behind its name. The common parameters are left out. Versions are bits: 1 is 2.0, 2 is 3.0, 4 is 4.0, 8 is 5.1.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VERSIONS = {"2.0": "2.0", "3.0": "3.0", "4.0": "4.0", "5.1": "5.1.14393.206"}


def words(text: str) -> frozenset[str]:
    """A list that is written as a line of words."""
    return frozenset(text.split())


#: Verbs of commands that read or shape, and the few others that a script cannot do without. Everything else is refused by name anyway.
VERBS = words(
    "Compare ConvertFrom ConvertTo ForEach Format Get Group Invoke Join Measure New Out Resolve Select Set Sort Split Start Tee Test "
    "Trace Wait Where Write"
)
#: Of these verbs, which mostly change things, only what the lint speaks of.
KEPT_OF = {
    "Invoke": {
        "Invoke-Command",
        "Invoke-Expression",
        "Invoke-WebRequest",
        "Invoke-RestMethod",
        "Invoke-WmiMethod",
        "Invoke-CimMethod",
    },
    "New": {"New-Object", "New-TimeSpan"},
    "Out": {"Out-Null", "Out-String"},
    "Set": {"Set-Item", "Set-StrictMode", "Set-Variable"},
    "Start": {"Start-Sleep"},
    "Wait": set(),
    "Trace": set(),
}
COMMON = words(
    "Verbose Debug ErrorAction WarningAction InformationAction ErrorVariable WarningVariable InformationVariable OutVariable OutBuffer "
    "PipelineVariable UseTransaction WhatIf Confirm"
)
# "[-Path] <string[]>", "[-Force]", "-LiteralPath <string[]>": the name, and whether a value follows.
PARAMETER = re.compile(r"\[?-(?P<name>[A-Za-z]\w*)\]?(?P<value> <)?")


def commands(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and parameter sets of every command of one version's list."""
    for module in document["Modules"]:
        exported = module["ExportedCommands"] or []
        for command in [exported] if isinstance(exported, dict) else exported:
            sets = command["ParameterSets"]
            yield command["Name"], " ".join(sets) if isinstance(sets, list) else sets or ""


def reduce(folder: Path) -> dict[str, Any]:
    """The reduced index of the four lists in ``folder``; FileNotFoundError where one is missing."""
    names: dict[str, str] = {}
    present: dict[str, int] = {}
    parameters: dict[str, dict[str, int]] = {}
    for bit, file in enumerate(VERSIONS.values()):
        document = json.loads((folder / f"desktop-{file}-windows.json").read_text("utf-8-sig"))
        for name, syntax in commands(document):
            verb = name.partition("-")[0]
            if verb not in VERBS or name not in KEPT_OF.get(verb, {name}):
                continue
            key = name.casefold()
            names.setdefault(key, name)
            present[key] = present.get(key, 0) | 1 << bit
            mine = parameters.setdefault(key, {})
            for match in PARAMETER.finditer(syntax):
                if match["name"] in COMMON:
                    continue
                parameter = match["name"] + ("" if match["value"] else "!")
                mine[parameter] = mine.get(parameter, 0) | 1 << bit
    return {
        "source": "PSScriptAnalyzer, Engine/Settings/desktop-{2.0,3.0,4.0,5.1.14393.206}-windows.json, reduced; LICENSE is beside this file",
        "versions": list(VERSIONS),
        "common": sorted(COMMON - {"WhatIf", "Confirm"}),
        "commands": {
            names[key]: {"in": present[key], "parameters": dict(sorted(parameters[key].items()))}
            for key in sorted(names)
        },
    }


def text(index: dict[str, Any]) -> str:
    """JSON with one command a line, so that a difference between two versions of the file can be read."""
    head = {key: value for key, value in index.items() if key != "commands"}
    lines = [
        f"  {json.dumps(name)}: {json.dumps(command, separators=(',', ':'))}"
        for name, command in index["commands"].items()
    ]
    return json.dumps(head)[:-1] + ',\n "commands": {\n' + ",\n".join(lines) + "\n}}\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="holds desktop-2.0-windows.json and its companions")
    default = Path(__file__).parents[1] / "src" / "vmready" / "lint" / "data" / "commands.json"
    parser.add_argument("-o", "--output", type=Path, default=default)
    chosen = parser.parse_args(arguments)
    try:
        written = text(reduce(chosen.folder))
    except (OSError, KeyError, ValueError) as problem:
        print(f"{chosen.folder}: not PSScriptAnalyzer's four command lists: {problem}", file=sys.stderr)
        return 2
    chosen.output.write_text(written, "ascii")
    print(f"{chosen.output}: {written.count(chr(10)) - 3} commands")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
