"""Writes on orders that do not come from a channel's document: cancel, enter, go on after a link, acknowledge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q, prefetch_related_objects

from ahead.accounts.models import Company
from ahead.audit.operations import event, record, record_all
from ahead.catalog.models import Product
from ahead.customers.models import Customer
from ahead.lib.errors import Refused
from ahead.orders import rules
from ahead.orders.kits import compose, is_kit_line, variants_in
from ahead.orders.models import Order, OrderItem
from ahead.orders.receiving import next_numbers
from ahead.orders.rules import StatusPlan
from ahead.orders.wants import wants_of
from ahead.pending.keys import order_key
from ahead.pending.models import Kind, PendingMatter
from ahead.pending.operations import Matter, open_matters
from ahead.stock.publishing import doubt
from ahead.stock.reservations import sales_warehouses, settle_reservations


class CannotCancel(Refused):
    """The order may not be cancelled; the message says why."""


class CannotEnter(Refused):
    """The order may not be entered; the message says why."""


@transaction.atomic
def cancel_order(company: Company, order_id: int, *, by: str, now: datetime, why: str) -> Order:
    """
    Cancel an order and give its reserved stock back, once.

    :raises CannotCancel: if it is cancelled already, or has a note.
    :raises Order.DoesNotExist: if it is not the company's.
    """
    order = Order.objects.of(company).select_for_update(of=("self",)).get(pk=order_id)
    if reason := rules.why_not_cancel(order.state):
        raise CannotCancel(reason)
    end_order(order, by=by, now=now, why=why)
    order.save()
    return order


@dataclass(frozen=True, slots=True)
class CancelledAtTray:
    """A cancellation as the sweep saw it."""

    tray_id: int
    status_id: int | None
    status: str
    modified_at: datetime | None


@transaction.atomic
def take_cancellations(
    company_id: int,
    store_id: int,
    seen: Sequence[CancelledAtTray],
    *,
    plan: StatusPlan,
    by: str,
    now: datetime,
) -> list[Order]:
    """Cancel the orders we hold of these; return the ones cancelled now. One with a note becomes a pending matter."""
    by_id = {one.tray_id: one for one in seen}
    orders = (
        Order.objects.of(company_id)
        .filter(store_id=store_id, tray_id__in=list(by_id))
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    cancelled = []
    for order in orders:
        one = by_id[order.tray_id or 0]
        order.tray_status_id, order.tray_status = one.status_id, one.status
        order.tray_modified_at, order.updated_at = one.modified_at, now
        if order.state == Order.State.INVOICED:
            ask_about_note(order, now)
        elif order.state == Order.State.INVOICING:
            order.is_cancellation_waiting = True
        elif order.state == Order.State.CANCELLED:
            order.is_cancelled_by_tray = True  # there too: who takes it back there means it
        else:
            end_order(order, by=by, now=now, why=f"cancelado no Tray («{one.status}»)")
            order.is_cancelled_by_tray = True
            order.is_acknowledgement_due = plan.must_acknowledge_cancelled(one.status_id)
            cancelled.append(order)
        order.save()
    moved_at = max((one.modified_at or now for one in seen), default=now)
    doubt_stock_of(company_id, [order.pk for order in orders], moved_at=moved_at)
    return cancelled


def doubt_stock_of(company_id: int, order_ids: Iterable[int], *, moved_at: datetime) -> None:
    """Doubt the stock that Tray shows of what is in these orders: it may have given it back at that instant."""
    if ids := list(order_ids):
        doubt(company_id, variants_in(company_id, ids), moved_at=moved_at)


_OF_NOTAS = (Kind.NOTA_REJECTED, Kind.NOTA_UNKNOWN)


def end_order(order: Order, *, by: str, now: datetime, why: str) -> None:
    """Cancel a locked order and give its reserved stock back; the caller saves it."""
    order.state, order.cancelled_at, order.updated_at = Order.State.CANCELLED, now, now
    order.is_acknowledgement_due = False
    settle_reservations(order.company_id, order_ids=[order.pk], wants=[], warehouses=[], now=now)
    _close_all(order, now)
    record(
        "orders.order.cancelled",
        company_id=order.company_id,
        subject=("order", order.pk),
        text=f"Cancelado: {why}. Reservas devolvidas ao disponível.",
        by=by,
        at=now,
    )


def _close_all(order: Order, now: datetime) -> None:
    """Close what was pending about the order alone, and its notas at SEFAZ; what others wait for too stays open."""
    about_order, about_notas = Q(key=order_key(order.pk)), Q(order_id=order.pk, kind__in=_OF_NOTAS)
    matters = PendingMatter.objects.of(order.company_id).filter(about_order | about_notas, resolved_at=None)
    matters.update(resolved_at=now, resolved_by="pedido cancelado")


def ask_about_note(order: Order, now: datetime) -> None:
    """Ask what becomes of the nota of an order that was cancelled at Tray."""
    matter = Matter(
        kind=Kind.ORDER_CHANGED,
        key=order_key(order.pk),
        text=f"O pedido {order.number} foi cancelado no Tray («{order.tray_status}») e já tem nota.",
        remedy="Cancele a nota, se ainda estiver no prazo, ou registre a devolução.",
        store_id=order.store_id,
        order_id=order.pk,
    )
    open_matters(order.company_id, [matter], now=now)


@transaction.atomic
def forget_acknowledgements(company_id: int, order_ids: Iterable[int]) -> None:
    """Stop owing Tray a status for these orders: it shows the right one already, or they moved on."""
    Order.objects.of(company_id).filter(pk__in=list(order_ids)).update(is_acknowledgement_due=False)


@transaction.atomic
def mark_acknowledged(company_id: int, written: Sequence[tuple[int, int, str]], *, by: str, now: datetime) -> None:
    """Keep that Tray has these orders in the status we set: (order, status id, status name)."""
    by_id = {order_id: (status_id, status) for order_id, status_id, status in written}
    mine = Order.objects.of(company_id).filter(pk__in=list(by_id))
    by_status: dict[tuple[int, str], list[int]] = defaultdict(list)
    for order_id in mine.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True):
        by_status[by_id[order_id]].append(order_id)
    for (status_id, status), order_ids in by_status.items():
        mine.filter(pk__in=order_ids).update(
            acknowledged_status_id=status_id,
            acknowledged_at=now,
            tray_status_id=status_id,
            tray_status=status,
            is_acknowledgement_due=False,
        )
    record_all(
        [
            event(
                "orders.order.acknowledged",
                company_id=company_id,
                subject=("order", order_id),
                text=f"Status no Tray alterado para «{status}».",
                by=by,
                at=now,
            )
            for (_, status), order_ids in by_status.items()
            for order_id in order_ids
        ]
    )


@transaction.atomic
def mark_note_delivered(company_id: int, order_id: int, *, nota: str, by: str, now: datetime) -> None:
    """Keep that Tray has the nota of an order: what it shows changed since, with its status as it was, is our write."""
    rows = Order.objects.of(company_id).filter(pk=order_id)
    rows.update(acknowledged_status_id=F("tray_status_id"), acknowledged_at=now)
    record(
        "orders.order.note_delivered",
        company_id=company_id,
        subject=("order", order_id),
        text=f"Nota {nota} entregue ao Tray.",
        by=by,
        at=now,
    )


@transaction.atomic
def enter_order(
    company: Company,
    *,
    customer_id: int,
    items: Sequence[tuple[int, int, Decimal]],
    by: str,
    now: datetime,
) -> Order:
    """
    Enter a Pedido (PED) of the ERP: items are (product, units, unit price); stock is reserved.

    Of a kit its components are reserved.

    :raises CannotEnter: if there is no item, a quantity or price that cannot be, or a kit without components.
    :raises Customer.DoesNotExist, Product.DoesNotExist: if one is not the company's.
    """
    if not items:
        raise CannotEnter("Um pedido precisa de ao menos um item.")
    if any(quantity <= 0 or price < 0 for _, quantity, price in items):
        raise CannotEnter("Quantidade e preço de cada item devem ser positivos.")
    customer = Customer.objects.of(company).get(pk=customer_id)
    products = {pk: Product.objects.of(company).get(pk=pk) for pk, _, _ in items}
    total = sum((quantity * price for _, quantity, price in items), Decimal(0))
    (number,) = next_numbers(company.pk, 1)
    order = Order.objects.create(
        company=company,
        kind=Order.Kind.PED,
        number=number,
        customer=customer,
        state=Order.State.OPEN,
        placed_at=now,
        imported_at=now,
        updated_at=now,
        point_sale="AHEAD",
        items_total=total,
        total=total,
        recipient=customer.name,
        street=customer.street,
        street_number=customer.number,
        complement=customer.complement,
        district=customer.district,
        city=customer.city,
        uf=customer.uf,
        postal_code=customer.postal_code,
    )
    OrderItem.objects.bulk_create(
        OrderItem(
            company=company,
            order=order,
            position=position,
            product=products[product_id],
            matched_by="pedido",
            description=products[product_id].name,
            reference=products[product_id].reference,
            gtin=products[product_id].gtin,
            ncm=products[product_id].ncm,
            quantity=quantity,
            unit_price=price,
            original_price=price,
        )
        for position, (product_id, quantity, price) in enumerate(items, start=1)
    )
    _take_apart(order)
    settle_reservations(
        company.pk,
        order_ids=[order.pk],
        wants=wants_of([order]),
        warehouses=sales_warehouses(company.pk, None),
        now=now,
    )
    record(
        "orders.order.entered",
        company_id=company.pk,
        subject=("order", order.pk),
        text=f"Pedido {number} digitado.",
        by=by,
        at=now,
    )
    return order


def _take_apart(order: Order) -> None:
    """Work out what the kits in an order that was entered here consist of."""
    prefetch_related_objects([order], "items")
    compose(order.company_id, None, [order])
    for item in order.items.all():
        if is_kit_line(item) and not item.components.all():
            raise CannotEnter(f"O kit «{item.description}» não tem componentes. Informe-os no cadastro do produto.")
