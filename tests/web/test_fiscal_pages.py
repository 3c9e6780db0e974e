"""The screens of the fiscal set-up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.fiscal.models import DigitalCertificate, Intermediary, Inutilizacao, Issuer, Nota, NumberSeries
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.set_up import IssuerFields, save_issuer, set_next_number
from ahead.fiscal.voiding import VoidReply, announce_voiding, due_voidings, take_in_voiding
from ahead.nfe.answers import InutilisationAnswer
from ahead.orders.models import OrderMarketplace
from ahead.stores.models import Store
from fiscal_making import BY, PASSWORD, make_sale, pfx_of, set_up_issuer, trust

Enter = Callable[[User], Client]
HOME = "/padaria-sol/fiscal/"
READ = ("lista-de-verificacao/", "configuracao/", "certificado/", "intermediadores/", "numeracao/", "sefaz/")
OWNERS = ("intermediadores/novo/", "numeracao/proximo-numero/", "numeracao/inutilizacao/?ambiente=1&serie=1&de=1&ate=1")


@pytest.fixture
def trusted(settings: Any) -> None:
    trust(settings)


@pytest.fixture
def issuer(padaria: Company, now: datetime, trusted: None) -> Issuer:
    return set_up_issuer(padaria, now)


@pytest.fixture
def ana_in(enter: Enter, ana: User) -> Client:
    return enter(ana)


def text_of(client: Client, rest: str) -> str:
    answer = client.get(HOME + rest)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def as_shown(client: Client) -> dict[str, Any]:
    """What the browser would send of the form of who issues, as it stands."""
    form = client.get(f"{HOME}configuracao/").context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value not in {None, False}}


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["reader", "operator", "owner", "staff"])
def test_every_member_may_look(enter: Enter, by_role: dict[str, User], issuer: Issuer, role: str) -> None:
    client = enter(by_role[role])
    for rest in READ:
        assert client.get(HOME + rest).status_code == 200, rest


@pytest.mark.parametrize("role", ["reader", "operator"])
def test_who_may_not_change_it_finds_no_button_and_is_refused(
    enter: Enter, by_role: dict[str, User], issuer: Issuer, role: str
) -> None:
    client = enter(by_role[role])
    assert "Só para ver" in text_of(client, "configuracao/")
    assert 'type="file"' not in text_of(client, "certificado/")
    for rest in ("configuracao/", "certificado/", "sefaz/contingencia/", "sefaz/contingencia/saida/"):
        assert client.post(HOME + rest, {"reason": "SEFAZ fora do ar desde cedo"}).status_code == 403, rest
    for rest in OWNERS:
        assert client.get(HOME + rest).status_code == 403, rest
        assert client.post(HOME + rest).status_code == 403, rest
    assert Issuer.objects.across_companies().get().contingency_since is None


# ── what is missing ────────────────────────────────────────────────────────────────────────────────────────


def test_fiscal_begins_with_what_is_missing_until_nothing_is(ana_in: Client, padaria: Company, now: datetime) -> None:
    page = text_of(ana_in, "")
    assert "Falta: razão social" in page
    assert f'href="{HOME}certificado/"' in page


def test_once_all_is_there_fiscal_begins_with_who_issues(ana_in: Client, issuer: Issuer) -> None:
    assert ana_in.get(HOME)["Location"] == f"{HOME}configuracao/"
    assert "Tudo pronto" in text_of(ana_in, "lista-de-verificacao/")


# ── who issues ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_owner_says_who_issues(ana_in: Client, padaria: Company) -> None:
    sent = as_shown(ana_in) | {
        "legal_name": "Padaria do Sol Ltda", "crt": "1", "uf": "BA", "municipality": "salvador", "serie": "3",
        "postal_code": "40020-000",
    }  # fmt: skip
    answer = ana_in.post(f"{HOME}configuracao/", sent)

    assert answer["Location"] == f"{HOME}configuracao/"
    kept = Issuer.objects.of(padaria).get()
    assert (kept.municipality_code, kept.postal_code, kept.serie, kept.environment) == ("2927408", "40020000", 3, "2")
    padaria.refresh_from_db()
    assert padaria.legal_name == "Padaria do Sol Ltda"


def test_what_will_not_do_is_said_at_its_field(ana_in: Client, issuer: Issuer) -> None:
    answer = ana_in.post(f"{HOME}configuracao/", as_shown(ana_in) | {"municipality": "Sao Polo"})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["municipality"]
    assert 'id="id_municipality_error"' in answer.content.decode()


def test_producao_is_confirmed_first(ana_in: Client, issuer: Issuer, padaria: Company, now: datetime) -> None:
    save_issuer(padaria, IssuerFields(environment="2"), by=BY, now=now)
    sent = as_shown(ana_in) | {"environment": "1"}

    refused = ana_in.post(f"{HOME}configuracao/", sent)
    assert list(refused.context["form"].errors) == ["confirms"]
    assert Issuer.objects.of(padaria).get().environment == "2"

    ana_in.post(f"{HOME}configuracao/", sent | {"confirms": "on"})
    assert Issuer.objects.of(padaria).get().environment == "1"
    assert "confirms" not in ana_in.get(f"{HOME}configuracao/").context["form"].fields


def test_the_csrt_is_never_shown_and_stays_when_left_blank(
    ana_in: Client, issuer: Issuer, padaria: Company, now: datetime
) -> None:
    whole = {
        "technician_cnpj": "19131243000197", "technician_contact": "Lia", "technician_email": "lia@ahead.example",
        "technician_phone": "1133334444", "csrt_id": "01", "csrt": "G8063VRTNDMO886SFNK5",
    }  # fmt: skip
    ana_in.post(f"{HOME}configuracao/", as_shown(ana_in) | whole)
    assert Issuer.objects.of(padaria).get().csrt == "G8063VRTNDMO886SFNK5"
    assert "G8063VRTNDMO886SFNK5" not in text_of(ana_in, "configuracao/")

    ana_in.post(f"{HOME}configuracao/", as_shown(ana_in) | {"technician_contact": "Lia Reis"})
    kept = Issuer.objects.of(padaria).get()
    assert (kept.csrt, kept.technician_contact) == ("G8063VRTNDMO886SFNK5", "Lia Reis")

    ana_in.post(f"{HOME}configuracao/", as_shown(ana_in) | {"csrt_id": ""})
    assert Issuer.objects.of(padaria).get().csrt == ""


def test_the_template_is_shown_as_a_nota_would_say_it(ana_in: Client, padaria: Company) -> None:
    page = ana_in.get(f"{HOME}configuracao/exemplo/", {"information": "Pedido {pedido} {nada} <b>"}).content.decode()
    assert "Pedido 1042 {nada} &lt;b&gt;" in page
    assert "Não existe: nada." in page


def test_municipalities_of_the_uf_are_offered(ana_in: Client, padaria: Company) -> None:
    asked = {"uf": "BA", "municipality": "Salv"}
    assert 'value="Salvador"' in ana_in.get(f"{HOME}configuracao/municipios/", asked).content.decode()
    assert "option" not in ana_in.get(f"{HOME}configuracao/municipios/", {**asked, "uf": "SP"}).content.decode()


# ── the certificate ────────────────────────────────────────────────────────────────────────────────────────


def upload(client: Client, pfx: bytes, password: str = PASSWORD) -> Any:
    sent = SimpleUploadedFile("empresa.pfx", pfx, "application/x-pkcs12")
    return client.post(f"{HOME}certificado/", {"certificate": sent, "password": password})


def test_a_certificate_is_sent_and_its_password_never_shown(ana_in: Client, padaria: Company, trusted: None) -> None:
    answer = upload(ana_in, pfx_of(padaria.cnpj))

    assert answer["Location"] == f"{HOME}certificado/"
    page = text_of(ana_in, "certificado/")
    assert "PADARIA DO SOL LTDA" in page
    assert "11.222.333/0001-81" in page
    assert "Em vigor" in page
    assert PASSWORD not in page


@pytest.mark.parametrize(
    ("pfx", "password", "words"),
    [
        (None, "outra senha", "A senha não abre o certificado"),
        (b"0" * 100_001, PASSWORD, "grande demais"),
        (b"", PASSWORD, "O arquivo está vazio"),
    ],
)
def test_a_certificate_that_will_not_do_is_refused_at_the_file(
    ana_in: Client, padaria: Company, trusted: None, pfx: bytes | None, password: str, words: str
) -> None:
    answer = upload(ana_in, pfx_of(padaria.cnpj) if pfx is None else pfx, password)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors["certificate"])
    assert password not in page
    assert not DigitalCertificate.objects.across_companies().exists()


def test_the_certificate_of_another_company_is_refused(
    ana_in: Client, padaria: Company, outra: Company, trusted: None
) -> None:
    assert "de outra empresa" in upload(ana_in, pfx_of(outra.cnpj)).content.decode()


@pytest.mark.parametrize(("days", "words"), [(29, "Vence logo"), (-1, "Vencido"), (31, "Em vigor")])
def test_a_certificate_that_expires_is_warned_of(ana_in: Client, issuer: Issuer, days: int, words: str) -> None:
    DigitalCertificate.objects.across_companies().update(not_after=timezone.now() + timedelta(days=days, hours=1))
    assert words in text_of(ana_in, "certificado/")


# ── marketplaces ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_channel_that_lacks_something_is_completed_once_for_all_its_orders(
    ana_in: Client, issuer: Issuer, loja: Store, make_product: Any, now: datetime
) -> None:
    bread = make_product(loja.company, ncm="19059090", on_hand=5)
    make_sale(loja, now, [(bread, 1, "9.00")], marketplace=True)
    OrderMarketplace.objects.across_companies().update(document="", seller_name="")
    page = text_of(ana_in, "intermediadores/")
    assert "Falta completar" in page
    assert "o CNPJ do intermediador" in page

    begun = ana_in.get(f"{HOME}intermediadores/novo/", {"canal": "Mercado Livre"}).context["form"]
    assert begun["seller_id"].value() == "LOJADOSOL"  # what its orders say
    sent = {"channel": "Mercado Livre", "cnpj": "03.007.331/0001-41", "seller_id": "LOJADOSOL", "payment_cnpj": ""}
    assert ana_in.post(f"{HOME}intermediadores/novo/", sent).status_code == 302

    row = Intermediary.objects.of(loja.company).get()
    assert (row.cnpj, row.store) == ("03007331000141", None)
    assert "Falta completar" not in text_of(ana_in, "intermediadores/")
    again = ana_in.post(f"{HOME}intermediadores/novo/", sent)
    assert "já está cadastrado" in str(again.context["form"].errors["channel"])


def test_a_channel_is_changed_and_a_wrong_cnpj_refused_at_its_field(
    ana_in: Client, issuer: Issuer, padaria: Company
) -> None:
    row = Intermediary.objects.create(company=padaria, channel="Shopee", cnpj="", seller_id="sol")
    sent = {"channel": "Shopee", "cnpj": "35.635.824/0001-13", "seller_id": "sol", "payment_cnpj": ""}
    refused = ana_in.post(f"{HOME}intermediadores/{row.pk}/", sent)
    assert list(refused.context["form"].errors) == ["cnpj"]

    ana_in.post(f"{HOME}intermediadores/{row.pk}/", sent | {"cnpj": "35.635.824/0001-12"})
    row.refresh_from_db()
    assert row.cnpj == "35635824000112"


# ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gap(issuer: Issuer, loja: Store, make_product: Any, now: datetime) -> Nota:
    """Nota 100, and then the numbers 101 to 103 without one."""
    bread = make_product(loja.company, ncm="19059090", on_hand=5)
    nota = prepare_sale(
        open_workshop(loja.company, now=now), make_sale(loja, now, [(bread, 1, "9.00")]).pk, by=BY, now=now
    )
    set_next_number(loja.company, environment="1", serie=1, next_number=104, by=BY, now=now)
    return nota


GAP = f"{HOME}numeracao/inutilizacao/?ambiente=1&serie=1&de=101&ate=103"


def test_numbers_stand_as_they_are(ana_in: Client, gap: Nota, oto_in: Client) -> None:
    page = text_of(ana_in, "numeracao/")
    assert "101 a 103" in page
    assert "Sem nota" in page
    assert "Aguardando a SEFAZ" in page  # nota 100 is on its way
    assert GAP.replace("&", "&amp;") in page
    assert "Inutilizar" not in text_of(oto_in, "numeracao/")


def test_nothing_is_missing_where_all_is_well(ana_in: Client, issuer: Issuer) -> None:
    assert "Nada falta: todos os números" in text_of(ana_in, "numeracao/")


def test_a_gap_is_voided_after_what_it_means_was_said(
    ana_in: Client, gap: Nota, django_capture_on_commit_callbacks: Any
) -> None:
    page = text_of(ana_in, GAP.removeprefix(HOME))
    assert "Inutilizar os números 101 a 103 da série 1" in page
    assert "Não há como desfazer." in page

    with django_capture_on_commit_callbacks() as callbacks:
        answer = ana_in.post(GAP, {"justification": "Números pulados por engano"})

    assert answer["Location"] == f"{HOME}numeracao/"
    kept = Inutilizacao.objects.across_companies().get()
    assert (kept.first_number, kept.last_number, kept.state) == (101, 103, "signed")
    assert callbacks  # its way to SEFAZ is asked for
    page = text_of(ana_in, "numeracao/")
    assert "Números pulados por engano" in page
    assert "Inutilizar…" not in page


def test_what_sefaz_granted_is_given_to_the_accountant_as_it_was_signed_and_answered(
    ana_in: Client, gap: Nota, padaria: Company, now: datetime
) -> None:
    ana_in.post(GAP, {"justification": "Números pulados por engano"})
    [request_id] = due_voidings(padaria.pk, now=timezone.now())
    errand = announce_voiding(padaria.pk, request_id, now=timezone.now())
    assert errand is not None
    address = f"{HOME}numeracao/inutilizacao/{errand.request_id}/xml/"
    assert ana_in.get(address).status_code == 404
    assert address not in text_of(ana_in, "numeracao/")

    told = b'<retInutNFe versao="4.00"><infInut><cStat>102</cStat></infInut></retInutNFe>'
    answer = InutilisationAnswer(cstat="102", reason="Homologado", number="135260000000001", xml=told)
    take_in_voiding(padaria.pk, VoidReply(errand, answer=answer), now=now)

    assert address in text_of(ana_in, "numeracao/")
    answered = ana_in.get(address)
    assert errand.signed + told in answered.content
    assert 'filename="serie-1-numeros-101-a-103-procInutNFe.xml"' in answered["Content-Disposition"]


@pytest.mark.parametrize(
    ("address", "sent", "words"),
    [
        (GAP, {"justification": "curta"}, "15"),
        (GAP.replace("de=101", "de=100"), {"justification": "Números pulados por engano"}, "números sem nota"),
    ],
)
def test_numbers_that_may_not_be_voided_are_refused(
    ana_in: Client, gap: Nota, address: str, sent: dict[str, str], words: str
) -> None:
    answer = ana_in.post(address, sent)
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors)
    assert not Inutilizacao.objects.across_companies().exists()


def test_an_address_that_names_no_numbers_leads_back(ana_in: Client, issuer: Issuer) -> None:
    assert ana_in.get(f"{HOME}numeracao/inutilizacao/?serie=x")["Location"] == f"{HOME}numeracao/"


def test_a_stopped_serie_is_lifted_by_saying_its_next_number(ana_in: Client, gap: Nota) -> None:
    NumberSeries.objects.across_companies().update(stopped_because="a SEFAZ já tem o número 104")
    page = text_of(ana_in, "numeracao/")
    assert "Esta série está parada" in page
    form = ana_in.get(f"{HOME}numeracao/proximo-numero/?ambiente=1&serie=1").context["form"]
    assert form["next_number"].value() == 104

    sent = {"environment": "1", "serie": "1", "next_number": "100"}
    refused = ana_in.post(f"{HOME}numeracao/proximo-numero/", sent)
    assert list(refused.context["form"].errors) == ["next_number"]
    ana_in.post(f"{HOME}numeracao/proximo-numero/", sent | {"next_number": "105"})

    series = NumberSeries.objects.across_companies().get()
    assert (series.next_number, series.stopped_because) == (105, "")


# ── SEFAZ ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_contingency_wants_a_reason_and_is_left_again(ana_in: Client, issuer: Issuer) -> None:
    page = text_of(ana_in, "sefaz/")
    assert "Quase sempre é melhor esperar" in page
    assert "SVC-AN" in page

    short = ana_in.post(f"{HOME}sefaz/contingencia/", {"reason": "caiu"})
    assert short.status_code == 422
    ana_in.post(f"{HOME}sefaz/contingencia/", {"reason": "SEFAZ SP fora do ar desde as 9 horas"})
    assert Issuer.objects.across_companies().get().contingency_since is not None
    assert "SEFAZ SP fora do ar desde as 9 horas" in text_of(ana_in, "sefaz/")

    ana_in.post(f"{HOME}sefaz/contingencia/saida/")
    assert Issuer.objects.across_companies().get().contingency_since is None


def test_a_rest_is_shown_with_its_cause(ana_in: Client, issuer: Issuer) -> None:
    Issuer.objects.across_companies().update(
        resting_until=timezone.now() + timedelta(minutes=9), resting_because="656: consumo indevido"
    )
    assert "656: consumo indevido" in text_of(ana_in, "sefaz/")
    Issuer.objects.across_companies().update(resting_until=timezone.now() - timedelta(minutes=9))
    assert "656: consumo indevido" not in text_of(ana_in, "sefaz/")


def test_a_sefaz_that_cannot_be_reached_is_said_so(ana_in: Client, issuer: Issuer, settings: Any) -> None:
    settings.SEFAZ_ADDRESS = "https://127.0.0.1:9"  # nobody listens there
    page = ana_in.post(f"{HOME}sefaz/consulta/", headers={"HX-Request": "true"}).content.decode()
    assert page.count("Sem resposta") == 2
    assert "<html" not in page
    assert "<html" in ana_in.post(f"{HOME}sefaz/consulta/").content.decode()


def test_without_a_certificate_sefaz_is_not_asked(ana_in: Client, issuer: Issuer) -> None:
    DigitalCertificate.objects.across_companies().update(is_current=False)
    assert "não tem certificado digital A1" in ana_in.post(f"{HOME}sefaz/consulta/").content.decode()
