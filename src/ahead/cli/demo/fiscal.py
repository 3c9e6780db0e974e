"""The fiscal side of the demo: the company may issue, with a certificate of the pretend SEFAZ's own authority."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ahead.fiscal.queries import current_certificate
from ahead.fiscal.set_up import IssuerFields, save_issuer, set_next_number, upload_certificate
from ahead.lib.brasilia import BRASILIA
from ahead.sandbox.sefaz import Authority
from ahead.taxes.national import OPEN_FROM
from ahead.taxes.operations import set_defaults
from ahead.taxes.queries import naturezas

if TYPE_CHECKING:
    from ahead.accounts.models import Company

AUTHORITY_FILE = "autoridade.pem"
REFUSED_NCM = "99999999"  # the pretend SEFAZ says 778 to it: the demo shows a nota that is rejected, and mended
_PASSWORD, _FIRST_NUMBER = "aurora-demo", 1201


def make_authority(folder: Path) -> Path:
    """Make the authority of the pretend SEFAZ where there is none; return the file that says whom to trust."""
    Authority.kept_in(folder)
    return folder / AUTHORITY_FILE


def may_issue(company: Company, folder: Path, *, by: str, now: datetime) -> None:
    """Give the company its tax rules, its set-up and its certificate, where it has none yet."""
    if current_certificate(company) is not None:
        return
    today = now.astimezone(BRASILIA).date()
    crt = "3" if today < OPEN_FROM else "1"  # of 2027 the law gives the regime normal no rate of CBS yet
    set_defaults(company=company, crt=crt, valid_from=date(today.year, 1, 1), by=by, now=now)
    by_kind = {row.kind: row.pk for row in naturezas(company)}
    fields = IssuerFields(
        environment="1",  # of the pretend SEFAZ
        crt=crt,
        inscricao_estadual="110042490114",
        street="Rua da Aurora",
        street_number="450",
        district="Brás",
        municipality="São Paulo",
        uf="SP",
        postal_code="03003-000",
        phone="1133334444",
        natureza_id=by_kind["sale"],
        return_natureza_id=by_kind["return"],
        information="Pedido {pedido}",
    )
    save_issuer(company, fields, by=by, now=now)
    authority = Authority.kept_in(folder)
    issued = authority.company(company.cnpj, company.legal_name.upper())
    upload_certificate(company, authority.pfx(issued, _PASSWORD), _PASSWORD, by=by, now=now)
    set_next_number(company, environment="1", serie=1, next_number=_FIRST_NUMBER, by=by, now=now)
