"""Reading runs and their log, how each store stands, and what a pending matter is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from ahead.accounts.models import Company
from ahead.catalog.models import ListingVariant
from ahead.db.paging import Page, paginate
from ahead.db.searching import number_is, words_in
from ahead.lib.brasilia import BRASILIA
from ahead.orders.models import Order
from ahead.pending.keys import variant_key
from ahead.pending.models import Kind, PendingMatter
from ahead.stores.models import RequestBudget, Store, StoreAgenda
from ahead.stores.triggers import Trigger
from ahead.sync.exchange import COUNTERS
from ahead.sync.models import CATALOGUE_LEFT, EventKind, RunState, Step, SyncEvent, SyncRun

RUN_STATES: list[tuple[str, str]] = [(str(value), str(label)) for value, label in RunState.choices]
TRIGGERS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Trigger.choices]
STEPS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Step.choices]
_LONGEST_SIMULATION = timedelta(minutes=15)
ORDER_EVENTS: tuple[str, ...] = (EventKind.ORDER_IMPORTED, EventKind.ORDER_UPDATED, EventKind.ORDER_HELD)


# asked for by notices of Tray, and nothing came of it: every order that is not paid yet makes one
IS_QUIET = Q(trigger=Trigger.NOTICE, state=RunState.CLEAN, **dict.fromkeys(COUNTERS, 0))
_RUN_SORTS = {
    field: (field, "-pk")
    for name in ("started_at", "orders_imported", "orders_updated", "orders_cancelled", "stock_updated", "errors")
    for field in (name, f"-{name}")
}


def runs(
    company: Company,
    *,
    store_id: int | None = None,
    state: str = "",
    trigger: str = "",
    search: str = "",
    started_from: date | None = None,
    started_to: date | None = None,
    ids: Collection[int] = (),
    sort: str = "-started_at",
    page: int = 1,
    size: int = 50,
) -> Page[SyncRun]:
    """
    Return a page of runs, the latest first; the day `started_to` is included.

    The search is for the number of a run, or for a part of the name of its Loja or of who asked for it. What notices
    asked for and found nothing new is left out, unless it is asked for by its trigger.
    """
    found = SyncRun.objects.of(company).select_related("store")
    if not trigger:
        found = found.exclude(IS_QUIET)
    exact = {"store_id": store_id, "state": state, "trigger": trigger, "pk__in": ids}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if text := search.strip():
        is_number = number_is("number", text)
        found = found.filter(is_number | words_in("store__name", text) | Q(asked_by__icontains=text))
    if started_from:
        found = found.filter(started_at__gte=_start_of(started_from))
    if started_to:
        found = found.filter(started_at__lt=_start_of(started_to + timedelta(days=1)))
    return paginate(found.order_by(*_RUN_SORTS.get(sort, _RUN_SORTS["-started_at"])), page=page, size=size)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=BRASILIA)


def run(company: Company, run_id: int) -> SyncRun:
    """
    Return one run.

    :raises SyncRun.DoesNotExist: if there is none, or it is another company's.
    """
    one: SyncRun = SyncRun.objects.of(company).select_related("store").get(pk=run_id)
    return one


def events(
    run: SyncRun, kind: str | Sequence[str] | None = None, *, search: str = "", page: int = 1, size: int = 100
) -> Page[SyncEvent]:
    """Return a page of what happened in a run, in order; `kind` narrows it to one kind or several."""
    return paginate(_events(run, kind, search), page=page, size=size)


def events_for_export(
    run: SyncRun, kind: str | Sequence[str] | None = None, *, search: str = ""
) -> Iterator[SyncEvent]:
    """Yield every event of a run that matches, without holding them all."""
    return _events(run, kind, search).iterator(chunk_size=1_000)


def _events(run: SyncRun, kind: str | Sequence[str] | None, search: str) -> QuerySet[SyncEvent]:
    found: QuerySet[SyncEvent] = SyncEvent.objects.of(run.company_id).filter(run=run)
    if kind:
        found = found.filter(kind__in=[kind] if isinstance(kind, str) else list(kind))
    if search.strip():
        text = search.strip()
        found = found.filter(Q(text__icontains=text) | Q(cause__icontains=text) | Q(warehouse__icontains=text))
    return found.order_by("pk")


def event_counts(run: SyncRun) -> dict[str, int]:
    """Return how many events of each kind a run has; a kind with none is absent."""
    found = SyncEvent.objects.of(run.company_id).filter(run=run).order_by().values_list("kind")
    return dict(found.annotate(how_many=Count("pk")))


def steps_with_errors(run: SyncRun) -> set[str]:
    """Return the steps of a run that something went wrong in."""
    keys = SyncEvent.objects.of(run.company_id).filter(run=run, kind=EventKind.ERROR).values_list("key", flat=True)
    steps = {"order": Step.ORDERS, "status": Step.ACKNOWLEDGE, "variant": Step.STOCK, "brake": Step.STOCK}
    steps |= {"nota": Step.NOTES, "nota-status": Step.NOTES, "day": Step.CLOSING}
    return {str(steps.get(key.split(":")[0], run.step)) for key in keys.order_by()[:1_000]}


def was_cut_short(run: SyncRun) -> bool:
    """Whether a run that has ended could not take all its steps."""
    stopped = SyncEvent.objects.of(run.company_id).filter(run=run, kind=EventKind.ERROR, key="run")
    return run.state == RunState.FAILED or (run.state == RunState.WITH_ERRORS and stopped.exists())


def events_of_order(order: Order, *, limit: int = 50) -> list[SyncEvent]:
    """Return what runs did with an order, the latest first."""
    found = SyncEvent.objects.of(order.company_id).filter(order_id=order.pk).select_related("run")
    return list(found.order_by("-pk")[:limit])


def running(store: Store) -> SyncRun | None:
    """Return the run of a store that is under way."""
    return _of(store).filter(state=RunState.RUNNING).first()


def latest(store: Store) -> SyncRun | None:
    """Return the last run of a store, under way or not."""
    return _of(store).first()


def is_catalogue_left(store_id: int) -> bool:
    """Whether the last run of a store had too little time to write all of the catalogue."""
    runs = SyncRun.objects.across_companies().filter(store_id=store_id, is_dry=False).order_by("-number")
    notes = SyncEvent.objects.across_companies().filter(kind=EventKind.NOTE, key=CATALOGUE_LEFT)
    return notes.filter(run__in=runs.values("pk")[:1]).exists()


def _of(store: Store) -> QuerySet[SyncRun]:
    found: QuerySet[SyncRun] = SyncRun.objects.of(store.company_id).filter(store=store).order_by("-number")
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """How a store's exchange with Tray stands now."""

    is_waiting: bool  # asked for and not begun, or taken this moment: its run is not on the books yet
    is_in_hand: bool  # somebody has the store in hand
    is_for_notices: bool  # what waits or goes on looks only at what Tray notified us of
    running: SyncRun | None
    latest: SyncRun | None
    next_sync_at: datetime | None

    @property
    def is_busy(self) -> bool:
        """Whether the page should look again soon."""
        return self.is_waiting or self.running is not None

    @property
    def is_under_way(self) -> bool:
        """Whether a run is going on and its process lives, so that asking for another is of no use."""
        return self.running is not None and (self.is_in_hand or self.running.is_dry)

    @property
    def run(self) -> SyncRun | None:
        """The run to show: the one under way, else the last."""
        return self.running or self.latest


