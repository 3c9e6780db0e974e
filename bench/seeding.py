"""Filling a database fast: products by bulk writes, orders by multiplying those that a sync brought in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import F, Max, Min, Sum

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.customers.models import Customer, CustomerLink, CustomerWord
from ahead.db.statistics import refresh_statistics
from ahead.fiscal.models import Nota
from ahead.orders.models import Order, OrderDocument, OrderItem, OrderMarketplace, OrderPayment, OrderSequence
from ahead.stock.models import Balance, Movement, PublishedStock, Reservation, Warehouse
from ahead.stores.models import Store, StoreAgenda
from ahead.sync.models import OrderSighting

ON_HAND = 50_000
_BATCH = 2_000


def seed_products(company: Company, warehouse: Warehouse, count: int, *, now: datetime, first: int = 1) -> list[int]:
    """Make so many products with stock; return their keys."""
    numbers = range(first, first + count)
    products = Product.objects.bulk_create(
        [
            Product(
                company=company,
                code=f"P{number:06}",
                reference=f"SKU-{number:06}",
                name=f"Produto {number:06}",
                ncm="69120000",
                price="19.90",
                created_at=now,
                updated_at=now,
            )
            for number in numbers
        ],
        batch_size=_BATCH,
    )
    keys = [product.pk for product in products]
    place = {"company": company, "warehouse": warehouse}
    Balance.objects.bulk_create([Balance(product_id=key, on_hand=ON_HAND, **place) for key in keys], batch_size=_BATCH)
    Movement.objects.bulk_create(
        [
            Movement(
                product_id=key, kind="opening", quantity=ON_HAND, on_hand_after=ON_HAND, by="bench", at=now, **place
            )
            for key in keys
        ],
        batch_size=_BATCH,
    )
    return keys


def seed_listings(store: Store, product_ids: Sequence[int], *, now: datetime, first_tray_id: int = 1) -> list[int]:
    """Offer these products in a store, each told to Tray and confirmed; return the keys of the variants."""
    mine: dict[str, Any] = {"company_id": store.company_id, "store": store}
    listings = Listing.objects.bulk_create(
        [
            Listing(tray_id=number, title=f"Produto {number}", seen_at=now, **mine)
            for number, _ in enumerate(product_ids, first_tray_id)
        ],
        batch_size=_BATCH,
    )
    variants = ListingVariant.objects.bulk_create(
        [
            ListingVariant(
                listing=listing,
                tray_product_id=listing.tray_id,
                product_id=product,
                linked_by="referência",
                linked_at=now,
                **mine,
            )
            for listing, product in zip(listings, product_ids, strict=True)
        ],
        batch_size=_BATCH,
    )
    PublishedStock.objects.bulk_create(
        [
            PublishedStock(variant=variant, confirmed=ON_HAND, confirmed_at=now, sent=ON_HAND, sent_at=now, **mine)
            for variant in variants
        ],
        batch_size=_BATCH,
    )
    return [variant.pk for variant in variants]


def add_sleeping_stores(like: Store, count: int, *, next_at: datetime) -> None:
    """Make so many connected stores whose time has not come."""
    stores = Store.objects.bulk_create(
        [
            Store(
                company_id=like.company_id,
                code=like.code + 100_000 + number,
                name=f"Loja que dorme {number}",
                address=like.address,
                api_address=like.api_address,
                connection=like.connection,
                import_from=like.import_from,
                created_at=like.created_at,
            )
            for number in range(count)
        ],
        batch_size=_BATCH,
    )
    StoreAgenda.objects.bulk_create(
        [StoreAgenda(company_id=like.company_id, store=store, next_sync_at=next_at) for store in stores],
        batch_size=_BATCH,
    )


# What is multiplied, parents first. Each row is copied as it is, but for: keys and numbers, moved on by the size of
# the first lot; instants, moved into the past; texts that must differ, numbered.
_TABLES: dict[type[models.Model], dict[str, str]] = {
    Customer: {"id": "customer", "document": "document", "name": "named"},
    CustomerWord: {"id": "customer_word", "customer_id": "customer"},
    CustomerLink: {"id": "link", "tray_id": "customer_tray_id", "customer_id": "customer"},
    Order: {
        "id": "order",
        "number": "number",
        "tray_id": "tray_id",
        "customer_id": "customer",
        "placed_at": "instant",
        "tray_modified_at": "instant",
        "marketplace_number": "numbered",
    },
    OrderItem: {"id": "item", "order_id": "order"},
    OrderPayment: {"id": "payment", "order_id": "order"},
    OrderMarketplace: {"id": "marketplace", "order_id": "order"},
    OrderDocument: {"id": "document_row", "order_id": "order"},
    Reservation: {"id": "reservation", "order_id": "order", "item_id": "item"},
    OrderSighting: {"id": "sighting", "tray_id": "tray_id", "modified_at": "instant"},
    Event: {"id": "event", "subject_id": "order", "at": "instant"},
}
_TRAY_FAR = 1_000_000_000
_ZEROS = "00000000000000"
_SEEDING_KIB = -4_000_000


@contextmanager
def _much_cache() -> Iterator[None]:
    """Let SQLite hold the indexes in memory while it fills them."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = {_SEEDING_KIB}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {usual}")
            cursor.execute("PRAGMA shrink_memory")


