"""A round: each mutant in a forked child, so many at a time; what a child does, no other sees."""

from __future__ import annotations

import collections
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from making import Mutant, changed_line, source_of

#: A mutant that takes more of the processor's time, or more memory, is noticed by that; one that only waits, after a quarter of an hour.
SECONDS = 60
HANGS = 900
BYTES = 4 << 30
KILLED, SURVIVED = 0, 7


def say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Round:
    """The mutants that a round is given, what kills one (``how``), and how many at a time."""

    title: str
    mutants: Sequence[Mutant]
    how: Callable[[Mutant], str]
    jobs: int
    survivors: list[Mutant] = field(default_factory=list)

    def run(self) -> list[Mutant]:
        waiting = collections.deque(self.mutants)
        running: dict[int, tuple[Mutant, int]] = {}
        begun, done = time.monotonic(), 0
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.popleft()
                reader, writer = os.pipe()
                pid = os.fork()
                if pid == 0:
                    os.close(reader)
                    _child(self.how, mutant, writer)
                os.close(writer)
                running[pid] = (mutant, reader)
            pid, status = os.wait()
            mutant, reader = running.pop(pid)
            with os.fdopen(reader, "rb") as pipe:
                told = json.loads(pipe.read() or b"{}")
            mutant.before, mutant.after = told.get("change", (mutant.before, mutant.after))
            mutant.swapped = told.get("swapped", mutant.swapped)
            if os.WIFEXITED(status) and os.WEXITSTATUS(status) == SURVIVED:
                self.survivors.append(mutant)
            else:
                mutant.killed_by = told.get("by") or (
                    f"signal {os.WTERMSIG(status)} (endless, or too much memory)" if os.WIFSIGNALED(status) else "exit"
                )
            done += 1
            if done % 500 == 0:
                say(f"  {self.title}: {done} of {len(self.mutants)}, {time.monotonic() - begun:.0f} s")
        say(f"{self.title}: {done} mutants, {len(self.survivors)} not noticed, {time.monotonic() - begun:.0f} s")
        return self.survivors


def _child(how: Callable[[Mutant], str], mutant: Mutant, writer: int) -> None:
    """Never returns. What the mutant did to be noticed goes through the pipe; a hang or a memory hog is ended by the kernel."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(HANGS)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    told: dict[str, Any] = {"change": (mutant.before, mutant.after)}
    try:
        if mutant.spec and not mutant.before:
            told["change"] = changed_line(source_of(mutant.path), mutant.source())
        told["by"] = how(mutant)
    except BaseException as error:
        told["by"] = f"{type(error).__name__}: {error}"[:200]
    told["swapped"] = mutant.swapped
    os.write(writer, json.dumps(told).encode())
    os._exit(KILLED if told["by"] else SURVIVED)


def apart(work: Callable[[], Any]) -> Any:
    """``work``'s result, from a forked child: what it imports does not stay here."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(json.dumps(work()).encode())
        except BaseException:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    if os.waitpid(pid, 0)[1]:
        sys.exit("the first round ended early")
    return json.loads(told)
