"""The floors of the house: imports go downwards only, siblings do not import each other, and each protocol library has one room."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import vmready

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "vmready"

#: Rooms by floor, the ground first. A room imports from lower floors and from itself.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"model", "regions", "secret", "files", "judging", "interrupts"}),
    frozenset({"declared", "probes", "requirement"}),
    frozenset({"records"}),
    frozenset({"inventory", "waivers", "facts"}),
    frozenset({"remote", "twin", "judge", "lint"}),
    frozenset({"collect", "evidence"}),
    frozenset({"standalone", "thresholds"}),
    frozenset({"stored"}),
    frozenset(
        {
            "audit",
            "items",
            "catalogue",
            "options",
            "session",
            "ordinary",
            "progress",
            "closing",
            "plugin",
            "cli",
            "demo",
            "commands",
        }
    ),
)
#: Libraries that one room alone knows.
ONLY_IN = {
    "winrm": {"remote"},
    "spnego": {"remote", "twin"},
    "requests": {"remote"},
    "tree_sitter": {"lint"},
    "cryptography": {"remote", "twin"},
}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, also inside functions, but not those for type checking only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module == "vmready":
                yield from (f"vmready.{alias.name}" for alias in node.names)
            else:
                yield node.module


def room(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def files() -> list[Path]:
    return [path for path in sorted(SOURCE.rglob("*.py")) if path.parent != SOURCE or path.stem != "__init__"]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_downwards(path: Path) -> None:
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    level = next((number for number, rooms in enumerate(FLOORS) if own in rooms), None)
    assert level is not None, f"{own} is on no floor: add it to FLOORS"
    top = level == len(FLOORS) - 1
    allowed = {name for rooms in FLOORS[:level] for name in rooms} | {own} | (FLOORS[level] if top else set())
    wrong = sorted(name for name in imports(path) if name.startswith("vmready.") and room(name) not in allowed)
    # The public names stand in vmready/__init__.py, above the floors that they come from: only the top imports them.
    wrong = [name for name in wrong if not (top and room(name).startswith("__"))]
    assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(wrong)}"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_protocol_libraries_stay_in_their_room(path: Path) -> None:
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    wrong = sorted({name for name in imports(path) if own not in ONLY_IN.get(name.split(".")[0], {own})})
    assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(wrong)}"


@pytest.mark.parametrize("path", sorted((ROOT / "tests_infra").glob("*.py")), ids=lambda path: path.name)
def test_requirements_see_only_public_names(path: Path) -> None:
    public = ("vmready", "vmready.facts", "vmready.probes.readings", "tests_infra", "pytest")
    wrong = sorted(
        name
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and name not in public
        and not name.startswith(("vmready.facts.", "tests_infra."))
        and not (name.startswith("vmready.") and name.removeprefix("vmready.") in vmready.__all__)
    )
    assert not wrong, f"{path.name} imports {', '.join(wrong)}"
