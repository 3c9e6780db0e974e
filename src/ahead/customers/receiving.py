"""Taking in customers from orders: matched by Tray id, then by document; never doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ahead.customers.models import Customer, CustomerLink
from ahead.customers.names import NAMING, keep_words
from ahead.lib.corrected import heeded
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
    A customer without a valid document is known by its Tray id alone. What a person corrected of a customer stays: the
    store's word is kept beside it (`lib.corrected`), and the document it goes on sending leads to the same customer.
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
        known = list(links.select_related("customer"))
        self._by_tray_id = {link.tray_id: link.customer for link in known}
        self._said = {link.tray_id: link.said_document for link in known if link.said_document}
        rows = Customer.objects.of(company_id).filter(document__in=documents)
        self._by_document = {row.document: row for row in rows}
        self._new: list[Customer] = []
        self._told: dict[int, dict[str, str]] = {}  # of customers we know, what the store says anew
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
            self._freshen(customer, document, one.facts)
        if document and customer.document == document:  # not the wrong one that a person corrected: it is another's
            self._by_document[document] = customer
        if one.tray_id and self._by_tray_id.get(one.tray_id) is not customer:
            self._by_tray_id[one.tray_id] = self._links[one.tray_id] = customer
        return customer

    def _find(self, tray_id: int | None, document: str) -> Customer | None:
        """
        A document decides; a Tray id alone does only while no other document speaks against it.

        A document that a person corrected decides nothing under the Tray id that goes on sending it.
        """
        linked = self._by_tray_id.get(tray_id) if tray_id else None
        if linked is not None and document and self._said.get(tray_id or 0) == document:
            return linked
        if document and document in self._by_document:
            return self._by_document[document]
        if linked is not None and document and linked.document and linked.document != document:
            return None
        return linked

    def _freshen(self, customer: Customer, document: str, facts: dict[str, str]) -> None:
        # an empty value says "not given", so it never wipes out what we know
        said = {name: facts[name] for name in _FIELDS if facts[name]}
        if document and (not customer.document or "document" in customer.corrections):
            said["document"] = document
        new = {name: value for name, value in said.items() if _is_news(customer, name, value)}
        if new:
            _take_over(customer, new)
        if new and customer.pk:
            self._told.setdefault(customer.pk, {}).update(new)

    def save(self, now: datetime) -> None:
        Customer.objects.bulk_create(self._new, batch_size=BATCH)
        keep_words(self._company_id, self._new)
        self._save_told(now)
        CustomerLink.objects.bulk_create(
            [
                CustomerLink(company_id=self._company_id, store_id=self._store_id, tray_id=tray_id, customer=customer)
                for tray_id, customer in self._links.items()
            ],
            update_conflicts=True,
            unique_fields=["store", "tray_id"],
            update_fields=["customer", "said_document"],
            batch_size=BATCH,
        )

    def _save_told(self, now: datetime) -> None:
        """Write what the store says anew over the rows as they are now: a person may have corrected one since."""
        if not self._told:
            return
        rows = Customer.objects.of(self._company_id).select_for_update(of=("self",)).filter(pk__in=self._told)
        found = list(rows.order_by("pk"))  # in one order, so that nobody deadlocks
        for customer in found:
            _take_over(customer, self._told[customer.pk])
            customer.updated_at = now
        columns = [*_FIELDS, "document", "corrections", "updated_at"]
        Customer.objects.of(self._company_id).bulk_update(found, columns, batch_size=100)
        renamed = [customer for customer in found if NAMING & self._told[customer.pk].keys()]
        keep_words(self._company_id, renamed)


def _is_news(customer: Customer, name: str, value: str) -> bool:
    correction = customer.corrections.get(name)
    return value != (correction["said"] if correction else getattr(customer, name))


def _take_over(customer: Customer, said: dict[str, str]) -> None:
    current = {name: getattr(customer, name) for name in said}
    values, customer.corrections = heeded(customer.corrections, current, said)
    for name, value in values.items():
        setattr(customer, name, value)
