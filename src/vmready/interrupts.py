"""Ctrl-C and SIGTERM: the first ends the run in good order, impatience in between does not spoil that.

Tools send SIGTERM once and wait; people press Ctrl-C twice. What comes while the run is being ended, or while its reports are written, would
leave a traceback and a run without its end.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """The handlers of a pytest session. ``watch`` sets them, ``restore`` gives back those that were there before."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._before: dict[signal.Signals, Any] = {}
        self._seen = 0
        self._closing = False

    def watch(self) -> threading.Event:
        """Turn both signals into KeyboardInterrupt; gives the event that is set by then, for threads."""
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                # Whoever started the run with a signal ignored (nohup) wants that to stay.
                if number not in self._before and signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._interrupted)
        return self._stop

    def closing(self) -> None:
        """From here on the reports are written, which takes seconds: nothing interrupts that."""
        self._closing = True

    def restore(self) -> None:
        """Give the signals back."""
        while self._before:
            signal.signal(*self._before.popitem())

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        self._seen += 1
        self._stop.set()
        # The second is the same wish, said again. A third one says that ending in good order hangs.
        if not self._closing and self._seen != 2:
            raise KeyboardInterrupt
