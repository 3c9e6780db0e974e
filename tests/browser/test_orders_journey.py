"""Pedidos: filter, read one, enter one, cancel one. Produtos: why this number, a count, and the next sync."""

from __future__ import annotations

import re
from decimal import Decimal

from people import Person
from playwright.sync_api import Locator, expect
from shops import Shop


def money(text: str) -> Decimal:
    """Read an amount as it is shown."""
    shown = text.replace("\N{MINUS SIGN}", "-").replace("−", "-")
    return Decimal(re.sub(r"[^\d,-]", "", shown).replace(",", "."))


def test_orders_are_filtered_read_entered_and_cancelled(person: Person, shop: Shop) -> None:
    """What an operator does with Pedidos all day."""
    shop.order("1002", marketplace="Magalu")
    odd = shop.tray.odd_order("pix-discount")
    person.log_in(shop)
    person.sync(shop)
    _enter_an_order(person, shop)

    person.go("Pedidos")
    expect(person.row("").filter(has_text=re.compile("PEW|PED"))).to_have_count(3)
    person.sees("Filtrar Pedidos")
    person.choose("Tipo", "Pedidos Web - PEW")
    expect(person.page).to_have_url(re.compile("tipo=PEW"))
    expect(person.row("PED 3")).to_have_count(0)
    person.page.reload()
    expect(person.row("PEW")).to_have_count(2)
    expect(person.main.get_by_label("Tipo", exact=True)).to_have_value("PEW")
    person.main.get_by_role("searchbox").press_sequentially(str(odd.id))
    expect(person.page).to_have_url(re.compile(rf"q={odd.id}"))
    expect(person.row("PEW")).to_have_count(1)
    _read_an_order(person, odd.total)


def _enter_an_order(person: Person, shop: Shop) -> None:
    customer = next(iter(shop.tray.customers.values())).text("name")
    person.go("Pedidos")
    person.follow("Novo Pedido")
    person.main.get_by_label("Produto").first.fill("1003")
    person.main.get_by_label("Quantidade").first.fill("3")
    person.press("Gravar pedido")
    person.sees("Diga o cliente: nome, CPF ou CNPJ.")
    person.main.get_by_role("combobox", name="Cliente").fill(customer)
    person.press("Gravar pedido")
    person.is_told("Pedido 3 gravado. O estoque dos itens está reservado.")
    heading = person.page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("3 Em aberto")
    expect(person.panel("Valores")).to_contain_text("R$ 114,00")

    person.press("Cancelar pedido")
    dialog = person.page.get_by_role("dialog")
    expect(dialog).to_contain_text("O que estava reservado volta ao disponível, uma só vez")
    dialog.get_by_label("Motivo").fill("cliente desistiu")
    person.confirm("Cancelar pedido")
    expect(heading).to_contain_text("Cancelado")
    expect(person.panel("Histórico")).to_contain_text("cliente desistiu")
    expect(person.main.get_by_role("button", name="Cancelar pedido")).to_have_count(0)


def _read_an_order(person: Person, total: Decimal) -> None:
    with person.page.expect_navigation():
        person.row("PEW").get_by_role("link").first.click()
    lines = person.panel("Valores").locator("dl > div")
    *parts, last = [money(line.locator("dd").inner_text()) for line in lines.all()]
    assert len(parts) > 1
    assert sum(parts) == last == total
    items = person.panel("Itens").locator("tbody tr")
    assert sum(money(row.get_by_role("cell").last.inner_text()) for row in items.all()) == parts[0]
    expect(person.panel("Histórico")).to_contain_text("Importado do Tray em «A ENVIAR»")
    document = person.main.locator("details").filter(has_text="Pedido como o Tray enviou")
    document.locator("summary").click()
    expect(document.locator("pre")).to_contain_text('"ProductsSold"')


def test_a_count_reaches_tray_and_the_product_page_says_why(person: Person, shop: Shop) -> None:
    """On hand less reserved less safety is available; a count changes it, and the next sync sends it."""
    shop.order("1001", quantity=4)
    person.log_in(shop)
    person.sync(shop)
    assert shop.stock_at_tray("1001") == 36
    person.go("Produtos")
    person.follow("1001")
    _sees_numbers(person, on_hand="40", reserved="4", free="36")
    why = person.panel("Por que este número?")
    expect(why).to_contain_text("PEW 1 (4)")
    expect(why).to_contain_text("36 livre em Depósito Central")
    expect(why).to_contain_text("o Tray tem este número")
    expect(_fact(why, "No Tray")).to_contain_text("36")

    person.follow("Movimentar estoque")
    person.follow("Contagem")
    person.main.get_by_label("Produto").fill("PAO-01")
    person.main.get_by_label("Quantidade contada").fill("21")
    person.main.get_by_label("Motivo").fill("inventário da semana")
    person.press("Lançar")
    person.is_told("Contagem lançada: 1001 tem")
    person.go("Produtos")
    person.follow("1001")
    _sees_numbers(person, on_hand="21", reserved="4", free="17")
    expect(why).to_contain_text("a enviar na próxima sincronização")
    expect(person.panel("Livro de movimentos")).to_contain_text("inventário da semana")
    assert shop.stock_at_tray("1001") == 36

    person.sync(shop)
    assert shop.stock_at_tray("1001") == 17
    person.follow("1001 · Pão de Queijo 1 kg", inside=person.panel("Produtos de Estoque Atualizados"))
    expect(why).to_contain_text("o Tray tem este número")
    expect(_fact(why, "No Tray")).to_contain_text("17")


def _sees_numbers(person: Person, *, on_hand: str, reserved: str, free: str) -> None:
    for label, number in (("Em mãos", on_hand), ("Reservado", reserved), ("Livre", free)):
        expect(person.main.locator(".stat").filter(has_text=label).first.locator("strong")).to_have_text(number)


def _fact(panel: Locator, label: str) -> Locator:
    return panel.locator("dl > div").filter(has_text=label)
