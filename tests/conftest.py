"""The cast that all tests share: a bakery and its people, another company, a store and a warehouse."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck

from ahead.accounts.models import Company, Role, User
from ahead.accounts.operations import create_company, create_user, set_membership
from ahead.catalog.models import Product
from ahead.catalog.operations import create_product
from ahead.stock.models import Warehouse
from ahead.stock.operations import Opening, create_warehouse, set_opening
from ahead.stores.connecting import mark_connected, store_statuses_seen
from ahead.stores.models import StatusRole, Store
from ahead.stores.operations import choose_statuses, register_store
from plugins.migrated import copy_of
from standing_servers import Standing, standing_sefaz, standing_tray

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PASSWORD = "fermento natural 77"
BY = "ana@padaria.example"

STATUSES = [
    (1, "A ENVIAR", "open", "#3b82f6"),
    (211, "A ENVIAR VINDI", "open", "#3b82f6"),
    (901, "A ENVIAR - SINCRONIZADO", "open", "#22c55e"),
    (5, "CANCELADO", "canceled", "#ef4444"),
    (64, "CANCELADO AUT", "canceled", "#ef4444"),
    (902, "CANCELADO - SINCRONIZADO", "canceled", "#ef4444"),
    (17, "FATURADO", "open", "#a855f7"),
]


# Examples are the same on every machine, however slow it is; other ones with `--hypothesis-profile=default`.
hypothesis.settings.register_profile(
    "ahead", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.settings.load_profile("ahead")


def pytest_configure() -> None:
    """Let log-ins be cheap."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Take the copy that is there; the folder of the run, or its PostgreSQL, goes away with it."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Copy this process its database. SQLite's is a file, as in use: threads and processes share it as there."""
    facts: dict[str, Any] = django_settings.DATABASES["default"]
    name = f"tests_{os.getpid()}"
    if facts["ENGINE"].endswith("sqlite3"):
        path = request.getfixturevalue("tmp_path_factory").mktemp("database") / f"{name}.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        name = str(path)
    else:
        server = request.getfixturevalue("postgres_url")
        copy_of(request.getfixturevalue("migrated_postgres"), name, server=server)
    facts.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session")
def tray_server() -> Iterator[Standing]:
    """Where each test's pretend Tray is served: to start and to end a server takes longer than many a test."""
    with standing_tray() as server:
        yield server


@pytest.fixture(scope="session")
def sefaz_server() -> Iterator[Standing]:
    """Where each test's pretend SEFAZ is served."""
    with standing_sefaz() as server:
        yield server


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def padaria(db: None, now: datetime) -> Company:
    """Padaria do Sol, the company most tests are about."""
    return create_company(name="Padaria do Sol", slug="padaria-sol", cnpj="11.222.333/0001-81", by="teste", now=now)


@pytest.fixture
def outra(db: None, now: datetime) -> Company:
    """Another company, whose rows nobody of the bakery may see."""
    return create_company(name="Doces da Lua", slug="doces-lua", cnpj="19.131.243/0001-97", by="teste", now=now)


def _person(email: str, name: str, company: Company, role: Role, now: datetime) -> User:
    user = create_user(email=email, name=name, password=PASSWORD, now=now)
    set_membership(company=company, user=user, role=role, by="teste", now=now)
    return user


@pytest.fixture
def ana(padaria: Company, now: datetime) -> User:
    """Owns the bakery."""
    return _person("ana@padaria.example", "Ana Prado", padaria, Role.OWNER, now)


@pytest.fixture
def oto(padaria: Company, now: datetime) -> User:
    """Operates the bakery's shop."""
    return _person("oto@padaria.example", "Oto Lima", padaria, Role.OPERATOR, now)


@pytest.fixture
def bia(padaria: Company, now: datetime) -> User:
    """May read what the bakery has, and change nothing."""
    return _person("bia@padaria.example", "Bia Reis", padaria, Role.READER, now)


@pytest.fixture
def staff(padaria: Company, now: datetime) -> User:
    """Of AHEAD's own staff: registers the bakery's Lojas."""
    return _person("sam@ahead.example", "Sam Ahead", padaria, Role.STAFF, now)


@pytest.fixture
def caio(outra: Company, now: datetime) -> User:
    """Owns the other company; a stranger to the bakery."""
    return _person("caio@doces.example", "Caio Luz", outra, Role.OWNER, now)


@pytest.fixture
def deposito(padaria: Company, now: datetime) -> Warehouse:
    """The bakery's warehouse number 1."""
    return create_warehouse(company=padaria, name="Depósito", by=BY, now=now)


MakeStore = Callable[..., Store]


@pytest.fixture
def make_store(db: None, now: datetime) -> MakeStore:
    """Make a store that is ready to sync: connected, with its statuses seen and chosen."""
    tray_ids = itertools.count(391250)

    def make(company: Company, name: str = "Loja do Sol", **fields: Any) -> Store:
        given: dict[str, Any] = {
            "address": "https://www.lojadosol.com.br",
            "consumer_key": f"key-{name}",
            "consumer_secret": f"secret-{name}",
            "import_from": date(2026, 11, 1),
            **fields,
        }
        store = register_store(company=company, name=name, by=BY, now=now, **given)
        address = f"{store.address}/web_api"
        mark_connected(store, api_address=address, tray_store_id=next(tray_ids), now=now, by=BY)
        store_statuses_seen(store, STATUSES, now)
        choose(store, {StatusRole.IMPORT: [1, 211], StatusRole.UPDATE: [901], StatusRole.CANCELLED: [5, 64]}, now)
        return store

    return make


def choose(store: Store, choices: dict[StatusRole, list[int]], now: datetime) -> None:
    """Choose statuses of a store by Tray's ids."""
    rows = dict(store.statuses.values_list("tray_id", "pk"))
    by_row = {role: [rows[tray_id] for tray_id in ids] for role, ids in choices.items()}
    choose_statuses(company=store.company, store_id=store.pk, choices=by_row, by=BY, now=now)


@pytest.fixture
def loja(padaria: Company, deposito: Warehouse, make_store: MakeStore) -> Store:
    """The bakery's store: sells from the warehouse, ready to sync."""
    return make_store(padaria, warehouses=[deposito.pk])


MakeProduct = Callable[..., Product]


@pytest.fixture
def make_product(db: None, now: datetime) -> MakeProduct:
    """Make a product; with `on_hand`, so many lie in the company's first warehouse (made where there is none)."""
    numbers = itertools.count(1001)

    def make(company: Company, *, code: str = "", on_hand: int = 0, **fields: Any) -> Product:
        code = code or str(next(numbers))
        fields.setdefault("name", f"Produto {code}")
        product = create_product(company=company, code=code, by=BY, now=now, **fields)
        if on_hand:
            first = Warehouse.objects.of(company).order_by("code").first()
            place = first or create_warehouse(company=company, name="Depósito", by=BY, now=now)
            rows = [Opening(product.pk, place.pk, on_hand)]
            set_opening(company=company, rows=rows, by=BY, now=now)
        return product

    return make
