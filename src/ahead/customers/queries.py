"""Reading customers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, DateTimeField, Exists, F, IntegerField, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from ahead.accounts.models import Company
from ahead.customers.models import Customer, CustomerLink
from ahead.customers.names import are_more_named, ids_named, words_named
from ahead.db.paging import Page, paginate
from ahead.db.searching import begins
from ahead.db.tenancy import TenantQuerySet
from ahead.lib.documents import clean_document

PAGE_SIZE = 50
NAMED_UP_TO = 1_000
INDICADORES: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Customer.IndicadorIe.choices]
_SORTS = {
    "name": (F("name").asc(),),
    "-name": (F("name").desc(),),
    "city": (F("uf").asc(), F("city").asc(), F("name").asc()),
    "-created_at": (F("created_at").desc(),),
    "orders_count": (F("orders_count").asc(), F("name").asc()),
    "-orders_count": (F("orders_count").desc(), F("name").asc()),
    "last_order_at": (F("last_order_at").asc(nulls_last=True), F("name").asc()),
    "-last_order_at": (F("last_order_at").desc(nulls_last=True), F("name").asc()),
}


@dataclass(frozen=True)
class CustomerRow:
    """A customer in a list, with how many orders there are and when the last one was placed."""

    customer: Customer
    orders_count: int
    last_order_at: datetime | None


def customers(
    company: Company,
    *,
    search: str = "",
    ids: Collection[int] = (),
    store_id: int | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
    sort: str = "name",
    is_whole: bool = False,
) -> Page[CustomerRow]:
    """
    Return a page of customers with a count of their orders, in two queries and those of a name.

    With `ids`, those customers alone; with a store, only who is known there. An unknown sort is "name". Of a name that
    more have than `NAMED_UP_TO`, only so many are found, for all of them would have to be sorted; `is_whole` finds all.
    """
    found: TenantQuerySet[Customer] = Customer.objects.of(company)
    if search.strip():
        found = found.filter(_matches(company, search, is_whole=is_whole))
    if ids:
        found = found.filter(pk__in=ids)
    if store_id is not None:
        found = found.filter(Exists(CustomerLink.objects.of(company).filter(customer=OuterRef("pk"), store=store_id)))
    same = Customer.objects.across_companies().filter(pk=OuterRef("pk")).order_by().values("pk")
    count = same.annotate(figure=Count("orders")).values("figure")
    last = same.annotate(figure=Max("orders__placed_at")).values("figure")
    rows = found.annotate(
        orders_count=Coalesce(Subquery(count, output_field=IntegerField()), Value(0)),
        last_order_at=Subquery(last, output_field=DateTimeField()),
    ).order_by(*_SORTS.get(sort, _SORTS["name"]), "pk")
    return paginate(rows, page=page, size=size, counting=found).turned_into(_row)


def _row(customer: Customer) -> CustomerRow:
    facts = vars(customer)
    return CustomerRow(customer, facts["orders_count"], facts["last_order_at"])


def is_name_of_too_many(company: Company, text: str) -> bool:
    """Whether more customers than `NAMED_UP_TO` have the name that is searched: only a part of them is shown."""
    return are_more_named(company, text, than=NAMED_UP_TO)


def _matches(company: Company, text: str, *, is_whole: bool) -> Q:
    """Return the customers a person means by `text`: the beginning of a document or e-mail, words of a name."""
    every = words_named(company, text).values("customer_id")
    named = Q(pk__in=every if is_whole else ids_named(company, text, limit=NAMED_UP_TO))
    document = clean_document(text)
    return named | begins("document", document) if any(map(str.isdigit, document)) else named


def customer(company: Company, customer_id: int) -> Customer:
    """
    Return one customer of the company.

    :raises Customer.DoesNotExist: if there is none, or it is another company's.
    """
    found: Customer = Customer.objects.of(company).get(pk=customer_id)
    return found
