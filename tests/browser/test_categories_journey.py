"""Categorias from the first to what Tray has of them: registered, moved by keyboard and by mouse, sent, deleted."""

from __future__ import annotations

import re

from people import MakePerson, Person
from playwright.sync_api import expect
from shops import Shop, add_categories


def _names(person: Person) -> list[str]:
    return person.main.locator("[data-tree-row] .table__title a").all_inner_texts()


def _at_tray(shop: Shop) -> set[str]:
    return {one.text("name") for one in shop.tray.categories.values()}


def _waits_for_order(person: Person, *names: str) -> None:
    expect(person.main.locator("[data-tree-row] .table__title a")).to_have_text(list(names))


def _open_three(person: Person, shop: Shop) -> None:
    add_categories(shop, "Pães", "Bolos", "Cafés")
    person.log_in(shop, "operator")
    person.go("Categorias")
    person.page.wait_for_load_state()


def test_a_category_goes_to_tray_and_away_again(person: Person, shop: Shop) -> None:
    """Register one and a subcategory, send them, delete the upper one, send that as well."""
    person.log_in(shop, "operator")
    person.go("Categorias")
    person.sees("Nenhuma categoria nesta Loja")
    person.follow("Novo Registro")
    person.textbox("Nome").fill("Pães e bolos")
    person.press("Gravar")
    person.is_told("Categoria «Pães e bolos» cadastrada.")
    person.sees("Não sincronizada")
    person.follow("Nova subcategoria")
    person.textbox("Nome").fill("Bolos")
    person.press("Gravar")
    person.press("Sincronizar")
    person.waits_for(person.panel("Última sincronização").filter(has_text="Sem erros"))
    assert _at_tray(shop) >= {"Pães e bolos", "Bolos"}

    person.go("Categorias")
    expect(person.row("Pães e bolos").first).to_contain_text("Sincronizada")
    person.follow("Pães e bolos")
    person.press("Excluir")
    person.confirm("Excluir")
    person.is_told("Ela é apagada no Tray na próxima sincronização.")
    _waits_for_order(person, "Bolos")
    person.press("Sincronizar", inside=person.main.locator(".alert"))
    person.waits_for(person.panel("Última sincronização").filter(has_text="nº 2,"))
    person.go("Categorias")
    expect(person.row("Bolos")).to_contain_text("Sincronizada")
    assert "Pães e bolos" not in _at_tray(shop)


def test_the_tree_is_moved_by_keyboard(person: Person, shop: Shop) -> None:
    """The focus stays on the button that was pressed, and where the category stands now is announced."""
    _open_three(person, shop)
    up = person.main.get_by_role("button", name="Subir Cafés")
    up.focus()
    told = person.main.get_by_role("status")
    for place in ("2ª", "1ª"):
        person.page.keyboard.press("Enter")
        expect(told).to_have_text(f"«Cafés» é a {place} de 3 no primeiro nível.")
        expect(up).to_be_focused()
    _waits_for_order(person, "Cafés", "Pães", "Bolos")
    expect(up).to_have_attribute("aria-disabled", "true")
    person.main.get_by_role("button", name="Para dentro da anterior: Pães").focus()
    person.page.keyboard.press("Enter")
    expect(told).to_have_text("«Pães» é a 1ª de 1 em «Cafés».")

    fold = person.main.get_by_role("button", name="Subcategorias de Cafés")
    fold.focus()
    person.page.keyboard.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(person.row("Pães")).to_be_hidden()
    person.page.reload()
    expect(person.row("Pães")).to_be_hidden()
    person.main.get_by_role("button", name="Para dentro da anterior: Bolos").focus()
    person.page.keyboard.press("Enter")
    expect(told).to_have_text("«Bolos» é a 2ª de 2 em «Cafés».")
    expect(person.row("Bolos")).to_be_visible()
    person.press("Recolher tudo")
    expect(person.row("Bolos")).to_be_hidden()
    person.press("Expandir tudo")
    expect(person.row("Pães")).to_be_visible()


def test_a_step_pressed_as_soon_as_the_list_is_there_loads_no_page(person: Person, shop: Shop) -> None:
    """A key that is held repeats itself at once: the new buttons are those of the page, not of a form sent anew."""
    _open_three(person, shop)
    up = person.main.get_by_role("button", name="Subir Cafés")
    up.evaluate(
        """button => document.addEventListener("htmx:afterSwap",
            () => setTimeout(() => document.getElementById(button.id).click()), { once: true })"""
    )
    loaded: list[str] = []
    person.page.on("framenavigated", lambda frame: loaded.append(frame.url))
    up.click()
    expect(person.main.get_by_role("status")).to_have_text("«Cafés» é a 1ª de 3 no primeiro nível.")
    _waits_for_order(person, "Cafés", "Pães", "Bolos")
    assert not loaded


def test_the_tree_is_moved_by_dragging(person: Person, shop: Shop) -> None:
    """Onto an edge of a row is beside it, onto its middle is inside; onto itself is nowhere."""
    _open_three(person, shop)
    told = person.main.get_by_role("status")
    for dragged, onto, part, says in (
        ("Cafés", "Pães", 0.1, "«Cafés» é a 1ª de 3 no primeiro nível."),
        ("Cafés", "Pães", 0.9, "«Cafés» é a 2ª de 3 no primeiro nível."),
        ("Bolos", "Pães", 0.5, "«Bolos» é a 1ª de 1 em «Pães»."),
    ):
        box = person.row(onto).bounding_box()
        assert box
        at = {"x": box["width"] / 2, "y": box["height"] * part}
        handle = person.row(dragged).locator(".tree__handle")
        handle.drag_to(person.row(onto), target_position=at)
        expect(told).to_have_text(says)
    _waits_for_order(person, "Pães", "Bolos", "Cafés")


def test_what_cannot_be_moved_says_why(make_person: MakePerson, shop: Shop) -> None:
    """A name may stand once at a level."""
    made = add_categories(shop, "Pães", "Cafés")
    add_categories(shop, "Cafés", above=made["Pães"])
    person = make_person(expected_answers=[422])
    person.log_in(shop, "operator")
    person.go("Categorias")
    person.page.wait_for_load_state()
    person.main.get_by_role("button", name=re.compile("^Para dentro da anterior: Cafés")).last.click()
    person.is_told("Já existe a categoria «Cafés» em «Pães».")
    _waits_for_order(person, "Pães", "Cafés", "Cafés")
