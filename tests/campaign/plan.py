"""What happens in a history: shops, buyers, orders and their fates, stock moved, workers killed; all of it by seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from random import Random

SHOPS = 2
HOT_SHARE, HOT_SKUS = 0.2, 0.03  # so many of the lines are of so few of the SKUs: two stores at one balance


def chance(*identity: object) -> float:
    """Return a number in [0, 1) that depends on nothing but these words."""
    digest = hashlib.blake2b("\x1f".join(map(str, identity)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


class Fate(Enum):
    """What becomes of an order after it was placed."""

    STAYS = "stays"
    CANCELLED_BEFORE = "cancelled before its nota"
    CANCELLED_AFTER = "cancelled after its nota"
    EDITED_BEFORE = "edited before its nota"
    EDITED_AFTER = "edited after its nota"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything."""

    orders: int = 1_000
    skus: int = 1_000
    kits: int = 50
    customers: int = 250
    strangers: int = 4  # things that each shop sells and that are no product of ours at first
    pace: float = 10.0  # orders a second
    kills: int = 6
    moves: int = 60  # of stock, in AHEAD


FULL = Scale()
QUICK = Scale(orders=120, skus=120, kits=12, customers=40, strangers=2, pace=8.0, kills=3, moves=12)
SHORT = Scale(orders=60, skus=50, kits=5, customers=25, strangers=1, pace=15.0, kills=1, moves=6)
REAL_LIMIT = Scale(orders=100, skus=60, kits=6, customers=40, strangers=1, pace=1.0, kills=2, moves=6)


