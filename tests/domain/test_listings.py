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
from ahead.catalog import variant_operations as variants
from ahead.catalog.listing_rules import Unfinished, WrongListing
from ahead.catalog.models import Category, KitComponent, Listing, ListingImage, ListingVariant, Product
from ahead.catalog.operations import update_product
from ahead.catalog.publishable import price_of, why_not_publish
from ahead.catalog.rules import WrongProduct
from ahead.lib.errors import Refused
from ahead.stores.models import Store

pytestmark = pytest.mark.django_db

ANA = "ana@padaria.example"
SIZES = {"weight_g": 300, "length_cm": 30, "width_cm": 20, "height_cm": 5}
Make = Callable[..., Listing]


@pytest.fixture
def who(padaria: Company, now: datetime) -> dict[str, Any]:
    return {"company": padaria, "by": ANA, "now": now}


@pytest.fixture
def roupas(padaria: Company, loja: Store, now: datetime) -> Category:
    return Category.objects.create(company=padaria, store=loja, code=1, name="Roupas", created_at=now, updated_at=now)


@pytest.fixture
def camiseta(padaria: Company, make_product: Callable[..., Product]) -> Product:
    return make_product(padaria, code="CAM-BAS", name="Camiseta básica", reference="CB", price="49.90", **SIZES)


@pytest.fixture
def make(who: dict[str, Any], loja: Store, camiseta: Product, roupas: Category) -> Make:
    """Make a listing that lacks nothing, of the T-shirt unless other products are given."""

    def make(*products: Product, **fields: Any) -> Listing:
        given = {"category_id": roupas.pk, "is_draft": False, **fields}
        ids = [product.pk for product in products or (camiseta,)]
        return operations.create_listing(store_id=loja.pk, product_ids=ids, **who, **given)

    return make


def at_tray(listing: Listing, tray_id: int = 900) -> Listing:
    """Let a listing be at Tray, as the sync leaves it."""
    listing.refresh_from_db()
    Listing.objects.of(listing.company_id).filter(pk=listing.pk).update(tray_id=tray_id, is_dirty=False)
    for place, variant in enumerate(listing.variants.order_by("position")):
        variant.tray_product_id, variant.tray_variant_id = tray_id, place + 1 if listing.has_variants else 0
        variant.save()
    listing.refresh_from_db()
    return listing


def is_marked(listing: Listing) -> bool:
    """Whether the next sync looks at it; after asking it does not."""
    listing.refresh_from_db()
    was = listing.is_dirty
    Listing.objects.of(listing.company_id).filter(pk=listing.pk).update(is_dirty=False)
    return was


class TestCreating:
    def test_of_a_product_takes_what_the_product_says(self, make: Make, camiseta: Product) -> None:
        listing = make()
        variant = listing.variants.get()

        assert (listing.title, listing.reference, listing.is_draft) == ("Camiseta básica", "CB", False)
        assert (variant.product, variant.tray_variant_id, variant.tray_ids) == (camiseta, 0, None)
        assert (listing.tray_id, listing.is_managed) == (None, True)
        assert price_of(listing, variant) == Decimal("49.90")
        assert is_marked(listing)
        assert {event.by for event in history(listing.company, subject_kind="listing", subject_id=listing.pk)} == {ANA}

    def test_of_a_kit_needs_its_components(
        self, make: Make, padaria: Company, make_product: Callable[..., Product], camiseta: Product
    ) -> None:
        kit = make_product(padaria, code="KIT", name="Kit")
        Product.objects.of(padaria).filter(pk=kit.pk).update(is_kit=True)
        with pytest.raises(Unfinished) as caught:
            make(kit)
        assert [one.field for one in caught.value.missing] == ["kit"]

        KitComponent.objects.create(company=padaria, kit=kit, product=camiseta, quantity=2)
        listing = make(kit)
        assert (listing.is_kit, why_not_publish(listing)) == (True, [])
        with pytest.raises(WrongListing, match="kit"):
            make(camiseta, kit)

    def test_of_several_products_has_variations_to_be_told_apart(
        self, make: Make, padaria: Company, make_product: Callable[..., Product], camiseta: Product
    ) -> None:
        other = make_product(padaria, code="CAM-2", price=10, **SIZES)
        listing = make(camiseta, other, axes=("Cor", ""), is_draft=True)

        assert [one.product for one in listing.variants.order_by("position")] == [camiseta, other]
        assert why_not_publish(listing) == ["Há variações sem Cor."]

    def test_only_of_what_is_ours(
        self,
        make: Make,
        who: dict[str, Any],
        outra: Company,
        make_product: Callable[..., Product],
        make_store: Callable[..., Store],
        camiseta: Product,
        loja: Store,
    ) -> None:
        with pytest.raises(Product.DoesNotExist):
            make(make_product(outra))
        with pytest.raises(Store.DoesNotExist):
            operations.create_listing(store_id=make_store(outra).pk, product_ids=[camiseta.pk], **who)
        with pytest.raises(WrongListing, match="ao menos um"):
            operations.create_listing(store_id=loja.pk, product_ids=[], **who)

    def test_what_lacks_something_is_a_draft_or_nothing(self, make: Make, padaria: Company) -> None:
        with pytest.raises(Unfinished):
            make(category_id=None)
        assert not Listing.objects.of(padaria).exists()
        assert make(category_id=None, is_draft=True).is_draft


