"""Writing the variations of a Produto Ecommerce: combinations of one or two axes, each a product of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from ahead.accounts.models import Company
from ahead.catalog import rules
from ahead.catalog.listing_operations import clean_safety_stock, locked_listing, record_listing
from ahead.catalog.listing_rules import (
    LONGEST_VALUE,
    MOST_VARIANTS,
    WrongListing,
    axes_text,
    combinations,
    derived_code,
    variant_name,
)
from ahead.catalog.marking import mark_listings
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.catalog.operations import create_product, update_product
from ahead.catalog.publishable import missing_of

_COPIED = (
    "ncm",
    "origem",
    "cest",
    "unit",
    "brand",
    "model",
    "warranty",
    "weight_g",
    "length_cm",
    "width_cm",
    "height_cm",
    "cost",
    "price",
)


@dataclass(frozen=True, slots=True)
class VariantEntry:
    """One row as a person left it; None is "the listing's" (prices) or "the store's" (safety stock)."""

    variant_id: int
    product_id: int | None
    value_1: str
    value_2: str
    reference: str
    gtin: str  # of the product
    price: Decimal | None
    promotional_price: Decimal | None
    safety_stock: int | None
    before: VariantEntry | None = None  # what the variation must still say


def entry_of(variant: ListingVariant) -> VariantEntry:
    """Return a variation as the row of it that nobody changed."""
    return VariantEntry(
        variant_id=variant.pk,
        product_id=variant.product_id,
        value_1=variant.value_1,
        value_2=variant.value_2,
        reference=variant.reference,
        gtin=variant.product.gtin if variant.product else "",
        price=variant.price,
        promotional_price=variant.promotional_price,
        safety_stock=variant.safety_stock,
    )


@transaction.atomic
def generate_variants(
    *,
    company: Company,
    listing_id: int,
    axes: tuple[str, str],
    values_1: Sequence[str],
    values_2: Sequence[str] = (),
    makes_products: bool = True,
    by: str,
    now: datetime,
) -> int:
    """
    Add the combinations that are missing, and return how many they were; what is there stays.

    Each one is the product whose code is derived from the first one's ("CAM-BAS-PRETA-P"); where there is none it is
    made after the first one, or left open.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises WrongListing: if it may not have variations, or they are wrong or too many.
    """
    listing = locked_listing(company, listing_id)
    _check_axes(listing, axes, values_1, values_2)
    there = list(listing.variants.filter(removed_at=None).select_related("product").order_by("position", "pk"))
    model = next((one.product for one in there if one.product), None)
    # the one variant of a listing that had no variations is only the model of those to come
    is_model_only = len(there) == 1 and not there[0].value_1 and there[0].tray_product_id is None
    known = {(one.value_1.casefold(), one.value_2.casefold()) for one in there}
    missing = [
        pair for pair in combinations(values_1, values_2) if (pair[0].casefold(), pair[1].casefold()) not in known
    ]
    if len(there) + len(missing) > MOST_VARIANTS:
        raise WrongListing(f"Um anúncio pode ter até {MOST_VARIANTS} variações.", field="values_1")
    if is_model_only and missing:
        there[0].delete()
    listing.has_variants, (listing.axis_1, listing.axis_2), listing.updated_at = True, axes, now
    listing.save(update_fields=["has_variants", "axis_1", "axis_2", "updated_at"])
    _add(listing, missing, model, makes_products=makes_products, by=by, now=now)
    _settle(listing, f"{len(missing)} variações geradas em «{listing.title}»", by=by, now=now)
    return len(missing)


def _check_axes(listing: Listing, axes: tuple[str, str], values_1: Sequence[str], values_2: Sequence[str]) -> None:
    if listing.is_kit:
        raise WrongListing("Um kit não tem variações.")
    if listing.tray_id is not None and not listing.has_variants:
        raise WrongListing("Este anúncio já está no Tray sem variações. Crie outro anúncio para vendê-las.")
    if not axes[0] or not values_1:
        raise WrongListing("Informe do que as variações diferem e os valores, por exemplo Cor: Preta, Branca.")
    if bool(axes[1]) != bool(values_2):
        raise WrongListing("A segunda variação pede o nome e os valores.", field="values_2")
    if axes[0].casefold() == axes[1].casefold():
        raise WrongListing("As duas variações não podem ter o mesmo nome.", field="axis_2")
    if max(len(axes[0]), len(axes[1])) > LONGEST_VALUE:
        raise WrongListing(f"O nome de uma variação pode ter até {LONGEST_VALUE} letras.", field="axis_1")


def _add(
    listing: Listing,
    pairs: Sequence[tuple[str, str]],
    model: Product | None,
    *,
    makes_products: bool,
    by: str,
    now: datetime,
) -> None:
    last = listing.variants.aggregate(last=Max("position"))["last"]
    start = 0 if last is None else last + 1
    offered: set[int | None] = {*listing.variants.filter(removed_at=None).values_list("product_id", flat=True)}
    for place, pair in enumerate(pairs):
        product = _product_for(listing, model, pair, offered, makes=makes_products, by=by, now=now) if model else None
        offered.add(product.pk if product else None)
        ListingVariant.objects.create(
            company_id=listing.company_id,
            store_id=listing.store_id,
            listing=listing,
            tray_product_id=None,
            tray_variant_id=None,
            position=start + place,
            value_1=pair[0],
            value_2=pair[1],
            axes=axes_text((listing.axis_1, listing.axis_2), pair),
            product=product,
            reference=(product.reference or product.code) if product else "",
            gtin=product.gtin if product else "",
            linked_by=by if product else "",
            linked_at=now if product else None,
        )


def _product_for(
    listing: Listing,
    model: Product,
    pair: tuple[str, str],
    offered: set[int | None],
    *,
    makes: bool,
    by: str,
    now: datetime,
) -> Product | None:
    """Return the product a combination is: the one that has its code, or one that is made after the model."""
    company = listing.company
    products = Product.objects.of(company)
    by_code: Product | None = products.filter(code=derived_code(model.code, pair, ())).first()
    if by_code and by_code.is_active and not by_code.is_kit and by_code.pk not in offered:
        return by_code
    if not makes:
        return None
    taken = {code.upper() for code in products.values_list("code", flat=True)}
    taken |= {reference.upper() for reference in products.exclude(reference="").values_list("reference", flat=True)}
    code = derived_code(model.code, pair, taken)
    reference = derived_code(model.reference, pair, taken, longest=120) if model.reference else code
    name = f"{model.name} {variant_name(pair).replace(' / ', ' ')}"[:200]
    copied = {field: getattr(model, field) for field in _COPIED}
    return create_product(company=company, code=code, reference=reference, name=name, by=by, now=now, **copied)


@transaction.atomic
def add_variant(
    *, company: Company, listing_id: int, product_id: int, values: tuple[str, str], by: str, now: datetime
) -> ListingVariant:
    """
    Add one variation that is a product of ours.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises Product.DoesNotExist: if it has no such product.
    :raises WrongListing: if it may not be added; the message says why.
    :raises WrongProduct: if a value is too long.
    """
    listing = locked_listing(company, listing_id)
    if not listing.has_variants:
        raise WrongListing("Este anúncio não tem variações. Gere as combinações primeiro.")
    _add(listing, [_clean_values(listing, *values)], None, makes_products=False, by=by, now=now)
    added: ListingVariant = listing.variants.order_by("position", "pk").last()  # type: ignore[assignment]  # just made
    _link(listing, added, product_id, by=by, now=now)
    added.reference = added.product.reference or added.product.code if added.product else ""
    added.save()
    _check_offered_once(listing)
    _settle(listing, f"Variação {variant_name(values)} de «{listing.title}» criada", by=by, now=now)
    return added


def _clean_values(listing: Listing, value_1: str, value_2: str) -> tuple[str, str]:
    clean = [
        rules.clean_text(value, label=axis or "Variação", longest=LONGEST_VALUE)
        for axis, value in ((listing.axis_1, value_1), (listing.axis_2, value_2))
    ]
    return clean[0], clean[1] if listing.axis_2 else ""


@transaction.atomic
def save_variants(
    *, company: Company, listing_id: int, entries: Sequence[VariantEntry], by: str, now: datetime
) -> Listing:
    """
    Change the variations of a listing, in the order given; those that are not named stay behind them.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises Product.DoesNotExist: if it has no such product.
    :raises Moved: if a variation is not any more what a row says that it was.
    :raises WrongListing: if a row may not be so; the message says which and why.
    :raises WrongProduct: if a GTIN or an amount is wrong.
    """
    listing = locked_listing(company, listing_id)
    variants = {one.pk: one for one in listing.variants.filter(removed_at=None).select_related("product")}
    wanted = [(variants[entry.variant_id], entry) for entry in entries if entry.variant_id in variants]
    for position, (variant, entry) in enumerate(wanted):
        _save_variant(listing, variant, entry, position, by=by, now=now)
    behind = [one for one in variants.values() if one.pk not in {variant.pk for variant, _ in wanted}]
    for position, variant in enumerate(sorted(behind, key=lambda one: (one.position, one.pk)), start=len(wanted)):
        variant.position = position
        variant.save(update_fields=["position"])
    _check_offered_once(listing)
    _settle(listing, f"Variações de «{listing.title}» alteradas", by=by, now=now)
    return listing


def _save_variant(
    listing: Listing, variant: ListingVariant, entry: VariantEntry, position: int, *, by: str, now: datetime
) -> None:
    name = variant_name((entry.value_1, entry.value_2))
    if entry.before is not None and entry_of(variant) != entry.before:
        raise rules.Moved(f"A variação {name} mudou {rules.JUST_NOW}.")
    variant.position = position
    variant.value_1, variant.value_2 = _clean_values(listing, entry.value_1, entry.value_2)
    variant.axes = axes_text((listing.axis_1, listing.axis_2), (variant.value_1, variant.value_2))
    variant.price = _amount(entry.price, f"Preço de {name}")
    variant.promotional_price = _amount(entry.promotional_price, f"Preço promocional de {name}")
    if variant.promotional_price is not None and listing.promotion_starts_on is None:
        raise WrongListing(f"Para o preço promocional de {name}, informe antes a promoção e suas datas no anúncio.")
    variant.safety_stock = clean_safety_stock(entry.safety_stock, of=f" de {name}")
    if entry.product_id is not None and entry.product_id != variant.product_id:
        _link(listing, variant, entry.product_id, by=by, now=now)
    variant.reference = rules.clean_text(entry.reference, label=f"Referência de {name}", longest=120)
    if variant.product and rules.clean_gtin(entry.gtin) != variant.product.gtin:
        product = update_product(
            company=listing.company, product_id=variant.product.pk, gtin=entry.gtin, by=by, now=now
        )
        variant.gtin = product.gtin
    variant.save()


def _amount(amount: Decimal | None, label: str) -> Decimal | None:
    return None if amount is None else rules.clean_amount(amount, label=label)


def _link(listing: Listing, variant: ListingVariant, product_id: int, *, by: str, now: datetime) -> None:
    product: Product = Product.objects.of(listing.company_id).get(pk=product_id)
    if not product.is_active:
        raise WrongListing(f"O produto {product} está desativado. Ative-o antes.")
    if product.is_kit:
        raise WrongListing(f"O kit {product} não pode ser uma variação.")
    variant.product, variant.gtin = product, product.gtin
    variant.linked_by, variant.linked_at, variant.unlinked_at = by, now, None


def _check_offered_once(listing: Listing) -> None:
    codes = listing.variants.filter(removed_at=None, product__isnull=False).values_list("product__code", flat=True)
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise WrongListing(f"O produto {code} está em duas variações deste anúncio. Cada uma pede o seu.")
        seen.add(code)


@transaction.atomic
def remove_variant(*, company: Company, listing_id: int, variant_id: int, by: str, now: datetime) -> bool:
    """
    Take a variation away, and return whether it is gone at once; one that is at Tray goes with the next sync.

    :raises ListingVariant.DoesNotExist: if the listing has no such variation.
    :raises WrongListing: if it is the only thing the listing sells.
    """
    listing = locked_listing(company, listing_id)
    if not listing.has_variants:
        raise WrongListing("Este anúncio não tem variações.")
    variant: ListingVariant = listing.variants.select_related("listing").get(pk=variant_id, removed_at=None)
    name = variant_name((variant.value_1, variant.value_2))
    is_gone = variant.tray_ids is None and not _may_be_there(variant)
    if is_gone:
        variant.delete()
    else:
        variant.removed_at = now
        variant.save(update_fields=["removed_at"])
    _settle(listing, f"Variação {name} de «{listing.title}» removida", by=by, now=now)
    return is_gone


def _may_be_there(variant: ListingVariant) -> bool:
    publication = getattr(variant, "publication", None)
    return publication is not None and publication.creating_at is not None


def _settle(listing: Listing, text: str, *, by: str, now: datetime) -> None:
    """Mark the listing and write the trail; one that was never at Tray and now lacks something is a draft again."""
    if not listing.is_draft and listing.tray_id is None and missing_of(listing):
        listing.is_draft = True
        listing.save(update_fields=["is_draft"])
    mark_listings(listing.company_id, [listing.pk])
    record_listing("variants_changed", listing, text, by=by, now=now)
