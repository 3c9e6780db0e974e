"""Kills workers at their moments, and measures how long the store stands still that they had in hand."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection

from ahead.jobs import standing
from campaign.plan import Kill
from campaign.processes import Machine, Machines
from campaign.tray_faults import Door
from campaign.world import World

_ON_ITS_WAY_SECONDS = 0.2  # what the dead one had sent arrives within
_GIVE_UP_SECONDS = 180
_LONGEST_WAIT_SECONDS = 60
_MEANWHILE_SECONDS = 3.0


@dataclass
class Death:
    """One kill, and how long it took until somebody went on."""

    at_request: int
    worker: str
    had: list[str]
    back_after: float
    recovered_after: dict[str, float] = field(default_factory=dict)


class Killer:
    """Kills as planned."""

    def __init__(self, world: World, machines: Machines, door: Door) -> None:
        self.deaths: list[Death] = []
        self._world, self._machines, self._door = world, machines, door
        self._due: queue.Queue[Kill | None] = queue.Queue()
        self._left = list(world.plan.kills)
        self._watching: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._work, name="killer", daemon=True)

    def begin(self) -> None:
        """Wait for the moments; requests count from here."""
        already = self._door.total
        for kill in self._left:
            self._door.at(already + kill.at_request, lambda kill=kill: self._due.put(kill))  # type: ignore[misc]
        self._thread.start()

    @property
    def is_through(self) -> bool:
        """Whether all kills were done."""
        return not self._left

    def end(self, meanwhile: Callable[[], None]) -> None:
        """Do the kills whose moment did not come, and wait until all are recovered from; there is work meanwhile."""
        for kill in list(self._left):
            self._due.put(kill)
        self._due.put(None)
        while any(thread.is_alive() for thread in (self._thread, *self._watching)):
            meanwhile()
            time.sleep(_MEANWHILE_SECONDS)

    def _work(self) -> None:
        while (kill := self._due.get()) is not None:
            if kill in self._left:
                self._left.remove(kill)
                self._strike(kill)
        connection.close()

    def _strike(self, kill: Kill) -> None:
        if kill.is_web:
            self._machines.web.kill(kill.back_after)
            self.deaths.append(Death(self._door.total, "web", [], kill.back_after))
            return
        busy = self._wait_for_work()
        alive = [worker for worker in self._machines.workers if worker.pid]
        if not alive:
            return
        candidates = [worker for worker in alive if busy.get(worker.pid)] or alive
        victim: Machine = candidates[int(kill.pick * len(candidates))]
        had = busy.get(victim.pid, [])
        victim.kill(kill.back_after)
        death = Death(self._door.total, victim.name, had, kill.back_after)
        self.deaths.append(death)
        for slug in had:
            watch = threading.Thread(target=self._watch, args=(death, slug, time.monotonic()), daemon=True)
            watch.start()
            self._watching.append(watch)

    def _wait_for_work(self) -> dict[int, list[str]]:
        """Return who has what in hand, once somebody who is alive has anything: there is no news in killing idlers."""
        until = time.monotonic() + _LONGEST_WAIT_SECONDS
        while True:
            busy = self._at_work()
            if time.monotonic() > until or any(busy.get(worker.pid) for worker in self._machines.workers if worker.pid):
                return busy
            time.sleep(0.1)

    def _at_work(self) -> dict[int, list[str]]:
        """Return which stores each worker has in hand, by process id."""
        state = standing.state()
        pids = {worker.executor: worker.pid for worker in state.workers}
        slugs = {one.store.pk: one.slug for one in self._world.shops}
        found: dict[int, list[str]] = {}
        for run in state.running:
            found.setdefault(pids.get(run.executor, 0), []).append(slugs[run.store_id])
        return found

    def _watch(self, death: Death, slug: str, killed_at: float) -> None:
        while time.monotonic() < killed_at + _GIVE_UP_SECONDS:
            if self._door.last_at(slug) > killed_at + _ON_ITS_WAY_SECONDS:
                death.recovered_after[slug] = self._door.last_at(slug) - killed_at
                return
            time.sleep(0.02)
