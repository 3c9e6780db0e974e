"""Categorias of a Loja: the tree, its spreadsheet, moving in it, and the page of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ahead.accounts.rules import may
from ahead.catalog import category_operations as operations
from ahead.catalog import category_queries as queries
from ahead.catalog.category_rules import MOST_LEVELS, STATES, Step, WrongCategory
from ahead.stores import queries as stores
from ahead.web.access import company_view
from ahead.web.filtering import asked_id, chosen_ids, number_of
from ahead.web.forms_categories import (
    CategoryChangeForm,
    CategoryFilter,
    NewCategoryForm,
    RemovalForm,
    initial_of,
)
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.refusing import status_of
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.templatetags.formats import plural
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse

    from ahead.catalog.category_queries import CategoryRow
    from ahead.catalog.models import Category
    from ahead.db.paging import Page
    from ahead.stores.models import Store
    from ahead.web.access import CompanyRequest

TONES = {"unsynced": "neutral", "changed": "waiting", "synced": "ok", "problem": "error", "gone": "attention"}
_SORTS = {"codigo": "code", "nome": "name", "produtos": "products", "situacao": "state"}
_STEPS: dict[str, Step] = {"subir": "up", "descer": "down", "dentro": "in", "fora": "out"}
_TO_SEND = {"unsynced", "changed", "problem"}
_ANY_SIZE = 1_000_000  # a tree is shown whole


# ── the tree, and the list that a search makes of it ───────────────────────────────────────────────────────


@company_view(methods=("GET", "HEAD"))
def category_list(request: CompanyRequest, store_id: int | None = None) -> HttpResponse:
    """Show the categories of a Loja, the first one where none is named: a tree or, when searched or sorted, a list."""
    if store_id is None and (chosen := asked_id(request, "loja", "Loja")):
        return redirect("categories:of_store", request.company.slug, chosen)
    lojas = stores.stores(request.company)
    if not lojas and store_id is None:
        return render(request, "categories/no_store.html", {"nav": "categories"})
    store = stores.store(request.company, store_id or lojas[0].pk)
    sheet_url = _sheet_url(request, store_id)
    return list_response(request, "categories", {**_list(request, store), "stores": lojas, "sheet_url": sheet_url})


def _sheet_url(request: CompanyRequest, store_id: int | None) -> str:
    """The file of the list in hand: its address and the list's name the same Loja, or neither names one."""
    slug = request.company.slug
    if store_id is None:
        return reverse("categories:sheet", args=[slug])
    return reverse("categories:sheet_of_store", args=[slug, store_id])


def _list(request: CompanyRequest, store: Store) -> dict[str, Any]:
    form = CategoryFilter(request.GET)
    wanted, sort = form.wanted(), sort_of(request, _SORTS, "")
    is_tree = not sort and not any(wanted.values())
    size = _ANY_SIZE if is_tree else queries.PAGE_SIZE
    page = queries.categories(store, **wanted, sort=sort, page=page_number(request), size=size)
    return {
        "nav": "categories",
        "store": store,
        "form": form,
        "is_tree": is_tree,
        "rows": [_drawn(row) for row in page.rows],
        "shown": shown(page),
        "is_filtered": any(wanted.values()),
        "to_send": sum(row.state in _TO_SEND for row in page.rows) if is_tree else 0,
        "removed": queries.removed_categories(store),
        "sheet_url": _sheet_url(request, store.pk),
        "may_write": may(request.membership.role, "operator"),
    }


def _drawn(row: CategoryRow) -> dict[str, Any]:
    return {
        "row": row,
        "category": row.category,
        "tone": TONES[row.state],
        "is_first": row.place == 1,
        "is_last": row.place == row.siblings,
        "may_have_children": row.depth < MOST_LEVELS and row.category.gone_at is None,
    }


_SHEET = (
    "Código",
    "Categoria",
    "Fica em",
    "Loja",
    "Produtos",
    "Situação",
    "Id no Tray",
    "Endereço na loja",
    "Problema",
)


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest, store_id: int | None = None) -> StreamingHttpResponse:
    """Give the selected categories of a Loja, or all that match, as a file."""
    lojas = stores.stores(request.company)
    if not lojas and store_id is None:
        raise Http404
    store = stores.store(request.company, store_id or lojas[0].pk)
    wanted = {
        **CategoryFilter(request.GET).wanted(),
        "sort": sort_of(request, _SORTS, ""),
        "ids": chosen_ids(request, "categoria"),
    }

    def page_of(number: int) -> Page[CategoryRow]:
        return queries.categories(store, **wanted, page=number, size=READ_AT_ONCE)

    return sheet_response(request, "categorias", _SHEET, (_sheet_row(row, store) for row in every_row(page_of)))


