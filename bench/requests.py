"""How many requests a sync costs: for each order, for each SKU, and when there is nothing to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ahead.catalog.models import Product
from ahead.stock.operations import count_stock
from bench.bare import Request
from bench.rows import Row
from bench.sandbox import Sandbox, sandbox
from bench.stage import BY, Shop, Stage, set_stage

_NUMBER = re.compile(r"/\d+")
_STATUS, _STOCK = "PUT /orders/N", ("PUT /products/N", "PUT /products/variants/N")


def kinds_of(requests: Sequence[Request]) -> Counter[str]:
    """Count requests by method and address, numbers and stores left out."""
    return Counter(
        f"{method} {_NUMBER.sub('/N', path.split('?')[0].split('/web_api', 1)[1])}" for method, path, _ in requests
    )


def _said(kinds: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def requests_per_order(*, quick: bool) -> Iterator[Row]:
    """Requests of a backlog of orders, and of a sync that finds nothing changed."""
    orders = 200 if quick else 1_000
    with sandbox() as server:
        stage = set_stage(server, skus=20)
        shop = stage.open_shop(skus=20, orders=orders)
        kinds = _kinds_of_sync(stage, server, shop)
        statuses = kinds[_STATUS]
        yield Row(
            f"requests per imported order, backlog of {orders:,}",
            (kinds.total() - statuses) / orders,
            "requests",
            1 + 1 / 50,
            "floor 1 + 1/50",
            1.05,
            note=_said(kinds),
        )
        yield Row("status writes per order", statuses / orders, "requests", 1.0, "floor 1", 1.0)
        for which in ("first", "second"):
            again = _kinds_of_sync(stage, server, shop)
            yield Row(
                f"requests of the {which} sync after it, nothing changed",
                again.total(),
                "requests",
                1.0,
                "floor 1 list",
                4,
                note=_said(again),
            )


def _kinds_of_sync(stage: Stage, server: Sandbox, shop: Shop) -> Counter[str]:
    server.forget()
    stage.sync(shop)
    return kinds_of(server.log())


def requests_per_sku(*, quick: bool) -> Iterator[Row]:
    """Stock writes when a few of many SKUs changed."""
    skus, changed = (400, 20) if quick else (2_000, 100)
    with sandbox() as server:
        stage = set_stage(server, skus=skus)
        shop = stage.open_shop(skus=skus)
        first = _kinds_of_sync(stage, server, shop)
        unchanged = _kinds_of_sync(stage, server, shop)
        products = list(Product.objects.of(stage.company).order_by("pk")[:: skus // changed])
        for product in products:
            count_stock(
                company=stage.company,
                product_id=product.pk,
                warehouse_id=stage.warehouse.pk,
                counted=77,
                by=BY,
                now=datetime.now(UTC),
            )
        kinds = _kinds_of_sync(stage, server, shop)
        writes = sum(kinds[kind] for kind in _STOCK)
        yield Row(
            f"requests per changed SKU ({len(products)} of {skus:,})",
            writes / len(products),
            "requests",
            1.0,
            "floor 1",
            1.0,
            note=_said(kinds),
        )
        yield Row(
            f"stock writes for {skus:,} unchanged SKUs",
            sum(unchanged[kind] for kind in _STOCK),
            "requests",
            target=0,
            note=f"first sync, which links them: {_said(first)}",
        )
