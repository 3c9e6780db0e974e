"""A Produto Ecommerce through a browser: begun, written, varied, illustrated, and made at Tray by Sincronizar."""

from __future__ import annotations

import io
import re

import pytest
from people import Person
from PIL import Image
from playwright.sync_api import expect
from shops import Shop, add_categories


@pytest.fixture
def seller(person: Person, shop: Shop) -> Person:
    """The operator, whose Loja has a category."""
    add_categories(shop, "Pães")
    person.log_in(shop)
    return person


def begin(person: Person, code: str) -> None:
    """Begin a Produto Ecommerce of a product and give the product its measures."""
    person.go("Produtos Ecommerce")
    person.follow("Novo Registro")
    person.main.get_by_label("Produtos").fill(code)
    person.press("Continuar")
    person.is_told("começado, como rascunho")
    with person.page.expect_navigation():
        person.main.get_by_role("link", name=re.compile("não tem peso e medidas")).first.click()
    measures = {"weight_g": "500 g", "length_cm": "20", "width_cm": "15", "height_cm": "5"}
    for field, value in measures.items():
        person.main.locator(f"[name={field}]").fill(value)
    person.press("Gravar")
    person.is_told("Produto gravado.")
    person.page.goto(person.page.url)
    person.go("Produtos Ecommerce")
    person.main.get_by_role("row").filter(has_text="Rascunho").locator(".table__title a").first.click()


def test_one_is_written_and_made_at_tray(seller: Person, shop: Shop) -> None:
    """What it lacks is said with the way there; its text is written without knowing HTML."""
    begin(seller, "1003")
    seller.follow("Escolha a categoria.")
    expect(seller.page).to_have_url(re.compile("#id_category_id$"))
    seller.choose("Categoria *", "Pães")
    seller.textbox("Título").fill("Café da casa 500 g")
    text = seller.main.get_by_role("textbox", name="Descrição", exact=True)
    text.click()
    seller.press("Negrito")
    text.press_sequentially("Torra média")
    seller.press("Negrito")
    text.press_sequentially(", moído na hora.")
    seller.press("Ver o HTML")
    expect(seller.main.locator("textarea[name=description]")).to_have_value(re.compile(r"<b>Torra média</b>, moído"))
    seller.press("Ver o HTML")
    seller.press("Mais uma linha")
    seller.main.get_by_label("Nova característica", exact=True).last.fill("Torra")
    seller.main.get_by_label("Valor da nova característica").last.fill("Média")
    seller.press("Gravar")
    seller.is_told("Produto Ecommerce gravado.")
    seller.sees("Não sincronizado")
    seller.sees("Torra média")

    here = seller.page.url
    seller.press("Sincronizar")
    seller.waits_for(seller.panel("Última sincronização"))
    seller.page.goto(here)
    seller.sees("Sincronizado")
    made = [one for one in shop.tray.products.values() if one.text("name") == "Café da casa 500 g"]
    assert [one.text("description") for one in made] == ["<p><b>Torra média</b>, moído na hora.</p>"]


def test_variations_are_made_and_moved_without_a_mouse(seller: Person) -> None:
    """Two axes make their combinations; the buttons move them, and the order is what is saved."""
    begin(seller, "1001")
    seller.follow("Variações")
    seller.main.get_by_label("Primeira variação").fill("Sabor")
    seller.main.get_by_label("Valores", exact=False).first.fill("Natural, Provolone")
    seller.press("Gerar")
    seller.is_told("2 variações criadas.")
    rows = seller.main.locator(".variant")
    expect(rows).to_have_count(2)
    seller.main.get_by_role("button", name="Descer Natural").focus()
    seller.page.keyboard.press("Enter")
    expect(rows.first).to_contain_text("Provolone")
    expect(seller.main.get_by_role("button", name="Descer Natural")).to_be_focused()
    rows.first.get_by_label("Preço (R$)").fill("35,90")
    rows.first.get_by_label("Em mãos").fill("4")
    seller.press("Gravar as variações")
    seller.is_told("1 contagem lançada.")
    expect(rows.first).to_contain_text("Provolone")
    expect(rows.first).to_contain_text("4 disponível")


def test_images_are_sent_and_dragged(seller: Person) -> None:
    """The first one is the main one; dragging puts another in front."""
    begin(seller, "1002")
    seller.follow("Imagens")
    files = []
    for number, colour in enumerate(("teal", "goldenrod")):
        content = io.BytesIO()
        Image.new("RGB", (300 + number, 300), colour).save(content, "PNG")
        files.append({"name": f"{colour}.png", "mimeType": "image/png", "buffer": content.getvalue()})
    seller.main.get_by_label("Arquivos").set_input_files(files)
    seller.press("Enviar")
    seller.is_told("2 imagens gravadas.")
    pictures = seller.main.locator(".pictures li")
    expect(pictures).to_have_count(2)
    for picture, width in zip(pictures.locator("img").all(), (300, 301), strict=True):
        expect(picture).to_have_js_property("naturalWidth", width)
    pictures.nth(1).locator("img").drag_to(pictures.nth(0).locator("img"))
    expect(pictures.first).to_contain_text("301×300")
    seller.press("Gravar a ordem")
    seller.is_told("Ordem das imagens gravada.")
    expect(pictures.first).to_contain_text("301×300")
    pictures.first.get_by_role("button", name=re.compile("Remover")).click()
    seller.confirm("Remover")
    seller.is_told("Imagem removida.")
    expect(pictures).to_have_count(1)
