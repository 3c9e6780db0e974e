"""
Three hosts whose clocks differ by minutes ask Tray for one store at once, until the day's quota is spent.

What the pretend Tray counts is what there is to say: it knows of no budget.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jobs_hosts import Browser, Host, ran, ready

from ahead.accounts.models import Role
from ahead.accounts.operations import create_user, set_membership
from ahead.jobs.models import WorkerSlot
from ahead.sandbox.tray import Store as Shop
from ahead.sandbox.tray import TraySandbox, serve
from ahead.sandbox.tray.counters import Counters
from ahead.stock.models import Warehouse
from ahead.stores import bucket
from ahead.stores.models import RequestBudget, StatusRole, Store, StoreAgenda
from ahead.stores.operations import choose_statuses, register_store
from ahead.sync.connecting import finish_connection
from ahead.sync.models import RunState, SyncRun
from jobs_box import Box, wait_until

pytestmark = pytest.mark.kill
BY = "ana@padaria.example"
PASSWORD = "fermento natural 77"
PER_MINUTE, PER_DAY = 300, 100


class Timed(Counters):
    """Notes the instant of each request."""

    arrivals: list[datetime]

    def arrived(self, method: str, route: str, now: datetime) -> None:
        self.arrivals.append(now)
        super().arrived(method, route, now)


@dataclass
class Stage:
    """A store at Tray with many orders, and the Loja it is here."""

    box: Box
    shop: Shop
    store: Store
    arrivals: list[datetime]


@pytest.fixture
def stage(postgres_box: Box, settings: Any) -> Iterator[Stage]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # the web's, not the tests'
    tray = TraySandbox(seed=7)
    with serve(tray.app, threads=12) as address:
        yield _open(postgres_box, tray, address)


def _open(box: Box, tray: TraySandbox, address: str) -> Stage:
    keys = {"consumer_key": "ck-padaria", "consumer_secret": "cs-padaria"}
    shop = tray.add_store(
        slug="padaria", store_id=999001, name="Padaria", cnpj="11222333000181", **keys,
        rate_limit_per_minute=PER_MINUTE + bucket.BURST, daily_limit=PER_DAY, latency_seconds=0.02,
    )  # fmt: skip
    counters = shop.counters = Timed()
    counters.arrivals = []
    bread = shop.add_product(name="Pão", reference="PAO-1", price="9.90", stock=900)
    for _ in range(PER_DAY):
        shop.place_order(items=[(bread, 1)])
    now = datetime.now(UTC)
    store = register_store(
        company=box.company, name="Loja do Sol", address=f"{address}{shop.path}",
        warehouses=list(Warehouse.objects.of(box.company).values_list("pk", flat=True)),
        import_from=(now - timedelta(days=20)).date(), by=BY, now=now, **keys,
    )  # fmt: skip
    Store.objects.of(box.company).filter(pk=store.pk).update(
        requests_per_minute=PER_MINUTE, requests_per_day=PER_DAY, syncs_by_itself=False
    )
    finish_connection(
        box.company, store.pk, code=shop.authorise(), api_address=f"{address}{shop.path}/web_api", by=BY, now=now
    )
    rows = dict(store.statuses.values_list("name", "pk"))
    choose_statuses(
        company=box.company, store_id=store.pk, choices={StatusRole.IMPORT: [rows["A ENVIAR"]]}, by=BY, now=now
    )
    ana = create_user(email=BY, name="Ana", password=PASSWORD, now=now)
    set_membership(company=box.company, user=ana, role=Role.OWNER, by=BY, now=now)
    return Stage(box, shop, store, counters.arrivals)


def test_three_hosts_with_clocks_of_their_own_keep_one_limit(stage: Stage) -> None:
    folder, url = stage.box.folder, stage.box.database_url
    slow, right, fast = Host(folder / "slow", url, -40), Host(folder / "right", url), Host(folder / "fast", url, 90)
    try:
        shell = fast.shell()
        slow.worker()
        right.web()
        ready(shell)
        wait_until(lambda: slow.works() and right.listens())
        _live(stage, right, shell)
    finally:
        for host in (slow, right, fast):
            host.close()
    now = datetime.now(UTC)
    [worker] = WorkerSlot.objects.all()
    assert worker.started_at < now - timedelta(seconds=39), "a clock that is right shows nothing"
    _check(stage)


def _live(stage: Stage, web: Host, shell: Any) -> None:
    browser = Browser()
    assert browser.log_in(web, BY, PASSWORD).url.endswith("/padaria/")
    asked = browser.post(web, f"/padaria/sincronizacao/{stage.store.pk}/execucoes/", page="/padaria/sincronizacao/")
    assert asked.status == 200
    wait_until(lambda: len(stage.arrivals) > 10)

    # the worker, whose clock is 130 s behind, has the store in hand, and keeps it
    refused = ran(shell, "sync 1 --company padaria")
    assert (refused["code"], "outro processo" in refused["err"]) == (2, True)
    # nor does it ask for another run, though by its own clock the worker has been silent for long
    asked_again = ran(shell, "complete --company padaria --store 1 --check")
    assert "pedida" in asked_again["err"]
    assert StoreAgenda.objects.of(stage.box.company).get(store=stage.store).asked == 1
    stage.shop.expire_tokens()  # all three need a new one at once
    told: dict[str, list[str]] = {"web": [], "shell": []}

    def press() -> None:
        path = f"/padaria/lojas/{stage.store.pk}/teste/"
        form = browser.form(web, f"/padaria/lojas/{stage.store.pk}/")
        while not told["web"] or "Conectada a" in told["web"][-1]:
            told["web"].append(browser.send(web, path, form, by_htmx=True).text)

    def command() -> None:
        while not told["shell"] or not told["shell"][-1]:
            told["shell"].append(ran(shell, "store statuses 1 --company padaria --refresh")["err"])

    both = [threading.Thread(target=work) for work in (press, command)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    for name, said in told.items():
        assert len(said) > 1, f"{name} was to send, too"
        assert "cota diária" in said[-1]
    wait_until(lambda: not SyncRun.objects.of(stage.box.company).filter(state=RunState.RUNNING).exists())
    wait_until(lambda: not StoreAgenda.objects.of(stage.box.company).get(store=stage.store).lease_holder)


def _check(stage: Stage) -> None:
    sent, counters = stage.arrivals, stage.shop.counters
    assert counters.by_answer[429] == 0
    assert counters.by_route["GET /auth"] == 1, "of three hosts one renewed the token"
    assert max(counters.by_day.values()) <= PER_DAY
    row = RequestBudget.objects.of(stage.box.company).get(store=stage.store)
    assert row.used_today == counters.today(datetime.now(UTC))
    assert _furthest_beyond(sent) <= 0
    [run] = SyncRun.objects.of(stage.box.company)
    assert run.orders_held + run.orders_imported > 20


def _furthest_beyond(sent: list[datetime]) -> float:
    """
    Return by how many requests any window, however long, has more than may be sent in it.

    What holds for sixty seconds follows: capacity, sixty-two seconds of drips, and never more than Tray's limit.
    """
    ordered = sorted(at.timestamp() for at in sent)
    drip, most = PER_MINUTE / 60, bucket.capacity(PER_MINUTE)
    beyond = float("-inf")
    for first, at in enumerate(ordered):
        for seconds in (0.5, 1, 2, 3, 5, 8, 13, 21, 34, 60):
            count = bisect.bisect_right(ordered, at + seconds) - first
            beyond = max(beyond, count - (most + (seconds + bucket.LEASE_SECONDS) * drip))
    return beyond
