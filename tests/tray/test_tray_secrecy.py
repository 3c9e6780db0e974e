"""Tokens, codes and keys appear in no message, no repr and no log."""

import io
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator

import httpx2
import pytest
import structlog
from tray_bodies import ACCESS, CODE, KEY, NEXT_ACCESS, NEXT_REFRESH, REFRESH, SECRET, refusal_body, token_body
from tray_stage import Reply, Stage, reply, some_tokens

from ahead.tray import (
    DailyQuotaSpent,
    InvalidRequest,
    MemoryTokens,
    NotFound,
    RateLimited,
    Tray,
    TrayBroken,
    TrayError,
    Unreadable,
    scrub,
)
from ahead.tray.door import Call

SECRETS = (ACCESS, REFRESH, NEXT_ACCESS, NEXT_REFRESH, CODE, KEY, SECRET)
ECHO = f"GET /web_api/x?access_token={ACCESS}&consumer_secret={SECRET} code={CODE} {REFRESH} {KEY}"
REPLIES: dict[str, Reply] = {
    "400": reply({"causes": [ECHO, {"message": ECHO, "field": "id"}]}, 400),
    "401": reply(refusal_body(1099), 401),
    "1001": reply(refusal_body(1001), 401),
    "404": reply({"message": ECHO}, 404),
    "405": reply({"name": ECHO}, 405),
    "422": reply({"errors": {"id": [ECHO]}}, 422),
    "429": reply({"message": ECHO}, 429, Retry_After="1"),
    "500": reply({"message": ECHO}, 500),
    "504": reply(f"<html>{ECHO}</html>".encode(), 504),
    "html": reply(f"<html>{ECHO}</html>".encode()),
    "redirect": reply(b"", 302, Location=f"https://x.example/?access_token={ACCESS}"),
    "odd": reply({"Thing": {"x": ECHO}}),
    "timeout": httpx2.ReadTimeout(ECHO),
    "no connection": httpx2.ConnectError(ECHO),
    "bad address": httpx2.UnsupportedProtocol(ECHO),
}
CALLS: dict[str, Callable[[Tray], object]] = {
    "read": lambda tray: tray.complete_order(12),
    "list": lambda tray: tray.products_page(),
    "write": lambda tray: tray.set_order_status(12, status_id=4),
    "create": lambda tray: tray.create_product({"name": "Panela", "price": 30}),
    "authorise": lambda tray: tray.authorise(CODE),
}
ROUTES = ("GET /orders/12/complete", "GET /products", "PUT /orders/12", "POST /products", "GET /auth", "POST /auth")


def assert_clean(text: str) -> None:
    assert not [secret for secret in SECRETS if secret[:20] in text or secret[-20:] in text], text


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that logging prints, at the noisiest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    names = ("ahead", "httpx2", "httpcore2.http11", "httpcore2.connection")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    for name, level in levels.items():
        logging.getLogger(name).removeHandler(handler)
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        pytest.param(call, answer, id=f"{doing} {name}")
        for doing, call in CALLS.items()
        for name, answer in REPLIES.items()
        if (doing, name) != ("write", "odd")  # a write needs nothing of the answer but its status
    ],
)
def test_no_error_shows_a_secret(call: Callable[[Tray], object], answer: Reply, logged: io.StringIO) -> None:
    stage = Stage(MemoryTokens(some_tokens(), code=CODE))
    for route in ROUTES:
        stage.on(route, answer)
    with pytest.raises(TrayError) as caught:
        call(stage.tray)
    error = caught.value
    structured = structlog.wrap_logger(
        structlog.PrintLogger(logged),
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
    )
    structured.error("tray.failed", error=str(error), detail=repr(error), exc_info=error)
    logging.getLogger("ahead").error("failed", exc_info=error)
    shown = "".join(traceback.format_exception(error))
    assert_clean(shown + str(error) + repr(error) + repr(vars(error)) + logged.getvalue())
    assert error.__context__ is None or isinstance(error.__context__, TrayError)
    assert "?" not in error.path


