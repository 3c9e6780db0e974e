"""Pure decisions about orders: money that must close, and when an order is held, acknowledged or cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from unicodedata import combining, normalize

from ahead.lib.money import reais
from ahead.orders import kit_rules
from ahead.orders.incoming import IncomingOrder


@dataclass(frozen=True, slots=True)
class StatusPlan:
    """Which Tray statuses mean what in a store."""

    import_ids: frozenset[int]
    cancelled_ids: frozenset[int]
    update_id: int | None = None
    update_cancelled_id: int | None = None
    invoiced_id: int | None = None
    lost_since: datetime | None = None  # a backup was restored: what was taken in since is to be taken in again

    @property
    def active_ids(self) -> frozenset[int]:
        """The statuses of an order that is wanted: those that are imported, and those we set afterwards."""
        return self.import_ids | {one for one in (self.update_id, self.invoiced_id) if one is not None}

    @property
    def dead_ids(self) -> frozenset[int]:
        """The statuses of a cancelled order: those that cancel, and the one we set afterwards."""
        return self.cancelled_ids | {one for one in (self.update_cancelled_id,) if one is not None}

    def must_acknowledge(self, status_id: int | None) -> bool:
        """Whether an order that is in AHEAD by now must be put into another status at Tray."""
        return self.update_id is not None and status_id in self.import_ids and status_id != self.update_id

    def must_acknowledge_cancelled(self, status_id: int | None) -> bool:
        """Whether an order whose cancellation was taken in must be put into another status at Tray."""
        target = self.update_cancelled_id
        return target is not None and status_id in self.cancelled_ids and status_id != target


def unexplained(order: IncomingOrder) -> Decimal:
    """
    Return the part of the total that the known parts do not explain, to the cent; zero when it closes.

    Source: Tray, orders: total = partial_total - discount - coupon + shipment_value + payment_method_rate
    + taxes + interest. Progressive discounts and other additions are not part of the formula: they show up here.
    """
    explained = (
        order.items_total
        - order.discount
        - order.coupon_discount
        + order.shipping
        + order.payment_rate
        + order.taxes
        + order.interest
    )
    return order.total - explained


def lines_total(order: IncomingOrder) -> Decimal:
    """Return the sum of price x quantity over the lines that count."""
    lines = zip(order.items, kit_rules.counted(order), strict=True)
    return sum((item.unit_price * item.quantity for item, counts in lines if counts), Decimal(0))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about an order that a person must know or decide. A holding one keeps it from going on."""

    kind: str
    text: str
    remedy: str
    holds: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)


def findings(order: IncomingOrder, *, is_accepted_child: bool, has_document: bool, has_address: bool) -> list[Finding]:
    """
    Return what is wrong or unclear in an order by itself; unmatched items are judged elsewhere.

    Whether there are a document and an address is told of what we hold: a person may have completed them here.
    """
    checks = (
        _child(order, is_accepted=is_accepted_child),
        _money(order),
        None if has_document else _document(order),
        None if has_address else _address(order),
    )
    return [finding for finding in checks if finding]


def _child(order: IncomingOrder, *, is_accepted: bool) -> Finding | None:
    if not order.is_child or is_accepted:
        return None
    parent = f" do pedido {order.parent_tray_id}" if order.parent_tray_id else ""
    return Finding(
        "child_order",
        f"O pedido {order.tray_id} do Tray é uma parte{parent}, dividido por centro de distribuição.",
        "Confira se o pedido de origem também foi importado. Para usar esta parte, aceite-a; senão, deixe-a retida.",
        holds=True,
    )


def _money(order: IncomingOrder) -> Finding | None:
    rest = unexplained(order)
    lines = lines_total(order)
    if not order.items:
        return Finding(
            "order_total",
            f"O pedido {order.tray_id} do Tray veio sem nenhum item.",
            "Abra o pedido no Tray e confira os itens; a próxima sincronização o traz de novo.",
            holds=True,
        )
    if rest == 0 and lines == order.items_total:
        return None
    parts = []
    if rest:
        parts.append(f"as partes somam {reais(order.total - rest)} e o Tray diz {reais(order.total)}")
    if lines != order.items_total:
        parts.append(f"os itens somam {reais(lines)} e o Tray diz {reais(order.items_total)}")
    return Finding(
        "order_total",
        f"O total do pedido {order.tray_id} do Tray não fecha: {'; '.join(parts)}.",
        "A diferença ficou registrada em «Outros». Confira no Tray antes de gerar a nota.",
    )


