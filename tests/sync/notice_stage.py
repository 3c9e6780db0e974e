"""The pretend Tray notifies, and what it sends is received as the web would: through the screens' own address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from cheroot import wsgi
from django.db import connections

from ahead.config.wsgi import application
from ahead.jobs.noticing import ask_noticed
from ahead.jobs.running import run_store
from ahead.stores.models import StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync.models import SyncRun
from ahead.webhooks.intake import INTAKE, WRITER
from ahead.webhooks.models import Notice
from ahead.webhooks.operations import open_address
from sync_stage import BY, Stage


class Notified:
    """A stage whose store notifies; `look` does what the worker does every second."""

    def __init__(self, stage: Stage, port: int) -> None:
        self.stage, self._port = stage, port
        self.secret = open_address(company=stage.company, store_id=stage.store.pk, by=BY, now=datetime.now(UTC))

    def listen(self) -> None:
        self.stage.box.courier.tell(f"http://127.0.0.1:{self._port}/webhooks/tray/{self.secret}/")

    def arrive(self) -> None:
        """Wait until what Tray had to say was said."""
        assert self.stage.box.courier.wait_until_idle(30)

    def look(self, *, later: float = 10) -> SyncRun | None:
        """Ask for what was notified of, `later` seconds from now, and run what was asked for."""
        store, company = self.stage.store, self.stage.company
        before = StoreAgenda.objects.of(company).get(store=store)
        if not ask_noticed(now=datetime.now(UTC) + timedelta(seconds=later)):
            return None
        asked = StoreAgenda.objects.of(company).get(store=store).asked
        assert asked == before.asked + 1
        self.run(asked)
        return SyncRun.objects.of(company).filter(store=store).order_by("-number").first()

    def run(self, asked: int, trigger: Trigger = Trigger.NOTICE) -> None:
        run_store(self.stage.store.pk, asked, trigger, f"sync:{self.stage.store.pk}:{asked}")

    def unsettled(self) -> list[tuple[str, int]]:
        rows = Notice.objects.of(self.stage.company).order_by("pk")
        return [(row.scope, row.scope_id) for row in rows if row.arrived > row.settled]

    def age_writes(self, **past: float) -> None:
        """Let what was written to Tray so far lie so far back that nothing is taken for its echo."""
        from ahead.orders.models import Order
        from ahead.stock.models import PublishedStock

        then = datetime.now(UTC) - timedelta(**past)
        company = self.stage.company
        Order.objects.of(company).filter(acknowledged_at__isnull=False).update(acknowledged_at=then)
        PublishedStock.objects.of(company).filter(sent_at__isnull=False).update(sent_at=then)


@contextmanager
def receiving(stage: Stage) -> Iterator[Notified]:
    """Serve the screens on a socket, and let the pretend Tray notify there."""

    def served(environ: Any, start_response: Any) -> Any:
        try:
            return application(environ, start_response)
        finally:
            connections.close_all()

    server = wsgi.Server(("127.0.0.1", 0), served, numthreads=4)
    server.expiration_interval = 0.1
    server.prepare()
    from threading import Thread

    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        notified = Notified(stage, server.bind_addr[1])
        notified.listen()
        yield notified
    finally:
        stage.box.courier.forget()
        server.stop()
        thread.join(timeout=5)
        WRITER.close()
        INTAKE.forget()
