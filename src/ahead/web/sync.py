"""Sincronização: the tab Pedidos (ask, watch, result) and one run as the log tells it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.db.clock import shared_now
from ahead.jobs.asking import ask_sync
from ahead.lib.errors import Refused
from ahead.stores import queries as stores
from ahead.stores.triggers import Trigger
from ahead.sync import queries
from ahead.web.access import company_view
from ahead.web.filtering import asked_id
from ahead.web.listing import page_number, shown
from ahead.web.simulating import simulate
from ahead.web.streaming import sheet_response
from ahead.web.templatetags.formats import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.stores.models import Store
    from ahead.sync.models import SyncEvent, SyncRun
    from ahead.web.access import CompanyRequest

_SHOWN_AT_ONCE = 50
_GREETING = timedelta(seconds=10)
_IN_QUEUE = "Já há uma sincronização desta Loja na fila; acompanhe abaixo."
_ONE_ALREADY = "Já há uma sincronização desta Loja pedida ou em andamento; acompanhe abaixo."


def tabs(company: Company, current: str) -> list[dict[str, Any]]:
    """Return the tabs of Sincronização."""
    places = (
        ("orders", "Pedidos"),
        ("logs", "Logs Sincronização"),
        ("notas", "Nota Fiscal"),
        ("completeness", "Está tudo aqui?"),
        ("quota", "Cota"),
    )
    return [
        {"label": label, "url": reverse(f"sync:{name}", args=[company.slug]), "is_current": name == current}
        for name, label in places
    ]


# ── tab Pedidos ────────────────────────────────────────────────────────────────────────────────────────────


@company_view(methods=("GET", "HEAD"))
def orders_tab(request: CompanyRequest) -> HttpResponse:
    """Show the chosen Loja: its run under way, step by step, or what its last one did."""
    return _orders_tab(request, asked_id(request, "loja", "Loja"))


def _orders_tab(request: CompanyRequest, store_id: int | None, *, refusal: str = "", status: int = 200) -> HttpResponse:
    lojas = stores.stores(request.company)
    store = stores.store(request.company, store_id) if store_id else next(iter(lojas), None)
    facts: dict[str, Any] = {
        "nav": "sync",
        "tabs": tabs(request.company, "orders"),
        "stores": lojas,
        "store": store,
        "refusal": refusal,
    }
    if store:
        facts |= _standing(request, store)
    is_fragment = request.htmx and not request.htmx.boosted
    template = "sync/_exchange.html" if store and is_fragment else "sync/orders.html"
    return render(request, template, facts, status=status)


def _standing(request: CompanyRequest, store: Store) -> dict[str, Any]:
    now = shared_now()
    standing = queries.standing(store, now=now)
    missing = stores.missing_setup(store)
    facts: dict[str, Any] = {"now": now, "standing": standing, "missing": missing, "run": standing.run}
    if standing.run:
        facts |= _result(standing.run)
    return facts


def _result(run: SyncRun) -> dict[str, Any]:
    """What a run did, as far as one page shows it; the log has it all."""
    if run.state == "running":
        return {"steps": _steps(run), "is_unanswered": _is_unanswered(run)}
    wanted = {
        "errors": "error",
        "notes": "nota_delivered",
        "stock": "stock_updated",
        "catalogue": "catalogue",
        "orders": queries.ORDER_EVENTS,
        "cancelled": "order_cancelled",
    }
    pages = {name: queries.events(run, kind, size=_SHOWN_AT_ONCE) for name, kind in wanted.items()}
    facts = {"steps": _steps(run), "pages": pages, "balance": _balance(run), "took": took(run)}
    return {**facts, "was_cut_short": queries.was_cut_short(run)}


def _is_unanswered(run: SyncRun) -> bool:
    """Say whether Tray has not said a word for longer than it usually takes to greet."""
    return run.step == "connect" and shared_now() - run.started_at > _GREETING


def took(run: SyncRun) -> Any:
    """Return how long a run took, once it has ended."""
    return (run.finished_at - run.started_at) if run.finished_at else None


def _balance(run: SyncRun) -> dict[str, Any] | None:
    """Is everything in? What Tray says changed in the window beside what we hold account of."""
    if run.tray_total is None or run.held_total is None:
        return None
    text = f"O Tray diz {plural(run.tray_total, 'pedido alterado,pedidos alterados')} na janela; "
    text += f"temos conta de {run.held_total}."
    return {"is_even": run.tray_total == run.held_total, "text": text, "gap": run.tray_total - run.held_total}


def _steps(run: SyncRun) -> list[dict[str, Any]]:
    """Every step and how it went: by its errors once the run has ended, by its place while it is under way."""
    names = [name for name, _ in queries.STEPS]
    at = names.index(run.step)
    is_over = run.state != "running"
    wrong = queries.steps_with_errors(run) if is_over and run.errors else set()
    stops_at = at if not is_over or queries.was_cut_short(run) else len(names)
    return [
        {"label": label, **_step(run, name, place, stops_at, is_wrong=name in wrong)}
        for place, (name, label) in enumerate(queries.STEPS[:-1])
    ]


def _step(run: SyncRun, name: str, place: int, stops_at: int, *, is_wrong: bool) -> dict[str, str]:
    if name == run.step and run.state == "running":
        return {"state": "running", "note": f"{run.done} de {run.total}" if run.total else ""}
    if is_wrong:
        return {"state": "errors", "note": ""}
    if place < stops_at:
        return {"state": "done", "note": ""}
    return {"state": "waiting" if run.state == "running" else "skipped", "note": ""}


@company_view(methods=("POST",))
def ask(request: CompanyRequest, store_id: int) -> HttpResponse:
    """Ask for a sync of a Loja, or for a simulation of one; the page then shows how it goes."""
    store = stores.store(request.company, store_id)
    try:
        standing = queries.standing(store, now=shared_now())
        if standing.is_under_way and not standing.is_for_notices:
            messages.info(request, "Já há uma sincronização desta Loja em andamento; acompanhe abaixo.")
        elif request.POST.get("dry") == "1":
            simulate(store, by=str(request.user))
            messages.success(request, "Simulação começada. Nada será gravado, nem aqui nem no Tray.")
        elif standing.is_waiting and not standing.is_for_notices:
            messages.info(request, _IN_QUEUE)
        else:
            _ask(request, store_id)
    except Refused as refusal:
        return _orders_tab(request, store_id, refusal=str(refusal), status=422)
    return redirect(f"{reverse('sync:orders', args=[request.company.slug])}?loja={store_id}")


def _ask(request: CompanyRequest, store_id: int) -> None:
    asked = ask_sync(company=request.company, store_id=store_id, by=str(request.user), trigger=Trigger.BUTTON)
    if asked.number is None:  # another press was quicker
        messages.info(request, _ONE_ALREADY)
    else:
        messages.success(request, "Sincronização pedida. Acompanhe o andamento nesta página.")


# ── one run, as the log tells it ───────────────────────────────────────────────────────────────────────────

_PARTS: dict[str, tuple[str, str | tuple[str, ...], str]] = {
    "pedidos": ("Pedidos", queries.ORDER_EVENTS, "pedido,pedidos"),
    "notas": ("Notas", "nota_delivered", "nota,notas"),
    "produtos": ("Produtos atualizados", "stock_updated", "produto,produtos"),
    "catalogo": ("Catálogo", "catalogue", "mudança,mudanças"),
    "cancelados": ("Pedidos cancelados", "order_cancelled", "pedido,pedidos"),
    "erros": ("Erros", "error", "erro,erros"),
    "outros": ("Outros", ("status_written", "linked", "note"), "registro,registros"),
}


@company_view(methods=("GET", "HEAD"))
def run(request: CompanyRequest, run_id: int) -> HttpResponse:
    """Show one run: its orders, updated products, cancelled orders and errors."""
    one = queries.run(request.company, run_id)
    counts = queries.event_counts(one)
    part = request.GET.get("aba", "")
    if part not in _PARTS:
        part = "erros" if one.errors else "pedidos"
    _, kind, noun = _PARTS[part]
    search = request.GET.get("q", "")
    page = queries.events(one, kind, search=search, page=page_number(request))
    facts = {
        "nav": "sync",
        "run": one,
        "took": took(one),
        "steps": _steps(one),
        "balance": _balance(one),
        "part": part,
        "parts": _part_tabs(part, counts),
        "events": page.rows,
        "page": shown(page),
        "noun": noun,
        "search": search,
        "now": timezone.now(),
    }
    return render(request, "sync/run.html", facts)


def _part_tabs(current: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    tabs = []
    for part, (label, kind, _) in _PARTS.items():
        kinds = (kind,) if isinstance(kind, str) else kind
        how_many = sum(counts.get(one, 0) for one in kinds)
        if how_many or part != "outros":
            tabs.append({"label": label, "url": f"?aba={part}", "count": str(how_many), "is_current": part == current})
    return tabs


_SHEET = ("Quando", "O que", "Texto", "Estoque", "De", "Para", "Causa", "De quem é a vez", "O que fazer")


@company_view(methods=("GET", "HEAD"))
def run_sheet(request: CompanyRequest, run_id: int) -> StreamingHttpResponse:
    """Give a part of a run, or all of it, as a file for a spreadsheet."""
    one = queries.run(request.company, run_id)
    part = request.GET.get("aba", "")
    kind = _PARTS[part][1] if part in _PARTS else None
    found = queries.events_for_export(one, kind, search=request.GET.get("q", ""))
    return sheet_response(request, f"sincronizacao-{one.number}-{part or 'tudo'}", _SHEET, _sheet_rows(found))


def _sheet_rows(found: Iterator[SyncEvent]) -> Iterator[tuple[object, ...]]:
    for event in found:
        yield (
            event.at,
            event.get_kind_display(),
            event.text,
            event.warehouse,
            event.before,
            event.after,
            event.cause,
            event.turn,
            event.remedy,
        )
