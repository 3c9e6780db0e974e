"""What Tray notified us of: each thing is read by itself, where that costs less than to look at all that changed.

A notification makes us look, and is trusted for nothing else. What was written by ourselves comes back as one: such an
echo is left to the next sweep, or to the next reading of the catalogue, as is all that could not be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from ahead import tray
from ahead.catalog.models import Listing, ListingVariant
from ahead.db.tenancy import TenantQuerySet
from ahead.orders.models import Order
from ahead.stock.models import CenterStock, PublishedStock
from ahead.sync.exchange import Exchange
from ahead.sync.given_back import have_stock_read
from ahead.sync.models import OrderSighting, Step, SweepState
from ahead.sync.orders_in import note_failure, store_batch, whole_order
from ahead.sync.product_in import Thing, read_thing, take_in_thing
from ahead.sync.sweeping import note_rows
from ahead.webhooks.operations import settle
from ahead.webhooks.queries import Pending, pending_notices
from ahead.webhooks.rules import ORDER, PRODUCTS, SCOPES, VARIANTS, is_echo

FEW_ORDERS = 3  # more cost less by a page of the sweep, which shows fifty
FEW_PRODUCTS = 20  # more are left to the reading of the catalogue


def noticed_orders(exchange: Exchange) -> list[Pending]:
    """Return the orders to be looked at, as they stand now; what arrives later stays to be looked at."""
    return pending_notices(exchange.company_id, exchange.store.pk, [ORDER])


def orders_not_looked_at(exchange: Exchange) -> set[int]:
    """Return Tray's ids of the orders that it notified us of and that were not looked at since; echoes are none."""
    wanted, _ = _told_apart(exchange.company_id, exchange.store.pk, noticed_orders(exchange))
    return {one.scope_id for one in wanted}


def is_worth_a_run(company_id: int, store_id: int, *, now: datetime) -> bool:
    """
    Whether anything is to be looked at; what is but an echo of our own writes is settled.

    A store that was never swept has everything before it: its first whole run is for a person, or its schedule, to ask.
    """
    if not SweepState.objects.of(company_id).filter(store_id=store_id, closed_through__isnull=False).exists():
        return False
    found = pending_notices(company_id, store_id, SCOPES)
    wanted, echoes = _told_apart(company_id, store_id, found)
    settle(company_id, echoes, began=now)
    return bool(wanted)


def look_at_orders(exchange: Exchange) -> bool:
    """
    Read each order that was notified of, and put it on the books by the rules of the sweep; one request each.

    Return False where the sweep must look instead: there are many of them, or one could not be read.

    :raises RunEnds: if Tray makes going on useless.
    """
    began, found = exchange.now(), noticed_orders(exchange)
    wanted, echoes = _told_apart(exchange.company_id, exchange.store.pk, found)
    if len(wanted) > FEW_ORDERS:
        return False
    looked_at, is_left = echoes, False
    exchange.progress(Step.SWEEP, 0, len(wanted))
    for outcome in exchange.ask_each(wanted, lambda one: exchange.tray.complete_order(one.scope_id)):
        if outcome.answer is not None:
            _take_in(exchange, outcome.answer)
        elif isinstance(outcome.error, tray.NotFound):
            _note_gone(exchange, outcome.ask.scope_id)
        else:
            is_left = True
            continue
        looked_at.append(outcome.ask)
    settle_looked_at(exchange, looked_at, began)
    exchange.progress(Step.SWEEP, len(wanted), len(wanted))
    return not is_left


def settle_looked_at(exchange: Exchange, looked_at: Iterable[Pending], began: datetime) -> None:
    """Note that these were looked at: what is on the books now is what they were about."""
    if settled := list(looked_at):
        with exchange.write():
            settle(exchange.company_id, settled, began=began)


def _take_in(exchange: Exchange, order: tray.CompleteOrder) -> None:
    """Decide about an order as the sweep would, and store it with what was read, if that is what is due."""
    note_rows(exchange, [tray.order_row_of(order)])
    due = _sightings(exchange, [order.id]).filter(due=OrderSighting.Due.READ)
    if not due.exists():
        return
    try:
        incoming = whole_order(exchange.tray, order)
    except tray.TrayError:
        return  # it stays due, and is read again in a moment
    store_batch(exchange, [incoming])


