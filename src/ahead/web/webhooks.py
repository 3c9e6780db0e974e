"""Where Tray notifies us (webhooks), and the address of it on the page of a Loja."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ahead.db.clock import shared_now
from ahead.db.lane import waiting_at_most
from ahead.web.access import company_view
from ahead.webhooks import operations, queries
from ahead.webhooks.rules import MOST_BYTES, Malformed, read_notification

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ahead.stores.models import Store
    from ahead.web.access import CompanyRequest

_LONGEST_WAIT_SECONDS = 2.0  # for the one writer of SQLite; Tray sends again what was not answered 200
_FORM = "application/x-www-form-urlencoded"


@csrf_exempt  # Tray has no session: the secret in the address is what it knows
def tray(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep what Tray notifies us of and answer at once; what became of it is looked up later."""
    if request.method != "POST":
        return _answer(405)
    try:
        now = shared_now()  # compared with when workers wrote what this may be the echo of
        with waiting_at_most(_LONGEST_WAIT_SECONDS):
            address = operations.address_of(secret, now=now)
            if address is None:
                return _answer(404)
            if _length(request) > MOST_BYTES:
                return _answer(413)
            if request.content_type != _FORM:
                return _answer(400)
            try:
                note = read_notification(request.POST.dict())
            except (Malformed, SuspiciousOperation, OSError):  # also too many fields, or who hung up
                return _answer(400)
            operations.receive(address, note, now=now)
    except DatabaseError:
        return _answer(503)
    return _answer(200)


def _length(request: HttpRequest) -> int:
    text = request.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _answer(status: int) -> HttpResponse:
    response = HttpResponse(status=status, content_type="text/plain")
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django's log would tell the address
    return response


# ── the address on the page of a Loja ──────────────────────────────────────────────────────────────────────


def address_facts(request: CompanyRequest, store: Store) -> dict[str, Any]:
    """Return what the page of a Loja shows of its notifications; the address only to whom it is for."""
    standing = queries.address_standing(store, now=timezone.now())
    return {"standing": standing, "url": webhook_url(request, standing.secret) if standing else ""}


def webhook_url(request: HttpRequest, secret: str) -> str:
    """Return the whole address, by the name the installation is known under."""
    path = reverse("webhook", args=[secret])
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
