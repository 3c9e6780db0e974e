"""
Distribution centres: the stock of a store that has any is the sum of the active ones.

What the sources leave open: the first active centre is the one of the lowest priority number,
then of the lowest id; what a product had before the first centre opened lies there, and a
centre opened later begins empty; a plain stock of a product changes the first active centre
only, so the shown stock differs from what was written while others hold some; an order takes
from the first active centre that has enough, else from the first one, and gives back to where
it took; a closed centre's stock is gone with it.
"""

from typing import TYPE_CHECKING

from ahead.sandbox.tray.records import Fields, Record, Sellable

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store


def active(store: "Store") -> list[Record]:
    """Return the active centres, the first one first."""
    found = [centre for centre in store.centres.values() if centre.text("active") == "1"]
    return sorted(found, key=lambda centre: (int(centre.text("priority")), centre.id))


def add(store: "Store", fields: Fields) -> Record:
    """Open a centre."""
    is_first = not store.centres
    known = {"priority": str(len(store.centres) + 1), "active": "1"}
    centre = Record(store.take_id("centre"), {**known, **fields})
    store.centres[centre.id] = centre
    if is_first:
        for item in _items(store):
            item.units_by_centre[str(centre.id)] = item.stock
    resum(store)
    return centre


def remove(store: "Store", centre: Record) -> None:
    """Close a centre; without any left, products keep the stock that was shown last."""
    del store.centres[centre.id]
    for item in _items(store):
        item.units_by_centre.pop(str(centre.id), None)
    resum(store)


def resum(store: "Store") -> None:
    """Bring every shown stock in line with the active centres."""
    for item in _items(store):
        _sum(store, item)


def place(store: "Store", item: Sellable, units: int, centre: Record | None = None) -> None:
    """Write the stock of a product or a variant, in the first active centre unless one is named."""
    if not store.centres:
        item.fields["stock"] = str(units)
        return
    for chosen in [centre] if centre else active(store)[:1]:
        item.units_by_centre[str(chosen.id)] = units
    _sum(store, item)


def take(store: "Store", item: Sellable, units: int) -> str:
    """Take units away and return the centre they came from, empty without centres."""
    if not store.centres:
        item.fields["stock"] = str(item.stock - units)
        return ""
    ids = [str(centre.id) for centre in active(store)]
    chosen = next((one for one in ids if item.units_by_centre.get(one, 0) >= units), ids[0] if ids else "")
    _shift(store, item, chosen, -units)
    return chosen


def give_back(store: "Store", item: Sellable, units: int, taken_from: str) -> None:
    """Give units back to the centre they came from, or to the first active one if it is no more."""
    if not store.centres:
        item.fields["stock"] = str(item.stock + units)
        return
    if int(taken_from or 0) not in store.centres:
        taken_from = next((str(centre.id) for centre in active(store)), "")
    _shift(store, item, taken_from, units)


def _shift(store: "Store", item: Sellable, centre_id: str, units: int) -> None:
    if centre_id:
        item.units_by_centre[centre_id] = item.units_by_centre.get(centre_id, 0) + units
    _sum(store, item)


def _sum(store: "Store", item: Sellable) -> None:
    if store.centres:
        item.fields["stock"] = str(sum(item.units_by_centre.get(str(centre.id), 0) for centre in active(store)))


def _items(store: "Store") -> list[Sellable]:
    return [*store.products.values(), *store.variants.values()]
