"""What comes to pass in the demo while the pictures of the manual are taken: done by people, or at the pretend Tray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from manual_pictures import Stage

PATIENCE_MS = 180_000


MAIN, OUTLET = "casa-aurora", "aurora-outlet"  # the Lojas of the demo, at the pretend Tray
NOTHING_UNDER_WAY = "main #exchange h2:text-is('Última sincronização'), main #exchange h2:text-is('Simulação')"


def simulate(stage: Stage) -> None:
    """Press Simular."""
    _press_and_wait(stage, "Simular")


def begin_first_sync(stage: Stage) -> None:
    """Press Sincronizar for the first time, and let Tray take its time, so that it can be watched."""
    stage.ask_tray("PUT", f"{MAIN}/switches", {"latency_seconds": 0.7})
    _press(stage, "Sincronizar")


def end_first_sync(stage: Stage) -> None:
    """Let it come to its end: two orders are held."""
    stage.ask_tray("PUT", f"{MAIN}/switches", {"latency_seconds": 0})
    _wait(stage)


def a_busy_day(stage: Stage) -> None:
    """Orders arrive that do not add up, others are cancelled, and Tray fails once; in the end all is in."""
    for kind in ("total-off", "missing-cpf"):
        stage.ask_tray("POST", f"{MAIN}/orders", {"odd": kind})
    placed = stage.ask_tray("POST", f"{MAIN}/orders", {"count": 6, "status": "A ENVIAR"})["orders"]
    _press_and_wait(stage, "Sincronizar")
    stage.ask_tray("POST", f"{MAIN}/orders/{placed[0]}/cancellation")
    _press_and_wait(stage, "Sincronizar")


def press_gerar_notas(stage: Stage) -> None:
    """Invoice all open orders: one nota is rejected; the sync that follows brings the others to Tray."""
    page = stage.page("operator")
    page.goto(stage.url("pedidos/?estado=open"))
    page.locator(".select-all").check()
    page.locator('.selection-bar .button:has-text("Gerar Notas")').click()
    page.get_by_role("button", name="Sim", exact=True).click()
    expect(page.locator("main")).not_to_contain_text("Aguardando", timeout=PATIENCE_MS)
    expect(page.locator("main")).to_contain_text("Rejeitadas", timeout=PATIENCE_MS)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=PATIENCE_MS)
    _press_and_wait(stage, "Sincronizar")


def check_the_days(stage: Stage) -> None:
    """Press Conferir agora, and wait until today and yesterday were compared."""
    page = stage.page("operator")
    page.goto(stage.url("sincronizacao/conferencia/?loja=1"))
    page.locator("main").get_by_role("button", name="Conferir agora").click()
    _wait(stage)


def send_a_sheet(stage: Stage) -> None:
    """Send a sheet of products with one wrong row, and wait until it was looked through."""
    rows = (
        ("Código AHEAD", "Descrição", "Preço"),
        ("5001", "Caneca Esmaltada 350ml", "44,90"),
        ("5002", "Pires Esmaltado 14cm", "25,90"),
        ("5003", "Bule Esmaltado 1 litro", "cento e trinta"),
        ("5900", "Concha Esmaltada", "39,90"),
    )
    content = "\n".join(";".join(row) for row in rows).encode()
    page = stage.page("operator")
    page.goto(stage.url("planilhas/nova/"))
    page.get_by_label("Arquivo").set_input_files({"name": "tabela.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("main").get_by_role("button", name="Enviar e conferir").click()
    expect(page.locator("main .stat").first).to_be_visible(timeout=PATIENCE_MS)


def lose_the_connection(stage: Stage) -> None:
    """Remove AHEAD's access from the second Loja at Tray, and wait until the watch has noticed."""
    stage.ask_tray("DELETE", f"{OUTLET}/tokens")
    _press(stage, "Sincronizar", store=2)
    page = stage.page("owner")
    for _ in range(60):
        page.goto(stage.url("alertas/"))
        if page.locator("main tbody tr").count():
            return
        page.wait_for_timeout(5_000)
    raise AssertionError("nobody noticed")


def _press_and_wait(stage: Stage, button: str) -> None:
    _press(stage, button)
    _wait(stage)


def _press(stage: Stage, button: str, *, store: int = 1) -> None:
    page = stage.page("operator")
    page.goto(stage.url(f"sincronizacao/?loja={store}"))
    page.locator("main").get_by_role("button", name=button).click()


def _wait(stage: Stage) -> None:
    page = stage.page("operator")
    page.wait_for_timeout(2_000)  # what was asked for has begun, and does not look like the one before
    page.goto(stage.url("sincronizacao/?loja=1"))
    expect(page.locator(NOTHING_UNDER_WAY)).to_be_visible(timeout=PATIENCE_MS)
