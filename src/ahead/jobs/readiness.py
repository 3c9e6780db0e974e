"""Whether this installation can do its work: for load balancers, monitors and `ahead doctor`, who hear the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.db import DatabaseError, InterfaceError, connection

from ahead.db.clock import shared_now
from ahead.db.schema import look_at_schema
from ahead.jobs import engine
from ahead.jobs.models import WorkerSlot
from ahead.watch.facts import away_since
from ahead.watch.looking import AWAY_TOO_LONG
from ahead.watch.rules import moment


class Verdict(StrEnum):
    """What one check came to."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it stands on a check that failed


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be right; `text` and `remedy` are for a person, and only where it is not."""

    name: str
    verdict: Verdict
    text: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """All checks; ready if none of them failed."""

    checks: tuple[Check, ...]

    @property
    def is_ready(self) -> bool:
        """Whether every check is right."""
        return all(check.verdict == Verdict.OK for check in self.checks)

    @property
    def first_problem(self) -> Check | None:
        """The first check that failed: what the ones after it stand on."""
        return next((check for check in self.checks if check.verdict == Verdict.FAILED), None)


def readiness() -> Readiness:
    """Return how this installation stands; never raises, whatever is away."""
    checks: list[Check] = []
    for look in (_database, _migrations, _engine, _worker):
        if checks and checks[-1].verdict != Verdict.OK:
            checks.append(Check(_NAMES[look], Verdict.UNKNOWN))
        else:
            checks.append(_guarded(look))
    return Readiness(tuple(checks))


def _guarded(look: Callable[[], tuple[str, str] | None]) -> Check:
    try:
        problem = look()
    except (DatabaseError, InterfaceError, OSError):
        problem = "O banco de dados não responde.", "Confira o banco de dados e AHEAD_DATABASE_URL."
    if problem is None:
        return Check(_NAMES[look], Verdict.OK)
    return Check(_NAMES[look], Verdict.FAILED, *problem)


def _database() -> tuple[str, str] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def _migrations() -> tuple[str, str] | None:
    schema = look_at_schema()
    if schema.contracted:
        newer = f"O banco de dados é de uma versão mais nova do que esta (a alteração {schema.contracted[0]})."
        return newer, "Instale nesta máquina a mesma versão das outras."
    missing = schema.missing
    if not missing:
        return None
    return f"Faltam {len(missing)} alterações no banco de dados (a primeira: {missing[0]}).", "Rode `ahead migrate`."


def _engine() -> tuple[str, str] | None:
    try:
        engine.executors_at_work()  # the cheapest of its questions
    except engine.EngineAway:
        return "O banco das sincronizações não responde.", "Rode `ahead migrate` e reinicie os workers."
    return None


def _worker() -> tuple[str, str] | None:
    if not WorkerSlot.objects.alive().exists():
        return "Nenhum worker está rodando.", "Inicie com `ahead worker`."
    if since := away_since(now=shared_now(), after=AWAY_TOO_LONG):  # they live, and do not do their rounds
        return f"Os workers não olham o que é devido desde {moment(since)}.", "Veja o log deles e reinicie-os."
    return None


_NAMES: dict[Callable[[], tuple[str, str] | None], str] = {
    _database: "database",
    _migrations: "migrations",
    _engine: "engine",
    _worker: "worker",
}
