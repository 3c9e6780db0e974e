"""What must be written of one listing, and the writing of it: requests only, in the order in which they depend.

Planning reads rows; `carry_out` runs in a thread without database. What it came to, as far as it got, is kept by
`listing_records`; what was not answered is verified before it is repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ahead import tray
from ahead.catalog.models import Listing, ListingVariant, Publication
from ahead.lib.wording import folded
from ahead.stock.publishing import CLOCKS_DIFFER
from ahead.sync.catalogue_differences import PriceBrake, differing, image_writes, said, slots, still_open, told
from ahead.sync.catalogue_documents import Document, KitLine, WantedListing, WantedVariant
from ahead.sync.kit_writes import write_components

PRICE_FIELDS = ("price", "promotional_price", "start_promotion", "end_promotion")


@dataclass(frozen=True, slots=True)
class Before:
    """What Tray confirmed of a row, what went out last, and whether that was never answered."""

    confirmed: Document
    sent: Document
    is_open: bool
    creating_since: datetime | None

    @classmethod
    def of(cls, row: Any) -> Before:
        """Return what is known of a listing or a variant; nothing of one that was never written."""
        kept: Publication | None = getattr(row, "publication", None)
        if kept is None:
            return cls({}, {}, is_open=False, creating_since=None)
        is_open = kept.sent_at is not None and (kept.confirmed_at is None or kept.confirmed_at < kept.sent_at)
        return cls(
            kept.confirmed,
            kept.sent if is_open else kept.confirmed,
            is_open=is_open and kept.sent != kept.confirmed,
            creating_since=kept.creating_at,
        )

    def fields(self, wanted: Document) -> Document:
        """Return the fields that must be sent."""
        return differing(wanted, self.confirmed.get("fields", {}), self.sent.get("fields", {}))

    def images(self, wanted: Sequence[str]) -> list[dict[str, str]]:
        """Return the writes of pictures."""
        confirmed = self.confirmed.get("images", [])
        return image_writes(wanted, confirmed, is_open=self.sent.get("images", []) != confirmed)

    def announced(self, wanted: Document) -> Document:
        """Return what is to be kept as sent of all parts once they go out: what was not answered is not forgotten."""
        fields = still_open(wanted["fields"], self.confirmed.get("fields", {}), self.sent.get("fields", {}))
        return {**wanted, **still_open({"images": wanted["images"]}, self.confirmed, self.sent), "fields": fields}


@dataclass(frozen=True, slots=True)
class VariantWrite:
    """What must be done about one variant; without `wanted` it is deleted."""

    row: ListingVariant
    wanted: WantedVariant | None
    fields: Document = field(default_factory=dict)
    images: list[dict[str, str]] = field(default_factory=list)
    stock: int | None = None  # sent with its creation
    text: str = ""
    was_creating: bool = False

    @property
    def is_created(self) -> bool:
        """Whether it is not at Tray yet."""
        return self.row.tray_variant_id is None

    @property
    def is_nothing(self) -> bool:
        """Whether Tray says all of it already."""
        return self.wanted is not None and not (self.is_created or self.fields or self.images)


@dataclass(frozen=True, slots=True)
class ListingWrite:
    """
    What must be done about one listing.

    A kit that is composed anew is another product at Tray: `tray_id` is the new one's, None until it is made.
    """

    wanted: WantedListing
    tray_id: int | None
    fields: Document
    images: list[dict[str, str]]
    specifications: list[tuple[int, str]]
    kit: list[KitLine]  # all rows of it, if they must be written
    variants: list[VariantWrite]
    stock: int | None
    text: str
    creating_since: datetime | None  # a creation went out then, and was not answered
    sent_reference: str
    known: frozenset[int]  # products at Tray that are other listings'
    is_held: bool = False  # a part of it waits, such as a price for a person: the listing stays to be looked at

    @property
    def is_created(self) -> bool:
        """Whether it is not at Tray yet."""
        return self.tray_id is None

    @property
    def is_composed_anew(self) -> bool:
        """Whether it is a kit that is to take the place of another one."""
        return self.wanted.row.tray_id is not None and self.wanted.row.tray_id != self.tray_id

    @property
    def is_nothing(self) -> bool:
        """Whether Tray says all of it already."""
        return not (self.is_created or self.fields or self.images or self.specifications or self.kit or self.variants)


@dataclass(slots=True)
class Written:
    """What the writes of one listing came to, as far as they got."""

    tray_id: int | None
    specifications: bool = False
    kit: bool = False
    is_made: bool = False  # created by these writes, not found again: Tray has the stock that was sent along
    variants: dict[int, int] = field(default_factory=dict)  # row → id at Tray, of those that are as wanted
    made: set[int] = field(default_factory=set)  # rows of those among them that these writes created
    deleted: list[int] = field(default_factory=list)
    errors: list[tuple[str, tray.TrayError]] = field(default_factory=list)  # what it happened to ("" the product)


def plan_listing(
    wanted: WantedListing,
    *,
    properties: Mapping[str, int],
    available: Mapping[int, int],
    removed: Iterable[ListingVariant] = (),
    known: frozenset[int] = frozenset(),
) -> ListingWrite:
    """Return what must be written; `available` by variant row is sent along with what is created."""
    row, before = wanted.row, Before.of(wanted.row)
    kit = wanted.kit if [line.as_list() for line in wanted.kit] != before.confirmed.get("kit", []) else []
    # Tray lets nobody change the rows of a kit (page "Kits"): another composition is another product
    tray_id = row.new_tray_id if kit and before.confirmed.get("kit") else row.tray_id
    is_created = tray_id is None
    fields = said(wanted.fields) if is_created else before.fields(wanted.fields)
    # what another product was told, this one was not
    confirmed = before.confirmed.get("specifications", {}) if tray_id == row.tray_id else {}
    specifications = [
        (properties[folded(name)], value)
        for name, value in wanted.specifications.items()
        if confirmed.get(name) != value and folded(name) in properties
    ]
    # a property that could not be made is not said to be at Tray: the listing stays to be looked at
    written = {n: v for n, v in wanted.specifications.items() if folded(n) in properties or confirmed.get(n) == v}
    is_held = len(written) < len(wanted.specifications)
    wanted = replace(wanted, specifications=written)
    variants = [_plan_variant(one, available) for one in wanted.variants]
    own = next(iter(row.variants.all()), None)
    return ListingWrite(
        wanted=wanted,
        tray_id=tray_id,
        fields=fields,
        images=before.images(wanted.images),
        specifications=specifications,
        kit=kit,
        variants=[one for one in variants if one] + [VariantWrite(gone, None) for gone in removed],
        stock=available.get(own.pk) if is_created and own and not (row.has_variants or row.is_kit) else None,
        text=_words(row, before, fields, is_created=is_created),
        creating_since=before.creating_since,
        sent_reference=str(before.sent.get("fields", {}).get("reference", "")),
        known=known,
        is_held=is_held,
    )


def _words(row: Listing, before: Before, fields: Document, *, is_created: bool) -> str:
    if not is_created:
        return told(fields, before.confirmed.get("fields", {}))
    return "criado" if row.tray_id is None else f"kit composto de novo; deixa de ser {row.tray_id} no Tray"


def _plan_variant(wanted: WantedVariant, available: Mapping[int, int]) -> VariantWrite | None:
    row, before = wanted.row, Before.of(wanted.row)
    is_created = row.tray_variant_id is None
    fields = said(wanted.fields) if is_created else before.fields(wanted.fields)
    images = before.images(wanted.images)
    if not (is_created or fields or images):
        return None
    return VariantWrite(
        row=row,
        wanted=wanted,
        fields=fields,
        images=images,
        stock=available.get(row.pk) if is_created else None,
        text="criada" if is_created else told(fields, before.confirmed.get("fields", {})),
        was_creating=before.creating_since is not None,
    )


def hold_prices(write: ListingWrite, brake: PriceBrake) -> tuple[ListingWrite, list[str]]:
    """
    Take out of a write the prices that move by more than the brake lets; return it, and these moves in words.

    What is created has no price to move from. Prices of "sob consulta" are a decision, not a move.
    """
    moves: list[str] = []
    wanted, fields = write.wanted, write.fields
    if not write.is_created and not wanted.row.is_price_on_request:
        wanted_fields, fields = _held(wanted.fields, fields, Before.of(wanted.row), brake, wanted.row.title, moves)
        wanted = replace(wanted, fields=wanted_fields)
    variants = [_hold_variant(one, brake, write.wanted.row.title, moves) for one in write.variants]
    if not moves:
        return write, []
    left = [one for one in variants if not one.is_nothing]
    held = replace(write, wanted=wanted, fields=fields, variants=left, is_held=True)
    return replace(held, text=told(fields, Before.of(wanted.row).confirmed.get("fields", {}))), moves


def _hold_variant(one: VariantWrite, brake: PriceBrake, title: str, moves: list[str]) -> VariantWrite:
    if one.wanted is None or one.is_created:
        return one
    name = f"{title} · {one.row.axes}"
    before = Before.of(one.row)
    kept, fields = _held(one.wanted.fields, one.fields, before, brake, name, moves)
    text = told(fields, before.confirmed.get("fields", {}))
    return replace(one, wanted=replace(one.wanted, fields=kept), fields=fields, text=text)


def _held(
    wanted: Document, fields: Document, before: Before, brake: PriceBrake, name: str, moves: list[str]
) -> tuple[Document, Document]:
    confirmed = before.confirmed.get("fields", {})
    move = brake.beyond(wanted, confirmed)
    if move is None or not any(one in fields for one in PRICE_FIELDS):
        return wanted, fields
    moves.append(f"{name}: {move.before:.2f} → {move.after:.2f}".replace(".", ","))
    kept = wanted | {one: confirmed.get(one, "") for one in PRICE_FIELDS}
    return kept, before.fields(kept)  # the old price goes out where a write of another one was never answered


def carry_out(client: tray.Tray, write: ListingWrite) -> Written:
    """
    Send what must be written: the product first, then what belongs to it.

    Errors of what belongs to it are values: what came of the rest counts.

    :raises tray.TrayError: if the product itself could not be written.
    """
    done = Written(tray_id=_at_tray(client, write))
    _write_product(client, write, done)
    try:
        if write.kit:
            _write_kit(client, write, done)
        done.kit = True
    except tray.TrayError as error:
        done.errors.append(("componentes", error))
    try:
        if write.specifications and done.tray_id:
            client.set_product_properties(done.tray_id, write.specifications)
        done.specifications = True
    except tray.TrayError as error:
        done.errors.append(("características", error))
    if write.variants:
        _write_variants(client, write, done)
    return done


def _at_tray(client: tray.Tray, write: ListingWrite) -> int | None:
    if write.tray_id is None and write.creating_since:
        references = (write.sent_reference, write.wanted.row.reference)
        return made_before(client, references, since=write.creating_since, known=write.known)
    return write.tray_id


def _write_product(client: tray.Tray, write: ListingWrite, done: Written) -> None:
    if done.tray_id is None:
        stock = {} if write.stock is None else {"stock": write.stock}
        done.tray_id = client.create_product(write.fields | slots(write.wanted.images) | stock)
        done.is_made = True
        return
    for fields in _merged(write.fields, write.images):
        client.update_product(done.tray_id, fields)


def made_before(client: tray.Tray, references: Iterable[str], *, since: datetime, known: frozenset[int]) -> int | None:
    """
    Return what an unanswered creation made after all: of that reference, since then, and no other listing's.

    Its title may have been changed here meanwhile. The clocks of Tray and ours differ.

    :raises tray.TrayError: if Tray does not tell.
    """
    for reference in dict.fromkeys(references):
        for found in client.products(reference=reference) if reference else ():
            is_new = found.modified is None or found.modified >= since - CLOCKS_DIFFER
            if found.reference == reference and is_new and found.id not in known:
                return found.id
    return None


def _write_kit(client: tray.Tray, write: ListingWrite, done: Written) -> None:
    # what was not answered may have come so far
    may_be_there = not write.is_created or write.creating_since is not None
    if not write_components(client, done.tray_id or 0, write.kit, may_be_there=may_be_there):
        done.tray_id = None
        raise tray.OutcomeUnknown("rows of another composition", method="POST", path="/products/kits")


def _write_variants(client: tray.Tray, write: ListingWrite, done: Written) -> None:
    tray_id = done.tray_id or 0
    variants, there = _looked_for(client, write, done)
    made = [one for one in variants if one.wanted and one.is_created and _axes_of(one) not in there]
    for one in variants:
        try:
            if one.wanted is None:
                _delete_variant(client, one.row)
                done.deleted.append(one.row.pk)
            elif one in made:
                stock = {} if one.stock is None else {"stock": one.stock}
                done.made.add(one.row.pk)
                client.create_variant(tray_id, one.fields | slots(one.wanted.images) | stock)
            else:
                done.variants[one.row.pk] = _update_variant(client, one, there)
        except tray.OutcomeUnknown:
            continue  # the list says below whether it was made
        except tray.TrayError as error:
            done.made.discard(one.row.pk)
            done.errors.append((one.row.axes, error))
    if made:
        there = _variants_at_tray(client, tray_id, done) or {}
        done.variants |= {one.row.pk: there[_axes_of(one)] for one in made if _axes_of(one) in there}
    done.made &= done.variants.keys()


def _looked_for(
    client: tray.Tray, write: ListingWrite, done: Written
) -> tuple[list[VariantWrite], dict[tuple[str, ...], int]]:
    """Return the variants to write, and those that unanswered creations made; if Tray does not tell, these wait."""
    known = [one for one in write.variants if not (one.was_creating and one.is_created)]
    if len(known) == len(write.variants):
        return known, {}
    there = _variants_at_tray(client, done.tray_id or 0, done)
    return (known, {}) if there is None else (write.variants, there)


def _update_variant(client: tray.Tray, one: VariantWrite, there: Mapping[tuple[str, ...], int]) -> int:
    tray_id = one.row.tray_variant_id or there[_axes_of(one)]
    for fields in _merged(one.fields, one.images):
        client.update_variant(tray_id, fields)
    return tray_id


def _merged(fields: Document, images: list[dict[str, str]]) -> Iterable[Document]:
    first, *more = images or [{}]
    return [one for one in (fields | first, *more) if one]


def _delete_variant(client: tray.Tray, row: ListingVariant) -> None:
    if not row.tray_variant_id:
        return
    try:
        client.delete_variant(row.tray_variant_id)
    except tray.NotFound:
        return  # gone already


def _axes_of(one: VariantWrite) -> tuple[str, ...]:
    fields = one.wanted.fields if one.wanted else {}
    return tuple(folded(str(fields[name])) for name in ("value_1", "value_2") if fields.get(name))


def _variants_at_tray(client: tray.Tray, tray_id: int, done: Written) -> dict[tuple[str, ...], int] | None:
    """
    Return the ids of the variants that the product has by now, None if Tray does not tell.

    What a creation answers is not to be relied on.
    """
    try:
        found = list(client.variants(product_id=tray_id))
    except tray.TrayError as error:
        done.errors.append(("variações", error))
        return None
    return {tuple(folded(axis.value) for axis in one.axes): one.id for one in found if one.product_id == tray_id}
