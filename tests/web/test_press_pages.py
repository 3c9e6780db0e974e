"""Gerar Notas as people see it: what will happen, what became of each order, and again."""

from __future__ import annotations

from datetime import datetime

from django.test import Client
from django.utils import timezone

from ahead.catalog.models import Product
from ahead.fiscal.models import Issuer, Nota, Press, PressOrder
from ahead.fiscal.preparing import open_workshop
from ahead.fiscal.pressing import prepare_pressed, press
from ahead.orders.models import Order
from ahead.stores.models import StatusChoice, Store, StoreStatus
from ahead.web.filtering import digest_of
from fiscal_making import authorise
from order_making import make_customer, make_order


def seen(orders: list[Order]) -> dict[str, str]:
    """What the page sends along of the orders it showed."""
    return {"vistos": digest_of(order.pk for order in orders)}


def test_what_will_happen_is_said_before_and_done_on_sim(oto_at: Client, sold: list[Order]) -> None:
    address = f"/padaria-sol/pedidos/notas/?pedido={sold[0].pk}&pedido={sold[1].pk}"
    shown = oto_at.get(address).content.decode()
    assert "2 pedidos" in shown
    assert not Press.objects.of(sold[0].company_id).exists()

    answer = oto_at.post(address, seen(sold[:2]))

    asked = Press.objects.of(sold[0].company_id).get()
    assert (answer.status_code, answer["Location"]) == (302, f"/padaria-sol/notas/geracoes/{asked.pk}/")
    rows = PressOrder.objects.of(sold[0].company_id).filter(press=asked)
    assert sorted(rows.values_list("order_id", flat=True)) == sorted([sold[0].pk, sold[1].pk])


def test_all_that_match_the_filters_may_be_asked_for(oto_at: Client, sold: list[Order]) -> None:
    answer = oto_at.post("/padaria-sol/pedidos/notas/todos/?tipo=PEW&estado=open", seen(sold))

    assert answer.status_code == 302
    assert Press.objects.of(sold[0].company_id).get().total == 3


def test_a_list_that_changed_since_it_was_shown_is_shown_again(oto_at: Client, sold: list[Order]) -> None:
    """As many as before, but not the same: one was cancelled and another came in."""
    was = seen(sold)
    sold[0].state = Order.State.CANCELLED
    sold[0].save()
    make_order(sold[0].store, timezone.now(), customer=sold[0].customer)
    answer = oto_at.post("/padaria-sol/pedidos/notas/todos/?estado=open", was)

    assert answer.status_code == 409
    assert "mudou" in answer.content.decode()
    assert not Press.objects.of(sold[0].company_id).exists()


def test_what_stays_out_is_said_with_its_reason(oto_at: Client, nota: Nota, sold: list[Order]) -> None:
    shown = oto_at.get(f"/padaria-sol/pedidos/notas/?pedido={nota.order_id}&pedido={sold[1].pk}").content.decode()

    assert "já tem nota" in shown


def test_each_order_that_stays_out_is_named_a_page_at_a_time(
    oto_at: Client, loja: Store, sold: list[Order], now: datetime
) -> None:
    held = [make_order(loja, now, state="held", number=900_000 + place) for place in range(60)]
    no_document = make_order(loja, now, number=910_000, customer=make_customer(loja.company, now, document=""))

    shown = oto_at.get("/padaria-sol/pedidos/notas/todos/").content.decode()
    assert str(held[0]) in shown
    assert "O pedido está retido" in shown
    assert str(held[-1]) not in shown
    rest = oto_at.get("/padaria-sol/pedidos/notas/todos/?pagina=2").content.decode()
    assert str(held[-1]) in rest
    why = "O cliente está sem CPF/CNPJ válido."
    of_one_reason = oto_at.get("/padaria-sol/pedidos/notas/todos/", {"motivo": why}).content.decode()
    assert str(no_document) in of_one_reason
    assert str(held[0]) not in of_one_reason


def test_what_follows_at_each_loja_is_said(oto_at: Client, sold: list[Order], loja: Store, now: datetime) -> None:
    Issuer.objects.of(loja.company).update(environment="1")
    sent = StoreStatus.objects.create(company=loja.company, store=loja, tray_id=7, name="FATURADO")
    StatusChoice.objects.create(company=loja.company, store=loja, role="invoiced", status=sent)
    make_order(loja, now, kind="PED", store_id=None, tray_id=None, customer=sold[0].customer, number=920_000)

    shown = oto_at.get("/padaria-sol/pedidos/notas/todos/?estado=open").content.decode()

    assert "passa a «FATURADO»" in shown
    assert "não vai: não vieram do Tray" in shown
    Store.objects.of(loja.company).update(is_paused=True)
    assert "A Loja está pausada" in oto_at.get("/padaria-sol/pedidos/notas/todos/?estado=open").content.decode()


