"""
Notas from *Gerar Notas* to SEFAZ: what was pressed is checked at Tray, signed, sent, and what SEFAZ says is taken in.

Its state is in the tables: it may die anywhere and be begun again. One runs at a time for a company.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from ahead import tray
from ahead.accounts.models import Company
from ahead.fiscal import pressing
from ahead.fiscal.door import open_sefaz
from ahead.fiscal.eventing import announce_event, due_events, perform_event, take_in_event
from ahead.fiscal.mailing import due_mails, mail_nota
from ahead.fiscal.models import Issuer, Nota, NotaEvent, Press, PressOrder
from ahead.fiscal.preparing import Workshop, open_workshop
from ahead.fiscal.sending import claim, due_notas, is_resting, perform
from ahead.fiscal.taking_in import take_in
from ahead.fiscal.voiding import due_voidings, perform_voiding, take_in_voiding
from ahead.lib.errors import NeedsAttention
from ahead.orders.receiving import StatusPlan
from ahead.stores.models import Store
from ahead.sync.connection import open_budget, open_tray, plan_of, utc_now
from ahead.sync.explaining import explain
from ahead.sync.readers import Readers

log = structlog.get_logger(__name__)
CHUNK = 20
SENDERS = 4  # at once for one certificate: SEFAZ counts, and bans whoever floods it
_LATELY = timedelta(days=7)
_WORTH_A_PAGE = 2  # orders: one is read by itself for the same price
Shown = tray.OrderRow | tray.OrderDetail


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an order must not have a nota now, as Tray shows it."""

    text: str
    remedy: str


def work_on_notas(company_id: int, *, holder: str) -> None:
    """Do all that is due for the notas of a company: what was pressed, and what waits for SEFAZ."""
    company = Company.objects.get(pk=company_id)
    while asked := pressing.next_press(company_id):
        _work_on_press(company, asked, holder)
    send_due(company_id, holder=holder)
    send_events(company_id)
    for nota_id in due_mails(company_id, now=utc_now()):
        mail_nota(company_id, nota_id, now=utc_now())


def send_events(company_id: int) -> None:
    """Send the cancelamentos, cartas de correção and inutilizações that are due, one after another."""
    now = utc_now()
    errands, voidings = due_events(company_id, now=now), due_voidings(company_id, now=now)
    issuer = Issuer.objects.of(company_id).first()
    if issuer is None or not (errands or voidings) or is_resting(company_id, now=now):
        return
    plans = _Plans(company_id)
    with open_sefaz(issuer) as sefaz:
        for errand in errands:
            announce_event(company_id, errand)
            plan = plans.of_event(errand.event_id)
            take_in_event(company_id, perform_event(sefaz, errand), now=utc_now(), plan=plan)
        for request_id, signed in voidings:
            take_in_voiding(company_id, perform_voiding(sefaz, request_id, signed), now=utc_now())


def _work_on_press(company: Company, asked: Press, holder: str) -> None:
    try:
        workshop = open_workshop(company, now=utc_now())
    except NeedsAttention as problem:
        pressing.refuse_rest(asked, str(problem), remedy=problem.remedy, now=utc_now())
        return
    while rows := pressing.waiting_orders(asked, limit=CHUNK):
        objections = objections_of(rows)
        for row in rows:
            _prepare(workshop, asked, row, objections.get(row.order_id))
        pressing.keep_progress(asked, now=utc_now())
        send_due(company.pk, holder=holder)


def _prepare(workshop: Workshop, asked: Press, row: PressOrder, objection: Objection | None) -> None:
    if objection is not None:
        pressing.refuse(row, objection.text, remedy=objection.remedy)
        return
    pressing.prepare_pressed(workshop, row, by=asked.asked_by, now=utc_now())


def send_due(company_id: int, *, holder: str) -> int:
    """Send or ask for every nota that is due, a few at once, and return how many exchanges there were."""
    issuer = Issuer.objects.of(company_id).first()
    if issuer is None or not due_notas(company_id, now=utc_now(), limit=1):
        return 0
    plans = _Plans(company_id)
    count = 0
    with open_sefaz(issuer) as sefaz, Readers(SENDERS) as senders:
        while not is_resting(company_id, now=utc_now()) and (due := due_notas(company_id, now=utc_now(), limit=CHUNK)):
            claimed = [claim(company_id, nota, holder=holder, now=utc_now()) for nota in due]
            errands = [one for one in claimed if one is not None]
            for outcome in senders.each(errands, lambda errand: perform(sefaz, errand)):
                if outcome.answer is None:
                    raise outcome.error or RuntimeError("no reply")
                take_in(company_id, outcome.answer, now=utc_now(), plan=plans.of(outcome.ask.nota_id))
                count += 1
            if not errands:
                break
    return count