class TestChanging:
    def test_marks_and_tells_only_what_changed(self, make: Make, who: dict[str, Any], padaria: Company) -> None:
        listing = make()
        is_marked(listing)
        same: dict[str, Any] = {"listing_id": listing.pk, "is_draft": False, "title": listing.title}
        operations.update_listing(**same, specifications=[], additional_categories=[], **who)
        assert not is_marked(listing)

        operations.update_listing(**{**same, "title": "Outra"}, specifications=[("Tecido", "Algodão")], **who)
        assert is_marked(listing)
        event = history(padaria, subject_kind="listing", subject_id=listing.pk).last()
        assert event is not None
        assert event.facts["fields"] == ["title", "specifications"]

    def test_texts_are_made_safe(self, make: Make) -> None:
        listing = make(description="<p onclick='x'>Bom</p><script>x</script>")

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
    def test_what_is_wrong_changes_nothing(self, make: Make, who: dict[str, Any], wrong: dict[str, Any]) -> None:
        listing = make()
        is_marked(listing)
        with pytest.raises(Refused):
            operations.update_listing(listing_id=listing.pk, is_draft=True, **wrong, **who)

        assert not is_marked(listing)

    def test_categories_are_the_store_s_own(
        self, make: Make, who: dict[str, Any], make_store: Callable[..., Store], padaria: Company, roupas: Category
    ) -> None:
        listing = make()
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
        self, make: Make, who: dict[str, Any], now: datetime
    ) -> None:
        listing = at_tray(make())
        for facts, words in (({"is_managed": False}, "só foi visto"), ({"gone_at": now}, "apagado no Tray")):
            Listing.objects.of(listing.company_id).filter(pk=listing.pk).update(**{"is_managed": True, **facts})
            with pytest.raises(WrongListing, match=words):
                operations.update_listing(listing_id=listing.pk, is_draft=False, title="x", **who)

    def test_a_product_that_changes_marks_it(self, make: Make, who: dict[str, Any], camiseta: Product) -> None:
        listing = make()
        is_marked(listing)
        update_product(product_id=camiseta.pk, price=60, **who)

        assert is_marked(listing)


