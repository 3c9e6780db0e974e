"""Usuários: who is in the company, with which role, and a new password for who forgot theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from axes.utils import reset as forget_failures
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.accounts import members, operations, queries
from ahead.lib.errors import Refused
from ahead.web.access import company_view
from ahead.web.forms_members import MemberForm, ResetForm, RoleForm, roles_for
from ahead.web.refusing import put_refusal, status_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.accounts.models import Membership
    from ahead.web.access import CompanyRequest

_FIELDS: dict[type[Refused], str] = {
    operations.WeakPassword: "password",
    operations.AlreadyThere: "email",
    members.BeyondOwnRole: "role",
}


@company_view("owner", writes="owner")
def member_list(request: CompanyRequest) -> HttpResponse:
    """Show the members, and take one in."""
    form = MemberForm(request.POST or None, giver=request.membership.role, initial={"role": "operator"})
    if form.is_valid():
        try:
            member = members.add_member(request.company, **form.cleaned_data, **_by(request))
        except Refused as refusal:
            put_refusal(form, refusal, _FIELDS)
        else:
            messages.success(request, f"{member.user.name} agora faz parte de {request.company.name}.")
            return redirect("members:list", request.company.slug)
    return _page(request, form, status=status_of(form))


def _by(request: CompanyRequest) -> dict[str, Any]:
    """Who asks, with which role, and when."""
    return {"by": request.user.email, "by_role": request.membership.role, "now": timezone.now()}


def _page(request: CompanyRequest, form: MemberForm, *, refusal: str = "", status: int = 200) -> HttpResponse:
    roles = roles_for(request.membership.role)
    facts = {
        "nav": "members",
        "form": form,
        "roles": roles,
        "members": [_row(request, one, dict(roles)) for one in queries.members(request.company)],
        "refusal": refusal,
    }
    return render(request, "members/list.html", facts, status=status)


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
    return _page(request, MemberForm(giver=request.membership.role), refusal=refusal, status=422)
