"""Who gets in where: walked over every address under a company, whoever wrote the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver

from ahead.accounts.models import Company, User
from ahead.accounts.rules import RESERVED_SLUGS
from ahead.catalog.models import Listing, Product
from ahead.stock.models import Warehouse
from ahead.stores.models import Store
from ahead.web.urls import of_company, urlpatterns
from category_making import make_category, make_listing

Enter = Callable[[User], Client]
MakeProduct = Callable[..., Product]


def _routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


ROUTES = sorted(set(_routes(of_company)))
WITH_IDS = [route for route in ROUTES if "<int:" in route and not route.startswith("membros/")]  # people are shared


def _address(slug: str, route: str, number: int = 1) -> str:
    filled = re.sub(r"<int:\w+>", str(number), route).replace("<iso:day>", "2026-11-20")
    return f"/{slug}/" + re.sub(r"<(slug|str):\w+>", "loja", filled)


@pytest.fixture
def listing(padaria: Company, loja: Store) -> Listing:
    """One that the bakery's store had at Tray already, and AHEAD manages."""
    return Listing.objects.create(company=padaria, store=loja, tray_id=71, title="Pão de mel", is_managed=True)


def test_there_are_addresses_to_walk() -> None:
    assert len(ROUTES) > 30
    assert "lojas/<int:store_id>/" in ROUTES


def test_no_company_can_take_an_address_of_the_program_itself() -> None:
    firsts = {str(pattern.pattern).split("/")[0] for pattern in urlpatterns} - {"", "<slug:company>"}

    assert firsts
    assert firsts | {settings.STATIC_URL.split("/")[1]} <= RESERVED_SLUGS


@pytest.mark.parametrize("route", ROUTES)
def test_a_stranger_is_told_that_there_is_nothing(enter: Enter, caio: User, padaria: Company, route: str) -> None:
    client = enter(caio)
    address = _address(padaria.slug, route)

    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


@pytest.mark.parametrize("route", ROUTES)
def test_who_is_not_logged_in_is_sent_there(padaria: Company, route: str) -> None:
    address = _address(padaria.slug, route)

    answer = Client().get(address)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/entrar/?next=")


@pytest.mark.parametrize("route", WITH_IDS)
def test_ids_of_another_company_lead_nowhere(
    enter: Enter,
    guest_staff: User,
    outra: Company,
    padaria: Company,
    loja: Store,
    deposito: Warehouse,
    make_product: MakeProduct,
    listing: Listing,
    route: str,
) -> None:
    product, category = make_product(padaria), make_category(loja, "Pães")
    client = enter(guest_staff)

    for number in {loja.pk, deposito.pk, product.pk, category.pk, listing.pk}:
        address = _address(outra.slug, route, number)
        assert client.get(address).status_code in {404, 405}
        assert client.post(address).status_code in {404, 405}


