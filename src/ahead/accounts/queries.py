"""Reading companies, users and memberships."""

from __future__ import annotations

from ahead.accounts.models import Company, Membership, User


def memberships_of(user: User) -> list[Membership]:
    """Return a user's memberships with their companies, by name of the company."""
    return list(user.memberships.select_related("company").order_by("company__name", "pk"))


def membership(user: User, slug: str) -> Membership:
    """
    Return a user's place in the company with this short address.

    :raises Membership.DoesNotExist: if there is no such company, or they are a stranger to it.
    """
    return user.memberships.select_related("company").get(company__slug=slug)


def members(company: Company) -> list[Membership]:
    """Return the members of a company with their users, by name."""
    return list(Membership.objects.of(company).select_related("user").order_by("user__name", "pk"))


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


def user_by_email(email: str) -> User:
    """
    Return a user, whatever the case of the e-mail.

    :raises User.DoesNotExist: if there is none.
    """
    return User.objects.get_by_natural_key(email.strip())
