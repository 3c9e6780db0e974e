"""Pendências: what a person must decide, and the action that settles each kind of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.catalog import operations as catalog_operations
from ahead.catalog import queries as catalog
from ahead.lib.errors import Refused
from ahead.orders import queries as orders
from ahead.pending import operations as pending_operations
from ahead.pending import queries as pending
from ahead.stores import queries as stores
from ahead.sync import matters, queries
from ahead.web.access import company_view
from ahead.web.filtering import FilterForm, chosen_ids, number_of
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.store_choices import offer_stores
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.templatetags.formats import plural
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpResponse, QueryDict, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.catalog.models import ListingVariant
    from ahead.db.paging import Page
    from ahead.orders.models import Order
    from ahead.pending.models import PendingMatter
    from ahead.web.access import CompanyRequest

_STANDINGS = {"dispensadas": "dismissed", "resolvidas": "resolved"}
_SORTS = {"desde": "opened_at", "tipo": "kind", "loja": "store", "vez": "turn"}
_MOST_NAMED = 100


class MatterFilter(FilterForm):
    """What the list of matters is narrowed to."""

    q = forms.CharField(
        label="Buscar no texto", required=False, widget=forms.TextInput({"type": "search", "placeholder": "Buscar"})
    )
    tipo = forms.ChoiceField(label="Tipo", required=False, choices=[("", "Todos"), *pending.MATTER_KINDS])
    loja = forms.TypedChoiceField(label="Loja", required=False, coerce=int, empty_value=None)
    vez = forms.ChoiceField(label="De quem é a vez", required=False, choices=[("", "Todos"), *pending.TURNS])
    situacao = forms.ChoiceField(
        label="Situação",
        required=False,
        choices=[("", "Em aberto"), ("dispensadas", "Dispensadas"), ("resolvidas", "Resolvidas")],
    )

    def __init__(self, asked: QueryDict, *, company: Company) -> None:
        super().__init__(asked)
        offer_stores(self, stores.stores(company))

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        return {
            "standing": _STANDINGS.get(given["situacao"], "open"),
            "kind": given["tipo"],
            "store_id": given["loja"],
            "turn": given["vez"],
            "search": given["q"],
        }


@company_view(methods=("GET", "HEAD"))
def matter_list(request: CompanyRequest) -> HttpResponse:
    """Show what is to be decided, by kind and Loja; or what was dismissed or resolved."""
    form = MatterFilter(request.GET, company=request.company)
    wanted = form.wanted()
    sort = sort_of(request, _SORTS, "opened_at")
    page = pending.matters(request.company, **wanted, sort=sort, page=page_number(request))
    facts = {
        "nav": "pending",
        "now": timezone.now(),
        "form": form,
        "standing": wanted["standing"],
        "kinds": pending.matters_by_kind(request.company, store_id=wanted["store_id"]),
        "kind": wanted["kind"],
        "matters": page.rows,
        "page": shown(page),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return list_response(request, "pending", facts)


_SHEET = (
    "Desde", "Tipo", "Loja", "O que aconteceu", "O que fazer", "De quem é a vez", "Vista por último", "Resolvida",
    "Por", "Dispensada por", "Motivo da dispensa",
)  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected matters, or all that match, as a file."""
    wanted = MatterFilter(request.GET, company=request.company).wanted()
    sort, ids = sort_of(request, _SORTS, "opened_at"), chosen_ids(request, "pendencia")

    def page_of(number: int) -> Page[PendingMatter]:
        return pending.matters(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE)

    return sheet_response(request, "pendencias", _SHEET, map(_sheet_row, every_row(page_of)))


def _sheet_row(one: PendingMatter) -> tuple[object, ...]:
    what = (one.get_kind_display(), one.store.name if one.store else "", one.text, one.remedy, one.get_turn_display())
    dismissed = (one.dismissed_by, one.dismissed_because)
    return (one.opened_at, *what, one.last_seen_at, one.resolved_at, one.resolved_by, *dismissed)


