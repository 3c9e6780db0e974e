"""Which request is repeated, why, and after how long."""

import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import httpx2
import pytest
from tray_bodies import complete_body
from tray_stage import NOW, Reply, Stage, reply, saved

from ahead.tray import OutcomeUnknown, RateLimited, TrayBroken, TrayError, TrayUnreachable
from ahead.tray.retry import Fault, rate_limit_wait, wait_before_next

GOOD = reply(complete_body())
HTML = reply(b"<html><h1>504 Gateway Time-out</h1></html>", 504)
TIMEOUT, NO_CONNECTION = httpx2.ReadTimeout("too slow"), httpx2.ConnectError("refused")
CUT_OFF = httpx2.RemoteProtocolError("Server disconnected without sending a response.")

TEMPORARY: dict[str, Reply] = {
    "read timeout": TIMEOUT,
    "connect timeout": httpx2.ConnectTimeout("too slow"),
    "write error": httpx2.WriteError("broken pipe"),
    "no connection": NO_CONNECTION,
    "cut off": CUT_OFF,
    "500": reply({"code": 500, "name": "Internal Error"}, 500),
    "502": reply(b"", 502),
    "503": reply({"message": "em manutenção"}, 503),
    "504 in HTML": HTML,
    "empty body": reply(b""),
    "HTML with 200": reply(b"<html>em manutencao</html>"),
    "a list": reply([1, 2]),
}


@pytest.mark.parametrize("trouble", TEMPORARY.values(), ids=TEMPORARY)
def test_a_read_is_repeated_after_every_temporary_trouble(stage: Stage, trouble: Reply) -> None:
    stage.on("GET /orders/12/complete", trouble, trouble, GOOD)
    assert stage.tray.complete_order(12).id == 12
    assert stage.slept == [0.5, 2.0]
    assert stage.budget.taken == stage.tray.requests_sent == 3


@pytest.mark.parametrize("trouble", TEMPORARY.values(), ids=TEMPORARY)
def test_an_absolute_write_is_repeated_likewise(stage: Stage, trouble: Reply) -> None:
    stage.on("PUT /products/41", trouble, saved())
    stage.tray.set_product_stock(41, stock=3)
    assert stage.tray.requests_sent == 2


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (TIMEOUT, TrayUnreachable),
        (NO_CONNECTION, TrayUnreachable),
        (CUT_OFF, TrayUnreachable),
        (HTML, TrayBroken),
        (reply(b""), TrayBroken),
        (reply({"name": "Internal Error"}, 500), TrayBroken),
    ],
)
def test_after_four_tries_the_caller_learns_why(stage: Stage, trouble: Reply, error: type[TrayError]) -> None:
    stage.on("GET /orders/12/complete", trouble)
    with pytest.raises(error) as caught:
        stage.tray.complete_order(12)
    assert (caught.value.method, caught.value.path) == ("GET", "/orders/12/complete")
    assert caught.value.causes
    assert stage.slept == [0.5, 2.0, 8.0]


@pytest.mark.parametrize(
    ("trouble", "tries", "error"),
    [
        (TIMEOUT, 1, OutcomeUnknown),
        (CUT_OFF, 1, OutcomeUnknown),
        (reply({"name": "Internal Error"}, 500), 1, OutcomeUnknown),
        (HTML, 1, OutcomeUnknown),
        (reply(b""), 1, OutcomeUnknown),
        (NO_CONNECTION, 4, TrayUnreachable),
    ],
)
def test_quirk_27_what_must_not_happen_twice_is_never_repeated_blindly(
    stage: Stage, trouble: Reply, tries: int, error: type[TrayError]
) -> None:
    stage.on("POST /auth", trouble)
    with pytest.raises(error):
        stage.tray.authorise("e5" * 32)
    assert stage.tray.requests_sent == tries


@pytest.mark.parametrize("address", ["ftp://x", "http://"])
def test_an_impossible_address_is_not_tried_again(stage: Stage, address: str) -> None:
    stage.on("GET /orders/12/complete", httpx2.UnsupportedProtocol(f"no such protocol: {address}"))
    with pytest.raises(TrayUnreachable):
        stage.tray.complete_order(12)
    assert stage.tray.requests_sent == 1


