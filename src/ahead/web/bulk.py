"""Editar em lote: what to change in a selection of a list; what that does is seen in Planilhas before it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.catalog import category_queries, listing_queries, queries
from ahead.jobs.sheets import send_sheet
from ahead.lib.errors import Refused
from ahead.spreadsheets import bulk
from ahead.spreadsheets.looking import written
from ahead.stock import queries as stock
from ahead.stores import queries as stores
from ahead.web.access import company_view
from ahead.web.filtering import chosen_ids
from ahead.web.forms_bulk import BulkForm
from ahead.web.forms_products import ProductFilter
from ahead.web.listings import listing_filter
from ahead.web.refusing import status_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse, QueryDict

    from ahead.accounts.models import Company
    from ahead.spreadsheets.bulk_changes import Change
    from ahead.spreadsheets.models import SheetImport
    from ahead.web.access import CompanyRequest


class Begin(Protocol):
    """What begins to change a selection."""

    def __call__(
        self, *, company: Company, wanted: Mapping[str, Any], changes: list[Change], by: str, now: datetime
    ) -> SheetImport:
        """Keep the selection as a sheet."""


@company_view("operator")
def products(request: CompanyRequest) -> HttpResponse:
    """Say what to change in the selected products, or in all that match the filters."""
    given = ProductFilter(request.GET, warehouses=stock.warehouses(request.company))
    wanted = {**given.wanted(), "ids": chosen_ids(request, "produto")}
    facts = {
        "nav": "products",
        "list": "products",
        "count": queries.products(request.company, **wanted, size=1).total,
        "noun": "produto,produtos",
        "filter": given,
        "is_chosen": bool(wanted["ids"]),
    }
    return _answer(request, BulkForm(_typed(request), kind="products"), bulk.begin_products, wanted, facts)


@company_view("operator")
def listings(request: CompanyRequest) -> HttpResponse:
    """Say what to change in the selected Produtos Ecommerce, or in all that match the filters."""
    given = listing_filter(request)
    wanted = {**given.wanted(), "ids": chosen_ids(request, "anuncio")}
    form = BulkForm(_typed(request), kind="listings", categories=_paths(request.company, wanted["store_id"]))
    facts = {
        "nav": "listings",
        "list": "listings",
        "count": listing_queries.listings(request.company, **wanted, size=1).total,
        "noun": "anúncio,anúncios",
        "filter": given,
        "is_chosen": bool(wanted["ids"]),
    }
    return _answer(request, form, bulk.begin_listings, wanted, facts)


def _typed(request: CompanyRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _paths(company: Company, store_id: int | None) -> list[str]:
    """Return the paths of the categories of the stores: each Loja has its own, and they are found by their path."""
    ours = [one for one in stores.stores(company) if store_id in {None, one.pk}]
    rows = [row for one in ours for row in category_queries.category_tree(one) if row.state != "gone"]
    return list(dict.fromkeys(written(row.path) for row in rows))


def _answer(
    request: CompanyRequest, form: BulkForm, begin: Begin, wanted: Mapping[str, Any], facts: dict[str, Any]
) -> HttpResponse:
    if form.is_valid():
        try:
            sheet = begin(
                company=request.company,
                wanted=wanted,
                changes=form.changes(),
                by=request.user.email,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            send_sheet(sheet)
            return redirect("spreadsheets:sheet", request.company.slug, sheet.pk)
    return render(request, "spreadsheets/bulk.html", {"form": form, **facts}, status=status_of(form))