class TestVarying:
    def generate(self, listing: Listing, who: dict[str, Any], **fields: Any) -> int:
        given: dict[str, Any] = {"axes": ("Cor", "Tamanho"), "values_1": ["Preta", "Branca"], "values_2": ["P", "M"]}
        return variants.generate_variants(listing_id=listing.pk, **{**given, **fields}, **who)

    def entry(self, variant: ListingVariant, **changes: Any) -> variants.VariantEntry:
        facts = {
            "variant_id": variant.pk,
            "product_id": variant.product_id,
            "value_1": variant.value_1,
            "value_2": variant.value_2,
            "reference": variant.reference,
            "gtin": variant.product.gtin if variant.product else "",
            "price": None,
            "promotional_price": None,
            "safety_stock": None,
        }
        return variants.VariantEntry(**{**facts, **changes})

    def test_makes_each_combination_once_with_a_product_of_its_own(
        self, make: Make, who: dict[str, Any], padaria: Company
    ) -> None:
        listing = make()

        assert self.generate(listing, who) == 4
        assert self.generate(listing, who, values_2=["P", "M", "G"]) == 2
        rows = list(listing.variants.order_by("position"))
        listing.refresh_from_db()
        assert [one.axes for one in rows][:2] == ["Cor: Preta · Tamanho: P", "Cor: Preta · Tamanho: M"]
        assert [one.product.code for one in rows if one.product][:2] == ["CAM-BAS-PRETA-P", "CAM-BAS-PRETA-M"]
        made = rows[0].product
        assert made is not None
        assert (made.reference, made.name, made.weight_g) == ("CB-PRETA-P", "Camiseta básica Preta P", 300)
        assert (made.price, rows[0].tray_ids) == (Decimal("49.90"), None)
        assert why_not_publish(listing) == []
        assert Product.objects.of(padaria).count() == 7

    def test_takes_products_that_are_there_or_leaves_them_open(
        self, make: Make, who: dict[str, Any], padaria: Company, make_product: Callable[..., Product]
    ) -> None:
        there = make_product(padaria, code="CAM-BAS-PRETA", price=5, **SIZES)
        listing = make()
        self.generate(listing, who, axes=("Cor", ""), values_1=["Preta", "Azul"], values_2=[], makes_products=False)
        listing.refresh_from_db()

        assert [one.product for one in listing.variants.order_by("position")] == [there, None]
        assert listing.is_draft  # it was ready, and lacks a product now
        assert why_not_publish(listing) == ["Variação Azul: escolha o produto."]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"axes": ("", "")},
            {"values_1": []},
            {"values_2": []},
            {"axes": ("Cor", "cor")},
            {"values_1": [str(number) for number in range(101)]},
            {"axes": ("x" * 61, "Tamanho")},
        ],
    )
    def test_refuses_what_are_no_axes(self, make: Make, who: dict[str, Any], wrong: dict[str, Any]) -> None:
        listing = make()
        with pytest.raises(WrongListing):
            self.generate(listing, who, **wrong)
        assert listing.variants.count() == 1

    def test_a_listing_at_tray_without_variations_gets_none(self, make: Make, who: dict[str, Any]) -> None:
        with pytest.raises(WrongListing, match="já está no Tray"):
            self.generate(at_tray(make()), who)

    def test_rows_are_changed_in_place_and_in_their_order(self, make: Make, who: dict[str, Any]) -> None:
        listing = make()
        self.generate(listing, who)
        first, second, *rest = listing.variants.order_by("position")
        is_marked(listing)
        changed = self.entry(second, price=Decimal("39.90"), gtin="789.1000-315507", safety_stock=2, reference="X-1")
        variants.save_variants(listing_id=listing.pk, entries=[changed, self.entry(first)], **who)

        assert list(listing.variants.order_by("position")) == [second, first, *rest]
        second.refresh_from_db()
        assert second.product is not None
        assert (second.price, second.product.gtin, second.safety_stock) == (Decimal("39.90"), "7891000315507", 2)
        assert second.reference == "X-1"
        assert is_marked(listing)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"gtin": "7891000315508"}, "GTIN"),
            ({"price": Decimal(-1)}, "Preço de Preta / M"),
            ({"promotional_price": Decimal(1)}, "informe antes a promoção"),
            ({"safety_stock": 10**7}, "grande demais"),
        ],
    )
    def test_a_wrong_row_changes_nothing(
        self, make: Make, who: dict[str, Any], changes: dict[str, Any], words: str
    ) -> None:
        listing = make()
        self.generate(listing, who)
        first, second, *_ = listing.variants.order_by("position")
        rows = [self.entry(first, reference="other"), self.entry(second, **changes)]
        with pytest.raises((WrongListing, WrongProduct), match=words):
            variants.save_variants(listing_id=listing.pk, entries=rows, **who)

        first.refresh_from_db()
        assert first.reference == "CB-PRETA-P"

    def test_a_product_is_offered_once(self, make: Make, who: dict[str, Any], camiseta: Product) -> None:
        listing = make()
        self.generate(listing, who)
        first, second, *_ = listing.variants.order_by("position")
        with pytest.raises(WrongListing, match="duas variações"):
            variants.save_variants(
                listing_id=listing.pk, entries=[self.entry(second, product_id=first.product_id)], **who
            )
        added = variants.add_variant(listing_id=listing.pk, product_id=camiseta.pk, values=("Azul", "P"), **who)
        assert (added.product, added.reference, added.position) == (camiseta, "CB", 4)
        with pytest.raises(WrongListing, match="duas variações"):
            variants.add_variant(listing_id=listing.pk, product_id=camiseta.pk, values=("Azul", "M"), **who)

    def test_one_at_tray_is_removed_by_the_sync_another_at_once(self, make: Make, who: dict[str, Any]) -> None:
        listing = make()
        self.generate(listing, who, axes=("Cor", ""), values_2=[])
        at_tray(listing)
        self.generate(listing, who, axes=("Cor", ""), values_1=["Azul"], values_2=[])
        old, _, new = listing.variants.order_by("position")

        assert not variants.remove_variant(listing_id=listing.pk, variant_id=old.pk, **who)
        assert variants.remove_variant(listing_id=listing.pk, variant_id=new.pk, **who)
        old.refresh_from_db()
        assert old.removed_at is not None
        assert listing.variants.count() == 2
        assert is_marked(listing)
        with pytest.raises(ListingVariant.DoesNotExist):
            variants.remove_variant(listing_id=listing.pk, variant_id=old.pk, **who)


