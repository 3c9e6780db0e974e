"""Setting up without the browser."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from cli_running import Ahead, Counter, MakeStore

from ahead.accounts import queries as accounts
from ahead.accounts.models import Company, User
from ahead.sandbox.tray import TraySandbox
from ahead.stock.center_operations import SeenCenter, keep_centers
from ahead.stores.models import Store, StoreToken

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_company_and_its_people(ahead: Ahead) -> None:
    made = ahead("company", "add", "--name", "Padaria do Sol", "--cnpj", "11.222.333/0001-81", "--json")
    assert made.code == 0
    assert made.document["company"] | {"created_at": ""} == {
        "slug": "padaria-do-sol",
        "name": "Padaria do Sol",
        "legal_name": "",
        "cnpj": "11222333000181",
        "created_at": "",
    }
    words = ("user", "add", "--email", "ana@padaria.example", "--name", "Ana Prado", "--role", "owner", "--json")
    added = ahead(*words, AHEAD_PASSWORD="fermento natural 77")
    assert added.document["user"] == {
        "email": "ana@padaria.example",
        "name": "Ana Prado",
        "role": "owner",
        "is_new": True,
    }
    assert "fermento" not in added.out + added.err
    user = accounts.user_by_email("ana@padaria.example")
    assert user.check_password("fermento natural 77")
    assert ahead("company", "list", "--json").document["companies"][0]["slug"] == "padaria-do-sol"


def test_a_person_who_exists_only_gets_the_role(ahead: Ahead, padaria: Company, outra: Company, ana: object) -> None:
    words = ("user", "add", "--email", "ANA@padaria.example", "--role", "reader", "--company", "doces-lua", "--json")
    added = ahead(*words)
    assert added.document["user"]["is_new"] is False
    assert [member.role for member in accounts.members(outra).rows] == ["reader"]


def test_a_weak_password_is_refused_and_nothing_is_made(ahead: Ahead, padaria: Company) -> None:
    ran = ahead("user", "add", "--email", "ana@padaria.example", "--role", "owner", AHEAD_PASSWORD="123")
    assert ran.code == 2
    assert "senha" in ran.err
    assert accounts.members(padaria).rows == []


def test_one_of_several_companies_must_be_named(ahead: Ahead, padaria: Company, outra: Company) -> None:
    assert "diga qual com --company" in ahead("orders").err
    assert "Não há empresa “lua”. Empresas: doces-lua, padaria-sol." in ahead("orders", "--company", "lua").err
    assert ahead("orders", "--company", "doces-lua", "--json").document["company"] == "doces-lua"


def test_secrets_come_from_standard_input_too(ahead: Ahead, padaria: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("chave\nsegredo\n"))
    made = ahead("store", "add", "--name", "Loja", "--address", "https://www.loja.com.br", "--json")
    assert made.code == 0, made.err
    assert "segredo" not in made.out + made.err
    store = Store.objects.of(padaria).get()
    assert (store.consumer_key, store.consumer_secret) == ("chave", "segredo")
    assert made.document["store"]["connection"] == "never"
    assert made.document["store"]["missing"][0] == "Conecte a Loja ao Tray."


def test_a_store_without_its_secrets_is_refused(
    ahead: Ahead, padaria: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    made = ahead("store", "add", "--name", "Loja", "--address", "https://www.loja.com.br", "--json")
    assert made.code == 2
    assert "AHEAD_CONSUMER_KEY" in made.document["error"]


def test_a_store_set_up_by_commands_is_ready(ahead: Ahead, counter: Counter) -> None:
    (store,) = ahead("store", "list", "--json").document["stores"]
    assert (store["code"], store["connection"], store["missing"]) == (1, "connected", [])
    rows = ahead("store", "statuses", "Loja do Sol", "--json").document["statuses"]
    chosen = {row["name"]: row["chosen_as"] for row in rows if row["chosen_as"]}
    assert chosen == {
        "A ENVIAR": ["import"],
        "A ENVIAR VINDI": ["import"],
        "A ENVIAR - SINCRONIZADO": ["update"],
        "CANCELADO": ["cancelled"],
    }


def test_an_unknown_status_is_refused_with_the_way_to_see_them(ahead: Ahead, counter: Counter) -> None:
    ran = ahead("store", "statuses", "1", "--invoiced", "PAGO")
    assert ran.code == 2
    assert "“PAGO” não é um status da Loja Loja do Sol. Veja-os com `ahead store statuses 1`." in ran.err


def test_the_link_of_the_authorisation_can_be_had_alone(ahead: Ahead, counter: Counter) -> None:
    ran = ahead("store", "connect", "1", "--link-only", "--callback", "https://ahead.example/volta", "--json")
    assert ran.document["authorise_url"].startswith(f"{counter.address}/auth.php?")
    assert "ahead.example" in ran.document["authorise_url"]


def test_half_a_return_address_is_refused(ahead: Ahead, counter: Counter, box: TraySandbox) -> None:
    ran = ahead("store", "connect", "1", AHEAD_RETURN_ADDRESS="http://localhost/?code=abc")
    assert ran.code == 2
    assert "copie-o inteiro" in ran.err


def test_rotating_keys_seals_everything_with_the_first(
    ahead: Ahead, padaria: Company, make_store: MakeStore, settings: object, now: datetime
) -> None:
    store = make_store(padaria)
    old = settings.SEALING_KEYS  # type: ignore[attr-defined]
    new = ahead("keys", "--json").document["sealing_key"]
    settings.SEALING_KEYS = [new, *old]  # type: ignore[attr-defined]
    first = ahead("rotate-keys", "--json")
    assert (first.code, first.document["unopened"]) == (0, [])
    assert first.document["resealed"] == 2  # the Loja and its tokens
    settings.SEALING_KEYS = [new]  # type: ignore[attr-defined]
    assert Store.objects.of(padaria).get().consumer_secret == f"secret-{store.name}"
    assert ahead("rotate-keys").code == 0

    settings.SEALING_KEYS = old  # type: ignore[attr-defined]
    lost = ahead("rotate-keys", "--json")
    assert lost.code == 1
    assert lost.document["unopened"] == [{"table": "stores_store", "id": store.pk}]
    assert StoreToken.objects.of(padaria).get().access == ""


def test_a_person_who_forgot_their_password_gets_another(ahead: Ahead, ana: User) -> None:
    ran = ahead("user", "password", "--email", ana.email, "--json", AHEAD_PASSWORD="broa de milho 2026")
    assert (ran.code, ran.document) == (0, {"user": {"email": ana.email, "name": ana.name}})
    ana.refresh_from_db()
    assert ana.check_password("broa de milho 2026")
    unknown = ahead("user", "password", "--email", "ninguem@x.example", AHEAD_PASSWORD="broa de milho 2026")
    assert (unknown.code, "Ninguém tem o e-mail" in unknown.err) == (2, True)


def test_the_centres_of_a_store_with_multicd(ahead: Ahead, padaria: Company, loja: Store, now: datetime) -> None:
    assert ahead("store", "centers", "1", "--json").document["centers"] == []
    keep_centers(loja, [SeenCenter(611, "CD Capital", True, 1), SeenCenter(612, "CD Interior", True, 2)], now=now)
    ahead("warehouse", "add", "--name", "Depósito")

    shown = ahead("store", "centers", "1")
    assert (shown.code, shown.out.count("falta dizer")) == (0, 2)
    mapped = ahead("store", "centers", "1", "--map", "611=1", "--map", "612=nao-usado", "--json")

    centers = {row["tray_id"]: row for row in mapped.document["centers"]}
    assert (centers[611]["warehouse"]["name"], centers[611]["is_missing"]) == ("Depósito", False)
    assert (centers[612]["warehouse"], centers[612]["is_unused"]) == (None, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("700=1", "não tem o centro “700”. Centros: 611 CD Capital"),
        ("611", "diga CENTRO=ESTOQUE"),
        ("611=77", "não tem o Estoque 77"),
    ],
)
def test_a_centre_that_cannot_be_mapped_so(ahead: Ahead, loja: Store, now: datetime, text: str, words: str) -> None:
    keep_centers(loja, [SeenCenter(611, "CD Capital", True, 1)], now=now)
    ran = ahead("store", "centers", "1", "--map", text)
    assert (ran.code, words in ran.err) == (2, True)
