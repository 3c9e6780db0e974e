"""Catalogue out: categories, listings, kits, each only where Tray says something else; then what is taken out.

It comes after orders and stock, and its time in one run is limited: a first push of thousands of listings must not keep
the orders waiting. What the time did not reach is written by the next runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from ahead import tray
from ahead.catalog.models import FormerTrayId, Listing
from ahead.lib.wording import folded
from ahead.pending.keys import category_key, listing_key, store_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, open_matters
from ahead.sync.adopting import adopt_listings
from ahead.sync.categories_out import categories_to_write, push_categories
from ahead.sync.exchange import BATCH, Exchange
from ahead.sync.explaining import Explanation
from ahead.sync.listing_records import write_lines
from ahead.sync.listing_writes import made_before
from ahead.sync.listings_out import Passage, due_listings, known_ids, plan_listings, push_listings
from ahead.sync.models import CATALOGUE_LEFT, EventKind, Step, SweepState, SyncEvent
from ahead.sync.properties_out import kept_properties

LONGEST_SECONDS = 300.0
_EXAMPLES = 20


def push_catalogue(exchange: Exchange, state: SweepState) -> int:
    """Write what differs of the catalogue; return how many listings are left for the next run."""
    exchange.progress(Step.CATALOGUE)
    allowed_at = state.prices_allowed_at
    passage = Passage(
        until=time.monotonic() + LONGEST_SECONDS, percent=0 if allowed_at else exchange.store.price_brake_percent
    )
    adopt_listings(exchange, passage)
    push_categories(exchange)
    push_listings(exchange, passage, kits=False)
    push_listings(exchange, passage, kits=True)
    _delete_listings(exchange)
    _delete_former_kits(exchange)
    _ask_about_prices(exchange, passage.moves)
    if passage.left:
        text = f"{passage.left} Produtos Ecommerce ficaram para a próxima sincronização: pedidos e estoque vêm primeiro"
        with exchange.write():
            exchange.tell([exchange.event(EventKind.NOTE, CATALOGUE_LEFT, text)])
    elif allowed_at:
        _use_up_clearance(exchange, state)
    return passage.left


def _use_up_clearance(exchange: Exchange, state: SweepState) -> None:
    """A clearance of the price brake lets what waited through, once."""
    with exchange.write():
        SweepState.objects.of(exchange.company_id).filter(
            pk=state.pk, prices_allowed_at=state.prices_allowed_at
        ).update(prices_allowed_at=None)
    state.prices_allowed_at = None


def _ask_about_prices(exchange: Exchange, moves: Sequence[str]) -> None:
    """Open the matter of prices that wait for a person, or close it: nothing waits any more."""
    key = store_key(exchange.store.pk)
    if not moves:
        exchange.close([Kind.PRICE_BRAKE], key)
        return
    with exchange.write() as now:
        text = (
            f"{len(moves)} preços da loja {exchange.store.name} mudariam mais de "
            f"{exchange.store.price_brake_percent} %. Eles não foram enviados; o resto foi."
        )
        remedy = "Confira os preços. Se estão certos, pressione «Enviar assim mesmo»."
        matter = Matter(
            kind=Kind.PRICE_BRAKE,
            key=key,
            text=text,
            remedy=remedy,
            store_id=exchange.store.pk,
            facts={"examples": list(moves[:_EXAMPLES]), "count": len(moves)},
        )
        open_matters(exchange.company_id, [matter], now=now)
        exchange.tell([exchange.error("price-brake", "Freio de preços acionado", Explanation(text, "you", remedy))])


def _delete_listings(exchange: Exchange) -> None:
    """Delete at Tray what was taken out here, then here."""
    for row in _removed(exchange):
        if _deleted(exchange, partial(_tray_id_of, exchange, row), listing_key(row.pk), row.title):
            with exchange.write():
                Listing.objects.of(row.company_id).filter(pk=row.pk).delete()
                text = f"{row.title}: apagado"
                exchange.tell([exchange.event(EventKind.CATALOGUE_WRITTEN, listing_key(row.pk), text)])


def _tray_id_of(exchange: Exchange, row: Listing) -> int | None:
    """Return what is to be deleted; a creation that was never answered may have made it after all."""
    publication = getattr(row, "publication", None)
    if row.tray_id is not None or publication is None or publication.creating_at is None:
        return row.tray_id
    references = (publication.sent.get("fields", {}).get("reference", ""), row.reference)
    return made_before(exchange.tray, references, since=publication.creating_at, known=known_ids(exchange))


def _removed(exchange: Exchange) -> list[Listing]:
    rows = Listing.objects.of(exchange.company_id).filter(store=exchange.store, removed_at__isnull=False)
    return list(rows.select_related("publication").order_by("pk"))


def _delete_former_kits(exchange: Exchange) -> None:
    """Delete the products of kits that were composed anew: the new ones have taken their place."""
    rows = FormerTrayId.objects.of(exchange.company_id).filter(store=exchange.store, deleted_at=None)
    for row in rows.select_related("listing"):
        name = f"{row.listing.title} (antes {row.tray_id} no Tray)"
        if _deleted(exchange, partial(int, row.tray_id), f"former:{row.pk}", name):
            with exchange.write() as now:
                FormerTrayId.objects.of(row.company_id).filter(pk=row.pk).update(deleted_at=now)


def _deleted(exchange: Exchange, find: Callable[[], int | None], key: str, name: str) -> bool:
    """Delete a product at Tray; return whether it is gone. A failure is logged, and tried again by the next run."""
    try:
        if (tray_id := find()) is not None:
            exchange.tray.delete_product(tray_id)
    except tray.NotFound:
        return True
    except tray.TrayError as error:
        exchange.end_if_hopeless(error)
        with exchange.write():
            exchange.tell([exchange.error(key, f"Apagar {name} no Tray", error)])
        return False
    return True


def catalogue_lines(exchange: Exchange, state: SweepState) -> list[SyncEvent]:
    """Return what a sync would write of the catalogue, with old and new; Tray is asked nothing, nothing is written."""
    lines: list[tuple[str, str, int | None]] = [
        (category_key(one.row.pk), one.text, None) for one in categories_to_write(exchange) if not one.is_nothing
    ]

    def assumed(names: set[str]) -> dict[str, int]:
        return dict.fromkeys(map(folded, names), 0) | kept_properties(exchange)

    passage = Passage(until=0.0, percent=0 if state.prices_allowed_at else exchange.store.price_brake_percent)
    for kits in (False, True):
        due = due_listings(exchange, kits=kits)
        for start in range(0, len(due), BATCH):
            found = plan_listings(exchange, passage, due[start : start + BATCH], properties=assumed)
            for write in found.writes:
                lines += write_lines(write, lambda _: True)
    lines += [(listing_key(row.pk), f"{row.title}: apagado", None) for row in _removed(exchange)]
    events = [
        exchange.event(EventKind.CATALOGUE_WRITTEN, key, text, product_id=product_id) for key, text, product_id in lines
    ]
    if passage.moves:
        text = f"O freio de preços seguraria {len(passage.moves)} preços: {'; '.join(passage.moves[:_EXAMPLES])}"
        events.append(exchange.event(EventKind.NOTE, "price-brake", text))
    return events