def _sheet_row(row: CategoryRow, store: Store) -> tuple[object, ...]:
    one = row.category
    place = (one.code, one.name, row.above, store.name)
    return (*place, row.products, row.state_text, one.tray_id or "", one.slug, one.problem)


# ── moving in the tree ─────────────────────────────────────────────────────────────────────────────────────


@company_view(methods=("POST",))
def step(request: CompanyRequest, category_id: int) -> HttpResponse:
    """Move a category by one place: subir, descer, dentro, fora."""
    asked = _STEPS.get(request.POST.get("passo", ""))
    if asked is None:
        return _answer(request, queries.category(request.company, category_id), refusal="Escolha para onde mover.")
    try:
        moved = operations.step_category(
            company=request.company, category_id=category_id, step=asked, by=request.user.email, now=timezone.now()
        )
    except WrongCategory as refused:
        return _answer(request, queries.category(request.company, category_id), refusal=str(refused))
    return _answer(request, moved)


@company_view(methods=("POST",))
def place(request: CompanyRequest, category_id: int) -> HttpResponse:
    """Put a category where it was dropped: under `acima` (none: the first level), before `antes` or last."""
    try:
        moved = operations.move_category(
            company=request.company,
            category_id=category_id,
            parent_id=number_of(request.POST.get("acima")),
            before_id=number_of(request.POST.get("antes")),
            by=request.user.email,
            now=timezone.now(),
        )
    except WrongCategory as refused:
        return _answer(request, queries.category(request.company, category_id), refusal=str(refused))
    return _answer(request, moved)


def _answer(request: CompanyRequest, category: Category, *, refusal: str = "") -> HttpResponse:
    """Draw the tree after a move with where the category stands now, or why it does not; without htmx, go there."""
    facts = _list(request, category.store)
    told = refusal or _where(category, facts["rows"])
    if not request.htmx:
        (messages.error if refusal else messages.success)(request, told)
        return _to_list(request, category.store)
    if refusal:
        messages.error(request, refusal)
    return render(request, "categories/_moved.html", {**facts, "told": told}, status=422 if refusal else 200)


def _where(category: Category, rows: list[dict[str, Any]]) -> str:
    [row] = [drawn["row"] for drawn in rows if drawn["category"].pk == category.pk]
    inside = f"em «{row.above}»" if row.above else "no primeiro nível"
    return f"«{category.name}» é a {row.place}ª de {row.siblings} {inside}."


def _to_list(request: CompanyRequest, store: Store) -> HttpResponseRedirect:
    return redirect("categories:of_store", request.company.slug, store.pk)


# ── one category ───────────────────────────────────────────────────────────────────────────────────────────


@company_view()
def new(request: CompanyRequest) -> HttpResponse:
    """Register a category: Novo Registro, or a subcategory where the address names what it stands in."""
    lojas = stores.stores(request.company)
    if not lojas:
        return render(request, "categories/no_store.html", {"nav": "categories"})
    asked = number_of(request.POST.get("store_id") or request.GET.get("store_id"))
    store = next((one for one in lojas if one.pk == asked), lojas[0])
    initial = {"store_id": store.pk, "parent_id": request.GET.get("acima", "")}
    parents = queries.category_options(store, as_parent=True)
    form = NewCategoryForm(request.POST or None, stores=lojas, parents=parents, initial=initial)
    if form.is_valid():
        try:
            made = operations.create_category(
                company=request.company, by=request.user.email, now=timezone.now(), **form.cleaned_data
            )
        except WrongCategory as refused:
            _put_refusal(form, refused)
        else:
            messages.success(request, f"Categoria «{made.name}» cadastrada.")
            return redirect("categories:category", request.company.slug, made.pk)
    facts = {"nav": "categories", "form": form, "store": store}
    return render(request, "categories/form.html", facts, status=status_of(form))


@company_view()
def edit(request: CompanyRequest, category_id: int) -> HttpResponse:
    """Change a category."""
    one = queries.category(request.company, category_id)
    parents = queries.category_options(one.store, without=one.pk, as_parent=True)
    form = CategoryChangeForm(request.POST or None, parents=parents, initial=initial_of(one))
    if form.is_valid():
        try:
            operations.update_category(
                company=request.company,
                category_id=one.pk,
                by=request.user.email,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except WrongCategory as refused:
            _put_refusal(form, refused)
        else:
            messages.success(request, "Categoria gravada.")
            return redirect("categories:category", request.company.slug, one.pk)
    facts = {"nav": "categories", "form": form, "store": one.store, "category": one}
    return render(request, "categories/form.html", facts, status=status_of(form))


def _put_refusal(form: forms.Form, refused: WrongCategory) -> None:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))