def test_a_press_shows_what_needs_a_person_first(oto_at: Client, sold: list[Order], now: datetime) -> None:
    oto_at.post("/padaria-sol/pedidos/notas/todos/?estado=open", seen(sold))
    asked = Press.objects.of(sold[0].company_id).get()
    rows = PressOrder.objects.of(sold[0].company_id).filter(press=asked)
    rows.filter(order=sold[2]).update(outcome="refused", text="O produto está sem NCM.", remedy="Informe o NCM.")
    rows.filter(order=sold[0]).update(outcome="authorised", nota=authorise(sold[0].company, sold[0], now))

    shown = oto_at.get(f"/padaria-sol/notas/geracoes/{asked.pk}/").content.decode()

    assert "Informe o NCM." in shown
    table = shown[shown.index("<tbody>") :]
    assert table.index(str(sold[2])) < table.index(str(sold[1])) < table.index(str(sold[0]))


def test_a_press_asks_for_itself_only_while_something_moves(oto_at: Client, sold: list[Order]) -> None:
    oto_at.post("/padaria-sol/pedidos/notas/todos/?estado=open", seen(sold))
    asked = Press.objects.of(sold[0].company_id).get()
    rows = PressOrder.objects.of(sold[0].company_id).filter(press=asked)
    address = f"/padaria-sol/notas/geracoes/{asked.pk}/"

    assert "every 2s" in oto_at.get(address).content.decode()
    rows.update(outcome="unknown", text="Aguardando a SEFAZ")
    Press.objects.of(sold[0].company_id).update(state="done", done=3)
    silent = oto_at.get(address).content.decode()
    assert "every 30s" in silent
    assert "a cada 30 segundos" in silent
    rows.update(outcome="refused")
    still = oto_at.get(address).content.decode()
    assert 'hx-trigger="every' not in still
    assert f"/padaria-sol/pedidos/notas/?geracao={asked.pk}" in still


def test_a_press_of_many_shows_a_page_and_takes_the_rest_again_by_its_own_name(
    oto_at: Client, loja: Store, sold: list[Order], now: datetime
) -> None:
    many = [make_order(loja, now, number=930_000 + place, customer=sold[0].customer) for place in range(250)]
    asked = Press.objects.create(company=loja.company, asked_by="oto", asked_at=now, total=250, done=250, state="done")
    PressOrder.objects.bulk_create(
        [
            PressOrder(company=loja.company, press=asked, order=order, position=place, outcome="refused", text="Falta.")
            for place, order in enumerate(many)
        ]
    )

    shown = oto_at.get(f"/padaria-sol/notas/geracoes/{asked.pk}/").content.decode()
    assert shown.count('data-label="Resultado"') == 50
    again = f"/padaria-sol/pedidos/notas/?geracao={asked.pk}"
    assert again in shown
    assert oto_at.post(again, seen(many)).status_code == 302
    assert Press.objects.of(loja.company).latest("pk").total == 250


def test_a_product_that_no_tax_can_be_said_of_is_led_to(oto_at: Client, sold: list[Order], now: datetime) -> None:
    item = sold[0].items.get()
    Product.objects.of(sold[0].company_id).filter(pk=item.product_id).update(ncm="")
    asked = press(sold[0].company, [sold[0].pk], by="oto", now=now)
    prepare_pressed(open_workshop(sold[0].company, now=now), asked.orders.get(), by="oto", now=now)

    shown = oto_at.get(f"/padaria-sol/notas/geracoes/{asked.pk}/").content.decode()

    assert "está sem NCM" in shown
    assert f"/padaria-sol/produtos/{item.product_id}/" in shown
    assert f"/padaria-sol/clientes/{sold[0].customer_id}/" in shown


def test_no_choice_never_means_all_orders(oto_at: Client, sold: list[Order]) -> None:
    for answer in (oto_at.get("/padaria-sol/pedidos/notas/"), oto_at.post("/padaria-sol/pedidos/notas/?estado=open")):
        assert (answer.status_code, answer["Location"]) == (302, "/padaria-sol/pedidos/")
    assert not Press.objects.of(sold[0].company_id).exists()
