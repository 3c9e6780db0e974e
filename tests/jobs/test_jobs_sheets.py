"""Sheets on the engine: sent once, sent again when lost, resumed when their worker dies."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from ahead.catalog.models import Product
from ahead.jobs import engine
from ahead.jobs.sheets import run_sheet, send_sheet, send_waiting, settle_parked_sheets
from ahead.spreadsheets import operations, queries
from ahead.spreadsheets.models import SheetImport, SheetRow
from jobs_box import Box, wait_until
from sheet_making import BY, counts_of, csv_of

ROWS = 3000


def now() -> datetime:
    return datetime.now(UTC)


def send(box: Box, rows: int = 2) -> SheetImport:
    content = csv_of(["Código", "Descrição"], *([f"P-{one}", f"Produto {one}"] for one in range(rows)))
    sheet = operations.begin_import(
        company=box.company, kind="products", name="x.csv", content=content, by=BY, now=now()
    )
    send_sheet(sheet)
    return sheet


def as_it_is(box: Box, sheet: SheetImport) -> SheetImport:
    return queries.sheet(box.company, sheet.pk)


def apply(box: Box, sheet: SheetImport) -> None:
    send_sheet(operations.ask_apply(company=box.company, sheet_id=sheet.pk, by=BY, now=now()))


class TestSending:
    def test_what_was_asked_without_an_engine_is_sent_by_the_tick_once(self, box: Box) -> None:
        sheet = send(box)
        assert as_it_is(box, sheet).sent == 0
        engine.migrate()
        asked_at = as_it_is(box, sheet).touched_at
        assert send_waiting(now=asked_at + timedelta(seconds=1)) == 0, "the process that asked is about to send it"
        assert send_waiting(now=now() + timedelta(seconds=3)) == 1
        assert send_waiting(now=now() + timedelta(seconds=3)) == 0
        assert engine.live_works("sheet") == {f"sheet:{sheet.pk}:1": sheet.pk}

    def test_what_the_engine_lost_is_sent_again(self, box: Box) -> None:
        engine.migrate()
        send(box)
        with sqlite3.connect(box.folder / "jobs.sqlite3") as connection:
            connection.execute("DELETE FROM workflow_status")
        connection.close()
        assert send_waiting(now=now() + timedelta(seconds=30)) == 0, "too early: it may be on its way"
        assert send_waiting(now=now() + timedelta(minutes=2)) == 1

    def test_what_the_engine_gave_up_says_so_once(self, box: Box) -> None:
        engine.migrate()
        sheet = send(box)
        with engine._client() as client:  # what the engine itself does to work that hangs
            client.cancel_workflow(f"sheet:{sheet.pk}:1")
        assert (settle_parked_sheets(now=now()), settle_parked_sheets(now=now())) == (1, 0)
        assert as_it_is(box, sheet).state == SheetImport.State.FAILED

    def test_a_defect_of_ours_is_told_and_leaves_nothing(self, box: Box) -> None:
        sheet = send(box)
        SheetImport.objects.of(box.company).update(kind="nothing known")
        with pytest.raises(engine.JobFailed):
            run_sheet(sheet.pk)
        failed = as_it_is(box, sheet)
        assert (failed.state, "nada foi aplicado" in failed.note) == (SheetImport.State.FAILED, True)


@pytest.mark.kill
def test_a_worker_that_is_killed_leaves_it_to_the_next_and_nothing_is_there_twice(box: Box) -> None:
    engine.migrate()
    worker = box.worker(dead_after=2)
    sheet = send(box, ROWS)
    wait_until(lambda: 0 < as_it_is(box, sheet).done < ROWS)
    worker.kill()
    worker = box.worker(dead_after=2)
    wait_until(lambda: as_it_is(box, sheet).state == SheetImport.State.READY)
    assert counts_of(as_it_is(box, sheet)) == (ROWS, 0, 0, 0)
    assert SheetRow.objects.of(box.company).count() == ROWS
    apply(box, sheet)
    worker.kill()
    box.worker(dead_after=2)
    wait_until(lambda: as_it_is(box, sheet).state == SheetImport.State.APPLIED)
    assert Product.objects.of(box.company).count() == ROWS
