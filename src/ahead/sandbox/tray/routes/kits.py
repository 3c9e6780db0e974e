"""Kits: rows that link a parent product to its components. They are listed and added, never changed or removed."""

from decimal import Decimal
from typing import Any

from ahead.sandbox.tray import kits, wire
from ahead.sandbox.tray.answers import Answer, Call, created_without_id, invalid
from ahead.sandbox.tray.bodies import identifier, scalar
from ahead.sandbox.tray.checks import why_no_number
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.moments import money
from ahead.sandbox.tray.records import Fields, KitRow
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store


def _read(_store: Store, row: KitRow, name: str) -> str:
    return str({"id": row.id, "product_parent_id": row.parent_id, "product_id": row.product_id}[name])


LISTING: Listing[KitRow] = Listing(
    model="ProductKit",
    plural="ProductKits",
    available=("product_parent_id", "product_id"),
    rows=lambda store: store.kits.values(),
    read=_read,
    write=lambda store, row: {"ProductKit": wire.kit_row(store, row)},
)


def list_kits(call: Call) -> Answer:
    """List the components of kits."""
    return Answer(answer_list(LISTING, call))


def create_kit_rows(call: Call) -> Answer:
    """
    Add components: the bare array of two rows or more, or one row in its wrapper.

    All are taken or none; rows for a kit that has some already are added to them.
    """
    if not call.store.switches.kits_enabled:
        raise invalid(ProductKit="funcionalidade desabilitada, solicite a habilitação ao suporte da Tray")
    checked = [_checked(call.store, row) for row in _rows(call.read_body())]
    for parent_id, fields in checked:
        kits.add_row(call.store, parent_id, fields)
        call.store.touch(call.store.products[parent_id])
    return created_without_id()


def _rows(body: Any) -> list[Any]:
    if isinstance(body, dict) and isinstance(body.get("ProductKit"), dict):
        return [body["ProductKit"]]
    if not isinstance(body, list):
        raise invalid(ProductKit="envie a lista de componentes")
    if len(body) < 2:
        raise invalid(ProductKit="um kit tem pelo menos dois itens")
    return body


def _checked(store: Store, row: Any) -> tuple[int, Fields]:
    if not isinstance(row, dict):
        raise invalid(ProductKit="campo obrigatório")
    parent, component = (store.products.get(identifier(row, name)) for name in ("product_parent_id", "product_id"))
    if parent is None or not parent.is_kit:
        raise invalid(product_parent_id="não é um kit")
    if component is None or component.is_kit:
        raise invalid(product_id="inexistente" if component is None else "um kit não entra em outro kit")
    return parent.id, {"product_id": str(component.id), **_terms(row)}


def _terms(row: Fields) -> Fields:
    quantity = scalar(row.get("quantity", "1"))
    rule, kind = scalar(row.get("price_rule", "1")), scalar(row.get("discount_type", "$"))
    value = scalar(row.get("discount_value", "0")) or "0"
    if not (quantity.isdigit() and int(quantity)):
        raise invalid(quantity="valor inválido")
    if rule not in {"1", "2"}:
        raise invalid(price_rule="use 1 ou 2")
    if kind not in {"$", "%"}:
        raise invalid(discount_type="use $ ou %")
    if why := why_no_number(value):
        raise invalid(discount_value=why)
    if kind == "%" and Decimal(value) > 100:
        raise invalid(discount_value="no máximo 100")
    return {"quantity": quantity, "price_rule": rule, "discount_type": kind, "discount_value": money(value)}


ROUTES = (
    Route("GET", "/products/kits", list_kits, is_list=True),
    Route("POST", "/products/kits", create_kit_rows),
)
