"""The distribution centres of a Loja with Multi-CD: which Estoque each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone

from ahead.lib.errors import Refused
from ahead.stock.center_operations import map_centers
from ahead.stock.centers import centers
from ahead.stores import queries
from ahead.web.access import company_view
from ahead.web.refusing import put_refusal
from ahead.web.stores import centers_form, store_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.web.access import CompanyRequest


@company_view("owner", writes="owner", methods=("POST",))
def mapping(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Say which Estoque each centre is, or that it is not used."""
    one = queries.store(request.company, store_id)
    form = centers_form(request, centers(one), request.POST)
    if form.is_valid():
        try:
            map_centers(
                company=request.company,
                store_id=one.pk,
                mapping=form.mapping(),
                by=request.user.email,
                now=timezone.now(),
            )
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            text = f"Centros de distribuição da Loja «{one.name}» gravados. O estoque vai na próxima sincronização."
            messages.success(request, text)
            return redirect("stores:store", request.company.slug, one.pk)
    return store_page(request, one.pk, status=422, form=form)
