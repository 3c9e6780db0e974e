"""
A second real job: it counts, keeps its place and its lease like a sync, and notes all it lives through.

While its box is held it counts no further than to the step that was named: a test may then take its time.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from ahead.stores.leases import check_fence, leave_store, take_store
from ahead.stores.triggers import Trigger
from ahead.sync.runner import StoreBusy


def count(*, store_id: int, asked: int, trigger: Trigger, holder: str) -> bool:
    """Count to `steps`, going on from the last one that was noted."""
    folder = Path(os.environ["COUNTING"])
    plan = json.loads((folder / "plan.json").read_text())
    notes = _Notes(folder, {"store": store_id, "asked": asked, "trigger": trigger})
    with (folder / f"alone-{store_id}").open("w") as alone:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            notes.add("overlap")
        notes.add("began")
        if store_id in plan["failing"]:
            raise ValueError("secret-token-in-a-message")
        if store_id in plan["refusing"]:
            return False
        if store_id in plan["busy"] and notes.number_of("began") < 2:
            raise StoreBusy
        _count(plan["steps"], plan["seconds"], store_id, holder, notes)
    return True


def _count(steps: int, seconds: float, store_id: int, holder: str, notes: _Notes) -> None:
    fence = take_store(store_id, holder=holder, now=datetime.now(UTC), seconds=300)
    if fence is None:
        raise StoreBusy
    while (done := notes.number_of("step")) < steps:
        time.sleep(seconds)
        if done >= _held_at():
            continue
        with transaction.atomic():
            check_fence(store_id, fence)
            notes.add("step", number=done + 1)
    notes.add("ended")
    leave_store(store_id, token=fence)


def _held_at() -> float:
    try:
        return int((Path(os.environ["COUNTING"]) / "held").read_text())
    except FileNotFoundError:  # nobody holds it, or they may go on since a moment
        return math.inf


class _Notes:
    def __init__(self, folder: Path, facts: dict[str, object]) -> None:
        self._path, self._facts = folder / "notes.jsonl", facts

    def add(self, what: str, **more: object) -> None:
        line = json.dumps({"what": what, "at": time.time(), "pid": os.getpid(), **self._facts, **more}) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(descriptor, line.encode())  # one write: lines of many processes do not mix
        finally:
            os.close(descriptor)

    def number_of(self, what: str) -> int:
        """Return how many such notes this asking has."""
        lines = [json.loads(line) for line in self._path.read_text().splitlines()]
        return sum({**line, "what": what, **self._facts} == line for line in lines)
