"""The properties (características) of a store: known by name, read or made when a listing needs one."""

from __future__ import annotations

from collections.abc import Iterable

from ahead import tray
from ahead.catalog.models import StoreProperty
from ahead.lib.wording import folded
from ahead.sync.exchange import Exchange


def known_properties(exchange: Exchange, names: Iterable[str]) -> dict[str, int]:
    """
    Return Tray's ids of these properties by folded name; an unknown one is looked for at Tray, and made.

    One that Tray will not make is left out, and logged: the others of a listing are written all the same.
    """
    wanted = {folded(name): name for name in names}
    known = kept_properties(exchange)
    if wanted.keys() - known.keys() and _read(exchange):
        known = kept_properties(exchange)
        for key in wanted.keys() - known.keys():
            _make(exchange, wanted[key])
        known = kept_properties(exchange)
    return known


def kept_properties(exchange: Exchange) -> dict[str, int]:
    """Return the properties that are known already: ids by folded name."""
    rows = StoreProperty.objects.of(exchange.company_id).filter(store=exchange.store).order_by("-tray_id")
    return {folded(name): tray_id for name, tray_id in rows.values_list("name", "tray_id")}


def _read(exchange: Exchange) -> bool:
    """Read the store's list, and return whether that went well; else it is logged, and what is unknown waits."""
    try:
        found = [(one.id, one.name) for one in exchange.tray.properties()]
    except tray.TrayError as error:
        exchange.end_if_hopeless(error)
        with exchange.write():
            exchange.tell([exchange.error("properties", "As características da Loja não puderam ser lidas", error)])
        return False
    _keep(exchange, found)
    return True


def _keep(exchange: Exchange, found: list[tuple[int, str]]) -> None:
    with exchange.write():
        StoreProperty.objects.bulk_create(
            [
                StoreProperty(company_id=exchange.company_id, store=exchange.store, tray_id=tray_id, name=name[:100])
                for tray_id, name in found
            ],
            update_conflicts=True,
            unique_fields=["store", "tray_id"],
            update_fields=["name"],
        )


def _make(exchange: Exchange, name: str) -> None:
    try:
        tray_id = exchange.tray.create_property(name, [])
    except tray.TrayError as error:
        exchange.end_if_hopeless(error)
        with exchange.write():
            exchange.tell([exchange.error(f"property:{name}", f"Característica {name}", error)])
        return
    if tray_id is None:
        _read(exchange)  # Tray told no id
    else:
        _keep(exchange, [(tray_id, name)])
