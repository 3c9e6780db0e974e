"""The words of the e-mails: what is wrong, since when, whose turn it is, what to do; and the day in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.urls import reverse

from ahead.accounts.models import Company
from ahead.pending.models import Turn
from ahead.watch.digest import digest_lines
from ahead.watch.links import address_of
from ahead.watch.models import Alert, MailLine, News
from ahead.watch.rules import moment

_TURNS = {Turn.YOU: "sua vez", Turn.US: "nós tentamos de novo", Turn.TRAY: "do Tray", Turn.SEFAZ: "da SEFAZ"}


def letter(name: str, told: Sequence[MailLine], *, now: datetime) -> tuple[str, str]:
    """Return the subject and the text of one e-mail about all of these."""
    lines = [f"Olá, {name}.", ""]
    for company, rows in groupby(told, key=lambda row: row.company):
        lines += _of_company(company, list(rows), now)
    lines += _foot(told[0].company)
    return _subject(told), "\n".join(lines)


def _subject(told: Sequence[MailLine]) -> str:
    companies = {row.company.name for row in told}
    where = f"{next(iter(companies))}: " if len(companies) == 1 else ""
    opened = [row.alert for row in told if row.news == News.OPENED and row.alert]
    closed = [row.alert for row in told if row.news == News.CLOSED and row.alert]
    if not opened and not closed:
        return f"[AHEAD] {where}resumo do dia"
    if len(opened) == 1 and not closed:
        return f"[AHEAD] {where}{opened[0].get_kind_display()}"
    if len(closed) == 1 and not opened:
        return f"[AHEAD] {where}resolvido: {closed[0].get_kind_display()}"
    parts = [_many(len(opened), "aviso", "avisos"), _many(len(closed), "resolvido", "resolvidos")]
    return f"[AHEAD] {where}{' e '.join(part for part in parts if part)}"


def _many(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def _of_company(company: Company, rows: Sequence[MailLine], now: datetime) -> Iterator[str]:
    yield company.name
    yield "=" * len(company.name)
    yield ""
    for row in rows:
        if row.news == News.OPENED and row.alert:
            yield from _opened(row.alert)
        elif row.news == News.CLOSED and row.alert:
            yield f"✓ Resolvido: {row.alert.text}"
            yield ""
    if any(row.news == News.DIGEST for row in rows):
        yield from digest_lines(company, now=now)
        yield ""


def _opened(alert: Alert) -> Iterator[str]:
    yield f"! {alert.get_kind_display()}"
    yield f"  {alert.text}"
    yield f"  Desde {moment(alert.since)}. De quem é a vez: {_TURNS[Turn(alert.turn)]}."
    yield f"  O que fazer: {alert.remedy}"
    if address := address_of(alert):
        yield f"  {address}"
    yield ""


def _foot(company: Company) -> list[str]:
    where = "em Configurações, Alertas"
    if settings.PUBLIC_URL:
        where = f"em {settings.PUBLIC_URL}{reverse('alerts:choice', args=[company.slug])}"
    return ["--", f"Cada aviso vem uma vez, e outra quando se resolve. Escolha o que receber {where}."]
