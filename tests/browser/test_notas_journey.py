"""Notas through a browser: three are generated, one is rejected and mended; one goes to Tray late; one is cancelled."""

from __future__ import annotations

import re
import zipfile

from people import Person
from playwright.sync_api import expect
from shops import Shop, let_issue


def generate(person: Person, *, count: int) -> None:
    """Select all open orders, press Gerar Notas, say Sim, and wait until all have an answer."""
    person.go("Pedidos")
    with person.page.expect_navigation():
        person.press("Em aberto")
    person.main.locator(".select-all").check()
    person.press("Gerar Notas", inside=person.page.locator(".selection-bar"))
    person.sees("Gerar as notas?")
    expect(person.main.locator(".stat").filter(has_text="Vão para a SEFAZ").locator("strong")).to_have_text(str(count))
    person.press("Sim")


def standing(person: Person, label: str, figure: str) -> None:
    """Wait until a figure of the press says so."""
    person.waits_for(person.main.locator(".stat").filter(has_text=label).filter(has_text=figure))


def test_three_notas_are_generated_one_is_rejected_mended_and_generated_again(person: Person, shop: Shop) -> None:
    """The price of a mistake in the NCM is one rejection: the number stays, the others go on."""
    let_issue(shop)
    for code in ("1001", "1002", "1003"):
        shop.order(code)
    person.log_in(shop)
    person.sync(shop)
    generate(person, count=3)
    standing(person, "Autorizadas", "2")
    standing(person, "Rejeitadas", "1")
    expect(person.row("Rejeitada")).to_contain_text("NCM")
    person.row("Rejeitada").get_by_role("link").last.click()
    expect(person.main.get_by_role("alert")).to_contain_text("NCM")
    number = re.search(r"Nota (\d+)", person.main.get_by_role("heading", level=1).inner_text())
    assert number

    person.follow("1003 · Café Torrado 500 g")
    person.follow("Editar")
    person.main.locator("[name=ncm]").fill("09012100")
    person.press("Gravar")
    generate(person, count=1)
    standing(person, "Autorizadas", "1")
    expect(person.row("Autorizada")).to_contain_text(f"{number[1]}/1")

    notas = shop.installation.sefaz.box.notas.values()
    mine = [nota for nota in notas if nota.cnpj == shop.installation.ask("company_of", slug=shop.slug)["cnpj"]]
    assert sorted(nota.number for nota in mine) == [1, 2, 3]


def test_notas_that_found_tray_down_are_sent_again_and_one_is_cancelled_and_the_zip_has_both(
    person: Person, shop: Shop
) -> None:
    """Reenviar after trouble at Tray, the cancelamento with its reason, and the files of a period."""
    let_issue(shop)
    first, second = shop.order("1001"), shop.order("1002")
    person.log_in(shop)
    person.sync(shop)
    shop.tray.faults.next("POST /orders/:id/invoices", "500", times=2)
    generate(person, count=2)
    standing(person, "Autorizadas", "2")

    person.go("Sincronização")
    person.follow("Nota Fiscal")
    person.looks_until_there(person.row("500").nth(1))
    shop.tray.faults.clear()
    person.main.locator(".select-all").check()
    person.press("Reenviar ao Tray", inside=person.page.locator(".selection-bar"))
    person.press("Reenviar")
    person.is_told("Notas a reenviar ao Tray")
    person.looks_until_there(person.row("Entregue").nth(1))
    assert [len(order.invoices) for order in (first, second)] == [1, 1]

    person.main.locator("tbody .table__title a").first.click()
    person.press("Cancelar nota")
    dialog = person.page.get_by_role("dialog")
    dialog.locator("[name=reason]").fill("Cliente desistiu da compra")
    person.confirm("Cancelar nota")
    person.waits_for(person.panel("Na SEFAZ").get_by_text("Cancelada", exact=True).first)

    person.go("Notas")
    with person.page.expect_download() as download:
        person.main.get_by_role("link", name="XML em ZIP").click()
    names = zipfile.ZipFile(download.value.path()).namelist()
    assert len([name for name in names if name.endswith("-procNFe.xml")]) == 2
    assert len([name for name in names if "110111" in name]) == 1
