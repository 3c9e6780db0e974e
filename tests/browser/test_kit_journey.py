"""A kit through a browser: composed, offered, made at Tray, sold; and its components fall."""

from __future__ import annotations

import re

from people import Person
from playwright.sync_api import expect
from shops import Shop, add_categories


def compose(person: Person, *parts: tuple[str, str]) -> None:
    """Register a product that is a kit of these components: code and quantity."""
    person.go("Produtos")
    person.follow("Novo produto")
    for field, text in {"code": "2001", "name": "Kit Café da Tarde", "reference": "KIT-TARDE"}.items():
        person.main.locator(f"[name={field}]").fill(text)
    person.main.locator("[name=is_kit][value=sim]").check()
    for place, (code, quantity) in enumerate(parts):
        person.main.locator("[name=kit-product]").nth(place).fill(code)
        person.main.locator("[name=kit-quantity]").nth(place).fill(quantity)
    person.press("Gravar")
    expect(person.panel("Componentes")).to_contain_text("Pão de Queijo")


def test_a_kit_is_composed_offered_and_sold_and_its_components_fall(person: Person, shop: Shop) -> None:
    """Its components are at Tray already; what can be assembled is shown, and what was sold is theirs."""
    add_categories(shop, "Kits")
    person.log_in(shop)
    person.sync(shop)
    compose(person, ("1001", "2"), ("1003", "1"))
    expect(person.main.locator(".stat").filter(has_text="Dá para montar").locator("strong")).to_have_text("20")

    person.follow("Anunciar")
    person.press("Continuar")
    person.choose("Categoria *", "Kits")
    person.press("Gravar")
    person.is_told("Produto Ecommerce gravado.")
    person.sync(shop)

    (kit,) = [one for one in shop.tray.products.values() if one.is_kit]
    assert (kit.name, shop.tray.product_stock(kit.id)) == ("Kit Café da Tarde", 20)
    shop.tray.place_order(items=[(kit, 3)])
    person.sync(shop)
    expect(person.panel("Última sincronização")).to_contain_text(re.compile("Sem erros"))
    assert [shop.stock_at_tray(code) for code in ("1001", "1003")] == [40 - 6, 60 - 3]
    person.go("Produtos")
    person.follow("2001")
    expect(person.main.locator(".stat").filter(has_text="Dá para montar").locator("strong")).to_have_text("17")
