"""
Syncing in a process of its own, to weigh its memory: `python -m bench.syncing STORE…`, one thread for each store.

It prints one JSON document: seconds of wall clock and CPU, megabytes before and at the peak.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

from bench.measuring import held_megabytes, peak_megabytes, spending
from bench.place import start_django


def sync_elsewhere(store_ids: list[int]) -> dict[str, Any]:
    """Sync these stores side by side in a process of their own, and return what that took."""
    command = [sys.executable, "-m", "bench.syncing", *map(str, store_ids)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    """Sync the stores named by the arguments."""
    start_django()
    from django.db import connections

    from ahead.stores.triggers import Trigger
    from ahead.sync.runner import run_sync

    went_well: list[bool] = []

    def sync(store_id: int) -> None:
        try:
            went_well.append(
                run_sync(store_id=store_id, trigger=Trigger.COMMAND, holder=f"bench-{store_id}", asked_by="bench")
            )
        finally:
            connections.close_all()

    store_ids = [int(text) for text in sys.argv[1:]]
    before = held_megabytes()
    threads = [threading.Thread(target=sync, args=(store_id,)) for store_id in store_ids]
    with spending() as spent:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    facts = {
        "wall": spent.wall,
        "cpu": spent.cpu,
        "before": before,
        "peak": peak_megabytes(),
        "well": len(went_well) == len(store_ids) and all(went_well),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
