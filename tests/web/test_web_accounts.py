"""Log-in, log-out, password, choice of the company."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from ahead.accounts.models import Company, Role, User
from ahead.accounts.operations import create_user, remove_membership, set_membership
from ahead.web.accounts import client_address
from ahead.web.mailing import SENDER

PASSWORD = "fermento natural 77"
Enter = Callable[[User], Client]


def log_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> object:
    return client.post("/entrar/", {"username": email, "password": password, **more})


class TestLogIn:
    def test_goes_to_the_only_company_whatever_the_case_of_the_e_mail(self, ana: User, client: Client) -> None:
        answer = client.post("/entrar/", {"username": "ANA@padaria.example", "password": PASSWORD}, follow=True)

        assert answer.redirect_chain[-1][0] == "/padaria-sol/"

    def test_comes_back_to_where_one_was_going(self, ana: User, client: Client) -> None:
        answer = log_in(client, ana.email, next="/padaria-sol/lojas/")

        assert answer["Location"] == "/padaria-sol/lojas/"  # type: ignore[index]

    def test_never_leads_to_another_site(self, ana: User, client: Client) -> None:
        answer = log_in(client, ana.email, next="https://elsewhere.example/")

        assert answer["Location"] == "/"  # type: ignore[index]

    def test_says_in_portuguese_that_the_password_is_wrong(self, ana: User, client: Client) -> None:
        answer = client.post("/entrar/", {"username": ana.email, "password": "errada"})

        assert answer.status_code == 422
        assert "E-mail ou senha não conferem" in answer.content.decode()
        assert "errada" not in answer.content.decode()

    def test_is_locked_after_too_many_wrong_passwords(self, ana: User, client: Client) -> None:
        answers = [client.post("/entrar/", {"username": ana.email, "password": "errada"}) for _ in range(8)]

        assert answers[-1].status_code == 429
        assert "Acesso bloqueado por alguns minutos" in answers[-1].content.decode()
        for spelling in (ana.email, ana.email.upper()):
            assert client.post("/entrar/", {"username": spelling, "password": PASSWORD}).status_code == 429

    def test_of_another_person_is_not_locked_with_it(self, ana: User, oto: User, client: Client) -> None:
        for _ in range(9):
            client.post("/entrar/", {"username": ana.email, "password": "errada"})

        assert client.post("/entrar/", {"username": oto.email, "password": PASSWORD}).status_code == 302

    def test_is_locked_for_the_address_that_guesses_not_for_the_proxy_all_come_through(
        self, ana: User, client: Client, settings: Settings
    ) -> None:
        settings.PROXIES = 1

        def tried(password: str, came_from: str) -> int:
            given = {"username": ana.email, "password": password}
            return client.post("/entrar/", given, headers={"X-Forwarded-For": came_from}).status_code

        # what stands before the proxy's own word is claimed anew each time, and believed never
        guesses = [tried("errada", f"10.0.0.{n}, 203.0.113.9") for n in range(8)]

        assert guesses[-1] == 429
        assert tried(PASSWORD, "203.0.113.9") == 429
        assert tried(PASSWORD, "198.51.100.7") == 302

    @pytest.mark.parametrize("claimed", ["203.0.113.9", "garbage", ""])
    def test_believes_no_address_without_a_proxy_nor_one_that_is_none(
        self, claimed: str, rf: RequestFactory, settings: Settings
    ) -> None:
        for settings.PROXIES in (0, 1):
            asked = rf.get("/", headers={"X-Forwarded-For": claimed}, REMOTE_ADDR="192.0.2.1")
            is_believed = settings.PROXIES and claimed == "203.0.113.9"
            assert client_address(asked) == (claimed if is_believed else "192.0.2.1")

    def test_of_several_proxies_the_outermost_says_who_called(self, rf: RequestFactory, settings: Settings) -> None:
        settings.PROXIES = 2

        asked = rf.get("/", headers={"X-Forwarded-For": "10.9.9.9, 2001:db8::1, 10.0.0.4"})

        assert client_address(asked) == "2001:db8::"

    def test_is_locked_for_a_whole_line_of_ipv6(self, ana: User) -> None:
        guesses = [
            Client(REMOTE_ADDR=f"2001:db8:0:7::{n:x}").post("/entrar/", {"username": ana.email, "password": "errada"})
            for n in range(8)
        ]

        assert guesses[-1].status_code == 429

    def test_ends_with_a_post_only(self, enter: Enter, ana: User) -> None:
        client = enter(ana)

        assert client.get("/sair/").status_code == 405
        assert client.post("/sair/")["Location"] == "/entrar/"
        assert client.get("/padaria-sol/lojas/").status_code == 302


class TestStart:
    def test_lets_a_person_of_several_companies_choose(
        self, enter: Enter, ana: User, outra: Company, now: datetime
    ) -> None:
        set_membership(company=outra, user=ana, role=Role.READER, by="teste", now=now)

        page = enter(ana).get("/").content.decode()

        assert "/padaria-sol/" in page
        assert "/doces-lua/" in page

    def test_tells_who_belongs_nowhere_whom_to_ask(
        self, enter: Enter, oto: User, padaria: Company, now: datetime
    ) -> None:
        remove_membership(company=padaria, user=oto, by="teste", now=now)

        assert "Nenhuma empresa ainda" in enter(oto).get("/").content.decode()

    def test_switches_only_to_a_company_of_one_s_own(
        self, enter: Enter, ana: User, padaria: Company, outra: Company, now: datetime
    ) -> None:
        client = enter(ana)

        assert client.post("/empresa/", {"company": str(outra.pk)}).status_code == 404
        assert client.post("/empresa/", {"company": str(padaria.pk)})["Location"] == "/padaria-sol/"
        set_membership(company=outra, user=ana, role=Role.READER, by="teste", now=now)
        assert client.post("/empresa/", {"company": str(outra.pk)})["Location"] == "/doces-lua/"


class TestPassword:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"old": "errada", "new": "massa madre 2026", "again": "massa madre 2026"}, "A senha atual não confere."),
            ({"old": PASSWORD, "new": "curta", "again": "curta"}, "muito curta"),
            ({"old": PASSWORD, "new": "massa madre 2026", "again": "outra coisa 2026"}, "não são iguais"),
            ({"old": PASSWORD}, "obrigatório"),
        ],
    )
    def test_is_not_changed_by_what_does_not_do(
        self, enter: Enter, ana: User, given: dict[str, str], words: str
    ) -> None:
        answer = enter(ana).post("/senha/", given)

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert User.objects.get(pk=ana.pk).check_password(PASSWORD)

    def test_is_changed_and_this_session_goes_on_while_others_end(self, enter: Enter, ana: User) -> None:
        here, elsewhere = enter(ana), enter(ana)

        answer = here.post("/senha/", {"old": PASSWORD, "new": "massa madre 2026", "again": "massa madre 2026"})

        assert answer.status_code == 302
        assert here.get("/senha/").status_code == 200
        assert elsewhere.get("/senha/").status_code == 302


def test_health_answers_without_a_log_in(client: Client, db: None) -> None:
    answer = client.get("/saude")

    assert (answer.status_code, answer.content) == (200, b"ok")


def test_the_gallery_is_open(client: Client, db: None) -> None:
    assert client.get("/componentes/").status_code == 200


class TestMembers:
    @pytest.fixture
    def url(self, padaria: Company) -> str:
        return reverse("members:list", args=[padaria.slug])

    def test_a_new_person_logs_in_and_accepts(self, enter: Enter, ana: User, url: str, client: Client) -> None:
        person = {"email": "Nina@padaria.example", "name": "Nina Sá", "password": PASSWORD, "role": "operator"}

        assert enter(ana).post(url, person).status_code == 302
        assert log_in(client, "nina@padaria.example")["Location"] == "/"  # type: ignore[index]
        assert client.get("/padaria-sol/").status_code == 404
        page = client.get("/").content.decode()
        assert "Convite de Padaria do Sol" in page
        [address] = re.findall(r"/convites/\d+/aceite/", page)
        assert client.post(address)["Location"] == "/padaria-sol/"
        assert User.objects.get(email="nina@padaria.example").memberships.get().role == Role.OPERATOR
        assert client.post(address).status_code == 404

    def test_the_answer_is_the_same_whether_there_is_an_account(
        self, enter: Enter, ana: User, caio: User, padaria: Company, url: str
    ) -> None:
        told = []
        for email in ("nina@padaria.example", caio.email):
            person = {"email": email, "name": "Nome Digitado", "password": "outra senha 123", "role": "reader"}
            page = enter(ana).post(url, person, follow=True).content.decode()
            told.append(re.sub(r"\d\d:\d\d", "", re.sub(r"<[^>]+>", "", page).replace(email, "E-MAIL")))
            assert caio.name not in page
            [address] = re.findall(r"/padaria-sol/membros/convites/\d+/cancelamento/", page)
            if email != caio.email:
                assert enter(ana).post(address, follow=True).status_code == 200
        assert told[0] == told[1]
        assert "Convite de E-MAIL gravado" in told[0]
        again = User.objects.get(pk=caio.pk)
        assert again.check_password(PASSWORD)
        assert again.name == "Caio Luz"
        assert not again.memberships.filter(company=padaria).exists()

    def test_who_has_an_account_answers_on_their_own_page(
        self, enter: Enter, ana: User, caio: User, padaria: Company, url: str
    ) -> None:
        person = {"email": caio.email, "name": "x", "password": "outra senha 123", "role": "reader"}
        enter(ana).post(url, person)
        theirs = enter(caio)
        [address] = re.findall(r"/convites/\d+/recusa/", theirs.get("/senha/").content.decode())

        assert enter(ana).post(address).status_code == 404
        assert theirs.post(address)["Location"] == "/senha/"
        assert address not in theirs.get("/senha/").content.decode()
        assert not caio.memberships.filter(company=padaria).exists()

    def test_is_told_by_e_mail_where_there_is_any(
        self, enter: Enter, ana: User, caio: User, url: str, settings: Settings
    ) -> None:
        settings.SENDS_EMAIL = True
        for email in ("nina@padaria.example", caio.email):
            enter(ana).post(url, {"email": email, "name": "Ni", "password": "outra senha 123", "role": "reader"})
        SENDER.submit(int).result(timeout=60)

        assert [message.to for message in mail.outbox] == [["nina@padaria.example"], [caio.email]]
        assert len({str(message.body).replace(message.to[0], "") for message in mail.outbox}) == 1
        assert "http://testserver/senha/" in str(mail.outbox[0].body)
        assert "outra senha" not in str(mail.outbox[0].body)

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"email": "nina@padaria.example", "name": "", "password": PASSWORD, "role": "reader"}, "obrigatório"),
            ({"email": "nina@padaria.example", "name": "Nina", "password": "x", "role": "reader"}, "muito curta"),
            ({"email": "nada", "name": "Nina", "password": PASSWORD, "role": "reader"}, "email válido"),
            ({"email": "nina@padaria.example", "name": "Nina", "password": PASSWORD, "role": "staff"}, "válida"),
            ({"email": "oto@padaria.example", "name": "Oto", "password": PASSWORD, "role": "owner"}, "já faz parte"),
        ],
    )
    def test_says_why_a_person_is_not_taken_in(
        self, enter: Enter, ana: User, oto: User, url: str, given: dict[str, str], words: str
    ) -> None:
        answer = enter(ana).post(url, given)

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not User.objects.filter(email="nina@padaria.example").exists()

    def test_changes_a_role_but_not_beyond_one_s_own(
        self, enter: Enter, ana: User, oto: User, staff: User, padaria: Company
    ) -> None:
        client = enter(ana)
        address = reverse("members:role", args=[padaria.slug, oto.pk])

        assert client.post(address, {"role": "reader"}).status_code == 302
        assert client.post(address, {"role": "staff"}).status_code == 422
        assert oto.memberships.get().role == Role.READER
        of_staff = reverse("members:role", args=[padaria.slug, staff.pk])
        assert client.post(of_staff, {"role": "reader"}).status_code == 403
        assert client.post(reverse("members:removal", args=[padaria.slug, staff.pk])).status_code == 403

    def test_gives_a_new_password_that_opens_the_door_at_once(
        self, enter: Enter, ana: User, oto: User, padaria: Company, client: Client
    ) -> None:
        theirs = enter(oto)
        for _ in range(9):
            log_in(client, oto.email, "errada")
        address = reverse("members:password", args=[padaria.slug, oto.pk])

        assert enter(ana).post(address, {"new_password": "massa madre 2026"}).status_code == 302
        assert theirs.get("/padaria-sol/").status_code == 302
        assert log_in(client, oto.email, "massa madre 2026")["Location"] == "/"  # type: ignore[index]

    def test_says_why_a_password_is_not_changed(
        self, enter: Enter, ana: User, oto: User, staff: User, padaria: Company
    ) -> None:
        client = enter(ana)
        answer = client.post(reverse("members:password", args=[padaria.slug, oto.pk]), {"new_password": "curta"})
        of_staff = reverse("members:password", args=[padaria.slug, staff.pk])

        assert answer.status_code == 422
        assert "muito curta" in answer.content.decode()
        assert client.post(of_staff, {"new_password": "massa madre 2026"}).status_code == 403
        assert User.objects.get(pk=staff.pk).check_password(PASSWORD)

    def test_offers_a_new_password_only_for_who_may_be_touched(
        self, enter: Enter, ana: User, oto: User, staff: User, padaria: Company, url: str
    ) -> None:
        page = enter(ana).get(url).content.decode()

        assert reverse("members:password", args=[padaria.slug, oto.pk]) in page
        assert reverse("members:password", args=[padaria.slug, ana.pk]) not in page
        assert reverse("members:password", args=[padaria.slug, staff.pk]) not in page

    def test_keeps_the_last_owner(self, enter: Enter, ana: User, staff: User, padaria: Company) -> None:
        address = reverse("members:removal", args=[padaria.slug, ana.pk])

        answer = enter(staff).post(address)

        assert answer.status_code == 422
        assert "sem responsável" in answer.content.decode()

    def test_takes_a_member_out(self, enter: Enter, ana: User, oto: User, padaria: Company) -> None:
        assert enter(ana).post(reverse("members:removal", args=[padaria.slug, oto.pk])).status_code == 302
        assert enter(oto).get("/padaria-sol/lojas/").status_code == 404

    def test_knows_nobody_of_another_company(self, enter: Enter, ana: User, caio: User, padaria: Company) -> None:
        client = enter(ana)

        assert client.post(reverse("members:removal", args=[padaria.slug, caio.pk])).status_code == 404
        assert client.post(reverse("members:role", args=[padaria.slug, caio.pk]), {"role": "reader"}).status_code == 404

    def test_is_written_to_the_trail_of_the_person(self, enter: Enter, ana: User, oto: User, padaria: Company) -> None:
        page = enter(ana).get(reverse("trail", args=[padaria.slug, "usuario", oto.pk])).content.decode()

        assert "oto@padaria.example agora é Operador" in page


def test_a_page_never_shows_a_password_or_its_hash(enter: Enter, ana: User, now: datetime) -> None:
    create_user(email="x@padaria.example", name="X", password=PASSWORD, now=now)

    for address in ("/senha/", "/padaria-sol/membros/"):
        page = enter(ana).get(address).content.decode()
        assert not re.search(r"argon2|md5\$|fermento", page)
