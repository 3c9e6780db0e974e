"""A forgotten password: asking for a link by e-mail, and choosing a new one with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.helpers import get_client_ip_address
from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from ahead.accounts import operations, queries
from ahead.lib.errors import Refused
from ahead.web.forms_accounts import ForgottenForm, NewPasswordForm
from ahead.web.mailing import send_later
from ahead.web.refusing import status_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from ahead.accounts.models import User

_MOST_FROM_ONE_PLACE = 10
_WINDOW_SECONDS = 15 * 60
_KEPT = "password_link"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link by which to choose a new password; the answer is the same whether the e-mail is known."""
    if not settings.SENDS_EMAIL:
        return render(request, "accounts/forgotten.html", {"sends_email": False})
    if request.method == "POST" and _asks_too_often(request):
        return render(request, "accounts/forgotten_often.html", status=429)
    form = ForgottenForm(request.POST or None)
    if form.is_valid():
        user = operations.ask_password_link(email=form.cleaned_data["email"], now=timezone.now())
        if user is not None:
            send_later(_message(request, user), what="password_link")
        return render(request, "accounts/forgotten_sent.html", {"email": form.cleaned_data["email"]})
    facts = {"sends_email": True, "form": form}
    return render(request, "accounts/forgotten.html", facts, status=status_of(form))


def _asks_too_often(request: HttpRequest) -> bool:
    key = f"password-link:{get_client_ip_address(request)}"
    cache.add(key, 0, timeout=_WINDOW_SECONDS)
    try:
        return cache.incr(key) > _MOST_FROM_ONE_PLACE
    except ValueError:  # it ran out between the two
        return False


def _message(request: HttpRequest, user: User) -> EmailMessage:
    words = [urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)]
    link = request.build_absolute_uri(reverse("password_link", args=words))
    body = render_to_string("accounts/forgotten_email.txt", {"user": user, "link": link})
    return EmailMessage("AHEAD: uma nova senha", body, settings.DEFAULT_FROM_EMAIL, [user.email])


@never_cache
@require_safe
def password_link(request: HttpRequest, who: str, token: str) -> HttpResponse:
    """Keep the link in the session and go on without it: an address is seen in logs and histories."""
    request.session[_KEPT] = [who, token]
    return redirect("new_password")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Choose a new password with the link that was kept."""
    user = _user_of(request)
    if user is None:
        return render(request, "accounts/link_spent.html", status=200)
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            operations.choose_password(user=user, new=form.cleaned_data["new"], now=timezone.now())
        except Refused as refusal:
            form.add_error("new", str(refusal))
        else:
            del request.session[_KEPT]
            forget_failures(username=user.email)
            messages.success(request, "Nova senha gravada. Entre com ela.")
            return redirect("login")
    facts: dict[str, Any] = {"form": form, "person": user}
    return render(request, "accounts/new_password.html", facts, status=status_of(form))


def _user_of(request: HttpRequest) -> User | None:
    """Return whose link was kept, if it still is good: once, for an hour, until the password or the log-in changes."""
    who, token = request.session.get(_KEPT, ("", ""))
    try:
        number = int(urlsafe_base64_decode(who).decode())
    except ValueError:
        return None
    user = queries.user_by_id(number)
    return user if user is not None and default_token_generator.check_token(user, token) else None
