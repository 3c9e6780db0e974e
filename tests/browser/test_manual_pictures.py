"""The pictures of the manual: the list and the text name the same ones, and a recipe works; "?" leads to the text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from installation import Installation
from manual_list import Picture, pictures
from manual_pictures import Stage, keep
from people import Person
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, expect
from shops import PASSWORD, Shop

from ahead.manual import PICTURES
from ahead.manual.chapters import PIXELS, chapters
from ahead.manual.rendering import links_of


def test_the_list_and_the_text_name_the_same_pictures() -> None:
    """Each picture of the list is shown in its chapter, once, and is there; none lies there for nothing."""
    listed = [picture.name for picture in pictures()]
    shown = [Path(name).stem for chapter in chapters() for name in links_of(chapter.source)[1]]
    assert sorted(listed) == sorted(shown)
    assert sorted(path.stem for path in PICTURES.iterdir()) == sorted(set(listed))


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_a_picture_is_named_after_its_chapter(chapter) -> None:
    names = [Path(name).stem for name in links_of(chapter.source)[1]]
    assert [name for name in names if not name.startswith(f"{chapter.slug}-")] == []


def test_a_recipe_takes_its_picture(
    browser: Browser, installation: Installation, big_shop: Shop, tmp_path: Path
) -> None:
    """What is marked is there, what is shown is no wider than the page, and the same again is not kept again."""
    stage = Stage(browser, installation.address, big_shop.slug)
    stage.seat("operator", big_shop.email("operator"), PASSWORD)
    recipe = Picture("produtos", "produtos/", steps=(("fill", "main input[name=q]", "caneca"),), marks=("main table",))
    image = stage.take(recipe)
    assert 600 * PIXELS < image.width <= recipe.width * PIXELS
    assert image.height <= recipe.tallest * PIXELS
    colours = [colour for _, colour in image.getcolors(image.width * image.height) or []]
    assert len(colours) > 50
    assert (201, 48, 44) in colours  # the mark
    assert keep(image, "produtos", tmp_path)
    assert not keep(image, "produtos", tmp_path)
    ImageDraw.Draw(image).rectangle((0, 0, image.width // 2, image.height // 2), fill="black")
    assert keep(image, "produtos", tmp_path)
    with Image.open(tmp_path / "produtos.png") as kept:
        assert kept.size == image.size


def test_the_key_opens_the_section_in_a_tab_of_its_own(person: Person, shop: Shop) -> None:
    """A half-filled form stays; in a field the key is only a letter."""
    person.log_in(shop)
    person.page.goto(shop.url("produtos/novo/"))
    person.page.wait_for_load_state()
    name = person.textbox("Descrição")
    name.fill("Sonho")
    name.press("?")
    expect(name).to_have_value("Sonho?")
    name.blur()
    with person.page.expect_popup() as opening:
        person.page.keyboard.press("?")
    manual = opening.value
    expect(manual.get_by_role("heading", name="Cadastrar um produto")).to_be_in_viewport()
    assert re.search(r"/ajuda/produtos-e-estoques/#cadastrar", manual.url)
    expect(name).to_have_value("Sonho?")
