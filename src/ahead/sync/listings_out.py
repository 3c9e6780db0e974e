"""Listings out: what changed of the Produtos Ecommerce, each with its own writes; one that fails never stops the rest.

Before it is sent, a write is announced (`sent`), so that a process that dies in between leaves a trace: what was not
answered is verified, or written again. What Tray refuses is not sent again until somebody changes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ahead import tray
from ahead.catalog.models import Listing
from ahead.pending.keys import listing_key
from ahead.pending.operations import open_matters
from ahead.stock.publishing import available_of, note_sending
from ahead.sync.catalogue_differences import PriceBrake
from ahead.sync.catalogue_documents import WantedListing, wanted_listings
from ahead.sync.exchange import BATCH, Exchange
from ahead.sync.explaining import Explanation
from ahead.sync.listing_records import (
    ListingOutcome,
    agree,
    keep_publication,
    keep_variant,
    record,
    refused,
    settle_as_shown,
    stock_of,
    variant_document,
)
from ahead.sync.listing_writes import Before, ListingWrite, carry_out, hold_prices, plan_listing
from ahead.sync.models import Step
from ahead.sync.properties_out import known_properties


@dataclass
class Passage:
    """One passage over the listings that are due: what stops it, and what it met."""

    until: float  # monotonic
    percent: int  # prices that move by more wait for a person; 0: none does
    moves: list[str] = field(default_factory=list)  # prices that wait
    left: int = 0  # listings that the time did not reach

    @property
    def is_over(self) -> bool:
        """Whether no further listing may be begun."""
        return time.monotonic() >= self.until


def due_listings(exchange: Exchange, *, kits: bool) -> list[int]:
    """Return the listings to look at, those first that wait longest."""
    rows = Listing.objects.of(exchange.company_id).filter(
        store=exchange.store, is_dirty=True, is_managed=True, is_draft=False, gone_at=None, removed_at=None, is_kit=kits
    )
    return list(rows.order_by("updated_at", "pk").values_list("pk", flat=True))


def push_listings(exchange: Exchange, passage: Passage, *, kits: bool) -> None:
    """Write what differs of the listings; of kits afterwards: their components are at Tray by then, or they wait."""
    due = due_listings(exchange, kits=kits)
    exchange.progress(Step.CATALOGUE, 0, len(due))
    if due:
        exchange.check_quota()
    outcomes: list[ListingOutcome] = []
    try:
        for done, outcome in enumerate(_carried_out(exchange, passage, due), start=1):
            outcomes.append(outcome)
            if len(outcomes) >= BATCH:
                record(exchange, outcomes)
                outcomes = []
            exchange.progress(Step.CATALOGUE, done, max(len(due), done))
    finally:
        record(exchange, outcomes)


def _carried_out(exchange: Exchange, passage: Passage, due: Sequence[int]) -> Iterator[ListingOutcome]:
    def announced() -> Iterator[ListingWrite]:
        for start in range(0, len(due), BATCH):
            if passage.is_over:
                passage.left += len(due) - start
                return
            yield from prepared(exchange, passage, due[start : start + BATCH])

    return exchange.ask_each(announced(), lambda write: carry_out(exchange.tray, write))


def prepared(exchange: Exchange, passage: Passage, listing_ids: Sequence[int]) -> list[ListingWrite]:
    """Return the writes of these listings, announced; those that cannot be written are said, those at Tray settled."""
    found = plan_listings(exchange, passage, listing_ids, properties=lambda names: known_properties(exchange, names))
    for wanted in found.missing:
        note_missing(exchange, wanted)
    with exchange.write() as now:
        for one in found.wanted:
            agree(one)
        for row in found.at_tray:
            settle_as_shown(row, now)
    announce(exchange, found.writes)
    return found.writes


@dataclass
class Planned:
    """What is to be done about some listings."""

    wanted: list[WantedListing] = field(default_factory=list)  # all that is not missing something
    writes: list[ListingWrite] = field(default_factory=list)
    missing: list[WantedListing] = field(default_factory=list)  # something stands in their way
    at_tray: list[Listing] = field(default_factory=list)  # they say all of it already


def plan_listings(
    exchange: Exchange,
    passage: Passage,
    listing_ids: Sequence[int],
    *,
    properties: Callable[[set[str]], Mapping[str, int]],
) -> Planned:
    """Return what must be written of these listings; nothing is written or asked but by `properties`."""
    wanted = wanted_listings(exchange.store, listing_ids)
    ids = properties({name for one in wanted for name in _new_specifications(one)})
    available = available_of(exchange.store, [row.pk for one in wanted for row in one.row.variants.all()])
    known = known_ids(exchange)
    brake = PriceBrake(passage.percent, exchange.now().astimezone(tray.BRASILIA).date())
    found = Planned()
    for one in wanted:
        if one.missing:
            found.missing.append(one)
            continue
        found.wanted.append(one)
        removed = [row for row in one.row.variants.all() if row.removed_at]
        write = plan_listing(one, properties=ids, available=available, removed=removed, known=known)
        if brake.percent:
            write, moves = hold_prices(write, brake)
            passage.moves += moves
        if not write.is_nothing:
            found.writes.append(write)
        elif not write.is_held:
            found.at_tray.append(one.row)
    return found


def _new_specifications(wanted: WantedListing) -> list[str]:
    confirmed = Before.of(wanted.row).confirmed.get("specifications", {})
    return [name for name, value in wanted.specifications.items() if confirmed.get(name) != value]


def known_ids(exchange: Exchange) -> frozenset[int]:
    """Return the products that are other listings' of ours; one that was only seen may be what we made."""
    rows = Listing.objects.of(exchange.company_id).filter(store=exchange.store, tray_id__isnull=False, is_managed=True)
    return frozenset(tray_id for tray_id in rows.values_list("tray_id", flat=True) if tray_id is not None)


def note_missing(exchange: Exchange, wanted: WantedListing) -> None:
    """Say what stands in the way of a listing; in the log only the first time, in Pendências until it is mended."""
    row = wanted.row
    cause = f"Não foi enviado. {' '.join(wanted.missing)}"[:300]
    publication = getattr(row, "publication", None)
    if publication is not None and publication.problem == cause:
        return
    why = Explanation(cause, "you", "Complete o Produto Ecommerce e sincronize de novo.")
    with exchange.write() as now:
        keep_publication(row, {"problem": cause})
        open_matters(row.company_id, [refused(exchange, row, cause)], now=now)
        exchange.tell([exchange.error(listing_key(row.pk), f"Produto Ecommerce {row.title}", why)])


def announce(exchange: Exchange, writes: Sequence[ListingWrite]) -> None:
    """Note what is about to be sent."""
    if not writes:
        return
    stock = []
    with exchange.write() as now:
        for write in writes:
            row = write.wanted.row
            creating = {"creating_at": now} if write.is_created and not write.creating_since else {}
            sent = Before.of(row).announced(write.wanted.document())
            keep_publication(row, {"sent": sent, "sent_at": now, **creating})
            for one in write.variants:
                if one.wanted is None:
                    continue
                creating = {"creating_at": now} if one.is_created and not one.was_creating else {}
                sent = Before.of(one.row).announced(variant_document(one))
                keep_variant(one, {"sent": sent, "sent_at": now, **creating})
            stock += stock_of(write)
        note_sending(exchange.company_id, exchange.store.pk, stock, now=now)
