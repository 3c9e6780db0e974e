"""Orders as bad input: each kind breaks one assumption of a naive importer."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ahead.sandbox.tray import catalogue, crowd, people, trade
from ahead.sandbox.tray.moments import ZERO_DATE, ZERO_STAMP
from ahead.sandbox.tray.records import Customer, Order, Product, Variant

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Item, Store


class UnknownOddity(Exception):
    """There is no odd order of that kind."""


def odd_order(store: "Store", kind: str) -> Order:
    """
    Let an order of an odd kind arrive.

    :raises UnknownOddity: if there is no such kind.
    """
    if kind not in ODDITIES:
        raise UnknownOddity(f"unknown kind {kind!r}; there are {', '.join(ODDITIES)}")
    return ODDITIES[kind](store)


def _item(store: "Store", place: int = 0) -> Product | Variant:
    shelf = crowd.sellable(store)
    while len(shelf) <= place:
        number = store.next_ids["product"]
        made = catalogue.add_product(
            store,
            {
                "name": f"Caneca Esmaltada {number}",
                "reference": f"CAN-{number}",
                "price": "39.90",
                "stock": 50,
                "ean": people.ean13(100_000 + number),
            },
        )
        shelf.append(made)
    return shelf[place]


def _order(
    store: "Store",
    items: "list[Item] | None" = None,
    customer: Customer | None = None,
    payment: str = "credit_card",
    **overrides: Any,
) -> Order:
    terms = trade.Terms(store.status("A ENVIAR"), None, Decimal("15.90"), payment, overrides)
    return trade.place_order(store, items or [(_item(store), 1)], customer or crowd.buyer(store, None), terms)


def _odd_customer(store: "Store", **fields: Any) -> Customer:
    return crowd.add_customer(store, {**people.person(store.random), **fields})


def _unknown_sku(store: "Store") -> Order:
    number = store.next_ids["product"]
    stranger = catalogue.add_product(
        store,
        {"name": "Produto avulso da loja", "reference": f"AVULSO-{number}", "price": "25.00", "stock": 10},
    )
    return _order(store, [(_item(store), 1), (stranger, 1)])


def _no_address(store: "Store") -> Order:
    nowhere = dict.fromkeys(("address", "number", "complement", "neighborhood", "city", "state", "zip_code"), "")
    return _order(store, customer=_odd_customer(store, **nowhere, CustomerAddress=[]))


def _inline_address(store: "Store") -> Order:
    return _order(store, customer=_odd_customer(store, CustomerAddress=[]))


def _two_addresses(store: "Store") -> Order:
    first, second = people.place(store.random)[0], people.place(store.random)[0]
    rows = [{"recipient": "Portaria", "type": "1", **first}, {"recipient": "Escritório", "type": "1", **second}]
    order = _order(store, customer=_odd_customer(store, CustomerAddress=rows))
    order.address_id = store.addresses_by_customer[order.customer_id][1]
    return order


def _punctuated_cpf(store: "Store") -> Order:
    document = people.punctuated_cpf(people.cpf(store.random))
    return _order(store, customer=_odd_customer(store, cpf=document))


def _missing_cpf(store: "Store") -> Order:
    return _order(store, customer=_odd_customer(store, cpf=""))


def _total_off(store: "Store") -> Order:
    order = _order(store)
    return trade.edit_order(store, order, {"total": order.total + Decimal("1.23")})


def _zero_dates(store: "Store") -> Order:
    fields = {"birth_date": ZERO_DATE, "created": ZERO_STAMP, "registration_date": ZERO_DATE}
    customer = _odd_customer(store)
    customer.fields.update(fields)
    return _order(
        store,
        customer=customer,
        payment_date=ZERO_DATE,
        sending_date=ZERO_DATE,
        shipment_date=ZERO_DATE,
        estimated_delivery_date="0000-01-05",
    )


def _company(store: "Store") -> Order:
    return _order(store, customer=crowd.add_customer(store, people.company(store.random)))


def _pix_discount(store: "Store") -> Order:
    item = _item(store)
    rate = (item.price * 2 * crowd.PIX_DISCOUNT).quantize(Decimal("0.01"))
    return _order(store, [(item, 2)], payment="pix", payment_method_rate=rate)


def _multicd_child(store: "Store") -> Order:
    parent = _order(store, [(_item(store, 0), 1), (_item(store, 1), 1)])
    customer = store.customers[parent.customer_id]
    child = _order(
        store,
        [(_item(store, 0), 1)],
        customer,
        store_note=f"Criado a partir do pedido: {parent.id}",
        external_code=f"{parent.id}-1",
        dc_id="2",
    )
    products = [{"product_id": line["product_id"], "quantity": line["quantity"]} for line in child.lines]
    child.extras.setdefault("complete", {})["DistributionCenter"] = {
        "id": "2",
        "name": "CD Sul",
        "status": "1",
        "type": "child_order",
        "group_id": str(parent.id),
        "Package": {"id": "1", "Products": products},
    }
    parent.extras.setdefault("complete", {})["OrderChilds"] = [{"id": str(child.id), "order_id": str(parent.id)}]
    return child


def _kit(store: "Store") -> Order:
    first, second = (
        store.products[item.product_id] if isinstance(item, Variant) else item
        for item in (_item(store, 0), _item(store, 1))
    )
    number = store.next_ids["product"]
    fields = {"name": "Kit Café da Manhã", "reference": f"KIT-{number}"}
    return _order(store, [(catalogue.add_kit(store, fields, [(first, 1), (second, 2)]), 1)])


def _odd_shapes(store: "Store") -> Order:
    customer = _odd_customer(
        store, CustomerAddress=[], cpf=people.punctuated_cpf(people.cpf(store.random)), phone="(14) 3454-6185"
    )
    order = _order(store, customer=customer, partner_id=None, estimated_delivery_date="0000-01-05", delivery_time="3")
    order.lines[0]["reference"] = "45145[160151]"
    order.lines[0]["name"] = order.lines[0]["original_name"]
    order.extras["customer"] = {"Extensions": []}
    order.extras["single"] = {"CustomerAddress": []}
    return order


def _regressed(store: "Store") -> Order:
    order = _order(store)
    return trade.move_order(store, order, store.status("AGUARDANDO PAGAMENTO"))


ODDITIES: dict[str, Callable[["Store"], Order]] = {
    "unknown-sku": _unknown_sku,
    "no-address": _no_address,
    "inline-address": _inline_address,
    "two-addresses": _two_addresses,
    "punctuated-cpf": _punctuated_cpf,
    "missing-cpf": _missing_cpf,
    "total-off": _total_off,
    "zero-dates": _zero_dates,
    "company": _company,
    "pix-discount": _pix_discount,
    "multicd-child": _multicd_child,
    "kit": _kit,
    "odd-shapes": _odd_shapes,
    "status-regressed": _regressed,
}
