"""
Things that leave for somebody outside: announced before they are sent, settled after.

A process that dies in between leaves a row that says so, and it is sent once more, but not a third time.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet

from ahead.watch import rules
from ahead.watch.models import Sending

S = TypeVar("S", bound=Sending)
NOBODY_SAW = "O programa parou no meio do envio, duas vezes: pode ter chegado."
_LONGEST_TRY = timedelta(minutes=10)


@transaction.atomic
def begin(due: QuerySet[S], *, now: datetime) -> list[S]:
    """Return what is to be sent now of these rows, with the beginning noted; nobody else takes them meanwhile."""
    rows = list(due.filter(due_at__lte=now).select_for_update(of=("self",)).order_by("pk"))
    lost = [row for row in rows if row.starts >= rules.MOST_STARTS]
    ours = [row for row in rows if row.starts < rules.MOST_STARTS]
    _update(lost, due_at=None, problem=NOBODY_SAW)
    _update(ours, starts=F("starts") + 1, due_at=now + _LONGEST_TRY)
    return ours


def sent(rows: Collection[Sending], *, now: datetime) -> None:
    """Note that these arrived."""
    _update(rows, sent_at=now, due_at=None, problem="")


def failed(rows: Collection[Sending], problem: str, *, is_sure: bool, now: datetime) -> None:
    """Note that these did not arrive, and when they are tried again; `is_sure`: nobody got them."""
    for row in rows:
        tries = row.tries + 1
        facts: dict[str, Any] = {"tries": tries, "problem": problem[:300], "due_at": rules.next_try(tries, now=now)}
        if is_sure:
            facts["starts"] = row.starts  # as before this try
        _update([row], **facts)


def postpone(rows: Collection[Sending], problem: str, *, now: datetime) -> None:
    """Note that these could not even be tried: the way out is closed for all of them, which is no fault of theirs."""
    for row in rows:
        _update([row], starts=row.starts, problem=problem[:300], due_at=now + timedelta(minutes=1))


def drop(rows: Collection[Sending], why: str) -> None:
    """Give these up: they are not sent again."""
    _update(rows, due_at=None, problem=why[:300])


def _update(rows: Collection[Sending], **values: Any) -> None:
    if rows:
        every: QuerySet[Any] = type(next(iter(rows))).objects.across_companies()
        every.filter(pk__in=[row.pk for row in rows]).update(**values)
