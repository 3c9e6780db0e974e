"""The only module that knows the engine (DBOS): its queue, its runs, its schedule.

A sync is one step of one workflow, because it keeps its own place in our tables and goes on from there. So
what the engine gives is: it runs at least once, one at a time per store, and again elsewhere when a process dies.

the step raises       the workflow ends as ERROR and the store is free again; the agenda has the backoff
the process dies      the workflow stays PENDING under its executor; the same slot recovers it at its start,
                      or another machine gives it back (`give_back`) once the slot is silent
it dies every time    after RECOVERIES starts the engine parks it; `parked` lists it for the agenda
it hangs              after RUN_SECONDS the engine cancels it, which lets the next run begin; the thread cannot be
                      killed, but once its lease has run out the fence refuses what it writes
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, WorkflowStatus
from dbos import error as dbos_error
from django.conf import settings

APPLICATION = "ahead"
VERSION = "1"  # fixed: a new release goes on with the runs of the old one
QUEUE = "store"
SYNC = "sync_store"
WORK = "work"
TICK = "tick"
TICK_SCHEDULE = "*/5 * * * * *"
QUEUE_POLL_SECONDS = 0.25
RUN_SECONDS = 6 * 60 * 60
RECOVERIES = 10  # starts of one run that ended with the death of the process
TAKEOVERS = 5  # the engine forgets its count at each take-over, so these are counted here
_BATCH = 500
_LIVE = ["ENQUEUED", "PENDING"]
_GIVEN_UP = ["MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED"]

SyncBody = Callable[[int, int, str, str], None]
WorkBody = Callable[[int], None]
TickBody = Callable[[], None]


class EngineAway(Exception):
    """The engine's database cannot be reached, or was never prepared."""


class JobFailed(Exception):
    """A sync could not be done; the cause is in the log, for its message may hold what the engine must not."""


@dataclass(frozen=True)
class EngineRun:
    """A sync as the engine holds it."""

    workflow_id: str
    store_id: int
    asked: int
    executor: str
    is_running: bool
    created_at: datetime


@dataclass
class _Bodies:
    sync: SyncBody | None = None
    works: Mapping[str, WorkBody] = field(default_factory=dict)
    tick: TickBody | None = None


_bodies = _Bodies()  # what the worker of this process runs


# ── what the engine runs ───────────────────────────────────────────────────────────────────────────────────


@DBOS.step(name="run")
def _run(store_id: int, asked: int, trigger: str, holder: str) -> None:
    if _bodies.sync is None:
        raise RuntimeError("the engine was started without a sync")
    _bodies.sync(store_id, asked, trigger, holder)


@DBOS.step(name="work")
def _do(kind: str, number: int) -> None:
    _bodies.works[kind](number)


@DBOS.step(name="look")
def _look() -> None:
    if _bodies.tick is None:
        raise RuntimeError("the engine was started without a tick")
    _bodies.tick()


@DBOS.workflow(name=SYNC, max_recovery_attempts=RECOVERIES)
def _sync_store(store_id: int, asked: int, trigger: str) -> None:
    # The holder is the run, not the process: the process that recovers it takes the store's lease again at once.
    _run(store_id, asked, trigger, workflow_id(store_id, asked))


@DBOS.workflow(name=WORK, max_recovery_attempts=RECOVERIES)
def _work(kind: str, number: int) -> None:
    _do(kind, number)


@DBOS.workflow(name=TICK)
def _tick(_scheduled_at: datetime, _context: Any) -> None:
    _look()


# ── the worker's side ──────────────────────────────────────────────────────────────────────────────────────


