"""Which section of the manual explains a screen."""

from __future__ import annotations

# a screen by the name of its route; an area by its part before the colon, for screens without a line of their own
SECTIONS = {
    "home": "primeiros-passos#a-tela-início",
    "search": "primeiros-passos#encontrar-qualquer-coisa",
    "account": "primeiros-passos#sua-conta",
    "login": "primeiros-passos#entrar-no-programa",
    "stores": "lojas",
    "stores:list": "lojas#a-lista-de-lojas",
    "stores:new": "lojas#criando-uma-nova-loja",
    "stores:store": "lojas#a-página-da-loja",
    "stores:statuses": "lojas#os-cinco-status",
    "stores:schedule": "lojas#a-agenda-da-loja",
    "stores:connection": "lojas#conectar-a-loja-ao-tray",
    "stores:centers": "lojas#loja-com-mais-de-um-centro-de-distribuição",
}


def section_for(route: str) -> str:
    """Return chapter and anchor for the screen of a route, or an empty text where the manual has none."""
    return SECTIONS.get(route) or SECTIONS.get(route.partition(":")[0], "")
