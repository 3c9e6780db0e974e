"""What holds for every screen: layers, errors, headers, and how often the database is asked."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.views.defaults import server_error

import ahead.web
from ahead.accounts.models import Company, User
from ahead.catalog.models import Product
from ahead.config.static import static_version
from ahead.stores.models import Store
from category_making import make_category

Enter = Callable[[User], Client]
MakeProduct = Callable[..., Product]
MakeStore = Callable[..., Store]

PASSWORD = "fermento natural 77"
ROOT = Path(ahead.web.__file__).parent
MODULES = sorted(ROOT.glob("**/*.py"))


def _run_time_imports(tree: ast.Module) -> list[str]:
    """The modules imported when the screen runs; those under TYPE_CHECKING are for the type checker alone."""
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        elif isinstance(node, ast.Import):
            found += [name.name for name in node.names]
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_screen_neither_imports_tables_nor_writes_to_them(module: Path) -> None:
    text = module.read_text()

    assert not [
        name for name in _run_time_imports(ast.parse(text)) if re.fullmatch(r"ahead\.\w+\.models(\.\w+)?", name)
    ]
    assert not re.search(r"\.save\(|\.objects\b|\.delete\(", text)


def test_the_page_of_a_defect_needs_nothing_but_itself() -> None:
    answer = server_error(RequestFactory().get("/"))

    assert answer.status_code == 500
    assert "Algo deu errado do nosso lado" in answer.content.decode()


def test_what_broke_in_a_part_of_a_page_promises_nothing_of_what_was_saved() -> None:
    page = Client().get("/entrar/").content.decode()
    [failed] = [part for part in page.split("<template ") if part.startswith('id="toast-failed"')]

    assert "confira antes de repetir" in failed  # as the page of a 500 says: it may have broken after it was saved
    assert "nada foi gravado" not in failed


def test_a_form_of_an_old_page_is_refused_in_portuguese(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/entrar/", {"username": ana.email, "password": "x"})

    assert answer.status_code == 403
    assert "Esta página venceu" in answer.content.decode()


def test_every_page_is_kept_to_what_we_wrote(enter: Enter, ana: User, padaria: Company) -> None:
    for answer in (enter(ana).get("/padaria-sol/lojas/"), Client().get("/entrar/"), Client().get("/nada/")):
        policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["img-src"] == policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["X-Frame-Options"] == "DENY"


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(ana: User) -> None:
    client = Client()
    client.get("/entrar/")
    client.post("/entrar/", {"username": ana.email, "password": PASSWORD})

    assert set(client.cookies) == {"sessionid", "csrftoken"}
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


SECURE = """
from django.conf import settings
for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER"):
    print(bool(getattr(settings, name)))
"""


@pytest.mark.parametrize("https", ["0", "1"])
def test_behind_tls_browsers_never_go_back_to_plain_http(tmp_path: Path, https: str) -> None:
    given = {
        **os.environ,
        "AHEAD_HTTPS": https,
        "AHEAD_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "ahead.config.settings",
    }
    told = subprocess.run([sys.executable, "-c", SECURE], env=given, capture_output=True, text=True, check=True)

    assert set(told.stdout.split()) == {str(https == "1")}


def test_a_page_of_another_release_has_its_styles_while_machines_are_updated(db: None) -> None:
    page = Client().get("/entrar/").content.decode()
    ours = re.search(r'href="/static/\w+/(ahead/[^"]+\.css)"', page)
    assert ours is not None
    own = b"".join(Client().get(f"/static/{static_version()}/{ours[1]}"))
    answer = Client().get(f"/static/0123456789ab/{ours[1]}")
    assert answer.status_code == 200
    assert b"".join(answer) == own
    assert answer["Cache-Control"] == "no-store"
    assert Client().get("/static/0123456789ab/ahead/nothing.css").status_code == 404
    assert Client().get("/static/0123456789ab/../../settings.py").status_code == 400


def test_static_files_are_kept_by_browsers_for_ever(db: None) -> None:
    page = Client().get("/entrar/").content.decode()
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) > 10

    for address in addresses:
        answer = Client().get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer["Cache-Control"]
        answer.close()


def _asked(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_a_list_asks_as_often_for_many_rows_as_for_few(
    enter: Enter, ana: User, padaria: Company, loja: Store, make_product: MakeProduct
) -> None:
    client = enter(ana)
    place = make_product(padaria, on_hand=1).balances.get().warehouse_id
    category = make_category(loja, "Pães")
    addresses = (
        "/padaria-sol/produtos/",
        f"/padaria-sol/estoques/{place}/",
        "/padaria-sol/busca/?q=produto",
        "/padaria-sol/categorias/",
        "/padaria-sol/categorias/?ordem=nome",
        f"/padaria-sol/categorias/{category.pk}/",
    )
    before = {address: _asked(client, address) for address in addresses}

    for number in range(20):
        make_product(padaria, on_hand=1)
        make_category(loja, f"Outra {number}")

    assert {address: _asked(client, address) for address in before} == before


@pytest.mark.parametrize("address", ["/padaria-sol/", "/padaria-sol/lojas/"])
def test_lojas_are_asked_for_together(
    enter: Enter, ana: User, padaria: Company, make_store: MakeStore, address: str
) -> None:
    make_store(padaria)
    client = enter(ana)
    before = _asked(client, address)

    for number in range(5):
        make_store(padaria, f"Loja {number}")

    assert _asked(client, address) == before


def test_a_product_s_page_asks_as_often_for_many_listings_and_movements(
    enter: Enter, ana: User, padaria: Company, make_product: MakeProduct
) -> None:
    one, other = make_product(padaria, on_hand=1), make_product(padaria, on_hand=1)
    client = enter(ana)
    address = f"/padaria-sol/produtos/{one.pk}/"
    before = _asked(client, address)

    warehouse = one.balances.get().warehouse_id
    for _ in range(10):
        facts = {"product": one.code, "warehouse": str(warehouse), "quantity": "1", "reason": "x"}
        client.post("/padaria-sol/estoques/movimento/?tipo=entrada", facts)

    assert _asked(client, address) == before
    assert _asked(client, f"/padaria-sol/produtos/{other.pk}/") == before
