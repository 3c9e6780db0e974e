"""The phases of a history: both sides made, everything told while all fails, quiet, judged, measured."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from ahead.db.tenancy import TenantQuerySet
from ahead.fiscal.delivering import resend
from ahead.fiscal.models import Nota, NotaEvent, Press
from ahead.jobs import engine
from ahead.lib.errors import Refused
from ahead.sandbox.sefaz import SefazSandbox
from ahead.sandbox.tray import TraySandbox
from ahead.stores.models import StoreAgenda
from ahead.sync.models import OrderSighting, SyncRun
from ahead.webhooks.operations import open_address
from campaign import figures
from campaign.judging import Judge
from campaign.judging_notas import judge_notas, judge_secrets
from campaign.killing import Killer
from campaign.plan import Plan
from campaign.processes import Machines
from campaign.sefaz_faults import SefazDoor
from campaign.story import Story
from campaign.tampering import unseen_lies
from campaign.tray_faults import Door
from campaign.world import BY, World, build

_PAST = datetime(2020, 1, 1, tzinfo=UTC)
_LONGEST_WORKING_OFF, _LOOK_SECONDS, _LOOKS_AT_REST = 300, 3.0, 5
_SECONDS_TO_BE_QUIET = 600
_PRESSES_TO_BE_QUIET = 8
_ROUNDS_TO_BE_QUIET = 5


class NeverQuiet(Exception):
    """Nothing fails any more, and still something is left to do."""


class Telling:
    """One history with all that takes part in it."""

    def __init__(
        self, plan: Plan, box: TraySandbox, sefaz: SefazSandbox, door: Door, sefaz_door: SefazDoor, address: str,
        authority: Path, *, turbo: bool,
    ) -> None:  # fmt: skip
        self.seconds: dict[str, float] = {}
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
        self.plan, self.box, self.sefaz, self.door, self.sefaz_door = plan, box, sefaz, door, sefaz_door
        self.world: World = self._timed("both sides made", lambda: build(plan, box, address, authority, turbo=turbo))

    def run(
        self,
        folder: Path,
        environment: dict[str, str],
        *,
        workers: int,
        web_port: int,
        agenda_every: float,
        is_judge_tried: bool,
    ) -> dict[str, Any]:
        """Live through it."""
        story = Story(self.world, agenda_every=agenda_every)
        with Machines(folder, environment, workers=workers, web_port=web_port) as machines:
            self._timed("processes up", machines.wait_until_up)
            secrets = self._let_tray_notify(web_port)
            self._timed("first sync", lambda: self._be_quiet(story))
            before = Counter(self.door.arrived)
            for one in self.world.shops:
                one.shop.counters.reset()
            self._let_fail(True)
            killer = Killer(self.world, machines, self.door)
            killer.begin()
            self._timed("story", story.tell)
            self._timed("working off", lambda: self._work_off(story, killer))
            self._timed("last kills", lambda: killer.end(story.let_agenda_come))
            self._let_fail(False)
            wrong = self._timed("quiet", lambda: self._end(story))
            found = figures.measure(self.world, story.told, self.door, self.sefaz_door, machines, killer.deaths, before)
            ended = time.monotonic()
        self.seconds["processes ended"] = time.monotonic() - ended
        logs = [machine.log for machine in machines.all]
        wrong += [f"{one.name} ended by itself with {one.unasked_ends}" for one in machines.all if one.unasked_ends]
        wrong += self._recovery(killer)

        def judge() -> list[str]:
            return [*Judge(self.world, story.told, self.door).verdict(), *judge_notas(self.world, self.sefaz)]

        def judge_secrecy() -> list[str]:
            return list(judge_secrets(self.world, logs, secrets))

        wrong += [*judge(), *judge_secrecy()]
        if is_judge_tried and not wrong:
            lies = self._timed("lies", lambda: unseen_lies(self.world, judge, judge_secrecy))
            wrong += [f"the judge does not see that {lie}" for lie in lies]
        seconds = {name: round(value, 1) for name, value in self.seconds.items()}
        return {**found, "seconds": seconds, "versions": figures.versions(), "wrong": wrong}

    def _let_tray_notify(self, web_port: int) -> list[str]:
        """Tell Tray the address of each application, as its support would enter it; return what is secret in them."""
        secrets, now = [], datetime.now(UTC)
        for one in self.world.shops:
            secret = open_address(company=self.world.company, store_id=one.store.pk, by=BY, now=now)
            address = f"http://127.0.0.1:{web_port}/webhooks/tray/{secret}/"
            self.box.courier.tell(address, one.shop.consumer_key)
            secrets.append(secret)
        return secrets

    def _work_off(self, story: Story, killer: Killer) -> None:
        """Go on while all still fails, until nothing is left to do; kills whose moment is to come are waited for."""
        until, rest = time.monotonic() + min(_LONGEST_WORKING_OFF, self.plan.scale.orders / 4), 0
        while time.monotonic() < until and rest < (1 if killer.is_through else _LOOKS_AT_REST):
            story.finish()
            story.link_strangers()
            story.press()
            story.let_agenda_come()
            time.sleep(_LOOK_SECONDS)
            rest = 0 if self._left() else rest + 1

    def _timed(self, name: str, do: Any) -> Any:
        began = time.monotonic()
        try:
            return do()
        finally:
            self.seconds[name] = time.monotonic() - began

    def _let_fail(self, is_on: bool) -> None:
        self.sefaz_door.is_on = is_on
        for one in self.world.shops:
            one.faults.is_on = one.bell.is_on = is_on

    @staticmethod
    def _recovery(killer: Killer) -> list[str]:
        return [
            f"{slug} stood still since {death.worker} was killed at request {death.at_request}"
            for death in killer.deaths
            for slug in death.had
            if slug not in death.recovered_after
        ]

    # ── quiet ─────────────────────────────────────────────────────────────────────────────────────────────

    def _end(self, story: Story) -> list[str]:
        """Let everything that is left be done, by the program and by people; return what cannot be."""
        try:
            for _ in range(_ROUNDS_TO_BE_QUIET):
                self._be_quiet(story)
                acts = story.told.acts.copy()
                self._let_people_act(story)
                if story.told.acts == acts:
                    break
        except NeverQuiet as stuck:
            return [f"it never came to rest: {stuck}"]
        return []

    def _let_people_act(self, story: Story) -> None:
        story.finish()
        story.link_strangers()
        story.press()
        self._send_again(story)

    def _be_quiet(self, story: Story) -> None:
        """Sync until nothing is left to do; what waits for its time is due at once."""
        until = time.monotonic() + _SECONDS_TO_BE_QUIET
        for _ in range(_PRESSES_TO_BE_QUIET):
            self._wait_for_rest(until)
            began = {pk: self._last_number(pk) for pk in self._store_ids}
            story.press_sync()
            self._wait_for_rest(until)
            has_run = all(self._last_number(pk) > number for pk, number in began.items())
            if has_run and not self._unclean() and not self._left():
                return
        raise NeverQuiet(", ".join(self._left() or self._unclean()) or "no run was made")

    @property
    def _store_ids(self) -> list[int]:
        return [one.store.pk for one in self.world.shops]

    def _wait_for_rest(self, until: float) -> None:
        """Wait until no job runs, and no nota is on its way."""
        company, rest = self.world.company, 0
        while rest < 3:
            if time.monotonic() > until:
                raise NeverQuiet(", ".join(self._left()) or "jobs run without end")
            for rows in (Nota.objects.of(company), NotaEvent.objects.of(company)):
                _let_pass(rows.exclude(state="sending"), "due_at")
            _let_pass(Nota.objects.of(company), "delivery_due_at")
            rest = 0 if self._left() else rest + 1
            time.sleep(0.2)

    def _left(self) -> list[str]:
        company = self.world.company
        found = {
            "syncs": len(engine.live_runs()),
            "works": len(engine.live_works("notas")),
            "presses": Press.objects.of(company).exclude(state=Press.State.DONE).count(),
            "notas on their way": Nota.objects.of(company).filter(state__in=["signed", "sending", "unknown"]).count(),
            "askings": sum(row.asked > row.taken for row in StoreAgenda.objects.of(company)),
            "notices": self.box.courier.waiting,
        }
        return [f"{count} {what}" for what, count in found.items() if count]

    def _last_number(self, store_id: int) -> int:
        last = SyncRun.objects.of(self.world.company).filter(store_id=store_id).order_by("-number").first()
        return last.number if last else 0

    def _unclean(self) -> list[str]:
        """Return what the last run of each Loja left undone."""
        company, found = self.world.company, []
        for pk in self._store_ids:
            last = SyncRun.objects.of(company).filter(store_id=pk).latest("number")
            owed = Nota.objects.of(company).filter(store_id=pk, delivery_due_at__isnull=False)
            left = {
                f"a last run {last.state}": last.state != "clean",
                "orders to read": OrderSighting.objects.of(company).filter(store_id=pk).exclude(due="").exists(),
                "notas owed to Tray": owed.exists(),
            }
            found += [f"Loja {pk} has {what}" for what, is_left in left.items() if is_left]
        return found

    def _send_again(self, story: Story) -> None:
        """Press «Enviar de novo» for what was given up while all failed."""
        company = self.world.company
        failed = Nota.objects.of(company).filter(state="authorised", delivery__in=["due", "failed"])
        with suppress(Refused):
            if ids := list(failed.values_list("pk", flat=True)):
                story.told.acts["nota sent again by hand"] += len(ids)
                resend(company, ids, by=BY, now=datetime.now(UTC))


def _let_pass(rows: TenantQuerySet[Any], field: str) -> None:
    """Let the time of each row come, one by one: of many at once a worker may have locked some in another order."""
    for pk in list(rows.filter(**{f"{field}__gt": _PAST}).values_list("pk", flat=True)):
        rows.filter(pk=pk).update(**{field: _PAST})
