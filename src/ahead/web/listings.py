"""Produtos Ecommerce: the list, Novo Registro, the form, the page of one, and ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe

from ahead.accounts.rules import may
from ahead.catalog import category_queries, listing_ending, listing_operations, listing_queries
from ahead.catalog.listing_rules import STATES, Missing, Unfinished, WrongListing
from ahead.catalog.publishable import missing_of, price_of
from ahead.catalog.rich_text import sanitised
from ahead.lib.errors import Refused
from ahead.spreadsheets import exporting
from ahead.spreadsheets.looking import written
from ahead.stock.offering import available_of
from ahead.stores import queries as stores
from ahead.web.access import company_view
from ahead.web.filtering import chosen_ids
from ahead.web.finding import product_meant
from ahead.web.forms_listings import ListingFilter, ListingForm, NewListingForm, initial_of
from ahead.web.listing import list_response, page_number, shown, sort_of
from ahead.web.refusing import status_of
from ahead.web.security import allow_pictures
from ahead.web.streaming import READ_AT_ONCE, every_row, sheet_response
from ahead.web.trail import recent_trail

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse, StreamingHttpResponse

    from ahead.accounts.models import Company
    from ahead.catalog.listing_queries import ListingRow, Told
    from ahead.catalog.models import Listing
    from ahead.db.paging import Page
    from ahead.stores.models import Store
    from ahead.web.access import CompanyRequest

_SORTS = {"titulo": "title", "referencia": "reference", "loja": "store"}
# how each state looks: tone and icon
LOOKS = {
    "draft": ("neutral", "pencil-line"),
    "unsynced": ("waiting", "cloud-off"),
    "changed": ("waiting", "cloud-upload"),
    "synced": ("ok", ""),
    "problem": ("error", ""),
    "removed": ("attention", "trash-2"),
    "gone": ("neutral", "ban"),
    "tray_only": ("accent", "eye"),
}
_PARTS = {
    "fields": "Dados e preço",
    "images": "Imagens",
    "specifications": "Características",
    "kit": "Componentes",
}
_FIELDS = {"category": "category_id"}  # of a refusal, where the form calls it otherwise


def look(state: str) -> dict[str, str]:
    """Return how a state is shown."""
    tone, icon = LOOKS[state]
    return {"key": state, "label": STATES[state], "tone": tone, "icon": icon}


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────


def listing_filter(request: CompanyRequest) -> ListingFilter:
    """Return the filters of the list as the address has them; of a chosen Loja only its categories are offered."""
    ours = stores.stores(request.company)
    chosen = [one for one in ours if str(one.pk) == request.GET.get("loja")]

    def offering(lojas: list[Store]) -> ListingFilter:
        categories = [(one.name, category_queries.category_options(one)) for one in lojas]
        return ListingFilter(request.GET, stores=ours, categories=categories)

    form = offering(chosen or ours)
    # one of another Loja was chosen before this Loja was: nothing matches both, and the list says so
    return offering(ours) if chosen and "categoria" in form.errors else form


@company_view(methods=("GET", "HEAD"))
def listing_list(request: CompanyRequest) -> HttpResponse:
    """Show the Produtos Ecommerce of all Lojas, each with how it stands."""
    form = listing_filter(request)
    sort = sort_of(request, _SORTS, "title")
    page = listing_queries.listings(request.company, **form.wanted(), sort=sort, page=page_number(request))
    facts = {
        "nav": "listings",
        "form": form,
        "rows": _drawn(request.company, page.rows),
        "shown": shown(page),
        "has_stores": bool(stores.stores(request.company)),
        "may_write": may(request.membership.role, "operator"),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return allow_pictures(list_response(request, "listings", facts))


def _drawn(company: Company, rows: list[ListingRow]) -> list[dict[str, Any]]:
    for row in rows:
        for variant in row.variants:
            variant.listing = row.listing
    available = available_of(company, [variant for row in rows for variant in row.variants])
    return [{"row": row, "state": look(row.state), "available": _sum(row, available)} for row in rows]


def _sum(row: ListingRow, available: dict[int, int]) -> int | None:
    """What the store may sell of a listing; None where nothing of ours is behind it."""
    known = [available[one.pk] for one in row.variants if one.pk in available]
    return sum(known) if known else None


_SHEET = (
    "Situação", "Referência do anúncio", "Número no Tray", "Kit", "Variações", "Menor preço",
    "Maior preço", "Disponível",
)  # fmt: skip


@company_view(methods=("GET", "HEAD"))
def sheet(request: CompanyRequest) -> StreamingHttpResponse:
    """Give the selected Produtos Ecommerce, or all that match, as a file."""
    wanted = listing_filter(request).wanted()
    sort, ids = sort_of(request, _SORTS, "title"), chosen_ids(request, "anuncio")

    def page_of(number: int) -> Page[ListingRow]:
        return listing_queries.listings(request.company, **wanted, ids=ids, sort=sort, page=number, size=READ_AT_ONCE)

    paths = {
        row.category.pk: written(row.path)
        for one in stores.stores(request.company)
        for row in category_queries.category_tree(one)
    }
    drawn = (one for row in every_row(page_of) for one in _drawn(request.company, [row]))
    header = (*exporting.header("listings"), *_SHEET)
    return sheet_response(request, "produtos-ecommerce", header, (_sheet_row(one, paths) for one in drawn))


def _sheet_row(drawn: dict[str, Any], paths: dict[int, str]) -> tuple[object, ...]:
    row: ListingRow = drawn["row"]
    one = row.listing
    kind = (one.tray_id, one.is_kit, len(row.variants) if one.has_variants else None)
    figures = (row.lowest, row.highest, drawn["available"])
    said = (drawn["state"]["label"], one.reference)
    return (*exporting.listing_cells(one, row.variants, paths), *said, *kind, *figures)


# ── Novo Registro ──────────────────────────────────────────────────────────────────────────────────────────


@company_view(writes="operator")
def new(request: CompanyRequest) -> HttpResponse:
    """Begin a Produto Ecommerce: where, and of what; it is a draft until its form is whole."""
    asked = {"store": request.GET.get("loja", ""), "products": request.GET.get("produto", "")}
    form = NewListingForm(request.POST or None, stores=stores.stores(request.company), initial=asked)
    if form.is_valid():
        given = form.cleaned_data
        try:
            products = [product_meant(request.company, line) for line in given["products"].splitlines() if line.strip()]
            ids = [product.pk for product in products]
            there = listing_queries.offered_already(request.company, int(given["store"]), ids)
            one = listing_operations.create_listing(
                company=request.company,
                store_id=int(given["store"]),
                product_ids=ids,
                axes=(given["axis_1"], given["axis_2"]),
                by=request.user.email,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("products", str(refusal))
        else:
            messages.success(request, f"«{one.title}» começado, como rascunho. Complete o que falta.")
            if there:
                names = ", ".join(f"«{other.title}»" for other in there[:3])
                messages.warning(request, f"Esta Loja já anuncia o produto em {names}. Confira se quer mesmo outro.")
            return redirect("listings:edit", request.company.slug, one.pk)
    facts = {"nav": "listings", "form": form, "has_stores": bool(stores.stores(request.company))}
    return render(request, "listings/new.html", facts, status=status_of(form))


# ── one Produto Ecommerce ──────────────────────────────────────────────────────────────────────────────────


def tabs(request: CompanyRequest, one: Listing, current: str) -> list[dict[str, Any]]:
    """Return the places of one Produto Ecommerce."""
    places = [("listing", "Anúncio"), ("edit", "Dados"), ("variants", "Variações"), ("images", "Imagens")]
    if not may(request.membership.role, "operator"):
        places.remove(("edit", "Dados"))
    if not one.is_managed:
        places = places[:1]
    elif one.is_kit:
        places.remove(("variants", "Variações"))
    return [
        {
            "label": label,
            "url": reverse(f"listings:{name}", args=[request.company.slug, one.pk]),
            "is_current": name == current,
        }
        for name, label in places
    ]


def place_of(request: CompanyRequest, one: Listing, missing: Missing) -> dict[str, str]:
    """Return what a listing lacks with where it is mended: a field of the form, another page."""
    slug = request.company.slug
    if missing.field in {"product", "kit"} and missing.product_id is not None:
        url = reverse("products:edit", args=[slug, missing.product_id])
    elif missing.field == "variants":
        url = reverse("listings:variants", args=[slug, one.pk])
    else:
        anchor = _FIELDS.get(missing.field, missing.field)
        url = f"{reverse('listings:edit', args=[slug, one.pk])}#id_{anchor}"
    return {"text": missing.text, "url": url}


def head(request: CompanyRequest, one: Listing, current: str) -> dict[str, Any]:
    """Return what each page of one Produto Ecommerce shows on top."""
    lacks = missing_of(one) if one.is_managed and one.gone_at is None else []
    return {
        "nav": "listings",
        "listing": one,
        "state": look(listing_queries.state_of(one)),
        "tabs": tabs(request, one, current),
        "missing": [place_of(request, one, thing) for thing in lacks],
        "may_write": may(request.membership.role, "operator"),
    }


@company_view(methods=("GET", "HEAD"))
def listing(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Show one Produto Ecommerce: how it stands, what it says, what Tray confirmed, its trail."""
    one = listing_queries.listing(request.company, listing_id)
    variants = listing_queries.variants_of(one)
    available = available_of(request.company, variants)
    facts = {
        **head(request, one, "listing"),
        "variants": [
            {"variant": variant, "price": price_of(one, variant), "available": available.get(variant.pk)}
            for variant in variants
        ],
        "images": listing_queries.images_of(one)[None],
        "specifications": listing_queries.specifications_of(one),
        "description": mark_safe(sanitised(one.description)),  # noqa: S308 - only what may be shown is left
        "told": [{**vars(row), "parts": _parts(row)} for row in listing_queries.told(one)],
        "events": recent_trail(request.company, "listing", one.pk),
    }
    return allow_pictures(render(request, "listings/listing.html", facts))


