"""Consumo indevido: who repeats too much is answered 656 for an hour (the defaults of NT 2018.002)."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)
LIMITS = {"nota": 30, "event": 20, "query": 10}


@dataclass(slots=True)
class Consumption:
    """Counts by certificate, kind and what was repeated."""

    seen: defaultdict[tuple[str, str, str], deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    banned_until: dict[str, datetime] = field(default_factory=dict)

    def is_banned(self, cnpj: str, now: datetime) -> bool:
        """Whether a certificate is answered nothing but 656 now."""
        until = self.banned_until.get(cnpj)
        return until is not None and now < until

    def count(self, cnpj: str, kind: str, what: str, now: datetime) -> None:
        """Count one more of the same; over the limit, the certificate is banned."""
        times = self.seen[cnpj, kind, what]
        times.append(now)
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) > LIMITS[kind]:
            self.banned_until[cnpj] = now + WINDOW
            times.clear()

    def forget(self) -> None:
        """Forget everything that was counted."""
        self.seen.clear()
        self.banned_until.clear()
