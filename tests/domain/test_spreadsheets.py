"""Planilhas: what each kind of sheet would do is shown first, then done all at once or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.catalog.kit_operations import set_components
from ahead.catalog.kit_rules import Component
from ahead.catalog.models import Product
from ahead.catalog.operations import create_product, update_product
from ahead.spreadsheets import operations, queries
from ahead.spreadsheets.exporting import header, product_cells
from ahead.spreadsheets.models import SheetFile, SheetImport, SheetRow
from ahead.spreadsheets.operations import CannotApply
from ahead.spreadsheets.rules import WrongFile
from ahead.spreadsheets.working import work_on
from ahead.stock.models import Balance, Movement, Warehouse
from ahead.stock.operations import count_stock
from sheet_making import (
    BY,
    NOW,
    applied,
    changes_of,
    counts_of,
    csv_of,
    rows_of,
    sent,
    typed,
    worked_on,
    wrong_in,
    xlsx_of,
)

pytestmark = pytest.mark.django_db
MakeProduct = Callable[..., Product]


class TestProducts:
    def test_a_sheet_says_what_it_would_make_and_change_and_does_nothing_yet(
        self, padaria: Company, make_product: MakeProduct
    ) -> None:
        make_product(padaria, code="A", name="Avelã", price="10", brand="Boa")
        make_product(padaria, code="B", name="Bolo", price="20")
        content = typed("Código;Descrição;Preço;Marca", "A;Avelã;12,50;-", "B;Bolo;;", "C;Café;5;")
        sheet = sent(padaria, "products", content)
        assert sheet.state == SheetImport.State.READY
        assert counts_of(sheet) == (1, 1, 1, 0)
        assert changes_of(rows_of(sheet)) == [
            {"brand": ["Boa", ""], "price": ["10.00", "12.50"]},
            {},
            {"code": [None, "C"], "name": [None, "Café"], "price": [None, "5.00"]},
        ]
        assert Product.objects.of(padaria).count() == 2
        assert not SheetFile.objects.of(padaria).exists(), "what was read is not kept twice"

    def test_applied_it_is_all_there_with_its_trail_and_its_listings_marked(
        self, padaria: Company, make_product: MakeProduct
    ) -> None:
        one = make_product(padaria, code="A", price="10", brand="Boa")
        content = typed("Código;Descrição;Preço;Marca;Ativo;Peso", "A;;12,50;-;não;1,5 kg", "C;Café;5;;sim;")
        sheet = applied(sent(padaria, "products", content))
        assert sheet.state == SheetImport.State.APPLIED
        one.refresh_from_db(from_queryset=Product.objects.of(padaria))
        assert (one.price, one.brand, one.is_active, one.weight_g) == (Decimal("12.50"), "", False, 1500)
        made = Product.objects.of(padaria).get(code="C")
        assert (made.name, made.unit, made.price) == ("Café", "UN", Decimal("5.00"))
        trail = Event.objects.of(padaria).filter(subject_kind="product", subject_id=one.pk).latest("at", "pk")
        assert trail.facts["before"]["price"] == "10.00"
        assert trail.by == BY

    @pytest.mark.parametrize(
        ("heading", "cell", "said"),
        [
            ("Descrição", "x" * 201, "no máximo 200 letras"),
            ("Descrição", "-", "Informe o campo Descrição"),
            ("GTIN", "7891000100104", "O GTIN não é válido"),
            ("NCM", "123", "8 dígitos"),
            ("Unidade", "QUILOGRAMA", "no máximo 6 letras"),
            ("Peso", "1.200 kg", "dois modos"),
            ("Peso", "-1", "peso com a unidade"),
            ("Altura", "1,5", "não é um número inteiro"),
            ("Altura", "99999", "em centímetros"),
            ("Custo", "-3", "a partir de zero"),
            ("Preço", "12,999", "duas casas decimais"),
            ("Preço", "1.500", "dois modos"),
            ("Preço", "caro", "não é um número"),
            ("Ativo", "talvez", "sim nem não"),
            ("Ativo", "-", "não pode ficar vazio"),
            ("Referência", "DO-OUTRO", "já tem a referência"),
        ],
    )
    def test_each_wrong_cell_is_named_with_the_reason_of_the_forms(
        self, padaria: Company, make_product: MakeProduct, heading: str, cell: str, said: str
    ) -> None:
        make_product(padaria, code="A")
        make_product(padaria, code="B", reference="DO-OUTRO")
        sheet = sent(padaria, "products", typed(f"Código AHEAD;Nota;{heading}", f"A;;{cell}"))
        [(place, text)] = wrong_in(sheet)
        assert place == "C2"
        assert said in text
        assert counts_of(sheet) == (0, 0, 0, 1)

    def test_a_row_without_its_code_and_one_that_is_there_twice(self, padaria: Company) -> None:
        content = typed("Descrição;Código", "Sem código;", "Café;C", "Outro café;C")
        assert wrong_in(sent(padaria, "products", content)) == [
            ("B2", "Informe o campo Código AHEAD."),
            ("B4", "Este código já está na linha 3."),
        ]

    def test_a_new_one_needs_its_name(self, padaria: Company) -> None:
        assert wrong_in(sent(padaria, "products", typed("Código;Preço", "N;1"))) == [
            ("Linha 2", "Este produto é novo: informe o campo Descrição.")
        ]

    def test_a_component_of_a_kit_in_use_stays_in_use(self, padaria: Company, make_product: MakeProduct) -> None:
        part = make_product(padaria, code="P")
        kit = make_product(padaria, code="K", is_kit=True)
        set_components(company=padaria, product_id=kit.pk, components=[Component(part.pk, 2)], by=BY, now=NOW)
        [(place, text)] = wrong_in(sent(padaria, "products", typed("Código;Ativo", "P;não")))
        assert place == "B2"
        assert "é componente de" in text


class TestWrongRows:
    def test_they_hold_the_whole_sheet_unless_somebody_leaves_them_out(
        self, padaria: Company, make_product: MakeProduct
    ) -> None:
        one = make_product(padaria, code="A", price="1")
        sheet = sent(padaria, "products", typed("Código;Preço", "A;2", "A;3"))
        with pytest.raises(CannotApply, match="linhas com erro"):
            applied(sheet)
        sheet = applied(sheet, without_wrong=True)
        assert sheet.state == SheetImport.State.APPLIED
        assert sheet.wrong == 1
        one.refresh_from_db(from_queryset=Product.objects.of(padaria))
        assert one.price == 2

    def test_a_sheet_that_changes_nothing_is_not_applied(self, padaria: Company, make_product: MakeProduct) -> None:
        make_product(padaria, code="A", price="1")
        with pytest.raises(CannotApply, match="não muda nada"):
            applied(sent(padaria, "products", typed("Código;Preço", "A;1")))


class TestNothingIsHalfApplied:
    def test_a_product_that_was_changed_meanwhile_stops_all_and_the_sheet_is_looked_at_again(
        self, padaria: Company, make_product: MakeProduct
    ) -> None:
        products = [make_product(padaria, code=code, price="10") for code in "AB"]
        sheet = sent(padaria, "products", typed("Código;Preço", "A;11", "B;12", "C;13"))
        assert counts_of(sheet)[3] == 1
        update_product(company=padaria, product_id=products[1].pk, price="99", by=BY, now=NOW)
        sheet = applied(sheet, without_wrong=True)
        assert sheet.state == SheetImport.State.READY
        assert "mudou depois da conferência" in sheet.note
        prices = Product.objects.of(padaria).order_by("code").values_list("price", flat=True)
        assert list(prices) == [Decimal("10.00"), Decimal("99.00")]
        assert rows_of(sheet)[1].changes == {"price": ["99.00", "12.00"]}, "what is shown is what there is now"
        assert applied(sheet, without_wrong=True).state == SheetImport.State.APPLIED

    def test_a_code_that_was_taken_meanwhile_stops_all(self, padaria: Company, make_product: MakeProduct) -> None:
        one = make_product(padaria, code="A", price="10")
        sheet = sent(padaria, "products", typed("Código;Descrição;Preço", "A;;11", "N;Novo;12"))
        create_product(company=padaria, code="N", name="Novo de outro", by=BY, now=NOW)
        sheet = applied(sheet)
        assert sheet.state == SheetImport.State.READY
        one.refresh_from_db(from_queryset=Product.objects.of(padaria))
        assert one.price == 10
        assert rows_of(sheet)[1].state == SheetRow.State.CHANGED

    def test_worked_on_twice_it_is_applied_once(self, padaria: Company, deposito: Warehouse) -> None:
        create_product(company=padaria, code="A", name="Avelã", by=BY, now=NOW)
        sheet = applied(sent(padaria, "stock", typed("Estoque;Código;Contagem", "Depósito;A;5")))
        work_on(sheet.pk, now=lambda: NOW)
        assert Movement.objects.of(padaria).count() == 1

    def test_a_look_that_begins_again_leaves_the_rows_once(self, padaria: Company) -> None:
        sheet = sent(padaria, "products", typed("Código;Descrição", "A;Avelã", "B;Bolo"))
        SheetImport.objects.of(padaria).update(state=SheetImport.State.READING)
        assert counts_of(worked_on(sheet)) == (2, 0, 0, 0)
        assert len(rows_of(sheet)) == 2


class TestStock:
    def test_counts_are_booked_as_differences_with_their_reason(
        self, padaria: Company, deposito: Warehouse, make_product: MakeProduct
    ) -> None:
        one, two = make_product(padaria, code="A", on_hand=7), make_product(padaria, code="B")
        content = typed("Estoque;Código;Contagem", "depósito;A;5", "1;B;3,0")
        sheet = applied(sent(padaria, "stock", content, reason="Inventário de novembro"))
        assert sheet.state == SheetImport.State.APPLIED
        moved = Movement.objects.of(padaria).filter(kind="count").order_by("product__code")
        assert [(m.product_id, m.quantity, m.on_hand_after, m.reason) for m in moved] == [
            (one.pk, -2, 5, "Inventário de novembro"),
            (two.pk, 3, 3, "Inventário de novembro"),
        ]
        assert list(Balance.objects.of(padaria).order_by("product__code").values_list("on_hand", flat=True)) == [5, 3]

    def test_a_balance_that_moved_meanwhile_stops_all(
        self, padaria: Company, deposito: Warehouse, make_product: MakeProduct
    ) -> None:
        one, two = (make_product(padaria, code=code, on_hand=7) for code in "AB")
        sheet = sent(padaria, "stock", typed("Estoque;Código;Contagem", "Depósito;A;5", "Depósito;B;6"))
        count_stock(company=padaria, product_id=two.pk, warehouse_id=deposito.pk, counted=1, by=BY, now=NOW)
        sheet = applied(sheet)
        assert sheet.state == SheetImport.State.READY
        assert "mudou depois da conferência" in sheet.note
        assert Balance.objects.of(padaria).get(product=one).on_hand == 7

    def test_wrong_cells_are_named(self, padaria: Company, deposito: Warehouse, make_product: MakeProduct) -> None:
        make_product(padaria, code="A")
        make_product(padaria, code="K", is_kit=True)
        content = typed(
            "Estoque;Código;Contagem", "Porão;A;1", ";A;1", "Depósito;X;1", "Depósito;K;1", "Depósito;A;-1",
            "Depósito;A;2",
        )  # fmt: skip
        wrong = wrong_in(sent(padaria, "stock", content))
        assert [place for place, _ in wrong] == ["A2", "A3", "B4", "B5", "C6", "B7"]
        assert "Há: Depósito" in wrong[0][1]


@pytest.mark.parametrize(
    ("content", "said"),
    [(typed("Nome;Valor", "a;b"), "coluna Código AHEAD"), (typed("Código;Preço"), "só tem a linha dos títulos")],
)
def test_a_file_that_is_no_such_sheet_says_so_and_leaves_nothing(padaria: Company, content: bytes, said: str) -> None:
    sheet = sent(padaria, "products", content)
    assert sheet.state == SheetImport.State.FAILED
    assert said in sheet.note
    assert rows_of(sheet) == []


def test_an_empty_file_is_refused_at_once(padaria: Company) -> None:
    with pytest.raises(WrongFile, match="vazio"):
        sent(padaria, "products", b"")


def test_a_sheet_of_another_company_is_not_there(padaria: Company, outra: Company) -> None:
    sheet = sent(padaria, "products", typed("Código;Descrição", "A;Avelã"))
    with pytest.raises(SheetImport.DoesNotExist):
        operations.ask_apply(company=outra, sheet_id=sheet.pk, by=BY, now=NOW)


def test_a_code_of_another_company_is_new_here(padaria: Company, outra: Company, make_product: MakeProduct) -> None:
    theirs = make_product(outra, code="A", price="1")
    applied(sent(padaria, "products", typed("Código;Descrição;Preço", "A;Avelã;2")))
    theirs.refresh_from_db(from_queryset=Product.objects.of(outra))
    assert theirs.price == 1
    assert Product.objects.of(padaria).get(code="A").price == 2


class TestEnding:
    def test_what_was_thrown_away_is_not_applied(self, padaria: Company) -> None:
        sheet = sent(padaria, "products", typed("Código;Descrição", "A;Avelã"))
        operations.discard(company=padaria, sheet_id=sheet.pk, by=BY, now=NOW)
        with pytest.raises(CannotApply):
            applied(sheet)

    def test_what_was_applied_is_not_thrown_away(self, padaria: Company) -> None:
        sheet = applied(sent(padaria, "products", typed("Código;Descrição", "A;Avelã")))
        with pytest.raises(CannotApply):
            operations.discard(company=padaria, sheet_id=sheet.pk, by=BY, now=NOW)

    def test_rows_of_old_ones_go_but_for_the_wrong_ones(self, padaria: Company) -> None:
        content = typed("Código;Descrição", "A;Avelã", "A;Outra")
        sheet = applied(sent(padaria, "products", content), without_wrong=True)
        waiting = sent(padaria, "products", typed("Código;Descrição", "B;Bolo"))
        assert operations.purge_old(now=NOW + timedelta(days=29)) == 0
        assert operations.purge_old(now=NOW + timedelta(days=31)) == 2
        assert operations.purge_old(now=NOW + timedelta(days=31)) == 0
        assert [row.state for row in rows_of(sheet)] == [SheetRow.State.WRONG]
        assert queries.sheet(padaria, sheet.pk).new == 1, "its counts stay"
        assert queries.sheet(padaria, waiting.pk).state == SheetImport.State.DISCARDED


class TestSelections:
    def test_rows_made_from_a_selection_go_the_same_way(self, padaria: Company, make_product: MakeProduct) -> None:
        make_product(padaria, code="A", price="10")
        sheet = operations.begin_bulk(
            company=padaria, kind="products", name="Preço", header=["Código AHEAD", "Preço"], rows=[["A", "11,00"]],
            by=BY, now=NOW,
        )  # fmt: skip
        sheet = worked_on(sheet)
        assert counts_of(sheet) == (0, 1, 0, 0)
        assert applied(sheet).state == SheetImport.State.APPLIED
        assert Product.objects.of(padaria).get(code="A").price == 11


WORDS = st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="\0"), min_size=1, max_size=20)
CENTS = st.decimals(min_value=0, max_value=10**9, places=2)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])  # each begins without products
@given(
    fields=st.fixed_dictionaries(
        {
            "code": WORDS,
            "name": WORDS,
            "brand": WORDS | st.just(""),
            "reference": WORDS | st.just(""),
            "price": CENTS,
            "cost": CENTS,
            "weight_g": st.integers(0, 10_000_000),
            "height_cm": st.integers(0, 10_000),
        }
    )
)
def test_what_was_taken_along_and_sent_again_changes_nothing(padaria: Company, fields: dict[str, object]) -> None:
    Product.objects.of(padaria).delete()
    product = create_product(company=padaria, by=BY, now=NOW, **fields)  # type: ignore[arg-type]
    for made in (csv_of, xlsx_of):
        sheet = sent(padaria, "products", made(header("products"), product_cells(product)))
        assert (wrong_in(sheet), counts_of(sheet)) == ([], (0, 0, 1, 0))


def test_instants_of_a_sheet_are_given(padaria: Company, now: datetime) -> None:
    sheet = sent(padaria, "products", typed("Código;Descrição", "A;Avelã"), now=now)
    assert sheet.at == now
