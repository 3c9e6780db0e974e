"""The variations of a Produto Ecommerce: combined, changed in place, removed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.catalog import variant_operations as variants
from ahead.catalog.listing_rules import WrongListing
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.catalog.publishable import missing_of
from ahead.catalog.rules import Moved, WrongProduct
from listing_making import SIZES, at_tray, is_marked

pytestmark = pytest.mark.django_db

ANA = "ana@padaria.example"
Make = Callable[..., Listing]


class TestVarying:
    def generate(self, listing: Listing, who: dict[str, Any], **fields: Any) -> int:
        given: dict[str, Any] = {"axes": ("Cor", "Tamanho"), "values_1": ["Preta", "Branca"], "values_2": ["P", "M"]}
        return variants.generate_variants(listing_id=listing.pk, **{**given, **fields}, **who)

    def entry(self, variant: ListingVariant, **changes: Any) -> variants.VariantEntry:
        facts = {
            "variant_id": variant.pk,
            "product_id": variant.product_id,
            "value_1": variant.value_1,
            "value_2": variant.value_2,
            "reference": variant.reference,
            "gtin": variant.product.gtin if variant.product else "",
            "price": None,
            "promotional_price": None,
            "safety_stock": None,
        }
        return variants.VariantEntry(**{**facts, **changes})

    def test_makes_each_combination_once_with_a_product_of_its_own(
        self, make_listing: Make, who: dict[str, Any], padaria: Company
    ) -> None:
        listing = make_listing()

        assert self.generate(listing, who) == 4
        assert self.generate(listing, who, values_2=["P", "M", "G"]) == 2
        rows = list(listing.variants.order_by("position"))
        listing.refresh_from_db()
        assert [one.axes for one in rows][:2] == ["Cor: Preta · Tamanho: P", "Cor: Preta · Tamanho: M"]
        assert [one.product.code for one in rows if one.product][:2] == ["CAM-BAS-PRETA-P", "CAM-BAS-PRETA-M"]
        made = rows[0].product
        assert made is not None
        assert (made.reference, made.name, made.weight_g) == ("CB-PRETA-P", "Camiseta básica Preta P", 300)
        assert (made.price, rows[0].tray_ids) == (Decimal("49.90"), None)
        assert missing_of(listing) == []
        assert Product.objects.of(padaria).count() == 7

    def test_takes_products_that_are_there_or_leaves_them_open(
        self, make_listing: Make, who: dict[str, Any], padaria: Company, make_product: Callable[..., Product]
    ) -> None:
        there = make_product(padaria, code="CAM-BAS-PRETA", price=5, **SIZES)
        listing = make_listing()
        self.generate(listing, who, axes=("Cor", ""), values_1=["Preta", "Azul"], values_2=[], makes_products=False)
        listing.refresh_from_db()

        assert [one.product for one in listing.variants.order_by("position")] == [there, None]
        assert listing.is_draft  # it was ready, and lacks a product now
        assert [one.text for one in missing_of(listing)] == ["Variação Azul: escolha o produto."]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"axes": ("", "")},
            {"values_1": []},
            {"values_2": []},
            {"axes": ("Cor", "cor")},
            {"values_1": [str(number) for number in range(101)]},
            {"axes": ("x" * 61, "Tamanho")},
        ],
    )
    def test_refuses_what_are_no_axes(self, make_listing: Make, who: dict[str, Any], wrong: dict[str, Any]) -> None:
        listing = make_listing()
        with pytest.raises(WrongListing):
            self.generate(listing, who, **wrong)
        assert listing.variants.count() == 1

    def test_a_listing_at_tray_without_variations_gets_none(self, make_listing: Make, who: dict[str, Any]) -> None:
        with pytest.raises(WrongListing, match="já está no Tray"):
            self.generate(at_tray(make_listing()), who)

    def test_rows_are_changed_in_place_and_in_their_order(self, make_listing: Make, who: dict[str, Any]) -> None:
        listing = make_listing()
        self.generate(listing, who)
        first, second, *rest = listing.variants.order_by("position")
        is_marked(listing)
        changed = self.entry(second, price=Decimal("39.90"), gtin="789.1000-315507", safety_stock=2, reference="X-1")
        variants.save_variants(listing_id=listing.pk, entries=[changed, self.entry(first)], **who)

        assert list(listing.variants.order_by("position")) == [second, first, *rest]
        second.refresh_from_db()
        assert second.product is not None
        assert (second.price, second.product.gtin, second.safety_stock) == (Decimal("39.90"), "7891000315507", 2)
        assert second.reference == "X-1"
        assert is_marked(listing)

    @pytest.mark.parametrize("changes", [{"price": Decimal("43.89")}, {"gtin": "7891000315507"}])
    def test_a_row_that_changed_since_it_was_read_stays(
        self, make_listing: Make, who: dict[str, Any], changes: dict[str, Any]
    ) -> None:
        listing = make_listing()
        self.generate(listing, who)
        first, second, *_ = listing.variants.order_by("position")
        read = variants.entry_of(second)
        variants.save_variants(listing_id=listing.pk, entries=[self.entry(second, **changes, before=read)], **who)
        rows = [self.entry(first, reference="other"), self.entry(second, before=read)]
        with pytest.raises(Moved, match="Preta / M mudou neste instante"):
            variants.save_variants(listing_id=listing.pk, entries=rows, **who)

        first.refresh_from_db()
        assert first.reference == "CB-PRETA-P"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"gtin": "7891000315508"}, "GTIN"),
            ({"price": Decimal(-1)}, "Preço de Preta / M"),
            ({"promotional_price": Decimal(1)}, "informe antes a promoção"),
            ({"safety_stock": 10**7}, "de Preta / M deve ser de 0 a 1.000.000"),
        ],
    )
    def test_a_wrong_row_changes_nothing(
        self, make_listing: Make, who: dict[str, Any], changes: dict[str, Any], words: str
    ) -> None:
        listing = make_listing()
        self.generate(listing, who)
        first, second, *_ = listing.variants.order_by("position")
        rows = [self.entry(first, reference="other"), self.entry(second, **changes)]
        with pytest.raises((WrongListing, WrongProduct), match=words):
            variants.save_variants(listing_id=listing.pk, entries=rows, **who)

        first.refresh_from_db()
        assert first.reference == "CB-PRETA-P"

    def test_a_product_is_offered_once(self, make_listing: Make, who: dict[str, Any], camiseta: Product) -> None:
        listing = make_listing()
        self.generate(listing, who)
        first, second, *_ = listing.variants.order_by("position")
        with pytest.raises(WrongListing, match="duas variações"):
            variants.save_variants(
                listing_id=listing.pk, entries=[self.entry(second, product_id=first.product_id)], **who
            )
        added = variants.add_variant(listing_id=listing.pk, product_id=camiseta.pk, values=("Azul", "P"), **who)
        assert (added.product, added.reference, added.position) == (camiseta, "CB", 4)
        with pytest.raises(WrongListing, match="duas variações"):
            variants.add_variant(listing_id=listing.pk, product_id=camiseta.pk, values=("Azul", "M"), **who)

    def test_one_at_tray_is_removed_by_the_sync_another_at_once(self, make_listing: Make, who: dict[str, Any]) -> None:
        listing = make_listing()
        self.generate(listing, who, axes=("Cor", ""), values_2=[])
        at_tray(listing)
        self.generate(listing, who, axes=("Cor", ""), values_1=["Azul"], values_2=[])
        old, _, new = listing.variants.order_by("position")

        assert not variants.remove_variant(listing_id=listing.pk, variant_id=old.pk, **who)
        assert variants.remove_variant(listing_id=listing.pk, variant_id=new.pk, **who)
        old.refresh_from_db()
        assert old.removed_at is not None
        assert listing.variants.count() == 2
        assert is_marked(listing)
        with pytest.raises(ListingVariant.DoesNotExist):
            variants.remove_variant(listing_id=listing.pk, variant_id=old.pk, **who)
