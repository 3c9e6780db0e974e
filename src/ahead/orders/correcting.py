"""What a person corrects of who buys and of where the goods go, so that the next nota of an order says it right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.customers.correcting import CannotCorrect, correct_customer, labels, lock_customer, take_what_is_said
from ahead.customers.models import Customer, CustomerLink
from ahead.customers.rules import address_problems, tidied
from ahead.lib.corrected import corrected, taken_back
from ahead.lib.errors import Refused
from ahead.orders import rules
from ahead.orders.models import Order
from ahead.orders.receiving import has_delivery
from ahead.pending.keys import order_key
from ahead.pending.models import Kind
from ahead.pending.operations import close_matters

DELIVERY = ("recipient", "street", "street_number", "complement", "district", "city", "uf", "postal_code")
_LIVE = (Order.State.HELD, Order.State.OPEN)


class CannotCorrectDelivery(Refused):
    """The delivery of an order may not be changed any more; the message says why."""


class CannotMerge(Refused):
    """Two customers may not become one; the message says why."""


@transaction.atomic
def correct_buyer(company: Company, customer_id: int, given: Mapping[str, str], *, by: str, now: datetime) -> Customer:
    """
    Correct a customer's record, and close what waited for it in the orders that are not through.

    :raises customers.correcting.CannotCorrect: if something of it may not be so.
    :raises customers.correcting.DocumentTaken: if the document is another customer's.
    :raises Customer.DoesNotExist: if it is not the company's.
    """
    customer = correct_customer(company, customer_id, given, by=by, now=now)
    _close_document_matters(customer, by, now)
    return customer


@transaction.atomic
def take_buyer_of_tray(company: Company, customer_id: int, names: Iterable[str], *, by: str, now: datetime) -> Customer:
    """
    *Usar o do Tray* for columns of a customer.

    :raises customers.correcting.DocumentTaken: if the document Tray says is another customer's.
    :raises Customer.DoesNotExist: if it is not the company's.
    """
    return take_what_is_said(company, customer_id, names, by=by, now=now)


@transaction.atomic
def merge_buyers(company: Company, customer_id: int, into_id: int, *, by: str, now: datetime) -> Customer:
    """
    Make one customer of two that a person says are the same: `into` stays as it is, and has the orders of both.

    Whatever document a store goes on sending for the one that goes leads to the one that stays.

    :raises CannotMerge: if they are one already.
    :raises Customer.DoesNotExist: if one is not the company's.
    """
    if customer_id == into_id:
        raise CannotMerge("É o mesmo cadastro.")
    orders = Order.objects.of(company).filter(customer_id=customer_id)
    ids = list(orders.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    first, second = sorted((customer_id, into_id))
    found = {pk: lock_customer(company.pk, pk) for pk in (first, second)}
    gone, into = found[customer_id], found[into_id]
    links = CustomerLink.objects.of(company).filter(customer=gone)
    if gone.document:
        links.filter(said_document="").update(said_document=gone.document)
    links.update(customer=into)
    orders.update(customer=into, updated_at=now)
    record(
        "customers.customer.merged",
        company_id=company.pk,
        subject=("customer", into.pk),
        text=f"Outro cadastro foi juntado a este, com {len(ids)} pedidos.",
        by=by,
        at=now,
        merged=gone.pk,
        orders=ids[:1000],
    )
    gone.delete()
    _close_document_matters(into, by, now)
    return into


@transaction.atomic
def correct_delivery(company: Company, order_id: int, given: Mapping[str, str], *, by: str, now: datetime) -> Order:
    """
    Write what a person corrected of where an order goes: of `given`, those of `DELIVERY` that differ.

    :raises CannotCorrectDelivery: if the order has a nota, or is cancelled.
    :raises customers.correcting.CannotCorrect: if something of it may not be so.
    :raises Order.DoesNotExist: if it is not the company's.
    """
    order = _open_order(company, order_id)
    current = {name: str(getattr(order, name)) for name in DELIVERY}
    values = current | tidied({name: value for name, value in given.items() if name in current})
    changed = {name: value for name, value in values.items() if value != current[name]}
    if not changed:
        return order
    if problems := address_problems(values):
        raise CannotCorrect(problems)
    order.corrections = corrected(order.corrections, current, changed, by=by, now=now)
    _write_delivery(order, changed, f"Entrega corrigida: {labels(Order, changed)}.", by, now)
    return order


@transaction.atomic
def take_delivery_of_tray(company: Company, order_id: int, names: Iterable[str], *, by: str, now: datetime) -> Order:
    """
    *Usar o do Tray* for lines of where an order goes.

    :raises CannotCorrectDelivery: if the order has a nota, or is cancelled.
    :raises Order.DoesNotExist: if it is not the company's.
    """
    order = _open_order(company, order_id)
    asked = set(names)
    values, order.corrections = taken_back(
        order.corrections, asked | ({"city", "uf"} if asked & {"city", "uf"} else set())
    )
    if values:
        _write_delivery(order, values, f"Entrega de novo como no Tray: {labels(Order, values)}.", by, now)
    return order


def _open_order(company: Company, order_id: int) -> Order:
    order: Order = Order.objects.of(company).select_for_update(of=("self",)).get(pk=order_id)
    if why := rules.why_not_correct_delivery(order.state):
        raise CannotCorrectDelivery(why)
    return order


def _write_delivery(order: Order, values: Mapping[str, str], text: str, by: str, now: datetime) -> None:
    for name, value in values.items():
        setattr(order, name, value)
    order.updated_at = now
    order.save(update_fields=[*values, "corrections", "updated_at"])
    record(
        "orders.order.delivery_corrected",
        company_id=order.company_id,
        subject=("order", order.pk),
        text=text,
        by=by,
        at=now,
        columns=sorted(values),
    )
    if has_delivery(order):
        close_matters(order.company_id, kind=Kind.ORDER_ADDRESS, keys=[order_key(order.pk)], by=by, now=now)


def _close_document_matters(customer: Customer, by: str, now: datetime) -> None:
    if not customer.document:
        return
    waiting = Order.objects.of(customer.company_id).filter(customer=customer, state__in=_LIVE)
    keys = [order_key(order.pk) for order in waiting.only("pk")]
    if keys:
        close_matters(customer.company_id, kind=Kind.ORDER_DOCUMENT, keys=keys, by=by, now=now)
