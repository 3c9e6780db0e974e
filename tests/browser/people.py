"""A person at a browser: what they click, what they see, and what the browser complained of meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Locator, Page, expect
from shops import PASSWORD, Shop

PATIENCE_MS = 120_000  # for a sync, with the waits between its tries, on a machine that does much else
# Chromium writes every answer from 400 up to the console, also those a person is meant to see.
_ANSWER = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


@dataclass
class Person:
    """Someone who uses the product."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    expected_answers: set[int] = field(default_factory=lambda: {422})

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"} or not self.page.url.startswith(self.address):
            return
        answer = _ANSWER.match(message.text)
        if answer and int(answer[1]) in self.expected_answers:
            return
        self.complaints.append(f"{self.page.url}: {message.text}")

    def log_in(self, shop: Shop, role: str = "operator", password: str = PASSWORD) -> None:
        """Log in as the shop's person in a role."""
        self.log_in_as(shop.email(role), password)
        expect(self.page).to_have_url(re.compile(rf"/{shop.slug}/$"))

    def log_in_as(self, email: str, password: str = PASSWORD) -> None:
        """Fill in the log-in page and press Entrar."""
        self.page.goto(f"{self.address}/entrar/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Senha").fill(password)
        self.press("Entrar")

    def go(self, place: str) -> None:
        """Follow an entry of the menu."""
        menu = self.page.get_by_role("navigation", name="Menu principal")
        with self.page.expect_navigation():  # the same page again must not be taken for the new one
            menu.get_by_role("link", name=re.compile(rf"^{place}(?! Ecommerce)")).click()

    def press(self, name: str, *, inside: Locator | None = None) -> None:
        """Press the button of that name."""
        (inside or self.main).get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str, *, inside: Locator | None = None) -> None:
        """Follow the link of that name, and wait until the page it leads to is there."""
        with self.page.expect_navigation():
            (inside or self.main).get_by_role("link", name=name, exact=True).first.click()

    def confirm(self, name: str) -> None:
        """Press the button of that name in the open dialog."""
        self.press(name, inside=self.page.get_by_role("dialog"))

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list."""
        self.main.get_by_label(label, exact=True).select_option(label=option)

    @property
    def main(self) -> Locator:
        """The page without its frame."""
        return self.page.locator("main")

    def panel(self, title: str) -> Locator:
        """Return the panel under a title."""
        return self.page.locator("section.panel").filter(has=self.page.get_by_role("heading", name=title, exact=True))

    def textbox(self, name: str) -> Locator:
        """Return the field of that name."""
        return self.main.get_by_role("textbox", name=name, exact=True)

    def check(self, group: str, option: str) -> None:
        """Tick an option of a group of them."""
        named = re.compile(rf"^{group} ?(\*|$)")
        self.main.get_by_role("group", name=named).get_by_label(option, exact=True).check()

    def row(self, text: str) -> Locator:
        """Return the table rows that hold a text."""
        return self.main.locator("tbody tr").filter(has_text=text)

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Make sure that a text is on the page, outside its frame."""
        expect(self.main.get_by_text(text).first).to_be_visible()

    def is_told(self, text: str) -> None:
        """Make sure that a message says so."""
        expect(self.page.get_by_role("region", name="Avisos")).to_contain_text(text)

    def sync(self, shop: Shop) -> None:
        """Go to Sincronização, press Sincronizar and wait for the result."""
        self.go("Sincronização")
        expect(self.main.get_by_label("Loja", exact=True)).to_have_value(str(shop.store_id))
        expect(self.main.locator("#exchange")).to_be_visible()
        before = self._last_number()
        self.press("Sincronizar")
        self.waits_for(self.panel("Última sincronização").filter(has_text=f"nº {before + 1},"))

    def waits_for(self, sight: Locator) -> None:
        """Wait for something that comes of a sync to appear by itself."""
        expect(sight).to_be_visible(timeout=PATIENCE_MS)

    def wait_for_run(self, how: str, *, number: int = 1) -> None:
        """Look at the log until run `number` is there and over, and make sure how it came about."""
        self.go("Sincronização")
        self.follow("Logs Sincronização")
        over = self.row(f"nº {number}").filter(has_not_text="Em andamento")
        self.looks_until_there(over)
        expect(over).to_contain_text(how)

    def looks_until_there(self, sight: Locator) -> None:
        """Load a page that does not change by itself until something is on it."""
        until = time.monotonic() + PATIENCE_MS / 1_000
        while not sight.count() and time.monotonic() < until:
            self.page.wait_for_timeout(500)
            self.page.reload()
        expect(sight).to_be_visible()

    def open_account_menu(self) -> None:
        """Open the menu of the person's own account."""
        self.page.get_by_role("button", name=re.compile("^Sua conta")).click()

    def change_password(self, old: str, new: str) -> None:
        """Fill in the form of one's own account."""
        for label, text in (("Senha atual", old), ("Nova senha", new), ("Nova senha, de novo", new)):
            self.textbox(label).fill(text)
        self.press("Trocar a senha")

    def _last_number(self) -> int:
        panel = self.panel("Última sincronização")
        found = re.search(r"nº (\d+)", panel.inner_text()) if panel.count() else None
        return int(found[1]) if found else 0


MakePerson = Callable[..., Person]
