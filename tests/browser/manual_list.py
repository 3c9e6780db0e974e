"""Every picture of the manual, in the order in which it is taken, and what happens in the demo between two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import manual_scenes as scenes

if TYPE_CHECKING:
    from manual_pictures import Stage

Step = tuple[str, ...]  # what is done, to what, and with what: click, check, fill, choose, follow, open, wait
FIRST_ROW = "tbody .table__title a"


@dataclass(frozen=True)
class Picture:
    """
    One picture: its name begins with the chapter's; `path` is below the company's address, or below all with a slash.

    Of the page what `of` selects is cut out, all of it together, from the top down to at most `tallest`.
    `marks` are numbered in red, in their order, as the steps of the text are.
    """

    name: str
    path: str
    steps: tuple[Step, ...] = ()
    of: str = "main > *"
    marks: tuple[str, ...] = ()
    who: str = "operator"
    width: int = 1100
    tallest: int = 720


@dataclass(frozen=True)
class Happening:
    """Something that comes to pass in the demo before the next picture."""

    does: Callable[[Stage], None] = field(repr=False)


def button(name: str) -> str:
    """Select a button or a link that looks like one."""
    return f'main .button:has-text("{name}")'


LIST: tuple[Picture | Happening, ...] = (
    # ── Primeiros passos ──
    Picture("primeiros-passos-entrar", "/entrar/", of=".plain__main", who="", width=640),
    # ── Lojas ──
    Picture("lojas-lista", "lojas/", marks=(button("Novo Registro"),), who="staff", width=1280),
    Picture("lojas-nova", "lojas/nova/", who="staff", tallest=1100, width=1000),
    Picture("lojas-conexao", "lojas/1/conexao/", who="owner", width=1000),
    Picture("lojas-status", "lojas/1/status/", who="staff", tallest=1000, width=1000),
    Picture("lojas-agenda", "lojas/2/agenda/", who="owner", width=1000),
    Happening(scenes.first_sync),
    Picture("lojas-loja", "lojas/1/", who="owner", tallest=1000),
    Picture("primeiros-passos-inicio", "", of="body", width=1280, tallest=800),
)


def pictures() -> tuple[Picture, ...]:
    """Return the pictures alone."""
    return tuple(one for one in LIST if isinstance(one, Picture))
