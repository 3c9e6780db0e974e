"""Being asked to end: SIGTERM and SIGINT are heard whatever the main thread does at that moment."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

_ASKS = frozenset({signal.SIGTERM, signal.SIGINT})


class Ending:
    """
    Whether somebody asked this process to end.

    The interpreter itself writes the number of each signal into a socket that a wait reads. A handler that sets an
    `Event` instead loses some: it runs in the main thread, which may hold the lock of that very event, and a signal
    that comes just before a wait begins does not interrupt it.
    """

    def __init__(self, numbers: socket.socket) -> None:
        self._numbers = numbers
        self._is_asked = False

    def wait(self, seconds: float | None = None) -> bool:
        """Wait so many seconds, or without end, and return whether the process was asked to end."""
        until = None if seconds is None else monotonic() + seconds
        while not self._is_asked:
            left = None if until is None else max(0.001, until - monotonic())  # with 0 it would not even look
            self._numbers.settimeout(left)
            try:
                self._is_asked = not _ASKS.isdisjoint(self._numbers.recv(64))
            except TimeoutError:
                break
        return self._is_asked


@contextmanager
def hearing_asks_to_end() -> Iterator[Ending]:
    """
    Hear asks to end while the block runs; at a second one the process ends at once, with code 1.

    :raises ValueError: outside of the main thread.
    """
    is_asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_asked
        if is_asked:
            os._exit(1)  # asked twice: somebody is waiting at a keyboard
        is_asked = True

    hears, tells = socket.socketpair()
    with hears, tells:
        tells.setblocking(False)
        told_before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
        handled_before = {number: signal.signal(number, ask) for number in _ASKS}
        try:
            yield Ending(hears)
        finally:
            for number, handler in handled_before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(told_before)
