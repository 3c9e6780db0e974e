"""Commands that read what the database holds."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist

from ahead.catalog import queries as catalog
from ahead.cli import rows
from ahead.cli.exits import Exit
from ahead.cli.finding import NotFound, company_of, store_id_of
from ahead.cli.output import print_json, print_table, say
from ahead.cli.reporting import STATES, print_report, report, run_row
from ahead.customers import queries as customer_queries
from ahead.db.paging import Page
from ahead.orders import queries as order_queries
from ahead.pending import queries as pending_queries
from ahead.stock import queries as stock_queries
from ahead.sync import queries as sync

if TYPE_CHECKING:
    from ahead.accounts.models import Company

_ORDER_STATES = dict(order_queries.STATES)
_KINDS = dict(pending_queries.MATTER_KINDS)
_TRIGGERS = dict(sync.TRIGGERS)

Shown = Sequence[tuple[str, Callable[[rows.Row], object]]]


def _show(args: Namespace, company: Company, name: str, page: Page[rows.Row], columns: Shown, right: str = "") -> int:
    """Print a page of rows under `name`: as JSON, or as a table with these columns."""
    if args.json:
        print_json({"company": company.slug, name: page.rows, "total": page.total, "has_more": page.has_next})
        return Exit.DONE
    heads = [head for head, _ in columns]
    print_table(heads, [[cell(row) for _, cell in columns] for row in page.rows], right=right.split(","))
    if page.has_next:
        of_all = "" if page.total is None else f" de {page.total}"
        say(f"{len(page.rows)}{of_all}; mais com --limit")
    return Exit.DONE


def orders(args: Namespace) -> int:
    """Show orders, the newest first."""
    company = company_of(args)
    page = order_queries.orders(
        company,
        kind=args.kind,
        state=args.state,
        store_id=store_id_of(company, args),
        search=args.search,
        placed_from=args.placed_from,
        placed_to=args.placed_to,
        size=args.limit,
    )
    if args.json:  # the table shows no items, so only --json waits for them
        found = page.turned_into(lambda order: rows.order_row(order_queries.order(company, order.pk)))
        return _show(args, company, "orders", found, ())
    columns: Sequence[tuple[str, Callable[[Any], object]]] = (
        ("Pedido", lambda order: f"{order.kind} {order.number}"),
        ("Tray", lambda order: order.tray_id),
        ("Feito em", lambda order: order.placed_at),
        ("Loja", lambda order: order.store.name if order.store else None),
        ("Cliente", lambda order: order.customer.name if order.customer else None),
        ("Situação", lambda order: _ORDER_STATES[order.state]),
        ("Status no Tray", lambda order: order.tray_status),
        ("Total R$", lambda order: order.total),
    )
    return _show(args, company, "orders", page, columns, "Tray,Total R$")  # type: ignore[arg-type]


def stock(args: Namespace) -> int:
    """Show the stock of products, per Estoque, and what each Loja was told."""
    company = company_of(args)
    store_id = store_id_of(company, args)
    page = catalog.products(company, search=args.search, store_id=store_id, size=args.limit)
    explained = iter(stock_queries.explanations(company, [row.product for row in page.rows]))
    found = page.turned_into(lambda _: rows.stock_row(next(explained)))
    columns: Shown = (
        ("Código", lambda row: row["code"]),
        ("Produto", lambda row: row["name"]),
        ("Saldo", lambda row: row["on_hand"]),
        ("Reservado", lambda row: row["reserved"]),
        ("Livre", lambda row: row["free"]),
        ("Por Estoque", lambda row: ", ".join(f"{place['name']} {place['on_hand']}" for place in row["warehouses"])),
        ("Nas Lojas", lambda row: ", ".join(f"{place['name']} {_told(place)}" for place in row["stores"])),
    )
    return _show(args, company, "stock", found, columns, "Saldo,Reservado,Livre")


def _told(place: rows.Row) -> str:
    known = "?" if place["confirmed"] is None else str(place["confirmed"])
    if place["is_open"]:
        known = f"{known} ({place['sent']} enviado, ainda sem confirmação)"
    return f"{known} → {place['available']}" if place["differs"] else known


def runs(args: Namespace) -> int:
    """Show the runs, the latest first; or one with everything that happened in it."""
    company = company_of(args)
    if args.id:
        return _one_run(args, company)
    page = sync.runs(company, store_id=store_id_of(company, args), size=args.limit).turned_into(run_row)
    columns: Shown = (
        ("Id", lambda row: row["id"]),
        ("Loja", lambda row: row["store"]["name"]),
        ("Nº", lambda row: row["number"]),
        ("Começou", lambda row: row["started_at"]),
        ("Pedida", lambda row: "Como simulação" if row["is_dry_run"] else _TRIGGERS[row["trigger"]]),
        ("Resultado", lambda row: STATES[row["state"]]),
        ("Importados", lambda row: row["orders_imported"]),
        ("Atualizados", lambda row: row["orders_updated"]),
        ("Cancelados", lambda row: row["orders_cancelled"]),
        ("Retidos", lambda row: row["orders_held"]),
        ("Notas", lambda row: row["notes_delivered"]),
        ("Estoque", lambda row: row["stock_updated"]),
        ("Erros", lambda row: row["errors"]),
        ("Requisições", lambda row: row["requests"]),
    )
    numbers = "Id,Nº,Importados,Atualizados,Cancelados,Retidos,Notas,Estoque,Erros,Requisições"
    return _show(args, company, "runs", page, columns, numbers)


def _one_run(args: Namespace, company: Company) -> int:
    try:
        run = sync.run(company, args.id)
    except ObjectDoesNotExist:
        raise NotFound(f"{company.name} não tem a sincronização de id {args.id}. Veja `ahead runs`.") from None
    document = report(company, run)
    if args.json:
        print_json(document)
    else:
        print_report(document)
    return Exit.DONE


def customers(args: Namespace) -> int:
    """Show customers, by name."""
    company = company_of(args)
    page = customer_queries.customers(
        company, search=args.search, store_id=store_id_of(company, args), size=args.limit, is_whole=True
    ).turned_into(rows.customer_row)
    columns: Shown = (
        ("Cliente", lambda row: row["name"]),
        ("CPF/CNPJ", lambda row: row["document"]),
        ("E-mail", lambda row: row["email"]),
        ("Cidade", lambda row: f"{row['city']}/{row['uf']}" if row["city"] else None),
        ("Pedidos", lambda row: row["orders_count"]),
        ("Último", lambda row: row["last_order_at"]),
    )
    return _show(args, company, "customers", page, columns, "Pedidos")


def products(args: Namespace) -> int:
    """Show products, by code."""
    company = company_of(args)
    page = catalog.products(
        company, search=args.search, store_id=store_id_of(company, args), size=args.limit
    ).turned_into(rows.product_row)
    columns: Shown = (
        ("Código", lambda row: row["code"]),
        ("Referência", lambda row: row["reference"]),
        ("GTIN", lambda row: row["gtin"]),
        ("Produto", lambda row: row["name"]),
        ("Preço R$", lambda row: row["price"]),
        ("Saldo", lambda row: row["on_hand"]),
        ("Disponível", lambda row: row["available"]),
        ("Vínculos", lambda row: row["listings"]),
        ("Ativo", lambda row: row["is_active"]),
    )
    return _show(args, company, "products", page, columns, "Preço R$,Saldo,Disponível,Vínculos")


def pending(args: Namespace) -> int:
    """Show what waits for a decision, the oldest first."""
    company = company_of(args)
    store_id = store_id_of(company, args)
    found = pending_queries.matters(company, store_id=store_id, search=args.search, size=args.limit)
    page = found.turned_into(rows.matter_row)
    columns: Shown = (
        ("Desde", lambda row: row["opened_at"]),
        ("Loja", lambda row: row["store"]["name"] if row["store"] else None),
        ("O quê", lambda row: _KINDS[row["kind"]]),
        ("Descrição", lambda row: row["text"]),
        ("Vez", lambda row: pending_queries.WHOSE_TURN[row["turn"]]),
        ("O que fazer", lambda row: row["remedy"]),
    )
    return _show(args, company, "pending", page, columns)
