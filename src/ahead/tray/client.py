"""The client: public methods speak in typed values; one `Tray` may be used by several threads at once."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self

import httpx2

from ahead.tray.authorisation import Authorisation, TokenKeeper, api_address_of
from ahead.tray.budget import Budget
from ahead.tray.catalogue_reading import read_store
from ahead.tray.catalogue_values import StoreInfo
from ahead.tray.classification_calls import ClassificationCalls
from ahead.tray.conversation import Conversation, every_row
from ahead.tray.customer_reading import read_customer
from ahead.tray.door import DEFAULT_TIMEOUT, Door
from ahead.tray.errors import NotFound
from ahead.tray.invoice_calls import InvoiceCalls
from ahead.tray.order_reading import (
    is_sorted_as_asked,
    read_complete_order,
    read_order,
    read_order_row,
    read_status,
)
from ahead.tray.product_calls import ProductCalls
from ahead.tray.stock_calls import StockCalls
from ahead.tray.values import (
    CompleteOrder,
    Customer,
    OrderDetail,
    OrderRow,
    OrdersPage,
    OrderStatus,
    Page,
    Tokens,
)
from ahead.tray.writing import Scalar


class Tray(ProductCalls, ClassificationCalls, StockCalls, InvoiceCalls):
    """One store at Tray: the connection, orders and customers here, the catalogue and invoices by inheritance."""

    def __init__(
        self,
        *,
        api_address: str,
        consumer_key: str,
        consumer_secret: str,
        tokens: TokenKeeper,
        budget: Budget,
        transport: httpx2.BaseTransport | None = None,
        http: httpx2.Client | None = None,
        timeout: httpx2.Timeout | float = DEFAULT_TIMEOUT,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.api_address = api_address_of(api_address)
        self._door = Door(
            api_address=self.api_address,
            budget=budget,
            transport=transport,
            http=http,
            timeout=timeout,
            secrets=self._secrets,
            sleep=sleep,
            clock=clock,
            jitter=jitter,
        )
        self._authorisation = Authorisation(
            door=self._door,
            keeper=tokens,
            consumer_key=consumer_key,
            consumer_secret=consumer_secret,
            clock=clock,
        )
        self._store = Conversation(door=self._door, authorisation=self._authorisation)
        self._cancels_by_status = False

    def __repr__(self) -> str:
        return f"Tray({self.api_address!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the HTTP client was lent."""
        self._door.close()

    @property
    def requests_sent(self) -> int:
        """How many requests went out so far, repeats and refreshes included."""
        return self._door.requests_sent

    # --- the store

    def authorise(self, code: str) -> Tokens:
        """
        Exchange the code of a fresh authorisation for tokens, and save them.

        :raises NeedsReauthorisation: if Tray refuses the code.
        :raises OutcomeUnknown: if Tray did not answer; the code may be used up.
        """
        return self._authorisation.authorise(code)

    def info(self) -> StoreInfo:
        """Return what Tray says of the store: the test of a connection."""
        return self._store.read_whole("/info", read_store)

    def statuses(self) -> tuple[OrderStatus, ...]:
        """Return all order statuses of the store."""

        def fetch(page: int) -> Page[OrderStatus]:
            names = ("OrderStatuses", "OrderStatus")
            return self._store.page("/orders/statuses", names, read_status, page=page, filters={})[0]

        return tuple({status.id: status for status in every_row(fetch)}.values())

    # --- orders

    def orders_page(
        self, *, modified_from: date, modified_to: date, page: int = 1, newest_first: bool = False
    ) -> OrdersPage:
        """
        Return one page of the orders modified on those days of Brasília, both included.

        :raises Unreadable: if a row has no id or the page no total.
        """
        field, way = ("modified", "desc") if newest_first else ("id", "asc")
        days = modified_from.isoformat()
        if modified_to != modified_from:
            days = f"{days},{modified_to.isoformat()}"
        found, document = self._store.page(
            "/orders",
            ("Orders", "Order"),
            read_order_row,
            page=page,
            filters={"modified": days, "sort": f"{field}_{way}"},
        )
        return OrdersPage(
            rows=found.rows,
            paging=found.paging,
            filters_applied=found.filters_applied,
            sorted_as_asked=is_sorted_as_asked(document, found.rows, field=field, way=way),
        )

    def orders_placed_page(self, placed_on: date, page: int = 1) -> OrdersPage:
        """
        Return one page of the orders placed on a day of Brasília, by id.

        :raises Unreadable: if a row has no id or the page no total.
        """
        found, document = self._store.page(
            "/orders",
            ("Orders", "Order"),
            read_order_row,
            page=page,
            filters={"date": placed_on.isoformat(), "sort": "id_asc"},
        )
        return OrdersPage(
            rows=found.rows,
            paging=found.paging,
            filters_applied=found.filters_applied,
            sorted_as_asked=is_sorted_as_asked(document, found.rows, field="id", way="asc"),
        )

    def orders(self, *, modified_from: date, modified_to: date, newest_first: bool = False) -> Iterator[OrderRow]:
        """Yield the orders of all pages; an order that changes meanwhile may come twice."""
        return every_row(
            lambda page: self.orders_page(
                modified_from=modified_from, modified_to=modified_to, page=page, newest_first=newest_first
            )
        )

    def order(self, order_id: int) -> OrderDetail:
        """
        Return an order without its items: for the id of its delivery address.

        :raises NotFound: if Tray has no such order.
        """
        return self._store.read(f"/orders/{order_id}", "Order", read_order)

    def complete_order(self, order_id: int) -> CompleteOrder:
        """
        Return an order with customer, addresses, items, payments, marketplace and invoices.

        :raises NotFound: if Tray has no such order.
        :raises Unreadable: if an id, the customer or a needed amount is missing or nonsense.
        """
        return self._store.read_whole(f"/orders/{order_id}/complete", read_complete_order)

    def set_order_status(self, order_id: int, *, status_id: int) -> None:
        """
        Put an order into one of the store's statuses.

        :raises NotFound: if Tray has no such order.
        :raises InvalidRequest: if the store has no such status.
        """
        self.update_order(order_id, status_id=status_id)

    def update_order(self, order_id: int, **fields: Scalar) -> None:
        """
        Change fields of an order: status_id, sending_code, sending_date, tracking_url, shipment, discount, …

        `store_note` overwrites the merchant's log: append to what was read, or leave it out.

        :raises NotFound: if Tray has no such order.
        :raises InvalidRequest: if Tray refuses a value.
        """
        self._store.update(f"/orders/{order_id}", "Order", fields)

    def cancel_order(self, order_id: int, *, cancelled_status_id: int | None = None) -> None:
        """
        Cancel an order by Tray's own route; where the store has none, by the given status.

        The route is not repeated after silence: nobody knows whether a second cancellation restocks again.

        :raises NotFound: if Tray has no such order, or no such route and no status was given.
        :raises OutcomeUnknown: if Tray did not answer; read the order before repeating.
        """
        if cancelled_status_id is None or not self._cancels_by_status:
            try:
                self._store.put(f"/orders/cancel/{order_id}", None, repeatable=False)
            except NotFound:
                if cancelled_status_id is None:
                    raise
            else:
                return
        self.set_order_status(order_id, status_id=cancelled_status_id)
        self._cancels_by_status = True

    # --- customers

    def customers_page(self, page: int = 1, **filters: Scalar) -> Page[Customer]:
        """
        Return one page of customers, in short; filters are those of Tray: email, cpf, cnpj, modified, …

        :raises Unreadable: if a row has no id or the page no total.
        """
        names = ("Customers", "Customer")
        return self._store.page("/customers", names, read_customer, page=page, filters=filters)[0]

    def customers(self, **filters: Scalar) -> Iterator[Customer]:
        """Yield the customers of all pages, in short."""
        return every_row(lambda page: self.customers_page(page, **filters))

    def customer(self, customer_id: int) -> Customer:
        """
        Return a customer in full, with the main address.

        :raises NotFound: if Tray has no such customer.
        """
        return self._store.read(f"/customers/{customer_id}", "Customer", read_customer)

    def _secrets(self) -> Iterable[str]:
        return self._authorisation.secrets()
