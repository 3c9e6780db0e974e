"""What is wrong, from facts; what opens, what closes, and who hears of it: pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from ahead.lib.brasilia import BRASILIA
from ahead.lib.errors import Refused
from ahead.watch.flows import left_behind

QUIET_FOR = timedelta(hours=24)  # of one cause nobody hears twice within a day, however often it comes and goes
MOST_TRIES = 8
_LEAST_PATIENCE, _MOST_PATIENCE = timedelta(minutes=10), timedelta(hours=24)
MOST_STARTS = 2  # a try whose end nobody saw is repeated once, never more


class WrongThreshold(Refused):
    """A threshold is out of its range; the message says which."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on something is an alert."""

    overdue_intervals: int = 4
    failing_runs: int = 3
    held_hours: int = 24
    waiting_minutes: int = 60
    rejected_hours: int = 4
    unknown_minutes: int = 30
    undelivered_minutes: int = 120
    token_days: int = 7
    certificate_days: int = 15
    quota_percent: int = 10


RANGES: Mapping[str, tuple[int, int]] = {
    "overdue_intervals": (2, 100),
    "failing_runs": (1, 100),
    "held_hours": (1, 24 * 30),
    "waiting_minutes": (5, 60 * 24 * 7),
    "rejected_hours": (1, 24 * 30),
    "unknown_minutes": (5, 60 * 24 * 7),
    "undelivered_minutes": (5, 60 * 24 * 7),
    "token_days": (1, 29),
    "certificate_days": (1, 90),
    "quota_percent": (1, 90),
}


def check_thresholds(values: Mapping[str, int]) -> None:
    """
    Make sure that each threshold is within its range.

    :raises WrongThreshold: if one is not.
    """
    for name, value in values.items():
        least, most = RANGES[name]
        if not least <= value <= most:
            raise WrongThreshold(f"O valor deve ir de {least} a {most}.")


