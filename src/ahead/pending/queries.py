"""Reading pending matters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from ahead.accounts.models import Company
from ahead.db.paging import Page, paginate
from ahead.db.searching import words_in
from ahead.pending.models import Kind, PendingMatter, Turn

MATTER_KINDS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Kind.choices]
TURNS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Turn.choices]
WHOSE_TURN = {"you": "sua", "us": "nossa", "tray": "do Tray", "sefaz": "da SEFAZ"}  # as a column of turns says it
IS_OPEN = Q(resolved_at=None, dismissed_at=None)


def open_matters(
    company: Company, *, store_id: int | None = None, kind: str = "", order_id: int | None = None
) -> QuerySet[PendingMatter]:
    """Return what is still to be decided, oldest first."""
    matters = PendingMatter.objects.of(company).filter(IS_OPEN).select_related("store")
    if store_id:
        matters = matters.filter(store_id=store_id)
    if kind:
        matters = matters.filter(kind=kind)
    if order_id:
        matters = matters.filter(order_id=order_id)
    return matters.order_by("opened_at", "pk")


def matter(company: Company, matter_id: int) -> PendingMatter:
    """
    Return one matter of the company.

    :raises PendingMatter.DoesNotExist: if there is none, or it is another company's.
    """
    return PendingMatter.objects.of(company).select_related("store").get(pk=matter_id)


# ── counted and paged for the screens ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many open matters there are of one kind."""

    kind: str
    label: str
    how_many: int


def matters_by_kind(company: Company, *, store_id: int | None = None) -> list[KindCount]:
    """Return how many open matters there are of each kind, the most frequent first."""
    found = PendingMatter.objects.of(company).filter(IS_OPEN)
    if store_id:
        found = found.filter(store_id=store_id)
    counts: dict[str, int] = dict(found.order_by().values_list("kind").annotate(how_many=Count("pk")))
    labels = dict(MATTER_KINDS)
    lines = [KindCount(kind, labels[kind], how_many) for kind, how_many in counts.items()]
    return sorted(lines, key=lambda line: (-line.how_many, line.label))


_MATTER_SORTS = {
    "opened_at": ("opened_at", "pk"),
    "-opened_at": ("-opened_at", "-pk"),
    "kind": ("kind", "opened_at", "pk"),
    "-kind": ("-kind", "opened_at", "pk"),
    "store": ("store__code", "opened_at", "pk"),
    "-store": ("-store__code", "opened_at", "pk"),
    "turn": ("turn", "opened_at", "pk"),
    "-turn": ("-turn", "opened_at", "pk"),
}
_MATTER_STANDINGS = {
    "open": IS_OPEN,
    "dismissed": Q(resolved_at=None, dismissed_at__isnull=False),
    "resolved": Q(resolved_at__isnull=False),
}


def matters(
    company: Company,
    *,
    standing: str = "open",
    store_id: int | None = None,
    kind: str = "",
    turn: str = "",
    search: str = "",
    ids: Collection[int] = (),
    sort: str = "opened_at",
    page: int = 1,
    size: int = 50,
) -> Page[PendingMatter]:
    """Return a page of matters that are open, dismissed or resolved; with `ids` those alone. Oldest first."""
    found = PendingMatter.objects.of(company).filter(_MATTER_STANDINGS[standing]).select_related("store")
    exact = {"store_id": store_id, "kind": kind, "turn": turn}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if ids:
        found = found.filter(pk__in=ids)
    if search.strip():
        found = found.filter(words_in("text", search))
    return paginate(found.order_by(*_MATTER_SORTS.get(sort, _MATTER_SORTS["opened_at"])), page=page, size=size)
