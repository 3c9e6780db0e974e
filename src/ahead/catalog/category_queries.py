"""Reading the categories of a store: the tree, the list, what may be chosen, and what is sold in one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from ahead.accounts.models import Company
from ahead.catalog.category_rules import MOST_LEVELS, STATES, Node, Tree, state_of
from ahead.catalog.models import Category, Listing, ListingCategory
from ahead.db.paging import Page
from ahead.db.searching import words_in
from ahead.lib.wording import folded
from ahead.stores.models import Store

PAGE_SIZE = 50
_INDENT = "\u2003"


@dataclass(frozen=True)
class CategoryRow:
    """A category in the tree of its store, or in a list of it."""

    category: Category
    depth: int  # 1 at the root
    path: str  # "Bebidas › Quentes › Café"
    products: int  # listings that stand in it, as their main category or besides
    place: int  # among its siblings, from 1
    siblings: int
    has_children: bool

    @property
    def state(self) -> str:
        """How it stands, a key of `category_rules.STATES`."""
        return state(self.category)

    @property
    def state_text(self) -> str:
        """How it stands, in words."""
        return STATES[self.state]

    @property
    def above(self) -> str:
        """The path of the category it stands in; empty at the root."""
        return self.path.rpartition(" › ")[0]


@dataclass(frozen=True, slots=True)
class Sold:
    """What stands in a category at its store."""

    main: int  # listings whose main category it is
    besides: int  # those that stand in it besides
    lacking: int  # of `main`, the published ones that AHEAD writes: without a category no sync sends them

    @property
    def total(self) -> int:
        """All of them."""
        return self.main + self.besides


def state(category: Category) -> str:
    """Return how a category stands, a key of `category_rules.STATES`."""
    return state_of(
        is_at_tray=category.tray_id is not None,
        is_dirty=category.is_dirty,
        problem=category.problem,
        is_gone=category.gone_at is not None,
        is_removed=category.removed_at is not None,
    )


def tree_of(store: Store) -> Tree:
    """Return the tree of a store, to decide on."""
    rows = _there(store).values_list("pk", "parent_id", "code", "name")
    return Tree([Node(pk, parent_id, code, name) for pk, parent_id, code, name in rows])


def category(company: Company, category_id: int) -> Category:
    """
    Return one category with its store and the one it stands in; one that only waits to be deleted is not there.

    :raises Category.DoesNotExist: if there is none, or it is another company's.
    """
    rows = Category.objects.of(company).select_related("store", "parent")
    found: Category = rows.get(pk=category_id, removed_at=None)
    return found


def category_tree(store: Store) -> list[CategoryRow]:
    """Return the categories of a store in one query, each before its children, siblings by code."""
    found = {row.pk: row for row in _with_products(store)}
    tree = Tree([Node(row.pk, row.parent_id, row.code, row.name) for row in found.values()])
    places = _places(tree)
    rows: list[CategoryRow] = []
    paths: list[str] = []
    for node, depth in tree.walked():
        paths[depth - 1 :] = [node.name]
        place, siblings = places[node.pk]
        rows.append(
            CategoryRow(
                category=found[node.pk],
                depth=depth,
                path=" › ".join(paths),
                products=vars(found[node.pk])["products"],
                place=place,
                siblings=siblings,
                has_children=bool(tree.children(node.pk)),
            )
        )
    return rows


def _places(tree: Tree) -> dict[int, tuple[int, int]]:
    """Return the place of each category among its siblings, from 1, and how many they are."""
    families = [tree.children(None), *(tree.children(node.pk) for node, _ in tree.walked())]
    return {node.pk: (place, len(family)) for family in families for place, node in enumerate(family, start=1)}


_SORTS: dict[str, Callable[[CategoryRow], Any]] = {
    "code": lambda row: row.category.code,
    "name": lambda row: folded(row.category.name),
    "products": lambda row: row.products,
    "state": lambda row: row.state_text,
}


def categories(
    store: Store,
    *,
    search: str = "",
    state: str = "",
    ids: Collection[int] = (),
    sort: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[CategoryRow]:
    """
    Return a page of the categories of a store, whatever their depth; without a known sort, as the tree has them.

    The search finds every word of it in the name, whatever case and accents, or the code. With `ids`, those alone.
    """
    rows = [row for row in category_tree(store) if _matches(row, search, state) and (not ids or row.category.pk in ids)]
    field = sort.removeprefix("-")
    if field in _SORTS:
        rows.sort(key=_SORTS[field], reverse=sort.startswith("-"))
    pages = max(-(-len(rows) // size), 1)
    number = min(max(page, 1), pages)
    return Page(rows[(number - 1) * size : number * size], number, pages, len(rows), size)


def _matches(row: CategoryRow, search: str, state: str) -> bool:
    if state and row.state != state:
        return False
    name = folded(row.category.name)
    return search.strip() == str(row.category.code) or all(word in name for word in folded(search).split())


def find_categories(company: Company, text: str, limit: int = 20) -> list[Category]:
    """Return the categories of all stores whose name has these words, with their store."""
    if not text.strip():
        return []
    there = Category.objects.of(company).filter(words_in("name", text), gone_at=None, removed_at=None)
    return list(there.select_related("store", "parent").order_by("name", "store__code", "pk")[:limit])


def category_options(store: Store, *, without: int | None = None, as_parent: bool = False) -> list[tuple[int, str]]:
    """
    Return the categories of a store to choose from, indented by depth; those deleted at Tray are left out.

    `without` leaves out one, and with `as_parent` also what it could not stand in: itself, what is below it, and
    what is too deep to have children.
    """
    tree = tree_of(store)
    gone = set(_there(store).filter(gone_at__isnull=False).values_list("pk", flat=True))
    left_out = gone | ({without} if without is not None else set())
    if as_parent and without is not None:
        left_out |= {node.pk for node, _ in tree.walked(without)}
    deepest = MOST_LEVELS - 1 if as_parent else MOST_LEVELS
    return [
        (node.pk, _INDENT * (depth - 1) + node.name)
        for node, depth in tree.walked()
        if node.pk not in left_out and depth <= deepest
    ]


def path_of(category: Category) -> list[Node]:
    """Return a category and those it stands in, from the first level down."""
    return tree_of(category.store).above(category.pk)


def subcategories(category: Category) -> list[Category]:
    """Return the categories right below one, in their order."""
    children = Category.objects.of(category.company_id).filter(parent=category, removed_at=None)
    return list(children.order_by("code"))


def removed_categories(store: Store) -> list[Category]:
    """Return what the next sync deletes at Tray."""
    rows = Category.objects.of(store.company_id).filter(store=store, removed_at__isnull=False)
    return list(rows.order_by("removed_at", "pk"))


def sold_in(category: Category) -> Sold:
    """Return how many listings of the store stand in a category; those deleted at Tray do not count."""
    there = Listing.objects.of(category.company_id).filter(gone_at=None, removed_at=None)
    main = there.filter(category=category)
    besides = there.filter(additional_categories__category=category).exclude(category=category)
    ready = Q(is_managed=True, is_draft=False)
    counts = main.aggregate(all=Count("pk"), lacking=Count("pk", filter=ready))
    return Sold(main=counts["all"], besides=besides.count(), lacking=counts["lacking"])


def _there(store: Store) -> QuerySet[Category]:
    return Category.objects.of(store.company_id).filter(store=store, removed_at=None)


def _with_products(store: Store) -> QuerySet[Category]:
    shown = Listing.objects.of(store.company_id).filter(gone_at=None, removed_at=None).order_by()
    besides = ListingCategory.objects.of(store.company_id).filter(listing__gone_at=None, listing__removed_at=None)
    return _there(store).annotate(products=_how_many(shown) + _how_many(besides.order_by()))


def _how_many(rows: QuerySet[Any]) -> Coalesce:
    """Count the rows of the category a query is at, or none."""
    counted = rows.filter(category=OuterRef("pk")).values("category").annotate(figure=Count("pk")).values("figure")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
