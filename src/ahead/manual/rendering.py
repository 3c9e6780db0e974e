"""Markdown of a chapter as HTML: links to other chapters, pictures with their size, and notes that stand out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_CHAPTER = re.compile(r"(?:\d\d-)?([a-z0-9-]+)\.md(#.*)?")
_NOTE = re.compile(r"\[!(WARNING|TIP|NOTE)\]\s*")
# what GitHub draws for these three, in our words, with our tones
_NOTES = {"WARNING": ("attention", "Atenção"), "TIP": ("ok", "Dica"), "NOTE": ("accent", "Bom saber")}


@dataclass(frozen=True, slots=True)
class Links:
    """Where things of a chapter lie: other chapters by slug, pictures by file name with their width and height."""

    chapter: Callable[[str], str]
    picture: Callable[[str], str]
    size: Callable[[str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A heading with what stands under it, up to the next one."""

    anchor: str
    title: str
    level: int
    words: str


def anchor_of(title: str) -> str:
    """Return the anchor of a heading, the same that GitHub gives it."""
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.strip().replace(" ", "-")


def folded(text: str) -> str:
    """Return a text as it is searched: small letters without accents."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def pieces_of(source: str) -> list[Piece]:
    """Return the headings of a chapter in their order, each with its words."""
    pieces: list[Piece] = []
    tokens = _parser().parse(source)
    words: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            title = plain(tokens[at + 1])
            words = []
            pieces.append(Piece(anchor_of(title), title, int(token.tag[1]), ""))
        elif token.type == "inline" and tokens[at - 1].type != "heading_open" and pieces:
            words.append(_NOTE.sub("", plain(token)))
            last = pieces[-1]
            pieces[-1] = Piece(last.anchor, last.title, last.level, " ".join(words))
    return pieces


def plain(token: Token) -> str:
    """Return the words of a line without what marks them; pictures are left out."""
    parts = [child.content if child.type in {"text", "code_inline"} else " " for child in _worded(token)]
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def bold_words(source: str) -> list[str]:
    """Return what is bold in a chapter, which is what it quotes from the screens."""
    found = []
    for token in _parser().parse(source):
        children = token.children or []
        for at, child in enumerate(children):
            if child.type == "strong_open":
                found.append(children[at + 1].content)
    return found


def links_of(source: str) -> tuple[list[str], list[str]]:
    """Return where the links of a chapter go, and which pictures it shows."""
    children = [child for token in _parser().parse(source) for child in token.children or []]
    links = [str(child.attrGet("href")) for child in children if child.type == "link_open"]
    return links, [str(child.attrGet("src")) for child in children if child.type == "image"]


def html_of(source: str, links: Links) -> str:
    """Return a chapter as HTML. Markup in the source is shown as text: no HTML gets through."""
    parser = _parser()
    parser.add_render_rule("image", _image)
    parser.add_render_rule("heading_open", _heading)
    tokens = parser.parse(source)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor_of(plain(tokens[at + 1])))
        for child in token.children or []:
            if child.type == "link_open":
                child.attrSet("href", _address(str(child.attrGet("href")), links))
    _mark_notes(tokens)
    _mark_tables(tokens)
    return str(parser.renderer.render(tokens, parser.options, {"links": links}))


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _worded(token: Token) -> list[Token]:
    return [child for child in token.children or [] if child.type in {"text", "code_inline", "softbreak", "hardbreak"}]


def _address(href: str, links: Links) -> str:
    chapter = _CHAPTER.fullmatch(href)
    return links.chapter(chapter[1]) + (chapter[2] or "") if chapter else href


def _image(_self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """Draw a picture at its own size, and let it be opened alone: on a phone it is small."""
    token, links = tokens[at], env["links"]
    name = str(token.attrGet("src")).rpartition("/")[2]
    width, height = links.size(name)
    words = _escaped(token.content)
    address = _escaped(links.picture(name))
    return (
        f'<a class="manual__picture" href="{address}"><img src="{address}" alt="{words}" width="{width}" '
        f'height="{height}" loading="lazy" decoding="async"></a>'
    )


def _heading(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return self.renderToken(tokens, at, options, env)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _mark_notes(tokens: list[Token]) -> None:
    """Let a quotation that begins with [!WARNING], [!TIP] or [!NOTE] be a note with its title."""
    for at, token in enumerate(tokens):
        first = tokens[at + 2] if token.type == "blockquote_open" else None
        children = first.children if first and first.children else []
        found = _NOTE.fullmatch(children[0].content) if children else None
        if found:
            tone, title = _NOTES[found[1]]
            token.attrSet("class", f"manual__note tone-{tone}")
            children[0] = Token("text", "", 0, content=f"{title}: ")
            if len(children) > 1 and children[1].type == "softbreak":
                del children[1]
            children.insert(0, Token("strong_open", "strong", 1))
            children.insert(2, Token("strong_close", "strong", -1))


def _mark_tables(tokens: list[Token]) -> None:
    for token in tokens:
        if token.type == "table_open":
            token.attrSet("class", "table manual__table")
