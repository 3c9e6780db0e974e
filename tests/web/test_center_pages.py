"""The distribution centres of a Loja on its page, in Pendências, and in "por que este número?"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from ahead.accounts.models import Company, User
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.pending.models import Kind, PendingMatter
from ahead.stock.center_operations import SeenCenter, keep_centers, map_centers
from ahead.stock.centers import centers
from ahead.stock.models import CenterStock, Warehouse
from ahead.stock.operations import create_warehouse
from ahead.stores.models import Store

Enter = Callable[[User], Client]


@pytest.fixture
def filial(padaria: Company, deposito: Warehouse, now: datetime) -> Warehouse:
    return create_warehouse(company=padaria, name="Filial", by="teste", now=now)


@pytest.fixture
def multi(loja: Store, filial: Warehouse, now: datetime) -> Store:
    keep_centers(loja, [SeenCenter(611, "CD Capital", True, 1), SeenCenter(612, "CD Interior", True, 2)], now=now)
    return loja


def address(store: Store, rest: str = "") -> str:
    return f"/padaria-sol/lojas/{store.pk}/{rest}"


def entry(store: Store, *chosen: str) -> dict[str, str]:
    return {f"centro-{one.pk}": value for one, value in zip(centers(store), chosen, strict=True)}


def test_a_plain_loja_shows_none_of_it(enter: Enter, staff: User, loja: Store) -> None:
    assert "Centros de distribuição" not in enter(staff).get(address(loja)).content.decode()


def test_the_owner_says_which_estoque_each_centre_is(
    enter: Enter, ana: User, multi: Store, deposito: Warehouse, filial: Warehouse
) -> None:
    client = enter(ana)
    page = client.get(address(multi)).content.decode()
    assert "O estoque desta Loja não é enviado" in page
    assert "Nº 612 no Tray" in page

    answer = client.post(address(multi, "centros/"), entry(multi, str(filial.pk), str(deposito.pk)))

    assert answer["Location"] == address(multi)
    assert [one.warehouse for one in centers(multi)] == [filial, deposito]
    page = client.get(address(multi)).content.decode()
    assert "O estoque desta Loja não é enviado" not in page
    assert "Filial</a>, depois <a" in page  # from where it sells


def test_a_centre_may_be_unused(enter: Enter, ana: User, multi: Store, deposito: Warehouse) -> None:
    enter(ana).post(address(multi, "centros/"), entry(multi, "nao-usado", str(deposito.pk)))
    assert [(one.warehouse, one.is_unused) for one in centers(multi)] == [(None, True), (deposito, False)]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (["", ""], "Escolha o Estoque deste centro, ou diga que não é usado."),
        (["nao-usado", "nao-usado"], "Ao menos um centro ativo deve ter um Estoque"),
        (["999", "nao-usado"], "Faça uma escolha válida"),
    ],
)
def test_what_does_not_do_is_said_beside_it(
    enter: Enter, ana: User, multi: Store, chosen: list[str], words: str
) -> None:
    answer = enter(ana).post(address(multi, "centros/"), entry(multi, *chosen))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert [(one.warehouse, one.is_unused) for one in centers(multi)] == [(None, False), (None, False)]


def test_one_estoque_for_two_centres_is_refused(enter: Enter, ana: User, multi: Store, deposito: Warehouse) -> None:
    answer = enter(ana).post(address(multi, "centros/"), entry(multi, str(deposito.pk), str(deposito.pk)))
    assert answer.status_code == 422
    assert "seria vendido duas vezes" in answer.content.decode()


def test_who_operates_reads_it_and_may_not_change_it(
    enter: Enter, oto: User, multi: Store, deposito: Warehouse, filial: Warehouse
) -> None:
    client = enter(oto)
    page = client.get(address(multi)).content.decode()
    assert "falta dizer o Estoque" in page
    assert "Gravar os centros" not in page
    answer = client.post(address(multi, "centros/"), entry(multi, str(deposito.pk), str(filial.pk)))
    assert answer.status_code == 403
    assert centers(multi)[0].warehouse is None


def test_a_loja_of_another_company_does_not_exist(enter: Enter, caio: User, multi: Store) -> None:
    assert enter(caio).post(f"/doces-lua/lojas/{multi.pk}/centros/", {}).status_code == 404


def test_the_matter_leads_to_the_form(enter: Enter, ana: User, multi: Store) -> None:
    matter = PendingMatter.objects.of(multi.company_id).get(kind=Kind.DISTRIBUTION_CENTERS)
    page = enter(ana).get(f"/padaria-sol/pendencias/{matter.pk}/").content.decode()
    assert f'href="{address(multi)}#centros"' in page
    assert "Mapeie os centros de distribuição da loja a Estoques" in page


def test_the_estoques_of_a_mapped_loja_are_not_chosen_a_second_time(
    enter: Enter, staff: User, multi: Store, deposito: Warehouse, filial: Warehouse, now: datetime
) -> None:
    client = enter(staff)
    assert 'name="warehouses"' in client.get(address(multi, "edicao/")).content.decode()
    mapping = dict(zip([one.pk for one in centers(multi)], [deposito.pk, filial.pk], strict=True))
    map_centers(company=multi.company, store_id=multi.pk, mapping=mapping, by="ana", now=now)
    page = client.get(address(multi, "edicao/")).content.decode()
    assert 'name="warehouses"' not in page
    assert "Os Estoques seguem os centros de distribuição" in page
    given = {"name": "Loja Nova", "code": "1", "address": multi.address, "import_from": "2026-11-01"}
    answer = client.post(address(multi, "edicao/"), {**given, "safety_stock": "3", "brake_percent": "25",
        "requests_per_minute": "100", "requests_per_day": "9000"})  # fmt: skip
    assert answer.status_code == 302
    assert [row.warehouse_id for row in multi.sales_warehouses.all()] == [deposito.pk, filial.pk]


def test_why_says_the_number_of_each_centre(
    enter: Enter, bia: User, multi: Store, deposito: Warehouse, filial: Warehouse, now: datetime,
    make_product: Callable[..., Product],
) -> None:  # fmt: skip
    product = make_product(multi.company, on_hand=12)
    own = {"company": multi.company, "store": multi}
    listing = Listing.objects.create(**own, tray_id=70, title="Pão no Tray", seen_at=now)
    sold = ListingVariant.objects.create(**own, listing=listing, tray_product_id=70, tray_variant_id=0, product=product)
    page = enter(bia).get(f"/padaria-sol/produtos/{product.pk}/").content.decode()
    assert "Falta dizer a que Estoque corresponde cada centro de distribuição da Loja." in page
    first, second = centers(multi)
    mapping = {first.pk: deposito.pk, second.pk: filial.pk}
    map_centers(company=multi.company, store_id=multi.pk, mapping=mapping, by="ana", now=now)
    CenterStock.objects.create(
        company=multi.company, center=first, variant=sold, confirmed=12, confirmed_at=now, sent=12, sent_at=now
    )
    CenterStock.objects.create(company=multi.company, center=second, variant=sold, sent=0, sent_at=now)
    page = enter(bia).get(f"/padaria-sol/produtos/{product.pk}/").content.decode()
    assert "<b>12</b> livre em Depósito + Filial" in page
    capital, interior = page.split("CD Capital")[1].split("CD Interior")[:2]
    assert "confirmado" in capital
    assert "sem confirmação" in interior
    assert "O Tray não confirmou o último envio de um dos centros" in interior
