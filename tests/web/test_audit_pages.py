"""Histórico: who did what in the company, found again."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.audit.models import Event
from ahead.audit.operations import record, record_all
from ahead.audit.words import SUBJECTS
from ahead.db import paging
from ahead.stores.models import Store
from order_making import make_order

pytestmark = pytest.mark.database

PAGE = "/padaria-sol/historico/"


@pytest.fixture
def done(padaria: Company, outra: Company) -> None:
    for company, name, kind, number, text, by, day in (
        (padaria, "stores.store.paused", "store", 7, "Loja pausada", "ana@padaria.example", 3),
        (padaria, "catalog.product.created", "product", 8, "Produto criado", "oto@padaria.example", 5),
        (outra, "catalog.product.created", "product", 9, "Produto de outra empresa", "caio@outra.example", 5),
    ):
        at = datetime(2026, 11, day, 15, tzinfo=UTC)
        record(name, company_id=company.pk, subject=(kind, number), text=text, by=by, at=at)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Loja pausada", "Produto criado"]),
        ("?q=pausada", ["Loja pausada"]),
        ("?quem=oto@padaria.example", ["Produto criado"]),
        ("?de=store", ["Loja pausada"]),
        ("?acao=created", ["Produto criado"]),
        ("?desde=2026-11-04", ["Produto criado"]),
        ("?ate=2026-11-03&desde=2026-11-03", ["Loja pausada"]),
    ],
)
def test_is_narrowed_by_what_the_address_says(
    client: Client, ana: User, done: None, asked: str, found: list[str]
) -> None:
    client.force_login(ana)
    page = client.get(PAGE + asked).content.decode()
    sheet = b"".join(client.get(f"{PAGE}planilha/{asked}").streaming_content).decode()  # type: ignore[attr-defined]

    for text in ("Loja pausada", "Produto criado"):
        assert (text in page) == (text in sheet) == (text in found)
    assert "outra empresa" not in page + sheet
    rows = page.count('data-label="Quando"')
    assert f"1–{rows} de {rows} registro" in page


@pytest.mark.django_db
def test_as_a_file_it_goes_on_where_pages_end(
    client: Client, ana: User, padaria: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "DEEPEST_PAGE", 1)
    at = datetime(2020, 11, 3, 15, tzinfo=UTC)
    record_all(
        [
            Event(
                company=padaria, name="x.y", text=f"Feito {number}", by="x", at=at, subject_kind="store", subject_id=1
            )
            for number in range(501)
        ]
    )
    client.force_login(ana)
    sheet = b"".join(client.get(f"{PAGE}planilha/?q=Feito").streaming_content).decode()  # type: ignore[attr-defined]
    assert sheet.count("Feito") == 501


@pytest.mark.django_db
def test_leads_to_the_thing(client: Client, ana: User, done: None) -> None:
    client.force_login(ana)
    assert '<a href="/padaria-sol/lojas/7/">Loja pausada</a>' in client.get(PAGE).content.decode()


@pytest.mark.django_db
def test_whatever_was_touched_has_a_name_and_a_place(client: Client, ana: User, padaria: Company) -> None:
    at = datetime(2026, 11, 5, 15, tzinfo=UTC)
    for kind in SUBJECTS:
        record("some.thing.done", company_id=padaria.pk, subject=(kind, 7), text=f"Feito: {kind}", by="a@b", at=at)
    client.force_login(ana)
    page = client.get(PAGE).content.decode()

    for kind, label in SUBJECTS.items():
        assert re.search(rf'<a href="/padaria-sol/[^"]+">Feito: {kind}</a>', page)
        assert f'<td data-label="De quê">{label}</td>' in page


@pytest.mark.django_db
def test_says_which_order_something_was_done_to(client: Client, ana: User, padaria: Company, loja: Store) -> None:
    at = datetime(2026, 11, 5, 15, tzinfo=UTC)
    order = make_order(loja, at)
    order.number = order.pk + 700  # what people know it by is not our id
    order.save(update_fields=["number"])
    record("orders.imported", company_id=padaria.pk, subject=("order", order.pk), text="Importado", by="a@b", at=at)
    client.force_login(ana)
    assert f'<td data-label="De quê">Pedido {order.number}</td>' in client.get(PAGE).content.decode()
    sheet = b"".join(client.get(f"{PAGE}planilha/").streaming_content).decode()  # type: ignore[attr-defined]
    assert f";Pedido;{order.number};" in sheet


@pytest.mark.django_db
def test_is_for_who_answers_for_the_company(client: Client, oto: User, done: None) -> None:
    client.force_login(oto)
    assert client.get(PAGE).status_code == client.get(f"{PAGE}planilha/").status_code == 403