def multiply_orders(company: Company, *, until: int) -> None:
    """
    Multiply the orders that are held until there are so many, each lot an hour further in the past.

    Call it once, on orders of one company and one store in a database that holds nothing else.
    """
    _settle_first_lot(company)
    with _much_cache(), transaction.atomic():
        steps = _steps(company)
        lot = Order.objects.of(company).count()
        for copy in range(1, -(-until // lot)):
            _copy_lot(copy, steps)
        _mend(company)
    _look_at_tables()


def seed_notas(company: Company, count: int, *, now: datetime) -> None:
    """Give the latest invoiced orders a nota each that is authorised and delivered, until there are so many."""
    first = Order.objects.of(company).filter(state=Order.State.INVOICED).select_related("customer").latest("placed_at")
    one = Nota.objects.create(
        company=company,
        order=first,
        store=first.store,
        environment="1",
        serie=1,
        number=first.number,
        code="00000000",
        chave_de_acesso=f"{first.pk:044}",
        state=Nota.State.AUTHORISED,
        protocol="135260000000001",
        cstat="100",
        issued_at=first.placed_at,
        authorised_at=first.placed_at,
        created_at=now,
        updated_at=now,
        created_by="bench",
        recipient="bench",
        recipient_document="",
        recipient_uf="SP",
        items_total=first.items_total,
        total=first.total,
        delivery=Nota.Delivery.DELIVERED,
        delivered_at=now,
    )
    taken = {
        "order_id": "o.id",
        "store_id": "o.store_id",
        "number": "o.number",
        "items_total": "o.items_total",
        "total": "o.total",
        "issued_at": "o.placed_at",
        "authorised_at": "o.placed_at",
        "recipient": "substr(c.name, 1, 60)",
        "recipient_document": "c.document",
        "channel": "o.point_sale",
        "chave_de_acesso": "lpad(CAST(o.id AS TEXT), 44, '0')"
        if connection.vendor == "postgresql"
        else "printf('%044d', o.id)",
    }
    columns = [str(field.column) for field in Nota._meta.concrete_fields if not field.primary_key]  # noqa: SLF001
    values = [taken.get(column, f"n.{connection.ops.quote_name(column)}") for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO fiscal_nota ({', '.join(map(connection.ops.quote_name, columns))})"
            f" SELECT {', '.join(values)} FROM orders_order o"
            " JOIN customers_customer c ON c.id = o.customer_id JOIN fiscal_nota n ON n.id = %s"
            " WHERE o.company_id = %s AND o.state = 'invoiced' AND o.id <> %s ORDER BY o.placed_at DESC LIMIT %s",
            [one.pk, company.pk, first.pk, count - 1],
        )
    _look_at_tables()


def _look_at_tables() -> None:
    """Do what autovacuum does, and our own worker on SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    else:
        refresh_statistics()


def _settle_first_lot(company: Company) -> None:
    """Let most of the orders be past: invoiced, some cancelled, a few held; a tenth stays open."""
    rows = Order.objects.of(company)
    for state, places, reservation in (
        (Order.State.INVOICED, range(3, 20), Reservation.State.CONSUMED),
        (Order.State.CANCELLED, (1,), Reservation.State.RELEASED),
        (Order.State.HELD, (2,), Reservation.State.OPEN),
    ):
        keys = [key for key in rows.values_list("pk", flat=True) if key % 20 in places]
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            rows.filter(pk__in=some).update(state=state)
            closed = Reservation.objects.of(company).filter(order_id__in=some)
            closed.update(state=reservation, closed_at=None if reservation == "open" else F("opened_at"))


def _steps(company: Company) -> dict[str, int]:
    """Return by how much each kind of key moves on from one lot to the next."""
    keys = {fields["id"]: int(_most(model, company, "pk")) for model, fields in _TABLES.items()}
    tray = OrderSighting.objects.of(company).aggregate(most=Max("tray_id"), least=Min("tray_id"))
    people = CustomerLink.objects.of(company).aggregate(most=Max("tray_id"), least=Min("tray_id"))
    return {
        **keys,
        "number": int(_most(Order, company, "number")),
        "tray_id": tray["most"] - tray["least"] + 1,
        "customer_tray_id": people["most"] - people["least"] + 1,
    }


def _most(model: Any, company: Company, name: str) -> int:
    return model.objects.of(company).aggregate(most=Max(name))["most"] or 0


def _copy_lot(copy: int, steps: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        for model, moved in _TABLES.items():
            meta = model._meta  # noqa: SLF001
            columns = [str(field.column) for field in meta.concrete_fields]
            values = [_value(f"t.{column}", moved.get(column, ""), copy, steps) for column in columns]
            table = connection.ops.quote_name(meta.db_table)
            only = f"WHERE t.id <= {steps[moved['id']]}"
            if model is Event:
                only += " AND t.subject_kind = 'order'"
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(map(connection.ops.quote_name, columns))})"
                f" SELECT {', '.join(values)} FROM {table} t {only}"
            )


def _value(column: str, kind: str, copy: int, steps: dict[str, int]) -> str:
    if not kind:
        return _quoted(column)
    column = _quoted(column)
    if kind == "instant":
        hours = 24 * 30 + copy
        if connection.vendor == "postgresql":
            return f"{column} - interval '{hours} hours'"
        return f"strftime('%Y-%m-%d %H:%M:%S', {column}, '-{hours} hours')"
    if kind == "named":
        return f"{column} || ' {copy}'"
    if kind == "numbered":
        return f"CASE WHEN {column} = '' THEN '' ELSE {column} || '-{copy}' END"
    if kind == "document":
        longer = f"('{_ZEROS}' || CAST({_quoted('t.id')} + {copy * steps['customer']} AS TEXT))"
        return f"CASE WHEN {column} = '' THEN '' ELSE substr({longer}, length({longer}) - length({column}) + 1) END"
    far = _TRAY_FAR if kind.endswith("tray_id") else 0  # beyond the ids that the sandbox has still to give
    return f"{column} + {far + copy * steps[kind]}"


def _quoted(column: str) -> str:
    table, name = column.split(".")
    return f"{table}.{connection.ops.quote_name(name)}"


def _mend(company: Company) -> None:
    """Let the balances say what the reservations do, and the next keys and numbers come after the last ones."""
    rows = Reservation.objects.of(company).filter(state="open").values("product").annotate(units=Sum("quantity"))
    units = {row["product"]: row["units"] for row in rows}
    balances = list(Balance.objects.of(company).filter(product_id__in=units))
    for balance in balances:
        balance.reserved = units[balance.product_id]
        balance.on_hand = ON_HAND + balance.reserved
    Balance.objects.of(company).bulk_update(balances, ["reserved", "on_hand"], batch_size=500)
    OrderSequence.objects.of(company).update(next_number=_most(Order, company, "number") + 1)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(_TABLES)):
            cursor.execute(sql)
