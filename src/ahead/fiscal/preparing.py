"""From an order to a signed nota: its number is taken in the transaction that stores the bytes that will be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ahead.accounts.models import Company
from ahead.fiscal import rules
from ahead.fiscal.building import Draft, Numbered, build_sale
from ahead.fiscal.certificates import signing_certificate
from ahead.fiscal.journal import note
from ahead.fiscal.models import Environment, Intermediary, Issuer, Nota, NotaXml
from ahead.fiscal.numbering import keep_number, take_number
from ahead.fiscal.refusing import CannotBuild
from ahead.lib.errors import NeedsAttention
from ahead.nfe.authorizers import svc_of
from ahead.nfe.certificate import Certificate
from ahead.nfe.chave import chave_de_acesso, draw_code
from ahead.nfe.errors import CannotWrite
from ahead.nfe.schemas import problems
from ahead.nfe.signing import Signed, sign
from ahead.nfe.totals import totals
from ahead.nfe.values import Emission, NotaFiscal
from ahead.nfe.writing import write
from ahead.orders.invoicing import begin_invoicing, lock_order
from ahead.orders.models import Order
from ahead.pending.models import Kind
from ahead.taxes import values as taxes
from ahead.taxes.table import TaxTable


@dataclass(frozen=True, slots=True)
class Workshop:
    """What many notas of a company are made with: looked up once."""

    draft: Draft
    certificate: Certificate

    @property
    def company(self) -> Company:
        """Whose notas they are."""
        return self.draft.company

    @property
    def issuer(self) -> Issuer:
        """Who issues."""
        return self.draft.issuer


def open_workshop(company: Company, *, now: datetime) -> Workshop:
    """
    Look up what the notas of a company are made with.

    :raises NeedsAttention: if the company has no fiscal set-up, or no certificate that is valid now.
    """
    issuer = Issuer.objects.of(company).first()
    if issuer is None:
        raise NeedsAttention(
            "A empresa ainda não tem configuração fiscal.",
            remedy="Preencha Fiscal, Configuração fiscal.",
            kind=Kind.FISCAL_SETTINGS,
        )
    on = rules.local_time(now, issuer.uf).date()
    table = TaxTable.of(company, issuer=taxes.Issuer(crt=issuer.crt, uf=issuer.uf), on=on)
    intermediaries = list(Intermediary.objects.of(company))
    return Workshop(
        Draft(company, issuer, table, intermediaries),
        signing_certificate(company.pk, now=now),
    )


@transaction.atomic
def prepare_sale(workshop: Workshop, order_id: int, *, by: str, now: datetime) -> Nota:
    """
    Make the nota of an order ready to be sent. One that was rejected is made anew under its own number.

    :raises orders.invoicing.CannotInvoice: if the order is held, cancelled, or has a nota.
    :raises Refused: if something is missing for it (`CannotBuild`, those of `taxes.rules`); no number is taken.
    :raises fiscal.numbering.SeriesStopped: if no number is given out.
    :raises Order.DoesNotExist: if it is not the company's.
    """
    company, issuer = workshop.company, workshop.issuer
    order = lock_order(company.pk, order_id)
    begin_invoicing(order, now=now)
    order = with_details(Order.objects.of(company)).get(pk=order.pk)
    rejected = _rejected(company.pk, order.pk, issuer.environment)
    issued_at = rules.local_time(now, issuer.uf)
    serie = rejected.serie if rejected else issuer.serie
    if rejected:
        number = keep_number(company.pk, rejected.number, environment=issuer.environment, serie=serie)
    else:
        number = take_number(company.pk, environment=issuer.environment, serie=serie)
    numbered = Numbered(
        serie=serie,
        number=number,
        code=rejected.code if rejected else draw_code(number),
        issued_at=issued_at,
        emission=emission_of(issuer),
    )
    document = build_sale(workshop.draft, order, numbered)
    signed = sign_checked(document, workshop.certificate, what=f"pedido {order.number}")
    nota = rejected or Nota(
        company_id=company.pk,
        environment=issuer.environment,
        serie=serie,
        number=number,
        code=numbered.code,
        order=order,
        store_id=order.store_id,
        created_at=now,
        created_by=by,
        version=0,
    )
    fill(nota, document, order)
    make_due(nota, now=now)
    nota.save()
    store_xml(nota, signed, now=now)
    again = " de novo, com o mesmo número" if rejected else ""
    note(nota, f"Nota {nota} assinada{again}.", by=by, now=now)
    return nota


def with_details(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Return orders with what their notas are built from."""
    return orders.select_related("customer", "marketplace", "store").prefetch_related(
        "items__product", "items__kit", "items__components__product", "payments"
    )


def emission_of(issuer: Issuer) -> Emission:
    """Return the way notas are issued now: SVC of the UF while the company is in contingency."""
    if issuer.contingency_since is None:
        return Emission.NORMAL
    return svc_of(issuer.uf)


def sign_checked(document: NotaFiscal, certificate: Certificate, *, what: str) -> Signed:
    """
    Return the signed bytes of a nota that is valid against the official schema.

    :raises CannotBuild: if a value cannot be written, or the schema refuses it.
    """
    try:
        signed = sign(write(document), certificate=certificate)
    except CannotWrite as refusal:
        raise CannotBuild(f"A nota do {what} não pode ser escrita: {refusal}", remedy=_WHERE) from refusal
    if found := problems(signed.xml, on=document.issued_at.date()):
        first = found[0]
        raise CannotBuild(f"A nota do {what} não passa no esquema oficial: {first}", remedy=_WHERE)
    return signed


_WHERE = "Corrija o dado apontado no cliente, no produto ou na configuração fiscal, e gere a nota de novo."


def make_due(nota: Nota, *, now: datetime) -> None:
    """Make a nota that was signed anew due to be sent, as its next version; the caller saves it."""
    nota.state, nota.version, nota.due_at, nota.updated_at = Nota.State.SIGNED, nota.version + 1, now, now
    nota.cstat, nota.reason, nota.tries, nota.absent_since = "", "", 0, None
    nota.claimed_until, nota.claimed_by = None, ""


def store_xml(nota: Nota, signed: Signed, *, now: datetime) -> NotaXml:
    """Keep the bytes of this version of a nota, for ever."""
    return NotaXml.objects.create(
        company_id=nota.company_id,
        nota=nota,
        version=nota.version,
        chave_de_acesso=nota.chave_de_acesso,
        signed=signed.xml,
        digest=signed.digest,
        signed_at=now,
    )


def _rejected(company_id: int, order_id: int, environment: str) -> Nota | None:
    return (
        Nota.objects.of(company_id)
        .select_for_update(of=("self",))
        .filter(order_id=order_id, environment=environment, state=Nota.State.REJECTED, kind=Nota.Kind.SALE)
        .first()
    )


def fill(nota: Nota, document: NotaFiscal, order: Order) -> None:
    """Show on a nota's row what its document says."""
    added = totals(document)
    nota.chave_de_acesso = chave_de_acesso(document)
    nota.emission = document.emission
    nota.issued_at = document.issued_at
    nota.recipient = document.recipient.name
    nota.recipient_document = document.recipient.document
    nota.recipient_uf = document.recipient.address.uf
    nota.channel = order.point_sale
    nota.items_total = added.products
    nota.total = added.nota


def is_real(nota: Nota) -> bool:
    """Whether a nota counts: one of homologação moves no goods and goes to nobody."""
    return nota.environment == Environment.PRODUCTION