@company_view(methods=("GET", "HEAD"))
def category(request: CompanyRequest, category_id: int) -> HttpResponse:
    """Show one category: what it says, how it stands at Tray, what is in it, its trail."""
    return _page(request, queries.category(request.company, category_id))


def _page(request: CompanyRequest, one: Category, *, refusal: str = "", status: int = 200) -> HttpResponse:
    sold, state, path = queries.sold_in(one), queries.state(one), queries.path_of(one)
    children = queries.subcategories(one)
    facts = {
        "nav": "categories",
        "category": one,
        "store": one.store,
        "state": state,
        "state_text": STATES[state],
        "tone": TONES[state],
        "crumbs": [
            {"label": above.name, "url": reverse("categories:category", args=[request.company.slug, above.pk])}
            for above in path[:-1]
        ],
        "children": children,
        "sold": sold,
        "removal": _removal_form(one, sold, None),
        "consequences": _consequences(one, sold, has_children=bool(children)),
        "refusal": refusal,
        "may_write": may(request.membership.role, "operator"),
        "may_have_children": one.gone_at is None and len(path) < MOST_LEVELS,
        "events": recent_trail(request.company, "category", one.pk),
    }
    return render(request, "categories/category.html", facts, status=status)


def _removal_form(one: Category, sold: queries.Sold, data: Any) -> RemovalForm:
    return RemovalForm(data, targets=queries.category_options(one.store, without=one.pk), is_asked=sold.total > 0)


def _consequences(one: Category, sold: queries.Sold, *, has_children: bool) -> list[str]:
    """What taking a category out will do, in words."""
    lines = []
    if has_children:
        where = f"em «{one.parent.name}»" if one.parent else "no primeiro nível"
        lines.append(f"As subcategorias dela passam a ficar {where}.")
    if sold.main:
        lines.append(f"{plural(sold.main, 'produto tem,produtos têm')} esta como categoria principal.")
    if sold.besides:
        lines.append(f"{plural(sold.besides, 'produto tem,produtos têm')} esta como categoria adicional.")
    if sold.lacking:
        lines.append(
            "Sem outra categoria, "
            + plural(
                sold.lacking,
                "produto publicado deixa de ser enviado ao Tray,produtos publicados deixam de ser enviados ao Tray",
            )
            + "."
        )
    if one.tray_id and not one.gone_at:
        lines.append("Ela some daqui agora, e é apagada no Tray na próxima sincronização.")
    return lines


@company_view(methods=("POST",))
def removal(request: CompanyRequest, category_id: int) -> HttpResponse:
    """Take a category out; its products go where it was chosen."""
    one = queries.category(request.company, category_id)
    form = _removal_form(one, queries.sold_in(one), request.POST)
    if not form.is_valid():
        return _page(request, one, refusal="Escolha o que fazer com os produtos dela, e exclua de novo.", status=422)
    try:
        removed = operations.remove_category(
            company=request.company,
            category_id=one.pk,
            move_to=form.target(),
            by=request.user.email,
            now=timezone.now(),
        )
    except WrongCategory as refused:
        return _page(request, one, refusal=str(refused), status=422)
    messages.success(request, _told(removed))
    return _to_list(request, one.store)


def _told(removed: operations.Removed) -> str:
    told = f"Categoria «{removed.name}» excluída."
    if removed.sold.total and removed.moved_to:
        told += f" {plural(removed.sold.total, 'produto passou,produtos passaram')} para «{removed.moved_to}»."
    elif removed.sold.lacking:
        told += (
            f" {plural(removed.sold.lacking, 'produto publicado ficou,produtos publicados ficaram')} sem categoria:"
            " escolha outra para que voltem a ser enviados."
        )
    return told + (" Ela é apagada no Tray na próxima sincronização." if removed.waits_for_sync else "")


@company_view(methods=("POST",))
def recreation(request: CompanyRequest, category_id: int) -> HttpResponse:
    """Let the next sync make a category anew that was deleted at Tray."""
    one = queries.category(request.company, category_id)
    try:
        operations.recreate_category(
            company=request.company, category_id=one.pk, by=request.user.email, now=timezone.now()
        )
    except WrongCategory as refused:
        return _page(request, one, refusal=str(refused), status=422)
    messages.success(request, "A próxima sincronização cria a categoria de novo no Tray.")
    return redirect("categories:category", request.company.slug, one.pk)
