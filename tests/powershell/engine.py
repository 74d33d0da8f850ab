"""The engine proof: the collector on a real PowerShell over declared hosts, its document beside the twin's.

    python tests/powershell/engine.py [--pwsh PATH] [--states DIR] [--count 1000] [--seed 1] [--quick]

Needs an engine (7 or later; --pwsh, PWSH, or pwsh on the path) and the project's installed packages. Prints what passed and failed, how many of the collector's
statements ran, and the states that differed with their first difference. Exit code 0 where nothing failed, 1 otherwise, 2 without an engine.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import cases  # noqa: E402
import compare  # noqa: E402
import generate  # noqa: E402

from vmready.probes.frame import FrameError, read_frame  # noqa: E402
from vmready.probes.lines import calls  # noqa: E402
from vmready.probes.script import collector_text  # noqa: E402
from vmready.twin import collection  # noqa: E402
from vmready.twin.states import State, StateError, load, merge  # noqa: E402

BOOTSTRAP = "$s = @($input) -join [string][char]10; $null = Set-Item function:Collect $s; Collect"
ZONES = ("UTC", "Asia/Tokyo", "America/Los_Angeles")
NETWORK = ("'tcp' ", "'http' ")
SECONDS_PER_JOB = 30


@dataclass
class Job:
    """One collection: a state, the probes, and how the engine is set. ``expect``: own expectations where the twin is not asked."""

    name: str
    state: State
    probes: list[str]
    mode: str = "FullLanguage"
    seconds: int = 600
    prelude: str = ""
    expect: cases.Expect | None = None
    round: int = 1

    @property
    def calls(self) -> str:
        return calls(self.round, self.name, self.seconds, self.probes)

    def line(self) -> str:
        state = json.dumps(self.state.at(self.round).document())
        return json.dumps(
            {
                "name": self.name,
                "state": state,
                "calls": self.calls,
                "mode": self.mode,
                "culture": self.state.os.get("culture") or "en-US",
                "prelude": self.prelude,
            }
        )


@dataclass
class Outcome:
    passed: int = 0
    answers: int = 0
    failed: list[str] = field(default_factory=list)
    statements: int = 0
    missed: list[dict[str, Any]] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)


def engine_at(given: str | None) -> Path | None:
    for name in (given, os.environ.get("PWSH"), "pwsh", "powershell"):
        if name and (found := shutil.which(name)):
            return Path(found)
    return None


def declared(raw: Any, name: str) -> State:
    """The state with a clock that stands still, so that two readings of it see the same times."""
    state = raw if isinstance(raw, State) else State.of(raw, name)
    return state if "now" in state.os else merge(state, {"os": {"now": generate.NOW}}, name)


def jobs_generated(seed: int, count: int) -> Iterator[Job]:
    for number in range(seed, seed + count):
        raw, probes, how = generate.generated(number)
        yield Job(f"generated-{number}", declared(raw, f"generated {number}"), probes, how["mode"], how["seconds"])


def jobs_of_states(folders: Sequence[Path]) -> Iterator[Job]:
    """Every state file of the folders, asked what the product would ask of any host."""
    # Numbered: two folders may have the same name, and answers are told apart by the name of their job.
    for number, folder in enumerate(folders, 1):
        for path in sorted(
            p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml", ".json") and "recorded" not in p.parts
        ):
            state = declared(load(path), path.name)
            for part, probes, seconds in split(cases.probes_for(state)):
                yield Job(
                    f"{number}-{folder.name}-{'-'.join(path.relative_to(folder).parts)}-{part}",
                    state,
                    probes,
                    mode=state.mode,
                    seconds=seconds,
                )


def jobs_of_examples() -> Iterator[Job]:
    """Every example of a requirement: its state and the probes that its plan asks, both rounds."""
    from tests.examples import tables
    from tests.examples.harness import collect, plan_of, state_of

    seen: set[str] = set()
    for number, example in enumerate(tables.ALL):
        state = declared(state_of(example), str(example))
        answers = collect(example)
        for round_number, texts in ((1, plan_of(example).texts), (2, list(answers[2]))):
            for part, probes, seconds in split(list(texts)):
                job = Job(
                    f"example-{number}-{round_number}-{part}",
                    state,
                    probes,
                    mode=state.mode,
                    seconds=seconds,
                    round=round_number,
                )
                key = job.line().replace(job.name, "")
                if probes and key not in seen:
                    seen.add(key)
                    yield job


def split(probes: list[str]) -> Iterator[tuple[str, list[str], int]]:
    """Network apart: it is given few seconds, so that an endpoint that never answers is not waited for, and a second reading has its ten."""
    network = [text for text in probes if text.startswith(NETWORK)]
    yield "host", [text for text in probes if text not in network], 60
    if network:
        yield "net", network, 6


def run(engine: Path, jobs: Sequence[Job], *, coverage: bool = False, processes: int = 2) -> Outcome:
    """Run the jobs and compare. Each process takes its share in its own time zone."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "collector.ps1"
        script.write_text(collector_text(), encoding="ascii", newline="\n")
        shares = [list(jobs[at::processes]) for at in range(processes)]
        running = [
            (share, *_start(engine, folder, script, number, share, coverage))
            for number, share in enumerate(shares)
            if share
        ]
        for share, process, answers in running:
            try:
                _, errors = process.communicate(timeout=120 + SECONDS_PER_JOB * len(share))
            except subprocess.TimeoutExpired:
                process.kill()
                errors = process.communicate()[1]
                outcome.failed.append("engine: it did not end in time")
            if process.returncode:
                outcome.failed.append(f"engine: exit code {process.returncode}: {errors[-400:]!r}")
            _read(outcome, share, answers)
    return outcome


