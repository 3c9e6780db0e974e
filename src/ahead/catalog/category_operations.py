"""Writing the categories of a store: made, changed, moved in the tree, taken out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import F, Max, Q

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog import category_rules as rules
from ahead.catalog.category_queries import Sold, sold_in, tree_of
from ahead.catalog.category_rules import Step, WrongCategory
from ahead.catalog.marking import mark_categories, mark_listings_of_category
from ahead.catalog.models import Category, Listing, ListingCategory
from ahead.pending.keys import category_key
from ahead.pending.models import Kind
from ahead.pending.operations import close_matters
from ahead.stores.models import Store

_PARKED = 1_000_000_000


class CategoryTexts(TypedDict, total=False):
    """What a category says besides its name; a text left out stays (of a new one: is empty)."""

    description: str
    small_description: str
    title: str
    slug: str
    keywords: str
    meta_description: str


class CategoryChanges(CategoryTexts, total=False):
    """What `update_category` may change; a field left out stays."""

    name: str
    parent_id: int | None
    code: int


@dataclass(frozen=True, slots=True)
class Removed:
    """What taking a category out came to; `moved_to` is where its products stand now, empty where nowhere."""

    name: str
    moved_to: str
    sold: Sold
    waits_for_sync: bool  # it is still to be deleted at Tray


@transaction.atomic
def create_category(
    *,
    company: Company,
    store_id: int,
    name: str,
    parent_id: int | None = None,
    code: int | None = None,
    by: str,
    now: datetime,
    **texts: Unpack[CategoryTexts],
) -> Category:
    """
    Create a category of a store. Without a code it gets the next one; a taken one is freed: it moves up, and so on.

    :raises Store.DoesNotExist: if the company has no such store.
    :raises WrongCategory: if a field is not valid, or it may not stand there.
    """
    store = _locked_store(company, store_id)
    fields = _clean({"name": name, **texts})
    fields["slug"] = fields.get("slug") or rules.suggested_slug(fields["name"])
    tree = tree_of(store)
    _check_parent(store, parent_id)
    tree.check_place(parent_id, name=fields["name"])
    chosen = rules.clean_code(_next_code(store) if code is None else code)
    _deal(company, tree.codes_after_insertion(chosen))
    category = Category(
        company=company, store=store, parent_id=parent_id, code=chosen, created_at=now, updated_at=now, **fields
    )
    category.save(force_insert=True)
    _record("created", category, f"Categoria «{category.name}» criada", by=by, now=now)
    return category


@transaction.atomic
def update_category(
    *, company: Company, category_id: int, by: str, now: datetime, **changes: Unpack[CategoryChanges]
) -> Category:
    """
    Change a category; an emptied slug is suggested anew. Under another parent it stands last, or where its code says.

    :raises Category.DoesNotExist: if the company has no such category.
    :raises WrongCategory: if a field is not valid, or it may not stand there.
    """
    category = _locked_category(company, category_id)
    fields = _clean(changes)
    if fields.get("slug") == "":
        fields["slug"] = rules.suggested_slug(fields.get("name", category.name))
    changed = {field: value for field, value in fields.items() if getattr(category, field) != value}
    parent_id = changes.get("parent_id", category.parent_id)
    code = rules.clean_code(changes.get("code", category.code))
    before = (category.parent_id, category.code)
    if parent_id == category.parent_id and "name" in changed:
        tree_of(category.store).check_place(parent_id, name=changed["name"], pk=category.pk)
    if changed:
        _change(category, changed)
    if parent_id != category.parent_id:
        _put(category, parent_id, None)
    if code not in {before[1], category.code}:
        codes = tree_of(category.store).codes_after_insertion(code, category.pk)
        _deal(company, {**codes, category.pk: code})
        category.code = code
    if changed or before != (category.parent_id, category.code):
        _touch(category, now)
        _record("changed", category, f"Categoria «{category.name}» alterada", by=by, now=now, fields=sorted(changed))
    return category


@transaction.atomic
def move_category(
    *,
    company: Company,
    category_id: int,
    parent_id: int | None,
    before_id: int | None = None,
    by: str,
    now: datetime,
) -> Category:
    """
    Put a category under a parent (None: the first level), before one of its children or, without one, last.

    :raises Category.DoesNotExist: if the company has no such category.
    :raises WrongCategory: if it may not stand there.
    """
    category = _locked_category(company, category_id)
    _move(category, parent_id, before_id, by=by, now=now)
    return category


@transaction.atomic
def step_category(*, company: Company, category_id: int, step: Step, by: str, now: datetime) -> Category:
    """
    Move a category by one place: up or down among its siblings, into the one above it, or out beside its parent.

    :raises Category.DoesNotExist: if the company has no such category.
    :raises WrongCategory: if there is no way to go there.
    """
    category = _locked_category(company, category_id)
    parent_id, before_id = tree_of(category.store).target_of(category.pk, step)
    _move(category, parent_id, before_id, by=by, now=now)
    return category


@transaction.atomic
def remove_category(
    *, company: Company, category_id: int, move_to: int | None = None, by: str, now: datetime
) -> Removed:
    """
    Take a category out; its children take its place, its products go to another category or stay without one.

    One that Tray has, or may have, is hidden from now on: the next sync deletes it there, and then here.

    :raises Category.DoesNotExist: if the company has no such category.
    :raises WrongCategory: if its products cannot go there, or a child would stand beside one of its name.
    """
    category = _locked_category(company, category_id)
    tree_of(category.store).check_children_may_rise(category.pk)
    target = None if move_to is None else _target(category, move_to)
    sold = sold_in(category)
    mark_listings_of_category(category)
    _hand_over(category, target)
    _raise_children(category)
    may_be_at_tray = category.tray_id is not None or category.creating_at is not None
    waits = may_be_at_tray and category.gone_at is None
    _record("removed", category, f"Categoria «{category.name}» excluída", by=by, now=now, moved_to=move_to)
    close_matters(company.pk, kind=Kind.CATEGORY_REFUSED, keys=[category_key(category.pk)], by=by, now=now)
    removed = Removed(category.name, target.name if target else "", sold, waits)
    if waits:
        _change(category, {"removed_at": now, "parent_id": None})
    else:
        category.delete()
    return removed


@transaction.atomic
def recreate_category(*, company: Company, category_id: int, by: str, now: datetime) -> Category:
    """
    Let the next sync make a category anew that was deleted at Tray.

    :raises Category.DoesNotExist: if the company has no such category.
    :raises WrongCategory: if it was not deleted there, or the one it stands in was as well.
    """
    category = _locked_category(company, category_id)
    if category.gone_at is None:
        raise WrongCategory(f"A categoria «{category.name}» não foi apagada no Tray.")
    _check_parent(category.store, category.parent_id)
    blank: dict[str, Any] = {"tray_id": None, "gone_at": None, "creating_at": None, "problem": ""}
    _change(category, {**blank, "confirmed": {}, "confirmed_at": None, "sent": {}, "sent_at": None})
    children = Category.objects.of(company).filter(parent=category)
    mark_categories(company.pk, children.values_list("pk", flat=True))
    mark_listings_of_category(category)
    _record("recreated", category, f"Categoria «{category.name}» a criar de novo no Tray", by=by, now=now)
    return category


# ── the rows behind it ─────────────────────────────────────────────────────────────────────────────────────


def _locked_store(company: Company, store_id: int) -> Store:
    """Return the store, locked: the tree of a store is changed by one process after the other."""
    store: Store = Store.objects.of(company).select_for_update(no_key=True).get(pk=store_id)
    return store


def _locked_category(company: Company, category_id: int) -> Category:
    there = Category.objects.of(company).filter(removed_at=None)
    store = _locked_store(company, there.values_list("store_id", flat=True).get(pk=category_id))
    category: Category = there.get(pk=category_id)
    category.store = store
    return category


def _clean(given: Any) -> dict[str, Any]:
    return {field: clean(given[field]) for field, clean in rules.CLEAN.items() if field in given}


def _next_code(store: Store) -> int:
    there = Category.objects.of(store.company_id).filter(store=store, removed_at=None)
    return int(there.aggregate(last=Max("code"))["last"] or 0) + 1


def _check_parent(store: Store, parent_id: int | None) -> None:
    if parent_id is None:
        return
    there = Category.objects.of(store.company_id).filter(store=store, removed_at=None)
    parent: Category | None = there.filter(pk=parent_id).first()
    if parent is None:
        raise WrongCategory(f"A Loja {store.name} não tem essa categoria. Escolha outra.", field="parent_id")
    if parent.gone_at:
        raise WrongCategory(
            f"A categoria «{parent.name}» foi apagada no Tray. Crie-a de novo, ou escolha outra.", field="parent_id"
        )


def _change(category: Category, fields: dict[str, Any]) -> None:
    rows = Category.objects.of(category.company_id).filter(pk=category.pk)
    rows.update(**fields)
    for name, value in fields.items():
        setattr(category, name, value)
    mark_categories(category.company_id, [category.pk])


def _touch(category: Category, now: datetime) -> None:
    Category.objects.of(category.company_id).filter(pk=category.pk).update(updated_at=now)


def _move(category: Category, parent_id: int | None, before_id: int | None, *, by: str, now: datetime) -> None:
    before = (category.parent_id, category.code)
    _put(category, parent_id, before_id)
    if before != (category.parent_id, category.code):
        _touch(category, now)
        _record("moved", category, f"Categoria «{category.name}» mudou de lugar", by=by, now=now, before=before)


def _put(category: Category, parent_id: int | None, before_id: int | None) -> None:
    tree = tree_of(category.store)
    if parent_id != category.parent_id:
        _check_parent(category.store, parent_id)
        tree.check_place(parent_id, name=category.name, pk=category.pk)
    codes = tree.codes_after_move(category.pk, parent_id, before_id)
    if parent_id != category.parent_id:
        _change(category, {"parent_id": parent_id})
    _deal(category.company, codes)
    category.code = codes.get(category.pk, category.code)


def _deal(company: Company, codes: dict[int, int]) -> None:
    """Give categories their new codes, and mark them."""
    rows = Category.objects.of(company).filter(pk__in=codes)
    # a code is unique in its store: park all of them out of the way before they change places
    rows.update(code=F("code") + _PARKED)
    rows.bulk_update([Category(pk=pk, code=code) for pk, code in codes.items()], ["code"], batch_size=200)
    mark_categories(company.pk, codes)


def _target(category: Category, target_id: int) -> Category:
    there = Category.objects.of(category.company_id).filter(store=category.store, removed_at=None, gone_at=None)
    target = there.exclude(pk=category.pk).filter(pk=target_id).first()
    if target is None:
        raise WrongCategory("Escolha outra categoria desta Loja para os produtos.", field="move_to")
    return target


def _hand_over(category: Category, target: Category | None) -> None:
    """Let the products of a category stand in another one, each once, or in none."""
    listings = Listing.objects.of(category.company_id)
    besides = ListingCategory.objects.of(category.company_id)
    if target is None:
        listings.filter(category=category).update(category=None)
        besides.filter(category=category).delete()
        return
    besides.filter(category=target, listing__category=category).delete()
    listings.filter(category=category).update(category=target)
    there_already = Q(listing__category=target) | Q(listing__additional_categories__category=target)
    besides.filter(there_already, category=category).delete()
    besides.filter(category=category).update(category=target)


def _raise_children(category: Category) -> None:
    children = Category.objects.of(category.company_id).filter(parent=category)
    ids = list(children.values_list("pk", flat=True))
    children.update(parent_id=category.parent_id)
    mark_categories(category.company_id, ids)


def _record(name: str, category: Category, text: str, *, by: str, now: datetime, **facts: object) -> None:
    record(
        f"catalog.category.{name}",
        company_id=category.company_id,
        subject=("category", category.pk),
        text=text,
        by=by,
        at=now,
        store_id=category.store_id,
        **facts,
    )
