"""The page of the pretend SEFAZ, its JSON, its switches, and what is no request at all."""

import base64

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from sefaz_caller import FACTS, Caller
from werkzeug.test import Client

from ahead.sandbox.sefaz import Authority, Switches
from ahead.sandbox.sefaz.admin import AdminApplication
from ahead.sandbox.sefaz.app import SERVICES, Application
from ahead.sandbox.sefaz.keys import has_right_digit, is_cnpj, is_cpf, is_gtin
from ahead.sandbox.sefaz.signatures import cnpj_of
from ahead.sandbox.sefaz.texts import TEXTS
from ahead.sandbox.sefaz.wording import FAULTS, STATES, SWITCHES
from sefaz_making import CNPJ

ADDRESS = "https://127.0.0.1:8980"


@pytest.fixture
def admin(sefaz: Caller, authority: Authority) -> Client:
    return Client(AdminApplication(sefaz.box, authority, ADDRESS))


def test_everything_that_happened_is_on_the_page(admin: Client, sefaz: Caller) -> None:
    assert "Nenhuma nota ainda." in admin.get("/").text
    sefaz.issue()
    sefaz.cancel(FACTS.chave)
    sefaz.void(5, 9)
    sefaz.issue(number=2, changes={"<NCM>19059090": "<NCM>99999999", "Padaria Aurora": "&lt;b&gt;"})
    page = admin.get("/").text
    for text in (
        ADDRESS,
        "Padaria Aurora Ltda",
        "R$ 105,00",
        "cancelada",
        FACTS.chave,
        "Cancelamento 1",
        "5 a 9",
        "778",
    ):
        assert text in page
    assert "<b>" not in page


def test_json_tells_the_same(admin: Client, sefaz: Caller) -> None:
    sefaz.issue()
    overview = admin.get("/_admin").get_json()
    assert (overview["notas"], overview["counters"]["by_answer"], overview["address"]) == (1, {"100": 1}, ADDRESS)
    (row,) = admin.get("/_admin/notas").get_json()
    assert (row["chave"], row["is_cancelled"]) == (FACTS.chave, False)
    sefaz.cancel(FACTS.chave)
    nota = admin.get(f"/_admin/notas/{FACTS.chave}").get_json()
    assert [event["kind"] for event in nota["events"]] == ["110111"]
    assert nota["xml"].startswith("<NFe")
    assert admin.delete("/_admin/counters").get_json()["total"] == 0
    assert admin.delete("/_admin/notas").get_json() == {"forgotten": True}
    assert admin.get("/_admin/notas").get_json() == []


def test_switches_by_json_and_by_form(admin: Client, sefaz: Caller) -> None:
    assert admin.put("/_admin/switches", json={"down": True, "slow_seconds": 0.5}).get_json()["down"] is True
    sefaz.box.switches.change({"down": False, "slow_seconds": 0})
    answer = admin.post("/_admin/switches", data={"_method": "PUT", "drop_after": "2", "soap_11": "1"})
    assert answer.status_code == 303
    assert (sefaz.box.switches.drop_after, sefaz.box.switches.soap_11) == (2, True)
    assert "Cair depois de processar (resposta perdida) (2×)" in admin.get("/").text
    for values in ({"colour": 1}, {"protocol_digits": 16}, {"reject_cstat": "12"}, {"drop_after": "many"}):
        before = sefaz.box.switches.as_mapping()
        assert admin.put("/_admin/switches", json=values).status_code == 400
        assert sefaz.box.switches.as_mapping() == before


def test_certificates_for_anybody(admin: Client, authority: Authority) -> None:
    made = admin.post("/_admin/certificates", json={"cnpj": "12.ABC.345/01DE-35", "password": "abc", "days": -1})
    assert made.status_code == 201
    opened = pkcs12.load_pkcs12(base64.b64decode(made.get_json()["pfx"]), b"abc")
    assert opened.cert is not None
    assert cnpj_of(opened.cert.certificate) == "12ABC34501DE35"
    opened.cert.certificate.verify_directly_issued_by(authority.root.certificate)
    file = admin.post("/_admin/certificates", data={"cnpj": CNPJ})
    assert file.headers["Content-Disposition"].endswith(f'certificado-{CNPJ}.pfx"')
    assert admin.post("/_admin/certificates", json={"cnpj": "11222333000182"}).status_code == 400
    assert admin.get("/_admin/authority").data == authority.pem()


def test_the_cadastro_and_bans(admin: Client, sefaz: Caller) -> None:
    admin.post(
        "/_admin/contributors", json={"uf": "sp", "document": CNPJ, "inscricao_estadual": "1", "is_active": False}
    )
    assert [row.is_active for row in sefaz.box.contributors["SP", CNPJ]] == [False]
    sefaz.box.switches.change({"banned": True})
    assert admin.delete("/_admin/bans").get_json() == {"banned": False}
    assert sefaz.status() == "107"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_admin/notas/1", None, 404),
        ("GET", "/_admin/nothing", None, 404),
        ("GET", "/outra", None, 404),
        ("PUT", "/_admin/switches", [1], 400),
        ("POST", "/_admin/contributors", {"uf": "SP"}, 404),
    ],
)
def test_admin_refusals(admin: Client, method: str, path: str, body: object, status: int) -> None:
    assert admin.open(path, method=method, json=body).status_code == status
    elsewhere = {"Origin": "https://outro.example"}
    assert admin.put("/_admin/switches", json={"down": True}, headers=elsewhere).status_code == 403


def test_every_switch_and_fault_has_its_words() -> None:
    names = set(Switches().as_mapping())
    assert set(SWITCHES) == names
    assert set(FAULTS) <= names
    assert set(STATES) - {"normal"} <= names
    assert all(text == text.encode("ascii").decode() for text in TEXTS.values())


def test_what_is_no_request(sefaz: Caller) -> None:
    client = Client(Application(sefaz.box))
    assert client.post("/SP/NFeOutra4").status_code == 404
    assert client.get("/SP/NFeAutorizacao4").status_code == 405
    for service in SERVICES:
        answer = client.post(f"/SP/{service}", data=b"<html/>")
        assert answer.status_code == 500
        assert "Fault" in answer.text


def test_digits() -> None:
    assert has_right_digit("35261111222333000181550010000012341731945680")
    assert not has_right_digit("35261111222333000181550010000012341731945681")
    assert not has_right_digit("3526")
    assert is_cnpj("12ABC34501DE35")
    assert not is_cnpj("12ABC34501DE36")
    assert not is_cnpj("00000000000000")
    assert is_cpf("52998224725")
    assert not is_cpf("11111111111")
    assert is_gtin("7891000315507")
    assert not is_gtin("7891000315508")
    assert not is_gtin("123")
