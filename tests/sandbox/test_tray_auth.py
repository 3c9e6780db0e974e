"""Consent, codes, tokens, rotation, and the state of the store."""

from urllib.parse import parse_qs, urlsplit

import pytest
from tray_caller import Caller, Clock
from werkzeug.test import Client, TestResponse

from ahead.sandbox.tray import Store, TraySandbox


def refresh(api: Caller, token: str, **more: str) -> TestResponse:
    return api.client.get(f"{api.base}/auth", query_string={"refresh_token": token, **more})


def error_code(answer: TestResponse) -> int:
    assert answer.status_code == 401
    code: int = answer.get_json()["error_code"]
    return code


def test_tokens_have_trays_form(api: Caller) -> None:
    tokens = api.tokens()
    assert tokens["message"] == "Created tokens"
    assert tokens["code"] == "200"
    assert tokens["access_token"].startswith("APP_ID-9999-STORE_ID-999001-")
    assert len(tokens["refresh_token"]) == 64
    assert tokens["date_activated"] == "2026-11-23 10:00:00"
    assert tokens["date_expiration_access_token"] == "2026-11-23 13:00:00"
    assert tokens["date_expiration_refresh_token"] == "2026-12-23 10:00:00"
    assert tokens["api_host"] == "http://localhost/lojas/padaria/web_api"


def test_json_is_accepted_as_well(api: Caller, store: Store) -> None:
    body = {"consumer_key": "ck", "consumer_secret": "cs", "code": store.authorise()}
    assert api.client.post(f"{api.base}/auth/", json=body).status_code == 200


@pytest.mark.parametrize("wrong", ["consumer_key", "consumer_secret", "code"])
def test_a_wrong_key_or_code_is_refused(api: Caller, store: Store, wrong: str) -> None:
    body = {"consumer_key": "ck", "consumer_secret": "cs", "code": store.authorise()}
    assert error_code(api.client.post(f"{api.base}/auth", data={**body, wrong: "nope"})) == 1099
    del body[wrong]
    assert api.client.post(f"{api.base}/auth", data=body).status_code == 400


def test_a_code_can_be_used_again_unless_the_switch_forbids_it(api: Caller, store: Store) -> None:
    body = {"consumer_key": "ck", "consumer_secret": "cs", "code": store.authorise()}
    assert [api.client.post(f"{api.base}/auth", data=body).status_code for _ in range(2)] == [200, 200]
    store.switches.code_single_use = True
    assert [api.client.post(f"{api.base}/auth", data=body).status_code for _ in range(2)] == [200, 401]


def test_the_token_goes_in_the_query_only(api: Caller) -> None:
    headers = {"Authorization": f"Bearer {api.token}", "access_token": api.token}
    assert error_code(api.client.get(f"{api.base}/orders", headers=headers)) == 1099
    assert api.call("GET", "/orders").status_code == 200


def test_products_can_be_read_without_a_token(api: Caller) -> None:
    assert api.client.get(f"{api.base}/products").status_code == 200
    assert error_code(api.client.post(f"{api.base}/products", json={"Product": {}})) == 1099


def test_a_token_lives_three_hours(api: Caller, clock: Clock) -> None:
    clock.forward(hours=2, minutes=59)
    assert api.call("GET", "/info").status_code == 200
    clock.forward(minutes=1)
    assert error_code(api.call("GET", "/info")) == 1000


def test_refresh_rotates_and_kills_the_old_pair(api: Caller) -> None:
    old = api.tokens()
    new = refresh(api, old["refresh_token"]).get_json()
    assert new["message"] == "Refreshed tokens"
    assert error_code(refresh(api, old["refresh_token"])) == 1099
    api.token = old["access_token"]
    assert error_code(api.call("GET", "/info")) == 1099
    api.token = new["access_token"]
    assert api.call("GET", "/info").status_code == 200


def test_refresh_can_be_tolerant(api: Caller, store: Store) -> None:
    store.switches.refresh_rotates = False
    old = api.tokens()
    assert [refresh(api, old["refresh_token"]).status_code for _ in range(2)] == [200, 200]


def test_refresh_works_with_and_without_keys(api: Caller) -> None:
    first = refresh(api, api.tokens()["refresh_token"]).get_json()
    answer = refresh(api, first["refresh_token"], consumer_key="ck", consumer_secret="cs")
    assert answer.status_code == 200
    last = answer.get_json()["refresh_token"]
    assert error_code(refresh(api, last, consumer_key="ck", consumer_secret="other")) == 1099
    assert refresh(api, last).status_code == 200


def test_refresh_without_keys_kills_the_token_where_they_are_required(api: Caller, store: Store) -> None:
    store.switches.refresh_requires_keys = True
    tokens = api.tokens()
    assert error_code(refresh(api, tokens["refresh_token"])) == 1099
    assert error_code(refresh(api, tokens["refresh_token"], consumer_key="ck", consumer_secret="cs")) == 1099


def test_a_refresh_token_lives_thirty_days(api: Caller, clock: Clock) -> None:
    tokens = api.tokens()
    clock.forward(days=30)
    assert error_code(refresh(api, tokens["refresh_token"])) == 1099


@pytest.mark.parametrize("code", [1001, 1002, 1003])
def test_a_blocked_store_refuses_every_call(api: Caller, store: Store, code: int) -> None:
    store.switches.blocked = code
    assert error_code(api.call("GET", "/orders")) == code
    assert error_code(api.call("PUT", "/orders/1", {"Order": {}})) == code
    store.switches.blocked = None
    assert api.call("GET", "/orders").status_code == 200


def test_the_merchant_removes_the_application(api: Caller, store: Store) -> None:
    store.tokens.revoke()
    assert error_code(api.call("GET", "/info")) == 1099


CONSENT = {"response_type": "code", "consumer_key": "ck", "callback": "https://erp.test/volta?nonce=abc&x=1"}


def test_the_consent_page_leads_back_with_a_code(box: TraySandbox, store: Store) -> None:
    client = Client(box.app)
    shown = client.get(f"{store.path}/auth.php", query_string=CONSENT)
    assert shown.status_code == 200
    assert "<button>Autorizar</button>" in shown.text
    back = client.post(f"{store.path}/auth.php", query_string=CONSENT)
    assert back.status_code == 302
    parts = urlsplit(back.headers["Location"])
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert (parts.netloc, parts.path) == ("erp.test", "/volta")
    assert query["nonce"] == "abc"
    assert query["api_address"] == "http://localhost/lojas/padaria/web_api"
    assert (query["store"], query["adm_user"]) == ("999001", "admin")
    assert query["code"] in store.tokens.codes
    again = client.get(f"{store.path}/auth.php", query_string=CONSENT)
    assert again.status_code == 302, "an authorised application is sent back at once"


@pytest.mark.parametrize(
    "wrong", [{"consumer_key": "other"}, {"callback": "javascript:alert(1)"}, {"response_type": "token"}]
)
def test_the_consent_page_refuses_nonsense(box: TraySandbox, store: Store, wrong: dict[str, str]) -> None:
    answer = Client(box.app).post(f"{store.path}/auth.php", query_string={**CONSENT, **wrong})
    assert answer.status_code == 400
