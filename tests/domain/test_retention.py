"""What is past its time goes, in batches that may stop anywhere; what the law asks for stays."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from PIL import Image

from ahead.accounts.models import Company, User
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import ListingImage, Picture
from ahead.catalog.operations import create_product
from ahead.catalog.pictures import keep_picture, prepare
from ahead.catalog.retention import purge_picture_files, purge_pictures
from ahead.jobs import retention
from ahead.jobs.models import Purge
from ahead.jobs.retention import purge_due, purge_sessions, standings
from ahead.orders.models import OrderDocument
from ahead.orders.retention import purge_documents
from ahead.stores.models import RequestUse, Store
from ahead.stores.triggers import Trigger
from ahead.stores.usage import purge_uses
from ahead.sync.models import EventKind, RunState, StockReading, SyncEvent, SyncRun
from ahead.sync.retention import LINES_AT_ONCE, purge_run_logs, purge_stock_readings
from ahead.watch.models import Alert, HookDelivery, MailLine
from ahead.watch.retention import purge_alerts, purge_messages
from order_making import make_order

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def make_run(store: Store, number: int, *, state: RunState, days_ago: int, lines: int) -> SyncRun:
    ended = NOW - timedelta(days=days_ago)
    run = SyncRun.objects.create(
        company_id=store.company_id, store=store, number=number, trigger=Trigger.SCHEDULE, state=state,
        started_at=ended, finished_at=ended, orders_imported=lines,
    )  # fmt: skip
    SyncEvent.objects.bulk_create(
        SyncEvent(company_id=store.company_id, run=run, kind=EventKind.NOTE, key=f"n:{line}", text="x", at=ended)
        for line in range(lines)
    )
    return run


def lines_of(run: SyncRun) -> int:
    return SyncEvent.objects.of(run.company_id).filter(run=run).count()


@pytest.mark.django_db
def test_lines_go_by_age_and_the_figures_stay(loja: Store) -> None:
    old = make_run(loja, 1, state=RunState.CLEAN, days_ago=91, lines=3)
    wrong = make_run(loja, 2, state=RunState.WITH_ERRORS, days_ago=91, lines=3)
    older = make_run(loja, 3, state=RunState.WITH_ERRORS, days_ago=366, lines=3)
    fresh = make_run(loja, 4, state=RunState.CLEAN, days_ago=89, lines=3)

    assert purge_run_logs(now=NOW) == 6
    assert [lines_of(run) for run in (old, wrong, older, fresh)] == [0, 3, 0, 3]
    old.refresh_from_db()
    assert (old.orders_imported, old.log_purged_at) == (3, NOW)
    assert purge_run_logs(now=NOW) == 0


@pytest.mark.django_db
def test_a_long_log_goes_in_batches(loja: Store) -> None:
    run = make_run(loja, 1, state=RunState.CLEAN, days_ago=91, lines=LINES_AT_ONCE + 10)
    assert purge_run_logs(now=NOW) == LINES_AT_ONCE
    run.refresh_from_db()
    assert (lines_of(run), run.log_purged_at) == (10, None)
    assert purge_run_logs(now=NOW) == 10
    assert lines_of(run) == 0


@pytest.mark.django_db
def test_only_ended_sessions_go() -> None:
    for key, ends in (("ended", NOW - timedelta(seconds=1)), ("open", NOW + timedelta(days=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)
    assert purge_sessions(now=NOW) == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]


def remembered(label: str) -> Purge:
    return Purge.objects.get(name=label)


@pytest.mark.django_db
def test_what_is_due_goes_batch_by_batch_and_is_noted(loja: Store) -> None:
    make_run(loja, 1, state=RunState.CLEAN, days_ago=91, lines=LINES_AT_ONCE + 10)

    looks = [purge_due(now=NOW + timedelta(seconds=5 * look)) for look in range(4)]  # each may be another process
    assert looks == [LINES_AT_ONCE, 10, 0, 0]
    row = remembered("run_logs")
    assert (row.removed, row.total, row.is_over) == (LINES_AT_ONCE + 10, LINES_AT_ONCE + 10, True)

    make_run(loja, 2, state=RunState.CLEAN, days_ago=91, lines=3)
    assert purge_due(now=NOW + timedelta(minutes=30)) == 0  # once an hour
    assert purge_due(now=NOW + timedelta(minutes=70)) == 3
    row = remembered("run_logs")
    assert (row.removed, row.total) == (3, LINES_AT_ONCE + 13)
    assert {one.looked_at is None for one in standings()} == {False}


@pytest.mark.django_db
def test_a_kind_that_cannot_go_is_tried_again_after_an_hour_and_keeps_no_other_here(
    loja: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def broken(*, now: datetime) -> int:
        tried.append(now)
        raise OSError

    monkeypatch.setattr(retention, "PURGINGS", (replace(retention.PURGINGS[0], remove=broken), *retention.PURGINGS[1:]))
    for after in (0, 1, 61, 62):
        purge_due(now=NOW + timedelta(minutes=after))
    assert tried == [NOW, NOW + timedelta(minutes=61)]
    assert Purge.objects.exclude(failed_at=None).count() == 1
    assert Purge.objects.filter(looked_at=NOW + timedelta(minutes=61)).count() == len(retention.PURGINGS) - 1


@pytest.mark.django_db
def test_a_document_goes_once_its_order_is_over(loja: Store) -> None:
    kept = {}
    for number, (state, days) in enumerate((("invoiced", 366), ("invoiced", 364), ("open", 366), ("cancelled", 366))):
        order = make_order(loja, NOW - timedelta(days=400), tray_id=9000 + number, state=state)
        documents = OrderDocument.objects.of(loja.company_id).filter(order=order)
        documents.update(received_at=NOW - timedelta(days=days))
        kept[order.pk] = (state, days)
    assert purge_documents(now=NOW) == 2
    left = OrderDocument.objects.of(loja.company_id).values_list("order_id", flat=True)
    assert sorted(kept[pk] for pk in left) == [("invoiced", 364), ("open", 366)]
    assert purge_documents(now=NOW) == 0


@pytest.mark.django_db
def test_days_and_readings_stay_a_year_and_a_month(loja: Store) -> None:
    for days in (401, 399, 1):
        RequestUse.objects.create(company_id=loja.company_id, store=loja, day=(NOW - timedelta(days=days)).date())
        StockReading.objects.create(company_id=loja.company_id, store=loja, began_at=NOW - timedelta(days=days))
    assert (purge_uses(now=NOW), purge_stock_readings(now=NOW)) == (1, 1)
    assert RequestUse.objects.of(loja.company_id).count() == StockReading.objects.of(loja.company_id).count() == 2


@pytest.mark.django_db
def test_what_was_told_of_an_open_alert_stays_told(padaria: Company, ana: User) -> None:
    for key, closed in (("open", None), ("closed", NOW - timedelta(days=100)), ("old", NOW - timedelta(days=366))):
        at = NOW - timedelta(days=400)
        alert = Alert.objects.create(
            company=padaria, kind="notas_rejected", key=key, text="x", remedy="y", since=at, opened_at=at,
            last_seen_at=at, closed_at=closed,
        )  # fmt: skip
        MailLine.objects.create(company=padaria, alert=alert, user=ana, news="opened", created_at=at, sent_at=at)
        HookDelivery.objects.create(company=padaria, alert=alert, news="opened", public_id=key, created_at=at)
    waiting = NOW - timedelta(days=91)
    HookDelivery.objects.create(company=padaria, news="test", public_id="w", body="{}", created_at=waiting, due_at=NOW)

    assert purge_messages(now=NOW) == 4
    assert purge_alerts(now=NOW) == 1
    assert set(Alert.objects.of(padaria).values_list("key", flat=True)) == {"open", "closed"}
    assert list(MailLine.objects.of(padaria).values_list("alert__key", flat=True)) == ["open"]
    assert set(HookDelivery.objects.of(padaria).values_list("public_id", flat=True)) == {"open", "w"}


class TestPictures:
    @pytest.fixture(autouse=True)
    def folder(self, settings: Any, tmp_path: Path) -> Path:
        settings.MEDIA_ROOT = tmp_path
        return tmp_path

    def sent(self, company: Company, colour: str, *, days_ago: int) -> Picture:
        file = io.BytesIO()
        Image.new("RGB", (8, 8), colour).save(file, "PNG")
        at = NOW - timedelta(days=days_ago)
        picture = keep_picture(company, prepare(file.getvalue()), now=at)
        os.utime(picture.file.path, (at.timestamp(), at.timestamp()))
        return picture

    def look_at_every_file(self) -> int:
        return sum(purge_picture_files(now=NOW + timedelta(hours=hour)) for hour in range(16))

    @pytest.mark.django_db
    def test_what_no_listing_shows_goes_after_thirty_days(self, padaria: Company, loja: Store) -> None:
        unused, fresh, shown = (
            self.sent(padaria, colour, days_ago=days) for colour, days in (("red", 31), ("blue", 29), ("green", 31))
        )
        product = create_product(company=padaria, code="CANECA", name="Caneca", by="oto", now=NOW)
        listing = create_listing(company=padaria, store_id=loja.pk, product_ids=[product.pk], by="oto", now=NOW)
        ListingImage.objects.create(company=padaria, listing=listing, position=1, picture=shown)

        assert self.look_at_every_file() == 0  # a file goes after its row
        assert purge_pictures(now=NOW) == 1
        assert self.look_at_every_file() == 1
        left = {one for one in (unused, fresh, shown) if Path(one.file.path).exists()}
        assert left == {fresh, shown} == set(Picture.objects.of(padaria))

    @pytest.mark.django_db
    def test_one_that_is_sent_again_is_new(self, padaria: Company) -> None:
        self.sent(padaria, "red", days_ago=31)
        again = self.sent(padaria, "red", days_ago=1)
        assert purge_pictures(now=NOW) == 0
        assert list(Picture.objects.of(padaria)) == [again]

    @pytest.mark.django_db
    def test_a_machine_without_the_folder_clears_nothing(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path / "elsewhere"
        assert self.look_at_every_file() == 0
