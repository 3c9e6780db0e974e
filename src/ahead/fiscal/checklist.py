"""What is missing before the first nota: who issues, the certificate, the numbers, the taxes, the marketplaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ahead.accounts.models import Company
from ahead.fiscal import queries, rules
from ahead.fiscal.channels import Channel, channels
from ahead.fiscal.models import DigitalCertificate, Environment, Issuer, NumberSeries
from ahead.taxes import queries as taxes
from ahead.taxes.values import Issuer as TaxIssuer


class Place(StrEnum):
    """Where a person mends what is missing on the fiscal side; the screens know its address."""

    ISSUER = "issuer"
    CERTIFICATE = "certificate"
    NUMBERING = "numbering"
    INTERMEDIARIES = "intermediaries"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to look at: what it is, and where it is mended. Without it no nota goes out, unless it is advice."""

    text: str
    place: Place | taxes.Place
    is_blocking: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the set-up, with what is left to do in it."""

    title: str
    place: Place | taxes.Place
    lines: Sequence[Line] = field(default_factory=tuple)

    @property
    def is_done(self) -> bool:
        """Whether nothing of it keeps the first nota from going out."""
        return not any(line.is_blocking for line in self.lines)


@dataclass(frozen=True, slots=True)
class Facts:
    """By what the fiscal side of the list is judged."""

    legal_name: str
    issuer: Issuer | None
    certificate: DigitalCertificate | None
    series: NumberSeries | None
    channels: Sequence[Channel]


_ASKED = (
    ("inscricao_estadual", "inscrição estadual"),
    ("street", "endereço"),
    ("district", "bairro"),
    ("municipality_code", "município"),
    ("uf", "UF"),
    ("postal_code", "CEP"),
)
_TAX_STEPS = (
    ("Naturezas de operação", taxes.Place.NATUREZAS, (taxes.Place.NATUREZAS,)),
    (
        "Regras tributárias",
        taxes.Place.RULES,
        (taxes.Place.RULES, taxes.Place.RULES_ENDING, taxes.Place.GROUPS),
    ),
    ("Alíquotas", taxes.Place.RATES, (taxes.Place.RATES,)),
    ("Produtos", taxes.Place.PRODUCTS, (taxes.Place.PRODUCTS, taxes.Place.PRODUCTS_WITHOUT_NCM)),
)


def checklist(company: Company, *, now: datetime) -> Sequence[Step]:
    """Return every step before the first nota, done or not, in the order a person takes them."""
    issuer = queries.issuer(company)
    facts = Facts(
        legal_name=company.legal_name,
        issuer=issuer,
        certificate=queries.current_certificate(company),
        series=queries.series(company, issuer.environment, issuer.serie) if issuer else None,
        channels=channels(company, now=now),
    )
    asked = TaxIssuer(crt=issuer.crt if issuer else "", uf=issuer.uf if issuer else "")
    on = rules.local_time(now, asked.uf).date()
    return [*fiscal_steps(facts, now=now), *tax_steps(taxes.missing(company, asked, on))]


def is_complete(steps: Iterable[Step]) -> bool:
    """Whether the first nota may be issued."""
    return all(step.is_done for step in steps)


def fiscal_steps(facts: Facts, *, now: datetime) -> list[Step]:
    """Judge what fiscal itself keeps; values in, values out."""
    return [
        Step("Quem emite", Place.ISSUER, list(_who(facts))),
        Step("Certificado digital", Place.CERTIFICATE, list(_certificate(facts.certificate, now))),
        Step("Emissão e numeração", Place.NUMBERING, list(_numbers(facts.issuer, facts.series))),
        Step("Intermediadores", Place.INTERMEDIARIES, list(_channels(facts.channels))),
    ]


def tax_steps(found: Sequence[taxes.Missing]) -> list[Step]:
    """Arrange what the taxes lack by where it is mended; what is of the company is told by «Quem emite» already."""
    return [
        Step(
            title,
            place,
            [
                Line(f"{one.text} ({one.count})" if one.count > 1 else one.text, one.place, one.is_blocking)
                for one in found
                if one.place in places
            ],
        )
        for title, place, places in _TAX_STEPS
    ]


def _who(facts: Facts) -> Iterator[Line]:
    lacking = [] if facts.legal_name else ["razão social"]
    lacking += [label for name, label in _ASKED if not getattr(facts.issuer, name, "")]
    if lacking:
        yield Line(f"Falta: {', '.join(lacking)}.", Place.ISSUER)


def _certificate(certificate: DigitalCertificate | None, now: datetime) -> Iterator[Line]:
    if certificate is None:
        yield Line("A empresa ainda não tem certificado A1.", Place.CERTIFICATE)
    elif certificate.not_after - now < timedelta(days=rules.WARNED_FROM_DAYS):
        text = rules.expiry_text(certificate.name, certificate.not_after, now=now)
        yield Line(text, Place.CERTIFICATE, is_blocking=now >= certificate.not_after)


def _numbers(issuer: Issuer | None, series: NumberSeries | None) -> Iterator[Line]:
    if issuer is None:
        yield Line("Escolha o ambiente e a série.", Place.ISSUER)
        return
    if issuer.natureza_id is None:
        yield Line("Escolha a natureza de operação das vendas.", Place.ISSUER)
    if series is not None and series.stopped_because:
        yield Line(f"A série {series.serie} está parada: {series.stopped_because}", Place.NUMBERING)
    if series is None:
        text = f"A série {issuer.serie} vai começar no número 1. Se ela já foi usada em outro sistema, diga o próximo."
        yield Line(text, Place.NUMBERING, is_blocking=False)
    if issuer.environment == Environment.HOMOLOGATION:
        text = "As notas saem em Homologação, sem valor fiscal: bom para conferir. Depois, mude para Produção."
        yield Line(text, Place.ISSUER, is_blocking=False)


def _channels(found: Sequence[Channel]) -> Iterator[Line]:
    for channel in found:
        if channel.missing:
            text = f"{channel.name}: falta {' e '.join(channel.missing)}. Só segura as notas deste canal."
            yield Line(text, Place.INTERMEDIARIES, is_blocking=False)