@dataclass(frozen=True, slots=True)
class Heap:
    """Things of one sort that wait: how many, and since when the oldest does."""

    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """How one store stands."""

    id: int
    code: int
    name: str
    connection: str = "connected"
    is_paused: bool = False
    syncs_by_itself: bool = True
    interval_minutes: int = 15
    next_sync_at: datetime | None = None
    asked_at: datetime | None = None  # of a sync that was asked for and has not begun
    is_in_hand: bool = False
    failures: int = 0
    good_at: datetime | None = None
    passed: Mapping[str, datetime] = field(default_factory=dict)  # when a run last came to the end of each flow
    disconnected_since: datetime | None = None
    token_ends_at: datetime | None = None
    requests_used: int = 0
    requests_per_day: int = 10_000
    waiting: Heap | None = None  # orders seen at Tray, due, and not taken in
    notices: Heap | None = None  # what Tray notified us of, not looked at yet
    held: Heap | None = None
    undelivered: Heap | None = None


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """How a company stands."""

    stores: tuple[StoreFacts, ...] = ()
    held: Heap | None = None  # of orders that came from no store
    rejected: Heap | None = None
    unknown: Heap | None = None
    certificate: str = ""
    certificate_ends_at: datetime | None = None
    away_since: datetime | None = None  # no worker runs


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now."""

    kind: str
    key: str
    text: str
    remedy: str
    since: datetime
    turn: str = "you"
    store_id: int | None = None

    @property
    def cause(self) -> tuple[str, str]:
        """What two findings of the same thing have in common."""
        return self.kind, self.key


COMPANY = "company"
_FLOWS = {
    "orders": "aos pedidos",
    "cancellations": "aos cancelamentos",
    "statuses": "aos status",
    "notes": "às notas",
    "stock": "ao estoque",
    "catalogue": "ao catálogo",
}
_HELD_REMEDY = "Abra as Pendências: cada uma diz o que falta. Resolvida a causa, os pedidos seguem sozinhos."


def findings(facts: CompanyFacts, limits: Thresholds, *, now: datetime) -> list[Finding]:
    """Return everything that is wrong with a company now, at most one finding of each cause."""
    found = [one for store in facts.stores if not store.is_paused for one in _of_store(store, limits, now)]
    return [*found, *_of_company(facts, limits, now)]


def _of_store(store: StoreFacts, limits: Thresholds, now: datetime) -> Iterator[Finding]:
    if store.connection == "never":
        return
    if store.connection in {"reauthorise", "blocked"}:
        yield _disconnected(store, now)  # whatever else is wrong with it comes of this
    else:
        yield from _of_connected(store, limits, now)
    yield from _of_heaps(store, limits, now)


def _disconnected(store: StoreFacts, now: datetime) -> Finding:
    since = store.disconnected_since or now
    if store.connection == "blocked":
        text = f"O Tray diz que a Loja {store.name} está bloqueada ou inativa. Ela não sincroniza."
        remedy = "Regularize a Loja com o Tray e depois pressione «Testar conexão» na página dela."
    else:
        text = f"O Tray não aceita mais a autorização da Loja {store.name}. Ela não sincroniza."
        remedy = "Abra a Loja e pressione «Conectar de novo»."
    return _about(store, "store_connection", text, remedy, since)


def _of_connected(store: StoreFacts, limits: Thresholds, now: datetime) -> Iterator[Finding]:
    left = max(store.requests_per_day - store.requests_used, 0)
    is_quota_low = left * 100 < store.requests_per_day * limits.quota_percent
    if store.failures >= limits.failing_runs:
        text = f"A sincronização da Loja {store.name} falhou {store.failures} vezes seguidas."
        remedy = "Veja o erro da última em Sincronização, Logs. Tentamos de novo sozinhos, com espera cada vez maior."
        yield _about(store, "store_failing", text, remedy, store.good_at or now, turn="us")
    elif (behind := left_behind(store.passed, by=_wanted(store, limits))) and not is_quota_low:
        flow, since = behind
        text = f"As sincronizações da Loja {store.name} não chegam mais {_FLOWS[flow]} desde {moment(since)}."
        remedy = "Veja o erro da última em Sincronização, Logs. Tentamos de novo a cada sincronização."
        yield _about(store, "store_failing", text, remedy, since)
    if store.failures < limits.failing_runs and (due := overdue_since(store)) and now - due > _patience(store, limits):
        text = f"A Loja {store.name} devia ter sincronizado em {moment(due)}."
        remedy = "Veja em Sincronização se uma execução está parada. Se nada anda, avise quem cuida do servidor."
        yield _about(store, "store_overdue", text, remedy, due)
    if store.token_ends_at and store.token_ends_at - now < timedelta(days=limits.token_days):
        text = f"A autorização do Tray da Loja {store.name} vence em {moment(store.token_ends_at)}."
        remedy = (
            "Sincronize a Loja antes disso: cada sincronização a renova. Se já venceu, pressione «Conectar de novo»."
        )
        since = store.token_ends_at - timedelta(days=limits.token_days)
        yield _about(store, "token_ending", text, remedy, since)
    if is_quota_low:
        text = f"Restam {left} de {store.requests_per_day} requisições de hoje da Loja {store.name}."
        remedy = "Nada se perde: o que não couber continua amanhã. Se acontece sempre, aumente o intervalo da Loja."
        yield _about(store, "quota", text, remedy, now, turn="us")


def overdue_since(store: StoreFacts) -> datetime | None:
    """Return since when a store should have begun a sync, or None while there is nothing to wait for."""
    if store.is_in_hand:
        return None
    if store.asked_at is not None:
        return store.asked_at
    return store.next_sync_at if store.syncs_by_itself else None


def _patience(store: StoreFacts, limits: Thresholds) -> timedelta:
    return min(_wanted(store, limits), _MOST_PATIENCE)


def _wanted(store: StoreFacts, limits: Thresholds) -> timedelta:
    return max(timedelta(minutes=store.interval_minutes * limits.overdue_intervals), _LEAST_PATIENCE)


def _of_heaps(store: StoreFacts, limits: Thresholds, now: datetime) -> Iterator[Finding]:
    if heap := too_old(store.waiting, timedelta(minutes=limits.waiting_minutes), now):
        what = counted(heap.count, "pedido visto no Tray ainda não entrou", "pedidos vistos no Tray ainda não entraram")
        text = f"Loja {store.name}: {what} no AHEAD; o mais antigo espera desde {moment(heap.since)}."
        remedy = "Veja os erros da última sincronização da Loja e sincronize de novo."
        yield _about(store, "orders_waiting", text, remedy, heap.since)
    notices = store.notices if store.syncs_by_itself else None  # else they wait for the button, as was chosen
    if heap := too_old(notices, timedelta(minutes=limits.waiting_minutes), now):
        one, many = "notificação do Tray ainda não foi lida", "notificações do Tray ainda não foram lidas"
        text = f"Loja {store.name}: {counted(heap.count, one, many)}; a mais antiga é de {moment(heap.since)}."
        remedy = "Nada se perde: a próxima sincronização também procura o que mudou. Veja os erros da última."
        yield _about(store, "notices", text, remedy, heap.since, turn="us")
    if heap := too_old(store.held, timedelta(hours=limits.held_hours), now):
        what = counted(heap.count, "pedido retido", "pedidos retidos")
        text = f"Loja {store.name}: {what} desde {moment(heap.since)}."
        yield _about(store, "orders_held", text, _HELD_REMEDY, heap.since)
    if heap := too_old(store.undelivered, timedelta(minutes=limits.undelivered_minutes), now):
        what = counted(heap.count, "nota autorizada não chegou", "notas autorizadas não chegaram")
        text = f"Loja {store.name}: {what} ao Tray; a mais antiga espera desde {moment(heap.since)}."
        remedy = "Veja a pendência de cada uma, corrija o que o Tray aponta e pressione «Reenviar»."
        yield _about(store, "notas_undelivered", text, remedy, heap.since)


def _of_company(facts: CompanyFacts, limits: Thresholds, now: datetime) -> Iterator[Finding]:
    if heap := too_old(facts.held, timedelta(hours=limits.held_hours), now):
        text = f"{counted(heap.count, 'pedido retido', 'pedidos retidos')}, sem Loja, desde {moment(heap.since)}."
        yield Finding("orders_held", COMPANY, text, _HELD_REMEDY, heap.since)
    if heap := too_old(facts.rejected, timedelta(hours=limits.rejected_hours), now):
        what = counted(heap.count, "nota rejeitada espera", "notas rejeitadas esperam")
        remedy = "Abra cada uma, corrija o que a SEFAZ aponta e gere de novo: o número é o mesmo."
        text = f"{what} correção; a mais antiga desde {moment(heap.since)}."
        yield Finding("notas_rejected", COMPANY, text, remedy, heap.since)
    if heap := too_old(facts.unknown, timedelta(minutes=limits.unknown_minutes), now):
        what = counted(heap.count, "nota sem resposta", "notas sem resposta")
        text = f"{what} da SEFAZ; a mais antiga desde {moment(heap.since)}. Podem estar autorizadas."
        remedy = "Nada a gerar de novo: perguntamos à SEFAZ pela chave. Veja em Fiscal, SEFAZ, se o serviço está no ar."
        yield Finding("notas_unknown", COMPANY, text, remedy, heap.since, turn="sefaz")
    ends_at = facts.certificate_ends_at
    if ends_at and ends_at - now < timedelta(days=limits.certificate_days):
        verb = "venceu" if ends_at <= now else "vence"
        text = f"O certificado digital «{facts.certificate}» {verb} em {moment(ends_at)}. Sem ele nenhuma nota sai."
        remedy = "Peça a renovação à certificadora e envie o arquivo novo em Fiscal, Certificado digital."
        yield Finding("certificate", COMPANY, text, remedy, ends_at - timedelta(days=limits.certificate_days))
    if facts.away_since:
        text = f"O programa que sincroniza está parado desde {moment(facts.away_since)}: nenhuma Loja sincroniza."
        yield Finding("worker_away", COMPANY, text, "Avise quem cuida do servidor: `ahead worker`.", facts.away_since)


def too_old(heap: Heap | None, limit: timedelta, now: datetime) -> Heap | None:
    """Return the heap if its oldest thing waits for longer than the limit."""
    return heap if heap and heap.count and now - heap.since > limit else None


def _about(store: StoreFacts, kind: str, text: str, remedy: str, since: datetime, *, turn: str = "you") -> Finding:
    return Finding(kind, f"store:{store.id}", text, remedy, since, turn, store.id)


def counted(count: int, one: str, many: str) -> str:
    """Return how many of something, in words."""
    return f"{count} {one if count == 1 else many}"


def moment(at: datetime) -> str:
    """Return an instant as an alert says it."""
    return f"{at.astimezone(BRASILIA):%d/%m %H:%M}"


# ── what opens and closes, and who hears of it ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Change:
    """What a look changes of the alerts of a company."""

    opened: tuple[Finding, ...]
    seen_again: tuple[Finding, ...]
    closed: frozenset[tuple[str, str]]


def change(are_open: Collection[tuple[str, str]], found: Iterable[Finding]) -> Change:
    """Return what must open, what is still so, and what is over: each cause is open once or not at all."""
    by_cause = {finding.cause: finding for finding in found}
    return Change(
        opened=tuple(finding for cause, finding in by_cause.items() if cause not in are_open),
        seen_again=tuple(finding for cause, finding in by_cause.items() if cause in are_open),
        closed=frozenset(set(are_open) - set(by_cause)),
    )


def default_choice(role: str) -> tuple[bool, bool]:
    """Return whether a member who chose nothing hears of alerts at once, and gets the daily digest."""
    return role == "owner", False


def may_tell(last_told_at: datetime | None, *, now: datetime) -> bool:
    """Whether a person may hear of a cause: never twice within a day, however often it comes and goes."""
    return last_told_at is None or now - last_told_at >= QUIET_FOR


def digest_day(digest_at: time, *, now: datetime) -> date | None:
    """Return the day whose digest is due by now (Brasília), or None before its hour."""
    here = now.astimezone(BRASILIA)
    return here.date() if here.time() >= digest_at else None


_WAITS_MINUTES = (1, 5, 15, 60, 180, 360, 720)


def next_try(tries: int, *, now: datetime) -> datetime | None:
    """Return when something that failed so many times is sent again, or None when it is given up."""
    if tries >= MOST_TRIES:
        return None
    return now + timedelta(minutes=_WAITS_MINUTES[min(max(tries, 1), len(_WAITS_MINUTES)) - 1])
