"""What the terminal shows while hosts are visited: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from vmready.judge import clean
from vmready.model import Cause

#: Without a terminal a line is printed at most this often (seconds), and at the end.
_EVERY = 10.0


class Progress:
    """A context in which hosts are visited. ``collected`` is called once per host."""

    def __init__(self, config: pytest.Config, total: int) -> None:
        reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._reporter = reporter
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._total, self._done, self._failed = total, 0, 0
        self._said = self._began = time.monotonic()
        self._bar: Bar | None = None
        # Judging stored snapshots, nobody is visited.
        self._quiet = config.option.verbose < 0 or total == 0 or reporter is None or config.option.snapshots is not None
        if not self._quiet and reporter.isatty:
            columns = (
                TextColumn("collecting"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
            )
            self._bar = Bar(*columns, console=Console(file=reporter._tw._file, force_terminal=True), transient=True)
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._bar.start()
        elif not self._quiet:
            self._line(f"collecting from {self._total} host{'s' if self._total != 1 else ''} …")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
        if not self._quiet:
            seconds = time.monotonic() - self._began
            failed = f", {self._failed} unreachable" if self._failed else ""
            self._line(f"collected from {self._done - self._failed} of {self._total} hosts in {seconds:.1f} s{failed}")

    def collected(self, host: str, cause: Cause | None) -> None:
        """One more host is done."""
        self._done += 1
        if cause is not None:
            self._failed += 1
        if self._bar is not None:
            self._bar.update(
                self._task, advance=1, description=escape(clean(f"{host} {cause.code}" if cause else host, 60))
            )
        elif not self._quiet and time.monotonic() - self._said >= _EVERY:
            self._said = time.monotonic()
            self._line(f"collected from {self._done} of {self._total} hosts, {self._failed} unreachable")

    def _line(self, text: str) -> None:
        self._reporter.write_line(text)
