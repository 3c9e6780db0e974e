"""The menu: what is in it, and which place is the current one."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the menu; `key` is what a page gives as `nav`."""

    key: str
    label: str
    icon: str
    route: str


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading; the first and the last group have none."""

    label: str
    places: tuple[Place, ...]


MENU = (
    Group("", (Place("start", "Início", "house", "home"),)),
    Group("Comercial", (Place("orders", "Pedidos", "clipboard-list", "orders:list"),)),
    Group(
        "Integração Ecommerce",
        (
            Place("stores", "Lojas", "store", "stores:list"),
            Place("sync", "Sincronização", "refresh-cw", "sync:orders"),
        ),
    ),
    Group(
        "Cadastros",
        (
            Place("products", "Produtos", "package", "products:list"),
            Place("customers", "Clientes", "users", "customers:list"),
            Place("warehouses", "Estoques", "warehouse", "warehouses:list"),
        ),
    ),
    Group("Configurações", (Place("members", "Usuários", "user-cog", "members:list"),)),
    Group("", (Place("pending", "Pendências", "bell-ring", "pending:list"),)),
)
AT_THE_THUMB = ("start", "orders", "sync", "pending")


def _address(route: str, company: object = None) -> str:
    """The address of a route in the company in hand; without one only the addresses of the person exist."""
    slug = getattr(company, "slug", None)
    try:
        return reverse(route, args=[slug] if slug else None)
    except NoReverseMatch:
        return ""


def _drawn(place: Place, current: str, pending_count: int, company: object) -> dict[str, Any]:
    return {
        "label": place.label,
        "icon": place.icon,
        "url": _address(place.route, company),
        "is_current": place.key == current,
        "count": pending_count if place.key == "pending" else 0,
    }


def menu(current: str, pending_count: int, company: object) -> list[dict[str, Any]]:
    """Return the groups with their addresses; a place without a screen is left out."""
    groups = []
    for group in MENU:
        places = [_drawn(place, current, pending_count, company) for place in group.places]
        reachable = [place for place in places if place["url"]]
        if reachable:
            groups.append({"label": group.label, "places": reachable})
    return groups


@register.inclusion_tag("layout/nav.html", takes_context=True)
def nav(context: template.Context) -> dict[str, Any]:
    """Draw the navigation of the side (a drawer on a phone)."""
    company = context.get("company")
    return {
        "groups": menu(str(context.get("nav", "")), context.get("pending_count") or 0, company),
        "help_url": _address("help"),
        "search_url": _address("search", company) or _address("orders:list", company),
    }


@register.inclusion_tag("layout/tabbar.html", takes_context=True)
def tabbar(context: template.Context) -> dict[str, Any]:
    """Draw the bar at the thumb of a phone."""
    places = {place.key: place for group in MENU for place in group.places}
    drawn = [
        _drawn(places[key], str(context.get("nav", "")), context.get("pending_count") or 0, context.get("company"))
        for key in AT_THE_THUMB
    ]
    return {"places": [place for place in drawn if place["url"]]}
