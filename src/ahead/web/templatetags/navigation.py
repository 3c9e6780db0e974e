"""The menu: what is in it, and which place is the current one."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from ahead.accounts.rules import may

register = template.Library()


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the menu; `key` is what a page gives as `nav`."""

    key: str
    label: str
    icon: str
    route: str
    needs: str = "reader"


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading; a group without a label stands alone."""

    label: str
    places: tuple[Place, ...]


MENU = (
    Group("", (Place("start", "Início", "house", "home"),)),
    Group("Comercial", (Place("orders", "Pedidos", "clipboard-list", "orders:list"),)),
    Group(
        "Integração Ecommerce",
        (
            Place("stores", "Lojas", "store", "stores:list"),
            Place("categories", "Categorias", "folder-tree", "categories:list"),
            Place("listings", "Produtos Ecommerce", "tags", "listings:list"),
            Place("sync", "Sincronização", "refresh-cw", "sync:orders"),
        ),
    ),
    Group(
        "Cadastros",
        (
            Place("products", "Produtos", "package", "products:list"),
            Place("customers", "Clientes", "users", "customers:list"),
            Place("warehouses", "Estoques", "warehouse", "warehouses:list"),
            Place("spreadsheets", "Planilhas", "file-spreadsheet", "spreadsheets:list"),
        ),
    ),
    Group(
        "Fiscal",
        (
            Place("notas", "Notas", "receipt-text", "notas:list"),
            Place("fiscal", "Configuração fiscal", "landmark", "fiscal:start"),
            Place("tax_rules", "Regras tributárias", "scale", "taxes:rules"),
            Place("tax_groups", "Grupos tributários", "layers", "taxes:groups"),
            Place("tax_naturezas", "Naturezas", "signpost", "taxes:naturezas"),
            Place("tax_rates", "Alíquotas por UF", "percent", "taxes:rates"),
            Place("tax_simulator", "Simulador", "calculator", "taxes:simulator"),
            Place("tax_checklist", "Conferência", "list-checks", "taxes:checklist"),
        ),
    ),
    Group("", (Place("pending", "Pendências", "bell-ring", "pending:list"),)),
    Group(
        "Configurações",
        (
            Place("alerts", "Alertas", "siren", "alerts:list"),
            Place("members", "Usuários", "user-cog", "members:list", "owner"),
            Place("audit", "Histórico", "history", "audit:list", "owner"),
        ),
    ),
)
COUNTED = {"pending": "pending_count", "alerts": "alert_count"}  # what waits in a place, by where a page says it
AT_THE_THUMB = ("start", "orders", "sync", "pending")


def _address(route: str, company: object = None) -> str:
    """The address of a route in the company in hand; without one only the addresses of the person exist."""
    slug = getattr(company, "slug", None)
    try:
        return reverse(route, args=[slug] if slug else None)
    except NoReverseMatch:
        return ""


def _drawn(place: Place, context: template.Context) -> dict[str, Any]:
    company = context.get("company")
    membership = context.get("membership")
    is_open = membership is None or may(membership.role, place.needs)
    return {
        "label": place.label,
        "icon": place.icon,
        "url": _address(place.route, company) if is_open else "",
        "is_current": place.key == context.get("nav"),
        "count": context.get(COUNTED[place.key]) or 0 if place.key in COUNTED else 0,
    }


def menu(context: template.Context) -> list[dict[str, Any]]:
    """Return the groups with their addresses; what has no screen, or not for this member, is left out."""
    groups = []
    for group in MENU:
        places = [_drawn(place, context) for place in group.places]
        reachable = [place for place in places if place["url"]]
        if reachable:
            groups.append({"label": group.label, "places": reachable})
    return groups


@register.inclusion_tag("layout/nav.html", takes_context=True)
def nav(context: template.Context) -> dict[str, Any]:
    """Draw the navigation of the side (a drawer on a phone)."""
    company = context.get("company")
    return {
        "groups": menu(context),
        "help_url": _address("help"),
        "search_url": _address("search", company) or _address("orders:list", company),
    }


@register.inclusion_tag("layout/tabbar.html", takes_context=True)
def tabbar(context: template.Context) -> dict[str, Any]:
    """Draw the bar at the thumb of a phone."""
    places = {place.key: place for group in MENU for place in group.places}
    drawn = [_drawn(places[key], context) for key in AT_THE_THUMB]
    return {"places": [place for place in drawn if place["url"]]}
