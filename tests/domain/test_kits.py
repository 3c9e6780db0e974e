"""Kits: what they may consist of, what they cost, and how many can be assembled of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.catalog import kit_operations, kit_queries, kit_rules, operations
from ahead.catalog import queries as catalog
from ahead.catalog import rules as catalog_rules
from ahead.catalog.kit_rules import Component, WrongKit
from ahead.catalog.matching import match_offered
from ahead.catalog.models import FormerTrayId, KitComponent, Listing, ListingVariant, Product
from ahead.catalog.offered import Offered
from ahead.stock import kits, publishing, queries, rules
from ahead.stock import operations as stock
from ahead.stock.models import PublishedStock, Warehouse
from ahead.stores.models import Store

ANA = "ana@padaria.example"
MakeProduct = Callable[..., Product]
MakeKit = Callable[..., Product]


@pytest.fixture
def make_kit(padaria: Company, make_product: MakeProduct, now: datetime) -> MakeKit:
    """Make a kit of products and units; each may be a whole Component."""

    def make(*parts: tuple[Product, int] | Component, code: str = "") -> Product:
        kit = make_product(padaria, code=code, is_kit=True)
        compose(kit, now, *parts)
        return kit

    return make


def compose(kit: Product, now: datetime, *parts: tuple[Product, int] | Component) -> list[KitComponent]:
    asked = [one if isinstance(one, Component) else Component(one[0].pk, one[1]) for one in parts]
    return kit_operations.set_components(company=kit.company, product_id=kit.pk, components=asked, by=ANA, now=now)


def offer(store: Store, product: Product | None, now: datetime, **fields: Any) -> ListingVariant:
    """Offer a product in a store, seen at Tray."""
    safety = fields.pop("safety_stock", None)
    tray_id = 70 + Listing.objects.of(store.company_id).count()
    row = Listing.objects.create(
        company=store.company, store=store, tray_id=tray_id, title="Anúncio", seen_at=now, **fields
    )
    return ListingVariant.objects.create(
        company=store.company, store=store, listing=row, tray_product_id=tray_id, product=product, safety_stock=safety
    )


@pytest.mark.django_db
class TestComposition:
    def test_is_kept_in_its_order_and_told(
        self, padaria: Company, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        cup, plate = make_product(padaria, code="XIC"), make_product(padaria, code="PIR")
        kit = make_kit((plate, 2), (cup, 1), code="KIT")

        assert [(row.product, row.quantity) for row in kit.components.all()] == [(plate, 2), (cup, 1)]
        compose(kit, now, (cup, 3), (plate, 2))
        compose(kit, now, (cup, 3), (plate, 2))  # once more changes nothing

        assert [(row.product, row.quantity) for row in kit.components.all()] == [(cup, 3), (plate, 2)]
        told = Event.objects.of(padaria).filter(name="catalog.product.composed").order_by("pk")
        assert [event.text for event in told] == [
            "Componentes do kit: 2 × PIR, 1 × XIC",
            "Componentes do kit: 3 × XIC, 2 × PIR (antes: 2 × PIR, 1 × XIC)",
        ]

    def test_that_cannot_be_is_refused(
        self, padaria: Company, outra: Company, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        cup, plate, theirs = make_product(padaria), make_product(padaria), make_product(outra)
        retired = make_product(padaria)
        operations.set_active(company=padaria, product_id=retired.pk, active=False, by=ANA, now=now)
        kit, other = make_kit((cup, 2), code="K1"), make_kit((plate, 2), code="K2")
        for parts, words in (
            ([], "precisa de componentes"),
            ([(cup, 1)], "é o próprio produto"),
            ([(cup, 1), (cup, 1)], "repetido"),
            ([(kit, 1), (cup, 1)], "dele mesmo"),
            ([(other, 1), (cup, 1)], "um kit não entra em outro"),
            ([(retired, 1), (cup, 1)], "desativado"),
            ([(theirs, 1), (cup, 1)], "não existe"),
            ([(plate, 0), (cup, 2)], "quantidade"),
            ([Component(cup.pk, 2, "3")], "preço"),
            ([Component(cup.pk, 2, "2", "%", Decimal(101))], "100%"),
            ([Component(cup.pk, 2, "2", "$", Decimal(0))], "desconto"),
            ([Component(cup.pk, 2, "2", "$", Decimal("0.001"))], "desconto"),
        ):
            with pytest.raises(WrongKit, match=words):
                compose(kit, now, *parts)
        assert [row.quantity for row in kit.components.all()] == [2]
        with pytest.raises(WrongKit, match="não é um kit"):
            compose(cup, now, (plate, 2))

    def test_costs_and_weighs_what_its_components_do(
        self, padaria: Company, make_product: MakeProduct, make_kit: MakeKit
    ) -> None:
        cup = make_product(padaria, price="19.90", weight_g=350)
        plate = make_product(padaria, price="10.00", weight_g=200)
        spoon = make_product(padaria, price="3.33", weight_g=30)
        kit = make_kit(
            (cup, 2), Component(plate.pk, 1, "2", "$", Decimal("2.50")), Component(spoon.pk, 3, "2", "%", Decimal(10))
        )
        found = kit_queries.composition(kit)
        assert [part.unit_price for part in found.parts] == [Decimal("19.90"), Decimal("7.50"), Decimal("3.00")]
        assert (found.price, found.weight_g) == (Decimal("56.30"), 990)
        assert not any(part.is_free for part in found.parts)

    def test_a_discount_never_pays_out(self) -> None:
        given = {"price_rule": "2", "discount_type": "$", "discount_value": Decimal(9)}
        assert kit_rules.price_in_kit(Decimal("8.00"), **given) == 0

    def test_a_product_is_saved_with_its_components_or_not_at_all(
        self, padaria: Company, make_product: MakeProduct, now: datetime
    ) -> None:
        cup = make_product(padaria)

        def save(product_id: int | None, *parts: Component, before: Any = None, **fields: Any) -> Product:
            given: Any = {"code": "K", "name": "Kit", "is_kit": True, **fields}
            return kit_operations.save_product(
                company=padaria, product_id=product_id, fields=given, components=parts, before=before, by=ANA, now=now
            )

        with pytest.raises(WrongKit):
            save(None)
        assert not Product.objects.of(padaria).filter(code="K").exists()
        kit = save(None, Component(cup.pk, 2))
        save(kit.pk, Component(cup.pk, 4), name="Kit novo")
        assert (catalog.product(padaria, kit.pk).name, kit.components.get().quantity) == ("Kit novo", 4)
        read = {"price": kit.price, "is_kit": True}
        operations.update_product(company=padaria, product_id=kit.pk, price=Decimal(9), by=ANA, now=now)
        with pytest.raises(catalog_rules.Moved, match="mudou neste instante"):
            save(kit.pk, Component(cup.pk, 5), before=read)
        assert kit.components.get().quantity == 4
        save(kit.pk, is_kit=False)
        assert not KitComponent.objects.of(padaria).exists()


@pytest.mark.django_db
class TestKitAndStock:
    def test_a_product_with_stock_becomes_no_kit_and_a_kit_holds_none(
        self, padaria: Company, deposito: Warehouse, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        cup = make_product(padaria, on_hand=3)
        with pytest.raises(operations.CannotBeKit, match="já teve estoque"):
            operations.update_product(company=padaria, product_id=cup.pk, is_kit=True, by=ANA, now=now)
        kit = make_kit((cup, 2))
        facts: Any = {"company": padaria, "product_id": kit.pk, "by": ANA, "now": now}
        with pytest.raises(rules.WrongMovement, match="kit"):
            stock.move_stock(warehouse_id=deposito.pk, quantity=1, kind="entry", **facts)
        with pytest.raises(rules.WrongMovement, match="kit"):
            stock.count_stock(warehouse_id=deposito.pk, counted=1, **facts)
        opening = [stock.Opening(kit.pk, deposito.pk, 1)]
        with pytest.raises(rules.WrongMovement, match="kit"):
            stock.set_opening(company=padaria, rows=opening, by=ANA, now=now)

    def test_a_component_becomes_no_kit_and_stays_in_use(
        self, padaria: Company, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        def activate(product: Product, *, active: bool) -> None:
            operations.set_active(company=padaria, product_id=product.pk, active=active, by=ANA, now=now)

        cup = make_product(padaria)
        kit = make_kit((cup, 2), code="KIT-1")
        with pytest.raises(operations.CannotBeKit, match="componente"):
            operations.update_product(company=padaria, product_id=cup.pk, is_kit=True, by=ANA, now=now)
        with pytest.raises(operations.CannotRetire, match="KIT-1"):
            activate(cup, active=False)
        activate(kit, active=False)
        activate(cup, active=False)
        with pytest.raises(operations.CannotRetire, match="desativados"):
            activate(kit, active=True)

    def test_a_kit_at_tray_stays_one(
        self, padaria: Company, loja: Store, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        kit = make_kit((make_product(padaria), 2))
        variant = offer(loja, kit, now, is_kit=True)
        with pytest.raises(operations.CannotBeKit, match="Anúncio"):
            operations.update_product(company=padaria, product_id=kit.pk, is_kit=False, by=ANA, now=now)
        operations.unlink_variant(company=padaria, variant_id=variant.pk, by=ANA, now=now)
        operations.update_product(company=padaria, product_id=kit.pk, is_kit=False, by=ANA, now=now)

    def test_a_kit_is_linked_to_kits_only(
        self, padaria: Company, loja: Store, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        cup = make_product(padaria, reference="KX")
        kit = make_kit((cup, 2))
        variant = offer(loja, None, now, is_kit=True, reference="KX")
        assert catalog.suggestions(variant) == []
        with pytest.raises(operations.CannotLink, match="é um kit no Tray"):
            operations.link_variant(company=padaria, variant_id=variant.pk, product_id=cup.pk, by=ANA, now=now)
        operations.link_variant(company=padaria, variant_id=variant.pk, product_id=kit.pk, by=ANA, now=now)

    def test_what_tray_calls_a_kit_is_matched_among_kits_and_by_its_former_id(
        self, padaria: Company, loja: Store, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        cup = make_product(padaria, reference="XIC")
        kit = make_kit((cup, 2))
        operations.update_product(company=padaria, product_id=kit.pk, reference="KIT", by=ANA, now=now)
        known = offer(loja, None, now, is_kit=True)
        ids = (known.tray_product_id or 0, 0)

        def match(reference: str, tray_id: int) -> int | None:
            thing = Offered(tray_id, 0, title="Kit", reference=reference, gtin="")
            return match_offered(padaria.pk, loja.pk, [thing], now=now)[tray_id, 0].product_id

        assert match("XIC", ids[0]) is None  # the line of an order does not say that it is a kit; the catalogue did
        assert match("KIT", ids[0]) == kit.pk
        FormerTrayId.objects.create(company=padaria, store=loja, listing=known.listing, tray_id=7, until=now)
        assert match("", 7) == kit.pk
        assert not Listing.objects.of(padaria).filter(tray_id=7).exists()

    def test_its_stock_is_never_sent(
        self, padaria: Company, loja: Store, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        cup = make_product(padaria, on_hand=9)
        mine, kit, plain = offer(loja, cup, now), make_kit((cup, 2)), make_product(padaria, on_hand=1)
        offer(loja, kit, now, is_kit=True)
        offer(loja, kit, now)  # Tray takes it for an ordinary product
        offer(loja, plain, now, is_kit=True)
        assert [change.variant_id for change in publishing.stock_changes(loja)] == [mine.pk]

    def test_what_moves_a_kit_at_tray_puts_its_components_in_doubt(
        self, padaria: Company, loja: Store, make_store: Any, make_product: MakeProduct, make_kit: MakeKit,
        now: datetime,
    ) -> None:  # fmt: skip
        cup, plate = make_product(padaria, on_hand=9), make_product(padaria, on_hand=9)
        elsewhere = offer(make_store(padaria, "Loja da Lua"), cup, now)
        mine, other = offer(loja, cup, now), offer(loja, plate, now)
        kit = offer(loja, make_kit((cup, 2)), now, is_kit=True)
        for row in (mine, other, elsewhere):
            PublishedStock.objects.create(
                company=padaria, store=row.store, variant=row, confirmed=9, confirmed_at=now, sent=9, sent_at=now
            )
        publishing.doubt(padaria.pk, [kit.pk], moved_at=now)
        doubted = PublishedStock.objects.of(padaria).filter(is_in_doubt=True)
        assert [row.variant_id for row in doubted] == [mine.pk]


@pytest.mark.django_db
class TestAvailability:
    def test_is_what_the_scarcest_component_is_enough_for(
        self, padaria: Company, loja: Store, make_product: MakeProduct, make_kit: MakeKit, now: datetime
    ) -> None:
        Store.objects.of(padaria).update(safety_stock=1)
        loja.refresh_from_db()
        cup, plate = make_product(padaria, code="XIC", on_hand=10), make_product(padaria, code="PIR", on_hand=7)
        offer(loja, plate, now, safety_stock=3)
        kit = make_kit((cup, 3), (plate, 2))
        offer(loja, kit, now, is_kit=True)

        found = kits.kits_in_stores(padaria, [kit.pk], [loja])[kit.pk, loja.pk]
        assert [(part.available, part.kits) for part in found.parts] == [(9, 3), (4, 2)]
        assert (found.available, [part.product for part in found.limits]) == (2, [plate])
        assert kits.kits_in_hand(padaria, [kit.pk])[kit.pk].available == 3

        why = queries.why(padaria, kit.pk)
        [store] = why.stores
        assert why.kit
        assert (why.kit.available, store.available, store.kit, store.differs) == (3, 2, found, False)
        [sold] = queries.why(padaria, plate.pk).stores
        assert (sold.safety_stock, sold.available) == (3, 4)

    def test_of_many_kits_costs_as_many_queries_as_of_one(
        self, padaria: Company, loja: Store, make_product: MakeProduct, make_kit: MakeKit,
        django_assert_num_queries: Any,
    ) -> None:  # fmt: skip
        made = [make_kit((make_product(padaria, on_hand=number), 2)).pk for number in range(2, 8)]
        for some in (made[:1], made):
            with django_assert_num_queries(5):
                found = kits.kits_in_stores(padaria, some, [loja])
        assert [found[pk, loja.pk].available for pk in made] == [1, 1, 2, 2, 3, 3]
        with django_assert_num_queries(2):
            kits.kits_in_hand(padaria, made)

    def test_a_kit_without_components_cannot_be_assembled(
        self, padaria: Company, loja: Store, make_product: MakeProduct, now: datetime
    ) -> None:
        kit = make_product(padaria, is_kit=True)
        offer(loja, kit, now, is_kit=True)
        why = queries.why(padaria, kit.pk)
        assert why.kit
        assert (why.kit.available, why.stores[0].available) == (0, 0)

    @given(st.lists(st.tuples(st.integers(-20, 500), st.integers(1, 12)), max_size=6))
    def test_is_the_most_that_can_be_taken_out(self, parts: list[tuple[int, int]]) -> None:
        most = rules.assembled(parts)
        assert most >= 0
        if parts:
            assert all(most * quantity <= max(available, 0) for available, quantity in parts)
            assert any((most + 1) * quantity > max(available, 0) for available, quantity in parts)
        else:
            assert most == 0


class TestMeasures:
    @pytest.mark.parametrize(
        ("text", "grams"),
        [
            ("350 g", 350), ("0,35 kg", 350), ("0.35kg", 350), ("500", 500), ("1.200 g", 1200), ("1,2 KG", 1200),
            ("1.250,5 kg", 1_250_500), ("", 0), ("2 kg", 2000),
        ],
    )  # fmt: skip
    def test_a_weight_is_read_as_people_write_it(self, text: str, grams: int) -> None:
        assert catalog_rules.read_weight(text) == grams

    @pytest.mark.parametrize("text", ["meio quilo", "0,3505 kg", "1.200 kg", "3,5 g", "-2 kg", "1,2,3 kg", "20000 kg"])
    def test_what_cannot_be_meant_is_asked_again(self, text: str) -> None:
        with pytest.raises(catalog_rules.WrongProduct):
            catalog_rules.read_weight(text)

    @given(st.integers(0, 10_000_000))
    def test_what_is_written_is_read_back(self, grams: int) -> None:
        assert catalog_rules.read_weight(catalog_rules.weight_text(grams)) == grams
