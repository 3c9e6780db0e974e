"""One exchange with a store under way: its client, its fence, its log and its progress."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ahead import tray
from ahead.audit.actors import SYNC
from ahead.db.clock import shared_now
from ahead.db.lane import bulk_lane
from ahead.orders.rules import StatusPlan
from ahead.pending.models import Kind
from ahead.pending.operations import close_matters, has_open_matters
from ahead.stores.budget import StoreBudget
from ahead.stores.leases import LostStore, check_fence
from ahead.stores.models import Store
from ahead.sync.explaining import TRAY_IS_DOWN, Explanation, explain
from ahead.sync.models import EventKind, Step, SyncEvent, SyncRun
from ahead.sync.readers import Outcome, Readers

BY = SYNC
BATCH = 25
FRESH = timedelta(seconds=60)  # what Tray showed is written on for so long: a merchant may cancel meanwhile
_PROGRESS_EVERY_SECONDS = 0.4
_LONGEST_CAUSE = 300
# what the run counts of its log: every count can be shown line by line
COUNTERS: dict[str, EventKind] = {
    "orders_imported": EventKind.ORDER_IMPORTED,
    "orders_updated": EventKind.ORDER_UPDATED,
    "orders_cancelled": EventKind.ORDER_CANCELLED,
    "orders_held": EventKind.ORDER_HELD,
    "statuses_written": EventKind.STATUS_WRITTEN,
    "notes_delivered": EventKind.NOTA_DELIVERED,
    "stock_updated": EventKind.STOCK_UPDATED,
    "catalogue_written": EventKind.CATALOGUE_WRITTEN,
    "errors": EventKind.ERROR,
}
# Each was tried four times: a Tray that is down would cost hours, one order after another.
_MOST_IN_A_ROW = 6
_DOWN = (tray.TrayUnreachable, tray.TrayBroken)
Ask = TypeVar("Ask")
Answer = TypeVar("Answer")
Listener = Callable[[SyncRun], None]


class RunEnds(Exception):
    """The run cannot go on; what stopped it is in the log. Nothing is lost: what was due stays due."""

    def __init__(self, explanation: Explanation) -> None:
        super().__init__(explanation.cause)
        self.explanation = explanation


class StepHeldBack(RunEnds):
    """What is left of the day's quota is kept for what comes before this step; what was due of it stays due."""

    def __init__(self, explanation: Explanation, goes_on_at: datetime | None) -> None:
        super().__init__(explanation)
        self.goes_on_at = goes_on_at


