"""Taking orders in: a batch of them in one transaction, whole or not at all, as often as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from ahead.catalog.matching import Match, match_offered
from ahead.catalog.offered import TrayIds
from ahead.customers.models import Customer
from ahead.customers.receiving import receive_customers
from ahead.lib.corrected import heeded
from ahead.orders import rules
from ahead.orders.buyers import seen
from ahead.orders.incoming import IncomingAddress, IncomingOrder
from ahead.orders.items import Settled, lines_held, matches_of, settle_items
from ahead.orders.kit_rules import Sold, counted
from ahead.orders.kits import KitBook, book_of, finding, variants_in
from ahead.orders.models import Order, OrderDocument, OrderMarketplace, OrderPayment, OrderSequence
from ahead.orders.reporting import report
from ahead.orders.rules import StatusPlan
from ahead.orders.wants import wants_of
from ahead.stock.centers import moved_centers, warehouses_of_centers
from ahead.stock.publishing import doubt
from ahead.stock.reservations import sales_warehouses, settle_reservations
from ahead.stores.models import Store

BATCH = 400
_CLOSED = frozenset({Order.State.CANCELLED, Order.State.INVOICING, Order.State.INVOICED})


@dataclass(slots=True)
class Received:
    """What became of one incoming order."""

    incoming: IncomingOrder
    order: Order
    is_new: bool
    was: str  # state before; "" for a new one
    is_closed: bool  # invoiced, being invoiced or cancelled here: its content was left as it is
    is_at_odds: bool = False  # Tray shows another content than it did before, or waits for payment again
    is_revived: bool = False  # Tray showed it as cancelled before
    is_as_judged: bool = False  # it was found in order as it is, and stays so whatever becomes of its kits here
    findings: list[rules.Finding] = field(default_factory=list)
    unmatched: list[tuple[int, str]] = field(default_factory=list)  # variant row, what Tray calls it
    oversold: list[int] = field(default_factory=list)  # products promised beyond what lies free

    @property
    def outcome(self) -> str:
        """How the log names it: importado, atualizado, retido."""
        if self.order.state == Order.State.HELD:
            return "held"
        return "imported" if self.is_new else "updated"


@transaction.atomic
def receive_orders(
    store: Store, incoming: Sequence[IncomingOrder], *, plan: StatusPlan, by: str, now: datetime
) -> list[Received]:
    """
    Store each order with its customer, items and payments, reserve its stock, and say what became of it.

    An order that is there already is brought up to date; nothing is ever stored twice. An order with a line that
    matches no product, or with something to decide first, is stored and held: its pending matter says why.
    """
    known = {
        order.tray_id: order
        for order in Order.objects.of(store.company_id)
        .filter(store=store, tray_id__in=[one.tray_id for one in incoming])
        .select_for_update(of=("self",))
        .order_by("pk")
    }
    # taken first: who buys in two stores of the company at once is one customer, seen by the second of them
    numbers = next_numbers(store.company_id, len({one.tray_id for one in incoming} - known.keys()))
    customers = receive_customers(store.company_id, store.pk, [seen(one.customer) for one in incoming], now=now)
    matches = match_offered(
        store.company_id, store.pk, [item.offered for one in incoming for item in one.items], now=now
    )
    held = lines_held(store.company_id, [order.pk for order in known.values()])
    lines_before = [held[known[one.tray_id].pk] if one.tray_id in known else [] for one in incoming]
    by_line = [matches_of(one, before, matches) for one, before in zip(incoming, lines_before, strict=True)]
    sold = [_sold(one, found) for one, found in zip(incoming, by_line, strict=True)]
    book = book_of(store.company_id, store.pk, [line for lines in sold for line in lines])
    received = [
        _take_in(store, one, known.get(one.tray_id), customer, plan, now)
        for one, customer in zip(incoming, customers, strict=True)
    ]
    settled: list[Settled] = []
    for one, lines, found, before in zip(received, sold, by_line, lines_before, strict=True):
        if not one.is_closed:
            _judge(one, lines, found, book, plan)
            settled.append(Settled(one.order, one.incoming, found, before))
    _save_orders(received, numbers)
    moved = _save_details(store.company_id, [one for one in received if not one.is_closed], settled, book)
    moved_at = max((one.modified_at or now for one in incoming), default=now)
    moved |= _moved_besides(store.company_id, received, matches)
    doubt(
        store.company_id,
        moved,
        moved_at=moved_at,
        centers=moved_centers(store, {one.center_tray_id for one in incoming}),
    )
    _reserve(store, received, now)
    report(store, received, by=by, now=now)
    return received


def _take_in(
    store: Store,
    incoming: IncomingOrder,
    order: Order | None,
    customer: Customer,
    plan: StatusPlan,
    now: datetime,
) -> Received:
    is_new = order is None
    order = order or Order(
        company_id=store.company_id,
        kind=Order.Kind.PEW,
        store=store,
        tray_id=incoming.tray_id,
        state=Order.State.OPEN,
        imported_at=now,
    )
    was = "" if is_new else order.state
    is_closed = was in _CLOSED and not _comes_back(order, incoming, plan)
    received = Received(incoming, order, is_new=is_new, was=was, is_closed=is_closed)
    went_back = None if is_new else rules.regress(incoming, active_ids=plan.active_ids)
    received.is_revived = order.tray_status_id in plan.dead_ids and incoming.status_id not in plan.dead_ids
    is_changed = order.fingerprint != incoming.fingerprint
    received.is_at_odds = went_back is not None or is_changed
    received.is_as_judged = was == Order.State.OPEN and not received.is_at_odds and not order.is_content_stale
    _copy_status(order, incoming, now)
    if incoming.status_id not in plan.dead_ids:
        order.is_cancellation_waiting = False
    if is_closed:
        order.is_content_stale |= is_changed
        return received
    _copy_content(order, incoming, customer)
    order.is_content_stale = False
    received.findings = rules.findings(
        incoming,
        is_accepted_child=order.is_accepted_child,
        has_document=bool(customer.document),
        has_address=has_delivery(order),
    )
    if went_back:
        received.findings.append(went_back)
    order.cancelled_at, order.is_cancelled_by_tray = None, False
    return received


def _judge(one: Received, lines: Sequence[Sold], matches: Sequence[Match], book: KitBook, plan: StatusPlan) -> None:
    """Say what holds an order: what is found in it, a line that is no product of ours, a kit that came otherwise."""
    order, incoming = one.order, one.incoming
    one.unmatched = _unmatched(incoming, lines, matches)
    is_accepted = order.kits_accepted_for == incoming.fingerprint != ""
    if not (one.is_as_judged or is_accepted) and (differs := finding(incoming.tray_id, lines, book)):
        one.findings.append(differs)
    is_held = bool(one.unmatched) or any(found.holds for found in one.findings)
    order.state = Order.State.HELD if is_held else Order.State.OPEN
    order.is_acknowledgement_due = not is_held and plan.must_acknowledge(incoming.status_id)


def _comes_back(order: Order, incoming: IncomingOrder, plan: StatusPlan) -> bool:
    return rules.returns_from_cancellation(
        state=order.state,
        is_cancelled_by_tray=order.is_cancelled_by_tray,
        status_id=incoming.status_id,
        active_ids=plan.active_ids,
    )


def _copy_status(order: Order, incoming: IncomingOrder, now: datetime) -> None:
    order.tray_status_id, order.tray_status = incoming.status_id, incoming.status
    order.tray_modified_at, order.fingerprint = incoming.modified_at, incoming.fingerprint
    order.updated_at = now


def has_delivery(order: Order) -> bool:
    """Whether a parcel could be sent to where an order says."""
    return IncomingAddress(street=order.street, city=order.city, uf=order.uf).is_usable()


_SAME_NAMES = (
    "placed_at",
    "center_tray_id",
    "point_sale",
    "shipping_method",
    "delivery_time",
    "payment_method",
    "payment_kind",
    "installments",
    "paid_on",
    "customer_note",
    "items_total",
    "discount",
    "coupon_discount",
    "coupon_code",
    "shipping",
    "payment_rate",
    "taxes",
    "interest",
    "total",
)
_ADDRESS = ("recipient", "street", "complement", "district", "city", "uf", "postal_code")


def _copy_content(order: Order, incoming: IncomingOrder, customer: Customer) -> None:
    order.customer = customer
    for name in _SAME_NAMES:
        setattr(order, name, getattr(incoming, name))
    order.remainder = rules.unexplained(incoming)
    order.marketplace_number = incoming.marketplace.order_number if incoming.marketplace else ""
    delivery = incoming.delivery or IncomingAddress()
    said = {name: getattr(delivery, name) for name in _ADDRESS} | {"street_number": delivery.number}
    values, order.corrections = heeded(order.corrections, {name: getattr(order, name) for name in said}, said)
    for name, value in values.items():
        setattr(order, name, value)


def _sold(incoming: IncomingOrder, matches: Sequence[Match]) -> list[Sold]:
    """Return the lines as the rules of kits see them."""
    return [
        Sold(
            tray_product_id=item.offered.tray_product_id,
            kit_tray_id=item.kit_tray_id,
            product_id=match.product_id,
            quantity=item.quantity,
            amount=item.unit_price * item.quantity,
            counts=counts,
        )
        for item, match, counts in zip(incoming.items, matches, counted(incoming), strict=True)
    ]


def _unmatched(incoming: IncomingOrder, lines: Sequence[Sold], matches: Sequence[Match]) -> list[tuple[int, str]]:
    found = {}
    for item, line, match in zip(incoming.items, lines, matches, strict=True):
        if line.counts and line.product_id is None:
            reference = f" (referência {item.offered.reference})" if item.offered.reference else ""
            found[match.variant_id] = f"{item.offered.title}{reference}"
    return list(found.items())


def _save_orders(received: list[Received], numbers: range) -> None:
    new = [one.order for one in received if one.is_new]
    for order, number in zip(new, numbers, strict=True):
        order.number = number
    Order.objects.bulk_create(new, batch_size=BATCH)
    for one in received:
        if not one.is_new:
            one.order.save()


def next_numbers(company_id: int, count: int) -> range:
    """
    Return the next `count` order numbers of a company; call it inside the transaction that uses them.

    Until that is over nobody else of the company takes any.
    """
    if not count:
        return range(0)
    OrderSequence.objects.bulk_create([OrderSequence(company_id=company_id)], ignore_conflicts=True)
    sequence = OrderSequence.objects.of(company_id).select_for_update().get()
    first = sequence.next_number
    sequence.next_number = first + count
    sequence.save(update_fields=["next_number"])
    return range(first, first + count)


def _moved_besides(company_id: int, received: list[Received], matches: dict[TrayIds, Match]) -> set[int]:
    """Return the variants that Tray may have moved though our lines of the order stay as they were."""
    concerned = [one for one in received if one.is_revived or (one.is_closed and one.is_at_odds)]
    if not concerned:
        return set()
    came = {
        matches[item.offered.tray_product_id, item.offered.tray_variant_id].variant_id
        for one in concerned
        for item in one.incoming.items
    }
    return came | variants_in(company_id, [one.order.pk for one in concerned])


def _save_details(company_id: int, received: list[Received], settled: Sequence[Settled], book: KitBook) -> set[int]:
    """Store what belongs to the orders; return the variants of which they take another number of units now."""
    old_ids = [one.order.pk for one in received if not one.is_new]
    if old_ids:
        OrderPayment.objects.of(company_id).filter(order_id__in=old_ids).delete()
    moved = settle_items(company_id, settled, book)
    OrderPayment.objects.bulk_create(
        [
            OrderPayment(
                company_id=company_id,
                order=one.order,
                tray_id=payment.tray_id,
                method=payment.method[:120],
                amount=payment.amount,
                paid_on=payment.paid_on,
            )
            for one in received
            for payment in one.incoming.payments
        ],
        batch_size=BATCH,
    )
    _save_marketplaces(company_id, received)
    OrderDocument.objects.bulk_create(
        [
            OrderDocument(
                company_id=company_id,
                order=one.order,
                body=one.incoming.document,
                received_at=one.order.updated_at,
            )
            for one in received
        ],
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=["body", "received_at"],
        batch_size=BATCH,
    )
    return moved


_MARKETPLACE = (
    "name",
    "order_number",
    "seller_id",
    "seller_name",
    "document",
    "payment_document",
    "shipping_id",
    "shipping_type",
    "internal_status",
)


def _save_marketplaces(company_id: int, received: list[Received]) -> None:
    OrderMarketplace.objects.bulk_create(
        [
            OrderMarketplace(
                company_id=company_id,
                order=one.order,
                **{name: getattr(one.incoming.marketplace, name) for name in _MARKETPLACE},
            )
            for one in received
            if one.incoming.marketplace
        ],
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=list(_MARKETPLACE),
        batch_size=BATCH,
    )


def _reserve(store: Store, received: list[Received], now: datetime) -> None:
    active = [one for one in received if not one.is_closed]
    holding = [one.order for one in active if rules.holds_goods(one.findings)]
    wants = wants_of(holding, places=warehouses_of_centers(store))
    oversold = settle_reservations(
        store.company_id,
        order_ids=[one.order.pk for one in active],
        wants=wants,
        warehouses=sales_warehouses(store.company_id, store.pk),
        now=now,
    )
    by_order: dict[int, set[int]] = {}
    for want in wants:
        if want.product_id in oversold:
            by_order.setdefault(want.order_id, set()).add(want.product_id)
    for one in active:
        one.oversold = sorted(by_order.get(one.order.pk, set()))
