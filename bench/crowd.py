"""Many stores in flight in one process, each answering slowly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from django.conf import settings

from ahead.sync.models import SyncRun
from bench.bare import Request, bare_crowd, dealt
from bench.measuring import spending
from bench.rows import Row
from bench.sandbox import sandbox
from bench.stage import set_stage
from bench.syncing import sync_elsewhere

_SKUS = 10
_LATENCY = 0.2


def stores_in_flight(*, quick: bool) -> Iterator[Row]:
    """Sync a hundred stores at once; the floor sends the same requests from as many threads, as many at once."""
    count, orders = (30, 5) if quick else (100, 10)
    with sandbox(threads=count * settings.SYNC_READERS + 20) as server:
        stage = set_stage(server, skus=_SKUS)
        shops = [stage.open_shop(skus=_SKUS, orders=orders) for _ in range(count)]
        for shop in shops:
            server.set_latency(shop.slug, _LATENCY)
        server.forget()
        ours = sync_elsewhere([shop.store.pk for shop in shops])
        requests, most = server.log(), server.most_at_once()
        lots = [
            hand
            for _, mine in groupby(sorted(requests, key=_shop_of), key=_shop_of)
            for hand in dealt(list(mine), settings.SYNC_READERS)
        ]
        with spending() as floor:
            bare_crowd(server.address, lots)
        overlapping = _most_overlapping(stage.company.pk)
        told = f"{len(requests):,} requests, {most} in hand at once; CPU of ours {ours['cpu']:.1f} s"
        yield Row(f"stores in flight at once, of {count}", overlapping, "stores", target=count, at_least=True)
        yield Row(f"peak memory, {count} stores in flight", ours["peak"], "MB", target=400, note=told)
        yield Row(
            f"wall time, {count} stores, answers after 200 ms",
            ours["wall"],
            "s",
            floor.wall,
            f"bare loops, {len(lots)} at once",
            note=f"a wait of 200 ms for each: {_LATENCY * len(requests) / len(lots):.1f} s",
        )


def _shop_of(request: Request) -> str:
    return request[1].split("/")[2]


def _most_overlapping(company_id: int) -> int:
    """Return how many runs were under way at the same instant, at most."""
    edges: list[tuple[float, int]] = []
    for began, ended in SyncRun.objects.of(company_id).values_list("started_at", "finished_at"):
        if ended is not None:
            edges += [(began.timestamp(), 1), (ended.timestamp(), -1)]
    now = most = 0
    for _, step in sorted(edges):
        now += step
        most = max(most, now)
    return most