@dataclass
class Exchange:
    """What the steps share. `fence` is the number under which this process has the store in hand."""

    store: Store
    run: SyncRun
    tray: tray.Tray
    budget: StoreBudget
    readers: Readers
    plan: StatusPlan
    fence: int
    listener: Listener | None = None
    requests_before: int = 0
    has_swept: bool = False  # what changed at Tray is on the books: from here on, what fails is a part of the run
    looked_at: datetime | None = None  # what changed at Tray before is on the books
    look_again: Callable[[], None] | None = None  # brings the books up to date; None in a run that sweeps nothing
    is_counted: bool = True  # the counters of the run say what its log does
    _shown_at: float = field(default=0.0)

    def __post_init__(self) -> None:
        # a run that is resumed may lack counts: its first process may have died after logging, before counting
        self.is_counted = not self.requests_before

    @property
    def company_id(self) -> int:
        """The company the store belongs to."""
        return self.store.company_id

    def now(self) -> datetime:
        """Return the present instant."""
        return shared_now()

    def fresh_since(self) -> datetime | None:
        """Return the instant since which an order must have been seen to be written to; None where all were seen."""
        limit = self.now() - FRESH
        if self.look_again is not None and (self.looked_at is None or self.looked_at < limit):
            self.look_again()
        is_fresh = self.looked_at is not None and self.looked_at >= limit
        return None if is_fresh else limit

    def is_fresh(self, since: datetime) -> bool:
        """Whether what Tray showed at that instant may still be written on."""
        return self.now() - since < FRESH

    @contextmanager
    def write(self) -> Iterator[datetime]:
        """
        Write in one transaction, while the store is surely ours; yields the instant of the write.

        :raises LostStore: if somebody else has the store in hand by now.
        """
        with bulk_lane():
            check_fence(self.store.pk, self.fence)
            yield self.now()

    def tell(self, events: Iterable[SyncEvent]) -> None:
        """Log what happened; a step that is repeated logs nothing twice."""
        told = list(events)
        SyncEvent.objects.bulk_create(told, ignore_conflicts=True, batch_size=200)
        self.is_counted = self.is_counted and not told
        # counted here for those who watch the progress; at the end of each step the log itself is counted
        counts = Counter(event.kind for event in told)
        for name, kind in COUNTERS.items():
            setattr(self.run, name, getattr(self.run, name) + counts[kind])

    def event(self, kind: EventKind, key: str, text: str, **facts: Any) -> SyncEvent:
        """Return one line of the log."""
        return SyncEvent(
            company_id=self.company_id, run=self.run, kind=kind, key=key[:60], text=text, at=self.now(), **facts
        )

    def since(self, at: datetime | None) -> datetime | None:
        """Return since when something waited for us, or None where it is older than the connection: no lateness."""
        connected_at = self.store.connected_at
        # Tray's instants are whole seconds: what changed in the second of the connection came after it
        return at if at and connected_at and at >= connected_at.replace(microsecond=0) else None

    def error(self, key: str, what: str, problem: Exception | Explanation) -> SyncEvent:
        """Return one line of the list of errors: what it happened to, its cause, whose turn it is, what to do."""
        why = problem if isinstance(problem, Explanation) else explain(problem)
        cause = why.cause if len(why.cause) <= _LONGEST_CAUSE else f"{why.cause[: _LONGEST_CAUSE - 1]}…"
        return self.event(EventKind.ERROR, key, what, cause=cause, turn=why.turn, remedy=why.remedy)

    def close(self, kinds: Iterable[Kind], key: str) -> None:
        """Close the matters of these kinds about one thing: their cause is gone. Most often there are none."""
        wanted = list(kinds)
        if has_open_matters(self.company_id, kinds=wanted, key=key):
            with self.write() as now:
                for kind in wanted:
                    close_matters(self.company_id, kind=kind, keys=[key], now=now)

    def ask_each(
        self, asks: Iterable[Ask], work: Callable[[Ask], Answer], *, ahead: int = 0
    ) -> Iterator[Outcome[Ask, Answer]]:
        """
        Yield what became of each request, in order, while up to `ahead` more (of reads only) are under way or done.

        :raises RunEnds: at the first error after which asking on is of no use, or after many failures in a row.
        """
        in_a_row = 0
        with closing(self.readers.each(asks, work, ahead=ahead)) as outcomes:
            for outcome in outcomes:
                if outcome.error is not None:
                    self.end_if_hopeless(outcome.error)
                is_down = isinstance(outcome.error, _DOWN) and not isinstance(outcome.error, tray.Unreadable)
                in_a_row = in_a_row + 1 if is_down else 0
                yield outcome
                if in_a_row >= _MOST_IN_A_ROW:
                    raise RunEnds(TRAY_IS_DOWN)

    def end_if_hopeless(self, error: Exception) -> None:
        """
        Go on unless this error ends the run.

        :raises StepHeldBack: if it may not be sent now, and what comes first may.
        :raises RunEnds: if it does.
        """
        why = explain(error)
        if isinstance(error, tray.QuotaHeldBack):
            raise StepHeldBack(why, error.goes_on_at) from error
        if why.stops_run:
            raise RunEnds(why) from error

    def check_quota(self) -> None:
        """
        Make sure that the day has a request for the present purpose, before anything is announced as sent.

        :raises StepHeldBack: if what is left is kept for what comes first.
        :raises RunEnds: if nothing is left.
        """
        try:
            self.budget.check()
        except (tray.QuotaHeldBack, tray.DailyQuotaSpent) as error:
            self.end_if_hopeless(error)

    def progress(self, step: Step, done: int = 0, total: int = 0) -> None:
        """
        Show how far the run is: at the beginning and the end of each step that has something to do, and now and then.

        :raises LostStore: if somebody else has the store in hand by now.
        """
        run, is_edge = self.run, step != self.run.step or done == total
        run.step, run.done, run.total = step, done, total
        run.requests = self.requests_before + self.tray.requests_sent
        if (is_edge and total) or time.monotonic() - self._shown_at >= _PROGRESS_EVERY_SECONDS:
            self._show()
        elif not is_edge:
            return
        if self.listener:
            self.listener(run)

    def _show(self) -> None:
        run, self._shown_at = self.run, time.monotonic()
        rows = SyncRun.objects.of(self.company_id).filter(pk=run.pk)
        if not run.is_dry:
            # one statement, so that a process that has the store by now is never overwritten
            rows = rows.filter(store__agenda__lease_token=self.fence, store__agenda__lease_until__isnull=False)
        counters = {name: getattr(run, name) for name in COUNTERS}
        if not rows.update(step=run.step, done=run.done, total=run.total, requests=run.requests, **counters):
            raise LostStore(f"store {run.store_id} is no longer in hand under number {self.fence}")
