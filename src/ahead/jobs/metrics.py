"""
Figures for Prometheus: computed from the database when they are asked for, so that any process may be asked.

Scrapes within some seconds of each other get the same text: it is computed once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from time import monotonic, perf_counter

from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from ahead.jobs import standing
from ahead.jobs.models import DEAD_AFTER_SECONDS
from ahead.watch.metrics import families

KEPT_SECONDS = 10.0


@dataclass
class _Kept:
    """The last text, and when it was made."""

    body: bytes = b""
    at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept = _Kept()


def exposition(*, fresh: bool = False) -> tuple[bytes, str]:
    """Return the figures as text, at most some seconds old unless `fresh` ones are wanted, and its content type."""
    with _kept.lock:
        if fresh or monotonic() - _kept.at > KEPT_SECONDS:
            registry = CollectorRegistry(auto_describe=False)
            registry.register(_Figures(timezone.now()))
            _kept.body, _kept.at = generate_latest(registry), monotonic()
        return _kept.body, CONTENT_TYPE_LATEST


class _Figures(Collector):
    """All figures of one scrape."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield each family of figures."""
        began = perf_counter()
        yield InfoMetricFamily("ahead_build", "Version of the program.", value={"version": version("ahead-ecommerce")})
        yield from _of_jobs()
        yield from families(now=self._now)
        yield GaugeMetricFamily(
            "ahead_scrape_duration_seconds", "How long these figures took.", value=perf_counter() - began
        )


def _of_jobs() -> Iterator[Metric]:
    state = standing.state()
    threads = sum(worker.threads for worker in state.workers)
    seen = f"Workers that were seen within {DEAD_AFTER_SECONDS} seconds."
    yield GaugeMetricFamily("ahead_workers", seen, value=len(state.workers))
    yield GaugeMetricFamily("ahead_worker_threads", "How many syncs all workers can run at once.", value=threads)
    syncs = GaugeMetricFamily("ahead_syncs", "Syncs the engine holds.", labels=["state"])
    syncs.add_metric(["queued"], len(state.queued))
    syncs.add_metric(["running"], len(state.running))
    yield syncs
