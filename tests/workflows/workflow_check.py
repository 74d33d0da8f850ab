"""What can be said of a GitHub Actions workflow without running it: its fields, references, expressions, pins and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from vmready.lint.script import Script

WORKFLOW = {"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
JOB = {
    *(
        "name",
        "needs",
        "if",
        "runs-on",
        "strategy",
        "timeout-minutes",
        "env",
        "steps",
        "permissions",
        "continue-on-error",
        "outputs",
    ),
    *("defaults", "container", "services", "concurrency", "environment"),
}
STEP = {
    "id",
    "name",
    "if",
    "uses",
    "run",
    "with",
    "env",
    "shell",
    "working-directory",
    "timeout-minutes",
    "continue-on-error",
}
SHELLS = {"bash", "sh", "pwsh", "powershell", "cmd", "python"}
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
PIN_LINE = re.compile(r"uses:\s*\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+\s*$")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
CONTEXT = re.compile(
    r"(?<![\w.'])(github|env|matrix|needs|steps|secrets|inputs|runner|job|vars|strategy)\.([\w-]+)(?:\.([\w-]+))?"
)
FUNCTIONS = {
    "always",
    "cancelled",
    "failure",
    "success",
    "contains",
    "startsWith",
    "endsWith",
    "format",
    "join",
    "toJSON",
    "fromJSON",
    "hashFiles",
}
SCRIPT = re.compile(r"(?<![\w./-])((?:tests|tools|tests_infra|bench|src)/[\w./-]+\.(?:py|ps1|psm1|json))\b")
MAKE = re.compile(r"\bmake ([a-z]+)\b")


def problems(text: str, root: Path) -> list[str]:
    """Everything that is wrong with a workflow's text; ``root`` is where the paths in it begin."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return [f"no YAML: {error}"]
    if not isinstance(document, dict):
        return ["no mapping"]
    # YAML 1.1 reads the key on as true.
    document = {"on" if key is True else key: value for key, value in document.items()}
    return [*_workflow(document, root), *_lines(text)]


def _workflow(document: dict[str, Any], root: Path) -> Iterator[str]:
    yield from (f"unknown key {key}" for key in document if key not in WORKFLOW)
    yield from (f"no {key}" for key in ("on", "jobs", "permissions") if key not in document)
    jobs = document.get("jobs") or {}
    for name, job in jobs.items():
        yield from (f"{name}: {problem}" for problem in _job(job, jobs, document, root))


def _job(job: dict[str, Any], jobs: dict[str, Any], document: dict[str, Any], root: Path) -> Iterator[str]:
    yield from (f"unknown key {key}" for key in job if key not in JOB)
    yield from (f"no {key}" for key in ("runs-on", "steps", "timeout-minutes") if key not in job)
    needs = job.get("needs", [])
    yield from (
        f"needs {other}, which is no job"
        for other in ([needs] if isinstance(needs, str) else needs)
        if other not in jobs
    )
    matrix = (job.get("strategy") or {}).get("matrix") or {}
    ids = {step.get("id") for step in job.get("steps", [])}
    for place, expression in _expressions(job):
        yield from (f"{place}: {problem}" for problem in _expression(expression, matrix, ids))
    systems = _systems(str(job.get("runs-on", "")), matrix)
    yield from (f"runs on {system}, which moves" for system in systems if system.endswith("-latest"))
    for number, step in enumerate(job.get("steps", []), 1):
        label = step.get("name") or step.get("uses") or number
        yield from (f"step {label}: {problem}" for problem in _step(step, systems, root))


def _systems(runs_on: str, matrix: dict[str, Any]) -> list[str]:
    match = re.fullmatch(r"\$\{\{ *matrix\.([\w-]+) *\}\}", runs_on)
    return [str(system) for system in matrix.get(match[1], [])] if match else [runs_on]


def _step(step: dict[str, Any], systems: list[str], root: Path) -> Iterator[str]:
    yield from (f"unknown key {key}" for key in step if key not in STEP)
    if ("uses" in step) == ("run" in step):
        yield "either uses or run"
    if "uses" in step:
        if not PINNED.fullmatch(step["uses"]):
            yield f"{step['uses']} is not pinned by its commit"
        if (
            step["uses"].startswith("actions/checkout@")
            and (step.get("with") or {}).get("persist-credentials") is not False
        ):
            yield "checkout leaves its token in the working folder"
        yield from (f"{key} belongs to run" for key in ("shell", "working-directory") if key in step)
    if "run" in step:
        yield from _run(step, systems, root)


def _run(step: dict[str, Any], systems: list[str], root: Path) -> Iterator[str]:
    text, shell = step["run"], step.get("shell")
    if "with" in step:
        yield "with belongs to uses"
    if shell is not None and shell not in SHELLS:
        yield f"unknown shell {shell}"
    if shell is None and any(system.startswith("windows") for system in systems):
        yield "no shell named on Windows"
    if "${{" in text:
        yield "an expression in a script is pasted in before it is read: hand it over in env"
    for path in sorted(set(SCRIPT.findall(text))):
        if not (root / path).is_file():
            yield f"{path} does not exist"
    targets = (
        re.findall(r"^([a-z]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE) if MAKE.search(text) else []
    )
    yield from (f"make {target} does not exist" for target in MAKE.findall(text) if target not in targets)
    if shell in {"pwsh", "powershell"} and Script(text.encode()).root.has_error:
        yield "the script does not parse"


def _expressions(job: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(job, dict):
        for key, value in job.items():
            if key == "if" and isinstance(value, str) and "${{" not in value:
                yield f"{place}.if", value
            yield from _expressions(value, f"{place}.{key}")
    elif isinstance(job, list):
        for number, value in enumerate(job):
            yield from _expressions(value, f"{place}[{number}]")
    elif isinstance(job, str):
        if job.count("${{") != len(EXPRESSION.findall(job)) or job.count("${{") != job.count("}}"):
            yield place, "("
        yield from ((place, found) for found in EXPRESSION.findall(job))


def _expression(expression: str, matrix: dict[str, Any], ids: set[str | None]) -> Iterator[str]:
    bare = re.sub(r"'(?:[^']|'')*'", "''", expression)
    if bare.count("(") != bare.count(")") or "'" in bare.replace("''", ""):
        yield "expression is not balanced"
    yield from (
        f"unknown function {name}()" for name in re.findall(r"([A-Za-z]\w*)\s*\(", bare) if name not in FUNCTIONS
    )
    for context, name, _ in CONTEXT.findall(bare):
        if context == "matrix" and name not in matrix and not any(name in one for one in matrix.get("include", [])):
            yield f"matrix.{name} is not in the matrix"
        if context == "steps" and name not in ids:
            yield f"steps.{name} is no step"


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(r"^\s*-?\s*uses:", line) and not PIN_LINE.search(line):
            yield f"line {number}: the version behind the pin is not told"
        if "\t" in line or line != line.rstrip():
            yield f"line {number}: tab or blank at the end"
