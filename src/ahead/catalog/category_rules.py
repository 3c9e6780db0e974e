"""How a category is written down, and where in the tree of its store it may stand: pure decisions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ahead.catalog.rules import clean_text
from ahead.lib.errors import Refused
from ahead.lib.wording import folded

MOST_LEVELS = 5
HIGHEST_CODE = 999_999
LONGEST_DESCRIPTION = 10_000
# lengths of Tray's own fields (page "Categorias")
LONGEST_NAME, LONGEST_KEYWORDS, LONGEST_SMALL = 255, 256, 500
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Step = Literal["up", "down", "in", "out"]


class WrongCategory(Refused):
    """A category may not be so, or may not stand there; the message says why, `field` where it is mended."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


# ── what it says ───────────────────────────────────────────────────────────────────────────────────────────


def clean_slug(text: str) -> str:
    """
    Return the address of a category in the shop.

    :raises WrongCategory: if it holds anything but a-z, 0-9 and single hyphens between them.
    """
    slug = text.strip()
    if slug and (not _SLUG.fullmatch(slug) or len(slug) > LONGEST_NAME):
        raise WrongCategory(
            "O endereço na loja só pode ter letras de a a z sem acento, números e hífens, como «cafe-em-graos».",
            field="slug",
        )
    return slug


def suggested_slug(name: str) -> str:
    """Return an address that a name may have in the shop: "Café em grãos" is "cafe-em-graos"."""
    return re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:LONGEST_NAME].strip("-")


def clean_code(code: int) -> int:
    """
    Return the code of a category.

    :raises WrongCategory: if it is not from 1 to 999,999.
    """
    if not 1 <= code <= HIGHEST_CODE:
        raise WrongCategory(f"O código deve ser um número de 1 a {HIGHEST_CODE}.", field="code")
    return code


def clean_description(text: str) -> str:
    """
    Return a description with its lines as they are.

    :raises WrongCategory: if it is beyond all measure.
    """
    clean = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if len(clean) > LONGEST_DESCRIPTION:
        raise WrongCategory(f"A descrição pode ter no máximo {LONGEST_DESCRIPTION} letras.", field="description")
    return clean


def _text(label: str, longest: int, *, is_required: bool = False) -> Callable[[str], str]:
    return lambda text: clean_text(text, label=label, longest=longest, is_required=is_required, wrong=WrongCategory)


CLEAN: dict[str, Callable[[Any], Any]] = {
    "name": _text("Nome", LONGEST_NAME, is_required=True),
    "description": clean_description,
    "small_description": _text("Descrição curta", LONGEST_SMALL),
    "title": _text("Título da página", LONGEST_NAME),
    "slug": clean_slug,
    "keywords": _text("Palavras-chave", LONGEST_KEYWORDS),
    "meta_description": _text("Descrição para buscadores", LONGEST_KEYWORDS),
}


# ── where it stands ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Node:
    """A category in the tree of its store."""

    pk: int
    parent_id: int | None
    code: int
    name: str