def start(*, executor: str, threads: int, sync: SyncBody, works: Mapping[str, WorkBody], tick: TickBody) -> None:
    """Start running jobs in this process under the name `executor`, which no other process may use."""
    _bodies.sync, _bodies.works, _bodies.tick = sync, works, tick
    _prepare_sqlite()
    _quiet_logs()
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_url": _url(),
            "application_version": VERSION,
            "executor_id": executor,
            "log_level": "WARNING",
            "enable_otlp": False,
            "scheduler_polling_interval_sec": 5.0,
            "serializer": DBOSPortableJSONSerializer(),
        }
    )
    DBOS.launch()
    DBOS.register_queue(
        QUEUE, partition_concurrency=1, worker_concurrency=threads, polling_interval_sec=QUEUE_POLL_SECONDS
    )
    DBOS.apply_schedules([{"schedule_name": TICK, "workflow_fn": _tick, "schedule": TICK_SCHEDULE, "context": None}])


def stop(*, grace_seconds: int) -> None:
    """Take no more work, let what runs end for up to `grace_seconds`, and let go of the engine."""
    DBOS.destroy(workflow_completion_timeout_sec=grace_seconds)


def migrate() -> None:
    """Create or bring up to date the engine's own tables; the worker does it at its start as well."""
    _prepare_sqlite()
    DBOS.migrate(_url())


def _quiet_logs() -> None:
    # The engine adds a console handler of its own to a logger that has none.
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = True
    logger.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], JobFailed))  # that is in our log already


def _prepare_sqlite() -> None:
    if not _url().startswith("sqlite"):
        return
    path = Path(_url().removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=20)
    try:
        connection.execute("PRAGMA journal_mode=WAL")  # kept in the file; the engine does not ask for it
    finally:
        connection.close()


def _url() -> str:
    url = str(settings.ENGINE_DATABASE_URL)
    return f"postgresql://{url.removeprefix('postgres://')}" if url.startswith("postgres://") else url


# ── from outside: web, commands, tick and take-over ────────────────────────────────────────────────────────


@dataclass
class _Opened:
    """The one client of this process, and for which process and database it was opened."""

    client: DBOSClient | None = None
    place: tuple[int, str] = (0, "")
    lock: threading.Lock = field(default_factory=threading.Lock)


_opened = _Opened()


def disconnect() -> None:
    """Close the connections of this process to the engine's database; the next use opens them again."""
    with _opened.lock:
        _close()


def _close() -> None:
    client, _opened.client = _opened.client, None
    if client is not None and _opened.place[0] == os.getpid():  # what was open before a fork is the parent's to close
        client.destroy()


def _open() -> DBOSClient:
    """Return the client of this process, opened anew where it was open to another database than is set now."""
    here = (os.getpid(), _url())
    with _opened.lock:
        if _opened.client is None or _opened.place != here:
            _close()
            _opened.client, _opened.place = _new_client(here[1]), here
        return _opened.client


def _new_client(url: str) -> DBOSClient:
    return DBOSClient(
        system_database_url=url,
        application_name=APPLICATION,
        serializer=DBOSPortableJSONSerializer(),
        lazy=True,
        retry_connection_errors=False,  # a press of a button must not wait for a database that is away
    )


@contextmanager
def _client() -> Iterator[DBOSClient]:
    try:
        yield _open()
    except (sqlalchemy.exc.SQLAlchemyError, dbos_error.DBOSException, OSError) as error:
        raise EngineAway(type(error).__name__) from error


def workflow_id(store_id: int, asked: int) -> str:
    """Return the name of the run that answers request number `asked`: sent twice, it is one run."""
    return f"sync:{store_id}:{asked}"


def enqueue_sync(*, store_id: int, asked: int, trigger: str) -> None:
    """
    Put a sync in the queue of its store; a second time it changes nothing.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    _enqueue(SYNC, workflow_id(store_id, asked), str(store_id), store_id, asked, trigger)


def _enqueue(name: str, identity: str, partition: str, *arguments: Any) -> None:
    """Put a run in the queue; of one partition one runs at a time."""
    with _client() as client:
        client.enqueue(
            {
                "queue_name": QUEUE,
                "workflow_name": name,
                "workflow_id": identity,
                "app_version": VERSION,
                "queue_partition_key": partition,
                "workflow_timeout": float(RUN_SECONDS),
            },
            *arguments,
        )


def work_id(kind: str, number: int, asked: int) -> str:
    """Return the name of the work that answers request number `asked`: sent twice, it is one."""
    return f"{kind}:{number}:{asked}"


def enqueue_work(kind: str, *, company_id: int, number: int, asked: int) -> None:
    """
    Put a work in the queue of its company, where one of a kind is done at a time; twice it changes nothing.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    _enqueue(WORK, work_id(kind, number, asked), f"{kind}:{company_id}", kind, number)


