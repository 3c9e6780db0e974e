"""The fiscal set-up of a company: who issues, its certificate, its marketplaces, its séries."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from stdnum.br import cnpj as stdnum_cnpj

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.fiscal import rules
from ahead.fiscal.models import (
    Crt,
    DigitalCertificate,
    Environment,
    Intermediary,
    Inutilizacao,
    Issuer,
    Nota,
    NotaEvent,
    NumberSeries,
)
from ahead.lib.errors import Refused
from ahead.lib.municipalities import municipality_code, similar_municipalities
from ahead.nfe.certificate import CannotOpen, open_certificate, problems
from ahead.nfe.trust import authorities, icp_brasil
from ahead.nfe.ufs import CODES
from ahead.pending.keys import CERTIFICATE, CERTIFICATE_EXPIRY, serie_key
from ahead.pending.models import Kind
from ahead.pending.operations import close_matters
from ahead.stores.models import Store
from ahead.taxes.models import Natureza

_LARGEST_SERIE = 889  # those from 890 on are for notas of other kinds of issuers
_LONGEST_NAME = 60  # xNome
LARGEST_PFX = 100_000  # bytes; an A1 certificate with its chain has some ten thousand
_LONGEST_LEAP = 1_000  # numbers a série that has notas may skip: more is a slip of the finger


class WrongSetUp(Refused):
    """A field of the fiscal set-up is not valid; the message says why, `field` which one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerFields:
    """What a person fills in; None leaves a field as it is. A natureza of 0 is none."""

    environment: str | None = None
    crt: str | None = None
    inscricao_estadual: str | None = None
    inscricao_municipal: str | None = None
    cnae: str | None = None
    street: str | None = None
    street_number: str | None = None
    complement: str | None = None
    district: str | None = None
    municipality: str | None = None
    uf: str | None = None
    postal_code: str | None = None
    phone: str | None = None
    serie: int | None = None
    natureza_id: int | None = None
    return_natureza_id: int | None = None
    information: str | None = None
    mails_buyer: bool | None = None
    technician_cnpj: str | None = None
    technician_contact: str | None = None
    technician_email: str | None = None
    technician_phone: str | None = None
    csrt_id: str | None = None
    csrt: str | None = None


_DIGITS = ("inscricao_municipal", "cnae", "postal_code", "phone", "technician_phone", "csrt_id")
_NATUREZAS = ("natureza_id", "return_natureza_id")
_KEPT_BY_THE_PROGRAM = (
    "contingency_since",
    "contingency_reason",
    "resting_until",
    "svc_resting_until",
    "resting_because",
    "municipality_code",
    "updated_at",
)
_TECHNICIAN = ("technician_contact", "technician_email", "technician_phone")


@transaction.atomic
def save_issuer(
    company: Company, given: IssuerFields, *, legal_name: str | None = None, by: str, now: datetime
) -> Issuer:
    """
    Create or change the fiscal set-up of a company.

    :raises WrongSetUp: if a field is not valid.
    """
    locked = Company.objects.select_for_update().get(pk=company.pk)
    issuer = Issuer.objects.of(company).first() or Issuer(company=company)
    before = issuer.environment
    for one in fields(given):
        value = getattr(given, one.name)
        if value is not None:
            setattr(issuer, one.name, _clean(one.name, value))
    if legal_name is not None and len(legal_name.strip()) > _LONGEST_NAME:
        raise WrongSetUp(f"A nota aceita até {_LONGEST_NAME} letras na razão social.", field="legal_name")
    _check(issuer)
    issuer.updated_at = now
    issuer.save()
    if legal_name is not None and legal_name.strip() != locked.legal_name:
        locked.legal_name = legal_name.strip()
        locked.save(update_fields=["legal_name"])
        company.legal_name = locked.legal_name
    text = "Configuração fiscal salva."
    if issuer.environment != before:
        text += f" Ambiente: {issuer.get_environment_display()}."
    _record(company, "fiscal.issuer.saved", text, by=by, now=now)
    return issuer


def _clean(name: str, value: object) -> object:
    if name in _NATUREZAS:
        return value or None
    if not isinstance(value, str):
        return value
    if name in _DIGITS:
        return re.sub(r"\D", "", value)
    if name in {"inscricao_estadual", "technician_cnpj"}:
        return re.sub(r"[^0-9A-Za-z]", "", value).upper()
    return value.strip().upper() if name == "uf" else value.strip()


