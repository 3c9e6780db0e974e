"""Categories out: new and changed ones are written, parents first; those taken out here are deleted at Tray."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ahead import tray
from ahead.catalog.models import Category
from ahead.lib.wording import folded
from ahead.pending.keys import category_key
from ahead.pending.models import Kind
from ahead.pending.operations import Matter, close_matters, open_matters
from ahead.sync.catalogue_differences import differing, said, still_open, told
from ahead.sync.catalogue_documents import category_document
from ahead.sync.exchange import Exchange
from ahead.sync.explaining import explain, is_refusal
from ahead.sync.models import EventKind


@dataclass(frozen=True, slots=True)
class CategoryWrite:
    """One category that Tray must be told of."""

    row: Category
    document: dict[str, Any]
    changed: dict[str, Any]  # fields to be sent; of a new one all that says something

    @property
    def is_nothing(self) -> bool:
        """Whether Tray says all of it already."""
        return not (self.changed or self.row.removed_at)

    @property
    def text(self) -> str:
        """The write in words."""
        if self.row.removed_at:
            return f"Categoria {self.row.name}: apagada"
        if self.row.tray_id is None:
            return f"Categoria {self.row.name}: criada"
        return f"Categoria {self.row.name}: {told(self.changed, self.row.confirmed)}"


def categories_to_write(exchange: Exchange) -> Iterator[CategoryWrite]:
    """
    Yield the categories that must be written, parents first.

    A parent that is created on the way is known to its children: each is looked at when its turn comes.
    """
    rows = Category.objects.of(exchange.company_id).filter(store=exchange.store)
    dirty = set(rows.filter(is_dirty=True, gone_at=None, removed_at=None).values_list("pk", flat=True))
    for pk in _parents_first(rows.values_list("pk", "parent_id")):
        if pk in dirty:
            yield _write_of(rows.select_related("parent").get(pk=pk))
    for row in rows.filter(removed_at__isnull=False, problem=""):
        yield CategoryWrite(row, {}, {})


def _parents_first(parents: Any) -> list[int]:
    parent_of = dict(parents)

    def depth(pk: int) -> int:
        above: list[int] = []
        while (parent := parent_of.get(pk)) is not None and parent not in above:  # a circle ends where it began
            above.append(parent)
            pk = parent
        return len(above)

    return sorted(parent_of, key=lambda pk: (depth(pk), pk))


def _write_of(row: Category) -> CategoryWrite:
    document = category_document(row, row.parent.tray_id if row.parent else None)
    if row.tray_id is None:
        return CategoryWrite(row, document, said(document))
    return CategoryWrite(row, document, differing(document, row.confirmed, row.sent))


def push_categories(exchange: Exchange) -> int:
    """Write what differs; one that fails is logged and stays as it is, the next run tries again. Return how many."""
    count = 0
    for write in categories_to_write(exchange):
        row = write.row
        if row.removed_at:
            count += 1
            _remove(exchange, write)
        elif row.parent and row.parent.tray_id is None:
            continue  # its parent could not be made: that is said already
        elif write.changed:
            count += 1
            _announce(exchange, write)
            _record(exchange, write, *_attempt(exchange, write))
        else:
            with exchange.write():
                _settle(row)
    return count


def _announce(exchange: Exchange, write: CategoryWrite) -> None:
    row = write.row
    with exchange.write() as now:
        sent = still_open(write.document, row.confirmed, row.sent)
        fields: dict[str, Any] = {"sent": sent, "sent_at": now}
        if row.tray_id is None and row.creating_at is None:
            fields["creating_at"] = now
        Category.objects.of(row.company_id).filter(pk=row.pk).update(**fields)


def _attempt(exchange: Exchange, write: CategoryWrite) -> tuple[int | None, tray.TrayError | None]:
    row = write.row
    try:
        if row.tray_id is not None:
            exchange.tray.update_category(row.tray_id, write.changed)
            return row.tray_id, None
        if row.creating_at is not None and (found := _made_before(exchange, write)):
            exchange.tray.update_category(found, write.changed)
            return found, None
        return exchange.tray.create_category(write.changed), None
    except tray.TrayError as error:
        exchange.end_if_hopeless(error)
        return row.tray_id, error


def _made_before(exchange: Exchange, write: CategoryWrite) -> int | None:
    """Return the category that an unanswered creation made after all: of that name, and none of ours."""
    known = set(
        Category.objects.of(exchange.company_id)
        .filter(store=exchange.store, tray_id__isnull=False)
        .values_list("tray_id", flat=True)
    )
    names = {folded(write.row.name), folded(write.row.sent.get("name", ""))}
    for found in exchange.tray.category_tree():
        if found.id not in known and folded(found.name) in names:
            return found.id
    return None


def _record(exchange: Exchange, write: CategoryWrite, tray_id: int | None, error: tray.TrayError | None) -> None:
    row, key = write.row, category_key(write.row.pk)
    rows = Category.objects.of(row.company_id).filter(pk=row.pk)
    with exchange.write() as now:
        if error is None:
            said_at_tray = {"confirmed": write.document, "confirmed_at": now, "sent": write.document}
            rows.update(tray_id=tray_id, creating_at=None, problem="", gone_at=None, **said_at_tray)
            _settle(row)
            close_matters(row.company_id, kind=Kind.CATEGORY_REFUSED, keys=[key], now=now)
            exchange.tell([exchange.event(EventKind.CATALOGUE_WRITTEN, key, write.text)])
            return
        why = explain(error)
        rows.update(problem=why.cause[:300])
        if isinstance(error, tray.NotFound):
            rows.update(gone_at=now)
            _settle(row)
        elif is_refusal(error):
            rows.update(sent=row.sent, creating_at=None)
            _settle(row)
            open_matters(row.company_id, [_matter(exchange, row, why.cause)], now=now)
        exchange.tell([exchange.error(key, f"Categoria {row.name}", error)])


def _settle(row: Category) -> None:
    """What was looked at is as it should be, unless it was changed meanwhile."""
    Category.objects.of(row.company_id).filter(pk=row.pk, changes=row.changes).update(is_dirty=False)


def _matter(exchange: Exchange, row: Category, cause: str) -> Matter:
    return Matter(
        kind=Kind.CATEGORY_REFUSED,
        key=category_key(row.pk),
        text=f"A categoria {row.name} não foi aceita pela loja {exchange.store.name}: {cause}",
        remedy="Corrija a categoria e sincronize de novo.",
        store_id=exchange.store.pk,
        facts={"category_id": row.pk},
    )


def _remove(exchange: Exchange, write: CategoryWrite) -> None:
    row, key = write.row, category_key(write.row.pk)
    try:
        tray_id = _made_before(exchange, write) if row.tray_id is None and row.creating_at else row.tray_id
        if tray_id is not None:
            exchange.tray.delete_category(tray_id)
    except tray.NotFound:
        pass  # gone already
    except tray.TrayError as error:
        exchange.end_if_hopeless(error)
        with exchange.write():
            if isinstance(error, tray.MethodNotAllowed):
                # Tray's manual shows no such route: it is not asked again, and the category is not taken in anew
                cause = "Esta loja não apaga categorias pela integração. Apague-a no painel do Tray."
                Category.objects.of(row.company_id).filter(pk=row.pk).update(problem=cause)
            exchange.tell([exchange.error(key, f"Categoria {row.name} (apagar)", error)])
        return
    with exchange.write():
        Category.objects.of(row.company_id).filter(pk=row.pk).delete()
        exchange.tell([exchange.event(EventKind.CATALOGUE_WRITTEN, key, write.text)])