def test_a_redirect_is_not_followed_and_does_not_leak(stage: Stage) -> None:
    stage.on("GET /info", reply(b"", 301, Location="https://elsewhere.example/?access_token=" + "a1" * 32))
    with pytest.raises(TrayBroken, match="elsewhere") as caught:
        stage.tray.info()
    assert stage.tray.requests_sent == 1
    assert "a1a1" not in str(caught.value) + caught.value.text


@pytest.mark.parametrize("status", [400, 404, 405, 422, 403])
def test_a_refusal_is_not_repeated(stage: Stage, status: int) -> None:
    stage.on("GET /orders/12/complete", reply({"message": "não"}, status))
    with pytest.raises(TrayError):
        stage.tray.complete_order(12)
    assert stage.tray.requests_sent == 1


class TestTooManyRequests:
    def test_the_first_waits_a_minute_and_slows_everybody_down(self, stage: Stage) -> None:
        stage.on("GET /orders/12/complete", reply({"code": 429}, 429), GOOD)
        stage.tray.complete_order(12)
        assert stage.slept == stage.budget.slowed == [60.0]

    def test_retry_after_is_honoured(self, stage: Stage) -> None:
        stage.on("GET /orders/12/complete", reply(b"", 429, Retry_After="7"), GOOD)
        stage.tray.complete_order(12)
        assert stage.slept == stage.budget.slowed == [7.0]

    def test_the_second_in_a_row_goes_to_the_caller(self, stage: Stage) -> None:
        stage.on("GET /orders/12/complete", reply({"code": 429}, 429))
        with pytest.raises(RateLimited) as caught:
            stage.tray.complete_order(12)
        assert caught.value.retry_after == 120.0
        assert (stage.slept, stage.budget.slowed) == ([60.0], [60.0, 120.0])

    def test_a_very_long_wait_goes_to_the_caller_at_once(self, stage: Stage) -> None:
        stage.on("GET /orders/12/complete", reply(b"", 429, Retry_After="3600"))
        with pytest.raises(RateLimited) as caught:
            stage.tray.complete_order(12)
        assert (caught.value.retry_after, stage.slept) == (3600.0, [])

    def test_a_refused_post_was_not_carried_out_and_may_be_repeated(self, stage: Stage) -> None:
        stage.on("PUT /orders/cancel/12", reply({"code": 429}, 429), saved())
        stage.tray.cancel_order(12)
        assert stage.tray.requests_sent == 2


@pytest.mark.parametrize(
    ("header", "in_a_row", "seconds"),
    [
        ("", 1, 60),
        ("", 2, 120),
        ("", 9, 600),
        ("30", 2, 30),
        ("0", 1, 1),
        ("soon", 1, 60),
        ("Mon, 04 May 2026 15:01:00", 1, 60),
        (format_datetime(NOW + timedelta(seconds=90)), 1, 90),
        (format_datetime(NOW - timedelta(seconds=90)), 1, 1),
    ],
)
def test_how_long_to_stay_away(header: str, in_a_row: int, seconds: float) -> None:
    assert rate_limit_wait(header, now=NOW, in_a_row=in_a_row) == seconds


@pytest.mark.parametrize("jitter", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_waits_stay_between_half_a_second_and_eight(attempt: int, jitter: float) -> None:
    wait = wait_before_next(Fault.NO_ANSWER, attempt=attempt, repeatable=True, jitter=jitter)
    assert wait is not None
    assert 0.5 <= wait <= 8.0


def test_a_body_of_json_inside_a_json_string_is_read(stage: Stage) -> None:
    stage.on("GET /orders/12/complete", reply(json.dumps(complete_body())))
    assert stage.tray.complete_order(12).id == 12


def make_no_content(_: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(204)


def test_a_write_may_answer_without_id_or_without_content(stage: Stage) -> None:
    answers: list[Callable[[httpx2.Request], httpx2.Response] | httpx2.Response] = [
        reply({"message": "saved", "code": "201"}, 201),
        make_no_content,
    ]
    for answer in answers:
        stage.on("PUT /orders/12", answer)
        stage.tray.set_order_status(12, status_id=4)
    assert stage.tray.requests_sent == 2
