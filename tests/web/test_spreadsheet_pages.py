"""Planilhas through the screens: sent, looked at, mended, applied or thrown away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.catalog.models import Product
from ahead.spreadsheets.models import SheetImport
from ahead.spreadsheets.working import work_on

pytestmark = pytest.mark.django_db
HERE = "/padaria-sol/planilhas/"


def send(client: Client, text: str, kind: str = "products") -> SheetImport:
    """Send a CSV file, and let the jobs look through it."""
    file = SimpleUploadedFile("produtos.csv", text.encode(), content_type="text/csv")
    answer = client.post(f"{HERE}nova/", {"kind": kind, "file": file})
    assert answer.status_code == 302, answer.content.decode()
    sheet: SheetImport = SheetImport.objects.across_companies().order_by("-pk")[0]
    assert answer["Location"] == f"{HERE}{sheet.pk}/"
    work_on(sheet.pk)
    return sheet


def page_of(client: Client, sheet: SheetImport, which: str = "") -> str:
    answer = client.get(f"{HERE}{sheet.pk}/{which}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_a_sheet_does_is_shown_before_it_is_applied(oto_in: Client, padaria: Company, camiseta: Product) -> None:
    sheet = send(oto_in, "Código AHEAD;Preço\nCAM;59,90\nNOVO;1\n".replace("NOVO;1\n", ""))

    page = page_of(oto_in, sheet)

    assert "49,90 →" in page
    assert "59,90" in page
    camiseta.refresh_from_db()
    assert str(camiseta.price) == "49.90"
    oto_in.post(f"{HERE}{sheet.pk}/aplicacao/")
    work_on(sheet.pk)
    camiseta.refresh_from_db()
    assert str(camiseta.price) == "59.90"
    assert "Aplicada" in page_of(oto_in, sheet)


def test_a_wrong_cell_is_named_and_its_row_comes_back_to_be_mended(oto_in: Client, camiseta: Product) -> None:
    sheet = send(oto_in, "Código AHEAD;GTIN;Cor\nCAM;123;azul\n")

    page = page_of(oto_in, sheet)

    assert "B2" in page
    assert "O GTIN não é válido" in page
    assert "Cor" in page, "a column nobody knows is told"
    assert "Aplicar" not in page
    wrong = b"".join(oto_in.get(f"{HERE}{sheet.pk}/linhas-com-erro/").streaming_content).decode()  # type: ignore[attr-defined]
    assert "B2: O GTIN não é válido" in wrong


def test_the_right_rows_are_applied_alone_only_if_that_is_said(oto_in: Client, camiseta: Product) -> None:
    sheet = send(oto_in, "Código AHEAD;Descrição;Preço\nCAM;;59,90\nX;;abc\n")
    assert "Aplicar as 1 certas" in page_of(oto_in, sheet)
    oto_in.post(f"{HERE}{sheet.pk}/aplicacao/")
    assert SheetImport.objects.across_companies().get().state == "ready"
    oto_in.post(f"{HERE}{sheet.pk}/aplicacao/?certas=1")
    work_on(sheet.pk)
    camiseta.refresh_from_db()
    assert str(camiseta.price) == "59.90"


def test_a_sheet_is_thrown_away(oto_in: Client, camiseta: Product) -> None:
    sheet = send(oto_in, "Código AHEAD;Preço\nCAM;59,90\n")
    oto_in.post(f"{HERE}{sheet.pk}/descarte/")
    assert "Descartada: nada mudou" in page_of(oto_in, sheet)


def test_what_is_no_sheet_is_told(oto_in: Client, padaria: Company) -> None:
    sheet = send(oto_in, "isto não é uma planilha")
    assert "não pôde ser usada" in page_of(oto_in, sheet)


@pytest.mark.parametrize("kind", ["products", "prices", "stock", "listings"])
def test_each_kind_has_a_model(oto_in: Client, padaria: Company, kind: str) -> None:
    answer = oto_in.get(f"{HERE}modelo/{kind}/")
    assert b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]


def test_who_only_reads_sends_nothing(enter: Callable[[User], Client], bia: User, padaria: Company) -> None:
    assert enter(bia).post(f"{HERE}nova/", {"kind": "products"}).status_code == 403
