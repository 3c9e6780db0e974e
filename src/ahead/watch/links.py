"""Where a person goes to do something about an alert."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from ahead.watch.models import Alert, AlertKind

_OF_STORE = {
    AlertKind.STORE_CONNECTION: "stores:store",
    AlertKind.TOKEN_ENDING: "stores:store",
    AlertKind.QUOTA: "stores:store",
}
_LISTS = {
    AlertKind.STORE_OVERDUE: ("sync:orders", "loja={store}"),
    AlertKind.STORE_FAILING: ("sync:logs", "loja={store}"),
    AlertKind.ORDERS_WAITING: ("sync:logs", "loja={store}"),
    AlertKind.NOTICES: ("sync:logs", "loja={store}"),
    AlertKind.ORDERS_HELD: ("orders:list", "estado=held&loja={store}"),
    AlertKind.NOTAS_REJECTED: ("notas:list", "estado=rejected"),
    AlertKind.NOTAS_UNKNOWN: ("notas:list", "estado=unknown"),
    AlertKind.NOTAS_UNDELIVERED: ("pending:list", "tipo=nota_undelivered&loja={store}"),
    AlertKind.CERTIFICATE: ("fiscal:certificate", ""),
    AlertKind.WORKER_AWAY: ("sync:logs", ""),
}


def path_of(alert: Alert) -> str:
    """Return the page of the program where an alert is dealt with."""
    slug, kind = alert.company.slug, AlertKind(alert.kind)
    if kind in _OF_STORE and alert.store_id:
        return reverse(_OF_STORE[kind], args=[slug, alert.store_id])
    route, query = _LISTS[kind]
    asked = query.format(store=alert.store_id or "")
    return reverse(route, args=[slug]) + (f"?{asked}" if asked else "")


def address_of(alert: Alert) -> str:
    """Return the same page as the world reaches it; empty where nobody said how it does."""
    return f"{settings.PUBLIC_URL}{path_of(alert)}" if settings.PUBLIC_URL else ""
