"""Writing Produtos Ecommerce: what a store says of a product, until the sync tells Tray."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog import rules
from ahead.catalog.listing_rules import Unfinished, WrongListing, check_promotion
from ahead.catalog.marking import mark_listings
from ahead.catalog.models import (
    Category,
    Listing,
    ListingCategory,
    ListingPublication,
    ListingSpecification,
    ListingVariant,
    Product,
)
from ahead.catalog.publishable import missing_of
from ahead.catalog.rich_text import clean_description
from ahead.pending.keys import listing_key
from ahead.pending.models import Kind
from ahead.pending.operations import has_open_matters
from ahead.stores.models import Store

_MOST_SPECIFICATIONS = 50
_MOST_DAYS = 365
_HIGHEST_SAFETY = 1_000_000


class ListingChanges(TypedDict, total=False):
    """What `update_listing` may change; a field left out stays."""

    title: str
    reference: str
    category_id: int | None
    description_small: str
    description: str
    price: Decimal | None
    is_price_on_request: bool
    promotional_price: Decimal | None
    promotion_starts_on: date | None
    promotion_ends_on: date | None
    is_visible: bool
    availability: str
    availability_days: int
    is_virtual: bool
    releases_on: date | None
    page_title: str
    keywords: str
    meta_description: str


def _line(label: str, longest: int, *, is_required: bool = False) -> Callable[[str], str]:
    return lambda text: rules.clean_text(text, label=label, longest=longest, is_required=is_required)


def _amount(label: str) -> Callable[[Decimal | None], Decimal | None]:
    return lambda amount: None if amount is None else rules.clean_amount(amount, label=label)


def _days(days: int) -> int:
    if not 0 <= days <= _MOST_DAYS:
        raise WrongListing(f"O prazo deve ser de 0 a {_MOST_DAYS} dias.", field="availability_days")
    return days


def clean_safety_stock(units: int | None, *, of: str = "") -> int | None:
    """
    Return how many units of a variant are never offered; None is as many as its Loja says.

    :raises WrongListing: if they are negative or too many; `of` names the variant.
    """
    if units is not None and not 0 <= units <= _HIGHEST_SAFETY:
        raise WrongListing(f"O estoque de segurança{of} deve ser de 0 a 1.000.000.", field="safety_stock")
    return units


# what each field of a listing may say; every write of one goes through here
CLEAN: dict[str, Callable[[Any], Any]] = {
    "title": _line("Título", 200, is_required=True),
    "reference": _line("Referência", 120),
    "description_small": _line("Descrição curta", 500),
    "description": clean_description,
    "price": _amount("Preço nesta loja"),
    "promotional_price": _amount("Preço promocional"),
    "availability": _line("Disponibilidade", 120),
    "availability_days": _days,
    "page_title": _line("Título da página", 200),
    "keywords": _line("Palavras-chave", 256),
    "meta_description": _line("Descrição para buscadores", 256),
    "safety_stock": clean_safety_stock,  # of its variants
}


@transaction.atomic
def create_listing(
    *,
    company: Company,
    store_id: int,
    product_ids: Sequence[int],
    axes: tuple[str, str] = ("", ""),
    is_draft: bool = True,
    by: str,
    now: datetime,
    **changes: Unpack[ListingChanges],
) -> Listing:
    """
    Create a managed listing: of one product, of a kit, or of several products as variations of one.

    What `changes` does not say is taken from the first product. It is not at Tray before the next sync.

    :raises Store.DoesNotExist: if the company has no such store.
    :raises Product.DoesNotExist: if the company has no such product.
    :raises WrongListing: if the products do not go together, or a field is wrong.
    :raises Unfinished: if it is not to be a draft and lacks something.
    """
    store: Store = Store.objects.of(company).get(pk=store_id)
    products = _products(company, product_ids)
    listing = new_draft(store, products[0], now=now)
    listing.has_variants = len(products) > 1 or bool(axes[0])
    listing.axis_1 = _line("Primeira variação", 60)(axes[0])
    listing.axis_2 = _line("Segunda variação", 60)(axes[1])
    listing.save(force_insert=True)
    ListingPublication(company=company, listing=listing).save(force_insert=True)
    for position, product in enumerate(products):
        offered(listing, product, position, by=by, now=now).save(force_insert=True)
    record_listing("created", listing, f"Produto Ecommerce «{listing.title}» criado", by=by, now=now)
    return update_listing(company=company, listing_id=listing.pk, is_draft=is_draft, by=by, now=now, **changes)


def new_draft(store: Store, product: Product, *, now: datetime) -> Listing:
    """Return an unsaved draft of a product in a store; what is not said yet is taken from the product."""
    return Listing(
        company_id=store.company_id,
        store=store,
        is_managed=True,
        is_draft=True,
        is_kit=product.is_kit,
        title=product.name,
        reference=product.reference or product.code,
        created_at=now,
        updated_at=now,
    )


def _products(company: Company, product_ids: Sequence[int]) -> list[Product]:
    wanted = list(dict.fromkeys(product_ids))
    found = Product.objects.of(company).in_bulk(wanted)
    if len(found) != len(wanted):
        raise Product.DoesNotExist
    if not wanted:
        raise WrongListing("Escolha ao menos um produto.", field="products")
    products = [found[pk] for pk in wanted]
    for product in products:
        if refusal := why_not_offer(product):
            raise WrongListing(refusal, field="products")
        if product.is_kit and len(products) > 1:
            raise WrongListing(f"O kit {product} não pode ser uma variação: crie um anúncio só dele.", field="products")
    return products


def why_not_offer(product: Product) -> str | None:
    """Return why a product may not be offered anew, or None if it may."""
    return None if product.is_active else f"O produto {product} está desativado. Ative-o antes."


def offered(listing: Listing, product: Product, position: int, *, by: str, now: datetime) -> ListingVariant:
    """Return the unsaved variant by which a listing offers a product."""
    return ListingVariant(
        company_id=listing.company_id,
        store_id=listing.store_id,
        listing=listing,
        tray_variant_id=None if listing.has_variants else 0,
        position=position,
        product=product,
        reference=product.reference or product.code,
        gtin=product.gtin,
        linked_by=by,
        linked_at=now,
    )


@transaction.atomic
def update_listing(
    *,
    company: Company,
    listing_id: int,
    is_draft: bool,
    additional_categories: Sequence[int] | None = None,
    specifications: Sequence[tuple[str, str]] | None = None,
    before: Mapping[str, Any] | None = None,
    by: str,
    now: datetime,
    **changes: Unpack[ListingChanges],
) -> Listing:
    """
    Change a managed listing; the next sync tells Tray what differs, unless it is a draft.

    So it does where nothing was changed here, but at Tray: what a person saves again is to be sent.

    `before` is what it must still say.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises Moved: if it does not say that any more.
    :raises WrongListing: if it is not ours to change, or a field is wrong.
    :raises WrongProduct: if a text is too long or an amount is none.
    :raises TooLong: if the description is longer than Tray takes.
    :raises Unfinished: if it is not to be a draft and lacks something.
    """
    listing = locked_listing(company, listing_id)
    rules.check_same(listing, before or {}, f"O anúncio «{listing.title}»", when=rules.JUST_NOW)
    said = {field: getattr(listing, field) for field in [*changes, "is_draft"]}
    for field, value in changes.items():
        setattr(listing, field, CLEAN.get(field, _same)(value))
    listing.is_draft = is_draft
    _check(listing)
    changed = [field for field, old in said.items() if getattr(listing, field) != old]
    listing.updated_at = now
    listing.save(update_fields=[*changed, "updated_at"])
    _carry_reference(listing)
    if additional_categories is not None and _set_categories(listing, additional_categories):
        changed.append("additional_categories")
    if specifications is not None and _set_specifications(listing, specifications):
        changed.append("specifications")
    if not is_draft and (lacks := missing_of(listing)):
        raise Unfinished(lacks)
    if changed or _is_changed_at_tray(listing):
        mark_listings(company.pk, [listing.pk])
    if changed:
        text = f"Produto Ecommerce «{listing.title}» alterado"
        record_listing("changed", listing, text, by=by, now=now, fields=changed)
    return listing


def _same(value: Any) -> Any:
    return value


def _is_changed_at_tray(listing: Listing) -> bool:
    return has_open_matters(listing.company_id, kinds=[Kind.LISTING_CHANGED], key=listing_key(listing.pk))


def locked_listing(company: Company, listing_id: int) -> Listing:
    """
    Return a managed listing, locked; the company's products come first, as wherever both are written.

    :raises Listing.DoesNotExist: if the company has no such listing.
    :raises WrongListing: if AHEAD does not manage it, or it is to be deleted or gone.
    """
    Company.objects.select_for_update().get(pk=company.pk)
    listing: Listing = Listing.objects.of(company).select_for_update().get(pk=listing_id)
    if refusal := why_not_change(listing):
        raise WrongListing(refusal)
    return listing


def why_not_change(listing: Listing) -> str | None:
    """Return why what a listing says may not be changed here, or None if it may."""
    if not listing.is_managed:
        return "Este anúncio só foi visto no Tray: o AHEAD não muda o que ele diz."
    if listing.gone_at is not None:
        return "Este anúncio foi apagado no Tray. Crie outro para vender o produto de novo."
    if listing.removed_at is not None:
        return "Este anúncio será apagado no Tray na próxima sincronização. Desista de apagar antes."
    return None


def _check(listing: Listing) -> None:
    check_promotion_of(listing)
    if listing.category_id is not None:
        _own_categories(listing, [listing.category_id])


def check_promotion_of(listing: Listing) -> None:
    """
    Make sure that the promotion of a listing is whole.

    :raises WrongListing: if it is not.
    """
    check_promotion(
        price=None if listing.is_price_on_request else listing.price,
        promotional_price=listing.promotional_price,
        starts_on=listing.promotion_starts_on,
        ends_on=listing.promotion_ends_on,
    )


def _own_categories(listing: Listing, ids: Sequence[int]) -> None:
    """Make sure that categories are the store's own, and not on their way out."""
    own = Category.objects.of(listing.company_id).filter(store=listing.store_id, removed_at=None, gone_at=None)
    if own.filter(pk__in=list(ids)).count() != len(set(ids)):
        raise WrongListing("Escolha categorias desta Loja que não foram removidas.", field="category")


