"""A store of the pretend Tray with something to sell, and a pretend SEFAZ with a company."""

import pytest
from sefaz_caller import Caller as SefazCaller
from sefaz_caller import Clock as SefazClock
from tray_caller import Caller, Clock

from ahead.sandbox.sefaz import Authority, SefazSandbox
from ahead.sandbox.sefaz.authority import Issued
from ahead.sandbox.tray import Store, TraySandbox
from ahead.sandbox.tray.records import Product, Variant
from sefaz_making import CNPJ


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(clock: Clock) -> TraySandbox:
    return TraySandbox(seed=7, clock=clock)


@pytest.fixture
def store(box: TraySandbox) -> Store:
    return box.add_store(slug="padaria", rate_limit_per_minute=None)


@pytest.fixture
def api(box: TraySandbox, store: Store) -> Caller:
    return Caller(box, store)


@pytest.fixture
def mug(store: Store) -> Product:
    return store.add_product(
        name="Caneca Esmaltada 350ml",
        reference="CAN-350",
        price="39.90",
        stock=120,
        ean="7891000000018",
        ncm="73239300",
        weight=350,
        brand="Marca Exemplo",
        category="Cozinha",
    )


@pytest.fixture
def shirt(store: Store) -> Variant:
    product = store.add_product(name="Camiseta Básica", reference="CAM-BAS", price="59.90")
    store.add_variant(
        product=product,
        reference="CAM-BAS-M",
        price="59.90",
        stock=15,
        axes={"Cor": "Preta", "Tamanho": "M"},
    )
    return store.add_variant(
        product=product, reference="CAM-BAS-P", price="59.90", stock=20, axes={"Cor": "Preta", "Tamanho": "P"}
    )


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.new()


@pytest.fixture(scope="session")
def company(authority: Authority) -> Issued:
    return authority.company(CNPJ)


@pytest.fixture
def sefaz_clock() -> SefazClock:
    return SefazClock()


@pytest.fixture
def sefaz(sefaz_clock: SefazClock, company: Issued) -> SefazCaller:
    return SefazCaller(SefazSandbox(clock=sefaz_clock), company)
