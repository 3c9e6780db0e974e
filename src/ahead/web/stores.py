"""Lojas: the list, Novo Registro, the page of one Loja, and resting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import localdate

from ahead.accounts.rules import may
from ahead.db.clock import shared_now
from ahead.lib.errors import Refused
from ahead.stock import queries as stock
from ahead.stock.centers import centers
from ahead.stores import operations, queries
from ahead.stores.rules import WrongAddress
from ahead.stores.selling import UnknownWarehouse
from ahead.sync import queries as sync
from ahead.web.access import company_view
from ahead.web.filtering import chosen_ids
from ahead.web.forms_stores import CentersForm, StoreChangeForm, StoreFilter, fresh_form, initial_of
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.refusing import put_refusal, status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.trail import recent_trail
from ahead.web.webhooks import address_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.db.paging import Page
    from ahead.stock.models import DistributionCenter, Warehouse
    from ahead.stores.models import Store
    from ahead.sync.queries import StoreOverview
    from ahead.web.access import CompanyRequest

TONES = {"never": "neutral", "connected": "ok", "reauthorise": "attention", "blocked": "error"}
_FIELDS: dict[type[Refused], str] = {
    WrongAddress: "address",
    operations.CodeTaken: "code",
    UnknownWarehouse: "warehouses",
}


_SORTS = {"codigo": "code", "nome": "name", "conexao": "connection", "ultima": "last_run_at"}


@company_view(methods=("GET", "HEAD"))
def store_list(request: CompanyRequest) -> HttpResponse:
    """Show the Lojas of the company and how each one stands."""
    form = StoreFilter(request.GET)
    sort = sort_of(request, _SORTS, "code")
    page = sync.store_lines(request.company, **form.wanted(), sort=sort, page=page_number(request), now=timezone.now())
    missing = queries.missing_setups([line.store for line in page.rows])
    rows = [
        {"line": line, "tone": TONES[line.store.connection], "missing": missing[line.store.pk]} for line in page.rows
    ]
    facts = {
        "nav": "stores",
        "form": form,
        "rows": rows,
        "shown": shown(page),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "may": permissions(request),
    }
    return list_response(request, "stores", facts)


_SHEET = (
    "Código", "Loja", "Endereço", "Conexão", "Pausada", "Minutos entre sincronizações", "Última sincronização",
    "Pedidos hoje", "Erros da última", "Consultas hoje",
)  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected Lojas, or all that match, as a file."""
    wanted = StoreFilter(request.GET).wanted()
    sort, ids, now = sort_of(request, _SORTS, "code"), chosen_ids(request, "loja"), timezone.now()

    def page_of(number: int) -> Page[StoreOverview]:
        return sync.store_lines(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE, now=now)

    return sheet_response(request, "lojas", _SHEET, map(_sheet_row, every_row(page_of)))


def _sheet_row(line: StoreOverview) -> tuple[object, ...]:
    one, last = line.store, line.last_run
    minutes = one.sync_interval_minutes if one.syncs_by_itself else ""
    state = (one.get_connection_display(), "sim" if one.is_paused else "não", minutes)
    figures = (last.started_at if last else "", line.orders_today, line.errors, line.requests_used)
    return (one.code, one.name, one.address, *state, *figures)


@company_view("staff", writes="staff")
def new(request: CompanyRequest) -> HttpResponse:
    """Register a Loja: "Esse processo é realizado por nós da AHEAD"."""
    places = stock.warehouses(request.company, active=True)
    form = fresh_form(request.POST or None, warehouses=places, today=localdate())
    if form.is_valid():
        try:
            store = operations.register_store(
                company=request.company, by=request.user.email, now=timezone.now(), **form.changes()
            )
        except Refused as refusal:
            put_refusal(form, refusal, _FIELDS)
        else:
            messages.success(request, f"Loja «{store.name}» registrada. Agora conecte a Loja ao Tray.")
            return redirect("stores:store", request.company.slug, store.pk)
    return render(request, "stores/new.html", {"nav": "stores", "form": form}, status=status_of(form))


