"""The search of the top bar: the likeliest orders, products, listings, categories and customers for a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.shortcuts import render

from ahead.catalog import category_queries, listing_queries
from ahead.catalog import queries as catalog
from ahead.customers import queries as customers
from ahead.orders import queries as orders
from ahead.web.access import company_view

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.web.access import CompanyRequest

_SHOWN = 8


class SearchForm(forms.Form):
    """What is looked for."""

    q = forms.CharField(
        label="Buscar em tudo",
        required=False,
        max_length=200,
        widget=forms.TextInput({"type": "search", "placeholder": "Número, SKU, nome, CPF/CNPJ"}),
    )


@company_view(methods=("GET", "HEAD"))
def search(request: CompanyRequest) -> HttpResponse:
    """Show the best matches of each kind, with the way to all of them."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    facts = {"nav": "search", "form": form, "text": text}
    if text:
        facts |= {
            "orders": orders.orders(request.company, search=text, size=_SHOWN),
            "products": catalog.find_products(request.company, text, limit=_SHOWN),
            "listings": listing_queries.listings(request.company, search=text, size=_SHOWN),
            "categories": category_queries.find_categories(request.company, text, limit=_SHOWN),
            "customers": customers.customers(request.company, search=text, size=_SHOWN),
        }
    return render(request, "search/results.html", facts)
