"""
How a worker ends while runs are left: first all its threads end, then its runs go back to the queue.

The thread of a run cannot be stopped, and what it asks of Tray after another worker has resumed its run is asked
twice. So the process becomes another program, which ends all its threads in one instant and keeps its number and the
lock of its slot; that program gives the runs back.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import NoReturn

import structlog
from django.db import DatabaseError

from ahead.jobs import engine, heartbeat

log = structlog.get_logger(__name__)

_PROGRAM = (
    "import django; django.setup(); from ahead.jobs.leaving import give_back; give_back(*__import__('sys').argv[1:])"
)
_SECONDS = 30  # then others find the runs by our silence


def become_leaving(executor: str) -> NoReturn:
    """Become the program that gives back what `executor`, which is this process, was running."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-c", _PROGRAM, executor])  # noqa: S606 (there is no shell to want)


def give_back(executor: str) -> None:
    """Put back in the queue what `executor` was running, and give up its row; in silence if the database is away."""
    signal.alarm(_SECONDS)
    try:
        left_over = engine.give_back(executor, died=False)
        heartbeat.leave(executor)
    except (engine.EngineAway, DatabaseError) as error:
        log.warning("jobs.worker.left_in_silence", executor=executor, error=type(error).__name__)
    else:
        log.info("jobs.worker.stopped", executor=executor, left_over=left_over)
