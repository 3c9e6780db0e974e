"""Usuários: who is in the company or invited to it, with which role, and a new password for who forgot theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from ahead.accounts import invitations, members, operations, queries
from ahead.lib.errors import Refused
from ahead.web.access import company_view
from ahead.web.filtering import chosen_ids
from ahead.web.forms_members import InvitationForm, MemberFilter, ResetForm, RoleForm, roles_for
from ahead.web.listing import page_number, shown, sort_of
from ahead.web.mailing import send_later
from ahead.web.refusing import put_refusal, status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response

if TYPE_CHECKING:
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.accounts.models import Invitation, Membership
    from ahead.db.paging import Page
    from ahead.web.access import CompanyRequest

_SORTS = {"nome": "name", "email": "email", "papel": "role", "acesso": "last_login"}
_FIELDS: dict[type[Refused], str] = {
    operations.WeakPassword: "password",
    operations.AlreadyThere: "email",
    members.BeyondOwnRole: "role",
}


@company_view("owner", writes="owner")
def member_list(request: CompanyRequest) -> HttpResponse:
    """Show the members and who is invited, and invite one more."""
    form = InvitationForm(request.POST or None, giver=request.membership.role, initial={"role": "operator"})
    if form.is_valid():
        try:
            invitation = invitations.invite(request.company, **form.cleaned_data, **_by(request))
        except Refused as refusal:
            put_refusal(form, refusal, _FIELDS)
        else:
            if settings.SENDS_EMAIL:
                send_later(_message(request, invitation), what="invitation")
            text = f"Convite de {invitation.user.email} gravado. A pessoa entra na AHEAD com este e-mail e o aceita."
            messages.success(request, text)
            return redirect("members:list", request.company.slug)
    return _page(request, form, status=status_of(form))


def _message(request: CompanyRequest, invitation: Invitation) -> EmailMessage:
    """Tell a person of the invitation, in the same words whether they have an account."""
    facts = {"invitation": invitation, "link": request.build_absolute_uri(reverse("account"))}
    body = render_to_string("members/invitation_email.txt", facts)
    subject = f"AHEAD: convite para {invitation.company.name}"
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [invitation.user.email])


def _by(request: CompanyRequest) -> dict[str, Any]:
    """Who asks, with which role, and when."""
    return {"by": request.user.email, "by_role": request.membership.role, "now": timezone.now()}


def _page(request: CompanyRequest, form: InvitationForm, *, refusal: str = "", status: int = 200) -> HttpResponse:
    roles = roles_for(request.membership.role)
    narrowed = MemberFilter(request.GET)
    sort = sort_of(request, _SORTS, "name")
    page = queries.members(request.company, **narrowed.wanted(), sort=sort, page=page_number(request))
    facts = {
        "nav": "members",
        "form": form,
        "filter": narrowed,
        "roles": roles,
        "members": [_row(request, one, dict(roles)) for one in page.rows],
        "invitations": [(one, one.role in dict(roles)) for one in queries.invitations(request.company)],
        "shown": shown(page),
        "refusal": refusal,
    }
    return render(request, "members/list.html", facts, status=status)


@company_view("owner", methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected members, or all that match, as a file."""
    wanted = MemberFilter(request.GET).wanted()
    sort, ids = sort_of(request, _SORTS, "name"), chosen_ids(request, "usuario")

    def page_of(number: int) -> Page[Membership]:
        return queries.members(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE)

    rows = every_row(page_of)
    lines = ((one.user.name, one.user.email, one.get_role_display(), one.user.last_login) for one in rows)
    return sheet_response(request, "usuarios", ("Nome", "E-mail", "Papel", "Último acesso"), lines)


def _row(request: CompanyRequest, member: Membership, roles: dict[str, str]) -> dict[str, Any]:
    return {
        "member": member,
        "may_touch": member.role in roles and member.user_id != request.user.pk,
        "reset": ResetForm(auto_id=f"id_{member.user_id}_%s"),
    }


@company_view("owner", writes="owner", methods=("POST",))
def role(request: CompanyRequest, user_id: int) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST, giver=request.membership.role)
    queries.member(request.company, user_id)
    if not form.is_valid():
        return _refused(request, "Este papel não existe, ou é maior que o seu.")

    def change() -> str:
        changed = members.change_role(request.company, user_id, role=form.cleaned_data["role"], **_by(request))
        return f"Papel de {changed.user.name} gravado."

    return _done(request, change)


@company_view("owner", writes="owner", methods=("POST",))
def removal(request: CompanyRequest, user_id: int) -> HttpResponse:
    """Take a member out of the company."""

    def remove() -> str:
        removed = members.remove_member(request.company, user_id, **_by(request))
        return f"{removed.name} deixou {request.company.name}."

    return _done(request, remove)


@company_view("owner", writes="owner", methods=("POST",))
def cancellation(request: CompanyRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""

    def cancel() -> str:
        taken = invitations.cancel_invitation(request.company, invitation_id, **_by(request))
        return f"Convite de {taken.user.email} cancelado."

    return _done(request, cancel)


@company_view("owner", writes="owner", methods=("POST",))
def password(request: CompanyRequest, user_id: int) -> HttpResponse:
    """Give a member who forgot their password a new one, and let them try again at once."""
    given = request.POST.get("new_password", "")

    def reset() -> str:
        user = members.reset_password(request.company, user_id, password=given, **_by(request))
        forget_failures(username=user.email)
        return f"Senha de {user.name} trocada. As sessões abertas com ela foram encerradas."

    return _done(request, reset)


def _done(request: CompanyRequest, act: Callable[[], str]) -> HttpResponse:
    """Act and tell what was done, or why it was refused."""
    try:
        told = act()
    except members.BeyondOwnRole as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        return _refused(request, str(refusal))
    messages.success(request, told)
    return redirect("members:list", request.company.slug)


def _refused(request: CompanyRequest, refusal: str) -> HttpResponse:
    return _page(request, InvitationForm(giver=request.membership.role), refusal=refusal, status=422)