def standing(store: Store, *, now: datetime) -> Standing:
    """Return how a store's exchange stands: waiting, under way, or the last one that ended."""
    agenda = StoreAgenda.objects.of(store.company_id).filter(store=store).first()
    runs = _of(store)
    # no process resumes a simulation: one that says "running" for long died with its process
    dead = Q(is_dry=True, started_at__lt=now - _LONGEST_SIMULATION)
    is_in_hand = agenda is not None and agenda.is_leased(now)
    running = runs.filter(state=RunState.RUNNING).exclude(dead).first()
    return Standing(
        is_waiting=(agenda is not None and agenda.is_asked()) or (is_in_hand and running is None),
        is_in_hand=is_in_hand,
        is_for_notices=agenda is not None and agenda.trigger == Trigger.NOTICE,
        running=running,
        latest=runs.exclude(IS_QUIET).exclude(state=RunState.RUNNING).first(),
        next_sync_at=agenda.next_sync_at if agenda and store.syncs_by_itself and not store.is_paused else None,
    )


@dataclass(frozen=True, slots=True)
class StoreOverview:
    """One line of the first screen: is this store in sync?"""

    store: Store
    last_run: SyncRun | None
    last_good_run: SyncRun | None
    orders_today: int
    errors: int  # of the last run
    requests_used: int  # today
    next_sync_at: datetime | None
    is_asked: bool

    @property
    def requests_left(self) -> int:
        """How many requests may still be sent today."""
        return max(self.store.requests_per_day - self.requests_used, 0)

    @property
    def is_quota_low(self) -> bool:
        """Whether less than a tenth of the day's requests is left."""
        return self.requests_left * 10 < self.store.requests_per_day


def overview(company: Company, *, now: datetime) -> list[StoreOverview]:
    """Return how each store of a company stands, in a fixed number of queries."""
    return _lines(company, list(_with_runs(company).order_by("code")), now)


_STORE_SORTS = {
    field: (field, "code") for name in ("code", "name", "connection", "last_run_at") for field in (name, f"-{name}")
}


