"""Reading alerts, who hears of them, what was sent, and how fresh each flow is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ahead.accounts.models import Company, Membership
from ahead.db.paging import Page, paginate
from ahead.db.searching import words_in
from ahead.watch import rules
from ahead.watch.facts import away_since
from ahead.watch.models import Alert, AlertChoice, AlertKind, AlertSettings, HookDelivery, Look

ALERT_KINDS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in AlertKind.choices]
_STANDINGS = {"open": Q(closed_at=None), "closed": Q(closed_at__isnull=False), "": Q()}
_SORTS = {field: (field, "-pk") for name in ("opened_at", "since", "closed_at", "kind") for field in (name, f"-{name}")}


def alerts(
    company: Company,
    *,
    standing: str = "open",
    store_id: int | None = None,
    kind: str = "",
    search: str = "",
    ids: Collection[int] = (),
    sort: str = "-opened_at",
    page: int = 1,
    size: int = 50,
) -> Page[Alert]:
    """Return a page of alerts that are open, closed, or (with an empty `standing`) all; the newest first."""
    found = Alert.objects.of(company).filter(_STANDINGS[standing]).select_related("store", "company")
    exact = {"store_id": store_id, "kind": kind, "pk__in": ids}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if search.strip():
        found = found.filter(words_in("text", search))
    return paginate(found.order_by(*_SORTS.get(sort, _SORTS["-opened_at"])), page=page, size=size)


def open_count(company: Company) -> int:
    """Return how many alerts of a company are open."""
    return Alert.objects.of(company).filter(closed_at=None).count()


def settings_of(company: Company) -> AlertSettings:
    """Return what a company set, or what holds where it set nothing."""
    return AlertSettings.objects.of(company).first() or AlertSettings(company=company)


@dataclass(frozen=True, slots=True)
class Listener:
    """A member, and what they hear."""

    member: Membership
    at_once: bool
    daily: bool
    is_default: bool  # they chose nothing themselves


def listeners(company: Company) -> list[Listener]:
    """Return each member of a company and what they hear of it by e-mail, by name."""
    chosen = {row.user_id: row for row in AlertChoice.objects.of(company)}
    members = Membership.objects.of(company).select_related("user").order_by("user__name", "pk")
    found = []
    for member in members:
        row = chosen.get(member.user_id)
        at_once, daily = (row.at_once, row.daily) if row else rules.default_choice(member.role)
        found.append(Listener(member, at_once, daily, row is None))
    return found


def hook_deliveries(company: Company, *, page: int = 1, size: int = 20) -> Page[HookDelivery]:
    """Return a page of what was sent to the webhook of a company with each try, the newest first."""
    rows = HookDelivery.objects.of(company).select_related("alert").prefetch_related("attempts")
    return paginate(rows.order_by("-created_at", "-pk"), page=page, size=size)


def looked_at() -> datetime | None:
    """Return when this installation was last looked at; None before the first worker ran."""
    return Look.objects.values_list("looked_at", flat=True).first()


def stopped_since(*, now: datetime) -> datetime | None:
    """Return since when no worker looks at anything, or None while one does (or none ever has)."""
    return away_since(now=now)
