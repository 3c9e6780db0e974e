"""Reading presses of *Gerar Notas*: how far one is, and what became of each order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.db.models import Case, IntegerField, Value, When

from ahead.accounts.models import Company
from ahead.db.paging import Page, paginate
from ahead.db.tenancy import TenantQuerySet
from ahead.fiscal.models import Press, PressOrder

PAGE_SIZE = 50
OUTCOMES: list[tuple[str, str]] = [(str(value), str(label)) for value, label in PressOrder.Outcome.choices]
_NEED_A_PERSON = [PressOrder.Outcome.REJECTED, PressOrder.Outcome.REFUSED]
_WAITS = [PressOrder.Outcome.WAITING, PressOrder.Outcome.UNKNOWN]


def presses(company: Company, *, limit: int = 20) -> Sequence[Press]:
    """Return the latest presses of *Gerar Notas*."""
    return list(Press.objects.of(company).order_by("-asked_at", "-pk")[:limit])


def press(company: Company, press_id: int) -> Press:
    """
    Return one press.

    :raises Press.DoesNotExist: if it is not the company's.
    """
    found: Press = Press.objects.of(company).get(pk=press_id)
    return found


def outcomes(asked: Press) -> Mapping[str, int]:
    """Return how many orders of a press came to what."""
    rows = PressOrder.objects.of(asked.company_id).filter(press=asked)
    return Counter(rows.order_by().values_list("outcome", flat=True))


def pressed(asked: Press) -> Sequence[PressOrder]:
    """Return all orders of a press, those that need a person first."""
    return list(_rows(asked))


def pressed_page(asked: Press, *, outcome: str = "", page: int = 1, size: int = PAGE_SIZE) -> Page[PressOrder]:
    """Return a page of the orders of a press, those that need a person first; with an outcome, of these alone."""
    rows = _rows(asked)
    if outcome in dict(OUTCOMES):
        rows = rows.filter(outcome=outcome)
    return paginate(rows, page=page, size=size)


def left_over(company: Company, press_id: int) -> list[int]:
    """
    Return the orders of a press that have no nota because of something a person can mend.

    :raises Press.DoesNotExist: if it is not the company's.
    """
    rows = PressOrder.objects.of(company).filter(press=press(company, press_id), outcome__in=_NEED_A_PERSON)
    return list(rows.order_by("position").values_list("order_id", flat=True))


def _rows(asked: Press) -> TenantQuerySet[PressOrder]:
    rank = Case(
        When(outcome__in=_NEED_A_PERSON, then=Value(0)),
        When(outcome__in=_WAITS, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = PressOrder.objects.of(asked.company_id).filter(press=asked)
    return rows.select_related("order__customer", "nota__order", "product").order_by(rank, "position")
