"""Thousands of stores on a schedule: a window of real minutes at the true rate, by a real worker."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from django.db import connection

from ahead.jobs import engine
from ahead.stores.models import StoreAgenda
from ahead.sync.models import SyncRun
from bench.rows import Row
from bench.sandbox import sandbox
from bench.seeding import add_sleeping_stores
from bench.stage import Stage, set_stage

_EVERY = timedelta(minutes=15)
_SKUS = 5
_ORDERS = 3  # of each store that is active: one in ten
_SETTLING = 8.0


def schedule(*, quick: bool) -> Iterator[Row]:
    """
    Let 2,000 stores be due every 15 minutes, one in ten of them with new orders, and look at the lag.

    The stores whose time comes within the window are real and sync over HTTP; those whose time comes later are rows,
    which every look of the tick passes over. The rate is the true one: 2.2 stores a second.
    """
    held, minutes = (2_000, 1) if quick else (2_000, 4)
    due = int(held * minutes * 60 / _EVERY.total_seconds())
    with sandbox(threads=64) as server:
        stage = set_stage(server, skus=_SKUS)
        shops = [stage.open_shop(skus=_SKUS, orders=0) for _ in range(due)]
        for shop in shops:
            stage.sync(shop)  # the first one reads the whole shop
        for shop in shops[::10]:
            server.place_orders(shop.slug, _ORDERS)
        add_sleeping_stores(shops[0].store, held - due, next_at=datetime.now(UTC) + timedelta(hours=2))
        engine.migrate()
        planned = _plan(stage, [shop.store.pk for shop in shops], minutes)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _work_for(minutes * 60 + 20)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lags = sorted(_lags(stage, planned))
    late = lags[int(len(lags) * 0.95)] if lags else 999.0
    told = f"{len(lags)} of {due} synced in {minutes} min beside {held - due} asleep; load {os.getloadavg()[0]:.1f}"
    yield Row(f"schedule kept, {held:,} stores every 15 min: lag p95", late, "s", target=60, note=told)
    yield Row("the same, lag p50", median(lags) if lags else 999.0, "s")
    yield Row(
        "stores that synced in their window", len(lags), "stores", float(due), "were due", 1.0, "ratio", at_least=True
    )
    cores = cpu / (minutes * 60)
    yield Row(
        "cores the worker needs for it", cores, "cores", target=2.0, note=f"{cpu / max(len(lags), 1):.3f} s a sync"
    )


def _plan(stage: Stage, store_ids: list[int], minutes: int) -> dict[int, datetime]:
    """Spread the stores evenly over the window, and return when each is due."""
    begin = datetime.now(UTC) + timedelta(seconds=_SETTLING)
    step = timedelta(minutes=minutes) / len(store_ids)
    planned = {store_id: begin + place * step for place, store_id in enumerate(store_ids)}
    for store_id, at in planned.items():
        StoreAgenda.objects.of(stage.company).filter(store_id=store_id).update(next_sync_at=at, asked_at=None)
    return planned


def _work_for(seconds: float) -> None:
    """Run a worker as in production, and end it as systemd does."""
    command = [sys.executable, "-m", "ahead.cli", "worker"]
    environment = {**os.environ, "AHEAD_LOG_LEVEL": "WARNING"}
    with subprocess.Popen(command, env=environment) as worker:
        time.sleep(seconds)
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
    connection.close()


def _lags(stage: Stage, planned: dict[int, datetime]) -> Iterator[float]:
    for store_id, at in planned.items():
        runs = SyncRun.objects.of(stage.company).filter(store_id=store_id, started_at__gte=at)
        if (run := runs.order_by("started_at").first()) is not None:
            yield (run.started_at - at).total_seconds()
