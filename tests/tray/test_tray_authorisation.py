"""Tokens: three steps, one refresher at a time, saved before use, and the code as the last resort."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tray_bodies import (
    ACCESS,
    CODE,
    KEY,
    NEXT_ACCESS,
    NEXT_REFRESH,
    REFRESH,
    SECRET,
    complete_body,
    list_body,
    refusal_body,
    row_body,
    token_body,
)
from tray_stage import NOW, Stage, reply, saved, some_tokens

from ahead.tray import (
    MemoryTokens,
    NeedsReauthorisation,
    StoreBlocked,
    StoreCancelled,
    StoreInactive,
    Tokens,
    TrayError,
    TrayUnreachable,
    Unreadable,
    api_address_of,
    authorise_url,
)

INFO = reply({"id": "391", "name": "Forja", "internal_status": "ativa", "cnpj": "11.222.333/0001-81"})
EXPIRED, UNKNOWN = reply(refusal_body(1000), 401), reply(refusal_body(1099), 401)
OLD = some_tokens(life=timedelta(minutes=4))


def by_token(**answers: httpx2.Response) -> "ByToken":
    return ByToken({NEXT_ACCESS if name == "new" else ACCESS: answer for name, answer in answers.items()})


class ByToken:
    """Answers by the access token in the query."""

    def __init__(self, answers: dict[str, httpx2.Response]) -> None:
        self._answers = answers

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._answers[parse_qs(request.url.query.decode())["access_token"][0]]
        return httpx2.Response(answer.status_code, content=answer.content)


def test_the_code_becomes_tokens_by_form(stage: Stage) -> None:
    stage.on("POST /auth", reply(token_body(), 201))
    tokens = stage.tray.authorise(CODE)
    assert stage.script.form() == {"consumer_key": KEY, "consumer_secret": SECRET, "code": CODE}
    assert (tokens.access, tokens.refresh, tokens.store_id) == (NEXT_ACCESS, NEXT_REFRESH, 391)
    assert (tokens.access_expires_at, tokens.refresh_expires_at) == (
        NOW + timedelta(hours=3),
        NOW + timedelta(days=30),
    )
    assert stage.keeper.current() == tokens


def test_tokens_of_2026_with_whole_numbers_and_without_dates(stage: Stage) -> None:
    body = token_body(code=201, store_id=391)
    for name in ("date_activated", "date_expiration_access_token", "date_expiration_refresh_token", "api_host"):
        del body[name]
    stage.on("POST /auth", reply(body, 201))
    assert stage.tray.authorise(CODE).access_expires_at == NOW + timedelta(hours=3)


def test_without_activation_the_dates_are_brasilia(stage: Stage) -> None:
    body = token_body(date_activated="", date_expiration_access_token="2026-05-04 14:30:00")
    stage.on("POST /auth", reply(body))
    assert stage.tray.authorise(CODE).access_expires_at == NOW + timedelta(hours=2, minutes=30)


def test_an_answer_without_a_token_says_so(stage: Stage) -> None:
    stage.on("POST /auth", reply({"message": "Created tokens"}))
    with pytest.raises(Unreadable, match="access_token"):
        stage.tray.authorise(CODE)
    stage.on("POST /auth", reply(token_body(refresh_token="")))
    with pytest.raises(Unreadable, match="refresh_token"):
        stage.tray.authorise(CODE)


def test_a_refused_code_needs_the_merchant(stage: Stage) -> None:
    stage.on("POST /auth", reply({"code": 401, "causes": ["code inválido"]}, 401))
    with pytest.raises(NeedsReauthorisation, match="code inválido"):
        stage.tray.authorise(CODE)


def test_quirk_1_the_token_travels_in_the_query_of_every_method(stage: Stage) -> None:
    stage.on("GET /info", INFO).on("PUT /orders/12", saved())
    stage.tray.info()
    stage.tray.set_order_status(12, status_id=4)
    assert [stage.script.query(position)["access_token"] for position in (0, 1)] == [ACCESS, ACCESS]
    assert "authorization" not in stage.script.seen[1].headers


def test_a_token_with_five_minutes_left_is_refreshed_with_the_keys() -> None:
    stage = Stage(MemoryTokens(OLD)).on("GET /auth", reply(token_body())).on("GET /info", INFO)
    stage.tray.info()
    assert stage.script.routes() == ["GET /auth", "GET /info"]
    assert stage.script.query(0) == {"refresh_token": REFRESH, "consumer_key": KEY, "consumer_secret": SECRET}
    assert stage.script.query(1)["access_token"] == NEXT_ACCESS
    assert stage.budget.taken == 2


def test_both_tokens_are_saved_before_the_new_one_is_used() -> None:
    class Watching(MemoryTokens):
        def save(self, tokens: Tokens) -> None:
            super().save(tokens)
            order.append("saved")

    def info(_: httpx2.Request) -> httpx2.Response:
        order.append("used")
        return httpx2.Response(200, content=INFO.content)

    order: list[str] = []
    stage = Stage(Watching(OLD)).on("GET /auth", reply(token_body())).on("GET /info", info)
    stage.tray.info()
    assert order == ["saved", "used"]
    kept = stage.keeper.current()
    assert kept is not None
    assert (kept.access, kept.refresh) == (NEXT_ACCESS, NEXT_REFRESH)


def test_a_refresh_that_does_not_rotate_keeps_the_old_refresh_token() -> None:
    body = token_body()
    del body["refresh_token"], body["store_id"]
    stage = Stage(MemoryTokens(OLD)).on("GET /auth", reply(body)).on("GET /info", INFO)
    stage.tray.info()
    kept = stage.keeper.current()
    assert kept is not None
    assert (kept.access, kept.refresh, kept.store_id) == (NEXT_ACCESS, REFRESH, 391)


def test_no_request_asks_the_keeper_while_the_token_is_fresh() -> None:
    class Counting(MemoryTokens):
        asked = 0

        def current(self) -> Tokens | None:
            self.asked += 1
            return super().current()

    keeper = Counting(some_tokens())
    stage = Stage(keeper).on("GET /info", INFO)
    for _ in range(5):
        stage.tray.info()
    assert keeper.asked == 1


def test_1000_refreshes_once_and_repeats(stage: Stage) -> None:
    stage.on("GET /info", by_token(old=EXPIRED, new=INFO)).on("GET /auth", reply(token_body()))
    assert stage.tray.info().name == "Forja"
    assert stage.script.routes() == ["GET /info", "GET /auth", "GET /info"]


def test_a_write_is_repeated_after_a_refresh(stage: Stage) -> None:
    stage.on("PUT /orders/12", by_token(old=EXPIRED, new=saved())).on("GET /auth", reply(token_body()))
    stage.tray.set_order_status(12, status_id=4)
    assert stage.script.sent() == {"Order": {"status_id": "4"}}


def test_1099_first_looks_whether_another_worker_has_refreshed() -> None:
    keeper = MemoryTokens(some_tokens())
    stage = Stage(keeper).on("GET /info", by_token(old=UNKNOWN, new=INFO))

    def replaced_meanwhile(request: httpx2.Request) -> httpx2.Response:
        keeper.save(some_tokens(NEXT_ACCESS, NEXT_REFRESH))
        return by_token(old=UNKNOWN, new=INFO)(request)

    stage.on("GET /info", replaced_meanwhile)
    stage.tray.info()
    assert stage.script.routes() == ["GET /info", "GET /info"]


@pytest.mark.parametrize("body", [b"<html>Unauthorized</html>", b"", {"message": "x"}, refusal_body(1099)])
def test_quirk_28_a_401_without_a_known_body_is_treated_alike(stage: Stage, body: object) -> None:
    stage.on("GET /info", by_token(old=reply(body, 401), new=INFO)).on("GET /auth", reply(token_body()))
    assert stage.tray.info().id == 391


@pytest.mark.parametrize("place", ["call", "refresh", "code"])
@pytest.mark.parametrize(("code", "error"), [(1001, StoreBlocked), (1002, StoreInactive), (1003, StoreCancelled)])
def test_a_store_that_is_shut_is_not_asked_again(place: str, code: int, error: type[TrayError]) -> None:
    shut = reply(refusal_body(code), 401)
    stage = Stage(
        {"call": MemoryTokens(some_tokens()), "refresh": MemoryTokens(OLD)}.get(place, MemoryTokens(code=CODE))
    )
    stage.on("GET /info", shut).on("GET /auth", shut).on("POST /auth", shut)
    with pytest.raises(error) as caught:
        stage.tray.info()
    assert caught.value.status == 401
    assert stage.tray.requests_sent == 1


def test_the_code_is_the_last_resort() -> None:
    stage = Stage(MemoryTokens(some_tokens(), code=CODE))
    stage.on("GET /info", by_token(old=UNKNOWN, new=INFO)).on("GET /auth", UNKNOWN)
    stage.on("POST /auth", reply(token_body()))
    stage.tray.info()
    assert stage.script.routes() == ["GET /info", "GET /auth", "POST /auth", "GET /info"]


@pytest.mark.parametrize(("code", "calls"), [(None, 2), (CODE, 3)])
def test_when_nothing_works_the_merchant_is_needed(code: str | None, calls: int) -> None:
    stage = Stage(MemoryTokens(some_tokens(), code=code))
    stage.on("GET /info", UNKNOWN).on("GET /auth", UNKNOWN).on("POST /auth", UNKNOWN)
    with pytest.raises(NeedsReauthorisation):
        stage.tray.info()
    assert stage.tray.requests_sent == calls


def test_a_token_that_never_works_ends_too() -> None:
    stage = Stage(MemoryTokens(some_tokens(), code=CODE))
    stage.on("GET /info", UNKNOWN).on("GET /auth", reply(token_body())).on("POST /auth", reply(token_body("x" * 40)))
    with pytest.raises(NeedsReauthorisation):
        stage.tray.info()
    assert stage.script.routes().count("GET /auth") == stage.script.routes().count("POST /auth") == 1


def test_without_tokens_the_code_is_used() -> None:
    stage = Stage(MemoryTokens(code=CODE)).on("POST /auth", reply(token_body())).on("GET /info", INFO)
    stage.tray.info()
    with pytest.raises(NeedsReauthorisation):
        Stage(MemoryTokens()).tray.info()


def test_a_refresh_token_past_its_thirty_days_is_not_tried() -> None:
    dead = Tokens(
        access=ACCESS,
        refresh=REFRESH,
        access_expires_at=NOW - timedelta(days=2),
        refresh_expires_at=NOW - timedelta(days=1),
    )
    stage = Stage(MemoryTokens(dead, code=CODE)).on("POST /auth", reply(token_body())).on("GET /info", INFO)
    stage.tray.info()
    assert stage.script.routes() == ["POST /auth", "GET /info"]


@pytest.mark.parametrize("silent", ["GET /auth", "POST /auth"])
def test_tray_out_of_reach_is_no_reason_to_bother_the_merchant(silent: str) -> None:
    stage = Stage(MemoryTokens(OLD if silent == "GET /auth" else None, code=CODE))
    stage.on("GET /auth", httpx2.ReadTimeout("slow")).on("POST /auth", httpx2.ReadTimeout("slow"))
    with pytest.raises(TrayUnreachable):
        stage.tray.info()
    assert silent in stage.script.routes()


class SingleUse:
    """Tray's side of a refresh: every refresh token works once, and the old access token dies with it."""

    def __init__(self) -> None:
        self.round, self.refreshes = 0, 0
        self._lock = threading.Lock()

    def auth(self, request: httpx2.Request) -> httpx2.Response:
        with self._lock:
            asked = parse_qs(request.url.query.decode())["refresh_token"][0]
            if asked != f"refresh-{self.round}":
                return httpx2.Response(401, json=refusal_body(1099))
            self.round += 1
            self.refreshes += 1
            return httpx2.Response(200, json=token_body(f"access-{self.round}", f"refresh-{self.round}"))

    def orders(self, request: httpx2.Request) -> httpx2.Response:
        with self._lock:
            asked = parse_qs(request.url.query.decode())["access_token"][0]
            good = asked == f"access-{self.round}" and self.round > 0
        return httpx2.Response(200, json=complete_body()) if good else httpx2.Response(401, json=refusal_body(1099))


