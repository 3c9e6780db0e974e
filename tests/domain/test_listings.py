"""Produtos Ecommerce: created, changed, varied, illustrated and ended, each change marked for the sync."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ahead.accounts.models import Company
from ahead.audit.queries import history
from ahead.catalog import image_operations as images
from ahead.catalog import listing_ending as ending
from ahead.catalog import listing_operations as operations
from ahead.catalog.listing_rules import Unfinished, WrongListing
from ahead.catalog.models import Category, KitComponent, Listing, ListingImage, ListingVariant, Product
from ahead.catalog.operations import update_product
from ahead.catalog.publishable import missing_of, price_of
from ahead.catalog.rules import Moved
from ahead.lib.errors import Refused
from ahead.stores.models import Store
from listing_making import SIZES, at_tray, is_marked

pytestmark = pytest.mark.django_db

ANA = "ana@padaria.example"
Make = Callable[..., Listing]


class TestCreating:
    def test_of_a_product_takes_what_the_product_says(self, make_listing: Make, camiseta: Product) -> None:
        listing = make_listing()
        variant = listing.variants.get()

        assert (listing.title, listing.reference, listing.is_draft) == ("Camiseta básica", "CB", False)
        assert (variant.product, variant.tray_variant_id, variant.tray_ids) == (camiseta, 0, None)
        assert (listing.tray_id, listing.is_managed) == (None, True)
        assert price_of(listing, variant) == Decimal("49.90")
        assert is_marked(listing)
        assert {event.by for event in history(listing.company, subject_kind="listing", subject_id=listing.pk)} == {ANA}

    def test_of_a_kit_needs_its_components(
        self, make_listing: Make, padaria: Company, make_product: Callable[..., Product], camiseta: Product
    ) -> None:
        kit = make_product(padaria, code="KIT", name="Kit")
        Product.objects.of(padaria).filter(pk=kit.pk).update(is_kit=True)
        with pytest.raises(Unfinished) as caught:
            make_listing(kit)
        assert [one.field for one in caught.value.missing] == ["kit"]

        KitComponent.objects.create(company=padaria, kit=kit, product=camiseta, quantity=2)
        listing = make_listing(kit)
        assert (listing.is_kit, missing_of(listing)) == (True, [])
        with pytest.raises(WrongListing, match="kit"):
            make_listing(camiseta, kit)

    def test_of_several_products_has_variations_to_be_told_apart(
        self, make_listing: Make, padaria: Company, make_product: Callable[..., Product], camiseta: Product
    ) -> None:
        other = make_product(padaria, code="CAM-2", price=10, **SIZES)
        listing = make_listing(camiseta, other, axes=("Cor", ""), is_draft=True)

        assert [one.product for one in listing.variants.order_by("position")] == [camiseta, other]
        assert [one.text for one in missing_of(listing)] == ["Há variações sem Cor."]

    def test_only_of_what_is_ours(
        self,
        make_listing: Make,
        who: dict[str, Any],
        outra: Company,
        make_product: Callable[..., Product],
        make_store: Callable[..., Store],
        camiseta: Product,
        loja: Store,
    ) -> None:
        with pytest.raises(Product.DoesNotExist):
            make_listing(make_product(outra))
        with pytest.raises(Store.DoesNotExist):
            operations.create_listing(store_id=make_store(outra).pk, product_ids=[camiseta.pk], **who)
        with pytest.raises(WrongListing, match="ao menos um"):
            operations.create_listing(store_id=loja.pk, product_ids=[], **who)

    def test_what_lacks_something_is_a_draft_or_nothing(self, make_listing: Make, padaria: Company) -> None:
        with pytest.raises(Unfinished):
            make_listing(category_id=None)
        assert not Listing.objects.of(padaria).exists()
        assert make_listing(category_id=None, is_draft=True).is_draft


class TestChanging:
    def test_marks_and_tells_only_what_changed(self, make_listing: Make, who: dict[str, Any], padaria: Company) -> None:
        listing = make_listing()
        is_marked(listing)
        same: dict[str, Any] = {"listing_id": listing.pk, "is_draft": False, "title": listing.title}
        operations.update_listing(**same, specifications=[], additional_categories=[], **who)
        assert not is_marked(listing)

        operations.update_listing(**{**same, "title": "Outra"}, specifications=[("Tecido", "Algodão")], **who)
        assert is_marked(listing)
        event = history(padaria, subject_kind="listing", subject_id=listing.pk).last()
        assert event is not None
        assert event.facts["fields"] == ["title", "specifications"]

    def test_one_that_changed_since_it_was_read_stays(self, make_listing: Make, who: dict[str, Any]) -> None:
        listing = make_listing(price=Decimal("39.90"))
        read: dict[str, Any] = {"listing_id": listing.pk, "is_draft": False, "before": {"price": Decimal("39.90")}}
        operations.update_listing(**read, price=Decimal("43.89"), **who)
        is_marked(listing)
        with pytest.raises(Moved, match="«Camiseta básica» mudou neste instante"):
            operations.update_listing(**read, title="Outra", price=Decimal("39.90"), **who)

        listing.refresh_from_db()
        assert (listing.title, listing.price) == ("Camiseta básica", Decimal("43.89"))
        assert not is_marked(listing)

    def test_texts_are_made_safe(self, make_listing: Make) -> None:
        listing = make_listing(description="<p onclick='x'>Bom</p><script>x</script>")

        assert listing.description == "<p>Bom</p>"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"title": " "},
            {"title": "x" * 201},
            {"price": Decimal(-1)},
            {"availability_days": 400},
            {"promotional_price": Decimal(5)},
            {"description": "x" * 4801},
            {"specifications": [("Tecido", "")]},
            {"specifications": [("Tecido", "a"), ("tecido", "b")]},
            {"specifications": [("x" * 101, "b")]},
        ],
    )
    def test_what_is_wrong_changes_nothing(
        self, make_listing: Make, who: dict[str, Any], wrong: dict[str, Any]
    ) -> None:
        listing = make_listing()
        is_marked(listing)
        with pytest.raises(Refused):
            operations.update_listing(listing_id=listing.pk, is_draft=True, **wrong, **who)

        assert not is_marked(listing)

    def test_categories_are_the_store_s_own(
        self,
        make_listing: Make,
        who: dict[str, Any],
        make_store: Callable[..., Store],
        padaria: Company,
        roupas: Category,
    ) -> None:
        listing = make_listing()
        where = {"company": padaria, "created_at": roupas.created_at, "updated_at": roupas.updated_at}
        other = Category.objects.create(store=listing.store, code=2, name="Promoções", **where)
        elsewhere = Category.objects.create(store=make_store(padaria, "Lua"), code=1, name="Roupas", **where)
        common = {"listing_id": listing.pk, "is_draft": False, **who}

        operations.update_listing(**common, additional_categories=[other.pk, roupas.pk])
        assert list(listing.additional_categories.values_list("category", flat=True)) == [other.pk]
        with pytest.raises(WrongListing, match="desta Loja"):
            operations.update_listing(**common, additional_categories=[elsewhere.pk])
        with pytest.raises(WrongListing, match="desta Loja"):
            operations.update_listing(**common, category_id=elsewhere.pk)

    def test_what_is_only_at_tray_or_gone_is_not_ours_to_change(
        self, make_listing: Make, who: dict[str, Any], now: datetime
    ) -> None:
        listing = at_tray(make_listing())
        for facts, words in (({"is_managed": False}, "só foi visto"), ({"gone_at": now}, "apagado no Tray")):
            Listing.objects.of(listing.company_id).filter(pk=listing.pk).update(**{"is_managed": True, **facts})
            with pytest.raises(WrongListing, match=words):
                operations.update_listing(listing_id=listing.pk, is_draft=False, title="x", **who)

    def test_a_product_that_changes_marks_it(self, make_listing: Make, who: dict[str, Any], camiseta: Product) -> None:
        listing = make_listing()
        is_marked(listing)
        update_product(product_id=camiseta.pk, price=60, **who)

        assert is_marked(listing)


def image_of(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(file, "JPEG")
    return file.getvalue()


class TestIllustrating:
    @pytest.fixture(autouse=True)
    def _own_folder(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def test_images_are_added_ordered_and_removed(self, make_listing: Make, who: dict[str, Any]) -> None:
        listing = make_listing()
        images.add_picture(listing_id=listing.pk, content=image_of("red"), **who)
        images.add_address(listing_id=listing.pk, url="https://img.example/a.jpg", **who)
        images.add_picture(listing_id=listing.pk, content=image_of("blue"), **who)
        red, there, blue = listing.images.all()
        is_marked(listing)

        images.order_images(listing_id=listing.pk, image_ids=[blue.pk, red.pk], **who)
        assert list(listing.images.all()) == [blue, red, there]
        assert is_marked(listing)
        images.order_images(listing_id=listing.pk, image_ids=[blue.pk, red.pk, there.pk], **who)
        assert not is_marked(listing)
        images.remove_image(listing_id=listing.pk, image_id=blue.pk, **who)
        assert [(one.pk, one.position) for one in listing.images.all()] == [(red.pk, 0), (there.pk, 1)]
        assert is_marked(listing)

    def test_six_at_most_each_once_and_six_more_of_a_variation(self, make_listing: Make, who: dict[str, Any]) -> None:
        listing = make_listing()
        variant = listing.variants.get()
        for number in range(6):
            images.add_address(listing_id=listing.pk, url=f"https://img.example/{number}.jpg", **who)
        with pytest.raises(WrongListing, match="o máximo"):
            images.add_address(listing_id=listing.pk, url="https://img.example/7.jpg", **who)
        for _ in range(2):
            images.add_picture(listing_id=listing.pk, variant_id=variant.pk, content=image_of("red"), **who)
            with pytest.raises(WrongListing, match="já está"):
                images.add_picture(listing_id=listing.pk, variant_id=variant.pk, content=image_of("red"), **who)
            listing.images.get(variant=variant).delete()

    def test_only_its_own(self, make_listing: Make, who: dict[str, Any], outra: Company) -> None:
        listing, other = make_listing(), make_listing()
        images.add_address(listing_id=other.pk, url="https://img.example/1.jpg", **who)
        with pytest.raises(ListingImage.DoesNotExist):
            images.remove_image(listing_id=listing.pk, image_id=other.images.get().pk, **who)
        with pytest.raises(ListingVariant.DoesNotExist):
            images.add_picture(
                listing_id=listing.pk, variant_id=other.variants.get().pk, content=image_of("red"), **who
            )
        with pytest.raises(Listing.DoesNotExist):
            images.add_address(listing_id=listing.pk, url="https://img.example/1.jpg", **{**who, "company": outra})


class TestEnding:
    def test_one_that_never_was_at_tray_goes_at_once(
        self, make_listing: Make, who: dict[str, Any], padaria: Company
    ) -> None:
        listing = make_listing()
        pk = listing.pk

        assert ending.delete_listing(listing_id=pk, **who)
        assert not Listing.objects.of(padaria).exists()
        event = history(padaria, subject_kind="listing", subject_id=pk).last()
        assert event is not None
        assert event.name == "catalog.listing.deleted"

    def test_one_at_tray_waits_for_the_sync_and_may_be_kept(self, make_listing: Make, who: dict[str, Any]) -> None:
        listing = at_tray(make_listing())

        assert not ending.delete_listing(listing_id=listing.pk, **who)
        assert is_marked(listing)
        assert listing.removed_at is not None
        with pytest.raises(WrongListing, match="será apagado"):
            operations.update_listing(listing_id=listing.pk, is_draft=False, **who)
        assert ending.keep_listing(listing_id=listing.pk, **who).removed_at is None
        assert is_marked(listing)

    def test_one_whose_creation_was_not_answered_may_be_there(
        self, make_listing: Make, who: dict[str, Any], now: datetime
    ) -> None:
        listing = make_listing()
        listing.publication.creating_at = now
        listing.publication.save()

        assert not ending.delete_listing(listing_id=listing.pk, **who)
        assert is_marked(listing)

    def test_one_at_tray_may_be_left_to_the_store(self, make_listing: Make, who: dict[str, Any]) -> None:
        listing = make_listing()
        with pytest.raises(WrongListing, match="não está no Tray"):
            ending.stop_managing(listing_id=listing.pk, **who)
        left = ending.stop_managing(listing_id=at_tray(listing).pk, **who)

        assert (left.is_managed, left.is_dirty, left.tray_id) == (False, False, 900)
        with pytest.raises(WrongListing, match="apague-o lá"):
            ending.delete_listing(listing_id=listing.pk, **who)

    def test_a_promotion_needs_a_lower_price(self, make_listing: Make) -> None:
        days = {"promotion_starts_on": date(2026, 12, 1), "promotion_ends_on": date(2026, 12, 9)}
        with pytest.raises(Unfinished) as caught:  # the product's price is 49.90
            make_listing(promotional_price=Decimal(50), **days)

        assert [one.field for one in caught.value.missing] == ["price"]
        assert make_listing(promotional_price=Decimal("39.90"), **days).promotional_price == Decimal("39.90")