def _start(
    engine: Path, folder: Path, script: Path, number: int, share: list[Job], coverage: bool
) -> tuple[subprocess.Popen[bytes], Path]:
    source, answers = folder / f"jobs-{number}.jsonl", folder / f"answers-{number}.jsonl"
    source.write_text("".join(job.line() + "\n" for job in share), encoding="ascii")
    command = [
        str(engine),
        "-NoProfile",
        "-NonInteractive",
        "-File",
        str(HERE / "driver.ps1"),
        "-Collector",
        str(script),
        "-Jobs",
        str(source),
        "-Answers",
        str(answers),
    ]
    environment = {**os.environ, "TZ": ZONES[number % len(ZONES)], "POWERSHELL_TELEMETRY_OPTOUT": "1"}
    process = subprocess.Popen(
        command + ["-Coverage"] * coverage,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
    )
    return process, answers


def _read(outcome: Outcome, share: list[Job], answers: Path) -> None:
    lines = answers.read_text(encoding="ascii").splitlines() if answers.exists() else []
    found = {raw["name"]: raw for raw in map(json.loads, lines) if "name" in raw}
    outcome.times.update({name: raw["milliseconds"] for name, raw in found.items()})
    for raw in map(json.loads, lines):
        if "statements" in raw:
            places = {(one["line"], one["column"]) for one in raw["missed"]}
            known = outcome.statements > 0
            outcome.statements = raw["statements"]
            outcome.missed = (
                [one for one in outcome.missed if (one["line"], one["column"]) in places] if known else raw["missed"]
            )
    for job in share:
        trouble = judge(job, found.get(job.name))
        outcome.answers += len(job.probes)
        if trouble:
            outcome.failed.append(f"{job.name}: {trouble}")
        else:
            outcome.passed += 1


def judge(job: Job, raw: dict[str, Any] | None) -> str | None:
    """The first thing that is wrong with a job's output."""
    if raw is None:
        return "the engine gave no answer to this job"
    if raw["error"]:
        return f"the engine failed: {raw['error'][:400]}"
    return judge_output(job, raw["output"].encode("utf-8", "surrogatepass"))