def stores_to_tell(company_id: int) -> list[int]:
    """Return the stores that are owed an authorised nota, or its status."""
    due = Nota.objects.of(company_id).filter(delivery_due_at__lte=utc_now(), store__isnull=False)
    return sorted(set(due.values_list("store_id", flat=True)))


class _Plans:
    """The status plans of the stores of notas, each read once."""

    def __init__(self, company_id: int) -> None:
        self._company_id = company_id
        self._by_store: dict[int, StatusPlan] = {}

    def of_event(self, event_id: int) -> StatusPlan | None:
        """Return the plan of the store the order of an event's nota came from."""
        return self.of(NotaEvent.objects.of(self._company_id).values_list("nota_id", flat=True).get(pk=event_id))

    def of(self, nota_id: int) -> StatusPlan | None:
        """Return the plan of the store a nota's order came from."""
        nota = Nota.objects.of(self._company_id).select_related("store").get(pk=nota_id)
        if nota.store is None:
            return None
        if nota.store.pk not in self._by_store:
            self._by_store[nota.store.pk] = plan_of(nota.store)
        return self._by_store[nota.store.pk]


# ── what Tray shows now ────────────────────────────────────────────────────────────────────────────────────


def objections_of(rows: Sequence[PressOrder]) -> dict[int, Objection]:
    """
    Return what Tray says against notas of these orders, read now: they may have been cancelled, gone back, or have one.

    Where Tray does not answer no nota is issued: it would be for an order nobody knows to be still wanted.
    """
    by_store: dict[Store, dict[int, int]] = defaultdict(dict)
    for row in rows:
        if row.order.store is not None and row.order.tray_id is not None:
            by_store[row.order.store][row.order.tray_id] = row.order_id
    found: dict[int, Objection] = {}
    for store, orders in by_store.items():
        found |= _objections_of_store(store, orders)
    return found


def _objections_of_store(store: Store, orders: dict[int, int]) -> dict[int, Objection]:
    plan = plan_of(store)
    found = {}
    try:
        with _client(store) as client:
            for tray_id, seen in _seen_now(client, list(orders)):
                if objection := objection_to(seen, plan):
                    found[orders[tray_id]] = objection
    except tray.TrayError as error:
        why = explain(error)
        silent = Objection(
            f"O Tray não confirmou o status do pedido agora: {why.cause}",
            f"Nenhuma nota foi gerada. {why.remedy} Depois gere a nota de novo.",
        )
        return dict.fromkeys(orders.values(), silent)
    return found


@contextmanager
def _client(store: Store) -> Iterator[tray.Tray]:
    budget = open_budget(store)
    try:
        with open_tray(store, budget) as client:
            yield client
    finally:
        budget.close()


def _seen_now(client: tray.Tray, tray_ids: list[int]) -> Iterator[tuple[int, Shown | None]]:
    """Yield each order as Tray shows it now: from pages of what changed lately while those bring more than one each."""
    wanted = set(tray_ids)
    today = utc_now().astimezone(tray.BRASILIA).date()
    page = 1
    while len(wanted) > 1:
        seen = client.orders_page(modified_from=today - _LATELY, modified_to=today, page=page, newest_first=True)
        found = [row for row in seen.rows if row.id in wanted]
        yield from ((row.id, row) for row in found)
        wanted -= {row.id for row in found}
        if len(found) < _WORTH_A_PAGE or page * len(seen.rows) >= seen.paging.total:
            break
        page += 1
    for tray_id in sorted(wanted):
        try:
            yield tray_id, client.order(tray_id)
        except tray.NotFound:
            yield tray_id, None


def objection_to(seen: Shown | None, plan: StatusPlan) -> Objection | None:
    """Return what speaks against a nota for an order as Tray shows it."""
    if seen is None:
        return Objection("O pedido não existe mais no Tray.", "Confira com a Loja; se foi apagado, cancele-o aqui.")
    if seen.status_id in plan.dead_ids:
        return Objection(
            f"O pedido está cancelado no Tray («{seen.status}»).",
            "Sincronize a Loja: o cancelamento entra e o estoque volta.",
        )
    if seen.has_invoice:
        return Objection(
            "O Tray já mostra uma nota neste pedido.",
            "Confira quem a emitiu (o Mercado Livre pode emitir sozinho) antes de gerar outra.",
        )
    if seen.status_id is not None and seen.status_id not in plan.active_ids:
        return Objection(
            f"O pedido está em «{seen.status}» no Tray, que não é um status de busca da Loja.",
            "Confira o pagamento no Tray. Quando voltar a um status de busca, gere a nota.",
        )
    return None
