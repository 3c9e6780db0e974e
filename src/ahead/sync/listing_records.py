"""What the writes of listings came to, kept: what is at Tray, what is not, and what a person must do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from ahead import tray
from ahead.catalog.models import (
    FormerTrayId,
    Listing,
    ListingPublication,
    ListingVariant,
    Publication,
    VariantPublication,
)
from ahead.orders.models import OrderItem
from ahead.pending.keys import listing_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.stock.publishing import Told, record_told
from ahead.sync.catalogue_documents import WantedListing
from ahead.sync.exchange import Exchange
from ahead.sync.explaining import explain, is_refusal
from ahead.sync.gone_listings import report_gone
from ahead.sync.listing_writes import Before, ListingWrite, VariantWrite, Written
from ahead.sync.models import EventKind, SyncEvent
from ahead.sync.readers import Outcome

_NOTHING: dict[str, Any] = {"specifications": {}, "kit": []}  # the parts that may fail by themselves
ListingOutcome = Outcome[ListingWrite, Written]


def stock_of(write: ListingWrite) -> list[tuple[int, int]]:
    """Return the quantities that go out with what is created, by variant row."""
    own = [(row.pk, write.stock) for row in write.wanted.row.variants.all()[:1] if write.stock is not None]
    return own + [(one.row.pk, one.stock) for one in write.variants if one.stock is not None]


def variant_document(one: VariantWrite) -> dict[str, Any]:
    """Return all parts of a variant as they are kept of what was sent and confirmed."""
    return {"fields": one.wanted.fields, "images": one.wanted.images} if one.wanted else {}


def keep_publication(row: Listing, facts: dict[str, Any]) -> None:
    """Keep what is known of a listing at Tray."""
    ListingPublication.objects.of(row.company_id).update_or_create(
        listing=row, defaults=facts, create_defaults={"company_id": row.company_id, **facts}
    )


def keep_variant(one: VariantWrite, facts: dict[str, Any]) -> None:
    """Keep what is known of a variant at Tray."""
    VariantPublication.objects.of(one.row.company_id).update_or_create(
        variant=one.row, defaults=facts, create_defaults={"company_id": one.row.company_id, **facts}
    )


def settle(row: Listing) -> None:
    """What was looked at is at Tray, unless it was changed meanwhile."""
    Listing.objects.of(row.company_id).filter(pk=row.pk, changes=row.changes).update(is_dirty=False)


def settle_as_shown(row: Listing, now: datetime) -> None:
    """Settle a listing of which Tray shows all that is wanted: so it does where a person took over what Tray shows."""
    settle(row)
    ListingPublication.objects.of(row.company_id).filter(listing=row).exclude(problem="").update(problem="")
    _close(row, now)


def _close(row: Listing, now: datetime) -> None:
    for kind in (Kind.LISTING_REFUSED, Kind.LISTING_CHANGED):
        close_matters(row.company_id, kind=kind, keys=[listing_key(row.pk)], now=now)


def agree(wanted: WantedListing) -> None:
    """
    Keep as told what was changed at Tray and is wanted here as well by now: it differs no more.

    What was never answered is not touched: only a write makes sure of that.
    """
    for row, fields in [(wanted.row, wanted.fields), *((one.row, one.fields) for one in wanted.variants)]:
        kept: Publication | None = getattr(row, "publication", None)
        before = Before.of(row)
        if kept and kept.sent != kept.confirmed and not before.is_open and not before.fields(fields):
            type(kept).objects.of(kept.company_id).filter(pk=kept.pk).update(sent=kept.confirmed)


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
    keep_publication(row, facts)
    if not row.has_variants:
        own = ListingVariant.objects.of(row.company_id).filter(listing=row)
        own.update(tray_product_id=_current_id(write, done), tray_variant_id=0)
    _record_variants(exchange, write, done, now)
    # what was found again may have been created with another quantity: that is unknown, and the next stock out says it
    made = [(pk, units) for pk, units in stock_of(write) if pk in done.made or (done.is_made and not row.has_variants)]
    told = [Told(pk, units, confirmed=True, answer="Criado com este estoque") for pk, units in made]
    record_told(exchange.company_id, exchange.store.pk, told, now=now)
    exchange.tell(_events(exchange, write, done))
    failures = [*done.errors, *missed]
    exchange.tell(
        exchange.error(f"{listing_key(row.pk)}:{what}"[:60], f"Produto Ecommerce {row.title} ({what})", error)
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
        open_matters(row.company_id, [refused(exchange, row, problem)], now=now)
    if not failures:
        _close(row, now)
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
            document = variant_document(one)
            rows.filter(pk=one.row.pk).update(
                tray_product_id=done.tray_id,
                tray_variant_id=done.variants[one.row.pk],
                gtin=one.wanted.fields["ean"],
            )
            facts = {"confirmed": document, "confirmed_at": now, "sent": document, "creating_at": None, "problem": ""}
            keep_variant(one, facts)
        elif (error := errors.get(one.row.axes)) is not None:
            _record_variant_failure(exchange, one, error)


def _sent_before(write: ListingWrite | VariantWrite) -> dict[str, Any]:
    """Return what is known to be sent after a refusal: what was before it; of several requests the first was saved."""
    row = write.row if isinstance(write, VariantWrite) else write.wanted.row
    return {} if len(write.images) > 1 else {"sent": Before.of(row).sent}


def _record_variant_failure(exchange: Exchange, one: VariantWrite, error: Exception) -> None:
    facts: dict[str, Any] = {"problem": explain(error).cause[:300]}
    if is_refusal(error):
        facts |= {"creating_at": None, **_sent_before(one)}
    if isinstance(error, tray.NotFound) and not one.is_created:
        rows = ListingVariant.objects.of(one.row.company_id).filter(pk=one.row.pk)
        report_gone(exchange, one.row.pk, one.row.product_id or 0, f"{one.row.listing.title} · {one.row.axes}")
        rows.update(product=None, linked_by="", linked_at=None)
    keep_variant(one, facts)


def _record_failure(exchange: Exchange, write: ListingWrite, error: Exception, now: datetime) -> None:
    row, why = write.wanted.row, explain(error)
    facts: dict[str, Any] = {"problem": why.cause[:300]}
    if is_refusal(error):
        facts |= {"creating_at": None, **_sent_before(write)}
    keep_publication(row, facts)
    exchange.tell([exchange.error(listing_key(row.pk), f"Produto Ecommerce {row.title}", error)])
    if isinstance(error, tray.NotFound) and write.is_composed_anew:
        # only the new one is gone, which nobody has bought yet: it is made again
        Listing.objects.of(row.company_id).filter(pk=row.pk).update(new_tray_id=None)
    elif isinstance(error, tray.NotFound) and not write.is_created:
        Listing.objects.of(row.company_id).filter(pk=row.pk).update(gone_at=now)
        settle(row)
        for variant in row.variants.all():
            report_gone(exchange, variant.pk, variant.product_id or 0, row.title)
    elif is_refusal(error):
        settle(row)
        open_matters(row.company_id, [refused(exchange, row, why.cause)], now=now)


def _problem(failures: Sequence[tuple[str, Exception]]) -> str:
    return "; ".join(f"{what}: {explain(error).cause}" for what, error in failures)[:300]


def refused(exchange: Exchange, row: Listing, cause: str) -> Matter:
    """Return the matter of a listing that Tray does not show as it should."""
    return Matter(
        kind=Kind.LISTING_REFUSED,
        key=listing_key(row.pk),
        text=f"{row.title} não está como deveria na loja {exchange.store.name}: {cause}",
        remedy="Corrija o Produto Ecommerce e sincronize de novo.",
        store_id=exchange.store.pk,
        facts={"listing_id": row.pk},
    )


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
        yield listing_key(row.pk), f"{row.title}: {'; '.join(parts)}", first.product_id if first else None
    for one in write.variants:
        if one.wanted and is_done(one):
            text = one.text or "imagens"
            yield f"sku:{one.row.pk}", f"{row.title} · {one.row.axes}: {text}", one.row.product_id
