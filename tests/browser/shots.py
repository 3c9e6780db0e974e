"""Pictures of every screen, to be looked at: `PYTHONPATH=tests python tests/browser/shots.py FOLDER [NAME…]`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from installation import Installation
from people import Person
from playwright.sync_api import Browser, Page, expect, sync_playwright
from screens import live_a_while, screens_of, under_way
from shops import Shop, open_big_shop, open_company

from ahead.sandbox.tray import TraySandbox, serve

WIDE: Any = {"width": 1280, "height": 900}
LOOKS: dict[str, dict[str, Any]] = {
    "claro": {"viewport": WIDE, "color_scheme": "light"},
    "escuro": {"viewport": WIDE, "color_scheme": "dark"},
    "390": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
BRAZIL: dict[str, Any] = {"locale": "pt-BR", "timezone_id": "America/Sao_Paulo"}
EMPTY = {
    "inicio": "",
    "pedidos": "pedidos/",
    "lojas": "lojas/",
    "categorias": "categorias/",
    "sincronizacao": "sincronizacao/",
    "logs": "sincronizacao/logs/",
    "produtos": "produtos/",
    "anuncios": "produtos-ecommerce/",
    "clientes": "clientes/",
    "pendencias": "pendencias/",
}
KEYS = {
    "AHEAD_SECRET_KEY": "a key of the pictures, as long as a real one would be",
    "AHEAD_SEALING_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


class Photographer:
    """Takes each screen in each look."""

    def __init__(self, browser: Browser, installation: Installation, folder: Path, wanted: set[str]) -> None:
        self.browser, self.installation, self.folder, self.wanted = browser, installation, folder, wanted
        self.state: Any = None

    def log_in(self, shop: Shop) -> Person:
        """Log in as one of AHEAD's staff; all pictures from now on are theirs."""
        context = self.browser.new_context(viewport=WIDE, **BRAZIL)
        person = Person(context.new_page(), self.installation.address)
        person.log_in(shop, "staff")
        self.state = context.storage_state()
        return person

    def take(self, screens: dict[str, str]) -> None:
        """Take the wanted ones of some screens."""
        chosen = {name: url for name, url in screens.items() if not self.wanted or name in self.wanted}
        for look, settings in LOOKS.items():
            context = self.browser.new_context(storage_state=self.state, **settings, **BRAZIL)
            page = context.new_page()
            for name, url in chosen.items():
                page.goto(url)
                page.set_viewport_size(_whole(page, settings["viewport"]))
                page.screenshot(path=self.folder / f"{name}-{look}.png")
                page.set_viewport_size(settings["viewport"])
            context.close()


def _whole(page: Page, size: dict[str, int]) -> Any:
    """Return the size of a window as tall as the page: what sticks to its edges is then where it belongs."""
    tall = int(page.evaluate("document.documentElement.scrollHeight"))
    return {**size, "height": max(tall, size["height"])}


def main(folder: Path, wanted: set[str]) -> None:
    """Start the product, let it live a while and take the pictures."""
    expect.set_options(timeout=30_000)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(KEYS)
    box = TraySandbox()
    with tempfile.TemporaryDirectory() as place, serve(box.app) as tray, sync_playwright() as playwright:
        installation = Installation(Path(place), box, tray)
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
        try:
            installation.start()
            _take_all(Photographer(browser, installation, folder, wanted), installation)
        finally:
            browser.close()
            installation.close()


def _take_all(photographer: Photographer, installation: Installation) -> None:
    photographer.take({"entrar": f"{installation.address}/entrar/"})
    shop = open_big_shop(installation, products=60, orders=40)
    person = photographer.log_in(shop)
    live_a_while(person, shop)
    screens = screens_of(person, shop)
    photographer.take({**screens, "nao-encontrado": shop.url("produtos/999999/")})
    if not photographer.wanted or "andamento" in photographer.wanted:
        with under_way(person, shop):
            photographer.take({"andamento": screens["sincronizacao"]})
    new = Shop(installation, open_company(installation, "Empresa Nova"), "Empresa Nova", shop.tray, "", 0)
    photographer.log_in(new)
    photographer.take({f"vazio-{name}": new.url(path) for name, path in EMPTY.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
