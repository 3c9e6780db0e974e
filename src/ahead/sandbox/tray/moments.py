"""Brasília time and money, as Tray writes them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

BRASILIA = timezone(timedelta(hours=-3))
CENT = Decimal("0.01")
ZERO_DATE = "0000-00-00"
ZERO_STAMP = "0000-00-00 00:00:00"

Clock = Callable[[], datetime]


def real_clock() -> datetime:
    """Return the current instant, aware and in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Write an instant as Tray does: Brasília time to the second, without a zone."""
    return moment.astimezone(BRASILIA).strftime("%Y-%m-%d %H:%M:%S")


def day(moment: datetime) -> str:
    """Write the Brasília day of an instant."""
    return stamp(moment)[:10]


def money(amount: object) -> str:
    """
    Write an amount with two decimals and a dot.

    :raises decimal.InvalidOperation: if it is not a number.
    """
    return str(Decimal(str(amount)).quantize(CENT, ROUND_HALF_UP))
