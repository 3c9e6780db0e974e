"""
Writing the closings of days: which are to be made, what a comparison came to, and what a person asked or accepted.

A closing is only ever brought up to date from both sides as they are: to repeat it changes nothing. A process that
dies in between leaves in its row what is still to be done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db import transaction

from ahead import tray
from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.fiscal.delivering import deliver_again
from ahead.lib.errors import Refused
from ahead.orders.models import Order
from ahead.stores.models import Store
from ahead.sync.comparing import Comparison, Difference, Repair
from ahead.sync.day_sides import start_of
from ahead.sync.models import DayClosing, DayDifference, DayState, DifferenceKind, OrderSighting

GRACE = timedelta(minutes=15)  # after midnight, for what Tray shows late
LOOK_BACK_DAYS = 31  # so many days of the past are closed by themselves when a store is new
COMPARED_DAILY = 7  # so many days back are compared again each day, without a request
_WAITS = (timedelta(hours=1), timedelta(hours=3), timedelta(hours=12), timedelta(hours=24))
_DUES = {Repair.READ: OrderSighting.Due.READ, Repair.CANCEL: OrderSighting.Due.CANCEL}
_MENDED_BY = (
    ({DifferenceKind.MISSING, DifferenceKind.TOTAL, DifferenceKind.ONLY_HERE}, OrderSighting.Due.READ),
    ({DifferenceKind.CANCELLED_THERE}, OrderSighting.Due.CANCEL),
)
_OF_NOTAS = {DifferenceKind.NOTA_THERE, DifferenceKind.NOTA_HERE}
_LONGEST_WHY = 300


class CannotClose(Refused):
    """The day cannot be checked, or the difference cannot be accepted; the message says why."""


def today_of(now: datetime) -> date:
    """Return the day that is open: until shortly after midnight that is still the day before."""
    return (now - GRACE).astimezone(tray.BRASILIA).date()


def is_over(day: date, now: datetime) -> bool:
    """Whether a day is over, and what was placed on it can be seen."""
    return now >= start_of(day + timedelta(days=1)) + GRACE


@transaction.atomic
def open_days(store: Store, *, now: datetime) -> None:
    """
    Have the days closed that are over by now, once a day.

    On its first day a store only opens it: there is enough to be read then. The next day the days before are closed
    too, back to the Loja's first one or a month.
    """
    today = today_of(now)
    closings = DayClosing.objects.of(store.company_id).filter(store=store)
    if closings.filter(day=today).exists():
        return
    if closings.exists():
        first = max(store.import_from, today - timedelta(days=LOOK_BACK_DAYS))
        days = [first + timedelta(days=number) for number in range((today - first).days)]
        _insert(store, days, is_read_due=True)
        closings.filter(day__lt=today, state=DayState.OPEN).update(is_read_due=True)
        closings.filter(day__gte=today - timedelta(days=COMPARED_DAILY), compared_at__isnull=False).update(
            is_touched=True
        )
    _insert(store, [today], is_read_due=False)


def _insert(store: Store, days: Iterable[date], *, is_read_due: bool) -> None:
    rows = [DayClosing(company_id=store.company_id, store=store, day=day, is_read_due=is_read_due) for day in days]
    DayClosing.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)


# ── what a comparison came to ──────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def save_comparison(closing: DayClosing, found: Comparison, *, by: str, now: datetime, was_read: bool) -> int:
    """
    Bring a day up to date with what a comparison found, begin what mends itself, and return how many began.

    What was found before and stands no more is settled. What a person accepted stays so while both sides show the same.
    """
    known = {(row.kind, row.tray_id): row for row in closing.differences.all()}
    stands = {one.key for one in found.differences}
    begun = 0
    for one in found.differences:
        row = known.get(one.key) or DayDifference(company_id=closing.company_id, closing=closing, found_at=now)
        begun += _stand(closing, row, one, by=by, now=now, may_repeat=was_read)
        known[one.key] = row
    _settle(closing, [row for key, row in known.items() if key not in stands and row.is_open], now=now)
    for name, value in asdict(found.counts).items():
        setattr(closing, name, value)
    closing.differences_open = sum(1 for row in known.values() if row.settled_at is None)
    closing.differences_settled = len(known) - closing.differences_open
    closing.compared_at, closing.is_touched = now, False
    _note_read(closing, now=now, was_read=was_read)
    closing.state = _state(closing)
    closing.save()
    return begun


def _stand(
    closing: DayClosing, row: DayDifference, one: Difference, *, by: str, now: datetime, may_repeat: bool
) -> int:
    """Save a difference that stands; return 1 if its repair was begun, again if `may_repeat`."""
    is_same = (row.at_tray, row.here) == (one.at_tray[:160], one.here[:160])
    if row.accepted_by and is_same:
        return 0
    if row.settled_at is not None or not is_same:
        row.settled_at, row.repair_at, row.accepted_by, row.accepted_why = None, None, "", ""
        row.found_at = now
    row.kind, row.tray_id, row.order_id, row.order_number = one.kind, one.tray_id, one.order_id, one.order_number
    row.at_tray, row.here = one.at_tray[:160], one.here[:160]
    row.cause, row.turn, row.remedy = one.cause, one.turn, one.remedy
    is_begun = (may_repeat or row.repair_at is None) and begin_repair(closing, one, by=by, now=now)
    row.repair_at = now if is_begun else row.repair_at
    row.save()
    return int(is_begun)


def _settle(closing: DayClosing, rows: list[DayDifference], *, now: datetime) -> None:
    """Save that these stand no more, each with its order, which may have come in since it was found."""
    orders = Order.objects.of(closing.company_id).filter(store_id=closing.store_id)
    came_in = orders.filter(tray_id__in=[row.tray_id for row in rows if row.order_id is None])
    known = {tray_id: (pk, number) for tray_id, pk, number in came_in.values_list("tray_id", "pk", "number")}
    for row in rows:
        row.order_id, row.order_number = known.get(row.tray_id, (row.order_id, row.order_number))
        row.settled_at = now
    fields = ["order_id", "order_number", "settled_at"]
    DayDifference.objects.of(closing.company_id).bulk_update(rows, fields, batch_size=200)


def begin_repair(closing: DayClosing, one: Difference, *, by: str, now: datetime) -> bool:
    """Make due what mends a difference; return whether there is such a thing."""
    if one.repair is Repair.DELIVER and one.nota_id is not None:
        text = "O Tray não mostra mais a nota: ela é procurada lá e enviada de novo se faltar."
        return deliver_again(closing.company_id, [one.nota_id], text=text, by=by, now=now) > 0
    due = _DUES.get(one.repair)
    if due is None:
        return False
    rows = OrderSighting.objects.of(closing.company_id).filter(store_id=closing.store_id, tray_id=one.tray_id)
    if not rows.exists():  # no list has ever shown it: only a reading tells whether Tray has it
        OrderSighting.objects.bulk_create(
            [
                OrderSighting(
                    company_id=closing.company_id,
                    store_id=closing.store_id,
                    tray_id=one.tray_id,
                    placed_on=closing.day,
                    modified_at=now,
                    seen_at=now,
                    due=due,
                )
            ],
            ignore_conflicts=True,
        )
        return True
    # of what is due already nothing new is begun: it failed, and is tried again in its own time
    return rows.filter(due=OrderSighting.Due.NOTHING).update(due=due) > 0


def _note_read(closing: DayClosing, *, now: datetime, was_read: bool) -> None:
    if not was_read:
        if not closing.differences_open:
            closing.next_read_at = None
        return
    closing.read_at, closing.is_read_due, closing.problem = now, False, ""
    if closing.differences_open:
        closing.next_read_at = now + _WAITS[min(closing.reads_in_vain, len(_WAITS) - 1)]
        closing.reads_in_vain += 1
    else:
        closing.next_read_at, closing.reads_in_vain = None, 0


def _state(closing: DayClosing) -> str:
    if closing.read_at is None or not is_over(closing.day, closing.read_at):
        return DayState.OPEN
    if closing.differences_open:
        return DayState.DIFFERENCES
    return DayState.REPAIRED if closing.differences_settled else DayState.BALANCED


@transaction.atomic
def note_problem(closing: DayClosing, problem: str) -> None:
    """Note why a day could not be read; it stays due."""
    closing.problem = problem[:300]
    closing.save(update_fields=["problem", "requests"])


# ── what a person asks ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def ask_check(store: Store, days: Collection[date], *, by: str, now: datetime) -> int:
    """
    *Conferir agora*: have these days read and compared by the next sync, whether they are over or not; return how many.

    :raises CannotClose: if there is no such day: in the future, or before the Loja's first one.
    """
    today = now.astimezone(tray.BRASILIA).date()
    possible = [day for day in days if store.import_from <= day <= today]
    if not possible:
        first = store.import_from.strftime("%d/%m/%Y")
        raise CannotClose(f"A Loja {store.name} importa desde {first}: escolha um dia desde então, até hoje.")
    _insert(store, possible, is_read_due=True)
    rows = DayClosing.objects.of(store.company_id).filter(store=store, day__in=possible)
    rows.update(is_read_due=True, asked_by=by, asked_at=now)
    names = ", ".join(day.strftime("%d/%m/%Y") for day in sorted(possible)[:5])
    record(
        "sync.closing.asked",
        company_id=store.company_id,
        subject=("store", store.pk),
        text=f"Conferência da Loja «{store.name}» pedida: {names}",
        by=by,
        at=now,
        days=len(possible),
    )
    return len(possible)


def days_to_check(store: Store, *, now: datetime) -> list[date]:
    """Return the days that *Conferir agora* is about: today, yesterday, and those with differences."""
    today = now.astimezone(tray.BRASILIA).date()
    wrong = DayClosing.objects.of(store.company_id).filter(store=store, differences_open__gt=0)
    days = {today, today - timedelta(days=1), *wrong.values_list("day", flat=True)[:LOOK_BACK_DAYS]}
    return sorted(day for day in days if store.import_from <= day)


@transaction.atomic
def repair_day(company: Company, closing_id: int, *, by: str, now: datetime) -> int:
    """
    *Reparar*: have everything done at the next sync that may mend the open differences of a day; return how many.

    Orders are read again, cancellations taken in, notas brought to Tray again; then the day is checked once more.

    :raises CannotClose: if nothing differs.
    :raises DayClosing.DoesNotExist: if the company has no such day.
    """
    closing = DayClosing.objects.of(company).select_related("store").select_for_update(of=("self",)).get(pk=closing_id)
    rows = list(closing.differences.filter(settled_at=None))
    if not rows:
        raise CannotClose("Este dia não tem diferença em aberto.")
    sightings = OrderSighting.objects.of(company).filter(store=closing.store, due=OrderSighting.Due.NOTHING)
    for kinds, due in _MENDED_BY:
        tray_ids = [row.tray_id for row in rows if row.kind in kinds]
        sightings.filter(tray_id__in=tray_ids, is_gone=False).update(due=due)
    deliver_again(
        company.pk,
        [],
        order_ids=[row.order_id for row in rows if row.order_id and row.kind in _OF_NOTAS],
        text="Reparo da conferência: a nota é procurada no Tray e enviada se faltar.",
        by=by,
        now=now,
    )
    closing.differences.filter(settled_at=None).update(repair_at=now)
    ask_check(closing.store, [closing.day], by=by, now=now)
    record(
        "sync.closing.repair",
        company_id=company.pk,
        subject=("store", closing.store_id),
        text=f"Reparo de {closing.day:%d/%m/%Y} na Loja «{closing.store.name}» pedido: {len(rows)} diferenças",
        by=by,
        at=now,
        differences=len(rows),
    )
    return len(rows)


@transaction.atomic
def accept_difference(company: Company, difference_id: int, *, why: str, by: str, now: datetime) -> DayDifference:
    """
    Take a difference as right: it counts no more, as long as both sides stay as they are.

    :raises CannotClose: if it is settled already, or no reason is given.
    :raises DayDifference.DoesNotExist: if the company has none such.
    """
    row: DayDifference = (
        DayDifference.objects.of(company)
        .select_related("closing__store")
        .select_for_update(of=("self",))
        .get(pk=difference_id)
    )
    if row.settled_at is not None:
        raise CannotClose("Esta diferença já está resolvida.")
    if not why.strip():
        raise CannotClose("Diga por que a diferença está certa: quem olhar depois precisa saber.")
    closing = DayClosing.objects.of(company).select_for_update(of=("self",)).get(pk=row.closing_id)
    row.settled_at, row.accepted_by, row.accepted_why = now, by, why.strip()[:_LONGEST_WHY]
    row.save(update_fields=["settled_at", "accepted_by", "accepted_why"])
    closing.differences_open = closing.differences.filter(settled_at=None).count()
    closing.differences_settled = closing.differences.exclude(settled_at=None).count()
    closing.state = _state(closing)
    closing.save(update_fields=["differences_open", "differences_settled", "state"])
    record(
        "sync.closing.accepted",
        company_id=company.pk,
        subject=("order", row.order_id),
        text=f"Diferença do pedido {row.tray_id} do Tray aceita: {row.accepted_why}",
        by=by,
        at=now,
        kind=row.kind,
    )
    return row
