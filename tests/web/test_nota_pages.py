"""Gerar Notas, the notas and what is done to them, through the screens."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from ahead.accounts.models import User
from ahead.catalog.models import Product
from ahead.fiscal.models import Issuer, Nota, NotaEvent, NotaXml, Press, PressOrder
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.sending import Reply, claim
from ahead.fiscal.taking_in import take_in
from ahead.nfe.answers import Answer
from ahead.orders.models import Order
from ahead.orders.operations import enter_order
from ahead.pending.models import PendingMatter
from ahead.stores.models import Store
from fiscal_making import authorise, make_sale, set_up_issuer, trust


@pytest.fixture
def sold(loja: Store, make_product: Callable[..., Product], now: datetime, settings: Any) -> list[Order]:
    """Three open orders of a company that may issue."""
    trust(settings)
    set_up_issuer(loja.company, now)
    bread = make_product(loja.company, name="Pão de mel", ncm="19059090", on_hand=50)
    return [make_sale(loja, now, [(bread, 1, "10.00")]) for _ in range(3)]


@pytest.fixture
def nota(sold: list[Order], now: datetime) -> Nota:
    return authorise(sold[0].company, sold[0], now)


@pytest.fixture
def oto_at(client: Client, oto: User) -> Client:
    client.force_login(oto)
    return client


def test_what_will_happen_is_said_before_and_done_on_sim(oto_at: Client, sold: list[Order]) -> None:
    address = f"/padaria-sol/pedidos/notas/?pedido={sold[0].pk}&pedido={sold[1].pk}"
    shown = oto_at.get(address).content.decode()
    assert "2 pedidos" in shown
    assert not Press.objects.of(sold[0].company_id).exists()

    answer = oto_at.post(address, {"quantos": "2"})

    asked = Press.objects.of(sold[0].company_id).get()
    assert (answer.status_code, answer["Location"]) == (302, f"/padaria-sol/notas/geracoes/{asked.pk}/")
    rows = PressOrder.objects.of(sold[0].company_id).filter(press=asked)
    assert sorted(rows.values_list("order_id", flat=True)) == sorted([sold[0].pk, sold[1].pk])


def test_all_that_match_the_filters_may_be_asked_for(oto_at: Client, sold: list[Order]) -> None:
    answer = oto_at.post("/padaria-sol/pedidos/notas/?tipo=PEW&estado=open", {"quantos": "3"})

    assert answer.status_code == 302
    assert Press.objects.of(sold[0].company_id).get().total == 3


def test_a_list_that_changed_since_it_was_shown_is_shown_again(oto_at: Client, sold: list[Order]) -> None:
    answer = oto_at.post("/padaria-sol/pedidos/notas/?estado=open", {"quantos": "2"})

    assert answer.status_code == 409
    assert "mudou" in answer.content.decode()
    assert not Press.objects.of(sold[0].company_id).exists()


def test_what_stays_out_is_said_with_its_reason(oto_at: Client, nota: Nota, sold: list[Order]) -> None:
    shown = oto_at.get(f"/padaria-sol/pedidos/notas/?pedido={nota.order_id}&pedido={sold[1].pk}").content.decode()

    assert "já tem nota" in shown


def test_a_reader_may_look_but_not_press(client: Client, bia: User, nota: Nota) -> None:
    client.force_login(bia)

    assert client.get("/padaria-sol/notas/").status_code == 200
    assert client.get(f"/padaria-sol/notas/{nota.pk}/").status_code == 200
    assert client.get(f"/padaria-sol/pedidos/notas/?pedido={nota.order_id}").status_code == 403
    assert client.post(f"/padaria-sol/notas/{nota.pk}/cancelamento/", {"reason": "x" * 20}).status_code == 403


def test_a_press_shows_what_needs_a_person_first(oto_at: Client, sold: list[Order], now: datetime) -> None:
    oto_at.post("/padaria-sol/pedidos/notas/?estado=open", {"quantos": "3"})
    asked = Press.objects.of(sold[0].company_id).get()
    rows = PressOrder.objects.of(sold[0].company_id).filter(press=asked)
    rows.filter(order=sold[2]).update(outcome="refused", text="O produto está sem NCM.", remedy="Informe o NCM.")
    rows.filter(order=sold[0]).update(outcome="authorised", nota=authorise(sold[0].company, sold[0], now))

    shown = oto_at.get(f"/padaria-sol/notas/geracoes/{asked.pk}/").content.decode()

    assert "Informe o NCM." in shown
    table = shown[shown.index("<tbody>") :]
    assert table.index(str(sold[2])) < table.index(str(sold[1])) < table.index(str(sold[0]))


@pytest.mark.parametrize("address", ["/padaria-sol/notas/", "/padaria-sol/sincronizacao/notas/"])
def test_notas_are_listed_narrowed_and_summed(oto_at: Client, nota: Nota, address: str) -> None:
    shown = oto_at.get(address).content.decode()
    assert nota.chave_de_acesso[:4] in shown
    assert "10,00" in shown

    assert str(nota.number) in oto_at.get(f"{address}?q={nota.chave_de_acesso}").content.decode()
    assert "Nenhuma nota com estes filtros" in oto_at.get(f"{address}?estado=rejected").content.decode()
    assert oto_at.get(f"{address}?loja=abc&desde=ontem&pagina=x&ordem=nada").status_code == 200


def test_a_company_without_notas_is_told_where_they_come_from(oto_at: Client) -> None:
    assert "Gerar Notas" in oto_at.get("/padaria-sol/notas/").content.decode()
    assert oto_at.get("/padaria-sol/notas/geracoes/").status_code == 200
    assert oto_at.get("/padaria-sol/pedidos/notas/").status_code == 200


def test_xml_danfe_and_zip_are_given(oto_at: Client, nota: Nota) -> None:
    xml = oto_at.get(f"/padaria-sol/notas/{nota.pk}/xml/")
    danfe = oto_at.get(f"/padaria-sol/notas/{nota.pk}/danfe/")
    packed = oto_at.get(f"/padaria-sol/notas/zip/?nota={nota.pk}")

    assert b"<nfeProc" in xml.content
    assert danfe.content.startswith(b"%PDF-")
    names = zipfile.ZipFile(io.BytesIO(b"".join(packed.streaming_content))).namelist()  # type: ignore[attr-defined]
    assert names == [f"{nota.chave_de_acesso}-procNFe.xml"]


def test_a_nota_is_cancelled_with_a_reason_and_refused_without_one(oto_at: Client, nota: Nota, settings: Any) -> None:
    Nota.objects.of(nota.company_id).update(authorised_at=datetime.now(tz=nota.created_at.tzinfo))
    refused = oto_at.post(f"/padaria-sol/notas/{nota.pk}/cancelamento/", {"reason": "curto"})
    assert refused.status_code == 422
    assert "15" in refused.content.decode()

    answer = oto_at.post(f"/padaria-sol/notas/{nota.pk}/cancelamento/", {"reason": "Cliente desistiu da compra"})

    assert answer.status_code == 302
    event = NotaEvent.objects.of(nota.company_id).get()
    assert (event.kind, event.created_by) == ("110111", "oto@padaria.example")


def test_goods_come_back_by_a_devolucao_of_what_is_left(oto_at: Client, nota: Nota) -> None:
    address = f"/padaria-sol/notas/{nota.pk}/devolucao/"
    assert oto_at.get(address).status_code == 200
    assert oto_at.post(address, {"units-1": "2"}).status_code == 422

    answer = oto_at.post(address, {"units-1": "1"})

    back = Nota.objects.of(nota.company_id).get(kind="return")
    assert answer["Location"] == f"/padaria-sol/notas/{back.pk}/"
    assert oto_at.get(f"/padaria-sol/notas/{back.pk}/").status_code == 200


def test_a_stranger_finds_nothing(client: Client, caio: User, nota: Nota) -> None:
    client.force_login(caio)

    for path in ("", "xml/", "danfe/", "etiqueta/"):
        assert client.get(f"/doces-lua/notas/{nota.pk}/{path}").status_code == 404


def test_a_nota_that_waits_to_be_sent_may_be_taken_back(oto_at: Client, sold: list[Order], now: datetime) -> None:
    waiting = prepare_sale(open_workshop(sold[0].company, now=now), sold[0].pk, by="oto", now=now)
    address = f"/padaria-sol/notas/{waiting.pk}/"
    assert "Retirar nota" in oto_at.get(address).content.decode()

    assert oto_at.post(f"{address}retirada/").status_code == 302
    assert oto_at.post(f"{address}retirada/").status_code == 422

    sold[0].refresh_from_db()
    assert sold[0].state == Order.State.OPEN


def test_the_tab_takes_only_notas_of_e_commerce_along(oto_at: Client, nota: Nota, now: datetime) -> None:
    product = Product.objects.of(nota.company_id).get()
    entered = enter_order(
        nota.company, customer_id=nota.order.customer_id or 0, items=[(product.pk, 1, Decimal(5))], by="oto", now=now
    )
    authorise(nota.company, entered, now)

    def packed(address: str) -> list[str]:
        answer = oto_at.get(address)
        return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()  # type: ignore[attr-defined]

    assert len(packed("/padaria-sol/notas/zip/")) == 2
    assert packed("/padaria-sol/sincronizacao/notas/zip/") == [f"{nota.chave_de_acesso}-procNFe.xml"]
    sheet = b"".join(oto_at.get("/padaria-sol/sincronizacao/notas/planilha/").streaming_content)  # type: ignore[attr-defined]
    assert nota.chave_de_acesso in sheet.decode()
    assert str(entered.number) not in [line.split(";")[8] for line in sheet.decode().splitlines()]


def test_a_nota_whose_xml_is_missing_keeps_no_other_out_of_the_zip(
    oto_at: Client, nota: Nota, sold: list[Order], now: datetime
) -> None:
    whole = authorise(nota.company, sold[1], now)
    NotaXml.objects.of(nota.company_id).filter(nota=nota).update(protocol_xml=None)

    answer = oto_at.get("/padaria-sol/notas/zip/")

    names = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()  # type: ignore[attr-defined]
    assert names == [f"{whole.chave_de_acesso}-procNFe.xml", "FALTAM.txt"]


def test_homologacao_promises_nothing_that_does_not_happen(oto_at: Client, sold: list[Order]) -> None:
    Issuer.objects.of(sold[0].company_id).update(environment="2")

    shown = oto_at.get(f"/padaria-sol/pedidos/notas/?pedido={sold[0].pk}").content.decode()

    assert "sem valor fiscal" in shown
    assert "baixa o estoque" not in shown


def test_what_is_asked_for_again_by_itself_brings_its_buttons_and_dialogs(oto_at: Client, nota: Nota) -> None:
    Nota.objects.of(nota.company_id).update(authorised_at=datetime.now(tz=nota.created_at.tzinfo))

    fragment = oto_at.get(f"/padaria-sol/notas/{nota.pk}/", headers={"HX-Request": "true"}).content.decode()

    assert 'id="cancel"' in fragment
    assert "DANFE" in fragment


def test_a_rejection_that_waits_for_a_person_leads_to_its_nota(
    oto_at: Client, sold: list[Order], now: datetime
) -> None:
    rejected = prepare_sale(open_workshop(sold[0].company, now=now), sold[0].pk, by="oto", now=now)
    errand = claim(rejected.company_id, rejected.pk, holder="teste", now=now)
    assert errand is not None
    take_in(rejected.company_id, Reply(errand, answer=Answer(cstat="778", reason="NCM inexistente")), now=now)
    matter = PendingMatter.objects.of(rejected.company_id).get(kind="nota_rejected")

    shown = oto_at.get(f"/padaria-sol/pendencias/{matter.pk}/").content.decode()

    assert f"/padaria-sol/notas/{rejected.pk}/" in shown
