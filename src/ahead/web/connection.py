"""Connecting a Loja to Tray in the browser, and testing the connection.

The way to Tray and back: our page keeps a nonce in the session and shows a plain link; Tray sends the browser
back with that nonce and a code. A redirect after the post would be stopped by the policy `form-action 'self'`.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.lib.errors import Refused
from ahead.stores import queries
from ahead.sync import connecting
from ahead.web.access import company_view
from ahead.web.stores import TONES, store_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.web.access import CompanyRequest

_STRANGE = (
    "Esta autorização não foi começada por você nesta sessão, ou já foi usada. "
    "Por segurança ela não foi aceita: comece de novo por aqui."
)


@company_view("owner", writes="owner")
def connection(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Explain what will happen at Tray; asked to begin, give the link that goes there."""
    one = queries.store(request.company, store_id)
    facts = {"nav": "stores", "store": one, "tone": TONES[one.connection], "link": "", "refusal": ""}
    if request.method == "POST":
        nonce = secrets.token_urlsafe(24)
        back = reverse("stores:connection_return", args=[request.company.slug, one.pk])
        callback = request.build_absolute_uri(f"{back}?{urlencode({'nonce': nonce})}")
        try:
            facts["link"] = connecting.authorise_url(request.company, one.pk, callback=callback)
        except Refused as refusal:
            facts["refusal"] = str(refusal)
        request.session[_kept_as(one.pk)] = nonce
    return render(request, "stores/connection.html", facts, status=422 if facts["refusal"] else 200)


@company_view("owner", methods=("GET", "HEAD"))
def connection_return(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Take what Tray sent back, if this session asked for it, and finish the connection."""
    one = queries.store(request.company, store_id)
    kept = request.session.pop(_kept_as(one.pk), "")
    code, address = request.GET.get("code", ""), request.GET.get("api_address", "")
    if not kept or not secrets.compare_digest(kept.encode(), request.GET.get("nonce", "").encode()):
        return _not_connected(request, store_id, _STRANGE)
    if not code or not address:
        return _not_connected(request, store_id, "O Tray não autorizou a conexão. Entre no Tray e aceite o acesso.")
    try:
        connecting.finish_connection(
            request.company, one.pk, code=code, api_address=address, by=request.user.email, now=timezone.now()
        )
    except Refused as refusal:
        return _not_connected(request, store_id, str(refusal))
    messages.success(request, f"Loja «{one.name}» conectada ao Tray.")
    return redirect("stores:store", request.company.slug, one.pk)


def _kept_as(store_id: int) -> str:
    return f"connect-{store_id}"


def _not_connected(request: CompanyRequest, store_id: int, refusal: str) -> HttpResponse:
    one = queries.store(request.company, store_id)
    facts = {"nav": "stores", "store": one, "tone": TONES[one.connection], "link": "", "refusal": refusal}
    return render(request, "stores/connection.html", facts, status=422)


@company_view(methods=("POST",))
def test(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Ask Tray whether the connection works, and say what it answered."""
    answer = connecting.check_connection(request.company, store_id, now=timezone.now())
    if request.htmx:
        return render(request, "stores/_answer.html", {"answer": answer})
    return store_page(request, store_id, answer=answer)
