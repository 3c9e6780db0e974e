"""Pedidos: the list with its filters, the page of one, cancelling, and exports."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from ahead.audit import queries as audit
from ahead.fiscal import queries as notas
from ahead.lib.errors import Refused
from ahead.orders import operations, queries
from ahead.orders.queries import OrderFilter
from ahead.pending import queries as pending
from ahead.stores import queries as stores
from ahead.sync import queries as sync
from ahead.web.access import company_view
from ahead.web.days import DayField
from ahead.web.filtering import FilterForm, chosen_ids
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.store_choices import offer_stores
from ahead.web.streaming import sheet_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse, QueryDict, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.orders.models import Order
    from ahead.web.access import CompanyRequest

_SORTS = {"data": "placed_at", "numero": "number"}
_KIND_LABELS = {"PEW": "Pedidos Web - PEW", "PED": "Pedidos - PED"}


class OrderFilterForm(FilterForm):
    """Filtrar Pedidos."""

    q = forms.CharField(
        label="Buscar por número, cliente, e-mail ou CPF/CNPJ",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Número, cliente, CPF, e-mail"}),
    )
    tipo = forms.ChoiceField(label="Tipo", required=False)
    estado = forms.ChoiceField(label="Estado", required=False, choices=[("", "Todos"), *queries.STATES])
    loja = forms.TypedChoiceField(label="Loja", required=False, coerce=int, empty_value=None)
    canal = forms.ChoiceField(label="Canal", required=False)
    desde = DayField(label="Desde", required=False)
    ate = DayField(label="Até", required=False)

    def __init__(self, asked: QueryDict, *, company: Company) -> None:
        super().__init__(asked)
        channels = queries.channels(company)
        if (asked_channel := asked.get("canal", "")) and asked_channel not in channels:
            channels.append(asked_channel)
        offer_stores(self, stores.stores(company))
        choices = {
            "tipo": [("", "Todos"), *((kind, _KIND_LABELS[kind]) for kind, _ in queries.KINDS)],
            "canal": [("", "Todos"), *((channel, channel) for channel in channels)],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    def wanted(self) -> OrderFilter:
        """Return what the list is narrowed to."""
        given = self.read()
        return OrderFilter(
            kind=given["tipo"],
            state=given["estado"],
            store_id=given["loja"],
            search=given["q"],
            placed_from=given["desde"],
            placed_to=given["ate"],
            channel=given["canal"],
        )


@company_view(methods=("GET", "HEAD"))
def order_list(request: CompanyRequest) -> HttpResponse:
    """Show the orders that match the filters of the address."""
    form = OrderFilterForm(request.GET, company=request.company)
    wanted = form.wanted()
    meant = queries.meant_by(request.company, wanted.search) if wanted.search.strip() else None
    page = queries.orders(
        request.company,
        **asdict(wanted),
        meant=meant,
        sort=sort_of(request, _SORTS, "-placed_at"),
        page=page_number(request),
    )
    is_filtered = wanted != OrderFilter()
    facts = {
        "nav": "orders",
        "now": timezone.now(),
        "form": form,
        "orders": page.rows,
        "found": page,
        "page": shown(page),
        "is_filtered": is_filtered,
        "many_named": queries.CUSTOMERS_LOOKED_AT if meant and meant.is_part else 0,
        "fast": _fast_filters(request),
    }
    return list_response(request, "orders", facts)


def _fast_filters(request: CompanyRequest) -> list[dict[str, Any]]:
    """Return the filters used most, one press each; the one in use is marked."""
    today = f"{localtime():%Y-%m-%d}"
    filters: list[tuple[str, dict[str, str]]] = [
        ("Todos", {}),
        ("Pedidos Web - PEW", {"tipo": "PEW"}),
        ("Pedidos - PED", {"tipo": "PED"}),
        ("Hoje", {"desde": today}),
        ("Retidos", {"estado": "held"}),
        ("Em aberto", {"estado": "open"}),
    ]
    asked = {name: value for name, value in request.GET.items() if value and name not in {"pagina", "ordem"}}
    return [
        {"label": label, "url": f"?{urlencode(wanted)}", "is_current": asked == wanted} for label, wanted in filters
    ]


_SHEET = (
    "Tipo", "Número", "Data", "Estado", "Loja", "Pedido no Tray", "Status no Tray", "Canal", "Número no marketplace",
    "Cliente", "CPF/CNPJ", "Cidade", "UF", "Itens", "Desconto", "Cupom", "Frete", "Taxa do pagamento", "Impostos",
    "Juros", "Outros", "Total", "Pagamento", "Envio",
)  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected orders, or all that match the filters, as a file for a spreadsheet."""
    wanted = OrderFilterForm(request.GET, company=request.company).wanted()
    sort, ids = sort_of(request, _SORTS, "-placed_at"), chosen_ids(request, "pedido")
    found = queries.orders_for_export(request.company, wanted, ids=ids, sort=sort)
    return sheet_response(request, f"pedidos-{localtime():%Y%m%d-%H%M}", _SHEET, map(_sheet_row, found))


