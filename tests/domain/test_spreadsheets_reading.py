"""Reading sheets: what people and programs write, and what is no sheet at all."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from ahead.lib.sheets import guarded, unguarded
from ahead.spreadsheets import rules
from ahead.spreadsheets.columns import lay_out
from ahead.spreadsheets.parsing import parse_sheet
from ahead.spreadsheets.rules import WrongCell, WrongFile
from sheet_making import csv_of, read, xlsx_of

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30).map(str.strip)
AMOUNTS = st.decimals(min_value=0, max_value=Decimal("9999999999.99"), places=2)


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("1.234,56", "1234.56"),
            ("1234,56", "1234.56"),
            ("1234.56", "1234.56"),
            ("R$ 12,90", "12.90"),
            ("12", "12"),
            ("0.350", "0.350"),
            ("1.234.567", "1234567"),
            ("-3", "-3"),
        ],
    )
    def test_are_read_in_both_forms(self, text: str, number: str) -> None:
        assert rules.read_number(text) == Decimal(number)

    @pytest.mark.parametrize("text", ["", "doze", "1,2,3", "1.23.456", "12-", "1e5", "nan", "9" * 40])
    def test_what_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(WrongCell):
            rules.read_number(text)

    def test_what_may_be_two_numbers_is_not_guessed(self) -> None:
        with pytest.raises(WrongCell, match=r"escreva 1234 ou 1,234"):
            rules.read_number("1.234")

    @given(AMOUNTS)
    def test_an_amount_as_we_write_it_is_that_amount(self, amount: Decimal) -> None:
        brazilian = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
        assert rules.read_number(brazilian) == rules.read_number(f"{amount:.2f}") == amount

    @given(AMOUNTS)
    def test_an_amount_survives_the_number_of_a_spreadsheet(self, amount: Decimal) -> None:
        assert rules.read_number(rules.cell_text(float(amount))) == amount

    def test_the_noise_of_a_formula_is_no_fraction_of_a_cent(self) -> None:
        assert rules.cell_text(0.1 + 0.2) == "0,3"


@pytest.mark.parametrize(("text", "said"), [("Sim", True), ("NÃO", False), ("x", True), ("0", False)])
def test_yes_and_no_are_read(text: str, *, said: bool) -> None:
    assert rules.read_yes(text) is said


@pytest.mark.parametrize("text", ["31/02/2026", "2026-11-24", "amanhã", "24/11/26"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(WrongCell, match="não é uma data"):
        rules.read_day(text)


@given(TEXTS)
def test_a_guarded_text_begins_no_formula_and_comes_back(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@"))
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ")])
def test_columns_are_called_as_spreadsheets_call_them(place: int, letters: str) -> None:
    assert rules.column_letters(place) == letters


class TestCsv:
    @pytest.mark.parametrize("delimiter", [";", ",", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    def test_is_read_whatever_parts_it_and_whatever_its_letters(self, delimiter: str, encoding: str) -> None:
        text = f'Código{delimiter}Descrição\r\n1{delimiter}"Pão; de, queijo"\r\n'
        assert read(text.encode(encoding)) == (["Código", "Descrição"], [(2, ["1", "Pão; de, queijo"])])

    def test_rows_are_counted_as_a_spreadsheet_shows_them(self) -> None:
        _, rows = read(b'\r\nA;B\r\n\r\n1;"two\r\nlines"\r\n2;x\r\n')
        assert [number for number, _ in rows] == [4, 5]

    def test_the_line_that_names_the_delimiter_is_no_heading(self) -> None:
        assert read(b"sep=,\r\nA,B\r\n1,2\r\n") == (["A", "B"], [(3, ["1", "2"])])


class TestXlsx:
    def test_values_become_the_texts_a_brazilian_would_type(self) -> None:
        rows = [["1", Decimal("12.90"), date(2026, 11, 24), True, 7891000100103, "=1+1"]]
        _, found = read(xlsx_of(["A", "B", "C", "D", "E", "F"], *rows))
        assert found == [(2, ["1", "12,9", "24/11/2026", "sim", "7891000100103", "=1+1"])]

    def test_a_table_that_begins_further_in_keeps_its_places(self) -> None:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            page = book.add_worksheet()
            page.write_row(2, 1, ["Código", "Preço"])
            page.write_row(4, 1, ["A-1", 9.5])
        assert read(file.getvalue()) == (["", "Código", "Preço"], [(5, ["", "A-1", "9,5"])])

    def test_a_text_is_written_as_a_text_whatever_it_begins_with(self) -> None:
        packed = zipfile.ZipFile(io.BytesIO(xlsx_of(["A"], ["=HYPERLINK(1)"])))
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


class TestWhatIsNoSheet:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "vazio"),
            (b"\r\n;;\r\n", "nada escrito"),
            (b"%PDF-1.7 something", "não é uma planilha"),
            (b"\x89PNG\r\n\x1a\n\0\0\0", "não é uma planilha"),
            (b"PK\x03\x04 broken", "não é uma planilha"),
            (b"x" * (20 * 1024 * 1024 + 1), "20 MB"),
            (b";".join([b"a"] * 201), "200 colunas"),
        ],
    )
    def test_is_refused_in_words(self, content: bytes, said: str) -> None:
        with pytest.raises(WrongFile, match=said):
            read(content)

    def test_too_many_rows(self) -> None:
        with pytest.raises(WrongFile, match=r"50\.000 linhas"):
            read(b"A;B\n" + b"1;2\n" * 50_001)

    @pytest.mark.parametrize(("row", "column", "said"), [(900_000, 1, "linhas"), (1, 9_000, "colunas")])
    def test_a_cell_far_out_is_refused_before_a_sheet_is_laid_out(self, row: int, column: int, said: str) -> None:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            page = book.add_worksheet()
            page.write_string(0, 0, "Código")
            page.write_number(row, column, 1)
        with pytest.raises(WrongFile, match=said):
            read(file.getvalue())

    def test_a_cell_far_out_that_only_has_a_colour_is_nothing(self) -> None:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file) as book:
            page = book.add_worksheet()
            page.write_string(0, 0, "Código")
            page.write_blank(900_000, 1, None, book.add_format({"bg_color": "red"}))
        assert read(file.getvalue()) == (["Código"], [])

    def test_what_unpacks_to_too_much(self) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("xl/workbook.xml", "<workbook/>")
            for number in range(5):
                packed.writestr(f"xl/{number}.xml", b" " * (90 * 1024 * 1024))
        with pytest.raises(WrongFile, match="20 MB"):
            read(file.getvalue())


class TestHeadings:
    def test_are_known_in_any_order_and_writing(self) -> None:
        layout = lay_out("products", ["preco", "CÓDIGO AHEAD *", "Observação", ""])
        assert {place: column.field for place, column in layout.columns.items()} == {0: "price", 1: "code"}
        assert layout.ignored == ["Observação"]

    @pytest.mark.parametrize(
        ("kind", "header", "said"),
        [
            ("products", ["Descrição"], "coluna Código AHEAD"),
            ("products", ["Código AHEAD", "Preço", "preço"], "duas colunas Preço"),
            ("products", ["Código AHEAD"], "não o que mudar"),
            ("prices", ["Loja", "Preço"], "Código AHEAD nem Referência"),
            ("stock", ["Código AHEAD", "Contagem"], "coluna Estoque"),
        ],
    )
    def test_what_is_missing_is_named(self, kind: str, header: list[str], said: str) -> None:
        with pytest.raises(WrongFile, match=said):
            lay_out(kind, header)


@given(st.lists(TEXTS.filter(bool), min_size=2, max_size=4))
def test_texts_come_back_from_both_kinds_of_file(texts: list[str]) -> None:
    for content in (csv_of(["Código", *map(str, range(len(texts)))], ["1", *texts]),):
        [(_, cells)] = parse_sheet(content).rows
        assert [unguarded(cell) for cell in cells[1:]] == texts
