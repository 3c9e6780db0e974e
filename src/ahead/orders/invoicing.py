"""An order and its nota: it waits for SEFAZ, its goods leave, or it goes on as if nothing had been issued."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import prefetch_related_objects

from ahead.audit.operations import record
from ahead.lib.errors import Refused
from ahead.orders import rules
from ahead.orders.models import Order
from ahead.orders.operations import ask_about_note, end_order
from ahead.orders.rules import StatusPlan
from ahead.orders.wants import places_of, wants_of
from ahead.stock.fulfilment import ship_reserved, take_back
from ahead.stock.reservations import sales_warehouses, settle_reservations


class CannotInvoice(Refused):
    """No nota may be issued for an order; the message says why."""


def lock_order(company_id: int, order_id: int) -> Order:
    """
    Return an order locked until the transaction ends.

    :raises Order.DoesNotExist: if it is not the company's.
    """
    return Order.objects.of(company_id).select_for_update(of=("self",)).get(pk=order_id)


@transaction.atomic
def begin_invoicing(order: Order, *, now: datetime) -> None:
    """
    Set a locked order aside for its nota: from here on nobody cancels or changes it before SEFAZ has answered.

    :raises CannotInvoice: if it is held, cancelled, has a nota, or changed at Tray and was not read since.
    """
    if reason := rules.why_not_invoice(order.state, is_stale=order.is_content_stale):
        raise CannotInvoice(reason)
    order.state, order.updated_at = Order.State.INVOICING, now
    order.save(update_fields=["state", "updated_at"])


@transaction.atomic
def finish_invoicing(order: Order, *, nota: str, by: str, now: datetime) -> None:
    """Note that the nota of a locked order is authorised: its goods leave. A second time it changes nothing."""
    if order.state == Order.State.INVOICED:
        return
    if order.state == Order.State.CANCELLED:  # after a rejection, and SEFAZ has the nota all the same
        ask_about_note(order, now)
        return
    was_cancelled = order.is_cancellation_waiting
    order.state, order.updated_at, order.is_cancellation_waiting = Order.State.INVOICED, now, False
    order.save(update_fields=["state", "updated_at", "is_cancellation_waiting"])
    ship_reserved(order.company_id, order.pk, reason=f"Nota {nota}", by=by, now=now)
    record(
        "orders.order.invoiced",
        company_id=order.company_id,
        subject=("order", order.pk),
        text=f"Faturado: nota {nota} autorizada. As mercadorias saíram do estoque.",
        by=by,
        at=now,
    )
    if was_cancelled:
        ask_about_note(order, now)


@transaction.atomic
def stop_invoicing(order: Order, *, by: str, now: datetime, plan: StatusPlan | None = None) -> None:
    """Let a locked order go on without a nota; a cancellation that came meanwhile is taken in now."""
    if order.state != Order.State.INVOICING:
        return
    order.state, order.updated_at = Order.State.OPEN, now
    if order.is_cancellation_waiting:
        _end(order, plan, by=by, now=now)
    order.is_cancellation_waiting = False
    order.save()


@transaction.atomic
def undo_invoicing(order: Order, *, nota: str, by: str, now: datetime, plan: StatusPlan | None = None) -> None:
    """
    Note that the nota of a locked order was cancelled: its goods are back, and reserved again.

    An order that is cancelled at Tray is cancelled here as well.
    """
    if order.state != Order.State.INVOICED:
        return
    take_back(order.company_id, order.pk, reason=f"Nota {nota} cancelada", by=by, now=now)
    order.state, order.updated_at = Order.State.OPEN, now
    if plan is not None and order.tray_status_id in plan.dead_ids:
        _end(order, plan, by=by, now=now)
    else:
        _reserve_again(order, now)
    order.save()
    record(
        "orders.order.invoice_cancelled",
        company_id=order.company_id,
        subject=("order", order.pk),
        text=f"A nota {nota} foi cancelada. As mercadorias voltaram ao estoque.",
        by=by,
        at=now,
    )


def _end(order: Order, plan: StatusPlan | None, *, by: str, now: datetime) -> None:
    end_order(order, by=by, now=now, why=f"cancelado no Tray («{order.tray_status}»)")
    order.is_cancelled_by_tray = True
    order.is_acknowledgement_due = plan is not None and plan.must_acknowledge_cancelled(order.tray_status_id)


def _reserve_again(order: Order, now: datetime) -> None:
    prefetch_related_objects([order], "items__components")
    settle_reservations(
        order.company_id,
        order_ids=[order.pk],
        wants=wants_of([order], places=places_of([order])),
        warehouses=sales_warehouses(order.company_id, order.store_id),
        now=now,
    )
