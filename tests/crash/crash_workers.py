"""Real workers under the real engine, for tests that kill them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from crash_database import database_url
from django.db import connection

from ahead.jobs import engine
from jobs_box import Worker, wait_until

SECONDS_TO_START = 120  # on a machine that does much else; idle it takes three
StartWorker = Callable[..., Worker]


@contextmanager
def workers_on(folder: Path, settings: Any) -> Iterator[StartWorker]:
    """Let `ahead worker` be started on machines, with settings of its own; on SQLite all machines are the same one."""
    engine.disconnect()  # from where a test before this one had it
    settings.DATA_DIR = folder
    is_sqlite = connection.vendor == "sqlite"
    settings.ENGINE_DATABASE_URL = f"sqlite:///{folder / 'jobs.sqlite3'}" if is_sqlite else database_url()
    with ExitStack() as stack:

        def start(machine: str, **given: str) -> Worker:
            place = folder if is_sqlite else folder / machine
            place.mkdir(exist_ok=True)
            errors = folder / f"worker-{len(list(folder.iterdir()))}.log"
            environment = {
                **os.environ,
                **given,
                "AHEAD_DATA_DIR": str(place),
                "AHEAD_DATABASE_URL": database_url(),
                "AHEAD_LOG_LEVEL": "INFO",
            }
            with errors.open("wb") as output:
                command = [sys.executable, "-m", "ahead.cli", "worker", "--threads", "4"]
                worker = Worker(subprocess.Popen(command, env=environment, stdout=output, stderr=output), errors)
            stack.callback(_end, worker)
            wait_until(worker.has_started, SECONDS_TO_START)
            return worker

        yield start
    engine.disconnect()


def _end(worker: Worker) -> None:
    """Leave no process behind."""
    if worker.process.poll() is None:
        worker.kill()
