"""Bringing notas to Tray: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ahead.lib.brasilia import BRASILIA

# The next run tries again whatever it was; then ever later, since each try spends requests of the day's quota.
_WAITS_MINUTES = (0, 5, 15, 30, 60)
TRIES_BEFORE_ASKING = 5


def next_delivery(tries: int, *, now: datetime) -> datetime:
    """Return when a nota that Tray did not take, so many times in a row by now, is tried again."""
    wait = _WAITS_MINUTES[min(max(tries, 1), len(_WAITS_MINUTES)) - 1]
    return now + timedelta(minutes=wait)


def remedy_until(due_at: datetime | None, remedy: str, *, is_yours: bool, now: datetime) -> str:
    """Return what to do until a nota is tried again: nothing, till a time, where that is not the next run's matter."""
    if is_yours or due_at is None or due_at <= now:
        return remedy
    when = f"{due_at.astimezone(BRASILIA):%H:%M}"
    return f"Nada a fazer: tentamos de novo depois das {when}. Para não esperar, pressione «Reenviar» na nota."


def must_ask(tries: int, *, is_final: bool) -> bool:
    """Whether a person must hear of it: Tray would not have it, or has not taken it for long."""
    return is_final or tries >= TRIES_BEFORE_ASKING


def why_not_resend(*, state: str, tray_order_id: int | None, kind: str = "sale", environment: str = "1") -> str | None:
    """Return the reason a nota cannot be sent to Tray, or None if it can."""
    if kind == "return":
        return "Uma devolução não vai ao Tray: ele guarda só a nota da venda."
    if environment != "1":
        return "A nota é de homologação: não tem valor fiscal e não vai ao Tray."
    if state in {"cancelled", "voided"}:
        return "Esta nota não vale mais: não há o que enviar ao Tray."
    if state != "authorised":
        return "Só uma nota autorizada pela SEFAZ vai ao Tray."
    if tray_order_id is None:
        return "O pedido desta nota não veio de uma Loja: não há Tray para onde enviar."
    return None


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of an order: what Tray sold, and the codes its goods may have in the nota, the surest first."""

    tray_product_id: int
    tray_variant_id: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CfopRow:
    """The CFOP under which one thing sold at Tray was invoiced."""

    tray_product_id: int
    tray_variant_id: int
    cfop: str


def cfops_of(invoiced: Iterable[tuple[str, str]], sold: Sequence[SoldLine]) -> tuple[CfopRow, ...]:
    """
    Return a CFOP for each thing Tray sold, from what was invoiced as (code, CFOP).

    A kit has the CFOP of its first component that has one. What is in no line of the nota is left out: Tray asks
    for no CFOP, and nobody guesses one.
    """
    by_code: dict[str, str] = {}
    for code, cfop in invoiced:
        by_code.setdefault(code, cfop)
    rows: dict[tuple[int, int], CfopRow] = {}
    for line in sold:
        cfop = next((by_code[code] for code in line.codes if code in by_code), "")
        ids = line.tray_product_id, line.tray_variant_id
        if cfop and ids not in rows:
            rows[ids] = CfopRow(*ids, cfop)
    return tuple(rows.values())
