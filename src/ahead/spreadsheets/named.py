"""Anúncios and variations that rows of a sheet name by AHEAD's own codes, in place of a Loja and a product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ahead.accounts.models import Company
from ahead.catalog.models import Listing, ListingVariant
from ahead.spreadsheets.entries import Entry
from ahead.spreadsheets.looking import Look

Variants = Mapping[int, Sequence[ListingVariant]]  # by listing


@dataclass(frozen=True)
class Named:
    """What the rows of a batch name."""

    listings: Mapping[int, Listing]
    variants: Mapping[int, ListingVariant]

    @classmethod
    def by(cls, look: Look, entries: Iterable[Entry]) -> Named:
        """Return what rows name, in two queries."""
        said = list(entries)
        rows = Listing.objects.of(look.company).select_related("store")
        listings = rows.in_bulk({entry.said["listing"] for entry in said if "listing" in entry.said})
        wanted = {entry.said["variant"] for entry in said if "variant" in entry.said}
        of_rows = ListingVariant.objects.of(look.company).filter(removed_at=None)
        return cls(listings, of_rows.select_related("listing__store", "product").in_bulk(wanted) if wanted else {})

    def listing(self, look: Look, entry: Entry, variants: Variants) -> Listing | None:
        """Return the listing whose code a row says, or note that there is none, or that it is another one's."""
        listing = self.listings.get(entry.said["listing"])
        if listing is None:
            entry.wrong("listing", f"Não há anúncio com o código {entry.said['listing']} nesta empresa.")
            return None
        if "store" in entry.said and look.store(entry) != listing.store and not entry.is_wrong("store"):
            entry.wrong("store", f"O anúncio {listing.pk} é da Loja {listing.store.name}. Corrija a Loja ou o código.")
        codes = [one.product.code for one in variants.get(listing.pk, ()) if one.product]
        if "code" in entry.said and entry.said["code"] not in codes:
            sold = ", ".join(codes[:3]) or "produto nenhum"
            entry.wrong("code", f"O anúncio {listing.pk} é de {sold}. Corrija um dos dois códigos.")
        return listing if not entry.errors else None

    def variant(self, entry: Entry) -> ListingVariant | None:
        """Return the variation whose code a row says, or note that there is none."""
        variant = self.variants.get(entry.said["variant"])
        if variant is None:
            entry.wrong("variant", f"Não há variação com o código {entry.said['variant']} nesta empresa.")
        return variant


def variants_by_listing(company: Company, listing_ids: Iterable[int]) -> Variants:
    """Return the variants of listings that are not on their way out, with their products, in their order."""
    rows = ListingVariant.objects.of(company).filter(listing__in=list(listing_ids), removed_at=None)
    found: defaultdict[int, list[ListingVariant]] = defaultdict(list)
    for row in rows.select_related("product").order_by("position", "pk"):
        found[row.listing_id].append(row)
    return found
