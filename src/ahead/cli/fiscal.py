"""The fiscal set-up without the browser: who issues, the certificate, what is missing before the first nota."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ahead.cli.exits import Exit
from ahead.cli.finding import NotFound, company_of, whoever_types
from ahead.cli.output import print_json, print_table, say, shown
from ahead.cli.registering import WrongWords
from ahead.cli.secret_words import read_secret
from ahead.fiscal import queries, set_up
from ahead.fiscal.checklist import checklist, is_complete
from ahead.taxes.queries import naturezas

if TYPE_CHECKING:
    from argparse import Namespace

    from ahead.accounts.models import Company
    from ahead.fiscal.models import DigitalCertificate

_ENVIRONMENTS = {"producao": "1", "homologacao": "2"}
_TEXTS = (
    *("crt", "inscricao_estadual", "inscricao_municipal", "cnae", "street", "street_number", "complement"),
    *("district", "municipality", "uf", "postal_code", "phone", "information"),
    *("technician_cnpj", "technician_contact", "technician_email", "technician_phone", "csrt_id"),
)
_SHOWN = ("environment", *_TEXTS, "serie", "mails_buyer")


def set_issuer(args: Namespace) -> int:
    """Change what is said of who issues, and show how it stands."""
    company, now = company_of(args), timezone.now()
    given = _given(company, args)
    if given or args.legal_name is not None:
        set_up.save_issuer(
            company, set_up.IssuerFields(**given), legal_name=args.legal_name, by=whoever_types(), now=now
        )
    if args.next_number is not None:
        _set_next_number(company, args.next_number)
    _show(args, company)
    return Exit.DONE


def _given(company: Company, args: Namespace) -> dict[str, Any]:
    """Return the fields that the command names."""
    given: dict[str, Any] = {name: getattr(args, name) for name in (*_TEXTS, "serie")}
    given["environment"] = _ENVIRONMENTS.get(args.environment)
    given["mails_buyer"] = None if args.mails_buyer is None else args.mails_buyer == "sim"
    given["natureza_id"] = _natureza(company, args.natureza)
    given["return_natureza_id"] = _natureza(company, args.return_natureza)
    given["csrt"] = os.environ.get("AHEAD_CSRT", "").strip() or None
    return {name: value for name, value in given.items() if value is not None}


def _natureza(company: Company, name: str | None) -> int | None:
    """
    Return the natureza of this name; 0, which is none, for an empty one.

    :raises NotFound: if there is none of that name.
    """
    if not name:
        return None if name is None else 0
    known = list(naturezas(company, active=True))
    for one in known:
        if one.name.casefold() == name.casefold():
            return one.pk
    there = ", ".join(f"«{one.name}»" for one in known) or "nenhuma ainda"
    raise NotFound(f"{company.name} não tem a natureza «{name}». Naturezas: {there}.")


def _set_next_number(company: Company, number: int) -> None:
    issuer = queries.issuer(company)
    if issuer is None:
        raise WrongWords("Diga primeiro quem emite: a série é da configuração fiscal.")
    set_up.set_next_number(
        company,
        environment=issuer.environment,
        serie=issuer.serie,
        next_number=number,
        by=whoever_types(),
        now=timezone.now(),
    )


def _show(args: Namespace, company: Company) -> None:
    issuer = queries.issuer(company)
    facts: dict[str, Any] = {"legal_name": company.legal_name}
    if issuer is not None:
        series = queries.series(company, issuer.environment, issuer.serie)
        facts |= {name: getattr(issuer, name) for name in _SHOWN}
        facts["natureza"] = issuer.natureza.name if issuer.natureza else None
        facts["return_natureza"] = issuer.return_natureza.name if issuer.return_natureza else None
        facts["has_csrt"] = bool(issuer.csrt)
        facts["next_number"] = series.next_number if series else 1
    if args.json:
        print_json({"company": company.slug, "issuer": facts if issuer else None})
    elif issuer is None:
        say("A empresa ainda não tem configuração fiscal. As opções estão em: ahead fiscal set --help")
    else:
        print_table(("Campo", "Valor"), [(name, shown(value)) for name, value in facts.items()])


def upload(args: Namespace) -> int:
    """Keep a certificate; its password is read, never an argument."""
    company = company_of(args)
    path = Path(args.file)
    try:
        if path.stat().st_size > set_up.LARGEST_PFX:
            raise WrongWords(f"{path} é grande demais para um certificado A1 (.pfx ou .p12).")
        pfx = path.read_bytes()
    except OSError as error:
        raise WrongWords(f"{path} não pôde ser lido: {error.strerror}.") from None
    password = read_secret("AHEAD_CERTIFICATE_PASSWORD", "a senha do certificado")
    now = timezone.now()
    kept = set_up.upload_certificate(company, pfx, password, by=whoever_types(), now=now)
    left = set_up.days_left(kept, now=now)
    if args.json:
        print_json({"company": company.slug, "certificate": _certificate(kept, left)})
    else:
        say(f"Certificado de «{kept.name}» guardado, válido até {shown(kept.not_after)} (mais {left} dias).")
    return Exit.DONE


def _certificate(kept: DigitalCertificate, days_left: int) -> dict[str, object]:
    return {
        "name": kept.name,
        "cnpj": kept.cnpj,
        "issued_by": kept.issued_by,
        "not_before": kept.not_before,
        "not_after": kept.not_after,
        "days_left": days_left,
    }


def check(args: Namespace) -> int:
    """Say what is missing before the first nota; 0 if nothing is, 1 if something is."""
    company = company_of(args)
    steps = checklist(company, now=timezone.now())
    is_ready = is_complete(steps)
    if args.json:
        found = [
            {
                "title": step.title,
                "is_done": step.is_done,
                "lines": [
                    {"text": line.text, "place": line.place.value, "is_blocking": line.is_blocking}
                    for line in step.lines
                ],
            }
            for step in steps
        ]
        print_json({"company": company.slug, "is_complete": is_ready, "steps": found})
        return Exit.DONE if is_ready else Exit.LOOK
    for step in steps:
        print(f"{'✓' if step.is_done else '✗'} {step.title}")
        for line in step.lines:
            print(f"    {'→' if line.is_blocking else 'i'} {line.text}")
    print()
    print("As notas podem ser geradas." if is_ready else "Falta resolver o que está marcado com ✗.")
    return Exit.DONE if is_ready else Exit.LOOK