@dataclass(frozen=True, slots=True)
class Line:
    """What is bought: `kind` is sku, kit or stranger; `number` which one."""

    kind: str
    number: int
    units: int


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order. Its place in the list of its shop decides its id at Tray."""

    index: int
    shop: int
    at: float  # seconds from the start
    lines: tuple[Line, ...]
    buyer: int
    is_other_account: bool  # the same CPF under another customer id, with another name and address
    status: str
    pays_after: float  # seconds it waits for its payment; 0: paid when it comes
    fate: Fate
    fate_after: float  # seconds after it was paid, came in, or has its nota
    meets_fate_inside: bool  # one that meets it before its nota: once AHEAD has it, not already on the way
    wants_nota: bool


@dataclass(frozen=True, slots=True)
class StockMove:
    """Somebody counts, or books an entry, in AHEAD."""

    at: float
    sku: int
    kind: str
    units: int


@dataclass(frozen=True, slots=True)
class Kill:
    """A process dies when so many requests have reached Tray; `pick` chooses among the workers that are at work."""

    at_request: int
    pick: float
    back_after: float
    is_web: bool = False


@dataclass(frozen=True, slots=True)
class KitPart:
    """So many of a SKU in one kit."""

    sku: int
    units: int


@dataclass(frozen=True)
class Plan:
    """All that happens, before anything does."""

    seed: int
    scale: Scale
    kits: tuple[tuple[KitPart, ...], ...]
    on_hand: tuple[int, ...]
    prices: tuple[int, ...]  # cents
    orders: tuple[PlannedOrder, ...]
    moves: tuple[StockMove, ...]
    kills: tuple[Kill, ...] = field(default=())

    @property
    def seconds(self) -> float:
        """When the last order is placed."""
        return self.orders[-1].at


def make_plan(seed: int, scale: Scale, *, workers: int) -> Plan:
    """Return the history of a seed."""
    random = Random(f"campaign {seed}")
    hot = max(3, int(scale.skus * HOT_SKUS))
    kits = tuple(_kit(random, scale, place) for place in range(scale.kits))
    on_hand = tuple(random.randint(900, 3_000) if sku < hot else random.randint(60, 400) for sku in range(scale.skus))
    prices = tuple(random.randint(990, 19_990) for _ in range(scale.skus))
    orders = tuple(_orders(random, scale, hot))
    seconds = orders[-1].at
    moves = sorted(
        (_move(random, scale, hot, seconds) for _ in range(scale.moves)), key=lambda move: (move.at, move.sku)
    )
    kills = _kills(random, scale, workers)
    return Plan(seed, scale, kits, on_hand, prices, orders, tuple(moves), kills)


def _kit(random: Random, scale: Scale, place: int) -> tuple[KitPart, ...]:
    """Components are shared: neighbours have one in common, and some are sold by themselves all the time."""
    first = place * 2 % scale.skus
    others = random.sample([sku for sku in range(scale.skus) if sku != first], 2)
    return tuple(KitPart(sku, random.choice((1, 1, 2, 3))) for sku in (first, *others))


def _orders(random: Random, scale: Scale, hot: int) -> Iterator[PlannedOrder]:
    at = 0.0
    fates = _fates(random, scale.orders)
    strangers = _share(random, scale.orders, 0.02)
    others = _share(random, scale.orders, 0.03)
    for index in range(scale.orders):
        at += random.expovariate(scale.pace)
        fate = fates[index]
        after_nota = fate in {Fate.CANCELLED_AFTER, Fate.EDITED_AFTER}
        lines = _lines(random, scale, hot)
        if index in strangers:
            lines = (*lines, Line("stranger", random.randrange(scale.strangers), 1))
        yield PlannedOrder(
            index=index,
            shop=random.randrange(SHOPS),
            at=at,
            lines=lines,
            buyer=random.randrange(scale.customers),
            is_other_account=index in others,
            status=random.choice(("A ENVIAR", "A ENVIAR", "A ENVIAR VINDI")),
            pays_after=random.uniform(1, 6) if random.random() < 0.1 else 0.0,
            fate=fate,
            fate_after=random.uniform(0.2, 8.0) if after_nota else random.uniform(0.2, 3.0),
            meets_fate_inside=random.random() < 0.7,
            wants_nota=after_nota or (fate != Fate.CANCELLED_BEFORE and random.random() < 0.8),
        )


def _fates(random: Random, orders: int) -> list[Fate]:
    shares = {
        Fate.CANCELLED_BEFORE: 0.05,
        Fate.CANCELLED_AFTER: 0.05,
        Fate.EDITED_BEFORE: 0.04,
        Fate.EDITED_AFTER: 0.01,
    }
    fates = [fate for fate, share in shares.items() for _ in range(max(1, round(share * orders)))]
    fates += [Fate.STAYS] * (orders - len(fates))
    random.shuffle(fates)
    return fates


def _share(random: Random, orders: int, share: float) -> set[int]:
    return set(random.sample(range(orders), max(1, round(share * orders))))


def _lines(random: Random, scale: Scale, hot: int) -> tuple[Line, ...]:
    chosen: dict[tuple[str, int], Line] = {}
    for _ in range(random.choices((2, 3, 4), (1, 2, 1))[0]):
        if random.random() < 0.08:
            kit = random.randrange(scale.kits)
            chosen["kit", kit] = Line("kit", kit, random.choice((1, 1, 2)))
            continue
        sku = random.randrange(hot) if random.random() < HOT_SHARE else random.randrange(scale.skus)
        chosen["sku", sku] = Line("sku", sku, random.choice((1, 1, 1, 2, 3)))
    return tuple(chosen.values())


def _move(random: Random, scale: Scale, hot: int, seconds: float) -> StockMove:
    kind = random.choice(("entry", "entry", "exit", "count"))
    sku = random.randrange(hot) if random.random() < 0.5 else random.randrange(scale.skus)
    units = random.randint(40, 90) if kind == "count" else random.randint(1, 9)
    return StockMove(random.uniform(0, seconds), sku, kind, units)


def _kills(random: Random, scale: Scale, workers: int) -> tuple[Kill, ...]:
    """All over the history; where others can take over, one stays away for longer than they wait. The web dies once."""
    expected = scale.orders * 5  # requests; there are more
    places = sorted(random.sample(range(int(expected * 0.05), int(expected * 0.95)), scale.kills))
    long = random.randrange(scale.kills) if workers > 1 and scale.kills > 1 else -1
    kills = [
        Kill(place, random.random(), 40.0 if number == long else random.uniform(0.1, 2.0))
        for number, place in enumerate(places)
    ]
    if scale.kills > 1:
        kills.append(Kill(int(expected * random.uniform(0.2, 0.8)), 0.0, random.uniform(0.1, 2.0), is_web=True))
    return tuple(kills)