def _note_gone(exchange: Exchange, tray_id: int) -> None:
    """An order that was seen and is no more; of one never seen, the sweep tells what there is to tell."""
    seen = _sightings(exchange, [tray_id]).filter(is_gone=False)
    held = Order.objects.of(exchange.company_id).filter(store=exchange.store, tray_id=tray_id)
    if not seen.exists():
        return
    if held.exists():
        note_failure(exchange, tray_id, tray.NotFound())
        return
    with exchange.write():
        if seen.exclude(status_id__in=exchange.plan.dead_ids).exists():
            have_stock_read(exchange)
        seen.update(is_gone=True, due=OrderSighting.Due.NOTHING)


def look_at_products(exchange: Exchange) -> None:
    """
    Read each product and each variant that was notified of, and take it in as the reading of the catalogue would.

    Many at once are left to that reading, which shows fifty with one request.

    :raises RunEnds: if Tray makes going on useless.
    """
    began = exchange.now()
    found = pending_notices(exchange.company_id, exchange.store.pk, PRODUCTS | VARIANTS)
    if not found:
        return
    wanted, _ = _told_apart(exchange.company_id, exchange.store.pk, found)
    things = sorted({(one.scope in VARIANTS, one.scope_id) for one in wanted})
    if len(things) > FEW_PRODUCTS:
        with exchange.write():
            have_stock_read(exchange)
            settle(exchange.company_id, found, began=began)
        return
    asks = [Thing(*thing) for thing in things]
    for outcome in exchange.ask_each(asks, lambda thing: read_thing(exchange.tray, thing)):
        if outcome.answer is not None:
            take_in_thing(exchange, outcome.ask, outcome.answer)
        elif outcome.error is not None and not isinstance(outcome.error, tray.NotFound):
            with exchange.write():
                exchange.tell([exchange.error(f"product:{outcome.ask.id}", str(outcome.ask), outcome.error)])
    settle_looked_at(exchange, found, began)


def _told_apart(company_id: int, store_id: int, found: Sequence[Pending]) -> tuple[list[Pending], list[Pending]]:
    """Return what is to be looked at, and what came about when we wrote the same thing to Tray."""
    written_at = _written_at(company_id, store_id, found)
    echoes = [one for one in found if is_echo(one.first_at, one.last_at, written_at.get(_thing(one)))]
    numbers = {one.pk for one in echoes}
    return [one for one in found if one.pk not in numbers], echoes


def _thing(one: Pending) -> tuple[str, int]:
    """Return what a notice is about, whatever of it changed."""
    return one.scope.partition("_")[0], one.scope_id


def _written_at(company_id: int, store_id: int, found: Sequence[Pending]) -> dict[tuple[str, int], datetime]:
    """Return when we last wrote each of these things to Tray."""
    ids: dict[str, set[int]] = {name: set() for name in (ORDER, "product", "variant")}
    for one in found:
        name, number = _thing(one)
        ids[name].add(number)
    orders = Order.objects.of(company_id).filter(store_id=store_id, tray_id__in=ids[ORDER])
    times = [((ORDER, tray_id or 0), at) for tray_id, at in orders.values_list("tray_id", "acknowledged_at")]
    if ids["product"] or ids["variant"]:
        times += _catalogue_writes(company_id, store_id, ids["product"], ids["variant"])
    latest: dict[tuple[str, int], datetime] = {}
    for thing, at in times:
        if at is not None:
            latest[thing] = max(at, latest.get(thing, at))
    return latest


def _catalogue_writes(
    company_id: int, store_id: int, product_ids: Collection[int], variant_ids: Collection[int]
) -> list[tuple[tuple[str, int], datetime | None]]:
    rows = ListingVariant.objects.of(company_id).filter(store_id=store_id)
    of_products = rows.filter(tray_product_id__in=product_ids)
    products = dict(of_products.values_list("pk", "tray_product_id"))
    variants = dict(rows.filter(tray_variant_id__in=variant_ids).values_list("pk", "tray_variant_id"))
    wanted = products.keys() | variants.keys()
    sent: list[tuple[int, datetime | None]] = [
        *PublishedStock.objects.of(company_id).filter(variant_id__in=wanted).values_list("variant_id", "sent_at"),
        *CenterStock.objects.of(company_id).filter(variant_id__in=wanted).values_list("variant_id", "sent_at"),
    ]
    times = [(("product", products[pk] or 0), at) for pk, at in sent if pk in products]
    times += [(("variant", variants[pk] or 0), at) for pk, at in sent if pk in variants]
    listings = Listing.objects.of(company_id).filter(store_id=store_id, tray_id__in=product_ids)
    told = listings.values_list("tray_id", "publication__sent_at")
    return times + [(("product", tray_id or 0), at) for tray_id, at in told]


def _sightings(exchange: Exchange, tray_ids: Collection[int]) -> TenantQuerySet[OrderSighting]:
    return OrderSighting.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__in=tray_ids)