def _carry_reference(listing: Listing) -> None:
    """Let the one variant of a listing without variations have the listing's reference."""
    if not listing.has_variants:
        listing.variants.exclude(reference=listing.reference).update(reference=listing.reference)


def _set_categories(listing: Listing, ids: Sequence[int]) -> bool:
    wanted = set(ids) - {listing.category_id}
    _own_categories(listing, sorted(wanted))
    now_there = set(listing.additional_categories.values_list("category_id", flat=True))
    listing.additional_categories.exclude(category_id__in=wanted).delete()
    rows = [
        ListingCategory(company_id=listing.company_id, listing=listing, category_id=pk)
        for pk in sorted(wanted - now_there)
    ]
    ListingCategory.objects.bulk_create(rows)
    return wanted != now_there


def _set_specifications(listing: Listing, given: Sequence[tuple[str, str]]) -> bool:
    wanted = _clean_specifications(given)
    before = list(listing.specifications.values_list("name", "value"))
    if before == wanted:
        return False
    listing.specifications.all().delete()
    ListingSpecification.objects.bulk_create(
        ListingSpecification(company_id=listing.company_id, listing=listing, position=place, name=name, value=value)
        for place, (name, value) in enumerate(wanted)
    )
    return True


def _clean_specifications(given: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    clean = [(_line("Característica", 100)(name), _line("Valor", 100)(value)) for name, value in given]
    wanted = [pair for pair in clean if any(pair)]
    if any(not name or not value for name, value in wanted):
        raise WrongListing("Cada característica pede o nome e o valor.", field="specifications")
    if len({name.casefold() for name, _ in wanted}) < len(wanted):
        raise WrongListing("Há duas características com o mesmo nome.", field="specifications")
    if len(wanted) > _MOST_SPECIFICATIONS:
        raise WrongListing(f"Um anúncio pode ter até {_MOST_SPECIFICATIONS} características.", field="specifications")
    return wanted


def record_listing(name: str, listing: Listing, text: str, *, by: str, now: datetime, **facts: object) -> None:
    """Write what was done to a listing to its trail."""
    record(
        f"catalog.listing.{name}",
        company_id=listing.company_id,
        subject=("listing", listing.pk),
        text=text,
        by=by,
        at=now,
        **facts,
    )