def _check(issuer: Issuer) -> None:
    checks: tuple[tuple[bool, str, str], ...] = (
        (issuer.environment not in Environment.values, "Escolha o ambiente.", "environment"),
        (issuer.crt not in Crt.values, "Escolha o regime tributário.", "crt"),
        (bool(issuer.uf) and issuer.uf not in CODES, f"A UF {issuer.uf} não existe.", "uf"),
        (len(issuer.postal_code) not in {0, 8}, "O CEP tem oito dígitos.", "postal_code"),
        (len(issuer.cnae) not in {0, 7}, "O CNAE tem sete dígitos.", "cnae"),
        (not 0 <= issuer.serie <= _LARGEST_SERIE, f"A série vai de 0 a {_LARGEST_SERIE}.", "serie"),
        (
            bool(issuer.technician_cnpj) and not stdnum_cnpj.is_valid(issuer.technician_cnpj),
            "O CNPJ do responsável técnico não é válido.",
            "technician_cnpj",
        ),
        *_technician(issuer),
        *(
            (True, f"{{{name}}} não existe. Use: {', '.join(rules.TEMPLATE_NAMES)}, entre chaves.", "information")
            for name in rules.unknown_names(issuer.information)
        ),
    )
    for is_wrong, message, field in checks:
        if is_wrong:
            raise WrongSetUp(message, field=field)
    _check_columns(issuer)
    _find_municipality(issuer)
    for name in _NATUREZAS:
        chosen = getattr(issuer, name)
        if chosen and not Natureza.objects.of(issuer.company_id).filter(pk=chosen).exists():
            raise WrongSetUp("Esta natureza de operação não existe.", field=name)


def _check_columns(issuer: Issuer) -> None:
    """Make sure that each text fits: PostgreSQL would refuse it, SQLite keep what no nota may say."""
    try:
        issuer.clean_fields(exclude={"company", "natureza", "return_natureza", *_KEPT_BY_THE_PROGRAM})
    except ValidationError as error:
        field, said = next(iter(error.message_dict.items()))
        raise WrongSetUp(said[0], field=field) from error


def _technician(issuer: Issuer) -> Iterator[tuple[bool, str, str]]:
    """The group is written whole or not at all, and so are the CSRT and its identifier."""
    for name in _TECHNICIAN:
        is_missing = bool(issuer.technician_cnpj) and not getattr(issuer, name)
        yield is_missing, "Com o CNPJ do responsável técnico, a nota pede também este campo.", name
    yield bool(issuer.csrt) and not issuer.csrt_id, "Informe o identificador do CSRT.", "csrt_id"
    yield bool(issuer.csrt_id) and not issuer.csrt, "Informe o CSRT deste identificador.", "csrt"


def _find_municipality(issuer: Issuer) -> None:
    if not issuer.municipality or not issuer.uf:
        return
    issuer.municipality_code = municipality_code(issuer.municipality, issuer.uf)
    if not issuer.municipality_code:
        similar = ", ".join(similar_municipalities(issuer.municipality, issuer.uf))
        hint = f" Nomes parecidos: {similar}." if similar else ""
        raise WrongSetUp(f"O IBGE não conhece este município em {issuer.uf}.{hint}", field="municipality")


# ── certificate ────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def upload_certificate(company: Company, pfx: bytes, password: str, *, by: str, now: datetime) -> DigitalCertificate:
    """
    Keep an A1 certificate, sealed, and sign with it from now on.

    :raises WrongSetUp: if it cannot be opened, has expired, is another company's, or is of no known authority.
    """
    if len(pfx) > LARGEST_PFX:
        raise WrongSetUp("O arquivo é grande demais para um certificado A1 (.pfx ou .p12).", field="certificate")
    try:
        opened = open_certificate(pfx, password)
    except CannotOpen as error:
        raise WrongSetUp(str(error), field="certificate") from error
    if found := problems(opened, cnpj=company.cnpj, now=now, roots=_roots()):
        raise WrongSetUp(" ".join(found), field="certificate")
    Company.objects.select_for_update().get(pk=company.pk)
    DigitalCertificate.objects.of(company).filter(is_current=True).update(is_current=False)
    row = DigitalCertificate.objects.create(
        company=company,
        pfx=base64.b64encode(pfx).decode(),
        password=password,
        cnpj=opened.cnpj,
        name=opened.name[:200],
        issued_by=opened.issuer_name[:200],
        fingerprint=opened.fingerprint,
        not_before=opened.not_before,
        not_after=opened.not_after,
        uploaded_at=now,
        uploaded_by=by,
    )
    Issuer.objects.of(company).update(resting_until=None, svc_resting_until=None, resting_because="")
    for waiting in (Nota, NotaEvent, Inutilizacao):  # what waits is signed anew where it surely is not at SEFAZ
        waiting.objects.of(company).filter(due_at__gt=now).update(due_at=now)
    close_matters(company.pk, kind=Kind.CERTIFICATE, keys=[CERTIFICATE, CERTIFICATE_EXPIRY], by=by, now=now)
    until = f"{opened.not_after:%d/%m/%Y}"
    _record(
        company, "fiscal.certificate.uploaded", f"Certificado «{row.name}» enviado, válido até {until}.", by=by, now=now
    )
    return row


