"""What a person decides about a pending matter, and what goes on because of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog.operations import link_variant
from ahead.fiscal.delivering import resend
from ahead.lib.errors import Refused
from ahead.orders.models import Order
from ahead.orders.releasing import accept_child_order, accept_kits, release_waiting_orders
from ahead.orders.rules import StatusPlan
from ahead.pending.keys import store_key
from ahead.pending.models import Kind, PendingMatter
from ahead.pending.operations import close_matters, dismiss_matter
from ahead.pending.queries import matter as matter_of
from ahead.pending.rules import why_not_dismiss
from ahead.stores import queries as stores
from ahead.sync.connection import plan_of
from ahead.sync.models import OrderSighting, SweepState


class NothingToDo(Refused):
    """There is nothing that can be tried again about this matter; the message says what helps."""


@transaction.atomic
def link_and_release(company: Company, variant_id: int, *, product_id: int, by: str, now: datetime) -> list[Order]:
    """
    Link what Tray sells to a product of ours; return the orders that waited for it and go on now.

    :raises Refused: if the link may not be made.
    :raises ListingVariant.DoesNotExist, Product.DoesNotExist: if one is not the company's.
    """
    variant = link_variant(company=company, variant_id=variant_id, product_id=product_id, by=by, now=now)
    store = stores.store(company, variant.store_id)
    return release_waiting_orders(company.pk, variant_ids=[variant.pk], by=by, now=now, plan=plan_of(store))


def accept_child(company: Company, order_id: int, by: str, now: datetime) -> Order:
    """
    Take a part of a divided order as an order of its own.

    :raises Order.DoesNotExist: if it is not the company's.
    :raises NothingToDo: if it came from no store.
    """
    return accept_child_order(company, order_id, by=by, now=now, plan=_plan_of_order(company, order_id))


# which field of the books lets a brake through, and what was allowed in words
_BRAKES = {
    Kind.STOCK_BRAKE: ("brake_allowed_at", "Envio de estoque autorizado apesar do freio."),
    Kind.PRICE_BRAKE: ("prices_allowed_at", "Envio de preços autorizado apesar do freio."),
}


def accept_kits_as_they_came(company: Company, order_id: int, by: str, now: datetime) -> Order:
    """
    Take the kits of an order as Tray sent them, though we know them otherwise.

    :raises Order.DoesNotExist: if it is not the company's.
    :raises Refused: if nobody knows what a kit of it consists of.
    """
    return accept_kits(company, order_id, by=by, now=now, plan=_plan_of_order(company, order_id))


def _plan_of_order(company: Company, order_id: int) -> StatusPlan:
    order = Order.objects.of(company).select_related("store").get(pk=order_id)
    if order.store is None:
        raise NothingToDo("Este pedido não veio de uma Loja.")
    return plan_of(order.store)


@transaction.atomic
def allow_brake(company: Company, store_id: int, *, kind: str, by: str, now: datetime) -> None:
    """
    Let the next sync send what a brake (of stock, or of prices) stopped.

    :raises Store.DoesNotExist: if it is not the company's.
    :raises NothingToDo: if no brake of this kind stops anything now: a clearance must not wait for the next one.
    """
    if kind not in _BRAKES:
        raise NothingToDo("Esta pendência não é de um freio: não há envio a autorizar.")
    store = stores.store(company, store_id)
    if not close_matters(company.pk, kind=kind, keys=[store_key(store.pk)], by=by, now=now):
        raise NothingToDo("Este freio já não segura nada: foi liberado, ou o que ele segurava mudou.")
    field, text = _BRAKES[Kind(kind)]
    SweepState.objects.of(company).update_or_create(
        store=store, defaults={field: now}, create_defaults={"company": company, field: now}
    )
    record(
        "sync.brake.allowed",
        company_id=company.pk,
        subject=("store", store.pk),
        text=text,
        by=by,
        at=now,
    )


def dismiss(company: Company, matter_id: int, *, reason: str, by: str, now: datetime) -> PendingMatter:
    """
    Dismiss a matter that a person judged to be fine; it comes back only with new facts.

    :raises Refused: if an order waits for it, if it is not of the kinds that only tell, or without a reason.
    :raises PendingMatter.DoesNotExist: if it is not the company's.
    """
    matter = matter_of(company, matter_id)
    orders = Order.objects.of(company).filter(pk__in=[matter.order_id] if matter.order_id else [])
    holds_order = _holds_order(matter, orders.values_list("state", flat=True))
    return dismiss_matter(company, matter_id, reason=reason, holds_order=holds_order, by=by, now=now)


def may_dismiss(matter: PendingMatter, order_states: Iterable[str]) -> bool:
    """Whether the screen offers to dismiss a matter about orders in these states."""
    holds_order = _holds_order(matter, order_states)
    return why_not_dismiss(matter.kind, is_open=matter.is_open, holds_order=holds_order) is None


def _holds_order(matter: PendingMatter, order_states: Iterable[str]) -> bool:
    """Of the matters that may be dismissed, only that of an order without items or with a wrong total may hold it."""
    return matter.kind == Kind.ORDER_TOTAL and Order.State.HELD in set(order_states)


def try_again(company: Company, matter_id: int, by: str, now: datetime) -> str:
    """
    Have what the matter is about looked at again by the next sync; return what will happen, for the screen.

    :raises NothingToDo: if only the remedy helps.
    :raises Refused: if a nota does not count any more.
    :raises PendingMatter.DoesNotExist: if it is not the company's.
    """
    matter = matter_of(company, matter_id)
    if not may_try_again(matter):
        raise NothingToDo(matter.remedy)
    return _RETRIES[matter.kind](company, matter, by, now)


def may_try_again(matter: PendingMatter) -> bool:
    """Whether what a matter is about can be looked at again by the next sync; if not, only the remedy helps."""
    return matter.kind in _RETRIES and matter.store_id is not None


def _send_nota_again(company: Company, matter: PendingMatter, by: str, now: datetime) -> str:
    resent = resend(company, [matter.facts["nota_id"]], by=by, now=now)
    when = "assim que a Loja puder sincronizar" if resent.why_not_now else "em instantes"
    return f"A nota será enviada ao Tray {when}. {resent.why_not_now}".strip()


def _read_order_again(company: Company, matter: PendingMatter, _by: str, _now: datetime) -> str:
    tray_id = matter.facts.get("tray_id")
    if tray_id is None and matter.order_id is not None:
        tray_id = Order.objects.of(company).get(pk=matter.order_id).tray_id
    OrderSighting.objects.of(company).filter(store_id=matter.store_id or 0, tray_id=tray_id).update(
        due=OrderSighting.Due.READ, is_gone=False
    )
    return f"O pedido {tray_id} do Tray será lido de novo na próxima sincronização."


def _read_catalogue_again(company: Company, matter: PendingMatter, _by: str, _now: datetime) -> str:
    SweepState.objects.of(company).filter(store_id=matter.store_id or 0).update(catalogue_read_at=None)
    return "O catálogo da Loja será lido de novo na próxima sincronização."


_RETRIES: dict[str, Callable[[Company, PendingMatter, str, datetime], str]] = {
    Kind.ORDER_UNREADABLE: _read_order_again,
    Kind.ORDER_GONE: _read_order_again,
    Kind.ORDER_TOTAL: _read_order_again,
    Kind.ORDER_DOCUMENT: _read_order_again,
    Kind.ORDER_ADDRESS: _read_order_again,
    Kind.STATUS_REGRESSED: _read_order_again,
    Kind.ORDER_CHANGED: _read_order_again,
    Kind.KIT_DIFFERS: _read_order_again,
    Kind.LISTING_GONE: _read_catalogue_again,
    Kind.UNKNOWN_SKU: _read_catalogue_again,
    Kind.NOTA_UNDELIVERED: _send_nota_again,
}
