"""The public methods: what they send and what they give back."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tray_bodies import Body, complete_body, customer_body, list_body, product_body, row_body, variant_body
from tray_stage import NOW, Stage, reply, saved

from ahead.tray import (
    DailyQuotaSpent,
    InvalidRequest,
    LocalBudget,
    NotFound,
    OutcomeUnknown,
    TrayUnreachable,
    Unreadable,
)
from ahead.tray.door import shared_ssl_context

DAY, NEXT_DAY = date(2026, 5, 4), date(2026, 5, 5)


def orders(rows: list[Body], **changes: Any) -> httpx2.Response:
    return reply(list_body("Orders", "Order", rows, **changes))


class TestOrdersPage:
    def test_asks_for_fifty_of_a_range_of_days(self, stage: Stage) -> None:
        stage.on("GET /orders", orders([row_body()]))
        page = stage.tray.orders_page(modified_from=DAY, modified_to=NEXT_DAY, page=3)
        query = stage.script.query()
        del query["access_token"]
        assert query == {"modified": "2026-05-04,2026-05-05", "sort": "id_asc", "page": "3", "limit": "50"}
        assert "2026-05-04,2026-05-05" in str(stage.script.seen[0].url)
        assert (page.paging.total, page.paging.limit, page.paging.max_limit) == (1, 50, 50)
        row = page.rows[0]
        assert (row.id, row.status, row.status_id, row.status_type) == (12, "A ENVIAR", 7, "open")
        assert (row.date, row.total, row.customer_id, row.has_invoice) == (DAY, Decimal(60), 88, False)
        assert row.modified == datetime(2026, 5, 4, 13, 20, 30, tzinfo=UTC)

    def test_one_day_is_asked_for_singly(self, stage: Stage) -> None:
        stage.on("GET /orders", orders([]))
        page = stage.tray.orders_page(modified_from=DAY, modified_to=DAY, page=1, newest_first=True)
        assert (stage.script.query()["modified"], stage.script.query()["sort"]) == ("2026-05-04", "modified_desc")
        assert (page.rows, page.is_last) == ((), True)

    @pytest.mark.parametrize(
        ("newest_first", "sort", "minutes", "as_asked"),
        [
            (True, "modified_desc", (30, 20, 20, 10), True),
            (True, "modified_desc", (10, 20, 30), False),
            (True, "id_asc", (30, 20), False),
            (True, "Order.modified_DESC", (30, 20), True),
            (False, "id_asc", (30, 10, 20), True),
            (False, "modified_desc", (10, 20), False),
            (True, "modified_desc", (), True),
        ],
    )
    def test_the_sort_is_believed_only_when_echo_and_rows_agree(
        self, stage: Stage, newest_first: bool, sort: str, minutes: tuple[int, ...], as_asked: bool
    ) -> None:
        rows = [row_body(n, modified=f"2026-05-04 10:{at}:00") for n, at in enumerate(minutes, 1)]
        stage.on("GET /orders", orders(rows, sort=sort))
        page = stage.tray.orders_page(modified_from=DAY, modified_to=DAY, page=1, newest_first=newest_first)
        assert page.sorted_as_asked is as_asked

    @pytest.mark.parametrize("echo", [[], {}, "", {"id": "asc"}, [{"id": "ASC"}]])
    def test_the_sort_echo_in_odd_shapes(self, stage: Stage, echo: Any) -> None:
        stage.on("GET /orders", reply(list_body("Orders", "Order", [row_body()]) | {"sort": echo}))
        page = stage.tray.orders_page(modified_from=DAY, modified_to=DAY, page=1)
        assert page.sorted_as_asked is bool(echo)

    def test_a_row_without_modification_time_breaks_the_order(self, stage: Stage) -> None:
        stage.on("GET /orders", orders([row_body(modified="0000-00-00")], sort="modified_desc"))
        page = stage.tray.orders_page(modified_from=DAY, modified_to=DAY, page=1, newest_first=True)
        assert (page.rows[0].modified, page.sorted_as_asked) == (None, False)

    @pytest.mark.parametrize(
        ("body", "problem"),
        [
            (list_body("Orders", "Order", [row_body(), row_body(id="")]), "Orders[1].Order.id"),
            ({"paging": {"total": 0}}, "Orders"),
            ({"Orders": []}, "paging.total"),
            ({"pager": {"total": "3"}, "Orders": []}, "paging.total"),
            ([], "Orders"),
        ],
    )
    def test_what_could_lose_orders_in_silence_is_an_error(self, stage: Stage, body: object, problem: str) -> None:
        stage.on("GET /orders", reply(body))
        with pytest.raises(Unreadable) as caught:
            stage.tray.orders_page(modified_from=DAY, modified_to=DAY, page=1)
        assert caught.value.problems == (problem,)
        assert (caught.value.method, caught.value.path) == ("GET", "/orders")

    def test_ignored_filters_are_noticed(self, stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
        stage.on("GET /orders", reply(list_body("Orders", "Order", []) | {"appliedFilters": []}))
        with caplog.at_level(logging.WARNING, "ahead.tray"):
            page = stage.tray.orders_page(modified_from=DAY, modified_to=DAY, page=1)
        assert page.filters_applied is False
        assert "tray.filters_ignored path=/orders" in caplog.text


def pages(ids: list[int], size: int) -> Any:
    def answer(request: httpx2.Request) -> httpx2.Response:
        page = int(request.url.params["page"])
        rows = [row_body(n) for n in ids[(page - 1) * size : page * size]]
        body = list_body("Orders", "Order", rows, total=len(ids), page=page, limit=size)
        return httpx2.Response(200, json=body)

    return answer


@pytest.mark.parametrize(("count", "size", "calls"), [(0, 50, 1), (50, 50, 1), (51, 50, 2), (120, 50, 3), (7, 3, 3)])
def test_quirk_8_all_pages_are_read_whatever_their_size(stage: Stage, count: int, size: int, calls: int) -> None:
    stage.on("GET /orders", pages(list(range(1, count + 1)), size))
    rows = stage.tray.orders(modified_from=DAY, modified_to=DAY)
    assert [row.id for row in rows] == list(range(1, count + 1))
    assert stage.tray.requests_sent == max(calls, 1)


def test_a_total_that_promises_too_much_ends_at_the_empty_page(stage: Stage) -> None:
    stage.on("GET /orders", orders([row_body()], total=900), orders([], total=900, page=2))
    assert len(list(stage.tray.orders(modified_from=DAY, modified_to=DAY))) == 1


def test_statuses_of_all_pages_and_minimal_ones(stage: Stage) -> None:
    def status(**fields: str) -> Body:
        return {"status": "ENVIADO", "id": "4", "show_backoffice": "1"} | fields

    first = list_body("OrderStatuses", "OrderStatus", [status()], total=2, limit=1)
    second = list_body(
        "OrderStatuses",
        "OrderStatus",
        [status(id="5", status="CANCELADO", type="canceled", default="1")],
        total=2,
        limit=1,
        page=2,
    )
    stage.on("GET /orders/statuses", reply(first), reply(second))
    sent, cancelled = stage.tray.statuses()
    assert (sent.id, sent.name, sent.type, sent.is_cancelled) == (4, "ENVIADO", "", False)
    assert (cancelled.id, cancelled.is_cancelled) == (5, True)


def test_info_tells_the_store(stage: Stage) -> None:
    stage.on(
        "GET /info", reply({"id": "391", "name": "Forja", "cnpj": "11.222.333/0001-81", "internal_status": "ativa"})
    )
    store = stage.tray.info()
    assert (store.id, store.cnpj, store.is_active) == (391, "11222333000181", True)


def test_order_gives_the_delivery_address_it_names(stage: Stage) -> None:
    body = row_body() | {"hour": "09:30:00", "CustomerAddress": {"id": "15"}}
    stage.on("GET /orders/12", reply({"Order": body}))
    order = stage.tray.order(12)
    assert (order.customer_address_id, order.placed_at) == (15, datetime(2026, 5, 4, 12, 30, tzinfo=UTC))
    stage.on("GET /orders/12", reply({"Order": body | {"CustomerAddress": []}}))
    assert stage.tray.order(12).customer_address_id is None


@pytest.mark.parametrize("body", [{"Order": []}, {"Order": {}}, {}, []])
def test_an_empty_entity_is_not_found(stage: Stage, body: object) -> None:
    stage.on("GET /orders/12", reply(body)).on("GET /orders/12/complete", reply(body))
    for read in (stage.tray.order, stage.tray.complete_order):
        with pytest.raises(NotFound) as caught:
            read(12)
        assert caught.value.path.startswith("/orders/12")


def test_an_unreadable_order_names_the_request(stage: Stage) -> None:
    stage.on("GET /orders/12/complete", reply(complete_body(total="?")))
    with pytest.raises(Unreadable) as caught:
        stage.tray.complete_order(12)
    assert str(caught.value) == "GET /orders/12/complete: 200 unreadable answer: Order.total"


class TestWrites:
    def test_status_and_other_fields(self, stage: Stage) -> None:
        stage.on("PUT /orders/12", saved())
        stage.tray.set_order_status(12, status_id=901)
        assert stage.script.sent() == {"Order": {"status_id": "901"}}
        stage.tray.update_order(12, sending_code=None, printed=True)
        assert stage.script.sent() == {"Order": {"sending_code": "", "printed": "1"}}
        stage.tray.update_order(12, sending_date=DAY, taxes=Decimal("1.50"), tracking_url="https://t.example/ç")
        assert stage.script.sent() == {
            "Order": {"sending_date": "2026-05-04", "taxes": "1.50", "tracking_url": "https://t.example/ç"}
        }
        assert stage.script.seen[-1].headers["content-type"] == "application/json"
        with pytest.raises(ValueError, match="nothing"):
            stage.tray.update_order(12)

    def test_stock_of_products_and_variants(self, stage: Stage) -> None:
        stage.on("PUT /products/41", saved()).on("PUT /products/variants/600", saved())
        stage.tray.set_product_stock(41, stock=0)
        assert stage.script.sent() == {"Product": {"stock": "0"}}
        stage.tray.set_variant_stock(
            600,
            stock=3,
            price=Decimal("1E+1"),
            promotional_price=Decimal("9.90"),
            promotion_start=DAY,
            promotion_end=NEXT_DAY,
        )
        assert stage.script.sent() == {
            "Variant": {
                "stock": "3",
                "price": "10",
                "promotional_price": "9.90",
                "start_promotion": "2026-05-04",
                "end_promotion": "2026-05-05",
            }
        }

    def test_a_product_deleted_at_tray(self, stage: Stage) -> None:
        stage.on("PUT /products/41", reply({"code": 404}, 404))
        with pytest.raises(NotFound):
            stage.tray.set_product_stock(41, stock=1)

    def test_a_stock_write_that_timed_out_is_repeated(self, stage: Stage) -> None:
        stage.on("PUT /products/41", httpx2.ReadTimeout("slow"), saved())
        stage.tray.set_product_stock(41, stock=1)
        assert stage.script.sent(0) == stage.script.sent(1)


class TestCancel:
    def test_by_its_own_route(self, stage: Stage) -> None:
        stage.on("PUT /orders/cancel/12", saved())
        stage.tray.cancel_order(12, cancelled_status_id=5)
        assert (stage.script.routes(), stage.script.seen[0].content) == (["PUT /orders/cancel/12"], b"")

    def test_by_status_where_the_route_is_missing_and_then_at_once(self, stage: Stage) -> None:
        stage.on("PUT /orders/cancel/12", reply({"code": 404}, 404)).on("PUT /orders/12", saved())
        stage.tray.cancel_order(12, cancelled_status_id=5)
        stage.tray.cancel_order(12, cancelled_status_id=5)
        assert stage.script.routes() == ["PUT /orders/cancel/12", "PUT /orders/12", "PUT /orders/12"]
        assert stage.script.sent() == {"Order": {"status_id": "5"}}

    def test_an_order_that_is_not_there(self, stage: Stage) -> None:
        stage.on("PUT /orders/cancel/12", reply({}, 404)).on("PUT /orders/12", reply({}, 404))
        for status_id in (None, 5):
            with pytest.raises(NotFound):
                stage.tray.cancel_order(12, cancelled_status_id=status_id)

    def test_silence_is_not_repeated(self, stage: Stage) -> None:
        stage.on("PUT /orders/cancel/12", httpx2.ReadTimeout("slow"))
        with pytest.raises(OutcomeUnknown):
            stage.tray.cancel_order(12, cancelled_status_id=5)
        assert stage.tray.requests_sent == 1

    def test_a_rule_against_it(self, stage: Stage) -> None:
        stage.on("PUT /orders/cancel/12", reply({"causes": ["pedido finalizado"]}, 400))
        with pytest.raises(InvalidRequest, match="pedido finalizado"):
            stage.tray.cancel_order(12, cancelled_status_id=5)


class TestCatalogue:
    def test_products_by_reference(self, stage: Stage) -> None:
        rows = [product_body(), product_body(42, has_variation="1", Variant=[{"id": "600"}])]
        stage.on("GET /products", reply(list_body("Products", "Product", rows)))
        plain, varied = stage.tray.products(reference="PAN-1", is_kit=False, available=None)
        assert stage.script.query()["reference"] == "PAN-1"
        assert (stage.script.query()["is_kit"], "available" in stage.script.query()) == ("0", False)
        assert (plain.stock, plain.price, plain.weight_g, plain.has_variants) == (Decimal(14), Decimal(30), 4100, False)
        assert plain.images == ("https://img.example/1.jpg",)
        assert (plain.promotion_start, plain.address) == (None, "https://loja.example/p")
        assert (varied.has_variants, varied.variant_ids) == (True, (600,))

    def test_one_product_and_one_variant(self, stage: Stage) -> None:
        stage.on("GET /products/41", reply({"Product": product_body(Properties={"Cor": ["Preta"]})}))
        stage.on("GET /products/variants/600", reply({"Variant": variant_body()}))
        assert stage.tray.product(41).name == "Panela de Ferro"
        assert [axis.value for axis in stage.tray.variant(600).axes] == ["P"]

    def test_variants_of_a_product(self, stage: Stage) -> None:
        stage.on("GET /products/variants", reply(list_body("Variants", "Variant", [variant_body(), variant_body(601)])))
        assert [variant.id for variant in stage.tray.variants(product_id=41)] == [600, 601]
        assert stage.script.query()["product_id"] == "41"


def test_customers_short_and_full(stage: Stage) -> None:
    short = {"id": "88", "name": "Joana", "cpf": "52998224725", "city": "Santos", "CustomerAddress": [{"id": "15"}]}
    stage.on("GET /customers", reply(list_body("Customers", "Customer", [short])))
    stage.on("GET /customers/88", reply({"Customer": customer_body()}))
    (listed,) = stage.tray.customers(email="joana@example.com")
    assert (listed.document, listed.addresses, listed.own_address) == ("52998224725", (), None)
    assert stage.tray.customer(88).own_address is not None


def test_one_client_serves_several_threads(stage: Stage) -> None:
    stage.on("GET /orders/12/complete", reply(complete_body()))
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(stage.tray.complete_order, [12] * 60))
    assert {order.id for order in found} == {12}
    assert stage.tray.requests_sent == stage.budget.taken == 60


def test_no_cookie_travels_back(stage: Stage) -> None:
    stage.on("GET /info", reply({"id": "391"}, Set_Cookie="PHPSESSID=1; path=/"))
    stage.tray.info()
    stage.tray.info()
    assert "cookie" not in stage.script.seen[1].headers


def test_clients_share_one_tls_context() -> None:
    assert shared_ssl_context() is shared_ssl_context()


def test_without_a_lent_client_each_store_gets_its_own(stage: Stage) -> None:
    made = type(stage.tray)(
        api_address="http://127.0.0.1:1",
        consumer_key="k",
        consumer_secret="s",
        tokens=stage.keeper,
        budget=stage.budget,
        sleep=stage.slept.append,
        clock=lambda: NOW,
    )
    with made as tray, pytest.raises(TrayUnreachable):
        tray.info()
    assert len(stage.slept) == 3


def test_a_lent_http_client_stays_open(stage: Stage) -> None:
    lent = httpx2.Client(transport=httpx2.MockTransport(stage.script))
    with type(stage.tray)(
        api_address="loja.example",
        consumer_key="k",
        consumer_secret="s",
        tokens=stage.keeper,
        budget=stage.budget,
        http=lent,
        timeout=5,
        clock=lambda: datetime(2026, 5, 4, 15, tzinfo=UTC),
    ) as tray:
        stage.on("GET /info", reply({"id": "391"}))
        tray.info()
    assert not lent.is_closed
    stage.tray.close()
    with pytest.raises(RuntimeError):
        stage.tray.info()


class TestLocalBudget:
    def test_no_more_than_so_many_a_minute(self) -> None:
        now, slept = [0.0], []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            now[0] += seconds

        budget = LocalBudget(per_minute=2, monotonic=lambda: now[0], sleep=sleep)
        for _ in range(3):
            budget.take()
        assert slept == [60]
        budget.slow_down(30)
        budget.take()
        assert slept == [60, 30]

    def test_no_more_than_so_many_a_day_of_brasilia(self) -> None:
        now = [datetime(2026, 5, 5, 2, 59, tzinfo=UTC)]
        budget = LocalBudget(per_day=1, clock=lambda: now[0])
        budget.take()
        with pytest.raises(DailyQuotaSpent):
            budget.take()
        now[0] = datetime(2026, 5, 5, 3, 0, tzinfo=UTC)
        budget.take()

    def test_a_spent_quota_sends_nothing(self, stage: Stage) -> None:
        def spent() -> None:
            raise DailyQuotaSpent("spent")

        stage.budget.take = spent  # type: ignore[method-assign]
        with pytest.raises(DailyQuotaSpent):
            stage.tray.info()
        assert stage.script.seen == []
