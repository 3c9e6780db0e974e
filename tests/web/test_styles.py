"""The house rules of the style sheets, and the page that shows every component."""

import re
from pathlib import Path

import pytest
from django.test import RequestFactory

from ahead.web.gallery import gallery

WEB = Path(__file__).parents[2] / "src/ahead/web"
CSS = WEB / "static/ahead/css"
SHEETS = sorted(CSS.rglob("*.css"))
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))


def named(path: Path) -> str:
    return str(path.relative_to(WEB))


@pytest.mark.parametrize("sheet", SHEETS, ids=named)
class TestSheets:
    def test_are_short_and_stand_in_a_layer(self, sheet: Path) -> None:
        text = sheet.read_text(encoding="utf-8")
        assert text.count("\n") <= 200
        assert re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).lstrip().startswith("@layer ")

    def test_select_by_class_and_never_shout(self, sheet: Path) -> None:
        text = sheet.read_text(encoding="utf-8")
        assert "!important" not in text
        assert not re.search(r"#[a-z][\w-]*[^;{}]*\{", text)

    def test_use_only_colours_of_the_tokens(self, sheet: Path) -> None:
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", text)


def test_every_property_used_is_defined() -> None:
    texts = [sheet.read_text(encoding="utf-8") for sheet in SHEETS]
    used = {name for text in texts for name in re.findall(r"var\((--[\w-]+)\)", text)}
    defined = {name for text in texts for name in re.findall(r"(--[\w-]+):", text)}
    assert used - defined == set()


def test_every_sheet_and_script_is_linked() -> None:
    markup = "".join(template.read_text(encoding="utf-8") for template in TEMPLATES)
    files = [*SHEETS, *(WEB / "static/ahead/js").glob("*.js")]
    unlinked = [file.name for file in files if str(file.relative_to(WEB / "static")) not in markup]
    assert unlinked == []


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_templates_carry_neither_styles_nor_scripts(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|hx-on|<script(?![^>]* src=)", text)


def test_the_gallery_shows_everything() -> None:
    request = RequestFactory().get("/componentes/?q=ana&loja=1&pagina=3")
    html = gallery(request).content.decode()
    assert "101–150 de 1.234 pedidos" in html
    assert "Loja: <b>Casa Verde</b>" in html
    assert not re.search(r"\sstyle=|\son[a-z]+=", html)
    assert len(re.findall(r'id="([^"]+)"', html)) > 20
