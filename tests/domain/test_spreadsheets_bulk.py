"""Editar em lote: a selection becomes a sheet, which is looked at and applied like any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.catalog.models import Category, Listing, ListingVariant, Product
from ahead.catalog.variant_operations import generate_variants
from ahead.lib.errors import Refused
from ahead.spreadsheets import bulk
from ahead.spreadsheets.bulk_changes import Change, check_change, fields_at_once, ways_to_change
from ahead.spreadsheets.models import SheetImport
from ahead.stores.models import Store
from listing_making import at_tray, is_marked
from sheet_making import BY, NOW, applied, changes_of, counts_of, rows_of, typed, worked_on, wrong_in
from sheet_making import sent as sent_sheet

pytestmark = pytest.mark.django_db
MakeListing = Callable[..., Listing]
MakeProduct = Callable[..., Product]


def products(company: Company, *changes: Change, **wanted: Any) -> SheetImport:
    """Begin to change products at once, and look through it."""
    return worked_on(bulk.begin_products(company=company, wanted=wanted, changes=changes, by=BY, now=NOW))


def listings(company: Company, *changes: Change, **wanted: Any) -> SheetImport:
    """Begin to change listings at once, and look through it."""
    return worked_on(bulk.begin_listings(company=company, wanted=wanted, changes=changes, by=BY, now=NOW))


def again(listing: Listing) -> Listing:
    return Listing.objects.of(listing.company_id).get(pk=listing.pk)


class TestProducts:
    def test_those_that_match_are_changed_and_no_others(self, padaria: Company, make_product: MakeProduct) -> None:
        for code, brand in (("A", "Boa"), ("B", "Boa"), ("C", "Boa")):
            make_product(padaria, code=code, name=f"Caneca {code}", brand=brand, price="10.05")
        make_product(padaria, code="D", name="Prato", price="10.05")
        sheet = products(
            padaria, Change("ncm", "set", "69120000"), Change("brand", "empty"), Change("price", "raise", "10"),
            search="Caneca",
        )  # fmt: skip
        assert counts_of(sheet) == (0, 3, 0, 0)
        assert sheet.name == "Em lote: NCM, Marca, Preço"
        assert changes_of(rows_of(sheet))[0] == {
            "ncm": ["", "69120000"], "brand": ["Boa", ""], "price": ["10.05", "11.06"],
        }  # fmt: skip
        assert not Product.objects.of(padaria).filter(ncm="69120000").exists(), "it is looked at first"
        assert applied(sheet).state == SheetImport.State.APPLIED
        said = Product.objects.of(padaria).order_by("code").values_list("ncm", "brand", "price")
        assert list(said) == [("69120000", "", Decimal("11.06"))] * 3 + [("", "", Decimal("10.05"))]

    def test_a_price_is_made_of_what_the_product_will_cost(self, padaria: Company, make_product: MakeProduct) -> None:
        make_product(padaria, code="A", cost="10", price="12")
        sheet = products(padaria, Change("price", "above", "50"), Change("cost", "raise", "20"))
        assert changes_of(rows_of(sheet)) == [{"cost": ["10.00", "12.00"], "price": ["12.00", "18.00"]}]

    def test_what_the_rules_refuse_is_named_row_by_row(self, padaria: Company, make_product: MakeProduct) -> None:
        make_product(padaria, code="A", price="0.01")
        make_product(padaria, code="B", price="9999999999.99")
        sheet = products(padaria, Change("price", "raise", "100"))
        assert counts_of(sheet) == (0, 1, 0, 1)
        assert wrong_in(sheet)[0][0] == "B3"

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (Change("ncm", "set", "12"), "8 dígitos"),
            (Change("ncm", "set"), "para que valor"),
            (Change("brand", "set", "-"), "na lista ao lado"),
            (Change("ncm", "raise", "10"), "não pode ser feito"),
            (Change("price", "lower", "100"), "menor que 100"),
            (Change("price", "raise", "-5"), "maior que 0"),
            (Change("price", "raise", ""), "porcentagem"),
            (Change("unit", "empty"), "não pode ser feito"),
            (Change("is_active", "set", "talvez"), "sim ou não"),
        ],
    )
    def test_what_cannot_be_done_is_refused_before_anything_is_kept(
        self, padaria: Company, make_product: MakeProduct, change: Change, said: str
    ) -> None:
        make_product(padaria)
        with pytest.raises(Refused, match=said):
            bulk.begin_products(company=padaria, wanted={}, changes=[change], by=BY, now=NOW)
        assert not SheetImport.objects.of(padaria).exists()

    def test_nothing_selected_and_nothing_to_change_are_refused(
        self, padaria: Company, outra: Company, make_product: MakeProduct
    ) -> None:
        foreign = make_product(outra)
        with pytest.raises(Refused, match="Nada foi selecionado"):
            products(padaria, Change("brand", "empty"), ids=[foreign.pk])
        make_product(padaria)
        with pytest.raises(Refused, match="Diga o que mudar"):
            products(padaria)

    def test_what_two_products_may_not_share_is_not_offered(self) -> None:
        offered = {column.field for column in fields_at_once("products")}
        assert not offered & {"code", "name", "reference", "gtin"}
        assert {"ncm", "brand", "weight_g", "cost", "price", "is_active"} <= offered
        for kind in ("products", "listings"):
            for column in fields_at_once(kind):
                if "empty" in ways_to_change(kind, column):
                    check_change(kind, Change(column.field, "empty"))


class TestListings:
    def test_what_a_store_says_is_changed_for_all_of_them(
        self, padaria: Company, loja: Store, roupas: Category, make_product: MakeProduct, make_listing: MakeListing
    ) -> None:
        first = at_tray(make_listing())
        second = make_listing(make_product(padaria, code="OUTRO", price="80"), price=Decimal(70), is_draft=True)
        sheet = listings(
            padaria,
            Change("promotional_price", "below", "10"),
            Change("price", "raise", "10"),
            Change("promotion_starts_on", "set", "01/12/2026"),
            Change("promotion_ends_on", "set", "24/12/2026"),
            Change("category_id", "set", "roupas"),
            Change("is_visible", "set", "não"),
            Change("safety_stock", "set", "3"),
        )
        assert wrong_in(sheet) == []
        assert applied(sheet).state == SheetImport.State.APPLIED
        one, other = again(first), again(second)
        assert (one.price, one.promotional_price) == (Decimal("54.89"), Decimal("49.40"))
        assert (other.price, other.promotional_price) == (Decimal("77.00"), Decimal("69.30"))
        assert (one.promotion_starts_on, other.promotion_ends_on) == (date(2026, 12, 1), date(2026, 12, 24))
        assert (one.is_visible, other.category_id) == (False, roupas.pk)
        assert set(ListingVariant.objects.of(padaria).values_list("safety_stock", flat=True)) == {3}
        assert is_marked(first)

        ended = applied(listings(padaria, Change("promotional_price", "empty"), Change("safety_stock", "empty")))
        assert ended.state == SheetImport.State.APPLIED
        one = again(first)
        assert (one.promotional_price, one.promotion_starts_on, one.promotion_ends_on) == (None, None, None)
        assert set(ListingVariant.objects.of(padaria).values_list("safety_stock", flat=True)) == {None}

    def test_variations_with_a_price_of_their_own_change_with_their_listing(
        self, padaria: Company, make_listing: MakeListing, who: dict[str, Any]
    ) -> None:
        listing = make_listing(is_draft=True, price=Decimal(50))
        generate_variants(listing_id=listing.pk, axes=("Cor", ""), values_1=["Preta", "Branca"], **who)
        dearer = listing.variants.order_by("position")[0]
        ListingVariant.objects.of(padaria).filter(pk=dearer.pk).update(price=Decimal(60))
        sheet = applied(listings(padaria, Change("price", "raise", "10")))
        assert (sheet.state, sheet.rows) == (SheetImport.State.APPLIED, 2)
        assert again(listing).price == Decimal("55.00")
        prices = list(listing.variants.order_by("position").values_list("price", flat=True))
        assert prices == [Decimal("66.00"), None]

    def test_without_a_price_of_the_listing_each_variation_is_changed_from_its_product_s(
        self, padaria: Company, make_listing: MakeListing, who: dict[str, Any]
    ) -> None:
        listing = make_listing(is_draft=True)
        generate_variants(listing_id=listing.pk, axes=("Cor", ""), values_1=["Preta", "Branca"], **who)
        applied(listings(padaria, Change("price", "lower", "50")))
        prices = listing.variants.order_by("position").values_list("price", flat=True)
        assert (again(listing).price, list(prices)) == (None, [Decimal("24.95")] * 2)

    def test_two_listings_of_one_product_are_told_apart(
        self, padaria: Company, camiseta: Product, make_listing: MakeListing
    ) -> None:
        first, second = make_listing(), make_listing(is_draft=True)
        sheet = applied(listings(padaria, Change("availability", "set", "Imediata"), ids=[second.pk]))
        assert counts_of(sheet) == (0, 1, 0, 0)
        assert (again(first).availability, again(second).availability) == ("", "Imediata")

    def test_one_that_the_store_keeps_to_itself_is_named_and_the_others_go_on(
        self, padaria: Company, make_product: MakeProduct, make_listing: MakeListing
    ) -> None:
        seen = at_tray(make_listing())
        Listing.objects.of(padaria).filter(pk=seen.pk).update(is_managed=False)
        ours = make_listing(make_product(padaria, code="OUTRO", price="80"), is_draft=True)
        sheet = listings(padaria, Change("availability", "set", "Imediata"))
        assert counts_of(sheet) == (0, 1, 0, 1)
        assert "só foi visto no Tray" in wrong_in(sheet)[0][1]
        applied(sheet, without_wrong=True)
        assert (again(seen).availability, again(ours).availability) == ("", "Imediata")


class TestCodesOfListings:
    def test_a_code_stands_in_for_the_loja_and_the_product(self, padaria: Company, make_listing: MakeListing) -> None:
        listing = make_listing()
        sheet = sent_sheet(padaria, "listings", typed("Código do anúncio;Título", f"{listing.pk};Camiseta nova"))
        assert applied(sheet).state == SheetImport.State.APPLIED
        assert again(listing).title == "Camiseta nova"

    def test_a_code_that_does_not_go_with_the_rest_of_its_row_is_refused(
        self, padaria: Company, outra: Company, make_listing: MakeListing, make_product: MakeProduct
    ) -> None:
        listing = make_listing()
        make_product(padaria, code="OUTRO")
        content = typed(
            "Código do anúncio;Código AHEAD;Título",
            f"{listing.pk};OUTRO;A", f"{listing.pk + 999};CAM-BAS;B", f"{listing.pk};CAM-BAS;C",
        )  # fmt: skip
        sheet = sent_sheet(padaria, "listings", content)
        assert [place for place, _ in wrong_in(sheet)] == ["B2", "A3"]
        assert counts_of(sheet) == (0, 1, 0, 2)

    def test_the_safety_stock_of_a_new_listing_is_that_of_its_variant(
        self, padaria: Company, loja: Store, camiseta: Product
    ) -> None:
        content = typed("Loja;Código AHEAD;Estoque de segurança", "Loja do Sol;CAM-BAS;7")
        assert applied(sent_sheet(padaria, "listings", content)).state == SheetImport.State.APPLIED
        assert ListingVariant.objects.of(padaria).get().safety_stock == 7
        wrong = wrong_in(sent_sheet(padaria, "listings", content.replace(b";7", b";1000001")))
        assert [place for place, _ in wrong] == ["C2"]
