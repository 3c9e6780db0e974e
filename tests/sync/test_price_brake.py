"""The price brake where there is a promotion: what buyers pay, and the price behind it, each by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ahead import tray
from ahead.catalog.listing_operations import update_listing
from ahead.catalog.models import Listing
from ahead.pending.models import Kind
from ahead.sync.catalogue_differences import PriceBrake, PriceMove
from catalogue_making import add_listing
from sync_stage import BY, Stage

TODAY = date(2026, 11, 20)
BRAKE = PriceBrake(40, TODAY)


def promoted(price: str, promotional: str = "", *, ends: date | None = None) -> dict[str, str]:
    return {"price": price, "promotional_price": promotional, "end_promotion": ends.isoformat() if ends else ""}


OVER, LAST_DAY = TODAY - timedelta(days=1), TODAY


@pytest.mark.parametrize(
    ("confirmed", "wanted", "move"),
    [
        (promoted("100.00", "50.00", ends=OVER), promoted("1000.00", "50.00", ends=OVER), ("100.00", "1000.00")),
        (promoted("100.00", "50.00", ends=LAST_DAY), promoted("10.00", "50.00", ends=LAST_DAY), ("100.00", "10.00")),
        (promoted("100.00", "50.00", ends=OVER), promoted("55.00", "50.00", ends=OVER), ("100.00", "55.00")),
        (promoted("100.00", "50.00", ends=OVER), promoted("100.00"), None),
        (promoted("100.00", "50.00", ends=LAST_DAY), promoted("100.00"), ("50.00", "100.00")),
        (promoted("100.00"), promoted("100.00", "50.00", ends=OVER), None),
        (promoted("100.00"), promoted("100.00", "5.00", ends=TODAY + timedelta(days=9)), ("100.00", "5.00")),
        (promoted("100.00"), promoted("100.00", "5.00"), ("100.00", "5.00")),
        (promoted("100.00", "80.00", ends=LAST_DAY), promoted("110.00", "75.00", ends=LAST_DAY), None),
    ],
)  # fmt: skip
def test_both_what_buyers_pay_and_the_price_behind_it_are_judged(
    confirmed: dict[str, str], wanted: dict[str, str], move: tuple[str, str] | None
) -> None:
    expected = PriceMove(*map(Decimal, move)) if move else None
    assert BRAKE.beyond(wanted, confirmed) == expected


def change(stage: Stage, listing: Listing, **changes: Any) -> None:
    now = datetime.now(UTC)
    update_listing(company=stage.company, listing_id=listing.pk, is_draft=False, by=BY, now=now, **changes)


@pytest.mark.django_db(transaction=True)
def test_a_slip_of_the_price_behind_a_promotion_that_is_over_waits(stage: Stage) -> None:
    yesterday = datetime.now(tray.BRASILIA).date() - timedelta(days=1)
    promotion = {"promotional_price": Decimal("50.00"), "promotion_starts_on": yesterday}
    price = Decimal("100.00")
    listing = add_listing(
        stage, stage.add_ours("CAN-350"), title="Caneca", price=price, promotion_ends_on=yesterday, **promotion
    )
    stage.sync()
    (made,) = stage.shop.products.values()

    change(stage, listing, price=Decimal("1000.00"))
    stage.sync()

    assert made.text("price") == "100.00"
    assert stage.matter(Kind.PRICE_BRAKE).facts["examples"] == ["Caneca: 100,00 → 1000,00"]
    change(stage, listing, price=price, promotional_price=None, promotion_starts_on=None, promotion_ends_on=None)
    stage.sync()
    assert (stage.matters(Kind.PRICE_BRAKE), made.text("promotional_price")) == ([], "0.00")