def _document(order: IncomingOrder) -> Finding:
    document = order.customer.document
    what = f"tem o documento {document}, que não é válido" if document else "veio sem CPF/CNPJ"
    return Finding(
        "order_document",
        f"O cliente do pedido {order.tray_id} do Tray ({order.customer.name}) {what}.",
        "Complete o documento no cadastro do cliente, ou no Tray e sincronize. Sem ele a nota não sai.",
    )


def _address(order: IncomingOrder) -> Finding:
    return Finding(
        "order_address",
        f"O pedido {order.tray_id} do Tray veio sem endereço de entrega completo.",
        "Complete o endereço no pedido, ou no Tray e sincronize. Sem ele a nota não sai.",
    )


def returns_from_cancellation(
    *, state: str, is_cancelled_by_tray: bool, status_id: int | None, active_ids: frozenset[int]
) -> bool:
    """
    Whether an order that was cancelled at Tray is alive again there, whatever it was in between.

    One that a person cancelled here, while Tray went on showing it as alive, stays cancelled.
    """
    return state == "cancelled" and is_cancelled_by_tray and status_id in active_ids


def holds_goods(findings: Iterable[Finding]) -> bool:
    """Whether an order may promise goods; a part of a divided order may not: its parent promises them already."""
    return all(finding.kind != "child_order" for finding in findings)


_WAITING_WORDS = ("AGUARDANDO", "ANALISE", "PENDENTE", "MONITORAMENTO")


def is_waiting_status(name: str) -> bool:
    """
    Whether a status says that payment or an analysis is still waited for.

    Status names are free text of each store; these words are those of Tray's built-in ones ("AGUARDANDO
    PAGAMENTO", "COMPRA EM ANALISE", "PENDENTE", "EM MONITORAMENTO"). "AGUARDANDO ENVIO" is past payment.
    """
    plain = "".join(c for c in normalize("NFD", name.upper()) if not combining(c))
    return any(word in plain for word in _WAITING_WORDS) and "ENVIO" not in plain


def regress(order: IncomingOrder, *, active_ids: frozenset[int]) -> Finding | None:
    """Return what to say of an order we hold that went back to a waiting status (a refused payment, for one)."""
    if order.status_id in active_ids or not is_waiting_status(order.status):
        return None
    return Finding(
        "status_regressed",
        f"O pedido {order.tray_id} já estava no AHEAD e voltou para «{order.status}» no Tray.",
        "Confira o pagamento no Tray. O pedido fica retido e segue sozinho quando voltar a um status de busca.",
        holds=True,
    )


def why_not_cancel(state: str) -> str | None:
    """Return the reason an order may not be cancelled, or None if it may."""
    if state == "cancelled":
        return "O pedido já está cancelado."
    if state == "invoicing":
        return "A nota deste pedido está na SEFAZ. Espere a resposta; depois cancele a nota ou o pedido."
    if state == "invoiced":
        return "O pedido já tem nota. Cancele a nota primeiro."
    return None


def why_not_correct_delivery(state: str) -> str | None:
    """Return the reason the delivery of an order may not be changed here, or None if it may."""
    reasons = {
        "cancelled": "O pedido está cancelado.",
        "invoicing": "A nota deste pedido está na SEFAZ. Espere a resposta.",
        "invoiced": "O pedido já tem nota, e ela diz para onde vai. Cancele a nota primeiro, se estiver no prazo.",
    }
    return reasons.get(state)


def why_not_invoice(state: str, *, is_stale: bool = False) -> str | None:
    """
    Return the reason no nota may be issued for an order, or None if one may.

    :param is_stale: Whether it changed at Tray while it could not change here, and was not read since.
    """
    reasons = {
        "held": "O pedido está retido. Resolva a pendência dele antes.",
        "cancelled": "O pedido está cancelado.",
        "invoicing": "A nota deste pedido já está na SEFAZ.",
        "invoiced": "O pedido já tem nota.",
    }
    if is_stale and state not in reasons:
        return "O pedido mudou no Tray. Sincronize a Loja: a mudança entra. Depois gere a nota."
    return reasons.get(state)
