"""Somebody buys in two stores of a company, and both take the order in at the same moment."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction

from ahead.accounts.models import Company
from ahead.catalog.offered import Offered
from ahead.customers.models import Customer
from ahead.lib.money import ZERO
from ahead.orders.incoming import IncomingAddress, IncomingCustomer, IncomingItem, IncomingOrder
from ahead.orders.models import Order
from ahead.orders.receiving import receive_orders
from ahead.orders.rules import StatusPlan
from ahead.stores.models import Store

PLAN = StatusPlan(import_ids=frozenset({1}), cancelled_ids=frozenset({5}))
SECONDS_UNTIL_IT_WAITS = 1.0


@pytest.mark.django_db(transaction=True)
def test_the_buyer_is_one_customer_and_both_orders_come_in(
    padaria: Company, deposito: object, make_store: object, now: datetime
) -> None:
    first, second = (make_store(padaria, name=name) for name in ("Loja do Sol", "Loja do Mar"))  # type: ignore[operator]
    wrong: list[BaseException] = []
    other = threading.Thread(target=buy, args=(second, now, wrong))

    with transaction.atomic():
        receive_orders(first, [an_order(now)], plan=PLAN, by="teste", now=now)
        other.start()
        time.sleep(SECONDS_UNTIL_IT_WAITS)  # the other has come as far as it can
    other.join()

    assert wrong == []
    [ana] = Customer.objects.of(padaria)
    orders = Order.objects.of(padaria).order_by("number")
    assert [(order.number, order.store, order.customer) for order in orders] == [(1, first, ana), (2, second, ana)]


def buy(store: Store, now: datetime, wrong: list[BaseException]) -> None:
    """Take the order in from a connection of its own."""
    try:
        receive_orders(store, [an_order(now)], plan=PLAN, by="teste", now=now)
    except Exception as error:  # noqa: BLE001 (looked at by who waits for us)
        wrong.append(error)
    finally:
        connection.close()


def an_order(now: datetime) -> IncomingOrder:
    """What Ana buys, in whichever store."""
    address = IncomingAddress("Ana", "Rua A", "1", "", "Centro", "Santos", "SP", "11010000")
    item = IncomingItem(1, Offered(101, 0, title="Pão", reference="", gtin=""), None, "", 1, Decimal(9), Decimal(9))
    texts = ("point_sale", "shipping_method", "delivery_time", "payment_method", "payment_kind", "customer_note")
    nothing = ("discount", "coupon_discount", "shipping", "payment_rate", "taxes", "interest")
    return IncomingOrder(
        tray_id=7001, status_id=1, status="A ENVIAR", modified_at=now, placed_at=now, fingerprint="v1",
        customer=IncomingCustomer(7, False, "Ana", "", "39053344705", "", "", "", "", address), delivery=address,
        items=(item,), payments=(), marketplace=None, installments=1, paid_on=None, items_total=Decimal(9),
        coupon_code="", total=Decimal(9), is_child=False, parent_tray_id=None, document=b"",
        **dict.fromkeys(texts, ""), **dict.fromkeys(nothing, ZERO),
    )  # fmt: skip