def image_of(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(file, "JPEG")
    return file.getvalue()


class TestIllustrating:
    @pytest.fixture(autouse=True)
    def _own_folder(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def test_images_are_added_ordered_and_removed(self, make: Make, who: dict[str, Any]) -> None:
        listing = make()
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

    def test_six_at_most_each_once_and_six_more_of_a_variation(self, make: Make, who: dict[str, Any]) -> None:
        listing = make()
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

    def test_only_its_own(self, make: Make, who: dict[str, Any], outra: Company) -> None:
        listing, other = make(), make()
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
    def test_one_that_never_was_at_tray_goes_at_once(self, make: Make, who: dict[str, Any], padaria: Company) -> None:
        listing = make()
        pk = listing.pk

        assert ending.delete_listing(listing_id=pk, **who)
        assert not Listing.objects.of(padaria).exists()
        event = history(padaria, subject_kind="listing", subject_id=pk).last()
        assert event is not None
        assert event.name == "catalog.listing.deleted"

    def test_one_at_tray_waits_for_the_sync_and_may_be_kept(self, make: Make, who: dict[str, Any]) -> None:
        listing = at_tray(make())

        assert not ending.delete_listing(listing_id=listing.pk, **who)
        assert is_marked(listing)
        assert listing.removed_at is not None
        with pytest.raises(WrongListing, match="será apagado"):
            operations.update_listing(listing_id=listing.pk, is_draft=False, **who)
        assert ending.keep_listing(listing_id=listing.pk, **who).removed_at is None
        assert is_marked(listing)

    def test_one_whose_creation_was_not_answered_may_be_there(
        self, make: Make, who: dict[str, Any], now: datetime
    ) -> None:
        listing = make()
        listing.publication.creating_at = now
        listing.publication.save()

        assert not ending.delete_listing(listing_id=listing.pk, **who)
        assert is_marked(listing)

    def test_one_at_tray_may_be_left_to_the_store(self, make: Make, who: dict[str, Any]) -> None:
        listing = make()
        with pytest.raises(WrongListing, match="não está no Tray"):
            ending.stop_managing(listing_id=listing.pk, **who)
        left = ending.stop_managing(listing_id=at_tray(listing).pk, **who)

        assert (left.is_managed, left.is_dirty, left.tray_id) == (False, False, 900)
        with pytest.raises(WrongListing, match="apague-o lá"):
            ending.delete_listing(listing_id=listing.pk, **who)

    def test_a_promotion_needs_a_lower_price(self, make: Make) -> None:
        days = {"promotion_starts_on": date(2026, 12, 1), "promotion_ends_on": date(2026, 12, 9)}
        with pytest.raises(Unfinished) as caught:  # the product's price is 49.90
            make(promotional_price=Decimal(50), **days)

        assert [one.field for one in caught.value.missing] == ["price"]
        assert make(promotional_price=Decimal("39.90"), **days).promotional_price == Decimal("39.90")
