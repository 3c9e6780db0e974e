"""The address that Tray notifies at (webhooks), on the page of a Loja; `notified.py` takes in what arrives there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from ahead.web.access import company_view
from ahead.web.notified import PREFIX
from ahead.webhooks import operations, queries

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ahead.stores.models import Store
    from ahead.web.access import CompanyRequest


def address_facts(request: CompanyRequest, store: Store) -> dict[str, Any]:
    """Return what the page of a Loja shows of its notifications; the address only to whom it is for."""
    standing = queries.address_standing(store, now=timezone.now())
    return {"standing": standing, "url": webhook_url(request, standing.secret) if standing else ""}


def webhook_url(request: HttpRequest, secret: str) -> str:
    """Return the whole address, by the name the installation is known under."""
    path = f"{PREFIX}{secret}/"
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


class RenewalForm(forms.Form):
    """Whether the former address stays good until Tray uses the new one."""

    ends_now = forms.BooleanField(required=False)


@company_view("staff", writes="staff", methods=("POST",))
def opening(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Make the address of the application of a Loja."""
    operations.open_address(company=request.company, store_id=store_id, by=request.user.email, now=timezone.now())
    messages.success(request, "Endereço dos avisos criado. Agora peça ao Tray que avise nele.")
    return _back(request, store_id)


@company_view("staff", writes="staff", methods=("POST",))
def renewal(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Give the application of a Loja another address."""
    form = RenewalForm(request.POST)
    keeps = form.is_valid() and not form.cleaned_data["ends_now"]
    operations.renew_address(
        company=request.company, store_id=store_id, keeps_former=keeps, by=request.user.email, now=timezone.now()
    )
    after = "O anterior vale até o Tray usar o novo." if keeps else "O anterior já não vale."
    messages.success(request, f"Endereço dos avisos renovado. {after} Peça a troca ao Tray.")
    return _back(request, store_id)


def _back(request: CompanyRequest, store_id: int) -> HttpResponse:
    return redirect(f"{reverse('stores:store', args=[request.company.slug, store_id])}#avisos")
