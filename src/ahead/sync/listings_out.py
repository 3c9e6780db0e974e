"""Listings out: what changed of the Produtos Ecommerce, each with its own writes; one that fails never stops the rest.

Before it is sent, a write is announced (`sent`), so that whoever dies in between leaves a trace of it: what was not
answered is verified, or written again. What Tray refuses is not sent again until somebody changes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ahead import tray
from ahead.catalog.models import FormerTrayId, Listing, ListingPublication, ListingVariant, VariantPublication
from ahead.orders.models import OrderItem
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stock.publishing import Told, available_of, note_sending, record_told
from ahead.sync.catalogue_documents import WantedListing, wanted_listings
from ahead.sync.exchange import BATCH, Exchange
from ahead.sync.explaining import Explanation, explain
from ahead.sync.listing_writes import Before, ListingWrite, VariantWrite, Written, carry_out, hold_prices, plan_listing
from ahead.sync.models import EventKind, Step, SyncEvent
from ahead.sync.properties_out import known_properties
from ahead.sync.readers import Outcome
from ahead.sync.stock_out import report_gone

_NOTHING: dict[str, Any] = {"specifications": {}, "kit": []}  # the parts that may fail by themselves
ListingOutcome = Outcome[ListingWrite, Written]


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
    with exchange.write():
        for row in found.at_tray:
            settle(row)
    announce(exchange, found.writes)
    return found.writes


@dataclass
class Planned:
    """What is to be done about some listings."""

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
    known = _known_ids(exchange)
    found = Planned()
    for one in wanted:
        if one.missing:
            found.missing.append(one)
            continue
        removed = [row for row in one.row.variants.all() if row.removed_at]
        write = plan_listing(one, properties=ids, available=available, removed=removed, known=known)
        if passage.percent:
            write, moves = hold_prices(write, percent=passage.percent)
            passage.moves += moves
        if not write.is_nothing:
            found.writes.append(write)
        elif not write.is_held:
            found.at_tray.append(one.row)
    return found


def _new_specifications(wanted: WantedListing) -> list[str]:
    confirmed = Before.of(wanted.row).confirmed.get("specifications", {})
    return [name for name, value in wanted.specifications.items() if confirmed.get(name) != value]


def _known_ids(exchange: Exchange) -> frozenset[int]:
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
        _keep_publication(row, {"problem": cause})
        open_matters(row.company_id, [_matter(exchange, row, cause)], now=now)
        exchange.tell([exchange.error(_key(row), f"Produto Ecommerce {row.title}", why)])


def announce(exchange: Exchange, writes: Sequence[ListingWrite]) -> None:
    """Note what is about to be sent."""
    if not writes:
        return
    stock = []
    with exchange.write() as now:
        for write in writes:
            row = write.wanted.row
            creating = {"creating_at": now} if write.is_created and not write.was_creating else {}
            _keep_publication(row, {"sent": write.wanted.document(), "sent_at": now, **creating})
            for one in write.variants:
                if one.wanted is None:
                    continue
                creating = {"creating_at": now} if one.is_created and not one.was_creating else {}
                _keep_variant(one, {"sent": _variant_document(one), "sent_at": now, **creating})
            stock += _stock_of(write)
        note_sending(exchange.company_id, exchange.store.pk, stock, now=now)


def _stock_of(write: ListingWrite) -> list[tuple[int, int]]:
    """Return the quantities that go out with what is created, by variant row."""
    own = [(row.pk, write.stock) for row in write.wanted.row.variants.all()[:1] if write.stock is not None]
    return own + [(one.row.pk, one.stock) for one in write.variants if one.stock is not None]


def _variant_document(one: VariantWrite) -> dict[str, Any]:
    return {"fields": one.wanted.fields, "images": one.wanted.images} if one.wanted else {}


def _keep_publication(row: Listing, facts: dict[str, Any]) -> None:
    ListingPublication.objects.of(row.company_id).update_or_create(
        listing=row, defaults=facts, create_defaults={"company_id": row.company_id, **facts}
    )


def _keep_variant(one: VariantWrite, facts: dict[str, Any]) -> None:
    VariantPublication.objects.of(one.row.company_id).update_or_create(
        variant=one.row, defaults=facts, create_defaults={"company_id": one.row.company_id, **facts}
    )


def settle(row: Listing) -> None:
    """What was looked at is at Tray, unless it was changed meanwhile."""
    Listing.objects.of(row.company_id).filter(pk=row.pk, changes=row.changes).update(is_dirty=False)


def record(exchange: Exchange, outcomes: Sequence[ListingOutcome]) -> None:
    """Keep what the writes came to."""
    if not outcomes:
        return
    with exchange.write() as now:
        for outcome in outcomes:
            if outcome.answer is not None:
                _record_written(exchange, outcome.ask, outcome.answer, now)
            elif outcome.error is not None:
                _record_failure(exchange, outcome.ask, outcome.error, now)
    for outcome in outcomes:
        for _, error in outcome.answer.errors if outcome.answer else []:
            exchange.end_if_hopeless(error)


def _record_written(exchange: Exchange, write: ListingWrite, done: Written, now: datetime) -> None:
    row = write.wanted.row
    before = Before.of(row)
    document = write.wanted.document()
    document |= {part: before.confirmed.get(part, _NOTHING[part]) for part in _NOTHING if not getattr(done, part)}
    missed = _missed(write, done)
    problem = _problem([*done.errors, *missed])
    _keep_ids(row, write, done, now)
    facts = {"confirmed": document, "confirmed_at": now, "sent": document, "creating_at": None, "problem": problem}
    _keep_publication(row, facts)
    if not row.has_variants:
        own = ListingVariant.objects.of(row.company_id).filter(listing=row)
        own.update(tray_product_id=_current_id(write, done), tray_variant_id=0)
    _record_variants(exchange, write, done, now)
    quantities = [(pk, units) for pk, units in _stock_of(write) if pk in done.variants or not row.has_variants]
    told = [Told(pk, units, confirmed=True, answer="Criado com este estoque") for pk, units in quantities]
    record_told(exchange.company_id, exchange.store.pk, told, now=now)
    exchange.tell(_events(exchange, write, done))
    failures = [*done.errors, *missed]
    exchange.tell(
        exchange.error(f"{_key(row)}:{what}"[:60], f"Produto Ecommerce {row.title} ({what})", error)
        for what, error in failures
    )
    _conclude(exchange, write, failures, problem, now)


def _current_id(write: ListingWrite, done: Written) -> int | None:
    """Return the id under which it is sold: a kit that is composed anew, once it is complete."""
    return write.wanted.row.tray_id if write.is_composed_anew and not done.kit else done.tray_id


def _absorb(row: Listing, tray_id: int | None) -> None:
    """
    Let a listing take the place of one that was seen at Tray meanwhile: what we made, and were not told of.

    Orders that came for it then are of this listing's variants.
    """
    seen = Listing.objects.of(row.company_id).filter(store_id=row.store_id, tray_id=tray_id, is_managed=False)
    twin = seen.exclude(pk=row.pk).first()
    if twin is None:
        return
    own = {variant.tray_variant_id or 0: variant for variant in row.variants.all()}
    for variant in twin.variants.all():
        items = OrderItem.objects.of(row.company_id).filter(variant=variant)
        items.update(variant=own.get(variant.tray_variant_id or 0))
    twin.delete()


def _keep_ids(row: Listing, write: ListingWrite, done: Written, now: datetime) -> None:
    listings = Listing.objects.of(row.company_id).filter(pk=row.pk)
    if write.is_created:
        _absorb(row, done.tray_id)
    listings.update(tray_id=_current_id(write, done), seen_at=now, gone_at=None)
    if not write.is_composed_anew:
        return
    listings.update(new_tray_id=None if done.kit else done.tray_id)
    if done.kit and row.tray_id is not None:
        FormerTrayId.objects.of(row.company_id).get_or_create(
            company_id=row.company_id,
            store_id=row.store_id,
            tray_id=row.tray_id,
            defaults={
                "listing": row,
                "components": _former_components(row),
                "until": now,
            },
        )


def _former_components(row: Listing) -> list[list[int]]:
    """Return of what the kit consisted under its old id, as products of ours and units."""
    kit = Before.of(row).confirmed.get("kit", [])
    units = {line[0]: line[1] for line in kit}
    products = ListingVariant.objects.of(row.company_id).filter(
        store_id=row.store_id, tray_product_id__in=units, tray_variant_id=0, product__isnull=False
    )
    found = products.values_list("product_id", "tray_product_id")
    return [[product, units[tray_id]] for product, tray_id in found if product and tray_id]


def _conclude(
    exchange: Exchange, write: ListingWrite, failures: Sequence[tuple[str, Exception]], problem: str, now: datetime
) -> None:
    """Leave the listing to be looked at again, or not: what Tray refuses waits for somebody to change it."""
    row = write.wanted.row
    if failures and all(is_refusal(error) for _, error in failures):
        open_matters(row.company_id, [_matter(exchange, row, problem)], now=now)
    if not failures:
        for kind in (Kind.LISTING_REFUSED, Kind.LISTING_CHANGED):
            close_matters(row.company_id, kind=kind, keys=[_key(row)], by="resolvida sozinha", now=now)
    if not write.is_held and all(is_refusal(error) for _, error in failures):
        settle(row)


def _missed(write: ListingWrite, done: Written) -> list[tuple[str, Exception]]:
    """Return the variants that Tray neither has nor refused."""
    told = {what for what, _ in done.errors}
    missing = [
        one.row.axes
        for one in write.variants
        if one.wanted and one.row.pk not in done.variants and one.row.axes not in told
    ]
    unknown = tray.OutcomeUnknown("not listed", method="POST", path="/products/variants")
    return [] if "variações" in told else [(axes, unknown) for axes in missing]


def _record_variants(exchange: Exchange, write: ListingWrite, done: Written, now: datetime) -> None:
    rows = ListingVariant.objects.of(exchange.company_id)
    errors = dict(done.errors)
    for one in write.variants:
        if one.row.pk in done.deleted:
            rows.filter(pk=one.row.pk).delete()
        elif one.row.pk in done.variants and one.wanted is not None:
            document = _variant_document(one)
            rows.filter(pk=one.row.pk).update(
                tray_product_id=done.tray_id,
                tray_variant_id=done.variants[one.row.pk],
                gtin=one.wanted.fields["ean"],
            )
            facts = {"confirmed": document, "confirmed_at": now, "sent": document, "creating_at": None, "problem": ""}
            _keep_variant(one, facts)
        elif (error := errors.get(one.row.axes)) is not None:
            _record_variant_failure(exchange, one, error)


def _record_variant_failure(exchange: Exchange, one: VariantWrite, error: Exception) -> None:
    facts: dict[str, Any] = {"problem": explain(error).cause[:300]}
    if is_refusal(error):
        facts |= {"sent": Before.of(one.row).confirmed, "creating_at": None}
    if isinstance(error, tray.NotFound) and not one.is_created:
        rows = ListingVariant.objects.of(one.row.company_id).filter(pk=one.row.pk)
        report_gone(exchange, one.row.pk, one.row.product_id or 0, f"{one.row.listing.title} · {one.row.axes}")
        rows.update(product=None, linked_by="", linked_at=None)
    _keep_variant(one, facts)


def _record_failure(exchange: Exchange, write: ListingWrite, error: Exception, now: datetime) -> None:
    row, why = write.wanted.row, explain(error)
    facts: dict[str, Any] = {"problem": why.cause[:300]}
    if is_refusal(error):
        facts |= {"sent": Before.of(row).confirmed, "creating_at": None}
    _keep_publication(row, facts)
    exchange.tell([exchange.error(_key(row), f"Produto Ecommerce {row.title}", error)])
    if isinstance(error, tray.NotFound) and not write.is_created:
        Listing.objects.of(row.company_id).filter(pk=row.pk).update(gone_at=now)
        settle(row)
        for variant in row.variants.all():
            report_gone(exchange, variant.pk, variant.product_id or 0, row.title)
    elif is_refusal(error):
        settle(row)
        open_matters(row.company_id, [_matter(exchange, row, why.cause)], now=now)


def is_refusal(error: Exception) -> bool:
    """Whether Tray read the request and would not have it: sending it again would come to the same."""
    return isinstance(error, tray.Refused)


def _problem(failures: Sequence[tuple[str, Exception]]) -> str:
    return "; ".join(f"{what}: {explain(error).cause}" for what, error in failures)[:300]


def _matter(exchange: Exchange, row: Listing, cause: str) -> Matter:
    return Matter(
        kind=Kind.LISTING_REFUSED,
        key=_key(row),
        text=f"{row.title} não está como deveria na loja {exchange.store.name}: {cause}",
        remedy="Corrija o Produto Ecommerce e sincronize de novo.",
        store_id=exchange.store.pk,
        facts={"listing_id": row.pk},
    )


def _key(row: Listing) -> str:
    return f"listing:{row.pk}"


def _events(exchange: Exchange, write: ListingWrite, done: Written) -> Iterator[SyncEvent]:
    for key, text, product_id in write_lines(write, lambda one: one.row.pk in done.variants):
        yield exchange.event(EventKind.CATALOGUE_WRITTEN, key, text, product_id=product_id)
    for one in write.variants:
        if one.row.pk in done.deleted:
            text = f"{write.wanted.row.title} · {one.row.axes}: apagada"
            yield exchange.event(EventKind.CATALOGUE_WRITTEN, f"sku:{one.row.pk}", text)


def write_lines(write: ListingWrite, is_done: Callable[[VariantWrite], bool]) -> Iterator[tuple[str, str, int | None]]:
    """Yield what is written of a listing as (key, words, product): one line for the product, one for each variant."""
    row = write.wanted.row
    parts = [part for part in (write.text, "imagens" * bool(write.images)) if part]
    if write.specifications:
        parts.append("características")
    if parts:
        first = next(iter(row.variants.all()), None)
        yield _key(row), f"{row.title}: {'; '.join(parts)}", first.product_id if first else None
    for one in write.variants:
        if one.wanted and is_done(one):
            text = one.text or "imagens"
            yield f"sku:{one.row.pk}", f"{row.title} · {one.row.axes}: {text}", one.row.product_id
