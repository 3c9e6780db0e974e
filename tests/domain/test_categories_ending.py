"""What becomes of the products when a category is taken out, and of one that was deleted at Tray; reading them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.catalog import category_operations as operations
from ahead.catalog import category_queries as queries
from ahead.catalog.category_rules import MOST_LEVELS, WrongCategory, clean_slug, suggested_slug
from ahead.catalog.models import Category, Listing, ListingCategory
from ahead.stores.models import Store
from category_making import ANA, Make, MakeListing, dirty, drawn, make_category, make_listing, synced

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(loja: Store) -> Make:
    return partial(make_category, loja)


@pytest.fixture
def sell(loja: Store) -> MakeListing:
    return partial(make_listing, loja)


class TestTakingOut:
    def remove(self, category: Category, now: datetime, to: Category | None = None) -> operations.Removed:
        return operations.remove_category(
            company=category.company, category_id=category.pk, move_to=to.pk if to else None, by=ANA, now=now
        )

    def test_one_that_never_was_at_tray_goes_at_once(self, make: Make, loja: Store, now: datetime) -> None:
        above = make("Bebidas")
        make("Cafés", above)

        removed = self.remove(above, now)

        assert (removed.waits_for_sync, removed.sold.total) == (False, 0)
        assert drawn(loja) == ["2 Cafés"]
        assert not Category.objects.of(loja.company).filter(pk=above.pk).exists()

    def test_one_at_tray_is_hidden_until_the_sync_deletes_it(self, make: Make, loja: Store, now: datetime) -> None:
        above = make("Bebidas")
        below = make("Cafés", above)
        synced(above, below)

        assert self.remove(above, now).waits_for_sync

        above.refresh_from_db()
        assert (above.removed_at, above.is_dirty) == (now, True)
        assert drawn(loja) == ["2 Cafés"]
        assert dirty(loja) == {"Bebidas", "Cafés"}
        assert [row.name for row in queries.removed_categories(loja)] == ["Bebidas"]
        assert make("Nova", code=1).code == 1
        with pytest.raises(Category.DoesNotExist):
            self.remove(above, now)

    def test_one_whose_creation_was_not_answered_is_left_to_the_sync(
        self, make: Make, loja: Store, now: datetime
    ) -> None:
        one = make("Cafés")
        Category.objects.of(loja.company).filter(pk=one.pk).update(creating_at=now)

        assert self.remove(one, now).waits_for_sync

    def test_one_deleted_at_tray_goes_at_once(self, make: Make, loja: Store, now: datetime) -> None:
        one = make("Cafés")
        synced(one)
        Category.objects.of(loja.company).filter(pk=one.pk).update(gone_at=now)

        assert not self.remove(one, now).waits_for_sync
        assert not Category.objects.of(loja.company).exists()

    def test_products_go_to_another_category_each_once(
        self, make: Make, sell: MakeListing, loja: Store, now: datetime
    ) -> None:
        old, new = make("Velha"), make("Nova")
        rows = [sell(old), sell(old, new), sell(new, old), sell(None, old)]
        apart = sell(new)
        synced(*rows, apart)

        removed = self.remove(old, now, new)

        assert (removed.moved_to, removed.sold) == ("Nova", queries.Sold(main=2, besides=2, lacking=2))
        for row in rows:
            row.refresh_from_db()
        assert [row.category_id for row in rows] == [new.pk, new.pk, new.pk, None]
        besides = ListingCategory.objects.of(loja.company).values_list("listing_id", "category_id")
        assert list(besides) == [(rows[3].pk, new.pk)]
        marked = Listing.objects.of(loja.company).filter(is_dirty=True).values_list("pk", flat=True)
        assert set(marked) == {row.pk for row in rows}

    def test_products_may_stay_without_and_it_says_how_many_that_stops(
        self, make: Make, sell: MakeListing, loja: Store, now: datetime
    ) -> None:
        old = make("Velha")
        ready, draft = sell(old), sell(old, is_draft=True)
        seen = sell(old, is_managed=False, tray_id=77)
        besides = sell(make("Outra"), old)

        removed = self.remove(old, now)

        assert (removed.moved_to, removed.sold) == ("", queries.Sold(main=3, besides=1, lacking=1))
        for row in (ready, draft, seen):
            row.refresh_from_db()
            assert row.category_id is None
        assert not besides.additional_categories.exists()

    def test_products_do_not_go_where_nothing_can_be_sold(
        self, make: Make, sell: MakeListing, padaria: Company, make_store: Callable[..., Store], now: datetime
    ) -> None:
        old, gone = make("Velha"), make("Apagada")
        Category.objects.of(padaria).filter(pk=gone.pk).update(gone_at=now)
        sell(old)
        for wrong in (old, gone, make_category(make_store(padaria, "Loja da Lua"), "Lá")):
            with pytest.raises(WrongCategory, match="Escolha outra categoria"):
                self.remove(old, now, wrong)

    def test_a_child_that_would_stand_beside_its_name_keeps_it(self, make: Make, loja: Store, now: datetime) -> None:
        above = make("Bebidas")
        make("Cafés", above)
        make("cafes")

        with pytest.raises(WrongCategory, match="«Cafés» ficaria ao lado de outra"):
            self.remove(above, now)

        assert len(drawn(loja)) == 3


class TestMakingAnew:
    def test_one_deleted_at_tray_is_made_anew_by_the_next_sync(
        self, make: Make, sell: MakeListing, loja: Store, now: datetime
    ) -> None:
        one = make("Bebidas")
        below = make("Cafés", one)
        listing = sell(one)
        synced(one, below, listing)
        gone = {"gone_at": now, "problem": "não existe", "confirmed": {"name": "Bebidas"}}
        Category.objects.of(loja.company).filter(pk=one.pk).update(**gone)
        assert queries.category_tree(loja)[0].state == "gone"

        operations.recreate_category(company=loja.company, category_id=one.pk, by=ANA, now=now)

        one.refresh_from_db()
        listing.refresh_from_db()
        assert (one.tray_id, one.gone_at, one.confirmed, one.problem) == (None, None, {}, "")
        assert dirty(loja) == {"Bebidas", "Cafés"}
        assert listing.is_dirty
        assert queries.category_tree(loja)[0].state == "unsynced"

    def test_only_what_was_deleted(self, make: Make, loja: Store, now: datetime) -> None:
        with pytest.raises(WrongCategory, match="não foi apagada no Tray"):
            operations.recreate_category(company=loja.company, category_id=make("Cafés").pk, by=ANA, now=now)


class TestReading:
    def test_the_tree_comes_in_one_query(
        self, make: Make, sell: MakeListing, loja: Store, django_assert_num_queries: Any
    ) -> None:
        bebidas = make("Bebidas")
        cafes = make("Cafés", bebidas)
        sell(cafes, bebidas)
        sell(cafes)
        for number in range(10):
            make(f"Outra {number}")

        with django_assert_num_queries(1):
            rows = queries.category_tree(loja)

        assert [(row.depth, row.path, row.products) for row in rows[:2]] == [
            (1, "Bebidas", 1),
            (2, "Bebidas › Cafés", 2),
        ]
        assert (rows[0].place, rows[0].siblings, rows[0].has_children) == (1, 11, True)
        assert (rows[1].above, rows[2].above) == ("Bebidas", "")

    @pytest.mark.parametrize(
        ("facts", "state"),
        [
            ({}, "unsynced"),
            ({"tray_id": 5}, "changed"),
            ({"tray_id": 5, "is_dirty": False}, "synced"),
            ({"tray_id": 5, "is_dirty": False, "problem": "recusada"}, "problem"),
            ({"tray_id": 5, "is_dirty": False, "problem": "recusada", "gone_at": datetime(2026, 1, 1)}, "gone"),
        ],
    )
    def test_a_category_says_how_it_stands(
        self, make: Make, loja: Store, now: datetime, facts: dict[str, Any], state: str
    ) -> None:
        one = make("Cafés")
        known = {name: now if name == "gone_at" else value for name, value in facts.items()}
        Category.objects.of(loja.company).filter(pk=one.pk).update(**known)

        assert queries.category_tree(loja)[0].state == state
        assert [row.category.name for row in queries.categories(loja, state=state).rows] == ["Cafés"]

    def test_the_list_is_searched_sorted_and_paged(self, make: Make, loja: Store) -> None:
        bebidas = make("Bebidas")
        make("Cafés Especiais", bebidas)
        make("Águas", bebidas)

        def names(**wanted: Any) -> list[str]:
            return [row.category.name for row in queries.categories(loja, **wanted).rows]

        assert names(search="especiais cafe") == ["Cafés Especiais"]
        assert names(search="3") == ["Águas"]
        assert names(sort="name") == ["Águas", "Bebidas", "Cafés Especiais"]
        assert names(sort="-code") == ["Águas", "Cafés Especiais", "Bebidas"]
        assert names(ids=[bebidas.pk]) == ["Bebidas"]
        assert names(size=2, page=9) == ["Águas"]

    def test_what_came_in_a_circle_is_still_there_to_be_mended(self, make: Make, loja: Store, now: datetime) -> None:
        above = make("Bebidas")
        below = make("Cafés", above)
        make("Expresso", below)
        Category.objects.of(loja.company).filter(pk=above.pk).update(parent=below)

        assert drawn(loja) == ["1 Bebidas", "2 - Cafés", "3 - - Expresso"]

        operations.move_category(company=loja.company, category_id=above.pk, parent_id=None, by=ANA, now=now)
        above.refresh_from_db()
        assert above.parent_id is None

    def test_what_may_be_chosen(self, make: Make, loja: Store, now: datetime) -> None:
        rows = [make("Nível 1")]
        for level in range(2, MOST_LEVELS + 1):
            rows.append(make(f"Nível {level}", rows[-1]))
        gone = make("Apagada")
        Category.objects.of(loja.company).filter(pk=gone.pk).update(gone_at=now)

        assert queries.category_options(loja)[1] == (rows[1].pk, "\u2003Nível 2")
        assert [pk for pk, _ in queries.category_options(loja, as_parent=True)] == [row.pk for row in rows[:-1]]
        assert [pk for pk, _ in queries.category_options(loja, without=rows[1].pk, as_parent=True)] == [rows[0].pk]
        assert len(queries.category_options(loja, without=rows[1].pk)) == MOST_LEVELS - 1


def test_slugs() -> None:
    assert suggested_slug("  Pão de Açúcar — 100% integral! ") == "pao-de-acucar-100-integral"
    assert suggested_slug("日本") == ""
    assert clean_slug(" cafe-em-graos ") == "cafe-em-graos"
    for wrong in ("-cafe", "cafe--fino", "Cafe", "café", "a b"):
        with pytest.raises(WrongCategory):
            clean_slug(wrong)