def live_works(kind: str) -> dict[str, int]:
    """
    Return the works of a kind that wait or run: the number of each by its name.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    return _works(kind, status=_LIVE)


def parked_works(kind: str) -> dict[str, int]:
    """
    Return the works of a kind the engine has given up, likewise: they killed their process, or took too long.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    return _works(kind, status=_GIVEN_UP, limit=_BATCH)


def _works(kind: str, **filters: Any) -> dict[str, int]:
    names = [row.workflow_id for row in _rows(name=WORK, workflow_id_prefix=f"{kind}:", **filters)]
    return {name: int(name.split(":")[1]) for name in names}


def live_runs() -> list[EngineRun]:
    """
    Return the syncs that wait or run, oldest first.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    return [_seen(row) for row in _rows(name=SYNC, status=_LIVE)]


def parked() -> list[EngineRun]:
    """
    Return the syncs the engine has given up: they killed their process each time, or ran for too long.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    return [_seen(row) for row in _rows(name=SYNC, status=_GIVEN_UP, limit=_BATCH)]


def forget(workflow_ids: Sequence[str]) -> None:
    """
    Delete runs from the engine; ours keep their history.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    if workflow_ids:
        with _client() as client:
            client.delete_workflows(list(workflow_ids))


def forget_ended(*, syncs_before: datetime, ticks_before: datetime) -> int:
    """
    Delete up to some hundreds of ended runs and return how many: the engine keeps them all for ever.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    count = 0
    for name, before in ((SYNC, syncs_before), (WORK, syncs_before), (TICK, ticks_before)):
        ended = {"status": ["SUCCESS", "ERROR"], "completed_before": before.isoformat()}
        rows = _rows(name=name, limit=_BATCH, **ended)
        forget([row.workflow_id for row in rows])
        count += len(rows)
    return count


def executors_at_work() -> set[str]:
    """
    Return the executors that the engine believes to be running something.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    return {row.executor_id for row in _rows(status="PENDING") if row.executor_id}


def give_back(executor: str, *, died: bool) -> int:
    """
    Put what a gone worker was running back in the queue and return how many runs that were.

    One that was given back TAKEOVERS times because its worker died is cancelled, not tried again.

    :raises EngineAway: if the engine's database cannot be reached.
    """
    rows = _rows(status="PENDING", executor_id=executor)
    forget([row.workflow_id for row in rows if row.name == TICK])  # the next one does the same
    syncs = [row for row in rows if row.name != TICK]
    with _client() as client:
        for row in syncs:
            deaths = (row.attributes or {}).get("deaths", 0) + int(died)
            if deaths > TAKEOVERS:
                client.cancel_workflow(row.workflow_id)
                continue
            client.update_workflow_attributes(row.workflow_id, {"deaths": deaths})
            client.resume_workflow(row.workflow_id, queue_name=QUEUE)
    return len(syncs)


def _rows(**filters: Any) -> list[WorkflowStatus]:
    with _client() as client:
        return client.list_workflows(load_input=False, load_output=False, **filters)


def _seen(row: WorkflowStatus) -> EngineRun:
    _, store_id, asked = row.workflow_id.split(":")
    return EngineRun(
        workflow_id=row.workflow_id,
        store_id=int(store_id),
        asked=int(asked),
        executor=row.executor_id or "",
        is_running=row.status == "PENDING",
        created_at=datetime.fromtimestamp((row.created_at or 0) / 1000, UTC),
    )
