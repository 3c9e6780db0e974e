"""A certificate of the bakery, issued by a pretend authority."""

from __future__ import annotations

import pytest
from nota_making import CNPJ

from ahead.nfe.certificate import Certificate, open_certificate
from ahead.sandbox.sefaz.authority import Authority


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    authority = Authority.new()
    return open_certificate(authority.pfx(authority.company(CNPJ), "segredo"), "segredo")
