"""*Gerar Notas*: the press itself, and its orders one after another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.db.tenancy import TenantQuerySet
from ahead.fiscal.foreseeing import CannotPress, foresee
from ahead.fiscal.models import Issuer, Nota, Press, PressOrder
from ahead.fiscal.parcels import dead_keys
from ahead.fiscal.preparing import Workshop, prepare_sale
from ahead.lib.errors import Refused
from ahead.nfe.explaining import explain
from ahead.orders.models import Order

DEFECT = "A geração parou por um defeito nosso, já registrado. Nenhuma nota foi gerada para este pedido."
DEFECT_REMEDY = "Gere a nota de novo. Se parar outra vez, chame o suporte da AHEAD."


@transaction.atomic
def press(company: Company, order_ids: Collection[int], *, by: str, now: datetime) -> Press:
    """
    Ask for the notas of these orders; each one's result is shown on the press.

    :raises CannotPress: if no order is chosen, too many are, or the company cannot issue yet.
    """
    foreseen = foresee(company, order_ids)
    if not foreseen.going:
        raise CannotPress("Nenhum dos pedidos selecionados pode ter nota: " + " ".join(foreseen.reasons))
    if not Issuer.objects.of(company).exists():
        raise CannotPress("A empresa ainda não tem configuração fiscal. Preencha Fiscal, Configuração fiscal.")
    asked = Press.objects.create(company=company, asked_by=by, asked_at=now, total=len(foreseen.going))
    PressOrder.objects.bulk_create(
        [
            PressOrder(company=company, press=asked, order_id=pk, position=position)
            for position, pk in enumerate(foreseen.going, start=1)
        ],
        batch_size=400,
    )
    record(
        "fiscal.notas.asked",
        company_id=company.pk,
        subject=("press", asked.pk),
        text=f"Gerar Notas: {len(foreseen.going)} pedidos.",
        by=by,
        at=now,
    )
    return asked


def next_press(company_id: int) -> Press | None:
    """Return the oldest press that has orders which wait."""
    return _with_waiting(Press.objects.of(company_id)).order_by("asked_at", "pk").first()


def _with_waiting(presses: TenantQuerySet[Press]) -> TenantQuerySet[Press]:
    waiting = PressOrder.objects.across_companies().filter(press=OuterRef("pk"), outcome=PressOrder.Outcome.WAITING)
    return presses.filter(Exists(waiting)).exclude(state=Press.State.DONE)


def waiting_orders(asked: Press, *, limit: int) -> list[PressOrder]:
    """Return the next orders of a press that wait."""
    rows = PressOrder.objects.of(asked.company_id).filter(press=asked, outcome=PressOrder.Outcome.WAITING)
    return list(rows.select_related("order__store").order_by("position")[:limit])


@dataclass(frozen=True, slots=True)
class Known:
    """What a nota of an order would be made of, as it was read last."""

    order_id: int
    total: Decimal
    modified_at: datetime | None  # at Tray
    dead_keys: frozenset[str] = frozenset()  # of notas of ours that Tray may still show, and that count no more


def known_orders(company_id: int, orders: Iterable[tuple[int, int, Decimal, datetime | None]]) -> dict[int, Known]:
    """Return what is known of orders (Tray's id, ours, total, when Tray changed it), by their ids at Tray."""
    facts = list(orders)
    dead = dead_keys(company_id, [order_id for _, order_id, _, _ in facts])
    return {
        tray_id: Known(order_id, total, modified_at, dead.get(order_id, frozenset()))
        for tray_id, order_id, total, modified_at in facts
    }


def waiting_at_tray(asked: Press, store_id: int) -> dict[int, Known]:
    """Return the orders of a press that wait, may have a nota and came from a store, by their ids at Tray."""
    waiting = PressOrder.objects.of(asked.company_id).filter(press=asked, outcome=PressOrder.Outcome.WAITING)
    rows = waiting.filter(order__store_id=store_id, order__tray_id__isnull=False, order__state=Order.State.OPEN)
    columns = ("order__tray_id", "order_id", "order__total", "order__tray_modified_at")
    return known_orders(asked.company_id, rows.order_by("position").values_list(*columns))


@transaction.atomic
def prepare_pressed(workshop: Workshop, row: PressOrder, *, by: str, now: datetime) -> Nota | None:
    """Make the nota of one order of a press ready to be sent; where it cannot be, the row says why."""
    rows = PressOrder.objects.of(row.company_id).select_for_update(of=("self",))
    if not rows.filter(pk=row.pk, outcome=PressOrder.Outcome.WAITING).exists():
        return None  # another has seen to it since it was read
    try:
        with transaction.atomic():
            nota = prepare_sale(workshop, row.order_id, by=by, now=now)
    except Refused as refusal:
        row.product_id = getattr(refusal, "product_id", None)
        refuse(row, str(refusal), remedy=getattr(refusal, "remedy", ""))
        return None
    row.nota, row.outcome, row.text = nota, PressOrder.Outcome.UNKNOWN, "Enviando à SEFAZ"
    row.save(update_fields=["nota", "outcome", "text"])
    return nota


def refuse(row: PressOrder, text: str, *, remedy: str = "") -> None:
    """Say why one order of a press has no nota."""
    row.outcome, row.text, row.remedy = PressOrder.Outcome.REFUSED, text[:600], remedy[:600]
    row.save(update_fields=["outcome", "text", "remedy", "product"])


@transaction.atomic
def refuse_rest(asked: Press, text: str, *, remedy: str, now: datetime) -> None:
    """Say of all orders of a press that wait why they have no nota, and end it."""
    rows = PressOrder.objects.of(asked.company_id).filter(press=asked, outcome=PressOrder.Outcome.WAITING)
    rows.update(outcome=PressOrder.Outcome.REFUSED, text=text[:600], remedy=remedy[:600])
    keep_progress(asked, now=now)


_UNDER_WAY = Q(outcome=PressOrder.Outcome.WAITING) | Q(
    nota__state__in=[Nota.State.SIGNED, Nota.State.SENDING], nota__tries=0
)


def keep_all_progress(company_id: int, *, now: datetime) -> list[Press]:
    """Bring the presses of a company that were not through up to their orders, and return them."""
    found = list(Press.objects.of(company_id).exclude(state=Press.State.DONE))
    for asked in found:
        keep_progress(asked, now=now)
    return found


def keep_progress(asked: Press, *, now: datetime) -> None:
    """Bring a press up to its orders; it is through when none of them waits for its first answer."""
    rows = PressOrder.objects.of(asked.company_id).filter(press=asked)
    asked.done = asked.total - rows.filter(_UNDER_WAY).count()
    is_through = asked.done == asked.total
    asked.state = Press.State.DONE if is_through else Press.State.RUNNING
    asked.finished_at = now if is_through else None
    asked.save(update_fields=["done", "state", "finished_at"])


_OUTCOMES = {
    Nota.State.AUTHORISED: PressOrder.Outcome.AUTHORISED,
    Nota.State.REJECTED: PressOrder.Outcome.REJECTED,
    Nota.State.CANCELLED: PressOrder.Outcome.CANCELLED,
}


def show_outcome(nota: Nota) -> None:
    """Show on the presses of *Gerar Notas* that asked for a nota what has become of it."""
    outcome = _OUTCOMES.get(Nota.State(nota.state), PressOrder.Outcome.UNKNOWN)
    text, remedy = nota.get_state_display(), ""
    if nota.cstat and outcome != PressOrder.Outcome.AUTHORISED:
        why = explain(nota.cstat, nota.reason)
        text, remedy = f"{nota.cstat}: {why.what} {_item_of(why.item)}".strip(), why.remedy
    rows = PressOrder.objects.of(nota.company_id).filter(nota=nota)
    rows.update(outcome=outcome, text=text[:600], remedy=remedy[:600])


def _item_of(place: int | None) -> str:
    """Return which line of its nota SEFAZ complains about, in words."""
    return f"Item {place} da nota." if place else ""


def companies_with_presses() -> Collection[int]:
    """Return the companies that have a press with orders which wait, or one that is through and not noted as such."""
    under_way = PressOrder.objects.across_companies().filter(_UNDER_WAY, press=OuterRef("pk"))
    through = Press.objects.across_companies().exclude(state=Press.State.DONE).exclude(Exists(under_way))
    waiting = _with_waiting(Press.objects.across_companies())
    return {*waiting.values_list("company_id", flat=True), *through.values_list("company_id", flat=True)}


def give_up(company_id: int, *, now: datetime) -> None:
    """End the press under way whose work failed by a defect of ours: the orders that wait have no nota."""
    if asked := next_press(company_id):
        refuse_rest(
            asked,
            DEFECT,
            remedy=DEFECT_REMEDY,
            now=now,
        )