def judge_output(job: Job, output: bytes) -> str | None:
    try:
        seen = read_frame(output, nonce=job.name, round_number=job.round)
    except FrameError as error:
        return f"{error} ({output[:300]!r})"
    if job.expect is not None:
        try:
            return job.expect(seen["answers"], seen)
        except (KeyError, IndexError, TypeError):
            return f"not what is expected: {json.dumps(seen['answers'])[:500]}"
    wanted = read_frame(
        collection.document(job.state, job.calls).encode("ascii"), nonce=job.name, round_number=job.round
    )
    if seen["mode"] != wanted["mode"]:
        return f"mode: {seen['mode']}"
    if len(seen["answers"]) != len(wanted["answers"]):
        return f"{len(seen['answers'])} answers instead of {len(wanted['answers'])}"
    for text, one, other in zip(job.probes, seen["answers"], wanted["answers"], strict=True):
        if one["id"] != other["id"]:
            return f"{text}: id {one['id']!r}"
        if found := compare.difference(compare.answer_of(one), compare.answer_of(other)):
            return f"{text}: {found} | collector {json.dumps(one)[:300]} | twin {json.dumps(other)[:300]}"
    return None


def over_stdin(engine: Path, job: Job) -> str | None:
    """The real delivery: bootstrap on the command line, collector and calls over stdin, the frame on stdout."""
    culture = (job.state.os.get("culture") or "en-US").replace("-", "_")
    environment = {**os.environ, "LC_ALL": f"{culture}.UTF-8"}
    with tempfile.TemporaryDirectory() as name:
        state = Path(name) / "state.json"
        state.write_text(json.dumps(job.state.document()), encoding="ascii")
        mode = (
            "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'; "
            if job.mode == "ConstrainedLanguage"
            else ""
        )
        load_it = f"Import-Module '{HERE}/WindowsStandIns.psm1' -DisableNameChecking; Import-WindowsState '{state}'; {mode}. '{HERE}/seams.ps1'; "
        ran = subprocess.run([str(engine), "-NoProfile", "-NonInteractive", "-Command", load_it + BOOTSTRAP],
                             input=(collector_text() + job.calls).encode("ascii"), capture_output=True, env=environment, timeout=300, check=False)  # fmt: skip
    if ran.returncode:
        return f"exit code {ran.returncode}: {ran.stderr[-300:]!r}"
    return judge_output(job, ran.stdout)


def alone(engine: Path, script: str) -> str | None:
    """A script of this folder that checks by itself: machine.ps1 runs the seams' own bodies, self-test.ps1 the stand-ins."""
    ran = subprocess.run([str(engine), "-NoProfile", "-NonInteractive", "-File", str(HERE / script)],
                         input=b"", capture_output=True, timeout=600, check=False)  # fmt: skip
    return None if ran.returncode == 0 else (ran.stdout + ran.stderr).decode("utf-8", "replace")[-600:]


def seam_lines() -> set[int]:
    """The lines of the collector that only a real machine runs: bodies of the seams."""
    names = {
        line.split("Seam.", 1)[1].split("(")[0].split()[0]
        for line in (HERE / "seams.ps1").read_text(encoding="utf-8").splitlines()
        if line.startswith("function global:Seam.")
    }
    found: set[int] = set()
    inside = False
    for number, line in enumerate(collector_text().splitlines(), 1):
        if line.startswith("function "):
            inside = line.split("(")[0].split()[1] in names
        if inside:
            found.add(number)
    return found


