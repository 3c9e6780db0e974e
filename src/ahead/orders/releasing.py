"""Held orders that go on: what they waited for was linked, mended, or accepted by a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import prefetch_related_objects

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog.models import ListingVariant
from ahead.lib.errors import Refused
from ahead.orders.kits import compose, finding, is_kit_line, sold_of, variants_in
from ahead.orders.models import Order, OrderItem
from ahead.orders.reporting import matter_of, oversold
from ahead.orders.rules import StatusPlan
from ahead.orders.wants import places_of, wants_of
from ahead.pending.keys import order_key, variant_key
from ahead.pending.models import Kind, PendingMatter
from ahead.pending.operations import close_matters, open_matters
from ahead.stock.publishing import doubt
from ahead.stock.reservations import sales_warehouses, settle_reservations

_HOLDING = (Kind.CHILD_ORDER, Kind.STATUS_REGRESSED, Kind.KIT_DIFFERS)


class CannotAccept(Refused):
    """The kits of an order may not be accepted as they came; the message says why."""


@transaction.atomic
def release_waiting_orders(
    company_id: int, *, variant_ids: Iterable[int], by: str, now: datetime, plan: StatusPlan
) -> list[Order]:
    """
    Let the orders go on that waited for these variants, now that each is linked to a product.

    Their items get the product, its stock is reserved, and an order with nothing else to decide opens.
    """
    linked = ListingVariant.objects.of(company_id).filter(pk__in=list(variant_ids), product__isnull=False)
    products = dict(linked.values_list("pk", "product_id"))
    waiting = OrderItem.objects.of(company_id).filter(variant_id__in=products, product=None, counts=True)
    order_ids = set(waiting.values_list("order_id", flat=True))
    orders = list(
        Order.objects.of(company_id)
        .filter(pk__in=order_ids, state=Order.State.HELD)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    held = waiting.filter(order__in=orders)
    for variant_id, product_id in products.items():
        held.filter(variant_id=variant_id).update(product_id=product_id, matched_by="vínculo")
    _work_out_kits(company_id, orders, now)
    _reserve_again(company_id, orders, now)
    for order in orders:
        _open_if_free(order, by=by, now=now, plan=plan)
    close_matters(company_id, kind=Kind.UNKNOWN_SKU, keys=[variant_key(pk) for pk in products], by=by, now=now)
    return orders


@transaction.atomic
def release_mended_kits(company_id: int, *, store_id: int, by: str, now: datetime, plan: StatusPlan) -> list[Order]:
    """Let the orders of a store go on whose kits we know by now as they came; return those that were looked at."""
    asked = PendingMatter.objects.of(company_id).filter(kind=Kind.KIT_DIFFERS, store_id=store_id, resolved_at=None)
    rows = Order.objects.of(company_id).filter(pk__in=asked.values("order_id"), state=Order.State.HELD)
    orders = list(rows.select_for_update(of=("self",)).order_by("pk"))
    _work_out_kits(company_id, orders, now)
    _reserve_again(company_id, orders, now)
    for order in orders:
        _open_if_free(order, by=by, now=now, plan=plan)
    return orders


@transaction.atomic
def accept_kits(company: Company, order_id: int, *, by: str, now: datetime, plan: StatusPlan) -> Order:
    """
    Take the kits of an order as they came, until its lines change at Tray.

    :raises Order.DoesNotExist: if it is not the company's.
    :raises CannotAccept: if a line is a kit and nobody knows what it consists of.
    """
    order = Order.objects.of(company).select_for_update(of=("self",)).get(pk=order_id)
    order.kits_accepted_for = order.fingerprint
    order.save(update_fields=["kits_accepted_for"])
    if order.state == Order.State.HELD:
        _work_out_kits(company.pk, [order], now)
        for item in order.items.all():
            if item.counts and is_kit_line(item) and not item.components.all():
                raise CannotAccept(
                    f"O kit «{item.description}» veio numa linha só e não tem componentes no AHEAD: não há o que "
                    "reservar. Informe os componentes no cadastro do produto."
                )
    close_matters(company.pk, kind=Kind.KIT_DIFFERS, keys=[order_key(order.pk)], by=by, now=now)
    record(
        "orders.order.kits_accepted",
        company_id=company.pk,
        subject=("order", order.pk),
        text="Kits aceitos como vieram do Tray.",
        by=by,
        at=now,
    )
    if order.state == Order.State.HELD:
        _reserve_again(company.pk, [order], now)
        _open_if_free(order, by=by, now=now, plan=plan)
    return order


def _work_out_kits(company_id: int, orders: Sequence[Order], now: datetime) -> None:
    """Say of what the kits of held orders consist, as far as it is known now, and open or close what is to be said."""
    by_store: dict[int | None, list[Order]] = defaultdict(list)
    for order in orders:
        by_store[order.store_id].append(order)
    for store_id, some in by_store.items():
        prefetch_related_objects(some, "items")
        book, moved = compose(company_id, store_id, some)
        for order in some:
            items = list(order.items.all())
            is_composed = all(item.components.all() for item in items if item.counts and is_kit_line(item))
            lines = [sold_of(item) for item in items]
            differs = finding(order.tray_id, lines, book, composed=is_composed)
            if differs and not order.kits_accepted_for == order.fingerprint != "":
                open_matters(company_id, [matter_of(order, differs)], now=now)
            else:
                close_matters(company_id, kind=Kind.KIT_DIFFERS, keys=[order_key(order.pk)], now=now)
        if moved:
            doubt(company_id, variants_in(company_id, [order.pk for order in some]), moved_at=now)


def _reserve_again(company_id: int, orders: Sequence[Order], now: datetime) -> None:
    """Reserve what these held orders want now; a part of a divided order that was not accepted wants nothing."""
    children = PendingMatter.objects.of(company_id).filter(kind=Kind.CHILD_ORDER, resolved_at=None)
    refused = set(children.filter(order_id__in=[order.pk for order in orders]).values_list("order_id", flat=True))
    by_store: dict[int | None, list[Order]] = defaultdict(list)
    for order in orders:
        if order.pk not in refused:
            by_store[order.store_id].append(order)
    for store_id, some in by_store.items():
        prefetch_related_objects(some, "items__components")
        wants = wants_of(some, places=places_of(some))
        short = settle_reservations(
            company_id,
            order_ids=[order.pk for order in some],
            wants=wants,
            warehouses=sales_warehouses(company_id, store_id),
            now=now,
        )
        by_id = {order.pk: order for order in some}
        sold_out = {want.product_id: by_id[want.order_id] for want in reversed(wants) if want.product_id in short}
        open_matters(company_id, oversold(company_id, sold_out), now=now)


def _open_if_free(order: Order, *, by: str, now: datetime, plan: StatusPlan) -> None:
    """Open a held order that has nothing left to decide."""
    holding = PendingMatter.objects.of(order.company_id).filter(
        key=order_key(order.pk), resolved_at=None, kind__in=_HOLDING
    )
    items = OrderItem.objects.of(order.company_id).filter(order=order, counts=True)
    if items.filter(product=None).exists() or not items.exists() or holding.exists():
        return
    order.state, order.updated_at = Order.State.OPEN, now
    order.is_acknowledgement_due = plan.must_acknowledge(order.tray_status_id)
    order.save()
    record(
        "orders.order.released",
        company_id=order.company_id,
        subject=("order", order.pk),
        text="Liberado: o que estava pendente foi resolvido.",
        by=by,
        at=now,
    )


@transaction.atomic
def accept_child_order(company: Company, order_id: int, *, by: str, now: datetime, plan: StatusPlan) -> Order:
    """
    Take a child order of a divided order as an order of its own.

    :raises Order.DoesNotExist: if it is not the company's.
    """
    order = Order.objects.of(company).select_for_update(of=("self",)).get(pk=order_id)
    order.is_accepted_child = True
    order.save(update_fields=["is_accepted_child"])
    close_matters(company.pk, kind=Kind.CHILD_ORDER, keys=[order_key(order.pk)], by=by, now=now)
    if order.state == Order.State.HELD:
        _reserve_again(company.pk, [order], now)
        _open_if_free(order, by=by, now=now, plan=plan)
    return order
