"""What a Loja does with orders (the five status fields), and when it synchronises."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.lib.errors import Refused
from ahead.stores import operations, queries
from ahead.web.access import company_view
from ahead.web.forms_stores import ScheduleForm, StatusForm
from ahead.web.refusing import put_refusal, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpResponse

    from ahead.stores.models import StatusRole
    from ahead.web.access import CompanyRequest


@company_view("staff", writes="staff")
def statuses(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Choose the statuses of the five fields from the store's own list."""
    one = queries.store(request.company, store_id)
    listed = queries.statuses(one)
    data = request.POST if request.method == "POST" else None
    form = StatusForm(data, statuses=listed, chosen=queries.chosen(one))
    if form.is_valid():
        choices = cast("Mapping[StatusRole, Sequence[int]]", form.choices())
        try:
            operations.choose_statuses(
                company=request.company, store_id=one.pk, choices=choices, by=request.user.email, now=timezone.now()
            )
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, f"Status da Loja «{one.name}» gravados. Valem a partir da próxima sincronização.")
            return redirect("stores:store", request.company.slug, one.pk)
    unchosen = [status.name for status in queries.unchosen_cancelling(one)]
    facts = {"nav": "stores", "form": form, "store": one, "has_statuses": bool(listed), "unchosen": unchosen}
    return render(request, "stores/statuses.html", facts, status=status_of(form))


@company_view("owner", writes="owner")
def schedule(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Set whether and how often a Loja synchronises by itself."""
    one = queries.store(request.company, store_id)
    shown = {"by_itself": one.syncs_by_itself, "interval_minutes": one.sync_interval_minutes}
    form = ScheduleForm(request.POST or None, initial=shown)
    if form.is_valid():
        try:
            operations.set_schedule(
                company=request.company, store_id=one.pk, by=request.user.email, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, f"Agenda da Loja «{one.name}» gravada; já está valendo.")
            return redirect("stores:store", request.company.slug, one.pk)
    return render(
        request, "stores/schedule.html", {"nav": "stores", "form": form, "store": one}, status=status_of(form)
    )
