"""Numbers of notas: each is taken once, in the transaction that stores the nota it is for."""

from __future__ import annotations

from ahead.fiscal.models import NumberSeries
from ahead.lib.errors import Refused


class SeriesStopped(Refused):
    """No number is given out: a person must look at the série first."""


def take_number(company_id: int, *, environment: str, serie: int) -> int:
    """
    Return the next number of a série. Call it inside the transaction that stores the nota.

    :raises SeriesStopped: if SEFAZ knows a number of it that we do not.
    """
    NumberSeries.objects.of(company_id).get_or_create(
        environment=environment, serie=serie, defaults={"company_id": company_id}
    )
    row = NumberSeries.objects.of(company_id).select_for_update().get(environment=environment, serie=serie)
    _refuse_stopped(row)
    number = row.next_number
    row.next_number = number + 1
    row.save(update_fields=["next_number"])
    return number


def keep_number(company_id: int, number: int, *, environment: str, serie: int) -> int:
    """
    Return the number of a nota that is made anew: its own, if the série may be used.

    :raises SeriesStopped: if a person must look at the série first.
    """
    for row in NumberSeries.objects.of(company_id).filter(environment=environment, serie=serie):
        _refuse_stopped(row)
    return number


def _refuse_stopped(row: NumberSeries) -> None:
    if row.stopped_because:
        raise SeriesStopped(f"A série {row.serie} está parada: {row.stopped_because}")
