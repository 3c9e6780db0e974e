"""Reading products and how the stores list them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from ahead.accounts.models import Company
from ahead.catalog.models import ListingVariant, Product
from ahead.db.paging import Page, paginate
from ahead.db.searching import words_in
from ahead.db.tenancy import TenantQuerySet

PAGE_SIZE = 50
_MOST_WORDS = 6
_SORTS = {
    "code": ("code",),
    "-code": ("-code",),
    "name": ("name", "code"),
    "-name": ("-name", "code"),
    "reference": ("reference", "code"),
    "-reference": ("-reference", "code"),
    "price": ("price", "code"),
    "-price": ("-price", "code"),
    "on_hand": ("on_hand", "code"),
    "-on_hand": ("-on_hand", "code"),
    "reserved": ("reserved", "code"),
    "-reserved": ("-reserved", "code"),
    "available": ("available", "code"),
    "-available": ("-available", "code"),
    "-updated_at": ("-updated_at", "code"),
}


@dataclass(frozen=True)
class ProductRow:
    """A product in a list, with its stock and how many variants at the stores are linked to it."""

    product: Product
    on_hand: int
    reserved: int
    listings: int

    @property
    def available(self) -> int:
        """What is neither gone nor promised; negative when more was sold than there is."""
        return self.on_hand - self.reserved


def products(
    company: Company,
    *,
    search: str = "",
    active: bool | None = None,
    linked: bool | None = None,
    kits: bool | None = None,
    has_ncm: bool | None = None,
    warehouse_id: int | None = None,
    store_id: int | None = None,
    ids: Collection[int] = (),
    sort: str = "code",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[ProductRow]:
    """
    Return a page of products with their stock, in two queries.

    With a warehouse, only products that have a balance there, and only what lies there. With a store, only what
    is linked to something it sells. With `ids`, those products alone. An unknown sort is "code".
    """
    found: TenantQuerySet[Product] = Product.objects.of(company)
    if search.strip():
        found = found.filter(_matches(search))
    found = found.filter(_facts(is_active=active, is_kit=kits))
    if ids:
        found = found.filter(pk__in=ids)
    if has_ncm is not None:
        found = found.filter(_has_ncm(has_ncm))
    if linked is not None:
        is_linked = Exists(ListingVariant.objects.of(company).filter(product=OuterRef("pk")))
        found = found.filter(is_linked if linked else ~is_linked)
    if store_id is not None:
        found = found.filter(Exists(ListingVariant.objects.of(company).filter(product=OuterRef("pk"), store=store_id)))
    if warehouse_id is not None:
        found = found.filter(balances__warehouse_id=warehouse_id)
    rows = _with_stock(found, warehouse_id).order_by(*_SORTS.get(sort, _SORTS["code"]), "pk")
    return paginate(rows, page=page, size=size, counting=found).turned_into(_row)


def _facts(**wanted: bool | None) -> Q:
    return Q(**{name: value for name, value in wanted.items() if value is not None})


def _has_ncm(has_ncm: bool) -> Q:
    """A kit needs no NCM: its components have theirs."""
    return ~Q(ncm="") if has_ncm else Q(ncm="", is_kit=False)


def _row(product: Product) -> ProductRow:
    facts = vars(product)
    return ProductRow(product, facts["on_hand"], facts["reserved"], facts["listings"])


def _with_stock(found: QuerySet[Product], warehouse_id: int | None) -> QuerySet[Product]:
    """Add the sums as subqueries: the database works them out for the rows of the page, not for the whole list."""
    same = Product.objects.across_companies().filter(pk=OuterRef("pk")).order_by()
    here = Q() if warehouse_id is None else Q(balances__warehouse_id=warehouse_id)

    def of_each(aggregate: Sum | Count) -> Coalesce:
        summed = same.values("pk").annotate(figure=aggregate).values("figure")
        return Coalesce(Subquery(summed, output_field=IntegerField()), Value(0))

    return found.annotate(
        on_hand=of_each(Sum("balances__on_hand", filter=here)),
        reserved=of_each(Sum("balances__reserved", filter=here)),
        listings=of_each(Count("listing_variants")),
        available=F("on_hand") - F("reserved"),
    )


def _matches(text: str) -> Q:
    wanted = text.strip()
    return Q(code__istartswith=wanted) | Q(reference__istartswith=wanted) | Q(gtin=wanted) | words_in("name", wanted)


def product(company: Company, product_id: int) -> Product:
    """
    Return one product of the company.

    :raises Product.DoesNotExist: if there is none, or it is another company's.
    """
    found: Product = Product.objects.of(company).get(pk=product_id)
    return found


def find_products(company: Company, text: str, limit: int = 20, *, kits: bool | None = None) -> list[Product]:
    """
    Return active products for a text, best first: by code, reference or GTIN in full, then what begins so.

    With `kits`, only kits, or only what is none.
    """
    wanted = text.strip()
    if not wanted:
        return []
    rank = Case(
        When(code__iexact=wanted, then=Value(0)),
        When(reference__iexact=wanted, then=Value(1)),
        When(gtin=wanted, then=Value(2)),
        When(Q(code__istartswith=wanted) | Q(reference__istartswith=wanted), then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    found = Product.objects.of(company).filter(_matches(wanted), is_active=True)
    if kits is not None:
        found = found.filter(is_kit=kits)
    return list(found.annotate(rank=rank).order_by("rank", "name", "code")[:limit])


def listing_variants(product: Product) -> list[ListingVariant]:
    """Return the variants at the stores that are this product, with their listings and stores."""
    variants = ListingVariant.objects.of(product.company_id).filter(product=product)
    return list(variants.select_related("listing", "store").order_by("store__code", "pk"))


def variant(company: Company, variant_id: int) -> ListingVariant:
    """
    Return one variant with its listing, store and product.

    :raises ListingVariant.DoesNotExist: if there is none, or it is another company's.
    """
    variants = ListingVariant.objects.of(company).select_related("listing", "store", "product")
    found: ListingVariant = variants.get(pk=variant_id)
    return found


def suggestions(variant: ListingVariant, limit: int = 5) -> list[Product]:
    """Return products that a variant may be, the likeliest first: same reference, same GTIN, then similar names."""
    mine = Product.objects.of(variant.company_id).filter(is_active=True)
    if variant.listing.is_kit:
        mine = mine.filter(is_kit=True)
    by_reference = Q(pk=None)
    for reference in sorted({variant.reference, variant.listing.reference} - {""}):
        by_reference |= Q(reference__iexact=reference) | Q(code__iexact=reference)
    by_gtin = Q(gtin=variant.gtin) if variant.gtin else Q(pk=None)
    rank = Case(When(by_reference, then=Value(0)), default=Value(1), output_field=IntegerField())
    same = mine.filter(by_reference | by_gtin).annotate(rank=rank).order_by("rank", "code")
    found: list[Product] = [*same[:limit]]
    if len(found) < limit:
        known = [product.pk for product in found]
        words = f"{variant.listing.title} {variant.axes}"
        found += _alike(mine.exclude(pk__in=known), words)[: limit - len(found)]
    return found


def _alike(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Return the products whose names hold at least half of the words, the most of them first."""
    words = [word for word in text.split() if len(word) > 2][:_MOST_WORDS]
    if not words:
        return products.none()
    score = sum((Case(When(words_in("name", word), then=Value(1)), default=Value(0)) for word in words), Value(0))
    alike = products.annotate(score=score).filter(score__gte=(len(words) + 1) // 2)
    return alike.order_by("-score", "name", "pk")