@company_view(methods=("GET", "HEAD"))
def matter(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Show one matter with what settles it; while a product is being looked for, only the ones found."""
    one = pending.matter(request.company, matter_id)
    if request.htmx and not request.htmx.boosted and request.htmx.target == "produtos":
        return render(request, "pending/_products.html", {"matter": one, **_search(request, queries.variant_of(one))})
    return _page(request, one)


def _search(request: CompanyRequest, variant: ListingVariant | None) -> dict[str, Any]:
    text = request.GET.get("produto", "").strip()
    kits = True if variant is not None and variant.listing.is_kit else None
    return {"searched": text, "products": catalog.find_products(request.company, text, kits=kits) if text else []}


class NewProduct(forms.Form):
    """A product of ours, filled in with what Tray says of the thing it sells."""

    code = forms.CharField(label="Código AHEAD", max_length=30)
    name = forms.CharField(label="Descrição", max_length=200)
    reference = forms.CharField(label="Referência (SKU)", max_length=120, required=False)
    gtin = forms.CharField(label="GTIN", max_length=14, required=False)
    ncm = forms.CharField(label="NCM", max_length=10, required=False)
    unit = forms.CharField(label="Unidade", max_length=6, initial="UN")
    price = forms.DecimalField(label="Preço", max_digits=12, decimal_places=2, required=False, localize=True)


class Dismissal(forms.Form):
    """Why a matter is fine as it is."""

    reason = forms.CharField(label="Por que está certo assim?", max_length=200)


def _page(
    request: CompanyRequest,
    one: PendingMatter,
    *,
    refusal: str = "",
    form: NewProduct | None = None,
    status: int = 200,
) -> HttpResponse:
    ids = [found for text in request.GET.get("seguiram", "").split(",") if (found := number_of(text)) is not None]
    waited = orders.orders_of(request.company, ids[:_MOST_NAMED]) if ids else []
    about = orders.orders_of(request.company, [one.order_id]) if one.order_id else []
    facts: dict[str, Any] = {
        "nav": "pending",
        "now": timezone.now(),
        "matter": one,
        "refusal": refusal,
        "can_dismiss": matters.may_dismiss(one, [order.state for order in about]),
        "dismissal": Dismissal(),
        "product_id": queries.product_id_of(one),
        "events": recent_trail(request.company, "matter", one.pk),
        "can_try": matters.may_try_again(one),
        "is_store_matter": one.kind.startswith("store_") or one.kind == "status_unchosen",
        "released": [order for order in waited if order.state != "held"],
        "still_held": [order for order in waited if order.state == "held"],
        "about": about if not waited else [],
        "order": about[0] if about else None,
    }
    if one.kind == "unknown_sku" and one.resolved_at is None and (variant := queries.variant_of(one)):
        facts |= {
            "variant": variant,
            "suggestions": catalog.suggestions(variant),
            "waiting": orders.orders_waiting_for(request.company, variant.pk),
            "form": form or NewProduct(initial=_prefilled(variant)),
            "is_creating": form is not None,
            **_search(request, variant),
        }
    return render(request, "pending/matter.html", facts, status=status)


def _prefilled(variant: Any) -> dict[str, str]:
    reference = variant.reference or variant.listing.reference
    name = f"{variant.listing.title} {variant.axes}".strip()
    return {"code": reference[:30], "name": name[:200], "reference": reference, "gtin": variant.gtin, "unit": "UN"}


def _address(company: Company, matter_id: int, released: Iterable[Order] = ()) -> str:
    ids = ",".join(str(order.pk) for order in list(released)[:_MOST_NAMED])
    address = reverse("pending:matter", args=[company.slug, matter_id])
    return f"{address}?seguiram={ids}" if ids else address


@company_view(methods=("POST",))
def link(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Link what Tray sells to a product of ours, and say which orders went on."""
    one = pending.matter(request.company, matter_id)
    chosen = request.POST.get("product", "")
    if not (chosen.isascii() and chosen.isdigit()):
        return _page(request, one, refusal="Escolha um produto.", status=422)
    return _link(request, one, int(chosen))


def _link(request: CompanyRequest, one: PendingMatter, product_id: int) -> HttpResponse:
    variant_id = int(one.facts.get("variant_id") or 0)
    try:
        released = matters.link_and_release(
            request.company, variant_id, product_id=product_id, by=str(request.user), now=timezone.now()
        )
    except Refused as refusal:
        return _page(request, one, refusal=str(refusal), status=422)
    messages.success(request, _what_went_on(released))
    return redirect(_address(request.company, one.pk, released))


def _what_went_on(waited: list[Order]) -> str:
    """Say how many orders a link set free, and how many something else still holds."""
    still = sum(1 for order in waited if order.state == "held")
    if not waited:
        return "Vinculado. Nenhum pedido esperava por ele."
    went = plural(len(waited) - still, "pedido que esperava seguiu,pedidos que esperavam seguiram")
    rest = f" {plural(still, 'continua retido,continuam retidos')} por outro motivo." if still else ""
    return f"Vinculado. {went}.{rest}"


@company_view(methods=("POST",))
def new_product(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Create the product that was missing and link it."""
    one = pending.matter(request.company, matter_id)
    form = NewProduct(request.POST)
    if not form.is_valid():
        return _page(request, one, form=form, status=422)
    given = {**form.cleaned_data, "price": form.cleaned_data["price"] or 0}
    try:
        sold = queries.variant_of(one)
        product = catalog_operations.create_product(
            company=request.company,
            **given,
            is_kit=sold is not None and sold.listing.is_kit,
            by=str(request.user),
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, one, form=form, status=422)
    return _link(request, one, product.pk)


def _settle(request: CompanyRequest, matter_id: int, act: Callable[[PendingMatter], str]) -> HttpResponse:
    one = pending.matter(request.company, matter_id)
    try:
        said = act(one)
    except Refused as refusal:
        return _page(request, one, refusal=str(refusal), status=422)
    messages.success(request, said)
    return redirect(_address(request.company, one.pk))


@company_view(methods=("POST",))
def acceptance(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Take a part of a divided order as an order of its own."""

    def act(one: PendingMatter) -> str:
        order = matters.accept_child(request.company, one.order_id or 0, by=str(request.user), now=timezone.now())
        return f"Pedido {order.number} aceito: agora está {order.get_state_display().lower()}."

    return _settle(request, matter_id, act)


@company_view(methods=("POST",))
def kit_acceptance(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Take the kits of an order as they came."""

    def act(one: PendingMatter) -> str:
        order = matters.accept_kits_as_they_came(
            request.company, one.order_id or 0, by=str(request.user), now=timezone.now()
        )
        return f"Pedido {order.number} aceito como veio: agora está {order.get_state_display().lower()}."

    return _settle(request, matter_id, act)


@company_view(methods=("POST",))
def clearance(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Let the next sync send what a brake stopped."""

    def act(one: PendingMatter) -> str:
        matters.allow_brake(request.company, one.store_id or 0, kind=one.kind, by=str(request.user), now=timezone.now())
        return "Autorizado. O que o freio segurou vai ao Tray na próxima sincronização."

    return _settle(request, matter_id, act)


@company_view(methods=("POST",))
def another_try(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Have what the matter is about looked at again by the next sync."""

    def act(one: PendingMatter) -> str:
        return matters.try_again(request.company, one.pk, by=str(request.user), now=timezone.now())

    return _settle(request, matter_id, act)


@company_view(methods=("POST",))
def dismissal(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Close a matter that a person judged to be fine."""

    def act(one: PendingMatter) -> str:
        reason = request.POST.get("reason", "")
        matters.dismiss(request.company, one.pk, reason=reason, by=str(request.user), now=timezone.now())
        return "Dispensada. Ela volta sozinha se os fatos mudarem."

    return _settle(request, matter_id, act)


@company_view(methods=("POST",))
def reopening(request: CompanyRequest, matter_id: int) -> HttpResponse:
    """Open a matter again that was dismissed."""

    def act(one: PendingMatter) -> str:
        pending_operations.reopen_matter(request.company, one.pk, by=str(request.user), now=timezone.now())
        return "Reaberta."

    return _settle(request, matter_id, act)
