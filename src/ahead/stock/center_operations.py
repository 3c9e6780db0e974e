"""Writing distribution centres: what Tray lists, and which Estoque each one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.actors import SYNC
from ahead.lib.errors import Refused
from ahead.pending.keys import store_key
from ahead.pending.models import Kind
from ahead.pending.operations import BY_ITSELF, Matter, close_matters, open_matters
from ahead.stock.centers import centers
from ahead.stock.models import CenterStock, DistributionCenter, PublishedStock, Warehouse
from ahead.stores.connecting import record_of_store
from ahead.stores.models import Store
from ahead.stores.selling import sell_from

REMEDY = (
    "Mapeie os centros de distribuição da loja a Estoques, na página da Loja. "
    "Os pedidos continuam entrando; o estoque volta a ser enviado na sincronização seguinte."
)


class WrongMapping(Refused):
    """The centres may not be mapped so; the message says why."""


@dataclass(frozen=True, slots=True)
class SeenCenter:
    """A distribution centre as Tray lists it."""

    tray_id: int
    name: str
    is_active: bool
    priority: int


@transaction.atomic
def keep_centers(store: Store, seen: Sequence[SeenCenter], *, now: datetime, by: str = SYNC) -> None:
    """
    Keep which centres a store has; none of them: it has no Multi-CD. What is said of each stays.

    What Tray was told of a centre that was out of sight, or of a store that was plain, is doubted.
    """
    row = Store.objects.of(store.company_id).select_for_update().get(pk=store.pk)
    known = {center.tray_id: center for center in DistributionCenter.objects.of(row.company_id).filter(store=row)}
    changed = [center for one in seen if (center := _kept(row, known.get(one.tray_id), one))]
    gone = [center for tray_id, center in known.items() if not center.is_gone and tray_id not in _ids(seen)]
    for center in gone:
        center.is_gone = True
        center.save(update_fields=["is_gone"])
    if row.is_multicd and not seen:
        PublishedStock.objects.of(row.company_id).filter(store=row).update(is_in_doubt=True)
    row.is_multicd, row.centers_seen_at = bool(seen), now
    row.save(update_fields=["is_multicd", "centers_seen_at"])
    store.is_multicd, store.centers_seen_at = row.is_multicd, row.centers_seen_at
    if changed or gone:
        text = f"Centros de distribuição da Loja «{row.name}» atualizados"
        record_of_store("centers_seen", row, text, by=by, now=now, changed=len(changed), gone=len(gone))
        _follow(row)
        judge_centers(row, now=now)


def _ids(seen: Sequence[SeenCenter]) -> set[int]:
    return {one.tray_id for one in seen}


def _kept(store: Store, center: DistributionCenter | None, seen: SeenCenter) -> DistributionCenter | None:
    """Return the row of a centre if it changed, written."""
    row = center or DistributionCenter(company_id=store.company_id, store=store, tray_id=seen.tray_id)
    shown = {
        "name": seen.name[:120] or f"Centro {seen.tray_id}",
        "is_active": seen.is_active,
        "priority": seen.priority,
        "is_gone": False,
    }
    if center is not None and all(getattr(row, name) == value for name, value in shown.items()):
        return None
    was_sold_from = center is not None and center.is_sold_from
    for name, value in shown.items():
        setattr(row, name, value)
    row.save()
    if row.is_sold_from and not was_sold_from:
        _doubt(row)
    return row


def _doubt(center: DistributionCenter) -> None:
    """Nobody looked after this centre for a while: whatever Tray shows there, it is written anew."""
    CenterStock.objects.of(center.company_id).filter(center=center).update(is_in_doubt=True)


@transaction.atomic
def map_centers(
    *, company: Company, store_id: int, mapping: Mapping[int, int | None], by: str, now: datetime
) -> list[DistributionCenter]:
    """
    Say which Estoque each of these centres is, by our ids; None: it is not used, AHEAD leaves it alone.

    Centres that are not named stay as they are. The store sells from the Estoques of its centres from now on.

    :raises Store.DoesNotExist: if the company has no such store.
    :raises WrongMapping: if a centre or an Estoque does not exist, two centres are one Estoque, or none is used.
    """
    store: Store = Store.objects.of(company).select_for_update().get(pk=store_id)
    known = {center.pk: center for center in centers(store)}
    chosen = [center for pk in mapping if (center := known.get(pk))]
    if len(chosen) < len(mapping):
        raise WrongMapping("Um dos centros de distribuição não existe mais na loja. Atualize a página.")
    places = {place.pk: place for place in Warehouse.objects.of(company).filter(is_active=True)}
    looked_after = {center.pk for center in chosen if center.is_written}
    changed = [center for center in chosen if _choose(center, mapping[center.pk], places)]
    _check(list(known.values()))
    # first none of them is any Estoque: two that change places are never the same one in between
    DistributionCenter.objects.of(company).filter(pk__in=[center.pk for center in changed]).update(warehouse=None)
    for center in changed:
        center.save(update_fields=["warehouse", "is_unused"])
        if center.pk not in looked_after:
            _doubt(center)
    if changed:
        said = {center.name: center.warehouse.name if center.warehouse else "não usado" for center in changed}
        text = f"Centros de distribuição da Loja «{store.name}» mapeados a Estoques"
        record_of_store("centers_mapped", store, text, by=by, now=now, centers=said)
    _follow(store)
    judge_centers(store, now=now, by=by)
    return list(known.values())


def _choose(center: DistributionCenter, warehouse_id: int | None, places: Mapping[int, Warehouse]) -> bool:
    """Give a centre its Estoque; return whether that was new."""
    before = (center.warehouse_id, center.is_unused)
    if warehouse_id is not None and warehouse_id not in places and warehouse_id != center.warehouse_id:
        raise WrongMapping(f"O Estoque escolhido para «{center.name}» não existe ou não está ativo.")
    center.warehouse = None if warehouse_id is None else places.get(warehouse_id, center.warehouse)
    center.is_unused = warehouse_id is None
    return before != (center.warehouse_id, center.is_unused)


def _check(all_of_them: Sequence[DistributionCenter]) -> None:
    taken: dict[int, DistributionCenter] = {}
    for center in all_of_them:
        if center.warehouse_id is None or center.warehouse is None:
            continue
        if other := taken.get(center.warehouse_id):
            raise WrongMapping(
                f"«{other.name}» e «{center.name}» não podem ser o mesmo Estoque «{center.warehouse.name}»: "
                "o que está nele seria vendido duas vezes. Escolha um Estoque para cada centro."
            )
        taken[center.warehouse_id] = center
    sold_from = [center for center in all_of_them if center.is_sold_from]
    if sold_from and all(center.is_unused for center in sold_from):
        raise WrongMapping("Ao menos um centro ativo deve ter um Estoque: sem ele a loja não teria nada a vender.")


def _follow(store: Store) -> None:
    """Let a store sell from the Estoques of its centres, in Tray's order; without any its own choice stays."""
    if places := [center.warehouse_id for center in centers(store) if center.is_written and center.warehouse_id]:
        sell_from(store, places)


def judge_centers(store: Store, *, now: datetime, by: str = BY_ITSELF) -> Matter | None:
    """Ask for the Estoques of the centres that have none, or close the question; return it if it stands open."""
    key = store_key(store.pk)
    missing = [center.name for center in centers(store) if center.is_open]
    if not missing:
        close_matters(store.company_id, kind=Kind.DISTRIBUTION_CENTERS, keys=[key], by=by, now=now)
        return None
    names = ", ".join(f"«{name}»" for name in missing)
    matter = Matter(
        kind=Kind.DISTRIBUTION_CENTERS,
        key=key,
        text=(
            f"A loja {store.name} tem centros de distribuição (Multi-CD), e falta dizer a que Estoque corresponde cada "
            f"um: {names}. O estoque dela não é enviado."
        ),
        remedy=REMEDY,
        store_id=store.pk,
        facts={"centers": missing},
    )
    open_matters(store.company_id, [matter], now=now)
    return matter
