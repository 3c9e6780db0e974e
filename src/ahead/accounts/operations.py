"""Writing companies, users and memberships."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from ahead.accounts import rules
from ahead.accounts.models import Company, Membership, Role, User
from ahead.audit.operations import record
from ahead.lib.errors import Refused

LINK_EVERY = timedelta(minutes=5)
BY_FORM = "tela «Esqueci a senha»"


class AlreadyThere(Refused):
    """A company with this CNPJ or short address, or a user with this e-mail, exists; the message says which."""


class WeakPassword(Refused):
    """The password is too weak; the message says why."""


class WrongPassword(Refused):
    """The present password was not the one given."""


class LastOwner(Refused):
    """The company would be left without an owner."""


@transaction.atomic
def create_company(*, name: str, cnpj: str, slug: str = "", legal_name: str = "", by: str, now: datetime) -> Company:
    """
    Create a company; without a slug one is made from its name.

    :raises WrongEntry: if the name, the CNPJ or the slug is not valid.
    :raises AlreadyThere: if its CNPJ or slug is taken.
    """
    name, cnpj = rules.clean_name(name), rules.clean_cnpj(cnpj)
    if Company.objects.filter(cnpj=cnpj).exists():
        raise AlreadyThere("Já existe uma empresa com este CNPJ.")
    slug = rules.clean_slug(slug) if slug else ""
    if slug and Company.objects.filter(slug=slug).exists():
        raise AlreadyThere(f"O endereço curto “{slug}” já é de outra empresa.")
    company = Company.objects.create(
        name=name,
        legal_name=legal_name.strip(),
        cnpj=cnpj,
        slug=slug or _free_slug(rules.slug_of(name)),
        created_at=now,
    )
    record(
        "accounts.company.created",
        company_id=company.pk,
        subject=("company", company.pk),
        text=f"Empresa «{company.name}» criada",
        by=by,
        at=now,
    )
    return company


def _free_slug(wanted: str) -> str:
    taken = set(rules.RESERVED_SLUGS)
    taken |= set(Company.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number = 2
    slug = wanted
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug


@transaction.atomic
def create_user(*, email: str, name: str, password: str, now: datetime) -> User:
    """
    Create a user, who may do nothing until given a membership.

    :raises WrongEntry: if the e-mail or the name is not valid.
    :raises AlreadyThere: if the e-mail is taken.
    :raises WeakPassword: if the password is too weak.
    """
    email = rules.clean_email(email)
    if User.objects.filter(email__iexact=email).exists():
        raise AlreadyThere("Já existe um usuário com este e-mail.")
    user = User(email=email, name=rules.clean_name(name), created_at=now)
    set_password(user, password)
    user.save(force_insert=True)
    return user


@transaction.atomic
def set_membership(*, company: Company, user: User, role: str, by: str, now: datetime) -> Membership:
    """
    Give a user a role in a company, or change it.

    :raises LastOwner: if the company would be left without an owner.
    """
    members = _locked_members(company)
    member = members.get(user.pk)
    role = Role(role)
    if member is None:
        member = Membership.objects.create(company=company, user=user, role=role)
    elif member.role == role:
        return member
    else:
        _check_owner_stays(members, member, becomes=role)
        member.role = role
        member.save(update_fields=["role"])
    record(
        "accounts.membership.set",
        company_id=company.pk,
        subject=("user", user.pk),
        text=f"{user.email} agora é {role.label} de «{company.name}»",
        by=by,
        at=now,
        role=role.value,
    )
    return member


@transaction.atomic
def remove_membership(*, company: Company, user: User, by: str, now: datetime) -> None:
    """
    Take a user out of a company.

    :raises Membership.DoesNotExist: if they are not in it.
    :raises LastOwner: if the company would be left without an owner.
    """
    members = _locked_members(company)
    if user.pk not in members:
        raise Membership.DoesNotExist
    _check_owner_stays(members, members[user.pk], becomes=None)
    members[user.pk].delete()
    record(
        "accounts.membership.removed",
        company_id=company.pk,
        subject=("user", user.pk),
        text=f"{user.email} deixou «{company.name}»",
        by=by,
        at=now,
    )


def _locked_members(company: Company) -> dict[int, Membership]:
    Company.objects.select_for_update().get(pk=company.pk)  # two owners who leave at once leave one after the other
    return {member.user_id: member for member in Membership.objects.of(company)}


def _check_owner_stays(members: dict[int, Membership], member: Membership, *, becomes: str | None) -> None:
    owners = sum(other.role == Role.OWNER for other in members.values())
    is_owner = member.role == Role.OWNER
    if reason := rules.why_not_lose_owner(owners=owners, is_owner=is_owner, becomes=becomes):
        raise LastOwner(reason)


@transaction.atomic
def change_password(*, user: User, old: str, new: str, now: datetime) -> None:
    """
    Change a user's password; their other sessions end.

    :raises WrongPassword: if `old` is not the present one.
    :raises WeakPassword: if `new` is too weak.
    """
    if not user.check_password(old):
        raise WrongPassword("A senha atual não confere.")
    _change(user, new, "password_changed", f"{user.email} trocou a própria senha", user.email, now)


@transaction.atomic
def ask_password_link(*, email: str, now: datetime) -> User | None:
    """Return who is to get a link for a new password: nobody unknown or out of use, and nobody twice in a while."""
    users = User.objects.filter(email__iexact=email.strip(), is_active=True)
    is_due = Q(link_asked_at=None) | Q(link_asked_at__lte=now - LINK_EVERY)
    user = users.first() if users.filter(is_due).update(link_asked_at=now) else None
    if user:  # anybody may ask for anybody: the trail names the page, not the user
        _record_of(user, "password_link_asked", f"Link para uma nova senha de {user.email} pedido", BY_FORM, now)
    return user


@transaction.atomic
def choose_password(*, user: User, new: str, now: datetime) -> None:
    """
    Give a user who proved who they are a new password; their sessions end.

    :raises WeakPassword: if it is too weak.
    """
    _change(user, new, "password_chosen", f"{user.email} escolheu uma nova senha pelo link do e-mail", user.email, now)


@transaction.atomic
def give_password(*, user: User, new: str, by: str, now: datetime) -> None:
    """
    Give a user a new password, as the administrator; their sessions end.

    :raises WeakPassword: if it is too weak.
    """
    _change(user, new, "password_reset", f"{user.email} recebeu uma nova senha", by, now)


def _change(user: User, new: str, verb: str, text: str, by: str, now: datetime) -> None:
    set_password(user, new)
    user.save(update_fields=["password"])
    _record_of(user, verb, text, by, now)


def _record_of(user: User, verb: str, text: str, by: str, now: datetime) -> None:
    for company_id in user.memberships.values_list("company_id", flat=True):
        record(f"accounts.user.{verb}", company_id=company_id, subject=("user", user.pk), text=text, by=by, at=now)


def set_password(user: User, password: str) -> None:
    """
    Give a user a password, unsaved.

    :raises WeakPassword: if it is too weak.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from error
    user.set_password(password)
