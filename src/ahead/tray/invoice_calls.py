"""Invoices of orders: the calls of the client that bring a note to Tray, and look for the ones it has."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from ahead.tray.conversation import Conversation
from ahead.tray.errors import InvalidRequest, NotFound, Unreadable
from ahead.tray.order_parts import read_invoice
from ahead.tray.reading import Document, entities
from ahead.tray.values import OrderInvoice
from ahead.tray.writing import Fields

_WRAPPER = "OrderInvoice"
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCfop:
    """The CFOP under which one thing of an order was invoiced; `variant_id` 0: it has no variants."""

    product_id: int
    variant_id: int = 0
    cfop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A note as Tray wants it: `xml` is the whole authorised document (nfeProc), which Tray does not check."""

    key: str
    number: str
    serie: str
    issue_date: date
    value: Decimal
    xml: str = field(repr=False)
    link: str = ""
    cfops: tuple[ProductCfop, ...] = ()


class InvoiceCalls:
    """
    What `Tray` does with the invoices of orders.

    They are sent flat, as Tray's manual has it. A store that refuses that (400) is sent the same once more inside
    `OrderInvoice`; the form that works is kept for as long as the client lives.
    """

    _store: Conversation
    _wraps_invoices: bool | None = None  # None: not known yet

    def order_invoices(self, order_id: int) -> tuple[OrderInvoice, ...]:
        """
        Return the invoices Tray holds for an order; none, too, where it answers 404.

        :raises Unreadable: if the answer is about something else.
        """
        try:
            return self._store.read_whole(f"/orders/{order_id}/invoices", _read_invoices)
        except NotFound:
            return ()

    def create_invoice(self, order_id: int, invoice: Invoice) -> int | None:
        """
        Attach an invoice to an order, never twice; return its id, None where Tray tells none.

        The status of the order stays as it is.

        :raises NotFound: if Tray has no such order.
        :raises InvalidRequest: if Tray refuses it: a key or a number that it has already, for one.
        :raises OutcomeUnknown: if Tray did not answer; look with `order_invoices` before repeating.
        """
        path = f"/orders/{order_id}/invoices"
        return self._as_it_wants(invoice, lambda body: self._store.post(path, body))

    def update_invoice(self, order_id: int, invoice_id: int, invoice: Invoice) -> None:
        """
        Put an invoice in the place of one that Tray holds.

        :raises NotFound: if Tray has no such order, or no such invoice of it.
        :raises InvalidRequest: if Tray refuses it.
        """
        path = f"/orders/{order_id}/invoices/{invoice_id}"
        self._as_it_wants(invoice, lambda body: self._store.put(path, body))

    def _as_it_wants(self, invoice: Invoice, send: Callable[[Fields], Told]) -> Told:
        """Send in the form that works. A 400 carried nothing out, so the other form may be tried after it."""
        flat = _fields(invoice)
        wrapped: Fields = {_WRAPPER: flat}
        if self._wraps_invoices is not None:
            return send(wrapped if self._wraps_invoices else flat)
        try:
            told = send(flat)
        except InvalidRequest as refused:
            if refused.status != 400:
                raise
            told = _after_refusal(refused, wrapped, send)
            self._wraps_invoices = True
        else:
            self._wraps_invoices = False
        return told


def _after_refusal(refused: InvalidRequest, wrapped: Fields, send: Callable[[Fields], Told]) -> Told:
    """Send the other form; if that is refused too, say both reasons: nobody knows which of them is the true one."""
    try:
        return send(wrapped)
    except InvalidRequest as again:
        causes = dict.fromkeys((*refused.causes, *again.causes))
        raise InvalidRequest(
            refused.summary, method=refused.method, path=refused.path, status=refused.status, causes=causes
        ) from again


def _fields(invoice: Invoice) -> Fields:
    return {
        "issue_date": invoice.issue_date,
        "number": invoice.number,
        "serie": invoice.serie,
        "value": invoice.value,
        "key": invoice.key,
        "link": invoice.link,
        "xml_danfe": invoice.xml,
        "ProductCfop": [_cfop_fields(row) for row in invoice.cfops],
    }


def _cfop_fields(row: ProductCfop) -> Fields:
    return {"product_id": row.product_id, "variation_id": row.variant_id, "cfop": row.cfop}


def _read_invoices(document: Document) -> tuple[OrderInvoice, ...]:
    """Read the invoices of an order: wrapped with their CFOPs beside or inside them, or bare."""
    if document and "OrderInvoices" not in document:
        raise Unreadable("OrderInvoices")
    rows: Iterable[Document] = entities(document.get("OrderInvoices"), _WRAPPER)
    return tuple(read_invoice(row) for row in rows)
