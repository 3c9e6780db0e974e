"""One day of a store, Tray's side beside ours, order by order: what differs, why, whose turn it is. A pure decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from ahead.lib.money import reais
from ahead.orders.rules import StatusPlan
from ahead.sync.difference_words import Words, words_of

_CANCELLED, _CLOSED = "cancelled", frozenset({"invoicing", "invoiced"})
_NO_WORDS_OF_STATUS = "sem status"


@dataclass(frozen=True, slots=True)
class AtTray:
    """An order placed on the day, as Tray showed it last. `is_shown`: the list of the day still had it."""

    tray_id: int
    status_id: int | None
    status: str
    total: Decimal | None
    has_invoice: bool
    is_shown: bool = True
    is_gone: bool = False  # Tray said 404
    due: str = ""  # what the next sync will do about it
    failure: str = ""  # why it could not be read


@dataclass(frozen=True, slots=True)
class NotaHere:
    """The nota of an order as we hold it. `is_at_tray`: it was delivered there, valid still or cancelled since."""

    pk: int
    name: str
    is_valid: bool
    is_at_tray: bool
    delivery: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """The same order as we hold it."""

    tray_id: int
    order_id: int
    number: int
    state: str
    total: Decimal
    is_cancellation_waiting: bool = False
    is_cancelled_by_tray: bool = False
    nota: NotaHere | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether it is cancelled here."""
        return self.state == _CANCELLED

    @property
    def is_closed(self) -> bool:
        """Whether its content may not change any more: a nota of it exists, or is under way."""
        return self.state in _CLOSED


class Repair(Enum):
    """What mends a difference without harm, whatever its cause."""

    NONE = ""
    READ = "read"  # read the order whole, once more
    CANCEL = "cancel"  # take the cancellation in
    DELIVER = "deliver"  # owe Tray the nota again: it is looked for there before it is sent


@dataclass(frozen=True, slots=True)
class Difference:
    """In what the two sides differ about one order."""

    kind: str
    tray_id: int
    order_id: int | None
    order_number: int | None
    at_tray: str
    here: str
    cause: str
    turn: str
    remedy: str
    repair: Repair = Repair.NONE
    nota_id: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        """By what it is known among the differences of a day."""
        return self.kind, self.tray_id


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of a day; those of Tray leave out what is not to be imported and is not here."""

    tray_orders: int = 0
    held_orders: int = 0
    tray_total: Decimal = Decimal(0)
    held_total: Decimal = Decimal(0)
    tray_cancelled: int = 0
    held_cancelled: int = 0
    tray_notas: int = 0
    held_notas: int = 0
    not_wanted: int = 0
    never_taken_in: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a day came to."""

    counts: Counts
    differences: tuple[Difference, ...]


def compare(
    at_tray: Mapping[int, AtTray], here: Mapping[int, Here], *, plan: StatusPlan, is_wanted_day: bool
) -> Comparison:
    """
    Compare a day id by id; `is_wanted_day` is false for a day before the Loja's first one.

    What is not to be imported, by its status or its day, is counted and is no difference. An order that both sides
    hold is looked at in full, in whatever status it is by now.
    """
    differences = [
        found
        for tray_id in sorted(at_tray.keys() | here.keys())
        for found in _of_order(at_tray.get(tray_id), here.get(tray_id), plan, is_wanted_day=is_wanted_day)
    ]
    return Comparison(_counts(at_tray, here, plan, is_wanted_day=is_wanted_day), tuple(differences))


def _of_order(
    theirs: AtTray | None, ours: Here | None, plan: StatusPlan, *, is_wanted_day: bool
) -> Iterator[Difference]:
    if ours is None:
        if theirs is not None and _is_there(theirs) and is_wanted_day and is_to_be_here(theirs.status_id, plan):
            yield _missing(theirs)
        return
    if theirs is None or not _is_there(theirs):
        if not ours.is_cancelled:
            yield _only_here(theirs, ours)
        return
    is_dead = theirs.status_id in plan.dead_ids
    if is_dead != ours.is_cancelled:
        yield _cancelled_there(theirs, ours) if is_dead else _cancelled_here(theirs, ours)
    elif not is_dead:
        if theirs.total is not None and theirs.total != ours.total:
            yield _total(theirs, ours)
        yield from _notas(theirs, ours)


def is_to_be_here(status_id: int | None, plan: StatusPlan) -> bool:
    """Whether an order in this status must be here: one that is imported, or that we set once it was here."""
    return status_id is not None and (status_id in plan.import_ids or status_id == plan.update_id)


def _is_there(theirs: AtTray) -> bool:
    return theirs.is_shown and not theirs.is_gone


def _status(theirs: AtTray) -> str:
    return f"«{theirs.status}»" if theirs.status else _NO_WORDS_OF_STATUS


