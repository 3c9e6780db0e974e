"""How each flow of a store goes: what a run did of it, and how late things arrive. Pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

# the flows in the order of a sync, each with the step it is done in
STEP_OF = {
    "orders": "orders",
    "cancellations": "cancellations",
    "statuses": "acknowledge",
    "notes": "notes",
    "stock": "stock",
    "catalogue": "catalogue",
}
_STEPS = ("connect", "sweep", "orders", "cancellations", "acknowledge", "notes", "stock", "catalogue", "done")
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


def good_flows(step: str, error_keys: Collection[str]) -> set[str]:
    """Return the flows that a run which ended at this step, with these errors, did whole and without error."""
    reached = _STEPS.index(step) if _STOP in error_keys else len(_STEPS)
    bad = {flow_of(key) for key in error_keys}
    return {flow for flow, done_in in STEP_OF.items() if _STEPS.index(done_in) < reached and flow not in bad}


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