def _sheet_row(order: Order) -> tuple[object, ...]:
    customer = order.customer
    return (
        order.kind, order.number, order.placed_at, order.get_state_display(), order.store.name if order.store else "",
        order.tray_id, order.tray_status, order.point_sale, order.marketplace_number,
        customer.name if customer else "", customer.document if customer else "", order.city, order.uf,
        order.items_total, order.discount, order.coupon_discount, order.shipping, order.payment_rate, order.taxes,
        order.interest, order.remainder, order.total, order.payment_method, order.shipping_method,
    )  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def order(request: CompanyRequest, order_id: int) -> HttpResponse:
    """Show everything about one order."""
    return _page(request, order_id)


def _page(request: CompanyRequest, order_id: int, *, refusal: str = "", status: int = 200) -> HttpResponse:
    one = queries.order(request.company, order_id)
    items = list(one.items.all())
    unlinked = [item.variant_id for item in items if item.product_id is None and item.variant_id]
    matter_of = sync.matters_of_variants(request.company, unlinked) if unlinked else {}
    matters = {matter.pk: matter for matter in pending.open_matters(request.company, order_id=one.pk)}
    matters |= {matter.pk: matter for matter in matter_of.values()}  # others may wait for the same thing
    facts = {
        "nav": "orders",
        "now": timezone.now(),
        "order": one,
        "marketplace": getattr(one, "marketplace", None),
        "items": [
            {"item": item, "total": item.quantity * item.unit_price, "matter": matter_of.get(item.variant_id or 0)}
            for item in items
        ],
        "money": queries.money_lines(one),
        "reservations": queries.reservations(one),
        "matters": list(matters.values()),
        "events": list(_timeline(request.company, one)),
        "run_events": sync.events_of_order(one),
        "document": queries.document(one),
        "can_cancel": one.state in {"held", "open"},
        "can_invoice": one.state == "open",
        "notas": notas.notas_of_order(request.company, one.pk),
        "refusal": refusal,
    }
    return render(request, "orders/order.html", facts, status=status)


_TRAIL_TONES = {
    "orders.order.imported": ("accent", "download"),
    "orders.order.entered": ("accent", "pencil"),
    "orders.order.cancelled": ("neutral", "ban"),
    "orders.order.released": ("ok", ""),
    "orders.order.acknowledged": ("ok", "cloud"),
}


def _timeline(company: Company, order: Order) -> Iterator[dict[str, Any]]:
    for event in audit.history(company, subject_kind="order", subject_id=order.pk):
        tone, icon = _TRAIL_TONES.get(event.name, ("neutral", ""))
        yield {"at": event.at, "title": event.text, "text": "", "by": event.by, "tone": tone, "icon": icon}


@company_view(methods=("POST",))
def cancellation(request: CompanyRequest, order_id: int) -> HttpResponse:
    """Cancel an order and give its reserved stock back."""
    why = request.POST.get("why", "").strip()[:200] or "cancelado por uma pessoa"
    try:
        cancelled = operations.cancel_order(
            request.company, order_id, by=str(request.user), now=timezone.now(), why=why
        )
    except Refused as refusal:
        return _page(request, order_id, refusal=str(refusal), status=422)
    messages.success(request, f"Pedido {cancelled.number} cancelado. As reservas voltaram ao disponível.")
    return redirect(reverse("orders:order", args=[request.company.slug, order_id]))
