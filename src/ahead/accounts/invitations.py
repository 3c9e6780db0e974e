"""Taking people in: an invitation, which takes effect when the person accepts it.

Whoever invites learns nothing of the person: what is asked, checked and answered is the same whether the e-mail has an
account or not, and until it is accepted nobody has any power over the account. The command line needs none of this:
its user has the database in hand anyway, and writes with `operations`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ahead.accounts import rules
from ahead.accounts.members import check_role
from ahead.accounts.models import Company, Invitation, Membership, Role, User
from ahead.accounts.operations import AlreadyThere, create_user, set_membership, set_password
from ahead.audit.operations import record


@transaction.atomic
def invite(
    company: Company, *, email: str, name: str, password: str, role: str, by: str, by_role: str, now: datetime
) -> Invitation:
    """
    Offer a person a place; who has no account gets one with this name and password, who has one keeps theirs.

    :raises BeyondOwnRole: if the role is greater than that of who asks.
    :raises AlreadyThere: if the person is in the company, or has an invitation to it.
    :raises WrongEntry: if the e-mail or the name does not do.
    :raises WeakPassword: if the password does not do.
    """
    check_role(by_role, role)
    email = rules.clean_email(email)
    if member := Membership.objects.of(company).filter(user__email__iexact=email).select_related("user").first():
        raise AlreadyThere(f"{member.user.name} já faz parte desta empresa. Mude o papel na lista.")
    if Invitation.objects.of(company).filter(user__email__iexact=email).exists():
        raise AlreadyThere("Já há um convite para este e-mail. Para mudar algo nele, cancele-o e convide de novo.")
    user = User.objects.filter(email__iexact=email).first()
    has_account = user is not None
    if user is None:
        user = create_user(email=email, name=name, password=password, now=now)
    else:  # the same checks, which take the same time, and come to nothing
        set_password(User(email=email, name=rules.clean_name(name)), password)
    invitation = Invitation.objects.create(
        company=company, user=user, role=Role(role), made_account=not has_account, by=by, made_at=now
    )
    _record(invitation, "made", f"{email} foi convidado para «{company.name}» como {Role(role).label}", by, now)
    return invitation


@transaction.atomic
def cancel_invitation(company: Company, invitation_id: int, *, by: str, by_role: str, now: datetime) -> Invitation:
    """
    Take an invitation back, with the account that was made for it if nobody ever used that; return what it was.

    :raises Invitation.DoesNotExist: if there is none, or it was answered.
    :raises BeyondOwnRole: if its role is greater than that of who asks.
    """
    invitation: Invitation = Invitation.objects.of(company).select_for_update().get(pk=invitation_id)
    check_role(by_role, invitation.role)
    user = invitation.user
    invitation.delete()
    _record(invitation, "cancelled", f"O convite de {user.email} foi cancelado", by, now)
    is_unused = user.last_login is None and not user.memberships.exists() and not user.invitations.exists()
    if invitation.made_account and is_unused:
        user.delete()
    return invitation


@transaction.atomic
def accept_invitation(user: User, invitation_id: int, *, now: datetime) -> Membership:
    """
    Become a member, as was offered; a member whom AHEAD took in meanwhile keeps the role they have.

    :raises Invitation.DoesNotExist: if the user has no such invitation.
    """
    invitation = _taken(user, invitation_id)
    if there := user.memberships.filter(company=invitation.company).first():
        return there
    return set_membership(company=invitation.company, user=user, role=invitation.role, by=user.email, now=now)


@transaction.atomic
def decline_invitation(user: User, invitation_id: int, *, now: datetime) -> Company:
    """
    Refuse an invitation, and return whose it was.

    :raises Invitation.DoesNotExist: if the user has no such invitation.
    """
    invitation = _taken(user, invitation_id)
    _record(invitation, "declined", f"{user.email} recusou o convite", user.email, now)
    return invitation.company


def _taken(user: User, invitation_id: int) -> Invitation:
    """Take an invitation out, so that it is answered once."""
    invitation = user.invitations.select_for_update().get(pk=invitation_id)
    invitation.delete()
    return invitation


def _record(invitation: Invitation, verb: str, text: str, by: str, now: datetime) -> None:
    """Tell the company; of the account not even the number, which would tell how old it is."""
    company_id = invitation.company_id
    subject = ("company", company_id)
    record(f"accounts.invitation.{verb}", company_id=company_id, subject=subject, text=text, by=by, at=now)
