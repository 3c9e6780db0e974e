"""
Who is told of what: lines of e-mails and messages of webhooks, written down before anything is sent.

It is worked out anew at each look from what is open, what is over and what was told. So a process that dies in between
loses nothing, and nothing is told twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from ahead.accounts.models import Membership
from ahead.watch import rules
from ahead.watch.links import address_of
from ahead.watch.models import Alert, AlertChoice, AlertKind, AlertSettings, HookDelivery, MailLine, News

_OVER_LATELY = timedelta(days=2)


def announce(company_ids: Collection[int], *, now: datetime) -> int:
    """Write down what these companies' people and webhooks are to be told by now, and return how much that is."""
    told = _to_webhooks(company_ids, now)
    if settings.SENDS_EMAIL:
        listeners = _Listeners(company_ids)
        told += _openings(company_ids, listeners, now)
        told += _closings(company_ids, listeners, now)
        told += _digests(company_ids, listeners, now)
    return told


class _Listeners:
    """Who hears of what, by company: by their own choice, or by their role."""

    def __init__(self, company_ids: Collection[int]) -> None:
        chosen = {
            (company, user): (at_once, daily)
            for company, user, at_once, daily in AlertChoice.objects.across_companies()
            .filter(company_id__in=company_ids)
            .values_list("company_id", "user_id", "at_once", "daily")
        }
        members = Membership.objects.across_companies().filter(company_id__in=company_ids, user__is_active=True)
        self.at_once: dict[int, list[int]] = defaultdict(list)
        self.daily: dict[int, list[int]] = defaultdict(list)
        for company, user, role in members.values_list("company_id", "user_id", "role"):
            at_once, daily = chosen.get((company, user), rules.default_choice(role))
            if at_once:
                self.at_once[company].append(user)
            if daily:
                self.daily[company].append(user)


def _openings(company_ids: Collection[int], listeners: _Listeners, now: datetime) -> int:
    """Tell listeners of what is open, unless they heard of it, or of the same cause within a day."""
    alerts = list(Alert.objects.across_companies().filter(company_id__in=company_ids, closed_at=None))
    heard = set(
        MailLine.objects.across_companies()
        .filter(alert__in=[alert.pk for alert in alerts], news=News.OPENED)
        .values_list("alert_id", "user_id")
    )
    missing = [
        (alert, user)
        for alert in alerts
        for user in listeners.at_once[alert.company_id]
        if (alert.pk, user) not in heard
    ]
    if not missing:
        return 0
    last = _last_told(company_ids, now)
    return _note(
        MailLine(company_id=alert.company_id, alert=alert, user_id=user, news=News.OPENED, created_at=now, due_at=now)
        for alert, user in missing
        if rules.may_tell(last.get((alert.company_id, user, alert.kind, alert.key)), now=now)
    )


def _last_told(company_ids: Collection[int], now: datetime) -> dict[tuple[int, int, str, str], datetime]:
    """Return when each person was last told of each cause, or is to be, as far back as it matters."""
    is_told = Q(sent_at__isnull=False) | Q(due_at__isnull=False)  # what was dropped or given up nobody heard
    lately = MailLine.objects.across_companies().filter(
        is_told, company_id__in=company_ids, news=News.OPENED, created_at__gt=now - rules.QUIET_FOR
    )
    rows = lately.order_by("created_at").values_list("company_id", "user_id", "alert__kind", "alert__key", "created_at")
    return {(company, user, kind, key): at for company, user, kind, key, at in rows}


