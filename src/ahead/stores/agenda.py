"""What was asked of each store, and when it syncs by itself.

`asked`, `sent` and `taken` are numbers of one series: asked > taken means that a sync waits to begin, asked >
sent that the engine has not been told of it yet (the process died between the two; the tick tells it again).
What is asked is taken together with the store's lease, so there is no moment at which a press finds neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.db.tenancy import TenantQuerySet
from ahead.lib.errors import Refused
from ahead.stores import leases, queries, rules
from ahead.stores.models import Connection, StatusChoice, StatusRole, StoreAgenda

BY_SCHEDULE = "agenda"


class CannotSync(Refused):
    """The store cannot sync now; the message says why."""


@dataclass(frozen=True)
class Unsent:
    """A sync that was asked for and that the engine has not been told of."""

    company_id: int
    store_id: int
    asked: int
    asked_by: str
    asked_at: datetime | None


@transaction.atomic
def ask_sync(*, company: Company, store_id: int, by: str, trigger: str, now: datetime) -> int | None:
    """
    Ask for a sync and return its number, or None when one waits or runs already: however often, one comes of it.

    What a run under way may have missed is brought by the next one; a store whose run died is free to be asked
    again when its lease is over, and a run that is gone on with by then keeps its own number.

    :raises CannotSync: if the store is paused, not connected or not set up.
    :raises Store.DoesNotExist: if the company has no such store.
    """
    store = queries.store(company, store_id)
    if reason := rules.why_not_sync(queries.sync_facts(store)):
        raise CannotSync(reason)
    following = now + timedelta(minutes=store.sync_interval_minutes) if store.syncs_by_itself else None
    at_rest = StoreAgenda.objects.of(company).filter(leases.is_free(now), store_id=store_id, asked=F("taken"))
    if not at_rest.update(asked=F("asked") + 1, asked_by=by, asked_at=now, next_sync_at=following):
        return None
    if trigger != BY_SCHEDULE:  # what happens every few minutes by itself is in the log of the runs
        record(
            "stores.sync.asked",
            company_id=company.pk,
            subject=("store", store_id),
            text=f"Sincronização da Loja «{store.name}» pedida",
            by=by,
            at=now,
            trigger=trigger,
        )
    return int(StoreAgenda.objects.of(company).values_list("asked", flat=True).get(store_id=store_id))


def due_stores(now: datetime) -> list[int]:
    """Return the stores whose time has come, that are able to sync and that nobody has in hand; longest due first."""
    choices = StatusChoice.objects.across_companies()
    chosen = choices.filter(store_id=OuterRef("store_id"), role=StatusRole.IMPORT, status__is_gone=False)
    due = StoreAgenda.objects.across_companies().filter(
        Exists(chosen),
        Exists(queries.active_warehouses().filter(company=OuterRef("company"))),
        leases.is_free(now),
        next_sync_at__lte=now,
        asked=F("taken"),
        store__connection=Connection.CONNECTED,
        store__is_paused=False,
        store__syncs_by_itself=True,
    )
    return list(due.order_by("next_sync_at", "store_id").values_list("store_id", flat=True))


def unsent() -> list[Unsent]:
    """Return what was asked for, has not begun, and was never handed to the engine."""
    rows = StoreAgenda.objects.across_companies().filter(asked__gt=F("sent")).filter(asked__gt=F("taken"))
    columns = rows.order_by("asked_at", "store_id").values("company_id", "store_id", "asked", "asked_by", "asked_at")
    return [Unsent(**row) for row in columns]


def mark_sent(store_id: int, asked: int) -> None:
    """Note that the engine was told of a sync; an older number changes nothing."""
    _agenda(store_id).filter(sent__lt=asked).update(sent=asked)


@transaction.atomic
def take(store_id: int, asked: int, *, holder: str, now: datetime) -> int | None:
    """
    Begin what was asked for under this number, and take the store in hand; return the fence number.

    None while somebody else has the store: then it waits as before. Repeated by the same holder it begins nothing
    more: what was asked after this number has not begun.
    """
    fence = leases.take_store(store_id, holder=holder, now=now)
    if fence is not None:
        _agenda(store_id).filter(taken__lt=asked).update(taken=asked)
    return fence


@transaction.atomic
def schedule_next(store_id: int, *, ok: bool, now: datetime) -> None:
    """Note how a sync ended and set when the next one is due; after a failure sooner, then ever later."""
    agenda = _agenda(store_id).select_related("store").select_for_update(of=("self",)).get()
    agenda.failures = 0 if ok else agenda.failures + 1
    agenda.next_sync_at = None
    if agenda.store.syncs_by_itself:
        interval = agenda.store.sync_interval_minutes
        agenda.next_sync_at = rules.next_sync(ok=ok, failures=agenda.failures, interval_minutes=interval, now=now)
    agenda.save(update_fields=["failures", "next_sync_at"])


def _agenda(store_id: int) -> TenantQuerySet[StoreAgenda]:
    agenda: TenantQuerySet[StoreAgenda] = StoreAgenda.objects.across_companies().filter(store_id=store_id)
    return agenda
