"""Pure decisions about orders: money that must close, and when an order is held, acknowledged or cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from unicodedata import combining, normalize

from ahead.lib.money import reais
from ahead.orders import kit_rules
from ahead.orders.incoming import IncomingOrder


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
    *,
    state: str,
    status_before: int | None,
    status_id: int | None,
    cancelled_ids: frozenset[int],
    active_ids: frozenset[int],
) -> bool:
    """
    Whether an order that was cancelled at Tray is alive again there.

    One that a person cancelled here, while Tray went on showing it as alive, stays cancelled.
    """
    return state == "cancelled" and status_before in cancelled_ids and status_id in active_ids


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


def why_not_invoice(state: str) -> str | None:
    """Return the reason no nota may be issued for an order, or None if one may."""
    reasons = {
        "held": "O pedido está retido. Resolva a pendência dele antes.",
        "cancelled": "O pedido está cancelado.",
        "invoicing": "A nota deste pedido já está na SEFAZ.",
        "invoiced": "O pedido já tem nota.",
    }
    return reasons.get(state)
