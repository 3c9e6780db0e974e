"""The fiscal set-up: what is refused and where, what is missing before the first nota, what expires."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.fiscal import checklist, rules
from ahead.fiscal.channels import CNPJ, SELLER, channels
from ahead.fiscal.expiring import watch_certificates
from ahead.fiscal.models import DigitalCertificate, Inutilizacao, Issuer, NumberSeries
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.set_up import (
    LARGEST_PFX,
    IssuerFields,
    WrongSetUp,
    save_intermediary,
    save_issuer,
    set_next_number,
    upload_certificate,
)
from ahead.lib.municipalities import municipality_code, municipality_names
from ahead.orders.models import OrderMarketplace
from ahead.pending.models import PendingMatter
from ahead.stores.models import Store
from fiscal_making import BY, PASSWORD, make_sale, pfx_of, set_up_issuer, trust

CNPJ_OF_MARKET = "03007331000141"


@pytest.fixture
def issuer(padaria: Company, now: datetime, settings: Any) -> Issuer:
    trust(settings)
    return set_up_issuer(padaria, now)


def refused(padaria: Company, now: datetime, **given: Any) -> WrongSetUp:
    with pytest.raises(WrongSetUp) as refusal:
        save_issuer(padaria, IssuerFields(**given), by=BY, now=now)
    return refusal.value


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"crt": "9"}, "crt"),
        ({"environment": ""}, "environment"),
        ({"cnae": "47.21"}, "cnae"),
        ({"postal_code": "0100"}, "postal_code"),
        ({"uf": "XX"}, "uf"),
        ({"municipality": "Sao Polo"}, "municipality"),
        ({"serie": 890}, "serie"),
        ({"natureza_id": 999_999}, "natureza_id"),
        ({"street": "x" * 61}, "street"),
        ({"information": "Pedido {pedidoo}"}, "information"),
        ({"technician_cnpj": "11222333000180"}, "technician_cnpj"),
        ({"technician_cnpj": "11222333000181", "technician_contact": "Lia"}, "technician_email"),
        ({"csrt": "G8063VRTNDMO"}, "csrt_id"),
        ({"csrt_id": "01"}, "csrt"),
    ],
)
def test_what_will_not_do_is_refused_at_its_field_and_nothing_is_kept(
    issuer: Issuer, padaria: Company, now: datetime, given: dict[str, Any], field: str
) -> None:
    before = Issuer.objects.of(padaria).values().get()
    assert refused(padaria, now, **given).field == field
    assert Issuer.objects.of(padaria).values().get() == before


def test_a_legal_name_that_no_nota_can_say_is_refused(issuer: Issuer, padaria: Company, now: datetime) -> None:
    with pytest.raises(WrongSetUp) as refusal:
        save_issuer(padaria, IssuerFields(), legal_name="P" * 61, by=BY, now=now)
    assert refusal.value.field == "legal_name"


def test_a_natureza_may_be_taken_back(issuer: Issuer, padaria: Company, now: datetime) -> None:
    save_issuer(padaria, IssuerFields(return_natureza_id=issuer.natureza_id), by=BY, now=now)
    save_issuer(padaria, IssuerFields(return_natureza_id=0), by=BY, now=now)
    assert Issuer.objects.of(padaria).get().return_natureza_id is None


def test_the_example_of_a_template_names_what_notas_name(issuer: Issuer, loja: Store, now: datetime) -> None:
    template = " ".join(f"{{{name}}}" for name in rules.TEMPLATE_NAMES)
    assert "{" not in rules.template_example(template)
    save_issuer(loja.company, IssuerFields(information=f"Notas: {template}"), by=BY, now=now)
    product = Product.objects.create(
        company=loja.company, code="MEL", name="Pão de mel", ncm="19059090", created_at=now, updated_at=now
    )
    order = make_sale(loja, now, [(product, 1, "10.00")], marketplace=True, marketplace_number="2000001234567")

    nota = prepare_sale(open_workshop(loja.company, now=now), order.pk, by=BY, now=now)

    said = bytes(nota.xmls.get().signed).decode()
    assert "Notas: " in said
    assert "{" not in said


@pytest.mark.parametrize(
    ("typed", "uf", "found"),
    [
        ("são p", "SP", ["são paulo", "são pedro", "são pedro do turvo"]),
        ("Santana de Parna", "SP", ["santana de parnaiba"]),
        ("x", "SP", []),
        ("Sal", "ZZ", []),
    ],
)
def test_municipalities_are_offered_as_they_are_being_typed(typed: str, uf: str, found: list[str]) -> None:
    offered = municipality_names(typed, uf)
    assert [one.lower() for one in offered] == found
    assert all(municipality_code(one, uf) for one in offered)


def test_a_file_too_large_for_a_certificate_is_not_even_opened(padaria: Company, now: datetime) -> None:
    with pytest.raises(WrongSetUp, match="grande demais") as refusal:
        upload_certificate(padaria, b"0" * (LARGEST_PFX + 1), PASSWORD, by=BY, now=now)
    assert refusal.value.field == "certificate"


# ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────


def next_number(padaria: Company, number: int, now: datetime, *, serie: int = 1, environment: str = "1") -> None:
    set_next_number(padaria, environment=environment, serie=serie, next_number=number, by=BY, now=now)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"environment": "3"}, "environment"), ({"serie": 890}, "serie"), ({"number": 0}, "next_number")],
)
def test_a_serie_that_cannot_be_is_refused(padaria: Company, now: datetime, given: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongSetUp) as refusal:
        next_number(padaria, **{"number": 5, "now": now, **given})
    assert refusal.value.field == field
    assert not NumberSeries.objects.of(padaria).exists()


def test_numbers_of_a_serie_at_work_do_not_leap_by_a_slip_of_the_finger(
    issuer: Issuer, loja: Store, make_product: Any, now: datetime
) -> None:
    next_number(loja.company, 90_000, now)  # nothing was issued here yet: any number may be the first
    bread = make_product(loja.company, ncm="19059090", on_hand=5)
    prepare_sale(open_workshop(loja.company, now=now), make_sale(loja, now, [(bread, 1, "9.00")]).pk, by=BY, now=now)

    with pytest.raises(WrongSetUp, match="pula mais de 1000"):
        next_number(loja.company, 900_010, now)

    next_number(loja.company, 90_100, now)
    assert NumberSeries.objects.of(loja.company).get(serie=1).next_number == 90_100


def test_a_number_that_was_voided_is_given_to_no_nota(issuer: Issuer, padaria: Company, now: datetime) -> None:
    facts = {"environment": "1", "serie": 1, "first_number": 120, "last_number": 125, "year": 26, "signed": b"<x/>"}
    voided = Inutilizacao.objects.create(company=padaria, created_at=now, created_by=BY, state="accepted", **facts)

    with pytest.raises(WrongSetUp, match="já foi inutilizado"):
        next_number(padaria, 123, now)
    next_number(padaria, 126, now)

    Inutilizacao.objects.of(padaria).filter(pk=voided.pk).update(state="rejected")
    next_number(padaria, 123, now)


# ── what is missing ────────────────────────────────────────────────────────────────────────────────────────


def steps_of(company: Company, now: datetime) -> dict[str, checklist.Step]:
    return {step.title: step for step in checklist.checklist(company, now=now)}


def test_a_company_without_anything_lacks_everything_but_marketplaces(padaria: Company, now: datetime) -> None:
    steps = steps_of(padaria, now)

    assert not checklist.is_complete(steps.values())
    undone = [title for title, step in steps.items() if not step.is_done]
    assert undone == ["Quem emite", "Certificado digital", "Emissão e numeração", "Naturezas de operação"]
    assert "razão social, inscrição estadual, endereço" in steps["Quem emite"].lines[0].text


def test_a_company_that_is_set_up_lacks_nothing(issuer: Issuer, padaria: Company, now: datetime) -> None:
    steps = steps_of(padaria, now)
    assert [line for step in steps.values() for line in step.lines] == []
    assert checklist.is_complete(steps.values())


def test_what_taxes_lack_is_shown_where_it_is_mended(
    issuer: Issuer, loja: Store, make_product: Any, now: datetime
) -> None:
    make_sale(loja, now, [(make_product(loja.company, ncm="", on_hand=5), 1, "9.00")])
    step = steps_of(loja.company, now)["Produtos"]
    assert not step.is_done
    assert step.lines[0].text == "Produtos vendidos ou anunciados sem NCM."


def test_a_stop_holds_the_first_nota_up_and_a_fresh_serie_only_deserves_a_look(
    issuer: Issuer, padaria: Company, now: datetime
) -> None:
    NumberSeries.objects.of(padaria).update(stopped_because="a SEFAZ já tem o número 7")
    assert not steps_of(padaria, now)["Emissão e numeração"].is_done

    save_issuer(padaria, IssuerFields(serie=7, environment="2"), by=BY, now=now)
    step = steps_of(padaria, now)["Emissão e numeração"]
    assert step.is_done
    assert [line.text.split(",")[0] for line in step.lines] == [
        "A série 7 vai começar no número 1. Se ela já foi usada em outro sistema",
        "As notas saem em Homologação",
    ]


# ── marketplaces ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def market(issuer: Issuer, loja: Store, make_product: Any, now: datetime) -> OrderMarketplace:
    order = make_sale(loja, now, [(make_product(loja.company, ncm="19059090", on_hand=5), 1, "9.00")], marketplace=True)
    OrderMarketplace.objects.of(loja.company).update(document="", seller_id="", seller_name="")
    return OrderMarketplace.objects.of(loja.company).get(order=order)


def complete(loja: Store, now: datetime, *, store_id: int | None, **given: str) -> None:
    facts = {"channel": "MERCADO  livre", "cnpj": "", "seller_id": "", "payment_cnpj": "", **given}
    save_intermediary(loja.company, intermediary_id=None, store_id=store_id, by=BY, now=now, **facts)


def test_a_marketplace_lacks_what_neither_orders_nor_people_told(
    market: OrderMarketplace, loja: Store, now: datetime
) -> None:
    (channel,) = channels(loja.company, now=now)
    assert (channel.name, channel.orders, channel.missing) == ("Mercado Livre", 1, (CNPJ, SELLER))
    assert channel.payment_document == "10573521000191"

    complete(loja, now, store_id=None, cnpj=CNPJ_OF_MARKET)
    assert channels(loja.company, now=now)[0].missing == (SELLER,)
    assert not steps_of(loja.company, now)["Intermediadores"].lines[0].is_blocking

    complete(loja, now, store_id=loja.pk, cnpj=CNPJ_OF_MARKET, seller_id="PADARIA")
    (channel,) = channels(loja.company, now=now)
    assert channel.missing == ()
    assert len(channel.rows) == 2


def test_a_marketplace_of_long_ago_is_told_only_if_it_was_completed(
    market: OrderMarketplace, loja: Store, now: datetime
) -> None:
    later = now + timedelta(days=91)
    assert channels(loja.company, now=later) == []
    complete(loja, now, store_id=None)
    assert [(one.orders, one.missing) for one in channels(loja.company, now=later)] == [(0, ())]


# ── certificates that expire ───────────────────────────────────────────────────────────────────────────────


def expiry(company: Company) -> PendingMatter | None:
    return PendingMatter.objects.of(company).filter(kind="certificate", key="expiry", resolved_at=None).first()


def expires(company: Company, at: datetime) -> None:
    DigitalCertificate.objects.of(company).filter(is_current=True).update(not_after=at)


def test_a_certificate_is_warned_of_at_30_15_7_and_1_days_and_once_it_expired(
    issuer: Issuer, padaria: Company, now: datetime
) -> None:
    end = now + timedelta(days=31)
    expires(padaria, end)
    assert watch_certificates(now=now) == 0

    said = []
    for days in (29.5, 20, 14.9, 6.5, 0.5, -0.1):
        at = end - timedelta(days=days)
        assert watch_certificates(now=at) == 1
        assert watch_certificates(now=at + timedelta(minutes=1)) == 0  # it is said already
        matter = expiry(padaria)
        assert matter is not None
        said.append(matter.text)

    assert [text.split(", ")[-1].split(":")[0] for text in said[:-1]] == [
        "em até 30 dias", "em até 30 dias", "em até 15 dias", "em até 7 dias", "em menos de um dia",
    ]  # fmt: skip
    assert "venceu em 25/12/2026" in said[-1]
    assert PendingMatter.objects.of(padaria).filter(kind="certificate").count() == 1


def test_a_renewed_certificate_closes_what_was_pending(issuer: Issuer, padaria: Company, now: datetime) -> None:
    expires(padaria, now + timedelta(days=3))
    watch_certificates(now=now)
    assert expiry(padaria) is not None

    upload_certificate(padaria, pfx_of(padaria.cnpj), PASSWORD, by=BY, now=now)

    assert expiry(padaria) is None
    assert watch_certificates(now=now) == 0


def test_a_matter_whose_certificate_lasts_again_closes_by_itself(
    issuer: Issuer, padaria: Company, now: datetime
) -> None:
    expires(padaria, now + timedelta(days=3))
    watch_certificates(now=now)
    expires(padaria, now + timedelta(days=300))
    assert watch_certificates(now=now) == 1
    assert expiry(padaria) is None


def test_a_certificate_that_was_replaced_is_not_warned_of(issuer: Issuer, padaria: Company, now: datetime) -> None:
    expires(padaria, now - timedelta(days=3))
    upload_certificate(padaria, pfx_of(padaria.cnpj), PASSWORD, by=BY, now=now)
    assert watch_certificates(now=now) == 0