@pytest.mark.parametrize("life", [timedelta(minutes=1), timedelta(hours=1)], ids=["near its end", "dead early"])
@pytest.mark.parametrize("clients", [1, 8])
def test_quirk_4_eight_threads_refresh_exactly_once(life: timedelta, clients: int) -> None:
    far, keeper = SingleUse(), MemoryTokens(some_tokens("access-0", "refresh-0", life=life))
    stages = [Stage(keeper).on("GET /auth", far.auth).on("GET /orders/12/complete", far.orders) for _ in range(clients)]
    gate = threading.Barrier(8)

    def read(number: int) -> int:
        gate.wait()
        return stages[number % clients].tray.complete_order(12).id

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == [12] * 8
    assert far.refreshes == 1


def test_the_refresher_uses_what_it_finds_after_waiting_for_its_turn() -> None:
    class Late(MemoryTokens):
        @contextmanager
        def exclusively(self) -> Iterator[Tokens | None]:
            self.save(some_tokens(NEXT_ACCESS, NEXT_REFRESH))
            with super().exclusively() as tokens:
                yield tokens

    stage = Stage(Late(OLD)).on("GET /info", INFO)
    stage.tray.info()
    assert stage.script.query()["access_token"] == NEXT_ACCESS


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("https://forja.commercesuite.com.br/web_api", "https://forja.commercesuite.com.br/web_api"),
        ("https://www.forja.com.br/web_api/", "https://www.forja.com.br/web_api"),
        ("https://www.forja.com.br", "https://www.forja.com.br/web_api"),
        ("www.Forja.com.br/", "https://www.forja.com.br/web_api"),
        ("https://forja.com.br/web_api/web_api//", "https://forja.com.br/web_api"),
        ("http://127.0.0.1:8080/web_api?x=1#y", "http://127.0.0.1:8080/web_api"),
        ("https://forja.com.br/loja/web_api", "https://forja.com.br/loja/web_api"),
    ],
)
def test_quirk_2_web_api_stands_exactly_once(raw: str, address: str) -> None:
    assert api_address_of(raw) == address
    assert api_address_of(address) == address


@pytest.mark.parametrize("raw", ["", "   ", "https://", "https://user:secret@forja.com.br"])
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="not the address") as caught:
        api_address_of(raw)
    assert "secret" not in str(caught.value)


def test_the_merchant_is_sent_to_the_store() -> None:
    address = authorise_url("https://forja.com.br/web_api/", consumer_key=KEY, callback="https://erp.example/c?n=1&m=2")
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("forja.com.br", "/auth.php")
    assert parse_qs(parts.query) == {
        "response_type": ["code"],
        "consumer_key": [KEY],
        "callback": ["https://erp.example/c?n=1&m=2"],
    }


def test_a_list_call_refreshes_like_any_other(stage: Stage) -> None:
    orders = reply(list_body("Orders", "Order", [row_body()]))
    stage.on("GET /orders", by_token(old=EXPIRED, new=orders)).on("GET /auth", reply(token_body()))
    assert [row.id for row in stage.tray.orders(modified_from=NOW.date(), modified_to=NOW.date())] == [12]
