"""A pretend SEFAZ over mutual TLS, and a company that may speak with it."""

from collections.abc import Iterator

import pytest

from ahead.nfe.authorizers import Endpoints
from ahead.nfe.certificate import Certificate, open_certificate
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.values import Environment
from ahead.sandbox.sefaz import SefazSandbox, Served, Switches, serve
from ahead.sandbox.sefaz.authority import Issued
from sefaz_making import CNPJ


@pytest.fixture(scope="session")
def listening() -> Iterator[Served]:
    with serve(SefazSandbox()) as served:
        yield served


@pytest.fixture
def served(listening: Served) -> Served:
    """SEFAZ on a good day, with nothing in its memory."""
    listening.box.forget()
    listening.box.switches = Switches()
    return listening


@pytest.fixture(scope="session")
def company(listening: Served) -> Issued:
    return listening.authority.company(CNPJ, "PADARIA AURORA LTDA")


@pytest.fixture(scope="session")
def certificate(listening: Served, company: Issued) -> Certificate:
    return open_certificate(listening.authority.pfx(company, "abc"), "abc")


@pytest.fixture
def sefaz(served: Served, certificate: Certificate) -> Iterator[Sefaz]:
    with Sefaz(
        certificate,
        uf="SP",
        environment=Environment.PRODUCTION,
        endpoints=Endpoints.all_at(served.address),
        ca=served.ca_file,
        timeout=60,
    ) as client:
        yield client
