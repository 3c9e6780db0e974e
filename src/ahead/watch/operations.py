"""Writing what a company and its people want to hear, and from when on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from django.db import transaction

from ahead.accounts.models import Company, Membership, User
from ahead.audit.operations import record
from ahead.watch import rules
from ahead.watch.models import AlertChoice, AlertSettings


@transaction.atomic
def set_thresholds(
    company: Company, *, thresholds: Mapping[str, int], digest_at: time, by: str, now: datetime
) -> AlertSettings:
    """
    Set from when on something is an alert, and when the daily digest goes out.

    :raises WrongThreshold: if one is out of its range.
    """
    rules.check_thresholds(thresholds)
    row, _ = AlertSettings.objects.of(company).select_for_update().get_or_create(defaults={"company": company})
    before = {name: getattr(row, name) for name in thresholds}
    for name, value in thresholds.items():
        setattr(row, name, value)
    row.digest_at = digest_at
    row.save(update_fields=[*thresholds, "digest_at"])
    changed = {name: [before[name], value] for name, value in thresholds.items() if before[name] != value}
    text = "Limites dos alertas gravados."
    record(
        "watch.thresholds_set",
        company_id=company.pk,
        subject=("alerts", None),
        text=text,
        by=by,
        at=now,
        changed=changed,
    )
    return row


@transaction.atomic
def choose(company: Company, user_id: int, *, at_once: bool, daily: bool, by: str, now: datetime) -> AlertChoice:
    """
    Set what a member hears of a company by e-mail.

    :raises Membership.DoesNotExist: if they are not in it.
    """
    member = Membership.objects.of(company).select_related("user").get(user_id=user_id)
    row, _ = AlertChoice.objects.of(company).update_or_create(
        user_id=user_id,
        defaults={"at_once": at_once, "daily": daily},
        create_defaults={"company": company, "user_id": user_id, "at_once": at_once, "daily": daily},
    )
    record(
        "watch.choice_set",
        company_id=company.pk,
        subject=("user", user_id),
        text=f"Avisos por e-mail de {member.user.name}: {_in_words(at_once=at_once, daily=daily)}.",
        by=by,
        at=now,
    )
    return row


def _in_words(*, at_once: bool, daily: bool) -> str:
    chosen = [word for word, is_chosen in (("na hora", at_once), ("resumo diário", daily)) if is_chosen]
    return " e ".join(chosen) or "nenhum"


def choice_of(company: Company, user: User, role: str) -> tuple[bool, bool]:
    """Return whether a person hears at once of what is wrong with a company, and gets its daily digest."""
    row = AlertChoice.objects.of(company).filter(user=user).first()
    return (row.at_once, row.daily) if row else rules.default_choice(role)