@pytest.mark.parametrize("answer", [answer for name, answer in REPLIES.items() if name != "odd"])
@pytest.mark.parametrize("call", [CALLS["read"], CALLS["list"]], ids=["read", "list"])
def test_a_logger_that_prints_locals_finds_no_token_or_key(call: Callable[[Tray], object], answer: Reply) -> None:
    stage = Stage(MemoryTokens(some_tokens()))
    for route in ROUTES:
        stage.on(route, answer)
    with pytest.raises(TrayError) as caught:
        call(stage.tray)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    ours = [frame for frame in frames if "ahead/tray/" in frame.filename and "tests" not in frame.filename]
    assert ours
    assert_clean("".join(str(frame.locals) for frame in ours))


@pytest.mark.parametrize("answer", REPLIES.values(), ids=REPLIES)
def test_every_error_survives_pickling(answer: Reply) -> None:
    stage = Stage(MemoryTokens(some_tokens())).on("GET /orders/12/complete", answer).on("GET /auth", answer)
    with pytest.raises(TrayError) as caught:
        stage.tray.complete_order(12)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), vars(again)) == (type(caught.value), str(caught.value), vars(caught.value))


def test_the_http_library_logs_no_query(stage: Stage, logged: io.StringIO) -> None:
    stage.on("GET /info", reply({"id": "391"}))
    stage.tray.info()
    assert "GET https://loja.example/web_api/info?***" in logged.getvalue()
    assert_clean(logged.getvalue())


def test_no_repr_shows_a_secret(stage: Stage) -> None:
    stage.on("POST /auth", reply(token_body()))
    tokens = stage.tray.authorise(CODE)
    call = Call("GET", "/info", query=f"access_token={ACCESS}", body=CODE.encode())
    assert_clean(repr(tokens) + repr(stage.tray) + str(tokens) + repr(call))


@pytest.mark.parametrize(
    "text",
    [
        f"?access_token={ACCESS}&x=1",
        f'{{"refresh_token": "{REFRESH}"}}',
        f"consumer_secret%3D{SECRET}",
        f"access_token%3D{ACCESS}%26consumer_secret%3D{SECRET}",
        f"code={CODE}",
        f"o token {ACCESS} expirou",
        REFRESH.upper(),
    ],
)
def test_scrub_knows_the_shapes_of_secrets(text: str) -> None:
    cleaned = scrub(text).lower()
    assert "***" in cleaned
    assert_clean(cleaned)


def test_scrub_leaves_the_rest_alone() -> None:
    text = 'GET /orders/12: {"code": 401, "causes": ["postal code: obrigatório"]} NF-e 3526051122233300018155001'
    assert scrub(text) == text
    assert scrub("my short-secret here", ["short-secret", "my"]) == "my *** here"


@pytest.mark.parametrize(
    ("body", "causes"),
    [
        ({"causes": ["a", {"message": "b", "field": "preço"}], "message": "no"}, ("a", "preço: b")),
        ({"causes": [], "errors": {"price": ["valor inválido"]}, "message": "no"}, ("price: valor inválido",)),
        ({"causes": ["brand: campo obrigatório"], "errors": {"brand": ["x"]}}, ("brand: campo obrigatório",)),
        ({"errors": "", "message": "Invalid data", "name": "no"}, ("Invalid data",)),
        ({"name": "Not Found"}, ("Not Found",)),
        (b"<b>raw</b>\n text", ("<b>raw</b> text",)),
        (b"", ()),
    ],
)
def test_causes_are_taken_in_order(stage: Stage, body: object, causes: tuple[str, ...]) -> None:
    stage.on("PUT /orders/12", reply(body, 422))
    with pytest.raises(InvalidRequest) as caught:
        stage.tray.set_order_status(12, status_id=4)
    assert caught.value.causes == causes
    assert (caught.value.status, caught.value.method, caught.value.path) == (422, "PUT", "/orders/12")


def test_messages_say_where_what_and_why() -> None:
    error = NotFound("refused by Tray", method="GET", path="/orders/7", status=404, causes=["Not Found"])
    assert str(error) == "GET /orders/7: 404 refused by Tray: Not Found"
    assert str(DailyQuotaSpent("all spent")) == "all spent"
    assert RateLimited(retry_after=5).retry_after == 5
    assert isinstance(Unreadable("Order.id"), TrayBroken)
