"""All that a company needs for its first nota."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from ahead.accounts.models import Company
from ahead.fiscal.set_up import IssuerFields, save_issuer, set_next_number, upload_certificate
from ahead.sandbox.sefaz import Authority
from ahead.taxes.models import Natureza
from ahead.taxes.operations import set_defaults

FIRST_NUMBER = 100
CERTIFICATE_PASSWORD = "a senha do certificado"


def let_issue(company: Company, authority: Path, *, by: str, now: datetime) -> None:
    """Fill the fiscal side in, with a certificate of the pretend authority that is kept in that folder."""
    set_defaults(company=company, crt="3", valid_from=date(2026, 1, 1), by=by, now=now)
    naturezas = dict(Natureza.objects.of(company).values_list("kind", "pk"))
    fields = IssuerFields(
        environment="1",
        crt="3",
        inscricao_estadual="110042490114",
        street="Rua do Forno",
        street_number="12",
        district="Centro",
        municipality="São Paulo",
        uf="SP",
        postal_code="01001-000",
        natureza_id=naturezas["sale"],
        return_natureza_id=naturezas["return"],
    )
    save_issuer(company, fields, legal_name="Campanha Ltda", by=by, now=now)
    issuing = Authority.kept_in(authority)
    pfx = issuing.pfx(issuing.company(company.cnpj, "CAMPANHA LTDA"), CERTIFICATE_PASSWORD)
    upload_certificate(company, pfx, CERTIFICATE_PASSWORD, by=by, now=now)
    set_next_number(company, environment="1", serie=1, next_number=FIRST_NUMBER, by=by, now=now)
