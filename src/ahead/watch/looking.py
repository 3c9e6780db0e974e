"""The look: every minute or so one worker compares how all companies stand with what is known to be wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db import transaction

from ahead.accounts.models import Company
from ahead.watch.announcing import announce
from ahead.watch.facts import facts_of
from ahead.watch.freshness import keep_fresh
from ahead.watch.models import Alert, AlertKind, AlertSettings, Look
from ahead.watch.rules import COMPANY, Change, CompanyFacts, Finding, Thresholds, change, findings, moment

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=45)
AWAY_TOO_LONG = timedelta(minutes=10)  # an upgrade takes less
AT_ONCE = 200  # companies
_SEEN_AGAIN = timedelta(hours=1)
_FIELDS = tuple(Thresholds.__dataclass_fields__)
T = TypeVar("T")


def look(*, now: datetime) -> int:
    """Look at all companies, unless somebody did just now; return how many alerts opened or closed."""
    if (last := _take_turn(now)) is None:
        return 0
    companies = list(Company.objects.order_by("pk").values_list("pk", flat=True))
    changed = 0
    for some in _parts(companies, AT_ONCE):
        try:
            changed += _look_at(some, last, now)
        except Exception:  # what is wrong with some must not keep the alerts of all others quiet
            log.exception("watch.look.failed", companies=list(some))
    return changed


def _look_at(company_ids: Sequence[int], last: datetime, now: datetime) -> int:
    try:
        keep_fresh(company_ids, now=now)
    except Exception:  # figures: alerts are worth more
        log.exception("watch.freshness.failed", companies=list(company_ids))
    facts = facts_of(company_ids, now=now)
    changed = settle(facts, now=now)
    if now - last > AWAY_TOO_LONG:
        changed += _tell_of_gap(facts, last, now)
    announce(company_ids, now=now)
    return changed


def _take_turn(now: datetime) -> datetime | None:
    """Return when the last look was, if it is our turn to look; of several workers it is one's."""
    last = Look.objects.filter(pk=1).values_list("looked_at", flat=True).first()
    if last is None:
        _, is_first = Look.objects.get_or_create(pk=1, defaults={"looked_at": now})
        return now if is_first else None
    if timedelta(0) <= now - last < EVERY:  # one of the future was made by a clock that was set back since
        return None
    gap = {"away_from": last, "away_until": now} if now - last > AWAY_TOO_LONG else {}
    is_ours = Look.objects.filter(pk=1, looked_at=last).update(looked_at=now, **gap)
    return last if is_ours else None


def _parts(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def thresholds_of(company_ids: Iterable[int]) -> dict[int, Thresholds]:
    """Return from when on something is an alert, for each company that changed anything about it."""
    rows = AlertSettings.objects.across_companies().filter(company_id__in=list(company_ids))
    return {company: Thresholds(*values) for company, *values in rows.values_list("company_id", *_FIELDS)}


def settle(facts: Mapping[int, CompanyFacts], *, now: datetime) -> int:
    """Open and close alerts of these companies as the facts say, and return how many opened or closed."""
    limits = thresholds_of(facts)
    are_open: dict[int, dict[tuple[str, str], Alert]] = defaultdict(dict)
    for alert in Alert.objects.across_companies().filter(company_id__in=list(facts), closed_at=None):
        are_open[alert.company_id][alert.kind, alert.key] = alert
    changed = 0
    for company_id, of_company in facts.items():
        known = are_open[company_id]
        found = findings(of_company, limits.get(company_id, Thresholds()), now=now)
        due = change(known, found)
        if due.opened or due.closed or due.seen_again:
            _write(company_id, due, known, now)
        changed += len(due.opened) + len(due.closed)
    return changed


@transaction.atomic
def _write(company_id: int, due: Change, known: dict[tuple[str, str], Alert], now: datetime) -> None:
    alerts = Alert.objects.of(company_id)
    Alert.objects.bulk_create([_row(company_id, one, now) for one in due.opened], ignore_conflicts=True)
    for finding in due.seen_again:
        alert = known[finding.cause]
        if alert.text != finding.text or now - alert.last_seen_at > _SEEN_AGAIN:
            # in other words by now; since when it is so was said when it opened
            alerts.filter(pk=alert.pk).update(text=finding.text, remedy=finding.remedy, last_seen_at=now)
    over = [known[cause].pk for cause in due.closed]
    if over:
        alerts.filter(pk__in=over, closed_at=None).update(closed_at=now)


def _row(company_id: int, finding: Finding, now: datetime) -> Alert:
    return Alert(
        company_id=company_id,
        store_id=finding.store_id,
        kind=finding.kind,
        key=finding.key,
        text=finding.text,
        remedy=finding.remedy,
        turn=finding.turn,
        since=min(finding.since, now),
        opened_at=now,
        last_seen_at=now,
    )


def _tell_of_gap(facts: Mapping[int, CompanyFacts], last: datetime, now: datetime) -> int:
    """Nobody could say that no worker ran while none did: say it now that it is over, to whom it mattered."""
    text = f"O programa que sincroniza esteve parado de {moment(last)} a {moment(now)}. Já voltou, e faz o que faltava."
    rows = [
        Alert(
            company_id=company_id,
            kind=AlertKind.WORKER_AWAY,
            key=COMPANY,
            text=text,
            remedy="Nada a fazer. Se acontecer de novo, avise quem cuida do servidor.",
            turn="us",
            since=last,
            opened_at=last,
            last_seen_at=now,
            closed_at=now,
        )
        for company_id, of_company in facts.items()
        if any(store.connection == "connected" and not store.is_paused for store in of_company.stores)
    ]
    Alert.objects.bulk_create(rows)
    return len(rows)
