"""
One nota on its way to Tray, and the status of its order after it; and what an error on the way means to a person.

What was sent and not answered is looked for at Tray before it is sent again, and so is the nota of an order that Tray
says has one: a marketplace may have issued its own (the «Faturador» of Mercado Livre). Two notas of one sale are for a
person to sort out, never for us to add to. No database is used here: the readers' threads run it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ahead import tray
from ahead.fiscal.delivering import DueDelivery, Failure
from ahead.fiscal.parcels import Parcel
from ahead.pending.models import Turn
from ahead.sync.explaining import Explanation, explain, is_refusal


class AnotherNota(Exception):
    """Tray holds a nota for this order that is not ours."""

    def __init__(self, found: tray.OrderInvoice) -> None:
        super().__init__(found.key or found.number)
        self.found = found


class CannotSend(Exception):
    """What is kept of a nota cannot be sent; the message says why."""


class How(Enum):
    """How a nota came to be at Tray."""

    SENT = "Entregue ao Tray"
    FOUND = "O Tray já tinha a nota: nada foi enviado de novo"
    REPLACED = "Entregue ao Tray no lugar da nota cancelada"


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done at Tray about one nota: bring it there, set the status of its order, or both."""

    due: DueDelivery
    parcel: Parcel | None
    must_look: bool
    status_id: int | None
    status: str


@dataclass(frozen=True, slots=True)
class Done:
    """What was done of it; a status that could not be set leaves the nota delivered all the same."""

    how: How | None = None
    invoice_id: int | None = None
    status_error: tray.TrayError | None = None


def run_errand(client: tray.Tray, errand: Errand) -> Done:
    """
    Bring a nota to Tray, then set the status of its order.

    :raises AnotherNota: if Tray has a nota of somebody else for the order.
    :raises CannotSend: if what is kept of it cannot be sent.
    :raises tray.TrayError: if Tray did not take the nota.
    """
    how, invoice_id = (None, None) if errand.parcel is None else _bring(client, errand.parcel, errand)
    if errand.status_id is None:
        return Done(how, invoice_id)
    try:
        client.set_order_status(errand.due.tray_order_id, status_id=errand.status_id)
    except tray.TrayError as error:
        return Done(how, invoice_id, error)
    return Done(how, invoice_id)


def _bring(client: tray.Tray, parcel: Parcel, errand: Errand) -> tuple[How, int | None]:
    if parcel.problem:
        raise CannotSend(parcel.problem)
    if errand.must_look and (found := _look(client, parcel)):
        return found
    try:
        return How.SENT, client.create_invoice(parcel.tray_order_id, _invoice(parcel))
    except tray.InvalidRequest:
        # somebody may have put it there by hand since the order was last seen, or the marketplace its own
        if not errand.must_look and (found := _look(client, parcel)):
            return found
        raise


def _look(client: tray.Tray, parcel: Parcel) -> tuple[How, int | None] | None:
    """Return the nota as Tray has it already, or after it took the place of a cancelled one of ours; None: neither."""
    there = client.order_invoices(parcel.tray_order_id)
    for one in there:
        if one.key == parcel.chave_de_acesso:
            return How.FOUND, one.id
    for one in there:
        if one.key not in parcel.replaces:
            raise AnotherNota(one)
    for one in there:
        if one.id is not None:
            client.update_invoice(parcel.tray_order_id, one.id, _invoice(parcel))
            return How.REPLACED, one.id
    return None


def _invoice(parcel: Parcel) -> tray.Invoice:
    return tray.Invoice(
        key=parcel.chave_de_acesso,
        number=parcel.number,
        serie=parcel.serie,
        issue_date=parcel.issued_on,
        value=parcel.total,
        xml=parcel.xml,
        cfops=tuple(
            tray.ProductCfop(product_id=row.tray_product_id, variant_id=row.tray_variant_id, cfop=row.cfop)
            for row in parcel.cfops
        ),
    )


def is_in_doubt(errand: Errand, error: Exception) -> bool:
    """
    Whether the nota may be at Tray though nobody said so.

    A refusal, or another nota in its place, says that it is not. A request that never left, or
    failed on our side, tells nothing new.
    """
    if is_refusal(error) or isinstance(error, (AnotherNota, CannotSend)):
        return False
    was_in_doubt = errand.parcel is not None and errand.parcel.was_in_doubt
    return was_in_doubt or isinstance(error, tray.OutcomeUnknown) or not isinstance(error, tray.TrayError)


def failure_of(why: Explanation, error: Exception, *, may_be_there: bool = False) -> Failure:
    """Return a failure as the nota keeps it."""
    is_final = is_refusal(error) or isinstance(error, (AnotherNota, CannotSend))
    return Failure(why.cause, why.turn, why.remedy, is_final=is_final, is_in_doubt=may_be_there)


def why_failed(error: Exception) -> Explanation:
    """Return what an error means for a nota: what was refused waits for *Reenviar*."""
    match error:
        case AnotherNota():
            number = f" nº {error.found.number}" if error.found.number else ""
            key = f", chave {error.found.key}" if error.found.key else ""
            return Explanation(
                f"O Tray já tem outra nota neste pedido{number}{key}.",
                Turn.YOU,
                "Se o marketplace emitiu a dele (Faturador do Mercado Livre), cancele uma das duas. "
                "Se a do Tray está errada, apague-a lá e pressione «Reenviar».",
            )
        case CannotSend():
            return Explanation(
                f"A nota não pôde ser enviada: {error}.",
                Turn.US,
                "Avise o suporte da AHEAD: a nota continua válida, só o envio ao Tray não saiu.",
            )
        case tray.NotFound():
            return Explanation(
                "O Tray não tem mais este pedido.",
                Turn.YOU,
                "Se ele foi apagado no Tray, cancele a nota ou registre a devolução. Se voltou, pressione «Reenviar».",
            )
        case tray.Refused():
            cause = explain(error).cause
            return Explanation(cause, Turn.YOU, "Corrija o que o Tray aponta e pressione «Reenviar» na nota.")
        case _:
            return explain(error)
