"""What a press of *Gerar Notas* would do, said before it is done: which orders go, which stay out and why, per Loja."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ahead.accounts.models import Company
from ahead.lib.errors import Refused
from ahead.orders import rules as order_rules
from ahead.orders.models import Order
from ahead.stores.models import StatusRole, Store
from ahead.stores.queries import chosen, sync_facts
from ahead.stores.rules import why_not_sync

MOST_ORDERS = 5_000


class CannotPress(Refused):
    """No notas can be asked for so; the message says why."""


@dataclass(frozen=True, slots=True)
class Staying:
    """An order that will have no nota, and why."""

    order: Order
    reason: str


@dataclass(frozen=True, slots=True)
class AtStore:
    """What follows at one Loja; without one, the orders were entered here and nothing goes to Tray."""

    store: Store | None
    count: int
    status: str  # which Tray will show; empty: it stays as it is
    why_later: str  # the XML waits until the Loja syncs again; empty: it goes at once


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a press would do."""

    going: tuple[int, ...]  # orders, in the order of their numbers
    total: Decimal
    staying: tuple[Staying, ...]
    stores: Sequence[AtStore]

    @property
    def reasons(self) -> Mapping[str, int]:
        """Why orders stay out, and how many for each reason."""
        return Counter(one.reason for one in self.staying)


def foresee(company: Company, order_ids: Collection[int]) -> Foreseen:
    """
    Return which of these orders will have a nota, and why others will not.

    :raises CannotPress: if none is chosen, or too many.
    """
    if not order_ids:
        raise CannotPress("Selecione ao menos um pedido.")
    if len(order_ids) > MOST_ORDERS:
        raise CannotPress(f"Selecione até {MOST_ORDERS} pedidos por vez.")
    going: list[Order] = []
    staying: list[Staying] = []
    for order in _orders(company, order_ids):
        if reason := _why_not(order):
            staying.append(Staying(order, reason))
        else:
            going.append(order)
    total = sum((order.total for order in going), Decimal(0))
    return Foreseen(tuple(order.pk for order in going), total, tuple(staying), _at_stores(company, going))


def _orders(company: Company, order_ids: Collection[int]) -> Sequence[Order]:
    own = ("company_id", "kind", "number", "state", "total", "store_id", "is_content_stale")
    found = Order.objects.of(company).filter(pk__in=list(order_ids)).select_related("customer")
    return list(found.only(*own, "customer__name", "customer__document").order_by("number"))


def _why_not(order: Order) -> str | None:
    if reason := order_rules.why_not_invoice(order.state, is_stale=order.is_content_stale):
        return reason
    return None if order.customer and order.customer.document else "O cliente está sem CPF/CNPJ válido."


def _at_stores(company: Company, going: Sequence[Order]) -> list[AtStore]:
    counts = Counter(order.store_id for order in going)
    stores = Store.objects.of(company).in_bulk([pk for pk in counts if pk is not None])
    found = [_at_store(stores[pk], count) for pk, count in counts.items() if pk is not None]
    found.sort(key=lambda one: (-one.count, str(one.store)))
    if entered := counts.get(None):
        found.append(AtStore(None, entered, "", ""))
    return found


def _at_store(store: Store, count: int) -> AtStore:
    statuses = chosen(store)[StatusRole.INVOICED]
    return AtStore(store, count, statuses[0].name if statuses else "", why_not_sync(sync_facts(store)) or "")