def _roots() -> tuple[x509.Certificate, ...]:
    extra = authorities(Path(settings.SEFAZ_AUTHORITIES)) if settings.SEFAZ_AUTHORITIES else ()
    return (*icp_brasil(), *extra)


def days_left(certificate: DigitalCertificate, *, now: datetime) -> int:
    """Return for how many days a certificate is still valid."""
    return (certificate.not_after - now).days


# ── marketplaces and séries ──────────────────────────────────────────────────────────────────────


@transaction.atomic
def save_intermediary(
    company: Company,
    *,
    intermediary_id: int | None,
    channel: str,
    store_id: int | None,
    cnpj: str,
    seller_id: str,
    payment_cnpj: str,
    by: str,
    now: datetime,
) -> Intermediary:
    """
    Say what notas of a channel name as intermediary.

    :raises WrongSetUp: if a field is not valid, or the channel is there already.
    :raises Intermediary.DoesNotExist, Store.DoesNotExist: if one is not the company's.
    """
    rows = Intermediary.objects.of(company)
    row = rows.get(pk=intermediary_id) if intermediary_id else Intermediary(company=company)
    row.channel, row.seller_id = channel.strip(), seller_id.strip()
    row.store = Store.objects.of(company).get(pk=store_id) if store_id else None
    row.cnpj, row.payment_cnpj = (re.sub(r"[^0-9A-Za-z]", "", one).upper() for one in (cnpj, payment_cnpj))
    if not row.channel:
        raise WrongSetUp("Informe o canal como os pedidos o chamam.", field="channel")
    for name in ("cnpj", "payment_cnpj"):
        if (value := getattr(row, name)) and not stdnum_cnpj.is_valid(value):
            raise WrongSetUp("Este CNPJ não é válido.", field=name)
    if rows.filter(channel=row.channel, store=row.store).exclude(pk=row.pk).exists():
        raise WrongSetUp("Este canal já está cadastrado.", field="channel")
    row.save()
    _record(company, "fiscal.intermediary.saved", f"Intermediador «{row.channel}» salvo.", by=by, now=now)
    return row


@transaction.atomic
def set_next_number(
    company: Company, *, environment: str, serie: int, next_number: int, by: str, now: datetime
) -> NumberSeries:
    """
    Say with which number a série goes on here: what came before was issued elsewhere. Lifts a stop.

    :raises WrongSetUp: if a nota of ours has that number or a later one already, it was voided, or it is far away.
    """
    if environment not in Environment.values:
        raise WrongSetUp("Escolha o ambiente.", field="environment")
    if not 0 <= serie <= _LARGEST_SERIE:
        raise WrongSetUp(f"A série vai de 0 a {_LARGEST_SERIE}.", field="serie")
    if not 1 <= next_number <= rules.LARGEST_NUMBER:
        raise WrongSetUp("O número vai de 1 a 999.999.999.", field="next_number")
    rows = NumberSeries.objects.of(company).select_for_update()
    series, _ = rows.get_or_create(environment=environment, serie=serie, defaults={"company_id": company.pk})
    used = Nota.objects.of(company).filter(environment=environment, serie=serie)
    if used.filter(number__gte=next_number).exists():
        raise WrongSetUp("Já existe nota com este número ou maior nesta série.", field="next_number")
    voided = Inutilizacao.objects.of(company).filter(environment=environment, serie=serie)
    if voided.exclude(state=Inutilizacao.State.REJECTED).filter(last_number__gte=next_number).exists():
        raise WrongSetUp("Este número, ou um maior, já foi inutilizado nesta série.", field="next_number")
    if used.exists() and next_number - series.next_number > _LONGEST_LEAP:
        far = f"Este número pula mais de {_LONGEST_LEAP} depois do próximo ({series.next_number}). Confira-o."
        raise WrongSetUp(far, field="next_number")
    if not used.exists():
        series.first_number = next_number
    series.next_number, series.stopped_because = next_number, ""
    series.save()
    close_matters(company.pk, kind=Kind.NUMBER_CONFLICT, keys=[serie_key(environment, serie)], by=by, now=now)
    text = f"Série {serie}: o próximo número é {next_number}."
    _record(company, "fiscal.series.set", text, by=by, now=now)
    return series


def _record(company: Company, name: str, text: str, *, by: str, now: datetime) -> None:
    record(name, company_id=company.pk, subject=("company", company.pk), text=text, by=by, at=now)
