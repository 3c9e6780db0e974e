"""The chapters in their order, each with its sections, and the search in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from ahead.manual import PICTURES, TEXT
from ahead.manual.rendering import Piece, folded, pieces_of

PIXELS = 1.5  # of a picture to each of the page
_SHOWN = 200  # letters of a section that a search shows


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of the manual; its name gives the order and the address."""

    slug: str
    file: str
    source: str
    pieces: tuple[Piece, ...]

    @property
    def title(self) -> str:
        """Its first heading."""
        return self.pieces[0].title

    @property
    def summary(self) -> str:
        """The words between its title and its first section."""
        return self.pieces[0].words

    @property
    def sections(self) -> tuple[Piece, ...]:
        """What a table of contents names."""
        return tuple(piece for piece in self.pieces if piece.level == 2)


@dataclass(frozen=True, slots=True)
class Found:
    """A section that holds what was searched for."""

    chapter: Chapter
    piece: Piece
    excerpt: str


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return all chapters in the order of their numbers."""
    return tuple(_read(path) for path in sorted(TEXT.glob("[0-9][0-9]-*.md")))


def chapter_of(slug: str) -> Chapter | None:
    """Return the chapter of a slug, or None."""
    return next((chapter for chapter in chapters() if chapter.slug == slug), None)


def neighbours(chapter: Chapter) -> tuple[Chapter | None, Chapter | None]:
    """Return the chapters before and after one."""
    every = chapters()
    at = every.index(chapter)
    return (every[at - 1] if at else None), (every[at + 1] if at + 1 < len(every) else None)


def find(query: str) -> list[Found]:
    """Return the sections that hold every word of a query, those with one in their title first."""
    wanted = folded(query).split()
    if not wanted:
        return []
    found = [
        (not all(word in folded(piece.title) for word in wanted), Found(chapter, piece, _excerpt(piece.words, wanted)))
        for chapter in chapters()
        for piece in chapter.pieces
        if all(word in folded(f"{chapter.title} {piece.title} {piece.words}") for word in wanted)
        and any(word in folded(f"{piece.title} {piece.words}") for word in wanted)
    ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


@cache
def size_of_picture(name: str) -> tuple[int, int]:
    """Return how wide and how tall a picture is drawn: it holds more pixels, for sharp screens."""
    with Image.open(PICTURES / name) as picture:
        return round(picture.width / PIXELS), round(picture.height / PIXELS)


def _excerpt(words: str, wanted: list[str]) -> str:
    at = min((place for word in wanted if (place := folded(words).find(word)) >= 0), default=0)
    start = max(0, words.rfind(" ", 0, max(0, at - _SHOWN // 3)) + 1)
    text = words[start:]
    if len(text) > _SHOWN:
        text = f"{text[:_SHOWN].rpartition(' ')[0]} …"
    return ("… " if start else "") + text


def _read(path: Path) -> Chapter:
    source = path.read_text(encoding="utf-8")
    return Chapter(path.stem[3:], path.name, source, tuple(pieces_of(source)))
