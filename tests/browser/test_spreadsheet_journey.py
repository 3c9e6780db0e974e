"""Many at once through a browser: a sheet with wrong cells is mended and applied; a selection is edited at once."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from people import PATIENCE_MS, MakePerson, Person
from playwright.sync_api import FilePayload, expect
from python_calamine import load_workbook
from shops import Shop

from ahead.lib.sheets import write_xlsx

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def file_of(name: str, *rows: Sequence[object]) -> FilePayload:
    """Return an XLSX file as somebody saved it; its first row are the headings."""
    content = io.BytesIO()
    write_xlsx(content, [str(cell) for cell in rows[0]], rows[1:], title="Produtos")
    return {"name": name, "mimeType": _XLSX, "buffer": content.getvalue()}


def send(person: Person, file: FilePayload) -> None:
    """Send a sheet of products, and wait until it was looked through."""
    person.go("Planilhas")
    person.follow("Enviar planilha")
    person.main.get_by_label("Arquivo").set_input_files(file)
    person.press("Enviar e conferir")
    expect(person.main.locator(".stat").first).to_be_visible(timeout=PATIENCE_MS)


def apply(person: Person) -> None:
    """Say yes to the sheet on the page, and wait until it is applied."""
    person.press("Aplicar")
    person.confirm("Aplicar")
    expect(person.main.get_by_text(re.compile("^Aplicada "))).to_be_visible(timeout=PATIENCE_MS)


def wrong_rows(person: Person, folder: Path) -> list[list[object]]:
    """Download the wrong rows, and return what the file says."""
    with person.page.expect_download() as coming:
        person.main.get_by_role("link", name="Baixar as linhas com erro").click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return load_workbook(path).get_sheet_by_index(0).to_python()


def test_a_sheet_with_wrong_cells_is_mended_and_applied(person: Person, shop: Shop, tmp_path: Path) -> None:
    """Each wrong cell is named; its row comes back to be mended; nothing changes before it is applied."""
    person.log_in(shop)
    send(
        person,
        file_of(
            "tabela.xlsx",
            ("Código AHEAD", "Descrição", "NCM", "Preço", "Fornecedor"),
            ("1001", "", "1905.90.20", Decimal("35.90"), "Moinho"),
            ("1002", "", "12", Decimal("26.00"), "Moinho"),
            ("1003", "", "09012100", "caro", "Moinho"),
        ),
    )
    person.sees("Fornecedor")
    expect(person.row("1002").locator(".ink-error")).to_contain_text("C3: O NCM deve ter 8 dígitos.")
    expect(person.row("1003").locator(".ink-error")).to_contain_text(re.compile("D4: «caro» não é um número"))
    expect(person.main.get_by_role("button", name="Aplicar as 1 certas")).to_be_visible()

    header, *rows = wrong_rows(person, tmp_path)
    assert [(row[0], row[-1]) for row in rows] == [
        ("1002", "C3: O NCM deve ter 8 dígitos."),
        ("1003", "D4: «caro» não é um número. Escreva como 1.234,56."),
    ]
    rows[0][2], rows[1][3] = "19059090", "41,50"
    send(person, file_of("corrigida.xlsx", header, *rows))
    expect(person.main.locator(".ink-error")).to_have_count(0)
    expect(person.row("1003")).to_contain_text("38,00 → 41,50")
    apply(person)

    for code, price in (("1001", "32,90"), ("1002", "26,00"), ("1003", "41,50")):
        person.go("Produtos")
        expect(person.row(code)).to_contain_text(price)


def test_a_selection_is_edited_at_once_with_the_keyboard(person: Person, shop: Shop) -> None:
    """The boxes of the list, what to change, what that does, and yes."""
    person.log_in(shop)
    person.go("Produtos")
    for name in ("o produto 1001", "o produto 1003"):
        box = person.main.get_by_label(f"Selecionar {name}")
        box.focus()
        person.page.keyboard.press("Space")
    edit = person.main.get_by_role("region", name="Itens selecionados").get_by_role("button", name="Editar em lote")
    edit.focus()
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")
    person.sees("2 produtos da sua seleção")

    price = person.main.get_by_role("group", name="Preço", exact=True)
    value = price.get_by_role("textbox")
    expect(value).to_be_hidden()
    price.get_by_role("combobox").select_option(label="Aumentar (%)")
    value.fill("10")
    value.press("Enter")
    expect(person.row("1001")).to_contain_text("32,90 → 36,19", timeout=PATIENCE_MS)
    apply(person)
    for code, told in (("1001", "36,19"), ("1002", "24,50"), ("1003", "41,80")):
        person.go("Produtos")
        expect(person.row(code)).to_contain_text(told)


def test_all_that_match_are_edited_without_javascript(make_person: MakePerson, shop: Shop) -> None:
    """The list leads there with its filters; the page of the sheet is loaded again by hand."""
    person = make_person(java_script_enabled=False)
    person.log_in(shop)
    person.page.goto(shop.url("produtos/?q=Bolo"))
    person.follow("Editar em lote")
    person.main.get_by_role("group", name="Marca", exact=True).get_by_role("combobox").select_option(label="Mudar para")
    person.main.get_by_role("group", name="Marca", exact=True).get_by_role("textbox").fill("Sol")
    with person.page.expect_navigation():
        person.press("Conferir o que muda")
    person.looks_until_there(person.row("1002").filter(has_text="Sol"))
    expect(person.main.locator("tbody tr")).to_have_count(1)
    person.press("Aplicar")
    person.confirm("Aplicar")
    person.looks_until_there(person.main.get_by_text(re.compile("^Aplicada ")))
