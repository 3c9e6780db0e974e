"""Who gets in where: walked over every address under a company, whatever screen is behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from access_rules import ORDER, RULES
from company_whole import whole_company
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver

from ahead.accounts.models import Company, User
from ahead.accounts.rules import RESERVED_SLUGS
from ahead.catalog.models import Product
from ahead.stores.models import Store
from ahead.web.urls import of_company, urlpatterns
from fiscal_making import trust

Enter = Callable[[User], Client]
MakeStore = Callable[..., Store]
MakeProduct = Callable[..., Product]
Method = Callable[[str], Any]
NOBODY = 999_999_999  # an id that no row has


def _routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


ROUTES = sorted(set(_routes(of_company)))
WITH_IDS = [route for route in ROUTES if "<int:" in route]
KINDS = {"planilhas/": "products", "historico/": "produto"}  # what <slug:kind> stands for, by where it is


def _address(slug: str, route: str, ids: dict[str, int], day: str = "2026-11-20") -> str:
    filled = re.sub(r"<int:(\w+)>", lambda name: str(ids.get(name[1], NOBODY)), route).replace("<iso:day>", day)
    kind = next((kind for folder, kind in KINDS.items() if route.startswith(folder)), "")
    return f"/{slug}/" + filled.replace("<slug:kind>", kind)


def _status(ask: Method, address: str) -> int:
    """What is answered; what it did is undone."""
    with transaction.atomic():
        answer = ask(address)
        if answer.streaming:
            answer.getvalue()  # a file is open until it is read
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.fixture
def ids(loja: Store, make_product: MakeProduct, bia: User, now: datetime, settings: Any) -> dict[str, int]:
    """One of everything in the bakery; no other server is asked."""
    trust(settings)
    settings.SEFAZ_ADDRESS = "https://127.0.0.1:9"
    Store.objects.of(loja.company).update(api_address="")
    made = whole_company(loja, make_product, bia, now)
    return made | {"subject_id": made["product_id"]}


def test_every_address_of_a_company_has_its_rule() -> None:
    assert sorted(RULES) == ROUTES
    assert len(ROUTES) > 150


def test_no_company_can_take_an_address_of_the_program_itself() -> None:
    firsts = {str(pattern.pattern).split("/")[0] for pattern in urlpatterns} - {"", "<slug:company>"}

    assert firsts
    assert firsts | {django_settings.STATIC_URL.split("/")[1]} <= RESERVED_SLUGS


def test_a_stranger_is_told_that_there_is_nothing(
    enter: Enter, caio: User, padaria: Company, ids: dict[str, int], now: datetime
) -> None:
    client = enter(caio)

    for route in ROUTES:
        address = _address(padaria.slug, route, ids, _yesterday(now))
        assert (_status(client.get, address), _status(client.post, address)) == (404, 404), route


def test_who_is_not_logged_in_is_sent_there(padaria: Company) -> None:
    client = Client()

    for route in ROUTES:
        answer = client.get(_address(padaria.slug, route, {}))
        assert answer.status_code == 302, route
        assert answer["Location"].startswith("/entrar/?next="), route


def test_ids_of_another_company_lead_nowhere(
    enter: Enter, guest_staff: User, outra: Company, ids: dict[str, int], now: datetime
) -> None:
    client = enter(guest_staff)

    for route in WITH_IDS:
        address = _address(outra.slug, route, ids, _yesterday(now))
        for ask, role in zip((client.get, client.post), RULES[route], strict=True):
            assert _status(ask, address) == (405 if role is None else 404), route


def test_nor_does_the_second_of_two_ids(
    enter: Enter, staff: User, ids: dict[str, int], outra: Company, make_store: MakeStore, make_product: MakeProduct,
    now: datetime,
) -> None:  # fmt: skip
    client, theirs = enter(staff), whole_company(make_store(outra, "Loja da Lua"), make_product, staff, now)
    two = [route for route in WITH_IDS if route.count("<int:") == 2]

    assert len(two) == 4
    for route in two:
        second = re.findall(r"<int:(\w+)>", route)[1]
        address = _address("padaria-sol", route, ids | {second: theirs[second]})
        for ask, role in zip((client.get, client.post), RULES[route], strict=True):
            assert _status(ask, address) == (405 if role is None else 404), route


@pytest.mark.parametrize("role", ORDER)
def test_each_role_may_do_what_is_its_own(
    enter: Enter, by_role: dict[str, User], padaria: Company, ids: dict[str, int], now: datetime, role: str
) -> None:
    client, wrong = enter(by_role[role]), []

    for route, (to_read, to_write) in RULES.items():
        address = _address(padaria.slug, route, ids, _yesterday(now))
        for ask, needed in ((client.get, to_read), (client.post, to_write)):
            status = _status(ask, address)
            if status not in _fitting(role, needed):
                wrong.append((route, ask.__name__, status))
    assert wrong == []


def test_what_happened_to_a_person_is_for_who_sees_the_members(
    enter: Enter, by_role: dict[str, User], padaria: Company
) -> None:
    address = f"/{padaria.slug}/historico/usuario/{by_role['reader'].pk}/"

    assert {role: enter(user).get(address).status_code for role, user in by_role.items()} == {
        "reader": 403, "operator": 403, "owner": 200, "staff": 200,
    }  # fmt: skip


def _fitting(role: str, needed: str | None) -> set[int]:
    """The statuses that this role may get: 403 where it may not; where it may, neither 403 nor 404."""
    if needed is None:
        return {403, 405}
    return {403} if ORDER.index(role) < ORDER.index(needed) else {200, 302, 409, 422}


def _yesterday(now: datetime) -> str:
    return f"{now - timedelta(days=1):%Y-%m-%d}"


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
