"""An operator synchronises: presses, watches, reads the result, opens the log, and heals what was wrong."""

from __future__ import annotations

import re

import pytest
from people import MakePerson, Person
from playwright.sync_api import Locator, expect
from shops import Shop

from ahead.sandbox.tray.records import Order

WHITE = [255, 255, 255, 255]
PAINTED = """row => {
  const brush = new OffscreenCanvas(1, 1).getContext("2d");
  brush.fillStyle = getComputedStyle(row).backgroundColor;
  brush.fillRect(0, 0, 1, 1);
  return [...brush.getImageData(0, 0, 1, 1).data];
}"""
SYNCED = "A ENVIAR - SINCRONIZADO"


def background(row: Locator) -> list[int]:
    """Return the colour a row is painted in: red, green, blue, opacity."""
    row.page.wait_for_load_state()
    return list(row.evaluate(PAINTED))


@pytest.mark.database
def test_operator_syncs_and_reads_the_log(person: Person, shop: Shop) -> None:
    """The main job: two presses make one run; what came, went out and failed is on the page and in the log."""
    good = [shop.order("1001"), shop.order("1002", "1003", marketplace="Mercado Livre"), shop.order("1003")]
    odd = shop.tray.odd_order("unknown-sku")
    before = shop.stock_at_tray("1001")
    shop.tray.switches.change({"latency_seconds": 2.0})  # so that there is time to look
    person.log_in(shop)
    person.go("Sincronização")
    person.choose("Loja", shop.store_name)
    person.sees("Esta Loja ainda não sincronizou")

    person.press("Sincronizar")
    person.is_told("Sincronização pedida. Acompanhe o andamento nesta página.")
    under_way = person.panel("Em andamento")
    person.waits_for(under_way)
    person.press("Sincronizar")
    person.is_told("Já há uma sincronização desta Loja")
    expect(under_way.locator("[aria-current=step]")).to_have_count(1)
    expect(under_way.get_by_role("progressbar")).to_be_visible()
    expect(under_way.locator("[aria-current=step]")).to_contain_text(re.compile(r"\d de \d"))
    shop.tray.switches.change({"latency_seconds": 0.0})

    result = person.panel("Última sincronização")
    person.waits_for(result.filter(has_text="Com erros"))
    expect(result.locator(".stat").filter(has_text="Pedidos importados").locator("strong")).to_have_text("3")
    expect(result.locator(".stat").filter(has_text="Retidos").locator("strong")).to_have_text("1")
    expect(result).to_contain_text("O Tray diz 4 pedidos alterados na janela; temos conta de 4.")
    _check_stock(person, shop, before)
    errors = person.panel("Erros").locator("tbody tr")
    expect(errors).to_have_count(1)
    expect(errors).to_contain_text("não corresponde a nenhum produto")
    expect(errors.get_by_role("cell").nth(3)).to_contain_text("Abra Pendências")
    for order in good:
        assert shop.status_at_tray(order) == SYNCED
    assert shop.status_at_tray(odd) == "A ENVIAR"

    shop.tray.cancel_order(good[2].id)
    shop.tray.counters.reset()
    person.sync(shop)
    expect(result).to_contain_text("Sem erros")
    expect(person.panel("Pedidos cancelados")).to_contain_text(f"Tray {good[2].id}")
    _check_log(person, good[0])


def _check_stock(person: Person, shop: Shop, before: int) -> None:
    updated = person.panel("Produtos de Estoque Atualizados").locator("tbody tr").filter(has_text="Pão de Queijo")
    now = shop.stock_at_tray("1001")
    assert now == 40 - 2 - 1  # what two orders reserve, the held one for the item it knows
    expect(updated.get_by_role("cell")).to_have_text(
        ["1001 · Pão de Queijo 1 kg", "Depósito Central", str(before), str(now)]
    )