def store_lines(
    company: Company,
    *,
    search: str = "",
    connection: str = "",
    is_paused: bool | None = None,
    ids: Collection[int] = (),
    sort: str = "code",
    page: int = 1,
    size: int = 50,
    now: datetime,
) -> Page[StoreOverview]:
    """Return a page of stores and how each stands; the search is for a code, or a part of the name or address."""
    found = _with_runs(company)
    if text := search.strip():
        is_code = number_is("code", text)
        found = found.filter(is_code | words_in("name", text) | Q(address__icontains=text))
    exact = {"connection": connection, "pk__in": ids}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if is_paused is not None:
        found = found.filter(is_paused=is_paused)
    shown = paginate(found.order_by(*_STORE_SORTS.get(sort, _STORE_SORTS["code"])), page=page, size=size)
    lines = iter(_lines(company, shown.rows, now))
    return shown.turned_into(lambda _: next(lines))


def _with_runs(company: Company) -> QuerySet[Store]:
    ended = SyncRun.objects.of(company).filter(store=OuterRef("pk"), is_dry=False).order_by("-number")
    return Store.objects.of(company).annotate(
        last_run_id=Subquery(ended.values("pk")[:1]),
        last_run_at=Subquery(ended.values("started_at")[:1]),
        last_good_id=Subquery(ended.filter(state=RunState.CLEAN).values("pk")[:1]),
    )


def _lines(company: Company, stores: list[Store], now: datetime) -> list[StoreOverview]:
    today = now.astimezone(BRASILIA).date()
    runs_of = ((vars(store)["last_run_id"], vars(store)["last_good_id"]) for store in stores)
    wanted = {pk for pks in runs_of for pk in pks if pk}
    by_id = {row.pk: row for row in SyncRun.objects.of(company).filter(pk__in=wanted)}
    agendas = {row.store_id: row for row in StoreAgenda.objects.of(company)}
    budgets = {row.store_id: row for row in RequestBudget.objects.of(company)}
    placed = _placed_since(company, _start_of(today))
    return [
        _line(store, by_id, agendas.get(store.pk), budgets.get(store.pk), placed.get(store.pk, 0), today)
        for store in stores
    ]


def _placed_since(company: Company, start: datetime) -> dict[int, int]:
    placed = Order.objects.of(company).filter(placed_at__gte=start, store__isnull=False).order_by()
    return dict(placed.values_list("store_id").annotate(how_many=Count("pk")))


def _line(
    store: Store,
    runs_by_id: dict[int, SyncRun],
    agenda: StoreAgenda | None,
    budget: RequestBudget | None,
    orders_today: int,
    today: date,
) -> StoreOverview:
    last = runs_by_id.get(getattr(store, "last_run_id", None) or 0)
    by_itself = store.syncs_by_itself and not store.is_paused
    return StoreOverview(
        store=store,
        last_run=last,
        last_good_run=runs_by_id.get(getattr(store, "last_good_id", None) or 0),
        orders_today=orders_today,
        errors=last.errors if last else 0,
        requests_used=budget.used_today if budget and budget.day == today else 0,
        next_sync_at=agenda.next_sync_at if agenda and by_itself else None,
        is_asked=agenda is not None and agenda.is_asked(),
    )


def recent_runs(company: Company, *, limit: int = 40) -> list[SyncRun]:
    """Return the latest runs that changed something or could have, the oldest of them first: for a drawing."""
    found = SyncRun.objects.of(company).filter(is_dry=False).exclude(IS_QUIET)
    found = found.select_related("store").order_by("-started_at", "-pk")
    return list(found[:limit])[::-1]


# ── what pending matters are about ─────────────────────────────────────────────────────────────────────────


def variant_of(matter: PendingMatter) -> ListingVariant | None:
    """Return the thing sold at Tray that a matter is about, if it is about one."""
    variant_id = matter.facts.get("variant_id")
    if not variant_id:
        return None
    variants: QuerySet[ListingVariant] = ListingVariant.objects.of(matter.company_id).select_related("listing", "store")
    return variants.filter(pk=variant_id).first()


def product_id_of(matter: PendingMatter) -> int | None:
    """Return the product of ours that a matter is about, if it is about one: by itself, or as what Tray sells."""
    if known := matter.facts.get("product_id"):
        return int(known)
    variant = variant_of(matter)
    return variant.product_id if variant else None


def matters_of_variants(company: Company, variant_ids: Iterable[int]) -> dict[int, PendingMatter]:
    """Return the open matter of each of these things sold at Tray that is not linked, by the thing's id."""
    keys = {variant_key(pk): pk for pk in variant_ids}
    found = PendingMatter.objects.of(company).filter(kind=Kind.UNKNOWN_SKU, key__in=list(keys), resolved_at=None)
    return {keys[matter.key]: matter for matter in found}