# the lowest role that may GET and that may POST; None where the method is not offered
RULES = [
    ("lojas/", "reader", None),
    ("lojas/nova/", "staff", "staff"),
    ("lojas/{store}/", "reader", None),
    ("lojas/{store}/edicao/", "staff", "staff"),
    ("lojas/{store}/status/", "staff", "staff"),
    ("lojas/{store}/agenda/", "owner", "owner"),
    ("lojas/{store}/pausa/", None, "owner"),
    ("lojas/{store}/retomada/", None, "owner"),
    ("lojas/{store}/conexao/", "owner", "owner"),
    ("lojas/{store}/conexao/retorno/", "owner", None),
    ("produtos/", "reader", None),
    ("produtos/planilha/", "reader", None),
    ("produtos/opcoes/", "reader", None),
    ("produtos/novo/", "reader", "operator"),
    ("produtos/{product}/", "reader", None),
    ("produtos/{product}/edicao/", "reader", "operator"),
    ("produtos/{product}/ativacao/", None, "operator"),
    ("produtos/{product}/desativacao/", None, "operator"),
    ("estoques/", "reader", None),
    ("estoques/novo/", "reader", "operator"),
    ("estoques/movimento/", "reader", "operator"),
    ("estoques/{warehouse}/", "reader", None),
    ("estoques/{warehouse}/edicao/", "reader", "operator"),
    ("categorias/", "reader", None),
    ("categorias/planilha/", "reader", None),
    ("categorias/loja/{store}/", "reader", None),
    ("categorias/loja/{store}/planilha/", "reader", None),
    ("categorias/nova/", "reader", "operator"),
    ("categorias/{category}/", "reader", None),
    ("categorias/{category}/edicao/", "reader", "operator"),
    ("categorias/{category}/passo/", None, "operator"),
    ("categorias/{category}/lugar/", None, "operator"),
    ("categorias/{category}/exclusao/", None, "operator"),
    ("categorias/{category}/recriacao/", None, "operator"),
    ("clientes/", "reader", None),
    ("membros/", "owner", "owner"),
    ("membros/{user}/papel/", None, "owner"),
    ("membros/{user}/senha/", None, "owner"),
    ("busca/", "reader", None),
    ("clientes/planilha/", "reader", None),
    ("estoques/planilha/", "reader", None),
    ("estoques/{warehouse}/planilha/", "reader", None),
    ("historico/loja/{store}/", "reader", None),
    ("produtos-ecommerce/", "reader", None),
    ("produtos-ecommerce/planilha/", "reader", None),
    ("produtos-ecommerce/novo/", "reader", "operator"),
    ("produtos-ecommerce/{listing}/", "reader", None),
    ("produtos-ecommerce/{listing}/edicao/", "reader", "operator"),
    ("produtos-ecommerce/{listing}/exclusao/", None, "operator"),
    ("produtos-ecommerce/{listing}/permanencia/", None, "operator"),
    ("produtos-ecommerce/{listing}/entrega-a-loja/", None, "operator"),
    ("produtos-ecommerce/{listing}/variacoes/", "reader", "operator"),
    ("produtos-ecommerce/{listing}/variacoes/combinacoes/", None, "operator"),
    ("produtos-ecommerce/{listing}/variacoes/nova/", None, "operator"),
    ("produtos-ecommerce/{listing}/imagens/", "reader", "operator"),
    ("produtos-ecommerce/{listing}/imagens/ordem/", None, "operator"),
    ("tributos/regras/", "reader", None),
    ("tributos/regras/planilha/", "reader", None),
    ("tributos/regras/nova/", "reader", "owner"),
    ("tributos/regras/padroes/", "reader", "owner"),
    ("tributos/grupos/", "reader", None),
    ("tributos/grupos/novo/", "reader", "owner"),
    ("tributos/naturezas/", "reader", None),
    ("tributos/naturezas/nova/", "reader", "owner"),
    ("tributos/aliquotas/", "reader", "owner"),
    ("tributos/aliquotas/ibs-cbs/", None, "owner"),
    ("tributos/simulador/", "reader", None),
    ("tributos/conferencia/", "reader", None),
]
ORDER = ["reader", "operator", "owner", "staff"]


@pytest.mark.parametrize(("route", "to_read", "to_write"), RULES)
def test_each_role_may_do_what_is_its_own(
    enter: Enter,
    by_role: dict[str, User],
    padaria: Company,
    loja: Store,
    deposito: Warehouse,
    make_product: MakeProduct,
    listing: Listing,
    route: str,
    to_read: str | None,
    to_write: str | None,
) -> None:
    category = make_category(loja, "Pães")
    make_listing(loja, category)  # of one that is empty the first to ask would be rid
    ids = {
        "store": loja.pk,
        "category": category.pk,
        "warehouse": deposito.pk,
        "product": make_product(padaria).pk,
        "user": by_role["reader"].pk,
        "listing": listing.pk,
    }
    address = f"/{padaria.slug}/{route.format(**ids)}"
    for role, user in by_role.items():
        client = enter(user)
        for status, needed in (
            (client.get(address).status_code, to_read),
            (client.post(address).status_code, to_write),
        ):
            if needed is None:
                assert status in {403, 405}, (role, status)
            elif ORDER.index(role) < ORDER.index(needed):
                assert status == 403, (role, status)
            else:
                assert status in {200, 302, 422}, (role, status)


def test_a_refused_role_is_told_in_portuguese_what_to_do(enter: Enter, bia: User, padaria: Company) -> None:
    answer = enter(bia).get(f"/{padaria.slug}/lojas/nova/")

    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Só a equipe AHEAD pode fazer isto" in page
    assert "peça ao responsável" in page


def test_a_fragment_sends_the_whole_page_to_the_log_in(padaria: Company) -> None:
    answer = Client().get(f"/{padaria.slug}/produtos/", headers={"HX-Request": "true"})

    assert answer["HX-Redirect"].startswith("/entrar/")


def test_the_page_of_an_error_is_portuguese_and_knows_a_way_on(enter: Enter, ana: User) -> None:
    page = enter(ana).get("/padaria-sol/nada/").content.decode()

    assert "Não encontramos esta página" in page
    assert "Voltar ao início" in page


def test_a_company_s_pages_are_not_kept_by_the_browser(enter: Enter, ana: User, padaria: Company) -> None:
    assert "no-store" in enter(ana).get(f"/{padaria.slug}/lojas/")["Cache-Control"]


def test_the_menu_shows_users_only_to_who_may_see_them(enter: Enter, ana: User, bia: User, padaria: Company) -> None:
    address = f"/{padaria.slug}/lojas/"

    assert "/membros/" in enter(ana).get(address).content.decode()
    assert "/membros/" not in enter(bia).get(address).content.decode()
