"""What a history measured, as one row."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections import Counter
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connection

from campaign import books
from campaign.judging import overtaken
from campaign.killing import Death
from campaign.processes import Machines
from campaign.sefaz_faults import SefazDoor
from campaign.story import Told
from campaign.tray_faults import Door
from campaign.world import World

ROOT = Path(__file__).parents[2]
_FIRST_RESERVED = """
SELECT o.store_id, o.tray_id, MIN(r.opened_at) FROM stock_reservation r JOIN orders_order o ON o.id = r.order_id
GROUP BY o.store_id, o.tray_id
"""
_EVENT = re.compile(r'"event": "([a-z_.]+)"[^\n]*"level": "(?:error|critical)"')


def percentile(values: list[float], share: float) -> float:
    """Return the value below which so large a share lies; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def measure(
    world: World,
    told: Told,
    door: Door,
    sefaz: SefazDoor,
    machines: Machines,
    deaths: list[Death],
    before: Counter[str],
) -> dict[str, Any]:
    """Return the figures of a history that is over; `before` is what Tray was asked before the first order."""
    waits, last = _waits(world, told)
    first = min(told.paid_at.values())
    asked = Counter(door.arrived)
    asked.subtract(before)
    held = len(books.rows("SELECT id FROM orders_order"))
    recovered = [seconds for death in deaths for seconds in death.recovered_after.values()]
    return {
        "orders": len(told.planned),
        "held": held,
        "notas": books.one("SELECT COUNT(*) FROM fiscal_nota WHERE state = 'authorised'"),
        "runs": books.one("SELECT COUNT(*) FROM sync_syncrun"),
        "requests": sum(asked.values()),
        "calls_per_order": round(sum(asked.values()) / max(held, 1), 2),
        "reads_per_order": round(asked["GET /orders/N/complete"] / max(held, 1), 3),
        "requests_by_kind": {kind: count for kind, count in asked.most_common(12) if count},
        "p50_paid_reserved": round(percentile(waits, 0.5), 1),
        "p95_paid_reserved": round(percentile(waits, 0.95), 1),
        "orders_per_minute": round(len(waits) * 60 / max((last - first).total_seconds(), 1)),
        "kills": [
            {
                "at_request": death.at_request, "worker": death.worker, "had": death.had,
                "back_after": round(death.back_after, 1),
                "recovered_after": {slug: round(seconds, 1) for slug, seconds in death.recovered_after.items()},
            }
            for death in deaths
        ],
        "recovery_max": round(max(recovered, default=0.0), 1),
        "recovery_median": round(percentile(recovered, 0.5), 1),
        "faults": dict(_faults(world, told, sefaz, door)),
        "acts": dict(told.acts),
        "cancelled_as_we_wrote": len(overtaken(world, told)),
        "rss_mb": {machine.name: round(machine.peak_mb) for machine in machines.all},
        "errors_logged": dict(_errors_logged(machines)),
        "matters_open": dict(Counter(kind for kind, _, _ in books.open_matters())),
    }  # fmt: skip


def _waits(world: World, told: Told) -> tuple[list[float], datetime]:
    places = {one.store.pk: place for place, one in enumerate(world.shops)}
    waits, last = [], min(told.paid_at.values())
    for store_id, tray_id, reserved_at in books.rows(_FIRST_RESERVED):
        paid, opened = told.paid_at[places[store_id], tray_id], books.instant(reserved_at)
        waits.append((opened - paid).total_seconds())
        last = max(last, opened)
    return waits, last


def _faults(world: World, told: Told, sefaz: SefazDoor, door: Door) -> Counter[str]:
    found = Counter(sefaz.injected)
    for one in world.shops:
        found.update(one.faults.injected)
        found.update(one.bell.injected)
    found["order shown in another zone"] = len(door.zoned)
    planned = told.planned.values()
    found["order of an unknown SKU"] = sum(any(line.kind == "stranger" for line in one.lines) for one in planned)
    found["repeated CPF"] = sum(one.is_other_account for one in planned)
    return found


def _errors_logged(machines: Machines) -> Counter[str]:
    found: Counter[str] = Counter()
    for machine in machines.all:
        found.update(_EVENT.findall(machine.said()))
    return found


def versions() -> dict[str, str]:
    """Return what it ran on."""
    head = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(head, capture_output=True, text=True, check=False).stdout.strip()
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        database = cursor.fetchone()[0]
    return {
        "commit": commit,
        "python": platform.python_version(),
        "django": version("django"),
        "dbos": version("dbos"),
        connection.vendor: str(database),
        "cpus": str(os.cpu_count()),
    }