class Tree:
    """The categories of one store: siblings in the order of their codes."""

    def __init__(self, nodes: Collection[Node]) -> None:
        self._nodes = {node.pk: node for node in nodes}
        self._parents = _without_circles({pk: node.parent_id for pk, node in self._nodes.items()})
        self._children: dict[int | None, list[Node]] = defaultdict(list)
        for node in sorted(nodes, key=lambda one: (one.code, one.pk)):
            self._children[self._parents[node.pk]].append(node)

    def children(self, pk: int | None) -> list[Node]:
        """Return the categories right below one, or those at the root, in their order."""
        return list(self._children.get(pk, ()))

    def siblings(self, pk: int) -> list[Node]:
        """Return the categories beside one, and itself, in their order."""
        return self.children(self.parent_of(pk))

    def parent_of(self, pk: int) -> int | None:
        """Return the id of the parent, or None at the root."""
        return self._parents[pk]

    def walked(self, pk: int | None = None, depth: int = 1) -> Iterator[tuple[Node, int]]:
        """Yield what is below a category, parents before their children, with depths; the root's are 1."""
        for node in self._children.get(pk, ()):
            yield node, depth
            yield from self.walked(node.pk, depth + 1)

    def above(self, pk: int | None) -> list[Node]:
        """Return a category and those it stands in, from the root down."""
        path: list[Node] = []
        while pk is not None:
            path.insert(0, self._nodes[pk])
            pk = self.parent_of(pk)
        return path

    def height(self, pk: int) -> int:
        """Return how many levels a category takes with what is below it."""
        return max((depth for _, depth in self.walked(pk)), default=0) + 1

    def check_place(self, parent_id: int | None, *, name: str, pk: int | None = None) -> None:
        """
        Make sure that a category (a new one has no pk) may stand under a parent.

        :raises WrongCategory: if it would stand in itself, too deep, or beside one of the same name.
        """
        path = self.above(parent_id)
        if pk is not None and any(node.pk == pk for node in path):
            raise WrongCategory(f"A categoria «{name}» não pode ficar dentro dela mesma.", field="parent_id")
        if len(path) + (1 if pk is None else self.height(pk)) > MOST_LEVELS:
            raise WrongCategory(f"As categorias podem ter no máximo {MOST_LEVELS} níveis.", field="parent_id")
        for other in self.children(parent_id):
            if other.pk != pk and folded(other.name) == folded(name):
                place = f"em «{path[-1].name}»" if path else "neste nível"
                raise WrongCategory(f"Já existe a categoria «{other.name}» {place}.", field="name")

    def codes_after_move(self, pk: int, parent_id: int | None, before_id: int | None) -> dict[int, int]:
        """
        Return the codes that change when a category goes under a parent, before a child of it or to the end.

        The codes of all who stand there then are dealt anew among them, so that their order is that of the list.

        :raises WrongCategory: if `before_id` is not a child of that parent.
        """
        order = [node for node in self.children(parent_id) if node.pk != pk]
        places = [node.pk for node in order]
        if before_id is not None and before_id not in places:
            raise WrongCategory("A lista mudou enquanto isso. Confira e mova de novo.")
        at = len(order) if before_id is None else places.index(before_id)
        order.insert(at, self._nodes[pk])
        codes = sorted(node.code for node in order)
        return {node.pk: code for node, code in zip(order, codes, strict=True) if node.code != code}

    def codes_after_insertion(self, code: int, pk: int | None = None) -> dict[int, int]:
        """Return the codes that change so that a code is free for a category: each taken one moves up by one."""
        taken = {node.code: node.pk for node in self._nodes.values() if node.pk != pk}
        changed = {}
        while code in taken:
            changed[taken[code]] = code + 1
            code += 1
        return changed

    def target_of(self, pk: int, step: Step) -> tuple[int | None, int | None]:
        """
        Return the parent, and the child of it to stand before (None: the end), that one step leads to.

        :raises WrongCategory: if there is no way to go there.
        """
        beside = self.siblings(pk)
        at = [node.pk for node in beside].index(pk)
        parent = self.parent_of(pk)
        if step == "out":
            return self._outside(pk, parent)
        if step == "down":
            if at == len(beside) - 1:
                raise WrongCategory(f"«{beside[at].name}» já é a última do seu nível.")
            return parent, _pk_at(beside, at + 2)
        if at == 0:
            reason = "já é a primeira do seu nível" if step == "up" else "não tem outra acima dela em que entrar"
            raise WrongCategory(f"«{beside[at].name}» {reason}.")
        return (parent, beside[at - 1].pk) if step == "up" else (beside[at - 1].pk, None)

    def _outside(self, pk: int, parent: int | None) -> tuple[int | None, int | None]:
        if parent is None:
            raise WrongCategory(f"«{self._nodes[pk].name}» já está no primeiro nível.")
        beside = self.siblings(parent)
        return self.parent_of(parent), _pk_at(beside, [node.pk for node in beside].index(parent) + 1)

    def check_children_may_rise(self, pk: int) -> None:
        """
        Make sure that what is below a category may take its place.

        :raises WrongCategory: if one of them would stand beside another of the same name.
        """
        beside = {folded(node.name) for node in self.siblings(pk) if node.pk != pk}
        for child in self.children(pk):
            if folded(child.name) in beside:
                raise WrongCategory(
                    f"A subcategoria «{child.name}» ficaria ao lado de outra de mesmo nome."
                    " Mude o nome de uma delas, ou mova a subcategoria, e exclua de novo."
                )


def _pk_at(nodes: Sequence[Node], place: int) -> int | None:
    return nodes[place].pk if place < len(nodes) else None


def _without_circles(parents: dict[int, int | None]) -> dict[int, int | None]:
    """Return the parents that can be gone up by: what was moved here and otherwise at Tray may come in a circle."""
    known = {pk: parent if parent in parents else None for pk, parent in parents.items()}
    for pk in sorted(known):
        path, at = {pk}, known[pk]
        while at is not None and at not in path:
            path.add(at)
            at = known[at]
        if at is not None:
            known[at] = None
    return known


# ── how it stands ──────────────────────────────────────────────────────────────────────────────────────────

STATES = {
    "unsynced": "Não sincronizada",
    "changed": "Com mudanças a enviar",
    "synced": "Sincronizada",
    "problem": "Com problema",
    "gone": "Apagada no Tray",
    "removed": "A apagar no Tray",
}


def state_of(*, is_at_tray: bool, is_dirty: bool, problem: str, is_gone: bool, is_removed: bool) -> str:
    """Return how a category stands, a key of `STATES`: what a person must know first comes first."""
    if is_removed:
        return "removed"
    if is_gone:
        return "gone"
    if problem:
        return "problem"
    if not is_at_tray:
        return "unsynced"
    return "changed" if is_dirty else "synced"
