"""AHEAD's staff registers a Loja, connects it, chooses its statuses; its owner sets when it syncs."""

from __future__ import annotations

import re

from installation import Installation
from people import MakePerson, Person
from playwright.sync_api import expect
from shops import PASSWORD, Shop, open_at_tray, open_company

from ahead.sandbox.tray.records import Status


def test_staff_registers_and_connects_a_loja(person: Person, installation: Installation) -> None:
    """From nothing to a Loja that is ready: each step is offered by the one before."""
    slug = "doces-da-lua"
    installation.run("company", "add", "--name", "Doces da Lua", "--cnpj", "19.131.243/0001-97", "--slug", slug)
    who = ["--email", f"staff@{slug}.example", "--name", "Sam Ahead", "--role", "staff"]
    installation.run("user", "add", "--company", slug, *who, AHEAD_PASSWORD=PASSWORD)
    installation.run("warehouse", "add", "--company", slug, "--name", "Depósito Central")
    tray = open_at_tray(installation, slug, "Loja da Lua")
    tray.statuses[950] = Status(950, {"status": "EMBALADO NA LUA", "default": "0", "type": "open"})
    person.log_in(Shop(installation, slug, "Doces da Lua", tray, "Loja da Lua", 0), "staff")
    person.go("Lojas")
    person.sees("Nenhuma Loja ainda")
    person.follow("Novo Registro")

    person.textbox("Nome").fill("Loja da Lua")
    person.press("Gravar")
    address = person.textbox("Endereço da loja")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(address).to_have_accessible_description(re.compile("obrigatório"))
    expect(person.textbox("Nome")).to_have_value("Loja da Lua")

    address.fill(f"{installation.tray_address}{tray.path}")
    person.main.get_by_label("Consumer Key").fill(tray.consumer_key)
    person.main.get_by_label("Consumer Secret").fill(tray.consumer_secret)
    person.main.get_by_label("1 · Depósito Central").check()
    person.press("Gravar")
    person.is_told("registrada. Agora conecte a Loja ao Tray.")

    person.follow("Conectar ao Tray", inside=person.panel("O que falta para sincronizar"))
    person.press("Conectar ao Tray")
    person.follow("Continuar no Tray")
    expect(person.page).to_have_url(re.compile(re.escape(installation.tray_address)))
    person.page.get_by_role("button", name="Autorizar").click()
    person.is_told("conectada ao Tray.")
    assert tray.counters.by_route["POST /auth"] == 1

    person.follow("Escolher os status")
    person.check("Status Buscar Pedido", "A ENVIAR (aberto)")
    person.check("Status Buscar Pedido", "EMBALADO NA LUA (aberto)")
    person.main.get_by_label("Status Atualizar Pedido", exact=True).select_option(
        label="A ENVIAR - SINCRONIZADO (aberto)"
    )
    person.check("Status Buscar Pedido Cancelado", "CANCELADO (cancelado)")
    person.main.get_by_label("Status Atualizar Pedido Cancelado").select_option(label="CANCELADO AUT (cancelado)")
    person.main.get_by_label("Status PE ao Faturar Nota").select_option(label="ENVIADO (aberto)")
    person.press("Gravar")
    chosen = person.panel("Status")
    for text in ("A ENVIAR, EMBALADO NA LUA", "A ENVIAR - SINCRONIZADO", "CANCELADO AUT", "ENVIADO"):
        expect(chosen).to_contain_text(text)
    expect(person.panel("O que falta para sincronizar")).to_have_count(0)

    person.press("Testar conexão")
    person.sees("A conexão funciona")


def test_owner_changes_the_schedule_and_lets_the_loja_rest(person: Person, shop: Shop) -> None:
    """The agenda works at once, without a restart; while it rests nothing goes to Tray."""
    person.log_in(shop, "owner")
    person.go("Lojas")
    person.follow(shop.store_name)
    agenda = person.panel("Agenda")
    expect(agenda).to_contain_text("só pelo botão")
    person.follow("Mudar", inside=agenda)
    person.main.get_by_label("Sincronizar sozinha").check()
    person.main.get_by_label("A cada (minutos)").fill("30")
    person.press("Gravar")
    person.is_told("já está valendo")
    expect(agenda).to_contain_text("sozinha, a cada 30 minutos")

    person.wait_for_run("pela agenda")
    assert shop.stock_at_tray("1001") == 40

    person.go("Lojas")
    person.follow(shop.store_name)
    person.press("Pausar")
    person.confirm("Pausar")
    person.is_told("pausada. Ela não sincroniza até ser retomada.")
    shop.tray.counters.reset()
    person.go("Sincronização")
    person.press("Sincronizar")
    person.sees("A Loja está pausada. Retome a Loja para sincronizar.")
    assert shop.tray.counters.total == 0

    order = shop.order("1002")
    person.go("Lojas")
    person.follow(shop.store_name)
    person.press("Retomar")
    person.confirm("Retomar")
    person.is_told("retomada.")
    person.wait_for_run("pela agenda", number=2)
    assert shop.status_at_tray(order) == "A ENVIAR - SINCRONIZADO"


def test_reader_and_stranger(make_person: MakePerson, installation: Installation, shop: Shop) -> None:
    """Who may only read finds no button to press; who is of another company finds nothing at all."""
    reader = make_person()
    reader.log_in(shop, "reader")
    reader.go("Sincronização")
    reader.sees("Esta Loja ainda não sincronizou")
    expect(reader.main.get_by_role("button", name="Sincronizar")).to_have_count(0)
    reader.go("Pedidos")
    expect(reader.main.get_by_role("link", name="Novo Pedido")).to_have_count(0)
    expect(reader.page.get_by_role("link", name="Usuários")).to_have_count(0)

    stranger = make_person(expected_answers={404})
    other = open_company(installation, "Empresa de Fora")
    stranger.log_in(Shop(installation, other, "Empresa de Fora", shop.tray, "", 0), "owner")
    for path in ("", f"lojas/{shop.store_id}/", "pedidos/", f"produtos/{shop.products['1001']}/"):
        answer = stranger.page.goto(shop.url(path))
        assert answer
        assert answer.status == 404
        stranger.sees("Não encontramos esta página")


def test_password_change_and_log_out(make_person: MakePerson, shop: Shop) -> None:
    """A new password ends the other sessions, and is the only one that lets in."""
    elsewhere, person = make_person(), make_person()
    elsewhere.log_in(shop, "operator")
    person.log_in(shop, "operator")
    person.open_account_menu()
    person.page.get_by_role("link", name="Minha conta").click()
    person.change_password("não é esta", "massa madre 2026")
    expect(person.textbox("Senha atual")).to_have_attribute("aria-invalid", "true")
    person.change_password(PASSWORD, "massa madre 2026")
    person.is_told("Senha trocada")

    elsewhere.page.reload()
    expect(elsewhere.page).to_have_url(re.compile("/entrar/"))

    person.follow("Voltar ao trabalho")
    person.open_account_menu()
    person.page.get_by_role("button", name="Sair").click()
    expect(person.page).to_have_url(re.compile("/entrar/"))
    person.page.goto(shop.url("pedidos/"))
    expect(person.page).to_have_url(re.compile("/entrar/"))
    person.log_in_as(shop.email("operator"))
    person.sees("Não foi possível entrar")
    person.log_in(shop, "operator", "massa madre 2026")
