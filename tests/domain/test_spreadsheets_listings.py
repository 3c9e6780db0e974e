"""Planilhas of Produtos Ecommerce and of Preços: what a Loja says of a product, and what it costs there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.catalog.category_queries import category_tree
from ahead.catalog.models import Category, Listing, Product
from ahead.catalog.variant_operations import generate_variants
from ahead.spreadsheets.exporting import header, listing_cells
from ahead.spreadsheets.looking import written
from ahead.spreadsheets.models import SheetImport, SheetRow
from ahead.stores.models import Store
from category_making import make_category
from listing_making import at_tray, is_marked
from sheet_making import BY, NOW, applied, changes_of, counts_of, csv_of, rows_of, sent, typed, wrong_in, xlsx_of

pytestmark = pytest.mark.django_db
MakeListing = Callable[..., Listing]
MakeProduct = Callable[..., Product]


def again(listing: Listing) -> Listing:
    return Listing.objects.of(listing.company_id).get(pk=listing.pk)


class TestListings:
    def test_a_row_of_a_product_that_is_not_sold_there_makes_a_draft(
        self, padaria: Company, loja: Store, roupas: Category, camiseta: Product
    ) -> None:
        below = make_category(loja, "Básicas", roupas)
        content = typed("Loja;Código AHEAD;Categoria;Preço;Visível", "loja do sol;CAM-BAS;roupas > BASICAS;59,90;não")
        sheet = sent(padaria, "listings", content)
        assert counts_of(sheet) == (1, 0, 0, 0)
        assert rows_of(sheet)[0].changes["category_id"] == [None, [below.pk, "Roupas > Básicas"]]
        assert applied(sheet).state == SheetImport.State.APPLIED
        made = Listing.objects.of(padaria).get()
        assert (made.is_draft, made.is_managed, made.title, made.reference) == (True, True, "Camiseta básica", "CB")
        assert (made.category_id, made.price, made.is_visible) == (below.pk, Decimal("59.90"), False)
        [variant] = made.variants.all()
        assert (variant.product_id, variant.reference, variant.linked_by) == (camiseta.pk, "CB", BY)
        assert made.publication is not None

    def test_what_is_there_is_changed_and_marked(
        self, padaria: Company, loja: Store, make_listing: MakeListing
    ) -> None:
        listing = at_tray(make_listing(title="Camiseta"))
        content = typed(
            "Loja;Código AHEAD;Título;Preço promocional;Promoção de;Promoção até;Dias para envio",
            f"{loja.code};CAM-BAS;Camiseta nova;39,90;01/12/2026;24/12/2026;3",
        )
        sheet = sent(padaria, "listings", content)
        assert counts_of(sheet) == (0, 1, 0, 0)
        assert not is_marked(listing)
        applied(sheet)
        one = again(listing)
        assert (one.title, one.promotional_price, one.availability_days) == ("Camiseta nova", Decimal("39.90"), 3)
        assert (one.promotion_starts_on, one.promotion_ends_on) == (date(2026, 12, 1), date(2026, 12, 24))
        assert is_marked(listing)

    @pytest.mark.parametrize(
        ("heading", "cell", "said"),
        [
            ("Título", "-", "Informe o campo Título"),
            ("Categoria", "Roupas > Festa", "não tem a categoria «Roupas > Festa»"),
            ("Categoria", "-", "Escolha a categoria"),
            ("Preço", "0", "informe o preço"),
            ("Preço promocional", "39,90", "as duas datas"),
            ("Promoção até", "31/02/2026", "não é uma data"),
            ("Visível", "quem sabe", "sim nem não"),
            ("Dias para envio", "400", "de 0 a 365"),
            ("Descrição", "<p>" + "x" * 4800 + "</p>", "aceita até 4.800"),
            ("Palavras-chave", "x" * 257, "no máximo 256"),
        ],
    )
    def test_each_wrong_cell_of_a_published_one_is_named(
        self, padaria: Company, make_listing: MakeListing, heading: str, cell: str, said: str
    ) -> None:
        make_listing()
        content = typed(f"Loja;Código AHEAD;{heading}", f"Loja do Sol;CAM-BAS;{cell}")
        sheet = sent(padaria, "listings", content)
        [(place, text)] = wrong_in(sheet)
        assert said.casefold() in text.casefold()
        expected = "Linha 2" if heading == "Preço promocional" else "C2"
        assert place == expected

    def test_one_that_was_only_seen_at_tray_and_a_product_out_of_use_are_left_alone(
        self, padaria: Company, loja: Store, camiseta: Product, make_product: MakeProduct, make_listing: MakeListing
    ) -> None:
        listing = at_tray(make_listing())
        Listing.objects.of(padaria).filter(pk=listing.pk).update(is_managed=False)
        old = make_product(padaria, code="VELHO")
        Product.objects.of(padaria).filter(pk=old.pk).update(is_active=False)
        content = typed("Loja;Código AHEAD;Título", "Loja do Sol;CAM-BAS;Outro", "Loja do Sol;VELHO;Novo", "Lua;X;Y")
        wrong = wrong_in(sent(padaria, "listings", content))
        assert [place for place, _ in wrong] == ["B2", "B3", "A4", "B4"]
        assert "só foi visto no Tray" in wrong[0][1]
        assert "desativado" in wrong[1][1]

    def test_what_was_taken_along_and_sent_again_changes_nothing(
        self, padaria: Company, loja: Store, roupas: Category, make_listing: MakeListing
    ) -> None:
        listing = make_listing(
            title="-10% na camiseta", description="<p>Boa &amp; <b>bonita</b></p>", price=Decimal("49.90"),
            promotional_price=Decimal("39.90"), promotion_starts_on=date(2026, 12, 1),
            promotion_ends_on=date(2026, 12, 24), availability="Imediata",
        )  # fmt: skip
        paths = {row.category.pk: written(row.path) for row in category_tree(loja)}
        cells = listing_cells(listing, list(listing.variants.select_related("product")), paths)
        for made in (csv_of, xlsx_of):
            sheet = sent(padaria, "listings", made(header("listings"), cells))
            assert (wrong_in(sheet), counts_of(sheet)) == ([], (0, 0, 1, 0)), changes_of(rows_of(sheet))

    def test_one_that_was_changed_meanwhile_stops_all(self, padaria: Company, make_listing: MakeListing) -> None:
        listing = make_listing(title="Camiseta")
        sheet = sent(padaria, "listings", typed("Loja;Código AHEAD;Título", "Loja do Sol;CAM-BAS;Nova"))
        Listing.objects.of(padaria).filter(pk=listing.pk).update(title="De outro")
        sheet = applied(sheet)
        assert sheet.state == SheetImport.State.READY
        assert again(listing).title == "De outro"


class TestPrices:
    def test_without_a_loja_it_is_the_product_s_own(
        self, padaria: Company, camiseta: Product, make_listing: MakeListing
    ) -> None:
        listing = at_tray(make_listing())
        sheet = sent(padaria, "prices", typed("Loja;Referência;Preço", ";CB;59,90"))
        assert changes_of(rows_of(sheet)) == [{"price": ["49.90", "59.90"]}]
        applied(sheet)
        assert Product.objects.of(padaria).get(pk=camiseta.pk).price == Decimal("59.90")
        assert is_marked(listing)

    def test_with_a_loja_it_is_that_listing_s_and_a_dash_gives_it_back_to_the_product(
        self, padaria: Company, make_listing: MakeListing
    ) -> None:
        listing = make_listing(price=Decimal("55.00"))
        applied(sent(padaria, "prices", typed("Loja;Código;Preço", "Loja do Sol;CAM-BAS;52")))
        assert again(listing).price == 52
        applied(sent(padaria, "prices", typed("Loja;Código;Preço", "Loja do Sol;CAM-BAS;-")))
        assert again(listing).price is None

    def test_a_variation_has_a_price_of_its_own(
        self, padaria: Company, make_listing: MakeListing, who: dict[str, Any]
    ) -> None:
        listing = make_listing(is_draft=True)
        generate_variants(listing_id=listing.pk, axes=("Cor", ""), values_1=["Preta"], **who)
        content = typed("Loja;Código;Preço;Preço promocional", "Loja do Sol;CAM-BAS-PRETA;70;60")
        sheet = applied(sent(padaria, "prices", content))
        assert sheet.state == SheetImport.State.APPLIED
        variant = listing.variants.get()
        assert (variant.price, variant.promotional_price) == (Decimal("70.00"), Decimal("60.00"))
        assert wrong_in(sent(padaria, "prices", content.replace(b";60", b";80"))) == [
            ("D2", "O preço promocional deve ser menor que o preço.")
        ]

    def test_wrong_cells_are_named(
        self, padaria: Company, camiseta: Product, loja: Store, make_product: MakeProduct
    ) -> None:
        make_product(padaria, code="SEM")
        content = typed(
            "Loja;Código;Referência;Preço;Preço promocional",
            "Lua;CAM-BAS;;1;", "Loja do Sol;SEM;;1;", ";;;1;", ";;ZZ;1;", ";CAM-BAS;;;5",
        )  # fmt: skip
        wrong = wrong_in(sent(padaria, "prices", content))
        assert [place for place, _ in wrong] == ["A2", "B3", "B4", "C5", "E6"]
        assert "não tem anúncio" in wrong[1][1]

    def test_a_price_that_would_undo_the_promotion_is_refused(
        self, padaria: Company, make_listing: MakeListing
    ) -> None:
        make_listing(
            price=Decimal(50), promotional_price=Decimal(40), promotion_starts_on=NOW.date(),
            promotion_ends_on=NOW.date(),
        )  # fmt: skip
        sheet = sent(padaria, "prices", typed("Loja;Código;Preço", "Loja do Sol;CAM-BAS;39"))
        assert [row.state for row in rows_of(sheet)] == [SheetRow.State.WRONG]
