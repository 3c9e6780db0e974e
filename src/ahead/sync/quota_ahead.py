"""What a store's quota will come to today, from what waits; and a matter, before noon, where it will not suffice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from ahead.catalog.models import Category, Listing
from ahead.fiscal.delivering import due_deliveries
from ahead.orders.models import Order
from ahead.pending.keys import store_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stores.bucket import day_of
from ahead.stores.forecasting import Forecast, forecast
from ahead.stores.models import Connection, RequestBudget, Store
from ahead.stores.planning import Purpose
from ahead.stores.usage import plan_of_day, use_today
from ahead.sync.models import OrderSighting
from ahead.sync.stock_due import due_stock

NAMES: dict[Purpose, str] = {
    Purpose.ORDERS: "Pedidos e status",
    Purpose.OTHER: "Conexão e leituras",
    Purpose.NOTES: "Notas",
    Purpose.STOCK: "Estoque",
    Purpose.CATALOGUE: "Catálogo",
}
_LOOKED_EVERY = timedelta(minutes=30)
_LOOKED_AT_ONCE = 5
_CORPORATE = 50_000


def waiting_requests(store: Store, *, now: datetime) -> dict[Purpose, int]:
    """Return how many requests what is due by now will take, at least, by purpose."""
    company = store.company_id
    sightings = OrderSighting.objects.of(company).filter(store=store, due__in=["read", "stock"])
    statuses = Order.objects.of(company).filter(store=store, is_acknowledgement_due=True)
    listings = Listing.objects.of(company).filter(
        Q(is_dirty=True, is_draft=False, gone_at=None, removed_at=None) | Q(removed_at__isnull=False),
        store=store,
        is_managed=True,
    )
    categories = Category.objects.of(company).filter(store=store, is_dirty=True, gone_at=None)
    return {
        Purpose.ORDERS: sightings.count() + statuses.count(),
        Purpose.NOTES: sum(one.is_nota_due + one.is_status_due for one in due_deliveries(company, store.pk, now=now)),
        Purpose.STOCK: len(due_stock(store).changes),
        Purpose.CATALOGUE: listings.count() + categories.count(),
    }


def quota_of(store: Store, *, now: datetime) -> Forecast:
    """Return what the store's day will probably come to."""
    today = day_of(now)
    plan, use = plan_of_day(store, today), use_today(store, today=today)
    return forecast(plan, use, waiting_requests(store, now=now), per_day=store.requests_per_day, now=now)


def look_ahead(*, now: datetime) -> int:
    """
    Forecast the day's quota of some stores, the longest unforecast first; return how many.

    Each is asked every half hour, so that what will not fit is said in the morning and taken back once it fits.
    """
    due = RequestBudget.objects.across_companies().filter(
        Q(looked_ahead_at=None) | Q(looked_ahead_at__lt=now - _LOOKED_EVERY),
        store__connection=Connection.CONNECTED,
        store__is_paused=False,
    )
    rows = list(due.select_related("store").order_by("looked_ahead_at", "pk")[:_LOOKED_AT_ONCE])
    for row in rows:
        RequestBudget.objects.of(row.company_id).filter(pk=row.pk).update(looked_ahead_at=now)
        judge_day(row.store, quota_of(row.store, now=now), now=now)
    return len(rows)


@transaction.atomic
def judge_day(store: Store, found: Forecast, *, now: datetime) -> None:
    """Open the matter of a quota that will not suffice today, or close it."""
    key = store_key(store.pk)
    if not found.unfit:
        close_matters(store.company_id, kind=Kind.QUOTA_SHORT, keys=[key], now=now)
        return
    what = ", ".join(f"{NAMES[line.purpose]} (cerca de {_round(line.unfit)})" for line in found.unfit)
    matter = Matter(
        kind=Kind.QUOTA_SHORT,
        key=key,
        text=(
            f"A cota de hoje da loja {store.name} ({found.per_day} requisições, {found.used} usadas) não vai bastar. "
            f"Não vai caber hoje: {what}."
        ),
        remedy=_remedy(store),
        turn="you",
        store_id=store.pk,
        facts={"unfit": {line.purpose.value: _round(line.unfit) for line in found.unfit}},
    )
    open_matters(store.company_id, [matter], now=now)


def _remedy(store: Store) -> str:
    ask = f"Peça ao Tray a cota corporativa ({_CORPORATE} por dia) e grave-a na Loja; "
    return (
        f"Nada se perde: o que não couber continua sozinho depois da meia-noite. Para caber antes: "
        f"{ask if store.requests_per_day < _CORPORATE else ''}aumente o intervalo da sincronização; "
        "deixe mudanças grandes do catálogo para a noite."
    )


def _round(requests: int) -> int:
    """Two figures are what a forecast knows; more would make each look another matter."""
    size: int = 10 ** max(len(str(requests)) - 2, 0)
    return -(-requests // size) * size
