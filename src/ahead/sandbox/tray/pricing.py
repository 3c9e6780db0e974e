"""What a product or a variant costs today."""

from decimal import Decimal
from typing import TYPE_CHECKING

from ahead.sandbox.tray.moments import ZERO_DATE, day
from ahead.sandbox.tray.records import Sellable

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store


def running_price(store: "Store", item: Sellable) -> Decimal:
    """Return the promotional price while the promotion runs, else the price; an empty bound is open."""
    promotion = Decimal(item.text("promotional_price") or "0")
    if promotion <= 0:
        return item.price
    today = day(store.now)
    first, last = item.text("start_promotion")[:10], item.text("end_promotion")[:10]
    has_begun = first in {"", ZERO_DATE} or first <= today
    has_ended = last not in {"", ZERO_DATE} and last < today
    return promotion if has_begun and not has_ended else item.price
