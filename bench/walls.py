"""The wall time of a sync beside a bare loop of the same requests."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from django.conf import settings

from bench.bare import bare_crowd, bare_loop, dealt
from bench.measuring import spending
from bench.rows import Row
from bench.sandbox import sandbox
from bench.stage import set_stage

_SKUS = 50


def wall_time(*, quick: bool) -> Iterator[Row]:
    """Orders synced against a sandbox that answers at once, and against one that takes 20 ms."""
    orders, rounds = (200, 1) if quick else (1_000, 3)
    with sandbox() as server:
        stage = set_stage(server, skus=_SKUS)
        for latency in (0.0, 0.02):
            ours, alone, together, cpu = [], [], [], []
            requests = []
            for _ in range(rounds):
                shop = stage.open_shop(skus=_SKUS, orders=orders)
                server.set_latency(shop.slug, latency)
                server.forget()
                with spending() as spent:
                    stage.sync(shop)
                ours.append(spent.wall)
                cpu.append(spent.cpu)
                requests = server.log()
                with spending() as spent:
                    bare_loop(server.address, requests)
                alone.append(spent.wall)
                with spending() as spent:
                    bare_crowd(server.address, dealt(requests, settings.SYNC_READERS))
                together.append(spent.wall)
            what = f"wall time, {orders:,} orders, answers after {latency * 1000:.0f} ms"
            note = f"{len(requests):,} requests; CPU of ours {median(cpu):.1f} s"
            yield Row(what, median(ours), "s", median(alone), "bare loop", 1.2, "ratio", note=note)
            many = f"bare loop, {settings.SYNC_READERS} at once"
            yield Row(f"{what} (as many in flight)", median(ours), "s", median(together), many)