def report(title: str, outcome: Outcome, begun: float) -> None:
    print(
        f"{title}: {outcome.passed} passed, {len(outcome.failed)} failed, {outcome.answers} answers, {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    for text in outcome.failed[:8]:
        print(f"  FAILED {text}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pwsh", help="the engine; else PWSH, else pwsh on the path")
    parser.add_argument(
        "--states", type=Path, action="append", default=[], help="more host states, files in the twin's format"
    )
    parser.add_argument("--count", type=int, default=1000, help="generated states (1000)")
    parser.add_argument("--seed", type=int, default=1, help="the first generated state")
    parser.add_argument("--quick", action="store_true", help="a small part of everything, without coverage")
    parser.add_argument("--only", help="run just the job of this name, and show both documents")
    options = parser.parse_args(arguments)
    engine = engine_at(options.pwsh)
    if engine is None:
        print("No PowerShell engine: give --pwsh PATH, set PWSH, or put pwsh on the path.")
        return 2
    for folder in options.states:
        if not folder.is_dir():
            print(f"{folder} is no folder.")
            return 2
    count = min(options.count, 40) if options.quick else options.count
    begun = time.monotonic()
    failed = 0
    hand: dict[bool, list[Job]] = {True: [], False: []}
    for case in cases.written():
        hand[case.counted].append(
            Job(
                case.name,
                declared(case.state, case.name),
                case.probes,
                case.mode,
                case.seconds,
                case.prelude,
                case.expect,
            )
        )
    try:
        given = list(jobs_of_states([*cases.state_folders(), *options.states]))
        examples = list(jobs_of_examples())
    except StateError as error:
        print(error)
        return 1
    generated = list(jobs_generated(options.seed, count))
    everything = [*hand[True], *hand[False], *given, *examples, *generated]
    if options.only:
        job = next((job for job in everything if job.name == options.only), None)
        if job is None:
            near = difflib.get_close_matches(options.only, [job.name for job in everything], 3, 0.4)
            print(
                f"no job of the name {options.only!r}" + (f"; there are {', '.join(map(repr, near))}" if near else "")
            )
            return 2
        return _show(engine, job)
    counted = 0 if options.quick else min(count // 4, 200)
    parts = [
        ("written cases and generated states, statements counted", hand[True] + generated[:counted]),
        ("larger written cases", hand[False]),
        ("declared states", given),
        ("examples", examples),
        ("generated states", generated[counted:]),
    ]
    if options.quick:
        parts = [
            ("written cases", [job for job in hand[True] if len(job.line()) < 100_000 and not job.prelude][::2]),
            ("declared states", given[:4]),
            ("examples", examples[::25]),
            ("generated states", generated),
        ]
    compared = differing = 0
    covered = Outcome()
    for number, (title, jobs) in enumerate(parts):
        outcome = run(engine, jobs, coverage=not options.quick and number == 0)
        report(title, outcome, begun)
        failed += len(outcome.failed)
        if outcome.statements:
            covered = outcome
        beside = {job.name for job in jobs if job.expect is None}
        compared += len(beside)
        differing += sum(text.split(": ", 1)[0] in beside for text in outcome.failed)
    delivered = [next(job for job in generated if job.mode == mode) for mode in ("FullLanguage", "ConstrainedLanguage")]
    delivered += [job for job in everything if job.name in cases.OVER_STDIN and not job.prelude]
    for job in delivered[: 2 if options.quick else None]:
        trouble = over_stdin(engine, job)
        print(f"over stdin, {job.mode}, {job.name}: {'failed: ' + trouble if trouble else 'passed'}", flush=True)
        failed += trouble is not None
    for title, script in (
        ("bodies of the seams, each for itself", "machine.ps1"),
        ("stand-ins, checked by themselves", "self-test.ps1"),
    ):
        trouble = alone(engine, script)
        print(f"{title}: {'failed: ' + trouble if trouble else 'passed'}", flush=True)
        failed += trouble is not None
    print(f"states compared: {compared}, differing: {differing}")
    if covered.statements:
        lines = seam_lines()
        seams = [one for one in covered.missed if one["line"] in lines]
        reasons = cases.not_executed()
        print(
            f"statements executed: {covered.statements - len(covered.missed)} of {covered.statements}; {len(seams)} are bodies of seams, run for themselves above"
        )
        for one in covered.missed:
            if one not in seams:
                reason = next((why for part, why in reasons.items() if part in one["text"]), None)
                print(
                    f"  not executed: line {one['line']}, column {one['column']}: {one['text']}: {reason or 'NO REASON KNOWN'}"
                )
                failed += reason is None
    print(f"{'FAILED' if failed else 'passed'}: {failed} failures, {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def _show(engine: Path, job: Job) -> int:
    print(json.dumps(job.state.document(), indent=1))
    print(job.calls)
    with contextlib.suppress(ValueError):
        print("twin:", collection.document(job.state, job.calls))
    outcome = run(engine, [job], processes=1)
    print("passed" if outcome.passed else "\n".join(outcome.failed))
    return 0 if outcome.passed else 1


if __name__ == "__main__":
    sys.exit(main())
