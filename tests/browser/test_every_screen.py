"""Every screen, wide in light and dark, and on a phone: no complaint of the browser or of axe, no sideways scroll."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from people import MakePerson, Person
from playwright.sync_api import Page, expect
from screens import live_a_while, screens_of
from shops import Shop

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# colours are looked at wide, in both schemes; all else once wide and once on the phone
ALL: dict[str, Any] = {}
COLOURS = {"runOnly": ["color-contrast"]}
NO_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
# a table may scroll in its own frame where a person can see that it does; at these widths none has to
CUT_OFF = """() => [...document.querySelectorAll(".table-frame")]
  .filter(frame => frame.scrollWidth > frame.clientWidth + 1)
  .map(frame => `${frame.getAttribute("aria-label")}: ${frame.scrollWidth} > ${frame.clientWidth}`)"""


@pytest.fixture(scope="session")
def lived_in(installation: Any, big_shop: Shop, browser: Any, browser_context_args: Any) -> tuple[Shop, Any, Any]:
    """The big shop after a few syncs, the addresses of its screens, and the session of one of AHEAD's staff."""
    context = browser.new_context(**browser_context_args)
    person = Person(context.new_page(), installation.address)
    person.log_in(big_shop, "staff")
    live_a_while(person, big_shop)
    screens = screens_of(person, big_shop)
    state = context.storage_state()
    context.close()
    return big_shop, screens, state


def _walk(person: Person, screens: dict[str, str], look: Any) -> list[str]:
    wrong = []
    person.page.add_init_script(Axe().axe_script)  # every page has it from its beginning
    for name, url in screens.items():
        answer = person.page.goto(url)
        assert answer
        assert answer.ok, url
        wrong += [f"{name}: {text}" for text in look(person.page)]
    return wrong


def _axe(page: Page, *, rules: dict[str, Any]) -> list[str]:
    options = {"resultTypes": ["violations"], **rules}
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [
        f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}" for rule in found for node in rule["nodes"]
    ]


def _sideways(page: Page) -> list[str]:
    over = page.evaluate(TOO_WIDE)
    return [f"{over} px too wide"] if over > 0 else []


@pytest.mark.parametrize(
    ("scheme", "rules"),  # every pair of colours is computed for both schemes in test_contrast.py
    [pytest.param("light", ALL, id="light"), pytest.param("dark", COLOURS, marks=pytest.mark.long, id="dark")],
)
def test_wide_screens(make_person: MakePerson, lived_in: Any, scheme: str, rules: dict[str, Any]) -> None:
    """At a desk of 1280 pixels."""
    _, screens, state = lived_in
    person = make_person(storage_state=state, color_scheme=scheme)
    wrong = _walk(person, screens, lambda page: [*_axe(page, rules=rules), *_sideways(page), *page.evaluate(CUT_OFF)])
    assert not wrong, "\n".join(wrong)


def test_phone_screens(make_person: MakePerson, lived_in: Any) -> None:
    """On a phone of 390 pixels tables are cards, and nothing needs to be pushed sideways."""
    _, screens, state = lived_in
    person = make_person(storage_state=state, **PHONE)
    wrong = _walk(
        person, screens, lambda page: [*_axe(page, rules=NO_COLOURS), *_sideways(page), *page.evaluate(CUT_OFF)]
    )
    assert not wrong, "\n".join(wrong)


def test_phone_menu_and_cards(make_person: MakePerson, lived_in: Any) -> None:
    """The menu is a drawer, the bar at the thumb goes to the main places, a row of a table is a card."""
    shop, _, state = lived_in
    person = make_person(storage_state=state, **PHONE)
    person.page.goto(shop.url())
    menu = person.page.get_by_role("navigation", name="Menu principal")
    expect(menu).to_be_hidden()
    shortcuts = person.page.get_by_role("navigation", name="Atalhos")
    shortcuts.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()
    menu.get_by_role("link", name="Produtos", exact=True).click()
    expect(person.page).to_have_url(re.compile("/produtos/"))
    expect(menu).to_be_hidden()
    person.page.wait_for_load_state()
    cell = person.main.locator("tbody td[data-label='Em mãos']").first
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Em mãos"'
    assert person.main.locator("tbody tr").first.evaluate("row => getComputedStyle(row).display") != "table-row"
    row, first = person.main.locator("tbody tr").first.bounding_box(), cell.bounding_box()
    assert row
    assert first
    assert row["width"] < 390
    assert first["width"] > row["width"] / 2
    shortcuts.get_by_role("link", name="Pedidos").click()
    expect(person.page).to_have_url(re.compile("/pedidos/"))


def test_keyboard_only(person: Person, shop: Shop) -> None:
    """Log in, go to Sincronização and press Sincronizar, without a mouse."""
    keyboard = person.page.keyboard
    person.page.goto(f"{person.address}/entrar/")
    expect(person.main.get_by_label("E-mail")).to_be_focused()
    keyboard.type(shop.email("operator"))
    keyboard.press("Tab")
    keyboard.type("fermento natural 77")
    keyboard.press("Enter")
    expect(person.page).to_have_url(re.compile(rf"/{shop.slug}/$"))
    person.page.wait_for_load_state()
    keyboard.press("Tab")
    expect(person.page.get_by_role("link", name="Ir para o conteúdo")).to_be_focused()
    _tab_to(person, "Sincronização")
    keyboard.press("Enter")
    expect(person.page).to_have_url(re.compile("/sincronizacao/"))
    person.page.wait_for_load_state()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(person.main).to_be_focused()
    _tab_to(person, "Sincronizar")
    outline = person.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    keyboard.press("Enter")
    person.waits_for(person.panel("Última sincronização").filter(has_text="Sem erros"))
    assert shop.stock_at_tray("1001") == 40


def _tab_to(person: Person, name: str) -> None:
    for _ in range(40):
        person.page.keyboard.press("Tab")
        if person.page.evaluate("document.activeElement.innerText.trim()") == name:
            return
    raise AssertionError(f"no way to {name} by keyboard")