def _closings(company_ids: Collection[int], listeners: _Listeners, now: datetime) -> int:
    """Tell those who heard that it began that it is over; of a stop, all who hear of things at once."""
    over = Alert.objects.across_companies().filter(company_id__in=company_ids, closed_at__gt=now - _OVER_LATELY)
    again = MailLine.objects.across_companies().filter(alert=OuterRef("alert"), user=OuterRef("user"), news=News.CLOSED)
    heard = MailLine.objects.across_companies().filter(
        ~Exists(again), alert__in=over, news=News.OPENED, sent_at__isnull=False
    )
    pairs = [*heard.values_list("company_id", "alert_id", "user_id")]
    stops = over.filter(kind=AlertKind.WORKER_AWAY, mail_lines=None).values_list("company_id", "pk")
    pairs += [(company, alert, user) for company, alert in stops for user in listeners.at_once[company]]
    return _note(
        MailLine(company_id=company, alert_id=alert, user_id=user, news=News.CLOSED, created_at=now, due_at=now)
        for company, alert, user in pairs
    )


def _digests(company_ids: Collection[int], listeners: _Listeners, now: datetime) -> int:
    """Let the digest of the day go to all who want it, once its hour has come."""
    if not listeners.daily:
        return 0
    hours = AlertSettings.objects.across_companies().filter(company_id__in=company_ids)
    at = dict(hours.values_list("company_id", "digest_at"))
    usual = AlertSettings().digest_at
    due = [
        (company, user, day)
        for company, users in listeners.daily.items()
        if (day := rules.digest_day(at.get(company, usual), now=now))
        for user in users
    ]
    sent = MailLine.objects.across_companies().filter(company_id__in=company_ids, news=News.DIGEST)
    known = set(sent.filter(day__gte=now.date() - timedelta(days=1)).values_list("company_id", "user_id", "day"))
    return _note(
        MailLine(company_id=company, user_id=user, day=day, news=News.DIGEST, created_at=now, due_at=now)
        for company, user, day in due
        if (company, user, day) not in known
    )


def _note(lines: Iterable[MailLine]) -> int:
    rows = list(lines)
    MailLine.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


# ── webhooks ───────────────────────────────────────────────────────────────────────────────────────────────


def _to_webhooks(company_ids: Collection[int], now: datetime) -> int:
    """Tell the webhook of each company that has one of what opened, and of what is over of that."""
    hooked = AlertSettings.objects.across_companies().filter(company_id__in=company_ids, hook_is_on=True)
    companies = list(hooked.values_list("company_id", flat=True))
    if not companies:
        return 0
    told = HookDelivery.objects.across_companies().filter(alert=OuterRef("pk"))
    alerts = Alert.objects.across_companies().filter(company_id__in=companies).select_related("store", "company")
    opened = alerts.filter(~Exists(told.filter(news=News.OPENED)), closed_at=None)
    is_told = Q(Exists(told.filter(news=News.OPENED))) | Q(kind=AlertKind.WORKER_AWAY)
    closed = alerts.filter(is_told, ~Exists(told.filter(news=News.CLOSED)), closed_at__gt=now - _OVER_LATELY)
    rows = [hook_delivery(alert, News.OPENED, now=now) for alert in opened]
    rows += [hook_delivery(alert, News.CLOSED, now=now) for alert in closed]
    HookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def hook_delivery(alert: Alert, news: News, *, now: datetime) -> HookDelivery:
    """Return an unsaved message about an alert."""
    identity = uuid4().hex
    body = {
        "id": identity,
        "event": f"alert.{news}",
        "at": now.isoformat(),
        "company": alert.company.slug,
        "alert": alert_document(alert),
    }
    text = json.dumps(body, ensure_ascii=False)
    return HookDelivery(
        company_id=alert.company_id, alert=alert, news=news, public_id=identity, body=text, created_at=now, due_at=now
    )


def alert_document(alert: Alert) -> dict[str, Any]:
    """Return an alert as programs read it."""
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "title": alert.get_kind_display(),
        "text": alert.text,
        "remedy": alert.remedy,
        "turn": alert.turn,
        "store": {"code": alert.store.code, "name": alert.store.name} if alert.store else None,
        "since": alert.since.isoformat(),
        "opened_at": alert.opened_at.isoformat(),
        "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
        "url": address_of(alert),
    }
