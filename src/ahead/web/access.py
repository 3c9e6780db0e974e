"""Who may see and do what: every screen of a company starts here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from ahead.accounts import queries
from ahead.accounts.rules import may
from ahead.web.filtering import Unreadable

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from ahead.accounts.models import Company, Membership, User

Needed = Literal["reader", "operator", "owner", "staff"]
P = ParamSpec("P")

_WHO = {
    "reader": "membros da empresa",
    "operator": "operadores",
    "owner": "o responsável da empresa",
    "staff": "a equipe AHEAD",
}


class PersonRequest(HttpRequest):
    """A request of a person who has logged in."""

    user: User
    htmx: HtmxDetails


class CompanyRequest(PersonRequest):
    """A request of a member, in a company of theirs."""

    company: Company
    membership: Membership


CompanyView = Callable[Concatenate[CompanyRequest, P], HttpResponseBase]


def company_view(
    needs: Needed = "reader", *, writes: Needed = "operator", methods: tuple[str, ...] = ("GET", "HEAD", "POST")
) -> Callable[[CompanyView[P]], Callable[..., HttpResponseBase]]:
    """
    Resolve the company of the address through the person's membership.

    Without log-in the person is sent there; a stranger gets 404, as does a person who asks for a row that is not the
    company's; a role below `needs` (with an unsafe method: below `writes` too) gets 403. An address with a filter
    that cannot be read gets 400, and nothing is shown or done.
    """

    def decorate(view: CompanyView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, company: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_log_in(request)
            mine = _enter(cast("CompanyRequest", request), company)
            check_role(mine, needs)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if request.method not in {"GET", "HEAD"}:
                check_role(mine, writes)
            try:
                response = view(mine, *args, **kwargs)
            except ObjectDoesNotExist as error:
                raise Http404 from error
            except Unreadable as odd:
                response = _unreadable(mine, odd)
            add_never_cache_headers(response)
            return response

        return guarded

    return decorate


def check_role(request: CompanyRequest, needed: Needed) -> None:
    """
    Make sure that the member may do what asks for `needed`.

    :raises PermissionDenied: if they may not.
    """
    if not may(request.membership.role, needed):
        raise PermissionDenied(
            f"Só {_WHO[needed]} pode fazer isto; o seu acesso é de {request.membership.get_role_display()}."
        )


def _enter(request: CompanyRequest, slug: str) -> CompanyRequest:
    try:
        membership = queries.membership(request.user, slug)
    except ObjectDoesNotExist as error:
        raise Http404 from error
    request.membership = membership
    request.company = membership.company
    return request


def _unreadable(request: CompanyRequest, odd: Unreadable) -> HttpResponse:
    if request.htmx:  # a part of a page has no room for it
        return HttpResponseClientRedirect(request.get_full_path())
    facts = {"label": odd.label, "said": odd.said, "home": reverse("home", args=[request.company.slug])}
    return render(request, "unreadable.html", facts, status=400)


def _to_log_in(request: HttpRequest) -> HttpResponse:
    response = redirect_to_login(request.get_full_path())
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(response.url)
    return response
