"""The day of a company in short: orders, notas, errors, what needs a person, and whether everything is in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum

from ahead.accounts.models import Company
from ahead.fiscal.models import Nota
from ahead.lib.brasilia import BRASILIA
from ahead.lib.money import reais
from ahead.orders import queries as orders
from ahead.pending import queries as pending
from ahead.stores.models import Store
from ahead.sync.closing_queries import Answer, answers
from ahead.sync.models import OrderSighting, SyncRun
from ahead.watch.models import Alert
from ahead.watch.rules import counted, moment

_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Digest:
    """The last 24 hours, and how it stands now."""

    orders: int
    orders_total: Decimal
    notas: int
    notas_total: Decimal
    rejected: int
    runs: int
    runs_with_errors: int
    held: int
    matters: list[pending.KindCount]
    alerts: list[Alert]
    stores: list[tuple[str, str, bool]]  # name, whether everything is in, in words, and whether it is


def digest(company: Company, *, now: datetime) -> Digest:
    """Return the day of a company up to now."""
    day = orders.day(company, now=now)
    notas = Nota.objects.of(company).filter(issued_at__gte=now - _DAY)
    counts = Q(state=Nota.State.AUTHORISED, environment="1")
    issued = notas.aggregate(count=Count("pk", filter=counts), total=Sum("total", filter=counts))
    runs = SyncRun.objects.of(company).filter(started_at__gte=now - _DAY, is_dry=False)
    ran = runs.aggregate(all=Count("pk"), bad=Count("pk", filter=Q(errors__gt=0)))
    return Digest(
        orders=day.orders,
        orders_total=day.total,
        notas=issued["count"],
        notas_total=issued["total"] or Decimal(0),
        rejected=Nota.objects.of(company).filter(state=Nota.State.REJECTED).count(),
        runs=ran["all"],
        runs_with_errors=ran["bad"],
        held=orders.held_count(company),
        matters=pending.matters_by_kind(company),
        alerts=list(Alert.objects.of(company).filter(closed_at=None).order_by("since")),
        stores=_stores(company, now),
    )


def _stores(company: Company, now: datetime) -> list[tuple[str, str, bool]]:
    stores = Store.objects.of(company).order_by("code")
    due = OrderSighting.objects.of(company).filter(due__gt="").order_by().values_list("store_id")
    waiting = dict(due.annotate(Count("pk")))
    found = answers(company, stores, now=now)
    return [(one.store.name, *_is_everything_in(one, waiting.get(one.store.pk, 0))) for one in found]


def _is_everything_in(answer: Answer, waiting: int) -> tuple[str, bool]:
    """Return in words whether everything of a store is here, and whether it is; `waiting`: seen and not taken in."""
    if waiting:
        seen = counted(waiting, "pedido visto no Tray ainda não entrou", "pedidos vistos no Tray ainda não entraram")
        return seen, False
    if answer.state == "differences":
        days = counted(answer.days_with_differences, "dia", "dias")
        text = f"{counted(answer.differences, 'diferença', 'diferenças')} em {days}"
        return f"{text}, a mais antiga de {answer.first_difference_on:%d/%m}", False
    if answer.through is None or answer.checked_at is None:
        return "ainda não conferida", False
    if answer.state == "waiting":
        days = counted(answer.waiting, "dia espera", "dias esperam")
        return f"confere até {answer.through:%d/%m}; {days} pela conferência", False
    return f"está tudo dentro até {answer.through:%d/%m}, conferido em {moment(answer.checked_at)}", True


def digest_lines(company: Company, *, now: datetime) -> Iterator[str]:
    """Yield the day as the lines of an e-mail."""
    found = digest(company, now=now)
    yield f"Resumo de {now.astimezone(BRASILIA):%d/%m/%Y}"
    yield ""
    yield f"Pedidos de hoje: {found.orders}, {reais(found.orders_total)}"
    yield f"Notas autorizadas em 24 horas: {found.notas}, {reais(found.notas_total)}"
    if found.rejected:
        yield f"Notas rejeitadas à espera de correção: {found.rejected}"
    yield f"Sincronizações em 24 horas: {found.runs}, com erros: {found.runs_with_errors}"
    yield ""
    yield "Está tudo dentro?"
    for name, said, is_in in found.stores:
        yield f"  {'✓' if is_in else '!'} {name}: {said}"
    if not found.stores:
        yield "  Nenhuma Loja ainda."
    yield ""
    yield "O que precisa de você:"
    for line in found.matters[:10]:
        yield f"  {line.how_many} × {line.label}"
    if not found.matters:
        yield "  Nada."
    if found.alerts:
        yield ""
        yield "Avisos em aberto:"
        for alert in found.alerts[:20]:
            yield f"  ! {alert.text} (desde {moment(alert.since)})"
