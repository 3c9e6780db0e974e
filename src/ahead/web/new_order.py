"""A new Pedido (PED): the customer, the items, and the choices offered while one types."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from ahead.catalog import queries as catalog
from ahead.customers import queries as customers
from ahead.lib.errors import Refused
from ahead.orders import operations
from ahead.web.access import company_view

if TYPE_CHECKING:
    from django.http import HttpResponse, QueryDict

    from ahead.accounts.models import Company
    from ahead.customers.models import Customer
    from ahead.web.access import CompanyRequest

_ROWS = 5
_MOST_ROWS = 60


class WrongEntry(Refused):
    """Something typed cannot be taken as it is; the message says what."""


@dataclass
class Row:
    """One line of items as it was typed."""

    product: str = ""
    quantity: str = ""
    price: str = ""
    error: str = ""

    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not (self.product or self.price)


@dataclass
class Entry:
    """A new order as it was typed, and what was wrong with it."""

    customer_text: str = ""
    customer_id: str = ""
    customer_error: str = ""
    offered: list[Customer] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    refusal: str = ""

    def has_errors(self) -> bool:
        """Whether anything must be mended."""
        return bool(self.refusal or self.customer_error or any(row.error for row in self.rows))


@company_view(needs="operator")
def new(request: CompanyRequest) -> HttpResponse:
    """Show the form of a new order, and enter it."""
    if request.method != "POST":
        asked = request.GET.get("linhas", "")
        count = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else _ROWS
        return _form(request, Entry(rows=[Row() for _ in range(min(max(count, 1), _MOST_ROWS))]))
    entry = _typed(request.POST)
    customer_id = _customer(request.company, entry)
    items = [_item(request.company, row) for row in entry.rows if not row.is_blank()]
    if entry.has_errors() or customer_id is None:
        return _form(request, entry, status=422)
    wanted = [item for item in items if item]
    try:
        order = operations.enter_order(
            request.company, customer_id=customer_id, items=wanted, by=str(request.user), now=timezone.now()
        )
    except Refused as refusal:
        entry.refusal = str(refusal)
        return _form(request, entry, status=422)
    messages.success(request, f"Pedido {order.number} gravado. O estoque dos itens está reservado.")
    return redirect("orders:order", request.company.slug, order.pk)


def _form(request: CompanyRequest, entry: Entry, status: int = 200) -> HttpResponse:
    facts = {"nav": "orders", "entry": entry, "more": min(len(entry.rows) + _ROWS, _MOST_ROWS)}
    return render(request, "orders/new.html", facts, status=status)


def _typed(posted: QueryDict) -> Entry:
    columns = (posted.getlist(name)[:_MOST_ROWS] for name in ("produto", "quantidade", "preco"))
    rows = [Row(*(text.strip() for text in cells)) for cells in zip_longest(*columns, fillvalue="")]
    return Entry(
        customer_text=posted.get("cliente", "").strip(),
        customer_id=posted.get("cliente_id", ""),
        rows=rows or [Row() for _ in range(_ROWS)],
    )


def _customer(company: Company, entry: Entry) -> int | None:
    """Return the customer that was chosen or typed so that only one can be meant; else offer the ones that may be."""
    if entry.customer_id.isascii() and entry.customer_id.isdigit():
        return customers.customer(company, int(entry.customer_id)).pk
    if not entry.customer_text:
        entry.customer_error = "Diga o cliente: nome, CPF ou CNPJ."
        return None
    found = [row.customer for row in customers.customers(company, search=entry.customer_text, size=8).rows]
    if len(found) == 1:
        return found[0].pk
    entry.offered = found
    entry.customer_error = "Mais de um cliente serve; escolha um." if found else "Nenhum cliente encontrado."
    return None


def _item(company: Company, row: Row) -> tuple[int, int, Decimal] | None:
    """Return what a line orders; what is wrong with it is noted on the line."""
    found = catalog.find_products(company, row.product, limit=2)
    exact = [
        one for one in found if row.product.casefold() in {one.code.casefold(), one.reference.casefold(), one.gtin}
    ]
    chosen = exact[:1] or (found if len(found) == 1 else [])
    if not chosen:
        row.error = "Mais de um produto serve; use o código." if found else "Produto não encontrado."
        return None
    product = chosen[0]
    try:
        return product.pk, _units(row.quantity), _amount(row.price) if row.price else product.price
    except WrongEntry as refusal:
        row.error = str(refusal)
        return None


def _units(text: str) -> int:
    units = text or "1"
    if not (units.isascii() and units.isdigit() and len(units) <= 6 and int(units)):
        raise WrongEntry("A quantidade é um número inteiro, a partir de 1.")
    return int(units)


def _amount(text: str) -> Decimal:
    """Read an amount as people write it here: 1.234,56, or 1234.56."""
    bare = text.replace("R$", "").replace(" ", "")
    if "," in bare:
        bare = bare.replace(".", "").replace(",", ".")
    try:
        amount = Decimal(bare).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise WrongEntry("O preço não pôde ser lido; escreva como 12,90.") from error
    if not (amount.is_finite() and 0 <= amount < 10**9):
        raise WrongEntry("O preço não pode ser negativo nem tão alto.")
    return amount


@company_view(needs="operator", methods=("GET", "HEAD"))
def row(request: CompanyRequest) -> HttpResponse:
    """Give one more line of items."""
    return render(request, "orders/_new_row.html", {"row": Row()})


@company_view(methods=("GET", "HEAD"))
def customer_options(request: CompanyRequest) -> HttpResponse:
    """Offer customers for what is being typed."""
    text = request.GET.get("cliente", "").strip()
    found = customers.customers(request.company, search=text, size=8).rows if len(text) > 1 else []
    options: list[dict[str, Any]] = [
        {"value": one.customer.document or one.customer.name, "label": one.customer.name} for one in found
    ]
    return render(request, "orders/_options.html", {"options": options})


@company_view(methods=("GET", "HEAD"))
def product_options(request: CompanyRequest) -> HttpResponse:
    """Offer products for what is being typed."""
    text = request.GET.get("produto", "").strip()
    found = catalog.find_products(request.company, text, limit=10) if len(text) > 1 else []
    options: list[dict[str, Any]] = [{"value": one.code, "label": one.name} for one in found]
    return render(request, "orders/_options.html", {"options": options})
