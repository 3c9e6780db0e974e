"""Notas on a stage: issued here, looked for at Tray."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from ahead.fiscal.models import Nota
from ahead.pending.models import Kind
from ahead.sync.models import EventKind, SyncRun
from nota_rows import make_nota
from sync_stage import Stage

POST, PUT_ORDER = "POST /orders/:id/invoices", "PUT /orders/:id"


def settle(stage: Stage) -> None:
    """Let all that was done so far be known on both sides, and count requests from here on."""
    stage.sync()
    stage.shop.counters.reset()


def issue(stage: Stage, tray_id: int, **fields: Any) -> Nota:
    """Issue the nota of an order."""
    with transaction.atomic():
        return make_nota(stage.order(tray_id), datetime.now(UTC), **fields)


def ids(stage: Stage) -> list[int]:
    return sorted(stage.shop.orders)


def keys_at_tray(stage: Stage, tray_id: int) -> list[str]:
    return [invoice["key"] for invoice in stage.shop.orders[tray_id].invoices]


def status_at_tray(stage: Stage, tray_id: int) -> str:
    order = stage.shop.orders[tray_id]
    return str(stage.shop.statuses[order.status_id].name)


def routes(stage: Stage) -> dict[str, int]:
    """Which requests about invoices and statuses arrived."""
    counted = dict(stage.shop.counters.by_route)
    return {route: count for route, count in counted.items() if "invoices" in route or route == PUT_ORDER}


def make_due(nota: Nota) -> None:
    """Let the time of the next try come."""
    Nota.objects.of(nota.company_id).filter(pk=nota.pk).update(delivery_due_at=datetime.now(UTC) - timedelta(seconds=1))


def assert_delivered(stage: Stage, nota: Nota) -> None:
    """Both sides agree that Tray has the nota, once, and nothing is owed any more."""
    nota.refresh_from_db()
    assert keys_at_tray(stage, nota.order.tray_id or 0) == [nota.chave_de_acesso]
    assert (nota.delivery, nota.delivery_due_at, nota.delivery_problem) == ("delivered", None, "")
    assert (nota.is_delivery_in_doubt, nota.is_status_due, nota.delivery_tries) == (False, False, 0)
    assert f"nota:{nota.pk}" not in {matter.key for matter in stage.matters(Kind.NOTA_UNDELIVERED)}


def texts(stage: Stage, run: SyncRun, kind: EventKind) -> list[str]:
    return [event.text for event in stage.events(run, kind)]


def foreign_invoice(number: str) -> dict[str, Any]:
    return {
        "id": f"77{number}", "order_id": "0", "issue_date": "2026-11-23", "number": number, "serie": "9",
        "value": "10.00", "key": "9" * 44, "link": "", "xml_danfe": "", "created": "", "updated": "", "ProductCfop": [],
    }  # fmt: skip
