"""Changing roles, taking out, giving a new password: what one member does to another (`invitations`: taking in).

Here lives the rule that nobody gives a role beyond their own, nor changes one who has it. The command line, whose
user has the database in hand anyway, writes with `operations`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ahead.accounts import queries, rules
from ahead.accounts.models import Company, Membership, User
from ahead.accounts.operations import remove_membership, set_membership, set_password
from ahead.audit.operations import record
from ahead.lib.errors import Refused


class BeyondOwnRole(Refused):
    """The role to be given or touched is greater than that of the person who asks."""


class NotTheirs(Refused):
    """The password is not for this member to set; the message says who can."""


@transaction.atomic
def change_role(company: Company, user_id: int, *, role: str, by: str, by_role: str, now: datetime) -> Membership:
    """
    Give a member another role.

    :raises Membership.DoesNotExist: if they are not in the company.
    :raises BeyondOwnRole: if the role they have or get is greater than that of the person who asks.
    :raises LastOwner: if the company would be left without an owner.
    """
    member = queries.member(company, user_id)
    check_role(by_role, member.role)
    check_role(by_role, role)
    return set_membership(company=company, user=member.user, role=role, by=by, now=now)


@transaction.atomic
def remove_member(company: Company, user_id: int, *, by: str, by_role: str, now: datetime) -> User:
    """
    Take a member out of the company, and return who that was.

    :raises Membership.DoesNotExist: if they are not in the company.
    :raises BeyondOwnRole: if their role is greater than that of the person who asks.
    :raises LastOwner: if the company would be left without an owner.
    """
    member = queries.member(company, user_id)
    check_role(by_role, member.role)
    remove_membership(company=company, user=member.user, by=by, now=now)
    return member.user


@transaction.atomic
def reset_password(company: Company, user_id: int, *, password: str, by: str, by_role: str, now: datetime) -> User:
    """
    Give a member who forgot their password a new one; all their sessions end.

    :raises Membership.DoesNotExist: if they are not in the company.
    :raises BeyondOwnRole: if their role is greater than that of the person who asks.
    :raises NotTheirs: if they must, or can only, change it themselves or with AHEAD.
    :raises WeakPassword: if it is too weak.
    """
    member = queries.member(company, user_id)
    check_role(by_role, member.role)
    user = User.objects.select_for_update().get(pk=user_id)
    roles = dict(user.memberships.values_list("company_id", "role"))
    elsewhere = [role for company_id, role in roles.items() if company_id != company.pk]
    is_self = user.email == by
    if reason := rules.why_not_reset(own=by_role, is_self=is_self, role=member.role, roles_elsewhere=elsewhere):
        raise NotTheirs(reason)
    set_password(user, password)
    user.save(update_fields=["password"])
    for company_id in roles:
        record(
            "accounts.user.password_reset",
            company_id=company_id,
            subject=("user", user.pk),
            text=f"{user.email} recebeu uma nova senha",
            by=by,
            at=now,
        )
    return user


def check_role(own: str, role: str) -> None:
    """
    Make sure that a member of role `own` may give or touch `role`.

    :raises BeyondOwnRole: if it is greater than theirs.
    """
    if reason := rules.why_not_touch(own=own, role=role):
        raise BeyondOwnRole(reason)
