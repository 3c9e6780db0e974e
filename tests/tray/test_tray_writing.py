"""What is written reads back, whatever it holds."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.tray import reading
from ahead.tray.catalogue_reading import read_category_tree, read_product
from ahead.tray.writing import Field, Scalar, body_of, written

SCALARS = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.dates())
FIELDS = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner), st.tuples(inner), st.dictionaries(st.text(), inner))
)
JSON = st.recursive(
    st.one_of(st.text(), st.integers(), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)
KEYS = ("Properties", "metatag", "related_categories", "title", "upon_request", "release_date", "ProductImage", "ipi")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_amounts_are_written_with_a_dot_and_read_back(amount: Decimal) -> None:
    assert reading.money(written(amount)) == amount


@pytest.mark.parametrize(
    ("value", "meant"), [(0, "0"), (Decimal(0), "0"), (Decimal("1E+2"), "100"), (" ", " "), (None, ""), (False, "0")]
)
def test_scalars(value: Scalar, meant: str) -> None:
    assert written(value) == meant


@given(FIELDS)
def test_a_body_keeps_its_shape_and_holds_text_only(value: Field) -> None:
    def same(was: object, now: object) -> bool:
        if isinstance(was, dict):
            return isinstance(now, dict) and was.keys() == now.keys() and all(same(was[key], now[key]) for key in was)
        if isinstance(was, (list, tuple)):
            return isinstance(now, list) and len(was) == len(now) and all(map(same, was, now))
        return isinstance(now, str) and (now == was or not isinstance(was, str))

    assert same(value, json.loads(body_of(value)))


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_no_odd_shape_keeps_a_product_from_being_read(odd: dict[str, object]) -> None:
    read = read_product({"id": "41"} | odd)
    assert (read.properties is None, read.metatags is None) == ("Properties" not in odd, "metatag" not in odd)


@given(st.recursive(st.just([]), lambda inner: st.lists(inner, max_size=3), max_leaves=30))
def test_every_tree_is_told_whole_and_parents_first(shape: list[object]) -> None:
    ids = iter(range(1, 10_000))

    def grown(children: object) -> list[dict[str, object]]:
        assert isinstance(children, list)
        return [{"Category": {"id": str(next(ids)), "children": grown(each) or None}} for each in children]

    told = read_category_tree({"Category": grown(shape)})
    assert sorted(each.id for each in told) == list(range(1, next(ids)))
    before: set[int | None] = {None}
    for each in told:
        assert each.parent_id in before
        before.add(each.id)
