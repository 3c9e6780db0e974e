"""The categories of a store: their codes, their order, their tree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.catalog import category_operations as operations
from ahead.catalog import category_queries as queries
from ahead.catalog.category_rules import MOST_LEVELS, WrongCategory
from ahead.catalog.models import Category
from ahead.stores.models import Store
from category_making import ANA, Make, dirty, drawn, make_category, synced

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(loja: Store) -> Make:
    return partial(make_category, loja)


class TestRegistering:
    def test_the_code_is_the_next_and_the_slug_is_suggested(self, make: Make, loja: Store) -> None:
        first, second = make("  Pães   da casa "), make("Cafés & Chás")

        assert (first.name, first.code, first.slug) == ("Pães da casa", 1, "paes-da-casa")
        assert (second.code, second.slug, second.is_dirty, second.tray_id) == (2, "cafes-chas", True, None)
        [event] = Event.objects.of(loja.company).filter(subject_kind="category", subject_id=first.pk)
        assert event.text == "Categoria «Pães da casa» criada"

    def test_a_taken_code_makes_room_and_only_those_that_moved_are_marked(self, make: Make, loja: Store) -> None:
        rows = [make("Um"), make("Dois"), make("Três", code=5)]
        synced(*rows)

        make("Novo", code=1)

        assert drawn(loja) == ["1 Novo", "2 Um", "3 Dois", "5 Três"]
        assert dirty(loja) == {"Novo", "Um", "Dois"}

    @pytest.mark.parametrize(
        ("wrong", "words", "field"),
        [
            ({"name": " "}, "Informe o campo Nome", ""),
            ({"name": "x" * 256}, "no máximo 255", ""),
            ({"keywords": "x" * 257}, "no máximo 256", ""),
            ({"meta_description": "x" * 257}, "no máximo 256", ""),
            ({"slug": "Café"}, "sem acento", "slug"),
            ({"code": 0}, "de 1 a 999999", "code"),
            ({"name": "CAFES"}, "Já existe a categoria «Cafés» neste nível", "name"),
        ],
    )
    def test_what_does_not_do_is_refused(self, make: Make, wrong: dict[str, Any], words: str, field: str) -> None:
        make("Cafés")

        with pytest.raises(WrongCategory, match=words) as refused:
            make(**{"name": "Outra", **wrong})

        assert refused.value.field == field

    def test_the_same_name_may_stand_elsewhere(
        self, make: Make, padaria: Company, make_store: Callable[..., Store]
    ) -> None:
        bebidas = make("Bebidas")
        make("Promoções")

        assert make("Promoções", bebidas).parent_id == bebidas.pk
        assert make_category(make_store(padaria, "Loja da Lua"), "Promoções").code == 1

    def test_the_tree_is_no_deeper_than_allowed(self, make: Make) -> None:
        above = None
        for level in range(MOST_LEVELS):
            above = make(f"Nível {level}", above)

        with pytest.raises(WrongCategory, match="no máximo 5 níveis"):
            make("Fundo demais", above)

    def test_a_parent_of_another_store_is_no_parent(
        self, make: Make, padaria: Company, make_store: Callable[..., Store]
    ) -> None:
        elsewhere = make_category(make_store(padaria, "Loja da Lua"), "Bebidas")

        with pytest.raises(WrongCategory, match="não tem essa categoria"):
            make("Cafés", elsewhere)

    def test_another_company_has_none_of_it(self, make: Make, outra: Company, loja: Store, now: datetime) -> None:
        one = make("Cafés")

        with pytest.raises(Store.DoesNotExist):
            operations.create_category(company=outra, store_id=loja.pk, name="X", by=ANA, now=now)
        for act in (operations.update_category, operations.remove_category, operations.recreate_category):
            with pytest.raises(Category.DoesNotExist):
                act(company=outra, category_id=one.pk, by=ANA, now=now)
        with pytest.raises(Category.DoesNotExist):
            queries.category(outra, one.pk)


class TestChanging:
    def change(self, category: Category, now: datetime, **changes: Any) -> Category:
        return operations.update_category(company=category.company, category_id=category.pk, by=ANA, now=now, **changes)

    def test_texts_are_changed_and_the_category_marked(self, make: Make, loja: Store, now: datetime) -> None:
        one, other = make("Cafés"), make("Pães")
        synced(one, other)

        self.change(one, now, name="Cafés e chás", slug="", keywords="café, chá", description="Um\n\nDois ")

        one.refresh_from_db()
        assert (one.name, one.slug, one.keywords, one.description) == (
            "Cafés e chás",
            "cafes-e-chas",
            "café, chá",
            "Um\n\nDois",
        )
        assert dirty(loja) == {"Cafés e chás"}

    def test_what_changes_nothing_marks_and_tells_nothing(self, make: Make, loja: Store, now: datetime) -> None:
        one = make("Cafés")
        synced(one)

        self.change(one, now, name="Cafés", code=1, parent_id=None, slug="cafes")

        assert dirty(loja) == set()
        assert Event.objects.of(loja.company).filter(subject_kind="category").count() == 1

    def test_a_code_is_a_place_in_the_list(self, make: Make, loja: Store, now: datetime) -> None:
        *_, last = make("Um"), make("Dois"), make("Três")

        self.change(last, now, code=1)

        assert drawn(loja) == ["1 Três", "2 Um", "3 Dois"]

    def test_another_parent_takes_it_in_as_the_last(self, make: Make, loja: Store, now: datetime) -> None:
        one = make("Cafés")
        above = make("Bebidas")
        make("Chás", above)
        synced(*Category.objects.of(loja.company))

        self.change(one, now, parent_id=above.pk, code=1)

        assert drawn(loja) == ["2 Bebidas", "1 - Chás", "3 - Cafés"]
        assert dirty(loja) == {"Chás", "Cafés"}

    def test_the_name_of_a_sibling_is_refused(self, make: Make, now: datetime) -> None:
        make("Cafés")
        with pytest.raises(WrongCategory, match="Já existe"):
            self.change(make("Pães"), now, name="cafés")

    def test_what_the_rules_refuse_leaves_nothing_behind(self, make: Make, loja: Store, now: datetime) -> None:
        above = make("Bebidas")
        below = make("Cafés", above)

        with pytest.raises(WrongCategory, match="dentro dela mesma"):
            self.change(above, now, name="Outro nome", parent_id=below.pk)

        assert drawn(loja) == ["1 Bebidas", "2 - Cafés"]


class TestMoving:
    def move(self, category: Category, now: datetime, parent: Category | None, before: Category | None = None) -> None:
        ids = {"parent_id": parent.pk if parent else None, "before_id": before.pk if before else None}
        operations.move_category(company=category.company, category_id=category.pk, **ids, by=ANA, now=now)

    def step(self, category: Category, now: datetime, *steps: Any) -> None:
        for one in steps:
            operations.step_category(company=category.company, category_id=category.pk, step=one, by=ANA, now=now)

    def test_the_codes_of_the_siblings_are_dealt_anew(self, make: Make, loja: Store, now: datetime) -> None:
        rows = [make("A"), make("B"), make("C"), make("D")]
        synced(*rows)

        self.move(rows[2], now, None, rows[0])

        assert drawn(loja) == ["1 C", "2 A", "3 B", "4 D"]
        assert dirty(loja) == {"A", "B", "C"}

    def test_step_by_step(self, make: Make, loja: Store, now: datetime) -> None:
        make("A")
        make("B")
        c = make("C")

        self.step(c, now, "up")
        assert drawn(loja) == ["1 A", "2 C", "3 B"]
        self.step(c, now, "in")
        assert drawn(loja) == ["1 A", "2 - C", "3 B"]
        self.step(c, now, "out")
        assert drawn(loja) == ["1 A", "2 C", "3 B"]
        self.step(c, now, "down")
        assert drawn(loja) == ["1 A", "2 B", "3 C"]

    @pytest.mark.parametrize(
        ("step", "words"),
        [("up", "já é a primeira"), ("down", "já é a última"), ("out", "primeiro nível"), ("in", "não tem outra")],
    )
    def test_a_step_that_leads_nowhere_is_refused(self, make: Make, now: datetime, step: Any, words: str) -> None:
        with pytest.raises(WrongCategory, match=words):
            self.step(make("Única"), now, step)

    def test_a_move_that_changes_nothing_marks_nothing(self, make: Make, loja: Store, now: datetime) -> None:
        rows = [make("A"), make("B")]
        synced(*rows)

        self.move(rows[1], now, None)

        assert dirty(loja) == set()
        assert not Event.objects.of(loja.company).filter(name="catalog.category.moved").exists()

    def test_not_beside_its_name_nor_into_itself_nor_before_a_stranger(self, make: Make, now: datetime) -> None:
        above = make("Bebidas")
        below = make("Cafés", above)
        twin = make("CAFÉS")

        with pytest.raises(WrongCategory, match="Já existe a categoria «Cafés» em «Bebidas»"):
            self.move(twin, now, above)
        with pytest.raises(WrongCategory, match="dentro dela mesma"):
            self.move(above, now, below)
        with pytest.raises(WrongCategory, match="A lista mudou"):
            self.move(twin, now, None, below)

    def test_not_under_what_was_deleted_at_tray(self, make: Make, loja: Store, now: datetime) -> None:
        gone, one = make("Bebidas"), make("Cafés")
        Category.objects.of(loja.company).filter(pk=gone.pk).update(gone_at=now)

        with pytest.raises(WrongCategory, match="foi apagada no Tray"):
            self.move(one, now, gone)


NUMBERS = st.integers(min_value=0, max_value=40)
ACTS = st.lists(st.tuples(st.sampled_from(["make", "move", "step", "code", "remove"]), NUMBERS, NUMBERS, NUMBERS))


class TestAnyHistory:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(acts=ACTS)
    def test_keeps_codes_apart_order_as_codes_and_no_circle(
        self, loja: Store, now: datetime, acts: list[tuple[str, int, int, int]]
    ) -> None:
        with transaction.atomic():
            for number, act in enumerate(acts):
                self.do(loja, now, number, *act)
                self.look(loja)
            transaction.set_rollback(True)

    def do(self, loja: Store, now: datetime, number: int, act: str, one: int, other: int, third: int) -> None:
        rows = [row.category.pk for row in queries.category_tree(loja)]
        places = [None, *rows]
        who: dict[str, Any] = {"company": loja.company, "by": ANA, "now": now}
        parent, before = places[other % len(places)], places[third % len(places)]
        try:
            if act == "make" or not rows:
                code = third or None
                operations.create_category(store_id=loja.pk, name=f"C{number}", parent_id=parent, code=code, **who)
                return
            who["category_id"] = rows[one % len(rows)]
            synced_before = self.clean(loja)
            if act == "move":
                operations.move_category(parent_id=parent, before_id=before, **who)
            elif act == "step":
                operations.step_category(step=("up", "down", "in", "out")[other % 4], **who)  # type: ignore[arg-type]
            elif act == "code":
                operations.update_category(code=third + 1, parent_id=parent, **who)
            else:
                operations.remove_category(move_to=before, **who)
            self.check_marks(loja, synced_before)
        except WrongCategory:
            return

    def clean(self, loja: Store) -> dict[int, tuple[int | None, int]]:
        there = Category.objects.of(loja.company)
        there.update(is_dirty=False)
        return {row.pk: (row.parent_id, row.code) for row in there}

    def check_marks(self, loja: Store, before: dict[int, tuple[int | None, int]]) -> None:
        for row in Category.objects.of(loja.company).filter(removed_at=None):
            assert row.is_dirty == (before[row.pk] != (row.parent_id, row.code))

    def look(self, loja: Store) -> None:
        rows = queries.category_tree(loja)
        there = Category.objects.of(loja.company).filter(removed_at=None)
        assert len(rows) == there.count()  # what stands in a circle would not be reached from the root
        codes = [row.category.code for row in rows]
        assert len(set(codes)) == len(codes)
        assert all(0 < code < 1_000_000 for code in codes)
        for parent in {row.category.parent_id for row in rows}:
            beside = [row.category.code for row in rows if row.category.parent_id == parent]
            assert beside == sorted(beside)
        assert all(row.depth <= MOST_LEVELS for row in rows)
