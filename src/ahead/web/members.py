"""Usuários: who is in the company, with which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.accounts import operations, queries
from ahead.lib.errors import Refused
from ahead.web.access import check_role, company_view
from ahead.web.forms_members import MemberForm, RoleForm, roles_for
from ahead.web.refusing import put_refusal, status_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.accounts.models import Membership, User
    from ahead.web.access import CompanyRequest


@company_view("owner", writes="owner")
def member_list(request: CompanyRequest) -> HttpResponse:
    """Show the members, and take one in."""
    form = MemberForm(request.POST or None, giver=request.membership.role, initial={"role": "operator"})
    if form.is_valid():
        try:
            name = _take_in(request, form.cleaned_data)
        except Refused as refusal:
            fields: dict[type[Refused], str] = {
                operations.WeakPassword: "password",
                operations.AlreadyThere: "email",
            }
            put_refusal(form, refusal, fields)
        else:
            messages.success(request, f"{name} agora faz parte de {request.company.name}.")
            return redirect("members:list", request.company.slug)
    return _page(request, form, status=status_of(form))


def _take_in(request: CompanyRequest, given: dict[str, Any]) -> str:
    """Give the person a role; who has no account gets one. Return their name."""
    now = timezone.now()
    try:
        user = queries.user_by_email(given["email"])
    except ObjectDoesNotExist:
        user = operations.create_user(email=given["email"], name=given["name"], password=given["password"], now=now)
    else:
        _check_is_new(request, user)
    operations.set_membership(company=request.company, user=user, role=given["role"], by=request.user.email, now=now)
    return user.name


def _page(request: CompanyRequest, form: MemberForm, *, refusal: str = "", status: int = 200) -> HttpResponse:
    own = request.membership.role
    roles = roles_for(own)
    facts = {
        "nav": "members",
        "form": form,
        "roles": roles,
        "members": [
            {"member": one, "may_touch": one.role in dict(roles) and one.user_id != request.user.pk}
            for one in queries.members(request.company)
        ],
        "refusal": refusal,
    }
    return render(request, "members/list.html", facts, status=status)


@company_view("owner", writes="owner", methods=("POST",))
def role(request: CompanyRequest, user_id: int) -> HttpResponse:
    """Give a member another role."""
    member = _member(request, user_id)
    form = RoleForm(request.POST, giver=request.membership.role)
    if not form.is_valid():
        return _refused(request, "Este papel não existe, ou é maior que o seu.")
    try:
        operations.set_membership(
            company=request.company,
            user=member.user,
            role=form.cleaned_data["role"],
            by=request.user.email,
            now=timezone.now(),
        )
    except Refused as refusal:
        return _refused(request, str(refusal))
    messages.success(request, f"Papel de {member.user.name} gravado.")
    return redirect("members:list", request.company.slug)


@company_view("owner", writes="owner", methods=("POST",))
def removal(request: CompanyRequest, user_id: int) -> HttpResponse:
    """Take a member out of the company."""
    member = _member(request, user_id)
    try:
        operations.remove_membership(
            company=request.company, user=member.user, by=request.user.email, now=timezone.now()
        )
    except Refused as refusal:
        return _refused(request, str(refusal))
    messages.success(request, f"{member.user.name} deixou {request.company.name}.")
    return redirect("members:list", request.company.slug)


def _member(request: CompanyRequest, user_id: int) -> Membership:
    for member in queries.members(request.company):
        if member.user_id == user_id:
            check_role(request, member.role)  # type: ignore[arg-type]  # nobody touches a role beyond their own
            return member
    raise Http404


def _check_is_new(request: CompanyRequest, user: User) -> None:
    if any(member.user_id == user.pk for member in queries.members(request.company)):
        raise operations.AlreadyThere(f"{user.name} já faz parte desta empresa. Mude o papel na lista.")


def _refused(request: CompanyRequest, refusal: str) -> HttpResponse:
    return _page(request, MemberForm(giver=request.membership.role), refusal=refusal, status=422)
