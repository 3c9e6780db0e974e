"""What a Produto Ecommerce may say and what it lacks: on values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.catalog import listing_rules as rules
from ahead.catalog.rich_text import LONGEST, TooLong, clean_description

SKU = rules.Sku(
    values=("", ""),
    reference="PM-1",
    price=Decimal(10),
    promotional_price=None,
    product_id=7,
    product_code="P7",
    is_kit=False,
    gtin="",
    weight_g=100,
    sizes_cm=(10, 10, 10),
)
OFFER = rules.Offer(
    title="Pão de mel",
    has_category=True,
    is_category_gone=False,
    is_kit=False,
    is_virtual=False,
    is_price_on_request=False,
    axes=("", ""),
    has_variants=False,
    components=0,
    skus=(SKU,),
)
KIT = replace(SKU, is_kit=True, price=Decimal(0), weight_g=0)
VARIED = replace(
    OFFER,
    has_variants=True,
    axes=("Cor", "Tamanho"),
    skus=(replace(SKU, values=("Preta", "P")), replace(SKU, values=("Preta", "M"), product_id=8)),
)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)


class TestWhatIsMissing:
    def test_nothing_of_what_is_whole(self) -> None:
        assert rules.missing(OFFER) == []
        assert rules.missing(VARIED) == []

    @pytest.mark.parametrize(
        ("changes", "text", "field"),
        [
            ({"title": ""}, "título", "title"),
            ({"has_category": False}, "Escolha a categoria", "category"),
            ({"is_category_gone": True}, "removida", "category"),
            ({"skus": ()}, "Escolha o produto", "variants"),
            ({"is_kit": True, "skus": (KIT,)}, "componentes", "kit"),
            ({"is_kit": True, "components": 1}, "deixou de ser um kit", "title"),
            ({"skus": (KIT,)}, "passou a ser um kit", "title"),
            ({"skus": (replace(SKU, product_id=None),)}, "Escolha o produto", "variants"),
            ({"skus": (replace(SKU, reference=""),)}, "referência", "reference"),
            ({"skus": (replace(SKU, price=Decimal(0)),)}, "preço", "price"),
            ({"skus": (replace(SKU, promotional_price=Decimal(10)),)}, "promocional", "price"),
            ({"skus": (replace(SKU, weight_g=0),)}, "peso e medidas", "product"),
            ({"skus": (replace(SKU, sizes_cm=(1, 0, 1)),)}, "peso e medidas", "product"),
            ({"skus": (replace(SKU, gtin="7891000315508"),)}, "GTIN", "product"),
        ],
    )
    def test_each_thing_is_named_with_where_it_is_mended(self, changes: dict[str, Any], text: str, field: str) -> None:
        [one] = rules.missing(replace(OFFER, **changes))

        assert text in one.text
        assert one.field == field

    @pytest.mark.parametrize(
        "changes",
        [
            {"skus": (replace(SKU, price=Decimal(0)),), "is_price_on_request": True},
            {"skus": (replace(SKU, weight_g=0, sizes_cm=(0, 0, 0)),), "is_virtual": True},
            {"skus": (KIT,), "is_kit": True, "components": 2},
        ],
        ids=["on request", "virtual", "kit"],
    )
    def test_some_need_less(self, changes: dict[str, Any]) -> None:
        assert rules.missing(replace(OFFER, **changes)) == []

    @pytest.mark.parametrize(
        ("values", "text"),
        [((("Preta", "P"), ("preta", "p")), "iguais"), ((("Preta", "P"), ("Preta", "")), "sem Cor ou Tamanho")],
    )
    def test_variations_must_be_told_apart(self, values: tuple[tuple[str, str], ...], text: str) -> None:
        skus = tuple(replace(SKU, values=pair, product_id=place) for place, pair in enumerate(values, start=1))

        assert [text in one.text for one in rules.missing(replace(VARIED, skus=skus))] == [True]


@pytest.mark.parametrize(
    ("price", "promotional", "starts", "ends", "field"),
    [
        (10, 10, date(2026, 12, 1), date(2026, 12, 2), "promotional_price"),
        (10, 0, date(2026, 12, 1), date(2026, 12, 2), "promotional_price"),
        (10, 9, None, date(2026, 12, 2), "promotion_starts_on"),
        (10, 9, date(2026, 12, 1), None, "promotion_ends_on"),
        (10, 9, date(2026, 12, 2), date(2026, 12, 1), "promotion_ends_on"),
        (10, None, date(2026, 12, 2), None, "promotional_price"),
    ],
)
def test_half_a_promotion_is_refused(
    price: int, promotional: int | None, starts: date | None, ends: date | None, field: str
) -> None:
    lower = None if promotional is None else Decimal(promotional)
    with pytest.raises(rules.WrongListing) as caught:
        rules.check_promotion(price=Decimal(price), promotional_price=lower, starts_on=starts, ends_on=ends)

    assert caught.value.field == field


def test_a_promotion_may_last_one_day() -> None:
    day = date(2026, 12, 1)
    rules.check_promotion(price=None, promotional_price=Decimal(9), starts_on=day, ends_on=day)


@pytest.mark.parametrize(
    "address", ["https://img.example/a.jpg", " https://img.example/x/a-1.JPEG ", "https://i.example/p.png"]
)
def test_addresses_tray_fetches(address: str) -> None:
    assert rules.clean_address(address) == address.strip()


@pytest.mark.parametrize(
    "address",
    [
        "http://img.example/a.jpg",
        "https://img.example/a.gif",
        "https://img.example/a b.jpg",
        "https://img.example/a.jpg?x=1",
        "javascript:x.jpg",
        "https://" + "a" * 500 + ".jpg",
        'https://img.example/"a.jpg',
    ],
)
def test_addresses_tray_does_not_fetch(address: str) -> None:
    with pytest.raises(rules.WrongListing):
        rules.clean_address(address)


def test_values_are_typed_by_commas_or_lines_and_combined() -> None:
    assert rules.values_in("Preta, branca\n Azul  claro ;preta") == ["Preta", "branca", "Azul claro"]
    assert rules.combinations(["Preta", "Branca"], ["P", "M"]) == [
        ("Preta", "P"), ("Preta", "M"), ("Branca", "P"), ("Branca", "M"),
    ]  # fmt: skip
    assert rules.combinations(["Preta"], []) == [("Preta", "")]


@given(parent=words, values=st.lists(words, max_size=2), count=st.integers(1, 15))
def test_derived_codes_are_each_their_own_and_short(parent: str, values: list[str], count: int) -> None:
    taken: set[str] = set()
    for _ in range(count):
        code = rules.derived_code(parent, values, taken)
        assert 0 < len(code) <= 30
        assert code.upper() not in taken
        taken.add(code.upper())


def test_a_code_says_what_it_is_derived_from() -> None:
    assert rules.derived_code("CAM-BAS", ["Preta", "P"], ()) == "CAM-BAS-PRETA-P"
    assert rules.derived_code("CAM-BAS", ["Açaí c/ limão", ""], {"CAM-BAS-ACAI-C-LIMAO"}) == "CAM-BAS-ACAI-C-LIMAO-2"


class TestDescriptions:
    def test_keep_structure_and_links(self) -> None:
        html = '<h2>Pão</h2><p><strong>bom</strong><br><a href="https://a.example/b">ver</a></p><ul><li>um</li></ul>'

        assert clean_description(html) == html.replace("<a ", "<a ").replace('b">', 'b" rel="noopener">')

    @pytest.mark.parametrize(
        ("html", "kept"),
        [
            ("<p onclick='x()' style='color:red' class='a'>a</p>", "<p>a</p>"),
            ("<p>a</p><script>alert(1)</script><style>p{}</style>", "<p>a</p>"),
            ("<a href='javascript:alert(1)'>a</a>", '<a rel="noopener">a</a>'),
            ("<a href='/dentro'>a</a>", '<a rel="noopener">a</a>'),
            ("<img src=x onerror=alert(1)><p>a</p><iframe src='//x'></iframe>", "<p>a</p>"),
            ("<h1>a</h1>", "a"),
            ("<p><br></p>", ""),
        ],
    )
    def test_lose_everything_else(self, html: str, kept: str) -> None:
        assert clean_description(html) == kept

    @given(words)
    def test_cleaning_twice_changes_nothing(self, text: str) -> None:
        once = clean_description(f"<p>{text}</p><a href='{text}'>{text}</a>")
        assert clean_description(once) == once

    def test_are_as_long_as_tray_takes(self) -> None:
        assert len(clean_description("a" * LONGEST)) == LONGEST
        with pytest.raises(TooLong, match=r"4\.801 letras"):
            clean_description("a" * (LONGEST + 1))
