"""What each store should be told of its stock, and what it answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from ahead.catalog.models import ListingVariant
from ahead.db.updating import in_batches
from ahead.stock.models import Balance, CenterStock, PublishedStock, Warehouse
from ahead.stock.reservations import sales_warehouses
from ahead.stores.models import Store

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

BATCH = 400
CLOCKS_DIFFER = timedelta(minutes=5)  # Tray's and ours, at most


@dataclass(frozen=True, slots=True)
class CenterAt:
    """A distribution centre that is written, and the Estoque it stands for."""

    pk: int
    tray_id: int
    name: str
    warehouse_id: int
    warehouse: str


@dataclass(frozen=True, slots=True)
class StockChange:
    """One SKU of a store whose available quantity differs from what Tray confirmed last."""

    variant_id: int
    product_id: int
    tray_product_id: int
    tray_variant_id: int
    code: str
    name: str
    confirmed: int | None  # None: never confirmed
    available: int
    center: CenterAt | None = None  # of a store with Multi-CD: the one centre that is written

    @property
    def center_id(self) -> int | None:
        """The centre that is written, by our id."""
        return self.center.pk if self.center else None


class WithAvailable(TypedDict):
    """What `sellable` adds to each row."""

    available: int


def sellable(
    store: Store, variant_ids: Collection[int] | None = None
) -> QuerySet[WithAnnotations[ListingVariant, WithAvailable]]:
    """Return the linked variants of a store (these, or all) whose stock AHEAD decides, with `available` on each."""
    rows = (
        ListingVariant.objects.of(store.company_id)
        .filter(store=store, product__isnull=False, listing__gone_at=None)
        .filter(listing__is_kit=False, product__is_kit=False)  # a kit has no stock of its own
        .filter(tray_product_id__isnull=False, tray_variant_id__isnull=False, removed_at=None)
        # the stock of a product with variants lies in them: never in the product that carries them
        .exclude(tray_variant_id=0, listing__has_variants=True)
    )
    return _with_available(rows if variant_ids is None else rows.filter(pk__in=variant_ids), store)


def available_of(store: Store, variant_ids: Iterable[int]) -> dict[int, int]:
    """
    Return what is sent along when these variants are made at Tray: what the store may offer of each.

    Of a store with Multi-CD nothing: Tray would put all of it into one centre. The next sync writes each of them.
    """
    if store.is_multicd:
        return dict.fromkeys(variant_ids, 0)
    rows = ListingVariant.objects.of(store.company_id).filter(pk__in=list(variant_ids), product__isnull=False)
    return dict(_with_available(rows, store).values_list("pk", "available"))


def _with_available(
    rows: QuerySet[ListingVariant], store: Store
) -> QuerySet[WithAnnotations[ListingVariant, WithAvailable]]:
    warehouses = sales_warehouses(store.company_id, store.pk)
    free = (
        Balance.objects.of(store.company_id)
        .filter(product=OuterRef("product"), warehouse__in=warehouses)
        .order_by()
        .values("product")
        .annotate(free=Sum(F("on_hand") - F("reserved")))
        .values("free")
    )
    return rows.annotate(
        available=Greatest(
            Coalesce(Subquery(free), 0, output_field=IntegerField())
            - Coalesce(F("safety_stock"), Value(store.safety_stock)),
            Value(0),
        )
    )


def open_write(row: str = "") -> Q:
    """Return the condition of a write that was not confirmed (`rules.is_open_write`); `row` leads to what was told."""
    return Q(**{f"{row}confirmed_at__lt": F(f"{row}sent_at")}) & ~Q(**{f"{row}sent": F(f"{row}confirmed")})


def stock_changes(store: Store, variant_ids: Collection[int] | None = None) -> list[StockChange]:
    """Return every SKU (of these variants, or of all) that must be written, in the order of its AHEAD code."""
    # a quantity that was sent, and whose answer never came, may be what Tray shows: only a new write makes sure
    is_unsure = Q(published__confirmed=None) | Q(published__is_in_doubt=True) | open_write("published__")
    differs = is_unsure | ~Q(published__confirmed=F("available"))
    rows = (
        sellable(store, variant_ids)
        .filter(differs)
        .order_by("product__code", "pk")
        .values_list(
            "pk",
            "product_id",
            "tray_product_id",
            "tray_variant_id",
            "product__code",
            "product__name",
            "published__confirmed",
            "available",
        )
    )
    return [StockChange(*row) for row in rows]  # type: ignore[arg-type]  # what can be sold has both of Tray's ids


def offered_count(store: Store) -> int:
    """Return how many SKUs of the store Tray shows with stock now, or may show so (the base of the brake)."""
    return sellable(store).exclude(published__confirmed=0).count()


def warehouse_names(store: Store) -> str:
    """Return the names of the warehouses the store sells from, for the log."""
    chosen = sales_warehouses(store.company_id, store.pk)
    names = dict(Warehouse.objects.of(store.company_id).filter(pk__in=chosen).values_list("pk", "name"))
    return ", ".join(names[pk] for pk in chosen)


@dataclass(frozen=True, slots=True)
class Told:
    """What one write came to."""

    variant_id: int
    quantity: int
    confirmed: bool
    answer: str
    center_id: int | None = None


def record_sending(company_id: int, store_id: int, changes: Iterable[StockChange], *, now: datetime) -> None:
    """
    Keep what is about to be sent. Until it is confirmed, Tray may show it or not: the next run sends again.

    Without it, a quantity that Tray saved just before we died, and that went back meanwhile, would stay there.
    """
    rows = [
        _row((company_id, store_id), change.variant_id, change.center_id, sent=change.available, sent_at=now)
        for change in changes
    ]
    _announce(company_id, rows)


def note_sending(company_id: int, store_id: int, quantities: Iterable[tuple[int, int]], *, now: datetime) -> None:
    """Keep that these quantities, by variant, are about to be sent (`record_sending`)."""
    rows = [_row((company_id, store_id), variant, None, sent=units, sent_at=now) for variant, units in quantities]
    _announce(company_id, rows)


def _announce(company_id: int, rows: Sequence[PublishedStock | CenterStock]) -> None:
    """
    Keep what is about to be sent, in the place of what was sent before.

    If that was never answered Tray may show it, and only `sent` tells so: from here on the doubt does, until a
    confirmation or a reading, even where this write is of the quantity that Tray confirmed last, and fails too.
    """
    for told in (PublishedStock, CenterStock):
        variants = [row.variant_id for row in rows if isinstance(row, told)]
        for some in in_batches(variants):
            told.objects.of(company_id).filter(open_write(), variant_id__in=some).update(is_in_doubt=True)
    _keep(rows, ["sent", "sent_at"])


def record_told(company_id: int, store_id: int, told: Sequence[Told], *, now: datetime) -> None:
    """
    Keep what Tray answered; a write that it did not confirm leaves what it confirmed before, and stays open.

    When it was sent is known already (`record_sending`): that is the last instant at which it surely was not saved.
    """
    rows = {
        is_confirmed: [
            _row(
                (company_id, store_id),
                one.variant_id,
                one.center_id,
                confirmed=one.quantity if is_confirmed else None,
                confirmed_at=now if is_confirmed else None,
                is_in_doubt=False,
                sent=one.quantity,
                sent_at=now,
                answer=one.answer[:300],
            )
            for one in told
            if one.confirmed is is_confirmed
        ]
        for is_confirmed in (True, False)
    }
    _keep(rows[True], ["confirmed", "confirmed_at", "is_in_doubt", "sent", "answer"])
    _keep(rows[False], ["sent", "answer"])


def changed_since_confirmed(company_id: int, store_id: int, variant_ids: Collection[int]) -> dict[int, datetime]:
    """
    Return when what is free last changed of each of these variants, where it did since Tray confirmed it last.

    A quantity that must be written for another reason (a doubt, a safety stock, another Estoque) is left out.
    """
    rows = (
        ListingVariant.objects.of(company_id)
        .filter(
            pk__in=variant_ids,
            product__balances__warehouse__in=sales_warehouses(company_id, store_id),
            published__confirmed_at__lte=F("product__balances__changed_at"),
        )
        .order_by()
        .values_list("pk")
        .annotate(at=Max("product__balances__changed_at"))
    )
    return dict(rows)


def doubt(
    company_id: int, variant_ids: Iterable[int], *, moved_at: datetime, centers: Collection[int] | None = None
) -> None:
    """
    Doubt what Tray confirmed of these variants, if it may have moved its own stock since: at `moved_at`, by its clock.

    It does so for each order that comes, changes or is cancelled there. Should our stock move by as much the other
    way meanwhile, what is available equals what was confirmed, and only this tells that Tray shows something else.
    Of a kit, it is the stock of the components that Tray moves. Where stock lies in distribution centres, `centers` are
    those that may have moved, by Tray's id; without it, any.
    """
    if not (ids := set(variant_ids)):
        return
    ids |= _components_of(company_id, ids)
    at = moved_at + CLOCKS_DIFFER
    rows = PublishedStock.objects.of(company_id).filter(variant_id__in=ids)
    # in positive terms: beside a NULL a negated condition is never true
    is_read_before = Q(read_back_at=None) | Q(read_back_at__lte=at)
    is_sent_before = Q(sent_at=None) | Q(sent_at__lte=at) | Q(confirmed_at=None) | Q(confirmed_at__lt=F("sent_at"))
    rows.filter(is_read_before, is_sent_before).update(is_in_doubt=True)
    if centers is None or centers:
        told = CenterStock.objects.of(company_id).filter(is_sent_before, variant_id__in=ids)
        (told if centers is None else told.filter(center__tray_id__in=centers)).update(is_in_doubt=True)


def _components_of(company_id: int, variant_ids: Collection[int]) -> set[int]:
    """Return the variants that are sold in the same stores as components of the kits among these variants."""
    found: set[int] = set()
    wanted = sorted(variant_ids)
    for start in range(0, len(wanted), BATCH):
        kits = ListingVariant.objects.of(company_id).filter(pk__in=wanted[start : start + BATCH], product__is_kit=True)
        pairs = set(kits.values_list("store_id", "product__components__product_id"))
        found |= variants_of(company_id, pairs)
    return found


def variants_of(company_id: int, sold: Collection[tuple[int, int | None]]) -> set[int]:
    """Return the variants by which these products are sold in these stores: pairs of store and product."""
    if not sold:
        return set()
    rows = ListingVariant.objects.of(company_id).filter(
        store_id__in={store for store, _ in sold}, product_id__in={product for _, product in sold if product}
    )
    return {pk for pk, *pair in rows.values_list("pk", "store_id", "product_id") if tuple(pair) in sold}


def _row(place: tuple[int, int], variant_id: int, center_id: int | None, **facts: Any) -> PublishedStock | CenterStock:
    """Return the row of what is told of a variant: of its company and store, or of one centre of the store."""
    company_id, store_id = place
    if center_id is None:
        return PublishedStock(company_id=company_id, store_id=store_id, variant_id=variant_id, **facts)
    return CenterStock(company_id=company_id, center_id=center_id, variant_id=variant_id, **facts)


def _keep(rows: Sequence[PublishedStock | CenterStock], fields: list[str]) -> None:
    of_stores = [row for row in rows if isinstance(row, PublishedStock)]
    of_centers = [row for row in rows if isinstance(row, CenterStock)]
    PublishedStock.objects.bulk_create(
        of_stores, update_conflicts=True, unique_fields=["variant"], update_fields=fields, batch_size=BATCH
    )
    CenterStock.objects.bulk_create(
        of_centers, update_conflicts=True, unique_fields=["center", "variant"], update_fields=fields, batch_size=BATCH
    )


def record_read_back(
    company_id: int, store_id: int, shown: Sequence[tuple[int, int]], *, now: datetime
) -> list[tuple[int, int, int]]:
    """
    Keep what Tray shows of each variant; return the drifts as (variant, confirmed before, shown).

    What Tray shows becomes what it confirmed, so the next stock step writes only what must differ.
    """
    known = dict(
        PublishedStock.objects.of(company_id)
        .filter(variant_id__in=[variant for variant, _ in shown])
        .values_list("variant_id", "confirmed")
    )
    PublishedStock.objects.bulk_create(
        [
            PublishedStock(
                company_id=company_id,
                store_id=store_id,
                variant_id=variant,
                confirmed=quantity,
                confirmed_at=now,
                read_back=quantity,
                read_back_at=now,
            )
            for variant, quantity in shown
        ],
        update_conflicts=True,
        unique_fields=["variant"],
        update_fields=["confirmed", "confirmed_at", "is_in_doubt", "read_back", "read_back_at"],
        batch_size=BATCH,
    )
    return [
        (variant, before, quantity)
        for variant, quantity in shown
        if (before := known.get(variant)) is not None and before != quantity
    ]
