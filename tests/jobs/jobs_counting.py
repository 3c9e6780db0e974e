"""A second real job: it counts slowly, keeps its place like a sync does, and notes all it lives through."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path

from ahead.sync.runner import StoreBusy


def count(*, store_id: int, asked: int, trigger: str, holder: str) -> bool:
    """Count to `steps`, going on from the place that was kept."""
    folder = Path(os.environ["COUNTING"])
    plan = json.loads((folder / "plan.json").read_text())
    note = _Notes(folder, {"store": store_id, "asked": asked, "trigger": trigger, "holder": holder})
    place = folder / f"place-{store_id}-{asked}"
    with (folder / f"alone-{store_id}").open("w") as alone:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note("overlap")
            return False
        note("began")
        if store_id in plan["failing"]:
            raise ValueError("secret-token-in-a-message")
        if store_id in plan["refusing"]:
            return False
        if store_id in plan["busy"] and len(note.so_far("began", store_id)) < 2:
            raise StoreBusy
        done = int(place.read_text()) if place.exists() else 0
        while done < plan["steps"]:
            time.sleep(plan["seconds"])
            done += 1
            place.write_text(str(done))
            note("step", number=done)
        note("ended")
        return True


class _Notes:
    def __init__(self, folder: Path, facts: dict[str, object]) -> None:
        self._path, self._facts = folder / "notes.jsonl", facts

    def __call__(self, what: str, **more: object) -> None:
        line = json.dumps({"what": what, "at": time.time(), "pid": os.getpid(), **self._facts, **more}) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(descriptor, line.encode())  # one write: lines of many processes do not mix
        finally:
            os.close(descriptor)

    def so_far(self, what: str, store_id: int) -> list[str]:
        return [
            line
            for line in self._path.read_text().splitlines()
            if f'"{what}"' in line and f'"store": {store_id},' in line
        ]
