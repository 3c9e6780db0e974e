"""What the rows of Produtos Ecommerce and of Preços would do, by the rules of those who would do it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db.models import Q

from ahead.catalog.bulk_listings import PRICES as VARIANT_PRICES
from ahead.catalog.listing_operations import check_promotion_of, new_draft, why_not_change, why_not_offer
from ahead.catalog.listing_rules import WrongListing
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.catalog.publishable import missing_of_many, price_of, promotional_price_of
from ahead.spreadsheets.columns import LISTINGS, PRICES
from ahead.spreadsheets.entries import Entry, texts_of
from ahead.spreadsheets.looking import Look, product_of
from ahead.spreadsheets.named import Named, Variants, variants_by_listing
from ahead.spreadsheets.rules import common
from ahead.stores.models import Store

_OTHERWISE = {"category_id", "safety_stock"}  # read and changed by functions of their own
_SAID = tuple(column.field for column in LISTINGS if not column.is_key and column.field not in _OTHERWISE)
_PRICES = tuple(column.field for column in PRICES if not column.is_key)
_DAYS = ("promotion_starts_on", "promotion_ends_on")
_PLACES = {"category": "category_id", "title": "title", "price": "price"}  # where what is missing is mended

Offers = Mapping[tuple[int, int], Sequence[ListingVariant]]  # by store and product


def plan_listings(look: Look, entries: Sequence[Entry]) -> None:
    """Say what rows of Produtos Ecommerce would make and change."""
    products = look.products(entries)
    offers, named = _offers(look, products.values()), Named.by(look, entries)
    offered = {one.listing_id for found in offers.values() for one in found}
    variants = variants_by_listing(look.company, offered | named.listings.keys())
    changed: dict[int, tuple[Entry, Listing]] = {}
    for entry in entries:
        if "variant" in entry.said:
            _plan_named_variant(look, entry, named, changed)
            continue
        if "listing" in entry.said:
            listing = _plan_named(look, entry, named, variants)
        else:
            listing = _plan_found(look, entry, products, offers, variants)
        if listing is not None and entry.target_id is not None and entry.changes and not entry.errors:
            changed[listing.pk] = entry, listing
    _check_whole(changed)


def _plan_found(
    look: Look, entry: Entry, products: Mapping[str, Product], offers: Offers, variants: Variants
) -> Listing | None:
    """Say what a row would do to the listing of a product in a store, or that it would make one."""
    store, product = look.store(entry), product_of(entry, products)
    if store is None or product is None:
        return None
    listing = _listing_of(entry, store, product, offers.get((store.pk, product.pk), ()))
    if listing is None:
        return None
    entry.facts = {"store_id": store.pk, "product_id": product.pk}
    _plan_changes(look, entry, listing, variants)
    return listing


def _plan_named(look: Look, entry: Entry, named: Named, variants: Variants) -> Listing | None:
    """Say what a row would do to the listing whose code it says."""
    listing = named.listing(look, entry, variants)
    if listing is None:
        return None
    entry.target, entry.target_id = "listing", listing.pk
    entry.label = f"{listing.title} · {listing.store.name}"
    entry.facts = {"store_id": listing.store_id, "product_id": 0}
    _plan_changes(look, entry, listing, variants)
    return listing


def _plan_named_variant(look: Look, entry: Entry, named: Named, changed: Mapping[int, tuple[Entry, Listing]]) -> None:
    """Say what a row would do to the prices of the variant whose code it says."""
    variant = named.variant(entry)
    if variant is None:
        return
    if variant.listing_id in changed:  # as the row of the listing itself would leave it
        variant.listing = changed[variant.listing_id][1]
    listing = variant.listing
    entry.label = " · ".join(filter(None, (listing.title, listing.store.name, variant.axes or variant.reference)))
    look.seen.is_first(entry, ("variant", variant.pk), "variant", "Esta variação já está na linha {}.")
    if refusal := why_not_change(listing):
        entry.wrong("variant", refusal)
        return
    for name in (*_SAID, *_OTHERWISE):
        if name in entry.said and name not in VARIANT_PRICES:
            entry.wrong(name, "De uma variação só os preços mudam por aqui.")
    _plan_variant(entry, listing, variant)


def _offers(look: Look, products: Iterable[Product]) -> defaultdict[tuple[int, int], list[ListingVariant]]:
    rows = ListingVariant.objects.of(look.company).filter(
        product__in=list(products), removed_at=None, listing__gone_at=None
    )
    found: defaultdict[tuple[int, int], list[ListingVariant]] = defaultdict(list)
    for row in rows.select_related("listing", "product").order_by("pk"):
        found[row.store_id, row.product_id or 0].append(row)
    return found


def _listing_of(entry: Entry, store: Store, product: Product, offers: Sequence[ListingVariant]) -> Listing | None:
    """Return the one listing of a product in a store, or a new one; or note why there is neither."""
    entry.target = "listing"
    entry.label = f"{product} · {store.name}"
    there = list({one.listing_id: one.listing for one in offers}.values())
    if len(there) > 1:
        entry.wrong("code", f"A Loja {store.name} tem {len(there)} anúncios deste produto. Edite-os na tela.")
        return None
    if not there and (refusal := why_not_offer(product)):
        entry.wrong("code", refusal)
        return None
    listing = there[0] if there else new_draft(store, product, now=product.created_at)
    entry.target_id = listing.pk
    return listing


def _plan_changes(look: Look, entry: Entry, listing: Listing, variants: Variants) -> None:
    """Say what a row would change, and let the listing be as it would be then."""
    is_new = listing.pk is None
    name = "listing" if "listing" in entry.said else "code"
    key = ("listing", listing.pk or (listing.store_id, entry.facts["product_id"]))
    look.seen.is_first(entry, key, name, "O anúncio deste produto já está na linha {}.")
    _change(entry, listing, _SAID, is_new=is_new)
    _change_category(look, entry, listing, listing.store, is_new=is_new)
    if "safety_stock" in entry.said:
        _change_safety_stock(entry, [one.safety_stock for one in variants.get(listing.pk, ())])
    if not is_new and entry.changes and (refusal := why_not_change(listing)):
        entry.wrong(name, refusal)
    if entry.changes:
        _check_promotion(entry, listing)


def _change(entry: Entry, listing: Listing, fields: Sequence[str], *, is_new: bool) -> None:
    for name in fields:
        if name in entry.said:
            entry.change(name, None if is_new else getattr(listing, name), entry.said[name])
            setattr(listing, name, entry.said[name])


def _change_category(look: Look, entry: Entry, listing: Listing, store: Store, *, is_new: bool) -> None:
    if "category_id" not in entry.said:
        return
    path = entry.said["category_id"]
    found = look.category(store, path) if path else None
    if path and found is None:
        text = f"A Loja {store.name} não tem a categoria «{path[:80]}». Cadastre-a antes, ou corrija o caminho."
        entry.wrong("category_id", text)
        return
    old = listing.category_id
    if old != (found[0] if found else None):
        before = [old, look.path_of(store, old)] if old is not None else None
        entry.changes["category_id"] = [None if is_new else before, list(found) if found else None]
    listing.category_id = found[0] if found else None


def _change_safety_stock(entry: Entry, there: Sequence[int | None]) -> None:
    wanted = entry.said["safety_stock"]
    if any(one != wanted for one in there or [None]):
        entry.changes["safety_stock"] = [common(there), wanted]


def _check_promotion(entry: Entry, listing: Listing) -> None:
    try:
        check_promotion_of(listing)
    except WrongListing as refusal:
        entry.wrong(refusal.field, str(refusal))


def _check_whole(changed: Mapping[int, tuple[Entry, Listing]]) -> None:
    """Note what published listings would lack; a draft may lack anything."""
    published = [listing for _, listing in changed.values() if not listing.is_draft]
    for pk, lacks in missing_of_many(published).items():
        for one in lacks:
            changed[pk][0].wrong(_PLACES.get(one.field, "code"), one.text)


# ── Preços ─────────────────────────────────────────────────────────────────────────────────────────────────


def plan_prices(look: Look, entries: Sequence[Entry]) -> None:
    """Say which prices rows of Preços would change: of products, of listings, or of variants."""
    by_code = look.products(entries)
    references = Q(reference__in=texts_of(entries, "reference"))
    by_reference = {one.reference: one for one in Product.objects.of(look.company).filter(references)}
    offers = _offers(look, {*by_code.values(), *by_reference.values()})
    changed: dict[int, tuple[Entry, Listing]] = {}
    for entry in entries:
        product = _priced(entry, by_code, by_reference)
        names_store = "store" in entry.said or look.default_store is not None
        store = look.store(entry) if names_store else None
        if product is None or (store is None and names_store) or entry.is_wrong("store"):
            continue
        if store is None:
            _plan_product_price(look, entry, product)
        elif (listing := _plan_price(look, entry, store, product, offers[store.pk, product.pk])) is not None:
            changed[listing.pk] = entry, listing
    _check_whole(changed)


def _priced(entry: Entry, by_code: Mapping[str, Product], by_reference: Mapping[str, Product]) -> Product | None:
    if "code" in entry.said or entry.is_wrong("code"):
        return product_of(entry, by_code)
    reference = entry.said.get("reference", "")
    if reference in by_reference:
        return by_reference[reference]
    if reference:
        entry.wrong("reference", f"Não há produto com a referência {reference}. Corrija-a, ou use o código.")
    elif not entry.is_wrong("reference"):
        entry.wrong("code", "Informe o Código AHEAD ou a Referência.")
    return None


def _plan_product_price(look: Look, entry: Entry, product: Product) -> None:
    entry.target, entry.target_id, entry.label = "product", product.pk, str(product)
    look.seen.is_first(entry, ("product", product.pk), "code", "O preço deste produto já está na linha {}.")
    for name in _PRICES:
        if name != "price" and name in entry.said:
            entry.wrong(name, "Só o preço de uma Loja tem promoção. Informe a Loja.")
    if "price" in entry.said:
        entry.change("price", product.price, entry.said["price"] or Decimal("0.00"))


def _plan_price(
    look: Look, entry: Entry, store: Store, product: Product, offers: Sequence[ListingVariant]
) -> Listing | None:
    """Say what a row would do to the price of a product in a store; return the listing, if that changes."""
    entry.label = f"{product} · {store.name}"
    if len(offers) != 1:
        many = f"A Loja {store.name} tem {len(offers)} anúncios do produto {product}. Mude-os na tela."
        none = f"A Loja {store.name} não tem anúncio do produto {product}. Crie-o antes, em Produtos Ecommerce."
        entry.wrong("code" if "code" in entry.said else "reference", many if offers else none)
        return None
    [variant] = offers
    listing = variant.listing
    if refusal := why_not_change(listing):
        entry.wrong("store", refusal)
        return None
    look.seen.is_first(entry, ("variant", variant.pk), "code", "O preço deste produto já está na linha {}.")
    if listing.has_variants:
        _plan_variant(entry, listing, variant)
        return None
    entry.target, entry.target_id = "listing", listing.pk
    entry.facts = {"store_id": store.pk, "product_id": product.pk}
    _change(entry, listing, _PRICES, is_new=False)
    _check_promotion(entry, listing)
    return listing if entry.changes and not entry.errors else None


def _plan_variant(entry: Entry, listing: Listing, variant: ListingVariant) -> None:
    entry.target, entry.target_id = "variant", variant.pk
    for name in _PRICES:
        if name not in entry.said:
            continue
        if name in _DAYS:
            entry.wrong(name, "Este produto é uma variação, e as datas são do anúncio todo. Mude-as na tela dele.")
        else:
            entry.change(name, getattr(variant, name), entry.said[name])
            setattr(variant, name, entry.said[name])
    variant.listing = listing
    price, promotional = price_of(listing, variant), promotional_price_of(listing, variant)
    if promotional is not None and promotional >= price and not listing.is_price_on_request:
        name = "promotional_price" if "promotional_price" in entry.said else "price"
        entry.wrong(name, "O preço promocional deve ser menor que o preço.")
    if price <= 0 and not (listing.is_draft or listing.is_price_on_request):
        entry.wrong("price", "O anúncio está publicado e ficaria sem preço. Informe um preço.")
