"""Is everything here? A difference appears, is opened, is repaired, and the calendar turns good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from people import MakePerson, Person
from playwright.sync_api import expect
from shops import Shop


def test_an_order_that_did_not_come_in_is_found_repaired_and_the_day_is_whole(person: Person, shop: Shop) -> None:
    day = (datetime.now(UTC) - timedelta(hours=27, minutes=20)).date()  # a day is over once it has been for a while
    placed = {"date": day.isoformat(), "hour": "12:00:00", "modified": f"{day.isoformat()} 12:00:00"}
    shop.order("1001", **placed)
    lost = shop.order("1002", **placed)
    read = f"GET /orders/{lost.id}/complete"
    shop.tray.faults.next(read, "500", times=60)
    person.log_in(shop)
    person.sync(shop)
    person.follow("Está tudo aqui?")
    person.sees("Ainda não houve conferência desta Loja")

    person.page.goto(shop.url(f"sincronizacao/conferencia/{shop.store_id}/{day.isoformat()}/"))
    person.press("Conferir este dia")
    person.is_told("Conferência de 1 dia pedida")
    person.looks_until_there(person.panel("Diferenças"))
    expect(person.row(str(lost.id))).to_contain_text("Falta aqui")
    expect(person.panel("Lado a lado").locator("tbody tr").first.get_by_role("cell")).to_have_text(
        ["Pedidos", "2", "1", "1"]
    )

    person.page.goto(shop.url(f"sincronizacao/conferencia/?loja={shop.store_id}&mes={day:%Y-%m}"))
    person.sees("Não: 1 diferença em 1 dia")
    cell = person.page.locator(f"a[href$='/{day.isoformat()}/'].calendar__day")
    expect(cell).to_contain_text("Com diferenças")
    cell.click()

    shop.tray.faults.clear()
    person.press("Reparar")
    person.is_told("Reparo de 1 diferença pedido")
    person.looks_until_there(person.panel("Resolvidas"))
    person.sees("Reparado: está tudo aqui")
    expect(person.row(str(lost.id))).to_contain_text("Reparada")

    person.page.goto(shop.url(f"sincronizacao/conferencia/?loja={shop.store_id}&mes={day:%Y-%m}"))
    person.sees("Sim, está tudo aqui")
    expect(person.page.locator(f"a[href$='/{day.isoformat()}/'].calendar__day")).to_contain_text("Reparado")
    expect(person.page.locator(".calendar")).to_be_visible()


def test_who_may_only_read_looks_and_presses_nothing(make_person: MakePerson, shop: Shop) -> None:
    person = make_person()
    person.log_in(shop, role="reader")
    person.page.goto(shop.url("sincronizacao/conferencia/"))
    person.sees("Ainda não houve conferência desta Loja")
    expect(person.page.get_by_role("button", name="Conferir agora")).to_have_count(0)