def _found(
    kind: str, theirs: AtTray | None, ours: Here | None, sides: tuple[str, str], words: Words, repair: Repair
) -> Difference:
    return Difference(
        kind=kind,
        tray_id=theirs.tray_id if theirs else ours.tray_id if ours else 0,
        order_id=ours.order_id if ours else None,
        order_number=ours.number if ours else None,
        at_tray=sides[0],
        here=sides[1],
        cause=words.cause,
        turn=words.turn,
        remedy=words.remedy,
        repair=repair,
        nota_id=ours.nota.pk if ours and ours.nota else None,
    )


def _missing(theirs: AtTray) -> Difference:
    amount = f" · {reais(theirs.total)}" if theirs.total is not None else ""
    how = "failed" if theirs.failure else ""
    words = words_of("missing", how, failure=theirs.failure)
    return _found("missing", theirs, None, (f"{_status(theirs)}{amount}", "não está"), words, Repair.READ)


def _only_here(theirs: AtTray | None, ours: Here) -> Difference:
    is_gone = theirs is not None and theirs.is_gone
    if is_gone:
        words = words_of("only_here", "closed" if ours.is_closed else "gone")
        return _found("only_here", theirs, ours, ("apagado", reais(ours.total)), words, Repair.NONE)
    words = words_of("only_here", "")
    return _found("only_here", theirs, ours, ("não está na lista", reais(ours.total)), words, Repair.READ)


def _cancelled_there(theirs: AtTray, ours: Here) -> Difference:
    how = "waiting" if ours.is_cancellation_waiting else "closed" if ours.is_closed else ""
    words = words_of("cancelled_there", how)
    repair = Repair.NONE if ours.is_closed else Repair.CANCEL
    return _found("cancelled_there", theirs, ours, (_status(theirs), "vale"), words, repair)


def _cancelled_here(theirs: AtTray, ours: Here) -> Difference:
    words = words_of("cancelled_here", "by_tray" if ours.is_cancelled_by_tray else "")
    return _found("cancelled_here", theirs, ours, (_status(theirs), "cancelado"), words, Repair.NONE)


def _total(theirs: AtTray, ours: Here) -> Difference:
    sides = (reais(theirs.total or Decimal(0)), reais(ours.total))
    if ours.is_closed:
        return _found("total", theirs, ours, sides, words_of("total", "closed"), Repair.NONE)
    return _found("total", theirs, ours, sides, words_of("total", ""), Repair.READ)


def _notas(theirs: AtTray, ours: Here) -> Iterator[Difference]:
    nota = ours.nota
    if theirs.has_invoice:
        if nota is None or not (nota.is_valid or nota.is_at_tray):
            words = words_of("nota_there", "")
            yield _found("nota_there", theirs, ours, ("tem nota", "sem nota"), words, Repair.NONE)
        elif nota.is_valid and nota.delivery == "failed":
            words = words_of("nota_there", "refused", failure=nota.problem)
            yield _found("nota_there", theirs, ours, ("tem outra nota", f"nota {nota.name}"), words, Repair.NONE)
    elif nota is not None and nota.is_valid:
        how = {"due": "due", "failed": "failed"}.get(nota.delivery, "")
        repair = Repair.NONE if how else Repair.DELIVER
        words = words_of("nota_here", how, failure=nota.problem)
        yield _found("nota_here", theirs, ours, ("sem nota", f"nota {nota.name}"), words, repair)


def _counts(
    at_tray: Mapping[int, AtTray], here: Mapping[int, Here], plan: StatusPlan, *, is_wanted_day: bool
) -> Counts:
    there = [one for one in at_tray.values() if _is_there(one)]
    alive = [one for one in there if one.status_id not in plan.dead_ids]
    expected = [one for one in alive if one.tray_id in here or (is_wanted_day and is_to_be_here(one.status_id, plan))]
    standing = [one for one in here.values() if not one.is_cancelled]
    dead = [one for one in there if one.status_id in plan.dead_ids]
    gone = {one.tray_id for one in at_tray.values() if not _is_there(one)}
    return Counts(
        tray_orders=len(expected),
        held_orders=len(standing),
        tray_total=sum((one.total or Decimal(0) for one in expected), Decimal(0)),
        held_total=sum((one.total for one in standing), Decimal(0)),
        tray_cancelled=sum(1 for one in dead if one.tray_id in here),
        # one that was deleted at Tray, and is cancelled here, is no cancellation that Tray could show
        held_cancelled=sum(1 for one in here.values() if one.is_cancelled and one.tray_id not in gone),
        tray_notas=sum(1 for one in expected if one.has_invoice),
        held_notas=sum(1 for one in standing if one.nota and (one.nota.is_valid or one.nota.is_at_tray)),
        not_wanted=len(alive) - len(expected),
        never_taken_in=sum(1 for one in dead if one.tray_id not in here),
    )
