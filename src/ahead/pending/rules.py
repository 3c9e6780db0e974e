"""What a person may judge to be fine as it is: pure decisions."""

from __future__ import annotations

LONGEST_REASON = 200
# Nothing waits for these: they only tell. Any other is closed by its own remedy, or by its cause going away.
DISMISSIBLE = frozenset(
    {
        "order_total",
        "order_document",
        "order_address",
        "order_changed",
        "order_gone",
        "oversold",
        "listing_gone",
        "reference_changed",
        "nota_undelivered",
        "nota_cancelled",
    }
)


def why_not_dismiss(kind: str, *, is_open: bool, holds_order: bool) -> str | None:
    """Return the reason a matter may not be dismissed, or None if it may, with a reason of its own."""
    if not is_open:
        return "Esta pendência já não está em aberto."
    if kind not in DISMISSIBLE:
        return "Esta pendência não pode ser dispensada: só fecha quando a causa se resolve."
    if holds_order:
        return "O pedido está retido por ela. Resolva a causa; dispensada, ele ficaria parado sem ninguém ver."
    return None


def why_not_because(reason: str) -> str | None:
    """Return what is wrong with the reason a person gives for dismissing a matter, or None if it is good enough."""
    if not reason:
        return "Diga por que está tudo certo assim."
    if len(reason) > LONGEST_REASON:
        return f"O motivo pode ter até {LONGEST_REASON} letras."
    return None
