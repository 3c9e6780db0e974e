"""The manual: its pages, its search, and that what it says is what the screens say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import URLPattern, URLResolver

import ahead
from ahead.manual import PICTURES, TEXT
from ahead.manual.chapters import chapter_of, chapters, find
from ahead.manual.rendering import Links, anchor_of, bold_words, html_of, links_of
from ahead.web.help import SECTIONS, section_for
from ahead.web.templatetags.navigation import MENU
from ahead.web.urls import of_company

SOURCE = Path(ahead.__file__).parent
LINKS = Links(chapter=lambda slug: f"/ajuda/{slug}/", picture=lambda name: f"/f/{name}", size=lambda _: (3, 2))
# what is read on a screen: templates, and the words that code puts there
WORDED = [*SOURCE.rglob("templates/**/*.html"), *SOURCE.rglob("*.py")]
NOT_OURS = ("sandbox", "manual", "migrations")


@pytest.fixture(scope="module")
def words_on_screens() -> str:
    texts = [path.read_text() for path in WORDED if not set(NOT_OURS) & set(path.relative_to(SOURCE).parts)]
    return re.sub(r"\s+", " ", "\n".join(texts))


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_what_the_manual_quotes_is_on_a_screen(chapter, words_on_screens: str) -> None:
    quoted = [name.strip() for text in bold_words(chapter.source) for name in text.split("→")]
    missing = [name for name in quoted if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words_on_screens)]
    assert missing == []


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_links_of_a_chapter_lead_somewhere(chapter) -> None:
    links, shown = links_of(chapter.source)
    for link in links:
        file, _, anchor = unquote(link).partition("#")
        target = next((one for one in chapters() if one.file == file), None) if file else chapter
        assert target, link
        assert not anchor or anchor in {piece.anchor for piece in target.pieces}, link
    assert [name for name in shown if not (TEXT / name).is_file()] == []


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_a_picture_says_in_words_what_it_shows(chapter) -> None:
    assert [line for line in chapter.source.splitlines() if re.search(r"!\[.{0,14}\]", line)] == []


def test_no_two_headings_are_alike() -> None:
    anchors = [piece.anchor for chapter in chapters() for piece in chapter.pieces]
    assert sorted({one for one in anchors if anchors.count(one) > 1}) == []


def test_the_contents_beside_the_files_name_every_chapter() -> None:
    links, _ = links_of((TEXT / "README.md").read_text())
    assert links == [chapter.file for chapter in chapters()]


def test_sections_of_screens_exist() -> None:
    wrong = []
    for section in SECTIONS.values():
        slug, _, anchor = section.partition("#")
        chapter = chapter_of(slug)
        if not chapter or (anchor and anchor not in {piece.anchor for piece in chapter.pieces}):
            wrong.append(section)
    assert wrong == []


def _names(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, f"{pattern.namespace}:")
        else:
            yield f"{before}{pattern.name}"


SCREENS = sorted(set(_names(of_company)))


@pytest.mark.parametrize("route", SCREENS)
def test_every_screen_has_its_place_in_the_manual(route: str) -> None:
    slug, _, anchor = section_for(route).partition("#")
    chapter = chapter_of(slug)
    assert chapter, f"web/help.py names no chapter for {route}"
    assert not anchor or anchor in {piece.anchor for piece in chapter.pieces}


def test_no_section_is_kept_for_a_screen_that_is_gone() -> None:
    areas = {name.partition(":")[0] for name in SCREENS}
    assert set(SECTIONS) - set(SCREENS) - areas - {"account"} == set()


def test_every_place_of_the_menu_has_a_section_of_its_own() -> None:
    assert [place.route for group in MENU for place in group.places if place.route not in SECTIONS] == []


@pytest.mark.django_db
def test_the_help_link_leads_to_the_section_of_the_screen(enter, ana, padaria) -> None:
    page = enter(ana).get(f"/{padaria.slug}/lojas/").content.decode()
    link = re.search(r'<a class="page-head__help" href="([^"]+)"', page)
    assert link
    assert unquote(link[1]) == "/ajuda/lojas/#a-lista-de-lojas"


def test_anchors_are_those_of_github() -> None:
    assert anchor_of("Por que este número?") == "por-que-este-número"
    assert anchor_of("XML, DANFE e etiqueta") == "xml-danfe-e-etiqueta"


def test_no_markup_gets_through() -> None:
    page = html_of('# T\n\n<script>x()</script> [a](javascript:x) <b>fundo</b>\n\n![<i>"](a.png)', LINKS)
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert 'href="javascript' not in page


def test_notes_links_and_pictures_are_drawn() -> None:
    source = "> [!WARNING]\n> Cuidado com **isto**.\n\n[b](02-lojas.md#os-cinco-status)\n\n![Uma tela](figuras/a.png)"
    page = html_of(source, LINKS)
    assert '<blockquote class="manual__note tone-attention">' in page
    assert "<strong>Atenção: </strong>Cuidado com <strong>isto</strong>." in page
    assert 'href="/ajuda/lojas/#os-cinco-status"' in page
    assert '<img src="/f/a.png" alt="Uma tela" width="3" height="2"' in page


def test_the_search_takes_any_spelling() -> None:
    assert find("agenda da loja")[0].piece.title == "A agenda da Loja"
    assert find("AGÊNDA DA LOJA")[0].piece.title == "A agenda da Loja"
    assert find("") == []
    assert find("palavraquenaoexiste") == []


@pytest.mark.django_db
def test_pages_are_open_to_everybody(client: Client) -> None:
    for path in ("/ajuda/", "/ajuda/inteiro/", "/ajuda/busca/?q=loja", *(f"/ajuda/{one.slug}/" for one in chapters())):
        assert client.get(path).status_code == 200, path
    assert client.get("/ajuda/nada-disto/").status_code == 404


@pytest.mark.django_db
def test_a_chapter_is_turned_over_and_its_pictures_are_served(client: Client) -> None:
    page = client.get("/ajuda/lojas/").content.decode()
    assert '<a href="/ajuda/primeiros-passos/" rel="prev">' in page
    served = re.findall(r'<img src="/static/\w+/([^"]+)"', page)
    assert served
    assert [name for name in served if not finders.find(name)] == []


@pytest.mark.django_db
def test_a_search_leads_to_the_section(client: Client) -> None:
    page = client.get("/ajuda/busca/", {"q": "cinco status"}).content.decode()
    assert 'href="/ajuda/lojas/#os-cinco-status"' in page
    assert "Nada encontrado no manual" in client.get("/ajuda/busca/", {"q": "xyzzy"}).content.decode()


def test_pictures_are_light() -> None:
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 6_000_000
