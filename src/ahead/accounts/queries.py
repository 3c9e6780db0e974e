"""Reading companies, users, memberships and invitations."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, Q

from ahead.accounts.models import Company, Invitation, Membership, User
from ahead.db.paging import Page, paginate
from ahead.db.searching import words_in

PAGE_SIZE = 50


def memberships_of(user: User) -> list[Membership]:
    """Return a user's memberships with their companies, by name of the company."""
    return list(user.memberships.select_related("company").order_by("company__name", "pk"))


def membership(user: User, slug: str) -> Membership:
    """
    Return a user's place in the company with this short address.

    :raises Membership.DoesNotExist: if there is no such company, or they are a stranger to it.
    """
    return user.memberships.select_related("company").get(company__slug=slug)


def invitations_for(user: User) -> list[Invitation]:
    """Return the invitations that a user has not answered, with their companies, by name of the company."""
    return list(user.invitations.select_related("company").order_by("company__name", "pk"))


def invitations(company: Company) -> list[Invitation]:
    """Return the invitations of a company that wait for an answer, with their users, by e-mail."""
    return list(Invitation.objects.of(company).select_related("user").order_by("user__email"))


_MEMBER_SORTS = {
    "name": ("user__name", "pk"),
    "-name": ("-user__name", "pk"),
    "email": ("user__email",),
    "-email": ("-user__email",),
    "role": ("role", "user__name", "pk"),
    "-role": ("-role", "user__name", "pk"),
    "last_login": (F("user__last_login").asc(nulls_first=True), "pk"),
    "-last_login": (F("user__last_login").desc(nulls_last=True), "pk"),
}


def members(
    company: Company,
    *,
    search: str = "",
    role: str = "",
    ids: Collection[int] = (),
    sort: str = "name",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[Membership]:
    """Return a page of the members of a company with their users; `ids` are users'. By name, unless sorted."""
    found = Membership.objects.of(company).select_related("user")
    if text := search.strip():
        found = found.filter(words_in("user__name", text) | Q(user__email__icontains=text))
    exact = {"role": role, "user__in": ids}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    return paginate(found.order_by(*_MEMBER_SORTS.get(sort, _MEMBER_SORTS["name"])), page=page, size=size)


def member(company: Company, user_id: int) -> Membership:
    """
    Return one member of a company with their user.

    :raises Membership.DoesNotExist: if they are not in it.
    """
    found: Membership = Membership.objects.of(company).select_related("user").get(user_id=user_id)
    return found


def company_by_slug(slug: str) -> Company:
    """
    Return a company, for the command line; a screen starts from a membership.

    :raises Company.DoesNotExist: if there is none.
    """
    return Company.objects.get(slug=slug)


def companies() -> list[Company]:
    """Return all companies by name, for the command line."""
    return list(Company.objects.order_by("name", "pk"))


def user_by_id(user_id: int) -> User | None:
    """Return a user who may log in, or None."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def user_by_email(email: str) -> User:
    """
    Return a user, whatever the case of the e-mail.

    :raises User.DoesNotExist: if there is none.
    """
    return User.objects.get_by_natural_key(email.strip())
