"""Taking in customers from orders: matched by Tray id, then by document; never doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ahead.customers.models import Customer, CustomerLink
from ahead.lib.documents import is_document

BATCH = 400
_FIELDS = (
    "kind",
    "name",
    "legal_name",
    "inscricao_estadual",
    "email",
    "phone",
    "mobile",
    "street",
    "number",
    "complement",
    "district",
    "city",
    "uf",
    "postal_code",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A customer as an order of a store shows it. `facts` holds columns of Customer."""

    tray_id: int | None
    document: str
    facts: dict[str, str]


def receive_customers(company_id: int, store_id: int, seen: Sequence[Seen], *, now: datetime) -> list[Customer]:
    """
    Return our customer for each of `seen`, in order; made or brought up to date as needed.

    The same person under two Tray ids, or in two orders of one batch, is one customer (same valid document).
    A customer without a valid document is known by its Tray id alone.
    """
    book = _Book(company_id, store_id, seen)
    found = [book.customer_for(one, now) for one in seen]
    book.save(now)
    return found


class _Book:
    """The customers that a batch may touch, read in two queries."""

    def __init__(self, company_id: int, store_id: int, seen: Sequence[Seen]) -> None:
        self._company_id, self._store_id = company_id, store_id
        ids = {one.tray_id for one in seen if one.tray_id}
        documents = {one.document for one in seen if is_document(one.document)}
        links = CustomerLink.objects.of(company_id).filter(store_id=store_id, tray_id__in=ids)
        self._by_tray_id = {link.tray_id: link.customer for link in links.select_related("customer")}
        rows = Customer.objects.of(company_id).filter(document__in=documents)
        self._by_document = {row.document: row for row in rows}
        self._new: list[Customer] = []
        self._changed: dict[int, Customer] = {}
        self._links: dict[int, Customer] = {}

    def customer_for(self, one: Seen, now: datetime) -> Customer:
        document = one.document if is_document(one.document) else ""
        customer = self._find(one.tray_id, document)
        if customer is None:
            customer = Customer(
                company_id=self._company_id, document=document, created_at=now, updated_at=now, **one.facts
            )
            self._new.append(customer)
        else:
            self._freshen(customer, document, one.facts, now)
        if document:
            self._by_document[document] = customer
        if one.tray_id and self._by_tray_id.get(one.tray_id) is not customer:
            self._by_tray_id[one.tray_id] = self._links[one.tray_id] = customer
        return customer

    def _find(self, tray_id: int | None, document: str) -> Customer | None:
        """A document decides; a Tray id alone does only while no other document speaks against it."""
        if document and document in self._by_document:
            return self._by_document[document]
        linked = self._by_tray_id.get(tray_id) if tray_id else None
        if linked is not None and document and linked.document and linked.document != document:
            return None
        return linked

    def _freshen(self, customer: Customer, document: str, facts: dict[str, str], now: datetime) -> None:
        changed = False
        for name in _FIELDS:
            # an empty value says "not given", so it never wipes out what we know
            if (value := facts[name]) and getattr(customer, name) != value:
                setattr(customer, name, value)
                changed = True
        if document and not customer.document:
            customer.document, changed = document, True
        if changed and customer.pk:
            customer.updated_at = now
            self._changed[customer.pk] = customer

    def save(self, now: datetime) -> None:
        Customer.objects.bulk_create(self._new, batch_size=BATCH)
        Customer.objects.of(self._company_id).bulk_update(
            [self._changed[pk] for pk in sorted(self._changed)],  # in one order, so that nobody deadlocks
            [*_FIELDS, "document", "updated_at"],
            batch_size=100,
        )
        CustomerLink.objects.bulk_create(
            [
                CustomerLink(company_id=self._company_id, store_id=self._store_id, tray_id=tray_id, customer=customer)
                for tray_id, customer in self._links.items()
            ],
            update_conflicts=True,
            unique_fields=["store", "tray_id"],
            update_fields=["customer"],
            batch_size=BATCH,
        )
