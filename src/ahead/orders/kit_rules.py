"""How a kit shows in an order, and whether it came as we know it: pure decisions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from ahead.lib.money import split
from ahead.orders.incoming import IncomingOrder

Units = Mapping[int, int]  # product of ours -> units
_MOST_KITS_TRIED = 8  # 2^8 ways to count them


@dataclass(frozen=True, slots=True)
class Sold:
    """One line of an order, as far as kits are concerned."""

    tray_product_id: int
    kit_tray_id: int | None  # Tray's product id of the kit that it is a component of
    product_id: int | None  # of ours; None while nothing matches
    quantity: int
    amount: Decimal
    counts: bool = True

    @property
    def is_component(self) -> bool:
        """Whether it stands for a part of a kit; a kit may name itself."""
        return self.kit_tray_id is not None and self.kit_tray_id != self.tray_product_id


def counted(order: IncomingOrder) -> list[bool]:
    """Return for each line whether it counts: of a kit that is there beside its components, one of the two does."""
    lines = [
        Sold(line.offered.tray_product_id, line.kit_tray_id, None, line.quantity, line.unit_price * line.quantity)
        for line in order.items
    ]
    return counting(lines, order.items_total)


def counting(lines: Sequence[Sold], items_total: Decimal) -> list[bool]:
    """
    Return for each line whether it counts, so that the sum of those that do is `items_total`.

    No source shows an order with a kit: Tray may list the components, the kit, or both. Where both are there and
    neither choice gives the sum, the components count: they say what leaves the shelf.
    """
    parts = {line.kit_tray_id or 0 for line in lines if line.is_component}
    twice = sorted(parts & {line.tray_product_id for line in lines if not line.is_component})
    if not twice:
        return [True] * len(lines)
    ways = list(_ways(twice))
    sums = [sum((line.amount for line in lines if _counts(line, twice, way)), Decimal(0)) for way in ways]
    chosen = next((way for way, total in zip(ways, sums, strict=True) if total == items_total), ways[0])
    return [_counts(line, twice, chosen) for line in lines]


def _ways(twice: Sequence[int]) -> Iterator[frozenset[int]]:
    """Yield the sets of kits that may count instead of their components: none, all, and what is in between."""
    yield frozenset()
    yield frozenset(twice)
    if len(twice) <= _MOST_KITS_TRIED:
        for size in range(1, len(twice)):
            yield from map(frozenset, combinations(twice, size))


def _counts(line: Sold, twice: Sequence[int], whole: frozenset[int]) -> bool:
    """Whether a line counts while the kits of `whole` do, and of the others the components."""
    if line.is_component:
        return line.kit_tray_id not in whole
    return line.tray_product_id not in twice or line.tray_product_id in whole


def came(lines: Sequence[Sold]) -> dict[int, Counter[int] | None]:
    """Return what came of each kit of which components came, by its id at Tray; None while one of them is unknown."""
    units: dict[int, Counter[int] | None] = defaultdict(Counter)
    for line in lines:
        if not (line.counts and line.is_component and line.kit_tray_id is not None):
            continue
        found = units[line.kit_tray_id]
        if line.product_id is None or found is None:
            units[line.kit_tray_id] = None
        else:
            found[line.product_id] += line.quantity
    return dict(units)


def is_made_of(units: Units, composition: Units) -> bool:
    """Whether these units are a whole number of kits that are composed so."""
    if not composition or units.keys() != composition.keys():
        return False
    first = next(iter(composition))
    kits, rest = divmod(units[first], composition[first])
    return kits > 0 and not rest and all(units[one] == kits * composition[one] for one in composition)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a line takes of one component: units for the whole line, and its share of the line's amount."""

    product_id: int
    quantity: int
    amount: Decimal


def exploded(composition: Units, prices: Mapping[int, Decimal], *, kits: int, amount: Decimal) -> list[Taken]:
    """Return what a line of so many kits takes; the amounts add up to the line's, in proportion to the prices."""
    weights = [prices[one] * units for one, units in composition.items()]
    shares = split(amount, weights, unweighted="evenly")
    return [Taken(one, units * kits, share) for (one, units), share in zip(composition.items(), shares, strict=True)]


def resized(taken: Sequence[Taken], *, before: int, kits: int, amount: Decimal) -> list[Taken] | None:
    """Return what a line takes that has another number of kits or amount now; None if it cannot be told from before."""
    if not taken or before <= 0 or any(one.quantity % before for one in taken):
        return None
    shares = split(amount, [one.amount for one in taken], unweighted="evenly")
    return [
        Taken(one.product_id, one.quantity // before * kits, share) for one, share in zip(taken, shares, strict=True)
    ]
