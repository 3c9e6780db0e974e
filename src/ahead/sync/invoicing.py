"""
Notas from *Gerar Notas* to SEFAZ: what was pressed is checked at Tray, signed, sent, and what SEFAZ says is taken in.

Its state is in the tables: it may die anywhere and be begun again. One runs at a time for a company.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import structlog
from django.db import InterfaceError, OperationalError

from ahead.accounts.models import Company
from ahead.db.clock import shared_now
from ahead.fiscal import pressing
from ahead.fiscal.door import Doors
from ahead.fiscal.eventing import announce_event, due_events, perform_event, take_in_event
from ahead.fiscal.mailing import due_mails, mail_nota
from ahead.fiscal.models import Nota, NotaEvent, Press, PressOrder
from ahead.fiscal.preparing import Workshop, open_workshop
from ahead.fiscal.resting import is_resting
from ahead.fiscal.sending import Errand, Reply, broken, claim, due_notas, perform, release_claims
from ahead.fiscal.setting_aside import set_aside
from ahead.fiscal.taking_in import take_in
from ahead.fiscal.voiding import announce_voiding, due_voidings, perform_voiding, take_in_voiding
from ahead.lib.errors import NeedsAttention
from ahead.orders.models import Order
from ahead.orders.rules import StatusPlan
from ahead.stores.models import Store
from ahead.sync.connection import plan_of
from ahead.sync.readers import Readers
from ahead.sync.still_wanted import Objection, OrdersNow

log = structlog.get_logger(__name__)
CHUNK = 20
Listener = Callable[[Press], None]
SENDERS = 4  # at once for one certificate: SEFAZ counts, and bans a CNPJ that floods it


def _nobody(asked: Press) -> None:
    """Listens, and tells nobody."""


def work_on_notas(company_id: int, *, holder: str, listener: Listener = _nobody) -> None:
    """
    Do all that is due for the notas of a company: what was pressed, and what waits for SEFAZ.

    What an earlier work left in hand is due at once: it is dead, or its answers do not count any more. `listener` is
    told of each press as it goes on.
    """
    company = Company.objects.get(pk=company_id)
    release_claims(company_id, now=shared_now())
    while asked := pressing.next_press(company_id):
        _work_on_press(company, asked, holder, listener)
    send_due(company_id, holder=holder, listener=listener)
    _tell(company_id, listener)
    send_events(company_id)
    for nota_id in due_mails(company_id, now=shared_now()):
        mail_nota(company_id, nota_id, now=shared_now())


def send_events(company_id: int) -> None:
    """Send the cancelamentos, cartas de correção and inutilizações that are due, one after another."""
    now = shared_now()
    events, voidings = due_events(company_id, now=now), due_voidings(company_id, now=now)
    if not (events or voidings) or is_resting(company_id, now=now):
        return
    plans = _Plans(company_id)
    with Doors(company_id) as doors:
        for event_id in events:
            if errand := announce_event(company_id, event_id, now=shared_now()):
                plan = plans.of_event(event_id)
                take_in_event(company_id, perform_event(doors.to(errand.place), errand), now=shared_now(), plan=plan)
        for request_id in voidings:
            if voiding := announce_voiding(company_id, request_id, now=shared_now()):
                take_in_voiding(company_id, perform_voiding(doors.to(voiding.place), voiding), now=shared_now())


def _work_on_press(company: Company, asked: Press, holder: str, listener: Listener) -> None:
    try:
        workshop = open_workshop(company, now=shared_now())
    except NeedsAttention as problem:
        pressing.refuse_rest(asked, str(problem), remedy=problem.remedy, now=shared_now())
        return
    now_at_tray = OrdersNow(asked)
    while rows := pressing.waiting_orders(asked, limit=CHUNK):
        free = [row for row in rows if row.order.state == Order.State.OPEN]  # of the others Tray has nothing to say
        objections = now_at_tray.objections(free)
        for row in rows:
            _prepare(workshop, asked, row, objections.get(row.order_id))
        pressing.keep_progress(asked, now=shared_now())
        send_due(company.pk, holder=holder, listener=listener)


def _prepare(workshop: Workshop, asked: Press, row: PressOrder, objection: Objection | None) -> None:
    if objection is not None:
        pressing.refuse(row, objection.text, remedy=objection.remedy)
        return
    try:
        pressing.prepare_pressed(workshop, row, by=asked.asked_by, now=shared_now())
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("fiscal.nota.not_prepared", order_id=row.order_id)
        pressing.refuse(row, pressing.DEFECT, remedy=pressing.DEFECT_REMEDY)


def send_due(company_id: int, *, holder: str, listener: Listener = _nobody) -> int:
    """
    Send or ask for every nota that is due, a few at once, and return how many exchanges there were.

    A nota that breaks something of ours is set aside for a while, with a matter that says so, and stops no other.
    """
    if not due_notas(company_id, now=shared_now(), limit=1):
        return 0
    plans, progress = _Plans(company_id), _Progress(company_id, listener)
    count = 0
    with Doors(company_id) as doors, Readers(SENDERS) as senders:
        while due := due_notas(company_id, now=shared_now(), limit=CHUNK):
            claimed = [_claim(company_id, nota, holder) for nota in due]
            errands = [(one, doors.to(one.place)) for one in claimed if one is not None]
            for outcome in senders.each(errands, lambda asked: perform(asked[1], asked[0])):
                errand, _ = outcome.ask
                reply = outcome.answer or broken(errand, outcome.error)
                _take_in(company_id, reply, plans.of(errand.store_id))
                count += 1
                progress.keep()
            progress.keep_now()
            if not errands:
                break
    return count


def _claim(company_id: int, nota_id: int, holder: str) -> Errand | None:
    """Take a nota in hand; one that breaks something of ours is set aside and told of, and stops no other."""
    try:
        return claim(company_id, nota_id, holder=holder, now=shared_now())
    except (OperationalError, InterfaceError):
        raise  # the database is away: for all of them
    except Exception as error:
        log.exception("fiscal.nota.not_claimed", nota_id=nota_id)
        set_aside(company_id, nota_id, defect=type(error).__name__, now=shared_now())
        return None


def _take_in(company_id: int, reply: Reply, plan: StatusPlan | None) -> None:
    try:
        take_in(company_id, reply, now=shared_now(), plan=plan)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("fiscal.nota.not_taken_in", nota_id=reply.errand.nota_id)
        set_aside(company_id, reply.errand.nota_id, defect=type(error).__name__, now=shared_now())


class _Progress:
    """Keeps the presses of a company up to date, once a second: counting is not free, and is shown to people."""

    def __init__(self, company_id: int, listener: Listener) -> None:
        self._company_id, self._listener = company_id, listener
        self._kept = monotonic()

    def keep(self) -> None:
        if monotonic() - self._kept >= 1:
            self.keep_now()

    def keep_now(self) -> None:
        _tell(self._company_id, self._listener)
        self._kept = monotonic()


def _tell(company_id: int, listener: Listener) -> None:
    for asked in pressing.keep_all_progress(company_id, now=shared_now()):
        listener(asked)


def stores_to_tell(company_id: int) -> list[int]:
    """Return the stores that are owed an authorised nota, or its status."""
    due = Nota.objects.of(company_id).filter(delivery_due_at__lte=shared_now(), store__isnull=False)
    return sorted(set(due.values_list("store_id", flat=True)))


class _Plans:
    """The status plans of the stores of notas, each read once."""

    def __init__(self, company_id: int) -> None:
        self._company_id = company_id
        self._by_store: dict[int, StatusPlan] = {}

    def of_event(self, event_id: int) -> StatusPlan | None:
        """Return the plan of the store the order of an event's nota came from."""
        events = NotaEvent.objects.of(self._company_id)
        return self.of(events.values_list("nota__store_id", flat=True).get(pk=event_id))

    def of(self, store_id: int | None) -> StatusPlan | None:
        """Return the plan of a store; none of an order that came from no store."""
        if store_id is None:
            return None
        if store_id not in self._by_store:
            self._by_store[store_id] = plan_of(Store.objects.of(self._company_id).get(pk=store_id))
        return self._by_store[store_id]
