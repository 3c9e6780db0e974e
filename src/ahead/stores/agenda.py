"""What was asked of each store, and when it syncs by itself.

`asked`, `sent` and `taken` are numbers of one series: asked > taken means that a sync waits to begin, asked >
sent that the engine has not been told of it yet (the process died between the two; the tick tells it again).
What is asked is taken together with the store's lease, so there is no moment at which a press finds neither.

All instants here are of the clock that machines share: callers that pass `now` take it from `shared_now`. People and
programs ask for a sync on any machine, so `ask_sync` looks at that clock itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.db.clock import shared_now
from ahead.db.tenancy import TenantQuerySet
from ahead.lib.errors import Refused
from ahead.stores import leases, queries, rules
from ahead.stores.models import Connection, RequestBudget, StatusChoice, StatusRole, Store, StoreAgenda
from ahead.stores.triggers import Trigger

NOTICES = "avisos do Tray"  # who asks for the runs that notifications (webhooks) cause


class CannotSync(Refused):
    """The store cannot sync now; the message says why."""


@dataclass(frozen=True)
class Unsent:
    """A sync that was asked for and that the engine has not been told of."""

    company_id: int
    store_id: int
    asked: int
    trigger: Trigger
    asked_at: datetime | None


@transaction.atomic
def ask_sync(*, company: Company, store_id: int, by: str, trigger: Trigger) -> int | None:
    """
    Ask for a sync and return its number, or None when one waits or runs already: however often, one comes of it.

    What a run under way may have missed is brought by the next one; a store whose run died is free to be asked
    again when its lease is over, and a run that is resumed by then keeps its own number.

    A run that notices ask for looks at a few things only, and leaves the schedule alone. If a person or a program asks
    while one waits, it becomes a whole run; if one is under way, the whole run comes after it.

    :raises CannotSync: if the store is paused, not connected or not set up.
    :raises Store.DoesNotExist: if the company has no such store.
    """
    store, now = queries.store(company, store_id), shared_now()
    if reason := rules.why_not_sync(queries.sync_facts(store)):
        raise CannotSync(reason)
    if not _ask(store, by=by, trigger=trigger, now=now):
        return None
    if trigger not in {
        Trigger.SCHEDULE,
        Trigger.NOTICE,
    }:  # what happens every few minutes by itself is in the log of the runs
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


def _ask(store: Store, *, by: str, trigger: Trigger, now: datetime) -> bool:
    agenda, at_rest = _agenda(store.pk), Q(leases.is_free(now), asked=F("taken"))
    facts = {"trigger": trigger, "asked_by": by, "asked_at": now}
    if trigger == Trigger.NOTICE:
        return bool(agenda.filter(at_rest).update(asked=F("asked") + 1, **facts))
    following = now + timedelta(minutes=store.sync_interval_minutes) if store.syncs_by_itself else None
    facts["next_sync_at"] = following
    after_notices = Q(asked=F("taken"), trigger=Trigger.NOTICE)
    if agenda.filter(at_rest | after_notices).update(asked=F("asked") + 1, **facts):
        return True
    return bool(agenda.filter(asked__gt=F("taken"), trigger=Trigger.NOTICE).update(**facts))


def trigger_of(store_id: int, asked: int) -> Trigger | None:
    """
    Return what a sync is made for by now, or None where another was asked for since.

    A run that notices asked for, and that waited, may have been asked for by a person meanwhile.
    """
    found = _agenda(store_id).filter(asked=asked).exclude(trigger="").values_list("trigger", flat=True).first()
    return Trigger(found) if found else None


def may_be_noticed(store_id: int, now: datetime) -> Company | None:
    """
    Return the company of a store that notices may have synced now, or None.

    Not a store that syncs by the button only, nor one that fails: its schedule tries that again, with a whole run.
    """
    agenda = _agenda(store_id).filter(
        leases.is_free(now),
        asked=F("taken"),
        failures=0,
        store__connection=Connection.CONNECTED,
        store__is_paused=False,
        store__syncs_by_itself=True,
        next_sync_at__gt=now,  # what is due looks at everything
    )
    row = agenda.select_related("company").first()
    return row.company if row else None


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
    return [
        Unsent(row.company_id, row.store_id, row.asked, Trigger(row.trigger), row.asked_at)
        for row in rows.order_by("asked_at", "store_id")
    ]


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
    needed = ("failures", "next_sync_at", "store__syncs_by_itself", "store__sync_interval_minutes")
    rows = _agenda(store_id).select_related("store").only(*needed)  # no secrets: that none opens may be the failure
    agenda = rows.select_for_update(of=("self",)).get()
    agenda.failures = 0 if ok else agenda.failures + 1
    agenda.next_sync_at = None
    if agenda.store.syncs_by_itself:
        interval = agenda.store.sync_interval_minutes
        agenda.next_sync_at = rules.next_sync(ok=ok, failures=agenda.failures, interval_minutes=interval, now=now)
    agenda.save(update_fields=["failures", "next_sync_at"])


@transaction.atomic
def begin_anew(*, now: datetime) -> int:
    """
    After a restore: nobody has a store in hand, nothing is with the engine, each store syncs as soon as it can.

    Returns how many stores that are. Fence numbers go up, so that no run of before writes anything more.
    """
    rows = StoreAgenda.objects.across_companies()
    count = rows.update(
        lease_until=None,
        lease_holder="",
        lease_token=F("lease_token") + 1,
        sent=F("taken"),
        asked=F("taken"),
        failures=0,
    )
    rows.filter(store__syncs_by_itself=True).update(next_sync_at=now)
    RequestBudget.objects.across_companies().update(tokens=0, refilled_at=now)  # what was spent since is not known
    return count


def _agenda(store_id: int) -> TenantQuerySet[StoreAgenda]:
    agenda: TenantQuerySet[StoreAgenda] = StoreAgenda.objects.across_companies().filter(store_id=store_id)
    return agenda
