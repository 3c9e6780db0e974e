"""Gerar Notas, the notas and what is done to them, through the screens."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import User
from ahead.catalog.models import Product
from ahead.fiscal.journal import note
from ahead.fiscal.models import Issuer, Nota, NotaEvent, NotaXml
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.sending import Reply, claim
from ahead.fiscal.taking_in import take_in
from ahead.nfe.answers import Answer
from ahead.orders import queries
from ahead.orders.models import Order
from ahead.orders.operations import enter_order
from ahead.pending.models import PendingMatter
from ahead.web.filtering import digest_of
from fiscal_making import authorise


def test_a_reader_may_look_but_not_press(client: Client, bia: User, nota: Nota) -> None:
    client.force_login(bia)

    assert client.get("/padaria-sol/notas/").status_code == 200
    assert client.get(f"/padaria-sol/notas/{nota.pk}/").status_code == 200
    assert client.get(f"/padaria-sol/pedidos/notas/?pedido={nota.order_id}").status_code == 403
    assert client.post(f"/padaria-sol/notas/{nota.pk}/cancelamento/", {"reason": "x" * 20}).status_code == 403


@pytest.mark.parametrize("address", ["/padaria-sol/notas/", "/padaria-sol/sincronizacao/notas/"])
def test_notas_are_listed_and_summed(oto_at: Client, nota: Nota, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "CUSTOMERS_LOOKED_AT", 0)  # what is added up is never a part
    shown = oto_at.get(address).content.decode()
    assert nota.chave_de_acesso[:4] in shown
    assert "10,00" in shown

    for asked in (nota.chave_de_acesso, nota.number, nota.recipient_document, nota.recipient, nota.order.tray_id):
        assert nota.chave_de_acesso[:4] in oto_at.get(f"{address}?q={asked}").content.decode(), asked
    assert "Nenhuma nota com estes filtros" in oto_at.get(f"{address}?q=Zebedeu").content.decode()
    assert "Nenhuma nota com estes filtros" in oto_at.get(f"{address}?estado=rejected").content.decode()
    assert oto_at.get(f"{address}?pagina=x&ordem=nada").status_code == 200


def test_a_company_without_notas_is_told_where_they_come_from(oto_at: Client) -> None:
    assert "Gerar Notas" in oto_at.get("/padaria-sol/notas/").content.decode()
    assert oto_at.get("/padaria-sol/notas/geracoes/").status_code == 200


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


def test_a_rejected_devolucao_may_be_given_up(oto_at: Client, nota: Nota, now: datetime) -> None:
    assert oto_at.post(f"/padaria-sol/notas/{nota.pk}/devolucao/", {"units-1": "1"}).status_code == 302
    back = Nota.objects.of(nota.company_id).get(kind="return")
    page = f"/padaria-sol/notas/{back.pk}/"
    assert "Desistir" not in oto_at.get(page).content.decode()
    errand = claim(back.company_id, back.pk, holder="teste", now=now + timedelta(minutes=1))
    assert errand is not None
    take_in(back.company_id, Reply(errand, answer=Answer(cstat="327", reason="Rejeição")), now=now)
    assert "Desistir desta devolução?" in oto_at.get(page).content.decode()

    done = oto_at.post(f"{page}retirada/", follow=True)

    assert f"A devolução {back} não vai mais à SEFAZ" in done.content.decode()
    assert "Desistir desta devolução?" not in oto_at.get(page).content.decode()
    assert oto_at.post(f"{page}retirada/").status_code == 422


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


@pytest.mark.parametrize(("path", "field"), [("cancelamento", "reason"), ("correcao", "text")])
def test_what_was_typed_and_refused_stays_in_its_open_dialog(oto_at: Client, nota: Nota, path: str, field: str) -> None:
    Nota.objects.of(nota.company_id).update(authorised_at=timezone.now())
    answer = oto_at.post(f"/padaria-sol/notas/{nota.pk}/{path}/", {field: "curta demais"})

    shown = answer.content.decode()
    assert answer.status_code == 422
    opened = shown[shown.index("data-dialog-opened") :].split("</dialog>")[0]
    assert "curta demais" in opened
    assert "field__error" in opened
    assert shown.count("data-dialog-opened") == 1


def test_the_chave_can_be_taken_whole(oto_at: Client, nota: Nota) -> None:
    shown = oto_at.get(f"/padaria-sol/notas/{nota.pk}/").content.decode()

    assert f'id="chave">{nota.chave_de_acesso}</span>' in shown
    assert 'data-copy="chave"' in shown


def test_a_rejection_is_told_of_whatever_came_after_it(oto_at: Client, sold: list[Order], now: datetime) -> None:
    rejected = prepare_sale(open_workshop(sold[0].company, now=now), sold[0].pk, by="oto", now=now)
    errand = claim(rejected.company_id, rejected.pk, holder="teste", now=now)
    assert errand is not None
    rejected = take_in(
        rejected.company_id, Reply(errand, answer=Answer(cstat="778", reason="NCM inexistente")), now=now
    )
    note(rejected, "Enviada ao comprador.", by="oto", now=now + timedelta(minutes=1))

    shown = oto_at.get(f"/padaria-sol/notas/{rejected.pk}/").content.decode()

    alert = shown[shown.index("alert") : shown.index("Histórico")]
    assert "Rejeitada (778)" in alert
    assert "Enviada ao comprador" not in alert


def test_all_undelivered_notas_that_match_are_sent_again_after_they_are_counted(
    oto_at: Client, sold: list[Order], now: datetime
) -> None:
    company = sold[0].company
    notas = [authorise(company, order, now) for order in sold]
    Nota.objects.of(company).filter(pk=notas[0].pk).update(delivery="delivered")
    Nota.objects.of(company).filter(pk=notas[1].pk).update(delivery="failed", delivery_due_at=None)
    address = "/padaria-sol/notas/reenvio/todas/"

    shown = oto_at.get(address).content.decode()
    assert "2 notas que casam com os filtros" in shown
    assert oto_at.post(address, {"vistas": digest_of(one.pk for one in notas)}).status_code == 409
    assert Nota.objects.of(company).get(pk=notas[1].pk).delivery == "failed"

    oto_at.post(address, {"vistas": digest_of(one.pk for one in notas[1:])})
    assert Nota.objects.of(company).get(pk=notas[1].pk).delivery == "due"
    assert "Nenhuma nota a reenviar" in oto_at.get(f"{address}?estado=rejected").content.decode()


def test_notas_with_a_problem_are_listed_together(oto_at: Client, sold: list[Order], now: datetime) -> None:
    company = sold[0].company
    good, bad = authorise(company, sold[0], now), authorise(company, sold[1], now)
    Nota.objects.of(company).filter(pk=bad.pk).update(delivery="failed")

    listed = oto_at.get("/padaria-sol/notas/?estado=problem").content.decode()
    assert f"/padaria-sol/notas/{bad.pk}/" in listed
    assert f"/padaria-sol/notas/{good.pk}/" not in listed
