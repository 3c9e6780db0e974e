"""Log-in, log-out, one's own password, the choice of the company, and the answer to an invitation."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahead.accounts import invitations, operations, queries
from ahead.lib.errors import Refused
from ahead.web.forms_accounts import LogInForm, PasswordForm

if TYPE_CHECKING:
    from ahead.web.access import PersonRequest


_ONE_LINE = 64  # bits of an IPv6 address: what comes after them whoever has the line may choose


class LogIn(LoginView):
    """The log-in page; who has logged in goes on to the start page."""

    template_name = "accounts/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show what was wrong, as a refusal."""
        response = super().form_invalid(form)
        response.status_code = 422
        return response


def locked_out(request: HttpRequest, *_: object, **__: object) -> HttpResponse:
    """Say that too many wrong passwords were given; django-axes calls it."""
    return render(request, "accounts/locked.html", status=429)


def attempted_email(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the e-mail of an attempt to log in, the same for any spelling; django-axes counts failures under it."""
    given = credentials or request.POST
    return str(given.get("username") or "").strip().lower()


def client_address(request: HttpRequest) -> str | None:
    """
    Return the address a request came from, as the outermost of our own proxies saw it; django-axes locks it out.

    None where there is none, as on a socket file. What stands further left in X-Forwarded-For is the client's own
    claim, and is not believed. Of IPv6 it is the network of the line: its owner has more addresses than can be counted.
    """
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-settings.PROXIES :] if settings.PROXIES else []
    for claimed in (*seen[:1], request.META.get("REMOTE_ADDR", "")):
        with suppress(ValueError):
            address = ip_address(claimed.strip())
            if address.version == 4:
                return str(address)
            return str(ip_network((address, _ONE_LINE), strict=False).network_address)
    return None


@login_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Go to the person's only company, or let them choose one; an invitation is to be answered first."""
    person = cast("PersonRequest", request)
    memberships, invited = queries.memberships_of(person.user), queries.invitations_for(person.user)
    if len(memberships) == 1 and not invited:
        return redirect("home", company=memberships[0].company.slug)
    return render(request, "accounts/start.html", {"memberships": memberships, "invitations": invited})


@login_required
@require_POST
def invitation_acceptance(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Become a member of the company that invited the person."""
    person = cast("PersonRequest", request)
    try:
        member = invitations.accept_invitation(person.user, invitation_id, now=timezone.now())
    except ObjectDoesNotExist as error:
        raise Http404 from error
    messages.success(request, f"Agora você faz parte de {member.company.name}.")
    return redirect("home", company=member.company.slug)


@login_required
@require_POST
def invitation_refusal(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Refuse an invitation."""
    person = cast("PersonRequest", request)
    try:
        company = invitations.decline_invitation(person.user, invitation_id, now=timezone.now())
    except ObjectDoesNotExist as error:
        raise Http404 from error
    messages.success(request, f"Convite de {company.name} recusado.")
    return redirect("account")


@login_required
@require_POST
def company_switch(request: HttpRequest) -> HttpResponse:
    """Go to another company of the person's."""
    person = cast("PersonRequest", request)
    asked = request.POST.get("company", "")
    for membership in queries.memberships_of(person.user):
        if str(membership.company_id) == asked:
            return redirect("home", company=membership.company.slug)
    raise Http404


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show one's own account and change its password."""
    person = cast("PersonRequest", request)
    form = PasswordForm(request.POST or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["new"]
        try:
            operations.change_password(user=person.user, old=old, new=new, now=timezone.now())
        except operations.WrongPassword as refusal:
            form.add_error("old", str(refusal))
        except Refused as refusal:
            form.add_error("new", str(refusal))
        else:
            update_session_auth_hash(request, person.user)
            messages.success(request, "Senha trocada. As suas outras sessões foram encerradas.")
            return redirect("account")
    facts = {
        "form": form,
        "memberships": queries.memberships_of(person.user),
        "invitations": queries.invitations_for(person.user),
    }
    return render(request, "accounts/account.html", facts, status=status)