@company_view(methods=("GET", "HEAD"))
def store(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Show one Loja: what is missing, its connection, its statuses, its stock, its trail."""
    return store_page(request, store_id)


def store_page(
    request: CompanyRequest,
    store_id: int,
    *,
    status: int = 200,
    refusal: str = "",
    answer: object = None,
    form: CentersForm | None = None,
) -> HttpResponse:
    """Draw the page of a Loja, with what an action on it came to."""
    one = queries.store(request.company, store_id)
    chosen = queries.chosen(one)
    has_centers = centers(one) if one.is_multicd else []
    facts = {
        "centers": has_centers,
        "open_centers": [center for center in has_centers if center.is_open],
        "centers_form": form or (centers_form(request, has_centers) if has_centers else None),
        "nav": "stores",
        "store": one,
        "tone": TONES[one.connection],
        "may": permissions(request),
        "missing": queries.missing_setup(one),
        "has_statuses": bool(queries.statuses(one)),
        "statuses": [(role.label, rows) for role, rows in chosen.items()],
        "sells_from": sells_from(one),
        "notices": address_facts(request, one),
        "standing": sync.standing(one, now=shared_now()),
        "events": recent_trail(request.company, "store", one.pk),
        "refusal": refusal,
        "answer": answer,
    }
    return render(request, "stores/store.html", facts, status=status)


def centers_form(request: CompanyRequest, known: Sequence[DistributionCenter], data: Any = None) -> CentersForm:
    """Return the form that says which Estoque each of these centres is."""
    return CentersForm(data, centers=known, warehouses=stock.warehouses(request.company, active=True))


def sells_from(store: Store) -> list[Warehouse]:
    """Return the warehouses a Loja sells from, the one it reserves from first in front."""
    return [row.warehouse for row in store.sales_warehouses.select_related("warehouse").order_by("priority", "pk")]


def permissions(request: CompanyRequest) -> dict[str, bool]:
    """Return what the member may do to a Loja, for the buttons; the views check it again."""
    role = request.membership.role
    return {"register": may(role, "staff"), "pause": may(role, "owner"), "test": may(role, "operator")}


@company_view("staff", writes="staff")
def edit(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Change a Loja; blank credentials stay as they are."""
    one = queries.store(request.company, store_id)
    mine = sells_from(one)
    places = stock.warehouses(request.company, active=True)
    follows = one.is_multicd and any(center.warehouse_id for center in centers(one))
    form = StoreChangeForm(
        request.POST or None, warehouses=places, follows_centers=follows, initial=initial_of(one, mine)
    )
    if form.is_valid():
        try:
            changed = operations.update_store(
                company=request.company, store_id=one.pk, by=request.user.email, now=timezone.now(), **form.changes()
            )
        except Refused as refusal:
            put_refusal(form, refusal, _FIELDS)
        else:
            _tell_changed(request, one, changed)
            return redirect("stores:store", request.company.slug, one.pk)
    facts: dict[str, Any] = {"nav": "stores", "form": form, "store": one, "follows_centers": follows}
    return render(request, "stores/edit.html", facts, status=status_of(form))


def _tell_changed(request: CompanyRequest, before: Store, after: Store) -> None:
    if before.connection == "connected" and after.connection != "connected":
        messages.warning(request, f"Loja «{after.name}» gravada. O endereço ou a Consumer Key mudou: conecte de novo.")
    else:
        messages.success(request, f"Loja «{after.name}» gravada.")


@company_view("owner", writes="owner", methods=("POST",))
def pause(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Let a Loja rest."""
    one = operations.pause_store(company=request.company, store_id=store_id, by=request.user.email, now=timezone.now())
    messages.success(request, f"Loja «{one.name}» pausada. Ela não sincroniza até ser retomada.")
    return redirect("stores:store", request.company.slug, store_id)


@company_view("owner", writes="owner", methods=("POST",))
def resume(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Let a Loja that rests synchronise again."""
    one = operations.resume_store(company=request.company, store_id=store_id, by=request.user.email, now=timezone.now())
    messages.success(request, f"Loja «{one.name}» retomada.")
    return redirect("stores:store", request.company.slug, store_id)
