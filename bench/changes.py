"""Finding what changed: which of many SKUs must be written to a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.db.models import F

from ahead.accounts.models import Company
from ahead.accounts.operations import create_company
from ahead.stock.models import Balance, PublishedStock
from ahead.stock.operations import create_warehouse
from ahead.stock.publishing import stock_changes
from ahead.stores.models import Store
from ahead.stores.operations import register_store
from bench.measuring import interleaved
from bench.rows import Row
from bench.seeding import seed_listings, seed_products

_BY = "bench"


def change_detection(*, quick: bool) -> Iterator[Row]:
    """Ask for the changes with none, and with one in a hundred, beside comparing two dictionaries in Python."""
    now = datetime.now(UTC)
    company = create_company(name="Bench", slug="bench", cnpj="11.222.333/0001-81", by=_BY, now=now)
    warehouse = create_warehouse(company=company, name="Depósito", by=_BY, now=now)
    store = register_store(
        company=company, name="Loja", address="http://127.0.0.1:9/lojas/bench", consumer_key="ck", consumer_secret="cs",
        warehouses=[warehouse.pk], import_from=now.date(), by=_BY, now=now,
    )  # fmt: skip
    products: list[int] = []
    for count, target in ((10_000, 0.2), (100_000, 2.0)):
        more = seed_products(company, warehouse, count - len(products), now=now, first=len(products) + 1)
        seed_listings(store, more, now=now, first_tray_id=len(products) + 1)
        products += more
        for share in (0, 1):
            changed = products[:: 100 // share] if share else []
            _shift(company, changed, -1)
            found = len(stock_changes(store))
            if found != len(changed):
                raise AssertionError(f"{found} changes were found, {len(changed)} made")
            ours, peer = interleaved(3 if quick else 5, lambda: stock_changes(store), lambda: _compared(store))
            yield Row(
                f"finding {share} % changed among {count:,} SKUs",
                ours,
                "s",
                peer,
                "two columns compared in Python",
                target,
                note=f"{found:,} changes",
            )
            _shift(company, changed, 1)


def _shift(company: Company, products: Sequence[int], units: int) -> None:
    for start in range(0, len(products), 500):
        some = Balance.objects.of(company).filter(product_id__in=products[start : start + 500])
        some.update(on_hand=F("on_hand") + units)


def _compared(store: Store) -> list[int]:
    """Load what is told and what there is as two dictionaries, and compare them: the plain way."""
    told = PublishedStock.objects.of(store.company_id).filter(store=store)
    confirmed = dict(told.values_list("variant__product_id", "confirmed"))
    balances = Balance.objects.of(store.company_id).annotate(free=F("on_hand") - F("reserved"))
    free = dict(balances.values_list("product_id", "free"))
    return [product for product, quantity in confirmed.items() if free.get(product) != quantity]
