"""What the exit codes of `ahead` mean; docs/comandos.md promises them to other programs."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    LOOK = 1  # done, and something is to be looked at (what, is told by the command)
    IMPOSSIBLE = 2  # could not be done: wrong words, wrong settings, or a rule said no
    INTERRUPTED = 130  # from the keyboard
