"""Início, left open all day: it follows what happens, and never moves under somebody's hands."""

from __future__ import annotations

from people import MakePerson, Person
from playwright.sync_api import expect
from shops import Shop

LOOK_NOW = "document.dispatchEvent(new Event('visibilitychange'))"  # as if the person came back to this tab


def test_home_follows_by_itself_and_holds_still_while_it_is_in_hand(
    person: Person, make_person: MakePerson, shop: Shop
) -> None:
    shop.order("1001")
    person.log_in(shop)
    person.sync(shop)
    person.go("Início")
    today = person.main.locator("a.stat").filter(has_text="Pedidos hoje").first.locator(".stat__number")
    expect(today).to_have_text("1")

    person.page.locator("#home-live").get_by_role("link").first.focus()
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url) if "versao=" in request.url else None)
    shop.order("1002")
    other = make_person()
    other.log_in(shop)
    other.sync(shop)
    person.page.evaluate(LOOK_NOW)
    person.page.wait_for_timeout(700)
    assert asked == [], "somebody is about to press something there"
    expect(today).to_have_text("1")

    person.page.evaluate("document.activeElement.blur()")
    person.page.evaluate(LOOK_NOW)
    expect(today).to_have_text("2")
    assert asked
