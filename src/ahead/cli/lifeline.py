"""Ending with the process that started us: our standard input is a pipe that only it holds."""

from __future__ import annotations

import os
import signal
import threading
import time

_GRACE_SECONDS = 30


def end_with_stdin() -> None:
    """End this process once its standard input ends, which it does however the other process dies."""
    threading.Thread(target=_watch, name="lifeline", daemon=True).start()


def _watch() -> None:
    while os.read(0, 4_096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)
