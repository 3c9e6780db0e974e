"""Trazer do Tray: what a Loja has that AHEAD only sees, what taking it over would do, and asking for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.catalog import adoption, adoption_queries
from ahead.jobs.asking import ask_sync
from ahead.stores import queries as stores
from ahead.stores.agenda import CannotSync
from ahead.stores.triggers import Trigger
from ahead.web.access import company_view
from ahead.web.filtering import FilterForm, Unreadable, number_of
from ahead.web.listing import list_response, page_number, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse, QueryDict

    from ahead.stores.models import Store
    from ahead.web.access import CompanyRequest


class AdoptionFilter(FilterForm):
    """What narrows the list."""

    q = forms.CharField(
        label="Título ou referência",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Buscar"}),
    )
    loja = forms.ChoiceField(label="Loja", required=False)

    def __init__(self, asked: QueryDict, *, ours: Sequence[Store]) -> None:
        super().__init__(asked)
        self.fields["loja"].choices = [(str(one.pk), one.name) for one in ours]  # type: ignore[attr-defined]


def _store_of(request: CompanyRequest, ours: Sequence[Store]) -> Store | None:
    """
    The Loja of the address, or the first of ours where it names none.

    :raises Unreadable: if it names one that is not ours: all that another Loja has could be taken over instead.
    """
    asked = request.GET.get("loja", "")
    if not asked:
        return next(iter(ours), None)
    for one in ours:
        if str(one.pk) == asked:
            return one
    raise Unreadable("Loja", asked)


@company_view(writes="operator")
def adoptions(request: CompanyRequest) -> HttpResponse:
    """Show what a Loja has at Tray that AHEAD does not manage; take over what is chosen, with the next sync."""
    ours = stores.stores(request.company)
    store = _store_of(request, ours)
    if request.method == "POST" and store is not None:
        return _ask(request, store)
    facts: dict[str, Any] = {"nav": "listings", "store": store, "has_stores": bool(ours), "rows": [], "form": None}
    if store is not None:
        text = request.GET.get("q", "")
        page = adoption_queries.adoptable(request.company, store_id=store.pk, search=text, page=page_number(request))
        total, asked = adoption_queries.adoption_counts(request.company, store.pk)
        facts |= {
            "form": AdoptionFilter(request.GET, ours=ours),
            "rows": page.rows,
            "shown": shown(page),
            "total": total,
            "all_url": f"?loja={store.pk}&todos=1",
            "asked": asked,
            "may_write": may(request.membership.role, "operator"),
            "is_filtered": bool(text),
        }
    return list_response(request, "adoptions", facts)


def _ask(request: CompanyRequest, store: Store) -> HttpResponse:
    """Ask for what was chosen, and for the sync that brings it."""
    now, by = timezone.now(), request.user.email
    is_all = "todos" in request.GET
    ids = adoption_queries.adoptable_ids(request.company, store.pk) if is_all else _chosen(request)
    asked = adoption.ask_adoption(company=request.company, listing_ids=ids, by=by, now=now)
    if not asked:
        messages.error(request, "Escolha ao menos um anúncio.")
        return redirect(f"{request.path}?loja={store.pk}")
    try:
        ask_sync(company=request.company, store_id=store.pk, by=by, trigger=Trigger.BUTTON)
    except CannotSync as refusal:
        messages.warning(request, f"{asked} anúncios virão na próxima sincronização. Agora não foi possível: {refusal}")
        return redirect(f"{request.path}?loja={store.pk}")
    messages.success(request, f"Trazendo {asked} anúncios: acompanhe na sincronização.")
    return redirect(f"{reverse('sync:orders', args=[request.company.slug])}?loja={store.pk}")


def _chosen(request: CompanyRequest) -> list[int]:
    return [found for text in request.POST.getlist("anuncio") if (found := number_of(text)) is not None]
