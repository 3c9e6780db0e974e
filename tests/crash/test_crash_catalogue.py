"""
A catalogue that is pushed by processes killed with SIGKILL at every request and every commit of it, and resumed.

Listings, variations, kits and images are made, then all changed. Whatever died where, Tray ends with each of them once,
saying what AHEAD says. The points are not drawn: the n-th is tried until no n-th is left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from crash_killing import STRIDE, Point, Victims, places
from crash_story import new_company
from crash_worker import FAILED, WENT_WELL

from ahead.catalog.models import Listing, ListingImage, ListingVariant
from ahead.sandbox.tray import TraySandbox
from ahead.stock.operations import create_warehouse
from ahead.sync.models import RunState
from catalogue_agreeing import assert_tray_agrees
from catalogue_making import (
    add_category,
    add_image,
    add_kit,
    add_listing,
    add_variant,
    add_varied,
    change,
    compose,
    specify,
)
from sync_stage import BY, Stage, assert_books_balance

pytestmark = [pytest.mark.kill, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1_800)]
Killable = tuple[TraySandbox, str, Victims]


class Catalogue:
    """A Loja with one of each thing that is pushed: a category, a listing, one with variations, a kit."""

    def __init__(self, box: TraySandbox, address: str, number: int) -> None:
        company = new_company(number)
        warehouse = create_warehouse(company=company, name="Depósito", by=BY, now=datetime.now(UTC))
        self.stage = stage = Stage(box, address, company, warehouse).open_store(
            slug=f"loja-{number}", store_id=700_000 + number
        )
        stage.sync()  # the shop is known; from here on it is the catalogue that is sent
        self.mug, self.saucer = (stage.add_ours(code, on_hand=12) for code in ("CAN", "PIR"))
        self.black, self.white, self.green = (stage.add_ours(f"CAM-{code}", on_hand=5) for code in "PBV")
        category = add_category(stage, "Cozinha")
        self.simple = add_listing(stage, self.mug, category)
        add_listing(stage, self.saucer, category)
        for place in range(3):
            add_image(stage, self.simple, f"https://fotos.example/caneca-{place}.jpg", place)
        specify(stage, self.simple, Material="Louça")
        self.shirt = add_varied(stage, "Camiseta", {("Preta",): self.black, ("Branca",): self.white}, category)
        add_image(stage, self.shirt, "https://fotos.example/camiseta.jpg")
        self.kit = add_kit(stage, "KIT", [(self.mug, 1), (self.saucer, 2)], category=category)

    def change_everything(self) -> None:
        """Change what each of them says; a variation comes, another goes, and the kit is composed anew."""
        stage, now = self.stage, datetime.now(UTC)
        ListingImage.objects.of(stage.company).filter(listing=self.simple).delete()
        for place in range(2):
            add_image(stage, self.simple, f"https://fotos.example/nova-{place}.jpg", place)
        change(self.simple, title="Caneca nova", price=Decimal("41.50"))
        going = ListingVariant.objects.of(stage.company).filter(listing=self.shirt, product=self.black)
        going.update(removed_at=now)
        add_variant(stage, self.shirt, ("Verde",), self.green, position=3)
        change(self.shirt, title="Camiseta de algodão")
        kit = self.kit.variants.get().product
        assert kit is not None
        compose(stage, kit, [(self.mug, 2), (self.saucer, 1)])
        change(self.kit, title="Kit novo")

    def assert_whole(self) -> None:
        """Hold that both sides say the same, each thing once, and that nothing is left to be sent."""
        stage = self.stage
        stage.later()
        stage.sync(asked=1_000)
        stage.later()
        run = stage.sync(asked=1_001)
        assert (run.state, stage.errors(run)) == (RunState.CLEAN, [])
        assert_tray_agrees(stage)
        assert_books_balance(stage.company)
        assert Listing.objects.of(stage.company).filter(new_tray_id__isnull=False).count() == 0
        stage.shop.counters.writes.clear()
        stage.sync(asked=1_002)
        assert stage.shop.counters.writes == [], "and nothing is told again"


@pytest.mark.parametrize("at", ["arrives", "answered", "commit", "committed"])
def test_whatever_point_it_is_killed_at_each_thing_is_made_once_and_says_what_it_should(
    at: str, make_killable: Callable[[int], Killable]
) -> None:
    box, address, victims = make_killable(7)
    deaths = 0
    for number in places():
        catalogue = Catalogue(box, address, number)
        made = _killed_once(catalogue.stage, victims, Point(at, number), asked=1)
        catalogue.change_everything()
        changed = _killed_once(catalogue.stage, victims, Point(at, number), asked=10)
        catalogue.assert_whole()
        deaths += made + changed
        if not (made or changed):
            break
    assert victims.said() == ""
    assert deaths * STRIDE > 20, "the points of this catalogue were too few to say anything"


def _killed_once(stage: Stage, victims: Victims, point: Point, *, asked: int) -> bool:
    """Sync, die at a point if there is one, and let another process go on with it; return whether one died."""
    code = victims.sync(store_id=stage.store.pk, asked=asked, holder="first", point=point)
    assert code in {None, WENT_WELL, FAILED}, victims.said()
    if code is not None:
        return False
    code = victims.sync(store_id=stage.store.pk, asked=asked, holder="first", point=Point())
    assert code in {WENT_WELL, FAILED}, victims.said()
    return True
