"""A box of one's own: data folder, database, engine, and real worker processes that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from ahead.accounts.models import Company
from ahead.stock.models import SalesWarehouse, Warehouse
from ahead.stores.models import Connection, StatusChoice, StatusRole, Store, StoreAgenda, StoreStatus

_HERE = Path(__file__).parent


class Worker:
    """A worker process."""

    def __init__(self, process: subprocess.Popen[bytes], errors: Path) -> None:
        self.process, self._errors = process, errors

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, seconds: float = 120) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def has_started(self) -> bool:
        return "jobs.worker.started" in self.said()

    def said(self) -> str:
        return self._errors.read_text()


class Box:
    """Where jobs are asked for and run."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder, self.database_url = folder, database_url
        self.company = Company.objects.create(
            name="Padaria", cnpj="11222333000181", slug="padaria", created_at=datetime.now(UTC)
        )
        self._warehouse = Warehouse.objects.create(company=self.company, code=1, name="Matriz")
        self._workers: list[Worker] = []
        self.plan()

    def plan(self, *, steps: int = 4, seconds: float = 0.25, **stores: int) -> None:
        """Say what the counting does: raises for the store `failing`, gives up on `refusing`, waits for `busy`."""
        odd = {name: [stores.get(name)] for name in ("failing", "refusing", "busy")}
        text = json.dumps({"steps": steps, "seconds": seconds, **odd})
        (self.folder / "plan.json").write_text(text)

    def hold(self, *, at_step: int) -> None:
        """Let no counting go beyond this step until they may go on."""
        draft = self.folder / "holding"
        draft.write_text(str(at_step))
        draft.rename(self.folder / "held")

    def go_on(self) -> None:
        """Let all counting go on."""
        (self.folder / "held").rename(self.folder / "let-go")

    def store(self) -> Store:
        code = Store.objects.of(self.company).count() + 1
        store = Store.objects.create(
            company=self.company,
            code=code,
            name=f"Loja {code}",
            address=f"https://loja{code}.example",
            connection=Connection.CONNECTED,
            import_from=date(2026, 1, 1),
            syncs_by_itself=True,
            created_at=datetime.now(UTC),
        )
        StoreAgenda.objects.create(company=self.company, store=store)
        status = StoreStatus.objects.create(company=self.company, store=store, tray_id=1, name="A ENVIAR")
        StatusChoice.objects.create(company=self.company, store=store, role=StatusRole.IMPORT, status=status)
        SalesWarehouse.objects.create(company=self.company, store=store, warehouse=self._warehouse)
        return store

    def agenda(self, store: Store) -> StoreAgenda:
        return StoreAgenda.objects.of(self.company).get(store=store)

    def silence(self, store: Store) -> None:
        """Let the lease of a store run out, as if nobody had kept it for long."""
        StoreAgenda.objects.of(self.company).filter(store=store).update(lease_until=datetime.now(UTC))

    def worker(self, *, machine: str = "", dead_after: float = 20, threads: int = 20) -> Worker:
        """Start a worker; another `machine` has a data folder of its own."""
        folder = self.folder / machine
        folder.mkdir(exist_ok=True)
        errors = self.folder / f"worker-{len(self._workers)}.log"
        environment = {
            **os.environ,
            "AHEAD_DATA_DIR": str(folder),
            "AHEAD_DATABASE_URL": self.database_url,
            "AHEAD_SECRET_KEY": "s" * 50,
            "AHEAD_SEALING_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "AHEAD_LOG_LEVEL": "INFO",
            "COUNTING": str(self.folder),
        }
        with errors.open("wb") as output:
            command = [sys.executable, str(_HERE / "jobs_worker.py"), str(dead_after), str(threads)]
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        self._workers.append(Worker(process, errors))
        return self._workers[-1]

    def notes(self, what: str | None = None, store: Store | None = None) -> list[dict[str, object]]:
        path = self.folder / "notes.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [
            line
            for line in lines
            if (what is None or line["what"] == what) and (store is None or line["store"] == store.pk)
        ]

    def close(self) -> None:
        for worker in self._workers:
            if worker.process.poll() is None:
                worker.kill()


def wait_until(is_so: Callable[[], object], seconds: float = 120) -> None:
    """Wait, and give up only after so long that no slow machine can be the cause."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.05)
