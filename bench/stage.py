"""A company with Lojas that are connected to stores of the sandbox, ready to be synced."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ahead.accounts.models import Company
from ahead.accounts.operations import create_company
from ahead.stock.models import Warehouse
from ahead.stock.operations import create_warehouse
from ahead.stores.models import StatusRole, Store
from ahead.stores.operations import choose_statuses, register_store
from ahead.stores.triggers import Trigger
from ahead.sync.connecting import finish_connection
from ahead.sync.models import SyncRun
from ahead.sync.runner import run_sync
from bench.sandbox import Sandbox
from bench.seeding import seed_products

BY = "bench"
_UNLIMITED = 6_000_000  # a server of our own: no minute and no day to wait for
_CHOICES = {
    StatusRole.IMPORT: ["A ENVIAR", "A ENVIAR VINDI"],
    StatusRole.UPDATE: ["A ENVIAR - SINCRONIZADO"],
    StatusRole.CANCELLED: ["CANCELADO", "CANCELADO AUT"],
}


@dataclass
class Shop:
    """A Loja, and what it is called at the sandbox."""

    slug: str
    store: Store
    order_ids: list[int]  # at Tray


@dataclass
class Stage:
    """Both sides of the syncs of one company."""

    sandbox: Sandbox
    company: Company
    warehouse: Warehouse
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def open_shop(self, *, skus: int, orders: int = 0, days: int = 4) -> Shop:
        """Open a store at Tray and connect a Loja to it; all stores sell the same SKUs."""
        number = next(self._numbers)
        slug = f"loja-{number}"
        opened = self.sandbox.open_shop(slug, store_id=900_000 + number, skus=skus, orders=orders, days=days)
        now = datetime.now(UTC)
        store = register_store(
            company=self.company,
            name=f"Loja {number}",
            address=f"{self.sandbox.address}/lojas/{slug}",
            consumer_key=f"ck-{slug}",
            consumer_secret=f"cs-{slug}",
            warehouses=[self.warehouse.pk],
            import_from=(now - timedelta(days=20)).date(),
            by=BY,
            now=now,
        )
        Store.objects.of(self.company).filter(pk=store.pk).update(
            requests_per_minute=_UNLIMITED, requests_per_day=_UNLIMITED
        )
        finish_connection(
            self.company,
            store.pk,
            code=opened["code"],
            api_address=f"{self.sandbox.address}/lojas/{slug}/web_api",
            by=BY,
            now=now,
        )
        rows = dict(store.statuses.values_list("name", "pk"))
        choices = {role: [rows[name] for name in names] for role, names in _CHOICES.items()}
        choose_statuses(company=self.company, store_id=store.pk, choices=choices, by=BY, now=now)
        store.refresh_from_db()
        return Shop(slug, store, opened["orders"])

    def sync(self, shop: Shop) -> SyncRun:
        """Sync once; the run must be clean."""
        run_sync(store_id=shop.store.pk, trigger=Trigger.COMMAND, holder="bench", asked_by=BY)
        run = SyncRun.objects.of(self.company).filter(store=shop.store).order_by("-number").first()
        if run is None or run.errors:
            raise AssertionError(f"a run of the benchmark had errors: {run}")
        return run


def set_stage(sandbox: Sandbox, *, skus: int) -> Stage:
    """Return a company with a warehouse and so many SKUs, the same that the stores sell."""
    now = datetime.now(UTC)
    company = create_company(name="Bench", slug="bench", cnpj="11.222.333/0001-81", by=BY, now=now)
    warehouse = create_warehouse(company=company, name="Depósito", by=BY, now=now)
    seed_products(company, warehouse, skus, now=now)
    return Stage(sandbox, company, warehouse)
