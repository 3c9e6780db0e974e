"""Why Tray shows another quantity than it confirmed last, as far as one can tell: a pure decision."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DriftFacts:
    """What is known of one thing sold at Tray as it is read back."""

    shown: int
    confirmed: int
    available: int
    sent: int | None  # the last quantity we wrote; `is_unanswered`: and whose answer never came
    is_unanswered: bool
    is_in_doubt: bool  # an order came, changed or ended at Tray since
    reserved_since: int  # units of orders that came here since Tray confirmed
    is_order_coming: bool  # Tray has orders that are not here yet


def likely_cause(facts: DriftFacts) -> str:
    """Return the likeliest cause; what is surest comes first."""
    if facts.is_unanswered and facts.shown == facts.sent:
        return "unanswered"
    fell = facts.confirmed - facts.shown
    if fell > 0 and (fell == facts.reserved_since or (facts.is_in_doubt and facts.shown == facts.available)):
        return "our_orders"  # Tray lowered its own stock for what is here already
    if fell > 0 and (facts.is_order_coming or fell > facts.reserved_since > 0):
        return "coming"
    if fell < 0 and facts.is_in_doubt:
        return "given_back"
    return "by_hand"
