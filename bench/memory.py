"""The memory of a sync: the same for few orders and for many."""

from __future__ import annotations

from collections.abc import Iterator

from bench.rows import Row
from bench.sandbox import sandbox
from bench.stage import set_stage
from bench.syncing import sync_elsewhere

_SKUS = 50


def memory_of_sync(*, quick: bool) -> Iterator[Row]:
    """Sync few orders and many in processes of their own, and compare the most each ever held."""
    few, many = (200, 1_000) if quick else (500, 5_000)
    with sandbox() as server:
        stage = set_stage(server, skus=_SKUS)
        found = [sync_elsewhere([stage.open_shop(skus=_SKUS, orders=count).store.pk]) for count in (few, many)]
    small, large = found
    yield Row(
        f"peak memory of a sync of {many:,} orders",
        large["peak"],
        "MB",
        small["peak"],
        f"of {few:,} orders",
        1.15,
        "ratio",
        note=f"{small['before']:.0f} MB before the sync began",
    )
