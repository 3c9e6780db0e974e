"""Random histories of a catalogue under faults: once it is quiet, Tray says what AHEAD says, each thing once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ahead.catalog.models import Category, Listing, ListingImage, ListingVariant, Product
from ahead.stock.operations import count_stock
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
from sync_stage import Stage, assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)
FAULTS = ("500", "504", "500-but-done", "timeout-after-commit", "empty")
STEPS = 24


class History:
    """A catalogue that somebody works on, from a seed."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.random, self.made = stage, Random(seed), 0
        self.parts = [stage.add_ours(f"PARTE-{number}", on_hand=40) for number in range(3)]
        for product in self.parts:
            add_listing(stage, product)

    def step(self) -> None:
        """Do one thing."""
        self.random.choice(
            (self.create, self.create_varied, self.create_kit, self.edit, self.edit, self.vary, self.recompose,
             self.picture, self.specify, self.categorise, self.count, self.sell, self.take_out)
        )()  # fmt: skip

    def any(self, **wanted: Any) -> Listing | None:
        """Return a listing that stays."""
        rows = list(Listing.objects.of(self.stage.company).filter(removed_at=None, **wanted).order_by("pk"))
        return self.random.choice(rows) if rows else None

    def product(self) -> Product:
        self.made += 1
        return self.stage.add_ours(f"SKU-{self.made}", on_hand=self.random.randrange(0, 30))

    def create(self) -> None:
        add_listing(self.stage, self.product(), self.category())

    def create_varied(self) -> None:
        colours = self.random.sample(("Preta", "Branca", "Verde"), self.random.randrange(1, 4))
        add_varied(self.stage, f"Camiseta {self.made}", {(one,): self.product() for one in colours}, self.category())

    def create_kit(self) -> None:
        self.made += 1
        add_kit(self.stage, f"KIT-{self.made}", self.composition())

    def composition(self) -> list[tuple[Product, int]]:
        return [(part, self.random.randrange(2, 4)) for part in self.random.sample(self.parts, 2)]

    def category(self) -> Category | None:
        return self.random.choice([*Category.objects.of(self.stage.company).filter(removed_at=None), None])

    def categorise(self) -> None:
        self.made += 1
        add_category(self.stage, f"Categoria {self.made}", parent=self.category())

    def edit(self) -> None:
        if listing := self.any():
            price = Decimal(self.random.randrange(3500, 4400)) / 100
            change(listing, title=f"Título {self.random.randrange(99)}", price=price)

    def vary(self) -> None:
        if listing := self.any(has_variants=True):
            rows = list(listing.variants.filter(removed_at=None))
            if len(rows) > 1 and self.random.random() < 0.5:
                ListingVariant.objects.of(self.stage.company).filter(pk=rows[0].pk).update(removed_at=datetime.now(UTC))
            else:
                self.made += 1
                add_variant(self.stage, listing, (f"Cor {self.made}",), self.product(), position=self.made)
            change(listing)

    def recompose(self) -> None:
        if listing := self.any(is_kit=True):
            kit = listing.variants.get().product
            assert kit is not None
            compose(self.stage, kit, self.composition())

    def picture(self) -> None:
        if listing := self.any():
            ListingImage.objects.of(self.stage.company).filter(listing=listing).delete()
            for place in range(self.random.randrange(0, 4)):
                add_image(self.stage, listing, f"https://fotos.example/{self.random.randrange(6)}{place}.jpg", place)
            change(listing)

    def specify(self) -> None:
        if (listing := self.any()) and not listing.specifications.exists():
            specify(self.stage, listing, Material=f"Tipo {self.random.randrange(9)}")
            change(listing)

    def count(self) -> None:
        count_stock(
            company=self.stage.company, product_id=self.random.choice(self.parts).pk,
            warehouse_id=self.stage.warehouse.pk, counted=self.random.randrange(20, 60), by="ana",
            now=datetime.now(UTC),
        )  # fmt: skip

    def sell(self) -> None:
        shop = self.stage.shop
        if offered := [one for one in shop.products.values() if one.id not in shop.variants_by_product]:
            self.stage.later()
            shop.place_order(items=[(self.random.choice(offered), 1)])

    def take_out(self) -> None:
        listing = self.any(is_kit=False, has_variants=False)
        product = listing.variants.get().product if listing else None
        if listing and product not in self.parts and self.random.random() < 0.5:
            change(listing, removed_at=datetime.now(UTC))


@pytest.mark.parametrize("seed", range(2))
def test_once_it_is_quiet_tray_says_what_ahead_says(stage: Stage, seed: int) -> None:
    history = History(stage, seed)
    for fault in FAULTS:
        stage.shop.faults.rate(fault, 0.06, "* /products*")
        stage.shop.faults.rate(fault, 0.06, "* /categories*")
    for number in range(STEPS):
        history.step()
        if number % 3 == 2:
            stage.sync()
    assert len(stage.shop.faults.struck) >= 3, "the faults of this history were too few to say anything"
    stage.shop.faults.clear()
    stage.age_sweep(hours=25)
    for _ in range(3):
        stage.later()
        run = stage.sync()

    assert [(event.text, event.cause) for event in stage.events(run, "error")] == []
    assert_tray_agrees(stage)
    assert_books_balance(stage.company)
    stage.shop.counters.writes.clear()
    stage.sync()
    assert stage.shop.counters.writes == []
