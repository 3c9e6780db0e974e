"""Editar: a customer's record and an order's delivery, with what Tray says beside it; two records made one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.customers import queries
from ahead.customers.correcting import CannotCorrect, DocumentTaken
from ahead.customers.names import have_nothing_in_common
from ahead.fiscal import queries as notas
from ahead.lib.errors import Refused
from ahead.orders import correcting
from ahead.orders import queries as orders
from ahead.orders.rules import why_not_correct_delivery
from ahead.web.access import company_view
from ahead.web.filtering import number_of
from ahead.web.forms_correcting import CustomerForm, DeliveryForm
from ahead.web.refusing import status_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from ahead.customers.models import Customer
    from ahead.web.access import CompanyRequest


@company_view("operator")
def customer(request: CompanyRequest, customer_id: int) -> HttpResponse:
    """Correct a customer; `nota` or `pedido` of the address says where the person came from, and goes on to."""
    one = queries.customer(request.company, customer_id)
    form = CustomerForm(request.POST or None, row=one, focus=request.GET.get("campo", ""))
    other: Customer | None = None
    if form.is_valid():
        try:
            correcting.correct_buyer(
                request.company, one.pk, form.cleaned_data, by=request.user.email, now=timezone.now()
            )
        except CannotCorrect as refusal:
            form.put(refusal.problems)
            other = refusal.other if isinstance(refusal, DocumentTaken) else None
        else:
            messages.success(request, "Cliente gravado. Vale para as próximas notas dele.")
            return redirect(_next(request, reverse("customers:customer", args=[request.company.slug, one.pk])))
    facts = {
        "nav": "customers",
        "customer": one,
        "form": form,
        "other": other,
        "back_url": _back(request, reverse("customers:customer", args=[request.company.slug, one.pk])),
        "said_url": _with_query(request, reverse("customers:said", args=[request.company.slug, one.pk])),
    }
    return render(request, "customers/form.html", facts, status=status_of(form))


@company_view("operator", methods=("POST",))
def customer_said(request: CompanyRequest, customer_id: int) -> HttpResponse:
    """Use what Tray says of one field of a customer."""
    name = request.POST.get("campo", "")
    try:
        correcting.take_buyer_of_tray(request.company, customer_id, [name], by=request.user.email, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Vale de novo o que o Tray diz.")
    return redirect(_with_query(request, reverse("customers:edit", args=[request.company.slug, customer_id])))


@company_view("operator")
def merging(request: CompanyRequest, customer_id: int, into_id: int) -> HttpResponse:
    """Say what becomes of two records of one customer, then make them one."""
    gone, into = queries.customer(request.company, customer_id), queries.customer(request.company, into_id)
    facts: dict[str, Any] = {"nav": "customers", "gone": gone, "into": into}
    facts["are_unlike"] = have_nothing_in_common(gone, into)
    if request.method == "POST":
        try:
            correcting.merge_buyers(request.company, gone.pk, into.pk, by=request.user.email, now=timezone.now())
        except Refused as refusal:
            facts["refusal"] = str(refusal)
        else:
            messages.success(request, "Os dois cadastros são um só agora.")
            return redirect(_next(request, reverse("customers:customer", args=[request.company.slug, into.pk])))
    counts = {
        row.customer.pk: row.orders_count for row in queries.customers(request.company, ids=[gone.pk, into.pk]).rows
    }
    facts |= {"moving": counts.get(gone.pk, 0), "staying": counts.get(into.pk, 0)}
    return render(request, "customers/merging.html", facts, status=422 if "refusal" in facts else 200)


@company_view("operator")
def delivery(request: CompanyRequest, order_id: int) -> HttpResponse:
    """Correct where an order goes."""
    one = orders.order(request.company, order_id)
    form = DeliveryForm(request.POST or None, row=one, focus=request.GET.get("campo", ""))
    order_url = reverse("orders:order", args=[request.company.slug, one.pk])
    if form.is_valid():
        try:
            correcting.correct_delivery(
                request.company, one.pk, form.cleaned_data, by=request.user.email, now=timezone.now()
            )
        except CannotCorrect as refusal:
            form.put(refusal.problems)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Entrega gravada. Vale para a próxima nota deste pedido.")
            return redirect(_next(request, order_url))
    facts = {
        "nav": "orders",
        "order": one,
        "form": form,
        "why_not": why_not_correct_delivery(one.state),
        "back_url": _back(request, order_url),
        "said_url": _with_query(request, reverse("orders:delivery_said", args=[request.company.slug, one.pk])),
    }
    return render(request, "orders/delivery.html", facts, status=status_of(form))


@company_view("operator", methods=("POST",))
def delivery_said(request: CompanyRequest, order_id: int) -> HttpResponse:
    """Use what Tray says of one line of where an order goes."""
    name = request.POST.get("campo", "")
    try:
        correcting.take_delivery_of_tray(request.company, order_id, [name], by=request.user.email, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Vale de novo o que o Tray diz.")
    return redirect(_with_query(request, reverse("orders:delivery", args=[request.company.slug, order_id])))


def _next(request: CompanyRequest, otherwise: str) -> str:
    """Return where a person goes on: of a rejected nota to *Gerar Notas* of its order, else back to where they were."""
    nota_id = number_of(request.GET.get("nota"))
    if nota_id is None:
        return _back(request, otherwise)
    one = notas.nota(request.company, nota_id)
    if one.state != "rejected" or one.kind != "sale":
        return reverse("notas:nota", args=[request.company.slug, one.pk])
    return f"{reverse('orders:invoicing', args=[request.company.slug])}?pedido={one.order_id}"


def _back(request: CompanyRequest, otherwise: str) -> str:
    if (nota_id := number_of(request.GET.get("nota"))) is not None:
        return reverse("notas:nota", args=[request.company.slug, nota_id])
    if (order_id := number_of(request.GET.get("pedido"))) is not None:
        return reverse("orders:order", args=[request.company.slug, order_id])
    return otherwise


def _with_query(request: CompanyRequest, address: str) -> str:
    """Return an address that remembers where the person came from."""
    asked = request.GET.copy()
    asked.pop("campo", None)
    return f"{address}?{asked.urlencode()}" if asked else address