def _parts(row: Told) -> list[dict[str, Any]]:
    """Each part that Tray was told, and whether it confirmed it as it was sent."""
    names = [part for part in _PARTS if row.confirmed.get(part) or part in row.unanswered]
    return [{"label": _PARTS[part], "is_open": part in row.unanswered} for part in names]


@company_view(writes="operator")
def edit(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Change what a Produto Ecommerce says; what lacks something is kept as a draft."""
    one = listing_queries.listing(request.company, listing_id)
    is_draft = "rascunho" in request.POST
    form = ListingForm(
        request.POST or None,
        categories=category_queries.category_tree(one.store),
        is_draft=is_draft,
        initial={**initial_of(one), "additional_categories": listing_queries.additional_categories_of(one)},
    )
    facts = head(request, one, "edit")
    there = listing_queries.specifications_of(one)
    typed = _specifications(request) if request.method == "POST" else there
    lines = form.follow_lines("specifications", "As características", now=there, sent=typed)
    specifications = [(name, value) for name, value in lines]
    if form.is_valid():
        try:
            listing_operations.update_listing(
                company=request.company,
                listing_id=one.pk,
                is_draft=is_draft,
                specifications=specifications,
                before=initial_of(one),
                by=request.user.email,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Unfinished as refusal:
            form.add_error(None, str(refusal))
            facts["missing"] = [place_of(request, one, thing) for thing in refusal.missing]
        except Refused as refusal:
            _put(form, refusal)
        else:
            _say_saved(request, is_draft=is_draft)
            return redirect("listings:listing", request.company.slug, one.pk)
    facts |= {"form": form, "specifications": specifications, "blank_rows": range(3), **_behind(one)}
    return render(request, "listings/form.html", facts, status=status_of(form))


def _behind(one: Listing) -> dict[str, Any]:
    variants = listing_queries.variants_of(one)
    images = listing_queries.images_of(one)[None]
    return {"products": [row.product for row in variants if row.product], "variants": variants, "images": images}


def _specifications(request: CompanyRequest) -> list[tuple[str, str]]:
    names, values = request.POST.getlist("caracteristica"), request.POST.getlist("valor")
    pairs = zip(names, values, strict=False)
    return [(name.strip(), value.strip()) for name, value in pairs if name.strip() or value.strip()]


def _put(form: forms.Form, refusal: Refused) -> None:
    """Write a refusal by the field it is about, or on top."""
    named = refusal.field if isinstance(refusal, WrongListing) else ""
    named = _FIELDS.get(named, named)
    form.add_error(named if named in form.fields else None, str(refusal))


def _say_saved(request: CompanyRequest, *, is_draft: bool) -> None:
    if is_draft:
        messages.info(request, "Gravado como rascunho: nada vai ao Tray enquanto for um.")
    else:
        messages.success(request, "Produto Ecommerce gravado. Ele vai ao Tray na próxima sincronização.")


# ── ending it ──────────────────────────────────────────────────────────────────────────────────────────────


@company_view(methods=("POST",))
def deletion(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Delete a Produto Ecommerce: at once if it never was at Tray, with the next sync otherwise."""
    one = listing_queries.listing(request.company, listing_id)
    try:
        is_gone = listing_ending.delete_listing(
            company=request.company, listing_id=one.pk, by=request.user.email, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("listings:listing", request.company.slug, one.pk)
    if is_gone:
        messages.success(request, f"«{one.title}» apagado.")
        return redirect("listings:list", request.company.slug)
    messages.success(request, f"«{one.title}» será apagado no Tray na próxima sincronização.")
    return redirect("listings:listing", request.company.slug, one.pk)


@company_view(methods=("POST",))
def keeping(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Take back that a Produto Ecommerce is to be deleted."""
    one = listing_ending.keep_listing(
        company=request.company, listing_id=listing_id, by=request.user.email, now=timezone.now()
    )
    messages.success(request, f"«{one.title}» fica no Tray.")
    return redirect("listings:listing", request.company.slug, one.pk)


@company_view(methods=("POST",))
def leaving(request: CompanyRequest, listing_id: int) -> HttpResponse:
    """Leave a Produto Ecommerce to the store: AHEAD writes only its stock from now on."""
    one = listing_queries.listing(request.company, listing_id)
    try:
        listing_ending.stop_managing(
            company=request.company, listing_id=one.pk, by=request.user.email, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"O AHEAD deixou de cuidar de «{one.title}». O estoque continua a ser enviado.")
    return redirect("listings:listing", request.company.slug, one.pk)
