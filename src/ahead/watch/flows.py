"""How each flow of a store goes: what a run did of it, and how late things arrive. Pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

# the flows in the order of a sync, each with the step it is done in
STEP_OF = {
    "orders": "orders",
    "cancellations": "cancellations",
    "statuses": "acknowledge",
    "notes": "notes",
    "stock": "stock",
    "catalogue": "catalogue",
}
STEPS = (
    "connect",
    "sweep",
    "orders",
    "cancellations",
    "acknowledge",
    "notes",
    "stock",
    "closing",
    "catalogue",
    "done",
)
# what an error of a run's log is about, by the first part of its key; anything else is of the catalogue
_FLOWS = {
    "order": "orders",
    "status": "statuses",
    "nota": "notes",
    "nota-status": "notes",
    "variant": "stock",
    "brake": "stock",
    "centers": "stock",
    "stock": "stock",
}
_STOP, _HELD = "run", "held"


def flow_of(key: str) -> str | None:
    """Return the flow that an error of a run is about; None for one that is no fault of a flow."""
    parts = key.split(":")
    if parts[0] == _STOP or parts[-1] == _HELD:  # a held order is in: it waits for a person
        return None
    return _FLOWS.get(parts[0], "catalogue")


def passed_flows(step: str, error_keys: Collection[str], *, is_brief: bool) -> set[str]:
    """
    Return the flows that a run which ended at this step, with these errors, came to the end of.

    A brief run, which looks at what Tray notified us of, has no look at the catalogue.
    """
    reached = STEPS.index(step) if _STOP in error_keys else len(STEPS)
    passed = {flow for flow, done_in in STEP_OF.items() if STEPS.index(done_in) < reached}
    return passed - {"catalogue"} if is_brief else passed


def good_flows(passed: Collection[str], error_keys: Collection[str]) -> set[str]:
    """Return the flows of these that were done without error."""
    return set(passed) - {flow_of(key) for key in error_keys}


def left_behind(passed: Mapping[str, datetime], *, by: timedelta) -> tuple[str, datetime] | None:
    """Return the flow that runs have not come to the end of for the longest, if others were by so much later."""
    if not passed:
        return None
    flow, at = min(passed.items(), key=itemgetter(1))
    return (flow, at) if max(passed.values()) - at > by else None


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long things took: half of them no longer than `p50`, nineteen of twenty no longer than `p95` seconds."""

    p50: float
    p95: float
    samples: int


def lateness(pairs: Iterable[tuple[datetime, datetime]]) -> Lateness | None:
    """Return how late things were, from when each arrived and since when it waited; clocks may differ a little."""
    seconds = sorted(max((at - since).total_seconds(), 0.0) for at, since in pairs)
    return Lateness(_rank(seconds, 0.50), _rank(seconds, 0.95), len(seconds)) if seconds else None


def _rank(ordered: Sequence[float], share: float) -> float:
    """The nearest rank: a value that really occurred."""
    place = -(-len(ordered) * round(share * 100) // 100)
    return ordered[max(place, 1) - 1]
