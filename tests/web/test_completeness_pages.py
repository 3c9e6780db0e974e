""" "Está tudo aqui?": the answer, the calendar, the page of a day, and what a person may press."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import User
from ahead.stores.models import Store, StoreAgenda
from ahead.sync.closings import today_of
from ahead.sync.models import DayClosing, DayDifference
from closing_making import make_closing, make_difference

pytestmark = pytest.mark.database

PAGE = "/padaria-sol/sincronizacao/conferencia/"


@pytest.fixture
def operator(client: Client, oto: User) -> Client:
    client.force_login(oto)
    return client


@pytest.fixture
def today() -> date:
    return today_of(timezone.now())


@pytest.fixture
def yesterday(loja: Store, today: date) -> date:
    Store.objects.of(loja.company_id).update(import_from=today - timedelta(days=400))
    return today - timedelta(days=1)


def seen(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_the_first_closing_says_when_it_comes(operator: Client, loja: Store) -> None:
    page = seen(operator, PAGE)
    assert "Ainda não houve conferência desta Loja" in page
    assert "depois da meia-noite" in page
    assert "Conferir agora" in page


def test_a_balanced_store_says_yes_with_a_time(operator: Client, loja: Store, yesterday: date) -> None:
    make_closing(loja, yesterday, timezone.now())
    page = seen(operator, PAGE)
    assert "Sim, está tudo aqui: conferido" in page
    assert f"{PAGE}{loja.pk}/{yesterday}/" in seen(operator, f"{PAGE}?loja={loja.pk}&mes={yesterday:%Y-%m}")
    calendar = seen(operator, f"{PAGE}?mes={yesterday:%Y-%m}")
    assert ": Conferido</span>" in calendar
    assert "12 pedidos" in calendar


def test_a_day_not_checked_yet_is_no_yes(operator: Client, loja: Store, yesterday: date) -> None:
    make_closing(loja, yesterday - timedelta(days=1), timezone.now())
    DayClosing.objects.create(company_id=loja.company_id, store=loja, day=yesterday, is_read_due=True)
    page = seen(operator, PAGE)
    assert "Ainda não se sabe: 1 dia espera pela conferência" in page
    assert "Sim, está tudo aqui" not in page


def test_a_store_that_did_not_sync_since_is_no_yes(operator: Client, loja: Store, yesterday: date) -> None:
    make_closing(loja, yesterday - timedelta(days=4), timezone.now())
    assert "Ainda não se sabe: 4 dias esperam pela conferência" in seen(operator, PAGE)


def test_differences_are_answered_first_and_lead_to_their_day(operator: Client, loja: Store, yesterday: date) -> None:
    make_difference(make_closing(loja, yesterday, timezone.now()), timezone.now())
    page = seen(operator, PAGE)
    assert "Não: 1 diferença em 1 dia" in page
    day = seen(operator, f"{PAGE}{loja.pk}/{yesterday}/")
    assert "Cancelado só aqui" in day
    assert "Cancele-o também no Tray." in day
    assert "Reparar" in day


def test_repairing_asks_for_a_check_and_a_sync(operator: Client, loja: Store, yesterday: date) -> None:
    closing = make_closing(loja, yesterday, timezone.now())
    make_difference(closing, timezone.now())
    page = operator.post(f"{PAGE}dias/{closing.pk}/reparo/", follow=True).content.decode()
    assert "Reparo de 1 diferença pedido" in page
    assert "Conferência pedida" in page
    closing.refresh_from_db()
    assert closing.is_read_due
    assert StoreAgenda.objects.of(loja.company_id).get(store=loja).asked == 1


def test_repairing_what_does_not_differ_is_refused_in_place(operator: Client, loja: Store, yesterday: date) -> None:
    closing = make_closing(loja, yesterday, timezone.now())
    answer = operator.post(f"{PAGE}dias/{closing.pk}/reparo/")
    assert answer.status_code == 422
    assert "não tem diferença em aberto" in answer.content.decode()


def test_checking_by_hand_takes_today_yesterday_and_what_differs(
    operator: Client, loja: Store, today: date, yesterday: date
) -> None:
    old = yesterday - timedelta(days=9)
    make_difference(make_closing(loja, old, timezone.now()), timezone.now())
    make_closing(loja, yesterday - timedelta(days=1), timezone.now())
    page = operator.post(f"{PAGE}{loja.pk}/pedir/", follow=True).content.decode()
    assert "Conferência de 3 dias pedida" in page
    due = DayClosing.objects.of(loja.company_id).filter(is_read_due=True).values_list("day", flat=True)
    assert sorted(due) == [old, yesterday, today]


def test_a_difference_is_accepted_with_a_reason_only(operator: Client, loja: Store, yesterday: date) -> None:
    difference = make_difference(make_closing(loja, yesterday, timezone.now()), timezone.now())
    address = f"{PAGE}diferencas/{difference.pk}/aceite/"
    assert "Aceitar a diferença" in seen(operator, address)
    assert operator.post(address, {"why": ""}).status_code == 422
    page = operator.post(address, {"why": "Combinado com a Loja"}, follow=True).content.decode()
    assert "“Combinado com a Loja”" in page
    assert "Reparado: está tudo aqui" in page
    assert DayDifference.objects.of(loja.company_id).get().accepted_by == "oto@padaria.example"


def test_whoever_may_only_read_sees_all_and_presses_nothing(
    client: Client, bia: User, loja: Store, yesterday: date
) -> None:
    closing = make_closing(loja, yesterday, timezone.now())
    difference = make_difference(closing, timezone.now())
    client.force_login(bia)
    assert "Conferir agora" not in seen(client, PAGE)
    page = seen(client, f"{PAGE}{loja.pk}/{yesterday}/")
    assert "Cancelado só aqui" in page
    assert "Reparar</button>" not in page
    assert client.post(f"{PAGE}dias/{closing.pk}/reparo/").status_code == 403
    assert client.get(f"{PAGE}diferencas/{difference.pk}/aceite/").status_code == 403


def test_a_stranger_finds_nothing(client: Client, caio: User, loja: Store, yesterday: date) -> None:
    closing = make_closing(loja, yesterday, timezone.now())
    difference = make_difference(closing, timezone.now())
    client.force_login(caio)
    for address in (PAGE, f"{PAGE}{loja.pk}/{yesterday}/"):
        assert client.get(address).status_code == 404
    elsewhere = PAGE.replace("padaria-sol", "doces-lua")
    assert client.get(f"{elsewhere}{loja.pk}/{yesterday}/").status_code == 404
    assert client.get(f"{elsewhere}diferencas/{difference.pk}/aceite/").status_code == 404
    assert client.get(f"{elsewhere}?loja={loja.pk}").status_code == 404


def test_a_day_of_the_future_or_before_the_first_says_so(operator: Client, loja: Store, today: date) -> None:
    assert "Este dia ainda não chegou" in seen(operator, f"{PAGE}{loja.pk}/{today + timedelta(days=2)}/")
    before = loja.import_from - timedelta(days=1)
    assert "Antes do início da Loja" in seen(operator, f"{PAGE}{loja.pk}/{before}/")
    assert operator.get(f"{PAGE}{loja.pk}/2026-13-45/").status_code == 404


def test_the_differences_leave_as_a_file(operator: Client, loja: Store, yesterday: date) -> None:
    closing = make_closing(loja, yesterday, timezone.now())
    make_difference(closing, timezone.now())
    make_difference(closing, timezone.now(), tray_id=7002, settled_at=timezone.now())
    make_difference(make_closing(loja, yesterday - timedelta(days=70), timezone.now()), timezone.now(), tray_id=6000)

    def rows(query: str) -> list[list[str]]:
        body = b"".join(operator.get(f"{PAGE}planilha/{query}").streaming_content)  # type: ignore[attr-defined]
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))

    assert rows(f"?mes={yesterday:%Y-%m}")[0][:3] == ["Dia", "Loja", "Pedido no Tray"]
    assert sorted(row[2] for row in rows(f"?dia={yesterday}")[1:]) == ["7001", "7002"]
    assert [row[2] for row in rows(f"?dia={yesterday}&abertas=1")[1:]] == ["7001"]
    assert sorted(row[2] for row in rows("")[1:]) == ["6000", "7001", "7002"]
    file = operator.get(f"{PAGE}planilha/?formato=xlsx")
    assert b"".join(file.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    file.close()


def test_a_day_shows_what_was_left_out_on_purpose(operator: Client, loja: Store, yesterday: date) -> None:
    make_closing(loja, yesterday, timezone.now(), not_wanted=3, never_taken_in=1)
    page = seen(operator, f"{PAGE}{loja.pk}/{yesterday}/")
    assert "3 pedidos em status que a Loja não importa" in page
    assert "1 cancelado no Tray antes de entrar" in page


def test_the_calendar_pages_through_months(operator: Client, loja: Store, yesterday: date) -> None:
    page = seen(operator, f"{PAGE}?mes=2026-01")
    assert "janeiro de 2026" in page.lower()
    assert "mes=2025-12" in page
    assert "mes=2026-02" in page
