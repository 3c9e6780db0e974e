"""What comes to pass in the demo while the pictures of the manual are taken: done by people, or at the pretend Tray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from manual_pictures import Stage

PATIENCE_MS = 180_000


def first_sync(stage: Stage) -> None:
    """Press Sincronizar for the first time: two orders are held."""
    _sync(stage)


def _sync(stage: Stage) -> None:
    page = stage.page("operator")
    page.goto(stage.url("sincronizacao/?loja=1"))
    before = page.locator("#exchange").inner_text()
    page.locator("main").get_by_role("button", name="Sincronizar").click()
    expect(page.get_by_role("heading", name="Última sincronização")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#exchange")).not_to_have_text(before, timeout=PATIENCE_MS)
