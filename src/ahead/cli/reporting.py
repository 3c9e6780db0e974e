"""What a run did, as one JSON document and as a page of text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ahead.catalog import queries as catalog
from ahead.cli.output import print_table, shown
from ahead.orders import queries as orders
from ahead.pending.queries import WHOSE_TURN
from ahead.sync import queries

if TYPE_CHECKING:
    from ahead.accounts.models import Company
    from ahead.catalog.models import Product
    from ahead.sync.models import SyncEvent, SyncRun

_BATCH = 500
_SHOWN = 30
_ORDERS = {
    "imported": ("order_imported", "Pedidos importados"),
    "updated": ("order_updated", "Pedidos atualizados"),
    "cancelled": ("order_cancelled", "Pedidos cancelados"),
    "held": ("order_held", "Pedidos retidos"),
}


def run_row(run: SyncRun) -> dict[str, Any]:
    """Return a run as it stands in JSON."""
    return {
        "id": run.pk,
        "number": run.number,
        "store": {"code": run.store.code, "name": run.store.name},
        "trigger": run.trigger,
        "asked_by": run.asked_by,
        "is_dry_run": run.is_dry,
        "state": run.state,
        "step": run.step,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "orders_imported": run.orders_imported,
        "orders_updated": run.orders_updated,
        "orders_cancelled": run.orders_cancelled,
        "orders_held": run.orders_held,
        "statuses_written": run.statuses_written,
        "notes_delivered": run.notes_delivered,
        "stock_updated": run.stock_updated,
        "catalogue_written": run.catalogue_written,
        "errors": run.errors,
        "requests": run.requests,
        "requests_left_today": run.requests_left_today,
        "tray_total": run.tray_total,
        "held_total": run.held_total,
    }


def report(company: Company, run: SyncRun) -> dict[str, Any]:
    """Return everything a run did."""
    by_kind: dict[str, list[SyncEvent]] = defaultdict(list)
    for event in queries.events_for_export(run):
        by_kind[event.kind].append(event)
    numbers = _numbers(company, {event.order_id for events in by_kind.values() for event in events if event.order_id})
    return {
        "company": company.slug,
        "run": run_row(run),
        "orders": {name: [_order(event, numbers) for event in by_kind[kind]] for name, (kind, _) in _ORDERS.items()},
        "stock_updated": _stock(company, by_kind["stock_updated"]),
        "catalogue_written": [{"text": event.text} for event in by_kind["catalogue"]],
        "statuses_written": [_order(event, numbers) for event in by_kind["status_written"]],
        "notes_delivered": [_order(event, numbers) for event in by_kind["nota_delivered"]],
        "errors": [
            {"text": event.text, "cause": event.cause, "turn": event.turn, "remedy": event.remedy}
            for event in by_kind["error"]
        ],
        "notes": [{"text": event.text} for event in (*by_kind["linked"], *by_kind["note"])],
    }


def _order(event: SyncEvent, numbers: dict[int, int]) -> dict[str, Any]:
    tray_id = event.key.split(":")[1]
    return {
        "number": numbers.get(event.order_id or 0),
        "tray_id": int(tray_id) if tray_id.isdecimal() else None,
        "text": event.text,
    }


def _numbers(company: Company, ids: set[int]) -> dict[int, int]:
    return {order.pk: order.number for some in _in_batches(ids) for order in orders.orders_of(company, some)}


def _stock(company: Company, events: Sequence[SyncEvent]) -> list[dict[str, Any]]:
    ids = {event.product_id for event in events if event.product_id}
    products: dict[int, Product] = {
        row.product.pk: row.product
        for some in _in_batches(ids)
        for row in catalog.products(company, ids=some, size=_BATCH).rows
    }
    rows = []
    for event in events:
        product = products.get(event.product_id or 0)
        rows.append(
            {
                "product_code": product.code if product else None,
                "reference": product.reference if product else None,
                "product_name": product.name if product else event.text,
                "warehouse": event.warehouse,
                "before": event.before,
                "after": event.after,
            }
        )
    return rows


def _in_batches(ids: Iterable[int]) -> Iterator[list[int]]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), _BATCH):
        yield wanted[start : start + _BATCH]


def print_report(document: dict[str, Any]) -> None:
    """Print what a run did, for a person."""
    run = document["run"]
    what = "Simulação" if run["is_dry_run"] else "Sincronização"
    print(f"{what} nº {run['number']} da Loja {run['store']['name']}: {STATES[run['state']]}")
    print(f"{shown(run['started_at'])} a {shown(run['finished_at'])}, {_requests(run)}")
    if run["tray_total"] is not None:
        print(f"O Tray diz {run['tray_total']} pedidos alterados na janela; temos conta de {run['held_total']}.")
    for name, (_, head) in _ORDERS.items():
        _print_texts(head, [row["text"] for row in document["orders"][name]])
    _print_texts("Status gravados no Tray", [row["text"] for row in document["statuses_written"]])
    _print_texts("Notas enviadas ao Tray", [row["text"] for row in document["notes_delivered"]])
    _print_stock(document["stock_updated"])
    _print_texts("Observações", [row["text"] for row in document["notes"]])
    _print_errors(document["errors"])


STATES = {
    "running": "em andamento",
    "clean": "sem erros",
    "with_errors": "com erros",
    "failed": "não pôde rodar",
}


def _requests(run: dict[str, Any]) -> str:
    left = "" if run["requests_left_today"] is None else f", restam {run['requests_left_today']} hoje"
    return f"{run['requests']} requisições{left}"


def _print_texts(head: str, texts: Sequence[str]) -> None:
    if not texts:
        return
    print(f"\n{head} ({len(texts)})")
    for text in texts[:_SHOWN]:
        print(f"  {text}")
    _print_rest(len(texts))


def _print_stock(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    print(f"\nProdutos de Estoque Atualizados ({len(rows)})")
    print_table(
        ("Código", "Produto", "Estoque", "De", "Para"),
        [
            (row["product_code"], row["product_name"], row["warehouse"], row["before"], row["after"])
            for row in rows[:_SHOWN]
        ],
        right=["De", "Para"],
    )
    _print_rest(len(rows))


def _print_errors(errors: Sequence[dict[str, Any]]) -> None:
    if not errors:
        return
    print(f"\nErros ({len(errors)})")
    for error in errors:
        print(f"  {error['text']}{': ' if error['cause'] else ''}{error['cause']}")
        print(f"    vez: {WHOSE_TURN.get(error['turn'], error['turn'])}. {error['remedy']}".rstrip())


def _print_rest(how_many: int) -> None:
    if how_many > _SHOWN:
        print(f"  … e mais {how_many - _SHOWN}; tudo com --json")
