"""`ahead import`: what a sheet does is told, then done; its exit codes and its document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_running import Ahead, MakeProduct, MakeStore

from ahead.accounts.models import Company
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import Listing, Product
from ahead.spreadsheets.models import SheetImport
from ahead.stock.models import Balance, Movement, Warehouse
from sheet_making import BY, NOW, typed, xlsx_of

pytestmark = pytest.mark.django_db(transaction=True)
MakeFile = Callable[..., str]


@pytest.fixture
def file_of(tmp_path: Path) -> MakeFile:
    """Write a file and return where it is."""

    def make(content: bytes, name: str = "planilha.csv") -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return make


def price_of(company: Company, code: str) -> str:
    return str(Product.objects.of(company).get(code=code).price)


def test_a_sheet_is_applied_and_what_it_did_is_told(
    ahead: Ahead, padaria: Company, make_product: MakeProduct, file_of: MakeFile
) -> None:
    make_product(padaria, code="A", name="Avelã", price="10")
    content = xlsx_of(("Código AHEAD", "Descrição", "Preço", "Cor"), ("A", "", 12.5, "azul"), ("B", "Bolo", 7, ""))
    ran = ahead("import", file_of(content, "tabela.xlsx"), "--kind", "products", "--json")
    assert ran.code == 0, ran.err
    document = ran.document
    assert sorted(document) == ["changes", "company", "errors", "ignored_columns", "sheet"]
    sheet = document["sheet"]
    assert [sheet[name] for name in ("name", "kind", "state", "rows", "new", "changed", "unchanged", "wrong")] == [
        "tabela.xlsx", "products", "applied", 2, 1, 1, 0, 0,
    ]  # fmt: skip
    assert sheet["applied_at"].endswith("Z")
    assert document["changes"][0] == {
        "row": 2,
        "state": "changed",
        "label": "A · Avelã",
        "fields": [{"column": "Preço", "before": "10.00", "after": "12.50"}],
    }
    assert document["ignored_columns"] == ["Cor"]
    assert (price_of(padaria, "A"), price_of(padaria, "B")) == ("12.50", "7.00")
    again = ahead("import", file_of(content, "tabela.xlsx"), "--kind", "products")
    assert (again.code, "2 sem mudança" in again.out) == (0, True)


def test_wrong_cells_are_named_and_nothing_is_applied(
    ahead: Ahead, padaria: Company, make_product: MakeProduct, file_of: MakeFile
) -> None:
    make_product(padaria, code="A", price="10")
    path = file_of(typed("Código;Preço;NCM", "A;12;", "X;1;12"))
    ran = ahead("import", path, "--kind", "products", "--json")
    assert ran.code == 2
    assert ran.document["sheet"]["state"] == "discarded"
    assert {(one["row"], one["cell"], one["column"]) for one in ran.document["errors"]} >= {(3, "C3", "NCM")}
    assert price_of(padaria, "A") == "10.00"
    told = ahead("import", path, "--kind", "products")
    assert (told.code, "C3" in told.out, "--skip-wrong" in told.out) == (2, True, True)

    ran = ahead("import", path, "--kind", "products", "--skip-wrong", "--json")
    assert (ran.code, ran.document["sheet"]["state"]) == (1, "applied")
    assert price_of(padaria, "A") == "12.00"


def test_a_trial_changes_nothing(ahead: Ahead, padaria: Company, make_product: MakeProduct, file_of: MakeFile) -> None:
    make_product(padaria, code="A", price="10")
    ran = ahead("import", file_of(typed("Código;Preço", "A;12")), "--kind", "products", "--dry-run")
    assert (ran.code, "Preço: 10,00 → 12,00" in ran.out) == (0, True), ran.out
    ran = ahead("import", file_of(typed("Código;Preço", "A;x")), "--kind", "products", "--dry-run")
    assert (ran.code, "B2" in ran.out) == (1, True)
    assert price_of(padaria, "A") == "10.00"
    states = SheetImport.objects.of(padaria).values_list("state", flat=True)
    assert set(states) == {"discarded"}, "nobody applies by mistake what was only tried"


def test_a_loja_is_that_of_the_rows_that_name_none(
    ahead: Ahead, padaria: Company, make_store: MakeStore, make_product: MakeProduct, file_of: MakeFile
) -> None:
    store, other = make_store(padaria), make_store(padaria, "Loja da Lua")
    product = make_product(padaria, code="A", price="10")
    for place in (store, other):
        create_listing(company=padaria, store_id=place.pk, product_ids=[product.pk], by=BY, now=NOW)
    content = typed("Código;Preço;Loja", "A;12;")
    ran = ahead("import", file_of(content), "--kind", "prices", "--store", "Loja da Lua")
    assert ran.code == 0, ran.out
    assert price_of(padaria, "A") == "10.00"
    prices = dict(Listing.objects.of(padaria).values_list("store__name", "price"))
    assert (prices["Loja do Sol"], str(prices["Loja da Lua"])) == (None, "12.00")
    titled = file_of(typed("Código AHEAD;Título", "A;Avelã do Sol"))
    assert ahead("import", titled, "--kind", "listings", "--store", "1").code == 0
    assert Listing.objects.of(padaria).get(store=store).title == "Avelã do Sol"
    refused = ahead("import", titled, "--kind", "products", "--store", "1", "--json")
    assert (refused.code, "não escolha nenhuma" in refused.document["error"]) == (2, True)


def test_a_count_has_its_reason(
    ahead: Ahead, padaria: Company, deposito: Warehouse, make_product: MakeProduct, file_of: MakeFile
) -> None:
    make_product(padaria, code="A", on_hand=3)
    content = typed("Estoque;Código;Contagem", "Depósito;A;5")
    ran = ahead("import", file_of(content), "--kind", "stock", "--reason", "Inventário")
    assert ran.code == 0, ran.out
    assert Balance.objects.of(padaria).get().on_hand == 5
    assert "Inventário" in Movement.objects.of(padaria).latest("pk").reason


@pytest.mark.parametrize(
    ("content", "said"), [(b"%PDF-1.7", "planilha"), (b"", "vazio"), (typed("Cor", "azul"), "Código AHEAD")]
)
def test_what_is_no_such_sheet_ends_with_2(
    ahead: Ahead, padaria: Company, file_of: MakeFile, content: bytes, said: str
) -> None:
    ran = ahead("import", file_of(content), "--kind", "products", "--json")
    assert (ran.code, said in ran.document["error"]) == (2, True), ran.document


def test_a_file_that_is_not_there_ends_with_2(ahead: Ahead, padaria: Company, tmp_path: Path) -> None:
    ran = ahead("import", str(tmp_path / "nada.xlsx"), "--kind", "products")
    assert (ran.code, "não pôde ser lido" in ran.err) == (2, True)
