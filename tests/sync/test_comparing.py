"""Comparing a day is a pure decision: every difference between two random sides is found, and none is invented."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ahead.orders.rules import StatusPlan
from ahead.sync.comparing import AtTray, Here, NotaHere, Repair, compare

IMPORT, VINDI, TAKEN, UNPAID, DEAD, DEAD_TAKEN, SENT = 1, 2, 3, 4, 5, 6, 7
PLAN = StatusPlan(
    frozenset({IMPORT, VINDI}), frozenset({DEAD}), update_id=TAKEN, update_cancelled_id=DEAD_TAKEN, invoiced_id=SENT
)
TEN, TWELVE = Decimal("10.00"), Decimal("12.00")


@dataclass(frozen=True)
class Story:
    """How an order came to be on one side, the other, or both, and what must be said of it."""

    status_id: int | None = IMPORT  # None: not at Tray
    state: str | None = "open"  # None: not here
    total: Decimal | None = TEN
    held_total: Decimal = TEN
    has_invoice: bool = False
    nota: tuple[str, str] | None = None  # state, delivery
    is_gone: bool = False
    is_shown: bool = True
    expected: tuple[str, ...] = ()
    repair: Repair = Repair.NONE


STORIES = [
    Story(),
    Story(VINDI),
    Story(TAKEN, "held"),
    Story(UNPAID),  # it went back to waiting for payment after it came in: no difference of completeness
    Story(SENT, "invoiced", has_invoice=True, nota=("authorised", "delivered")),
    Story(SENT, "open", has_invoice=True, nota=("cancelled", "delivered")),
    Story(total=None),
    Story(UNPAID, None),
    Story(SENT, None),
    Story(DEAD, None),
    Story(DEAD, "cancelled"),
    Story(DEAD_TAKEN, "cancelled", has_invoice=True),
    Story(None, "cancelled"),
    Story(IMPORT, "cancelled", is_gone=True),
    Story(IMPORT, None, is_gone=True),
    Story(IMPORT, None, expected=("missing",), repair=Repair.READ),
    Story(VINDI, None, has_invoice=True, expected=("missing",), repair=Repair.READ),
    Story(TAKEN, None, expected=("missing",), repair=Repair.READ),
    Story(None, "open", expected=("only_here",), repair=Repair.READ),
    Story(IMPORT, "held", is_shown=False, expected=("only_here",), repair=Repair.READ),
    Story(IMPORT, "open", is_gone=True, expected=("only_here",)),
    Story(SENT, "invoiced", is_gone=True, expected=("only_here",)),
    Story(DEAD, "open", expected=("cancelled_there",), repair=Repair.CANCEL),
    Story(DEAD_TAKEN, "held", expected=("cancelled_there",), repair=Repair.CANCEL),
    Story(DEAD, "invoiced", nota=("authorised", "delivered"), has_invoice=True, expected=("cancelled_there",)),
    Story(IMPORT, "cancelled", expected=("cancelled_here",)),
    Story(UNPAID, "cancelled", expected=("cancelled_here",)),
    Story(total=TWELVE, expected=("total",), repair=Repair.READ),
    Story(IMPORT, "invoiced", total=TWELVE, nota=("authorised", "delivered"), has_invoice=True, expected=("total",)),
    Story(has_invoice=True, expected=("nota_there",)),
    Story(has_invoice=True, nota=("rejected", "none"), expected=("nota_there",)),
    Story(has_invoice=True, nota=("authorised", "failed"), expected=("nota_there",)),
    Story(SENT, "invoiced", nota=("authorised", "delivered"), expected=("nota_here",), repair=Repair.DELIVER),
    Story(SENT, "invoiced", nota=("authorised", "due"), expected=("nota_here",)),
    Story(SENT, "invoiced", nota=("authorised", "failed"), expected=("nota_here",)),
]


def theirs_of(tray_id: int, story: Story) -> AtTray | None:
    if story.status_id is None:
        return None
    return AtTray(
        tray_id, story.status_id, "x", story.total, story.has_invoice, is_shown=story.is_shown, is_gone=story.is_gone
    )


def ours_of(tray_id: int, story: Story) -> Here | None:
    if story.state is None:
        return None
    nota = None
    if story.nota:
        state, delivery = story.nota
        nota = NotaHere(tray_id, f"{tray_id}/1", state == "authorised", delivery == "delivered", delivery)
    return Here(tray_id, 10_000 + tray_id, tray_id, story.state, story.held_total, nota=nota)


days = st.dictionaries(st.integers(1, 10**9), st.sampled_from(STORIES), max_size=40)


@given(days)
def test_every_difference_is_found_and_none_is_invented(day: dict[int, Story]) -> None:
    at_tray = {key: one for key, story in day.items() if (one := theirs_of(key, story))}
    here = {key: one for key, story in day.items() if (one := ours_of(key, story))}

    found = compare(at_tray, here, plan=PLAN, is_wanted_day=True)

    expected = {(kind, key) for key, story in day.items() for kind in story.expected}
    assert {one.key for one in found.differences} == expected
    assert len(found.differences) == len(expected)
    assert {one.key: one.repair for one in found.differences} == {
        (kind, key): story.repair for key, story in day.items() for kind in story.expected
    }
    assert all(one.cause and one.remedy and one.turn in {"you", "us", "sefaz"} for one in found.differences)


@given(days)
def test_every_order_is_in_exactly_one_count_of_each_side(day: dict[int, Story]) -> None:
    at_tray = {key: one for key, story in day.items() if (one := theirs_of(key, story))}
    here = {key: one for key, story in day.items() if (one := ours_of(key, story))}
    counts = compare(at_tray, here, plan=PLAN, is_wanted_day=True).counts

    shown = sum(1 for one in at_tray.values() if one.is_shown and not one.is_gone)
    assert counts.tray_orders + counts.tray_cancelled + counts.not_wanted + counts.never_taken_in == shown
    lost = sum(1 for key, one in here.items() if one.state == "cancelled" and key in at_tray and at_tray[key].is_gone)
    assert counts.held_orders + counts.held_cancelled + lost == len(here)


@given(days)
def test_a_day_without_differences_has_the_same_figures_on_both_sides(day: dict[int, Story]) -> None:
    agreeing = {key: story for key, story in day.items() if not story.expected and story.total and story.status_id}
    at_tray = {key: one for key, story in agreeing.items() if (one := theirs_of(key, story))}
    here = {key: one for key, story in agreeing.items() if (one := ours_of(key, story))}
    found = compare(at_tray, here, plan=PLAN, is_wanted_day=True)

    counts = found.counts
    assert found.differences == ()
    assert (counts.tray_orders, counts.tray_total, counts.tray_cancelled, counts.tray_notas) == (
        counts.held_orders,
        counts.held_total,
        counts.held_cancelled,
        counts.held_notas,
    )


@given(days)
def test_what_is_left_out_before_the_first_day_is_explained(day: dict[int, Story]) -> None:
    at_tray = {key: one for key, story in day.items() if (one := theirs_of(key, story))}
    found = compare(at_tray, {}, plan=PLAN, is_wanted_day=False)
    assert found.differences == ()
    shown = sum(1 for one in at_tray.values() if one.is_shown and not one.is_gone)
    assert found.counts.not_wanted + found.counts.never_taken_in == shown
