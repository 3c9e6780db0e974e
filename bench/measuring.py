"""Clocks, memory and medians."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(slots=True)
class Spent:
    """What a block of code took: seconds of wall clock, and of this process' CPU."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure the block; what was collected before it does not count."""
    gc.collect()
    spent = Spent()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield spent
    finally:
        spent.wall, spent.cpu = time.perf_counter() - wall, time.process_time() - cpu


def interleaved(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Do the works one after another, so many rounds, and return the median of the seconds of each."""
    found: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, found, strict=True):
            with spending() as spent:
                work()
            times.append(spent.wall)
    return [median(times) for times in found]


def peak_megabytes() -> float:
    """Return the largest memory this process ever held; what its parent held before it began does not count."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def held_megabytes() -> float:
    """Return the memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024 / 1024