def _check_log(person: Person, order: Order) -> None:
    """A run with an error is white, a clean one coloured; each opens with its parts."""
    person.follow("Logs Sincronização")
    rows = person.row("Loja do Sol")
    expect(rows).to_have_count(2)
    clean, white = rows.nth(0), rows.nth(1)
    expect(white).to_have_class("row-errors")
    expect(clean).to_have_class("row-clean")
    assert background(white) == WHITE
    assert background(clean) != WHITE

    white.get_by_role("link").first.click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Loja do Sol: sincronização nº 1")
    parts = person.page.get_by_role("navigation", name="Partes desta sincronização")
    expect(parts.get_by_role("link", name="Erros 1")).to_have_attribute("aria-current", "page")
    parts.get_by_role("link", name="Pedidos 4").click()
    expect(person.row(f"Tray {order.id}")).to_have_count(1)
    parts.get_by_role("link", name="Produtos atualizados").click()
    expect(person.row("Pão de Queijo")).to_contain_text("Depósito Central")
    parts.get_by_role("link", name="Pedidos cancelados 0").click()
    person.sees("Nada aqui nesta sincronização")


def test_held_order_goes_on_once_its_product_is_linked(person: Person, shop: Shop) -> None:
    """An unknown SKU holds its order; linked once, the order goes on, and the next sync says so at Tray."""
    odd = shop.tray.odd_order("unknown-sku")
    person.log_in(shop)
    person.sync(shop)
    assert shop.status_at_tray(odd) == "A ENVIAR"

    person.go("Pendências")
    row = person.row("Produto do Tray sem vínculo")
    expect(row).to_contain_text("sua vez")
    person.follow("Resolver", inside=row)
    expect(person.panel("Pedidos que esperam por este vínculo")).to_contain_text("PEW 1")
    person.main.get_by_placeholder("Código, referência, GTIN ou nome").press_sequentially("bolo")
    person.press("Vincular a Bolo de Fubá")
    person.is_told("Vinculado. 1 pedido que esperava seguiu.")
    person.sees("Resolvida")
    person.follow("PEW 1", inside=person.panel("Pedidos que seguiram"))
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("Em aberto")
    expect(person.panel("Reservas de estoque")).to_contain_text("1002 · Bolo de Fubá")

    person.sync(shop)
    assert shop.status_at_tray(odd) == SYNCED
    person.go("Pendências")
    person.sees("Nada pendente")


def test_tray_away_and_back(person: Person, shop: Shop) -> None:
    """A Tray that does not answer, or blocks the Loja, is said clearly; once it is back the next sync heals."""
    order = shop.order("1001")
    shop.tray.faults.rate("504", 1.0, "GET /orders*")
    person.log_in(shop)
    person.sync(shop)
    result = person.panel("Última sincronização")
    expect(result).to_contain_text("Não concluída")
    errors = person.panel("Erros").locator("tbody tr")
    expect(errors).to_have_count(1)
    expect(errors).to_contain_text("O Tray falhou (504).")
    expect(errors).to_contain_text("tentamos de novo na próxima sincronização")

    shop.tray.faults.clear()
    shop.tray.switches.change({"blocked": 1002})
    person.sync(shop)
    person.go("Pendências")
    matter = person.row("Loja bloqueada no Tray")
    expect(matter).to_contain_text("O Tray diz que esta Loja está inativa.")

    shop.tray.switches.change({"blocked": None})
    person.sync(shop)
    expect(result).to_contain_text("Sem erros")
    expect(result.locator(".stat").filter(has_text="Pedidos importados").locator("strong")).to_have_text("1")
    assert shop.status_at_tray(order) == SYNCED
    person.go("Pendências")
    person.sees("Nada pendente")


def test_without_javascript(make_person: MakePerson, shop: Shop) -> None:
    """Log in, press, and follow the link that shows how far it is."""
    order = shop.order("1001")
    person = make_person(java_script_enabled=False)
    shop.tray.switches.change({"latency_seconds": 4.0})  # so that there is time to look
    person.log_in(shop)
    person.go("Sincronização")
    person.press("Sincronizar")
    person.is_told("Sincronização pedida")
    person.follow("Atualizar esta página")
    shop.tray.switches.change({"latency_seconds": 0.0})
    result = person.panel("Última sincronização")
    person.looks_until_there(result)
    expect(result).to_contain_text("Sem erros")
    assert shop.status_at_tray(order) == SYNCED
