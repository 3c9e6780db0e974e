"""Writing what Tray told us of a store: its connection and its statuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ahead.audit.actors import SYNC
from ahead.audit.operations import record
from ahead.lib.errors import Refused
from ahead.stores.models import Connection, Store, StoreAgenda, StoreStatus


class OtherTrayStore(Refused):
    """The store that was authorised at Tray is not the one of this Loja."""


@transaction.atomic
def mark_connected(store: Store, *, api_address: str, tray_store_id: int | None, now: datetime, by: str) -> None:
    """
    Note that a store is connected; if it synchronises by itself, it is due at once.

    `api_address` was checked by `rules.clean_address`, and the tokens are saved already.

    :raises OtherTrayStore: if a Loja stands for this Tray store already, or this Loja for another one.
    """
    row = Store.objects.of(store.company_id).select_for_update().get(pk=store.pk)
    if tray_store_id is not None:
        _check_same_store(row, tray_store_id)
        row.tray_store_id = tray_store_id
    row.api_address, row.connected_at = api_address, now
    row.connection, row.connection_note = Connection.CONNECTED, ""
    fields = ["tray_store_id", "api_address", "connected_at", "connection", "connection_note"]
    row.save(update_fields=fields)
    for field in fields:
        setattr(store, field, getattr(row, field))
    if row.syncs_by_itself:
        StoreAgenda.objects.of(row.company_id).filter(store=row).update(next_sync_at=now, failures=0)
    record_of_store("connected", row, f"Loja «{row.name}» conectada ao Tray", by=by, now=now)


def _check_same_store(row: Store, tray_store_id: int) -> None:
    if row.tray_store_id not in {None, tray_store_id}:
        raise OtherTrayStore(
            f"A loja autorizada no Tray é a nº {tray_store_id}, mas esta Loja é a nº {row.tray_store_id}. "
            "Entre no Tray com a loja certa, ou registre uma nova Loja."
        )
    # Any company's: one Tray store feeds one Loja. The message must not tell whose it is.
    others = Store.objects.across_companies().filter(tray_store_id=tray_store_id).exclude(pk=row.pk)
    if others.exists():
        raise OtherTrayStore(f"A loja nº {tray_store_id} do Tray já está ligada a outra Loja.")


@transaction.atomic
def mark_connection(store: Store, *, connection: Connection, note: str, now: datetime, by: str = SYNC) -> None:
    """Note where the connection of a store stands; the same again leaves no second trace."""
    rows = Store.objects.of(store.company_id).filter(pk=store.pk)
    before = rows.select_for_update().values_list("connection", "connection_note").get()
    store.connection, store.connection_note = connection, note
    if before == (connection, note):
        return
    rows.update(connection=connection, connection_note=note)
    if before[0] != connection:
        label = Connection(connection).label
        record_of_store("connection_changed", store, f"Loja «{store.name}»: {label}", by=by, now=now, note=note)


@transaction.atomic
def store_statuses_seen(store: Store, statuses: Sequence[tuple[int, str, str, str]], now: datetime) -> None:
    """Keep the statuses a store listed, as (Tray id, name, kind, colour); one that vanished is marked as gone."""
    before = {row.tray_id: row for row in StoreStatus.objects.of(store.company_id).filter(store=store)}
    seen = {
        tray_id: StoreStatus(
            company_id=store.company_id,
            store=store,
            tray_id=tray_id,
            name=name[:120],
            kind=kind[:20],
            colour=colour[:9],
        )
        for tray_id, name, kind, colour in statuses
    }
    different = [row for row in seen.values() if not _is_same(before.get(row.tray_id), row)]
    StoreStatus.objects.bulk_create(
        different,
        update_conflicts=True,
        unique_fields=["store", "tray_id"],
        update_fields=["name", "kind", "colour", "is_gone"],
    )
    gone = [row.pk for row in before.values() if row.tray_id not in seen and not row.is_gone]
    StoreStatus.objects.of(store.company_id).filter(pk__in=gone).update(is_gone=True)
    if different or gone:
        text = f"Lista de status da Loja «{store.name}» atualizada"
        record_of_store("statuses_seen", store, text, by=SYNC, now=now, changed=len(different), gone=len(gone))


def _is_same(before: StoreStatus | None, seen: StoreStatus) -> bool:
    return (
        before is not None
        and not before.is_gone
        and (before.name, before.kind, before.colour) == (seen.name, seen.kind, seen.colour)
    )


def record_of_store(name: str, store: Store, text: str, *, by: str, now: datetime, **facts: object) -> None:
    """Write to the trail what was done to a store; never give it a secret."""
    record(
        f"stores.store.{name}",
        company_id=store.company_id,
        subject=("store", store.pk),
        text=text,
        by=by,
        at=now,
        **facts,
    )
