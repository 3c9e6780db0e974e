"""Categories in: those of the store are taken over as they are, and what was changed or deleted there is noticed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Max

from ahead import tray
from ahead.catalog.models import Category
from ahead.lib.wording import folded
from ahead.pending.keys import category_key
from ahead.stores.models import Store
from ahead.sync.catalogue_documents import category_document
from ahead.sync.exchange import Exchange
from ahead.sync.models import EventKind


def read_categories(exchange: Exchange) -> None:
    """
    Read the store's tree, in one request, and bring ours up to it.

    Where a category waits to be sent, what we say of it stands.

    :raises tray.TrayError: if it cannot be read.
    """
    found = exchange.tray.category_tree()
    with exchange.write():
        # who changes the tree of a store does so one after the other, people too
        Store.objects.of(exchange.company_id).select_for_update(no_key=True).get(pk=exchange.store.pk)
        rows = Category.objects.of(exchange.company_id).filter(store=exchange.store)
        known = {row.tray_id: row for row in rows if row.tray_id is not None}
        code = rows.aggregate(last=Max("code"))["last"] or 0
        by_tray_id = {tray_id: row for tray_id, row in known.items() if row.removed_at is None}
        waiting = [row for row in rows if row.tray_id is None and row.creating_at is not None]
        before = len(by_tray_id)
        for one in found:
            parent = by_tray_id.get(one.parent_id or 0)
            row = known.get(one.id) or _born(waiting, one)
            if row is None:
                code += 1
                by_tray_id[one.id] = _taken_over(exchange, one, parent, code)
            elif row.tray_id is None:
                by_tray_id[one.id] = row
                rows.filter(pk=row.pk).update(tray_id=one.id, creating_at=None)
            elif not (row.is_dirty or row.removed_at):
                _follow(row, one, parent)
        _note_gone(exchange, [row for tray_id, row in known.items() if tray_id not in {one.id for one in found}])
        rows.filter(gone_at__isnull=False, tray_id__in=[one.id for one in found]).update(gone_at=None)
        if new := len(by_tray_id) - before:
            exchange.tell([exchange.event(EventKind.NOTE, "categories", f"{new} categorias lidas do Tray")])


def _born(waiting: list[Category], one: tray.Category) -> Category | None:
    """Return the category of ours that Tray made without telling: of that name, now or when it was sent."""
    for row in waiting:
        if folded(one.name) in {folded(row.name), folded(row.sent.get("name", ""))}:
            waiting.remove(row)
            return row
    return None


def _taken_over(exchange: Exchange, one: tray.Category, parent: Category | None, code: int) -> Category:
    now = exchange.now()
    row = Category(
        company_id=exchange.company_id,
        store=exchange.store,
        tray_id=one.id,
        parent=parent,
        code=code,
        name=one.name[:255],
        description=one.description or "",
        small_description=(one.small_description or "")[:500],
        title=(one.title or "")[:255],
        slug=(one.slug or "")[:255],
        is_dirty=False,
        created_at=now,
        updated_at=now,
    )
    row.confirmed = row.sent = category_document(row, parent.tray_id if parent else None)
    row.confirmed_at = row.sent_at = now
    row.save(force_insert=True)
    return row


def _follow(row: Category, one: tray.Category, parent: Category | None) -> None:
    """Take over what somebody changed at Tray: its name and where it stands, unless that would close a circle here."""
    before = (row.name, row.parent_id)
    row.name = one.name[:255]
    if not _is_under(parent, row):
        row.parent = parent
    if before == (row.name, row.parent_id):
        return
    row.confirmed = row.sent = category_document(row, parent.tray_id if parent else None)
    row.save(update_fields=["name", "parent", "confirmed", "sent"])


def _is_under(category: Category | None, other: Category) -> bool:
    seen: set[int] = set()
    while category is not None and category.pk not in seen:
        if category.pk == other.pk:
            return True
        seen.add(category.pk)
        category = category.parent
    return False


def _note_gone(exchange: Exchange, missing: Sequence[Category]) -> None:
    """A category that was deleted at Tray is reported; it is never made again silently."""
    now = exchange.now()
    for row in missing:
        if row.gone_at or row.removed_at:
            continue
        Category.objects.of(exchange.company_id).filter(pk=row.pk).update(gone_at=now, is_dirty=False)
        count = row.listings.filter(removed_at=None).count()
        text = f"A categoria {row.name} foi apagada no Tray; {count} Produtos Ecommerce estão nela aqui"
        exchange.tell([exchange.event(EventKind.NOTE, category_key(row.pk), text)])
