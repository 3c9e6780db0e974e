"""Notas at random, of any kind that the program writes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from nota_making import CHAVE_RETURNED, CNPJ, CNPJ_WITH_LETTERS

from ahead.nfe.ufs import CODES
from ahead.nfe.values import (
    Address,
    Carrier,
    Contingency,
    Contribution,
    DeliveryPlace,
    Emission,
    Emitter,
    Environment,
    IbsCbs,
    Icms,
    IcmsDestination,
    Intermediary,
    Ipi,
    Item,
    NotaFiscal,
    Payment,
    Purpose,
    Recipient,
    ResponsibleTechnician,
    Taxes,
    Volumes,
)

LATIN = st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"])
LETTERS = LATIN | st.sampled_from("–“”ő&<>")
CSTS = ("00", "20", "40", "41", "50", "51", "60", "90")
CSOSNS = ("101", "102", "103", "300", "400", "500", "900")


def texts(shortest: int = 2, longest: int = 90) -> st.SearchStrategy[str]:
    """Return texts with something to see in them, spaces around it and whatever people paste."""
    seen = st.text("abcÁçõ0", min_size=shortest, max_size=shortest)
    return st.builds("{}{}{}".format, st.sampled_from(["", " "]), st.text(LETTERS, max_size=longest - shortest), seen)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def cents(most: int = 10_000_000) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most).map(lambda number: Decimal(number).scaleb(-2))


def rates(most: int = 100) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most * 10_000).map(lambda number: Decimal(number).scaleb(-4))


UFS = st.sampled_from(sorted(CODES))
ADDRESSES = st.builds(
    Address,
    street=texts(),
    number=st.just("") | texts(1, 10),
    complement=st.just("") | texts(),
    district=texts(),
    municipality_code=digits(7),
    municipality=texts(),
    uf=UFS,
    postal_code=digits(8),
    phone=st.just("") | digits(11),
)
EMITTERS = st.builds(
    Emitter,
    cnpj=st.sampled_from([CNPJ, CNPJ_WITH_LETTERS]),
    legal_name=texts(),
    trade_name=st.just("") | texts(),
    inscricao_estadual=st.just("") | digits(12),
    inscricao_municipal=st.just("") | texts(1, 15),
    cnae=st.just("") | digits(7),
    crt=st.sampled_from("1234"),
    address=ADDRESSES,
)
DOCUMENTS = digits(11) | digits(14)
RECIPIENTS = st.builds(
    Recipient,
    document=DOCUMENTS,
    name=texts(),
    indicador_ie=st.sampled_from("29"),
    inscricao_estadual=st.just("") | digits(9),
    email=st.just("") | texts(6, 80),
    address=ADDRESSES,
) | st.builds(
    Recipient,
    document=digits(14),
    name=texts(),
    indicador_ie=st.just("1"),
    inscricao_estadual=digits(9),
    address=ADDRESSES,
)
VALUES: dict[str, Any] = {
    "origem": st.sampled_from("012345678"),
    "modalidade_base": st.sampled_from("0123"),
    "desonerado_motivo": st.just("9"),
    **dict.fromkeys(("reducao", "aliquota", "fcp_aliquota", "credito_aliquota", "diferimento"), rates()),
    **dict.fromkeys(("st_retido_aliquota", "fcp_st_retido_aliquota", "efetivo_reducao", "efetivo_aliquota"), rates()),
    **dict.fromkeys(("base", "valor", "fcp_base", "fcp_valor", "credito_valor", "operacao_valor"), cents()),
    **dict.fromkeys(("diferido_valor", "st_retido_base", "st_substituto_valor", "st_retido_valor"), cents()),
    **dict.fromkeys(("fcp_st_retido_base", "fcp_st_retido_valor", "efetivo_base", "efetivo_valor"), cents()),
    "desonerado_valor": cents(),
}
ICMS = st.builds(Icms, cst=st.sampled_from(CSTS), **VALUES) | st.builds(Icms, csosn=st.sampled_from(CSOSNS), **VALUES)
CONTRIBUTIONS = st.builds(
    Contribution,
    cst=st.sampled_from(["01", "02", "04", "06", "08", "49", "99"]),
    base=cents(),
    aliquota=rates(),
    valor=cents(),
)
TAXES = st.builds(
    Taxes,
    icms=ICMS,
    destination=st.none()
    | st.builds(
        IcmsDestination,
        base=cents(),
        fcp_base=cents(),
        fcp_aliquota=rates(2),
        fcp_valor=cents(),
        aliquota_interna=rates(),
        aliquota_interestadual=st.sampled_from([Decimal(4), Decimal(7), Decimal("12.00")]),
        valor_destino=cents(),
    ),
    ipi=st.none()
    | st.builds(
        Ipi, cst=st.sampled_from(["00", "49", "50", "99", "01", "53"]), base=cents(), aliquota=rates(), valor=cents()
    ),
    pis=CONTRIBUTIONS,
    cofins=CONTRIBUTIONS,
    ibs_cbs=st.none()
    | st.builds(
        IbsCbs,
        cst=digits(3),
        classificacao=digits(6),
        is_taxed=st.booleans(),
        base=cents(),
        **dict.fromkeys(("ibs_uf_aliquota", "ibs_uf_reducao", "ibs_uf_efetiva", "ibs_mun_aliquota"), rates()),
        **dict.fromkeys(("ibs_mun_reducao", "ibs_mun_efetiva", "cbs_aliquota", "cbs_reducao", "cbs_efetiva"), rates()),
        **dict.fromkeys(("ibs_uf_valor", "ibs_mun_valor", "ibs_valor", "cbs_valor"), cents()),
    ),
    total=st.none() | cents(),
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Draw a line; its discount is never more than its amount."""
    amount = draw(cents())
    return Item(
        code=draw(texts(1, 60)).strip()[:60].strip() or "X",
        gtin=draw(st.sampled_from(["", "7891000315507", "12345670"])),
        description=draw(texts(1, 200)),
        ncm=draw(digits(8)),
        cest=draw(st.just("") | digits(7)),
        beneficio=draw(st.sampled_from(["", "SP012345", "SEM CBENEF"])),
        cfop=draw(st.sampled_from(["5102", "6108", "5405", "2202"])),
        unit=draw(st.sampled_from(["UN", "CX", "kg"])),
        quantity=draw(st.integers(1, 10**8)) * Decimal("0.0001"),
        unit_price=draw(st.integers(0, 10**14)) * Decimal("1e-10"),
        amount=amount,
        freight=draw(cents()),
        insurance=draw(cents()),
        discount=draw(st.integers(0, int(amount * 100)).map(lambda number: Decimal(number).scaleb(-2))),
        other=draw(cents()),
        order_number=draw(st.just("") | st.text("0123456789-", min_size=1, max_size=15)),
        order_item=draw(st.none() | st.integers(0, 999_999)),
        note=draw(st.just("") | texts(1, 120)),
        reference=CHAVE_RETURNED,
        reference_item=draw(st.none() | st.integers(1, 990)),
        returned_percent=draw(st.none() | st.integers(0, 10_000).map(lambda number: Decimal(number).scaleb(-2))),
        returned_ipi=draw(cents()),
        taxes=draw(TAXES),
    )


PAYMENTS = st.builds(
    Payment,
    kind=st.sampled_from(["01", "03", "15", "17", "90", "99"]),
    amount=cents(),
    is_deferred=st.booleans(),
    description=texts(),
    institution=st.just("") | digits(14),
    integration=st.sampled_from("12"),
    brand=st.just("") | digits(2),
    authorisation=st.just("") | st.text("ABC123", min_size=1, max_size=60),
)


@st.composite
def notas(draw: st.DrawFn) -> NotaFiscal:
    """Draw a nota."""
    moment = draw(st.datetimes(datetime(2026, 1, 1), datetime(2099, 12, 31)))
    issued_at = moment.replace(tzinfo=timezone(timedelta(hours=draw(st.integers(-5, 0)))))
    emission = draw(st.sampled_from(Emission))
    is_platform = draw(st.sampled_from([None, False, True]))
    is_emergency = emission != Emission.NORMAL
    return NotaFiscal(
        environment=draw(st.sampled_from(Environment)),
        serie=draw(st.integers(0, 999)),
        number=draw(st.integers(1, 999_999_999)),
        code=draw(digits(8)),
        issued_at=issued_at,
        leaves_at=draw(st.none() | st.just(issued_at)),
        emission=emission,
        contingency=Contingency(since=issued_at, reason=draw(texts(15))) if is_emergency else None,
        purpose=draw(st.sampled_from(Purpose)),
        is_entry=draw(st.booleans()),
        natureza=draw(texts()),
        destination=draw(st.sampled_from("12")),
        presence=draw(st.sampled_from("0249")),
        through_intermediary=is_platform,
        is_final_consumer=draw(st.booleans()),
        references=tuple(draw(st.lists(st.just(CHAVE_RETURNED), max_size=3))),
        emitter=draw(EMITTERS),
        recipient=draw(RECIPIENTS),
        delivery=draw(st.none() | st.builds(DeliveryPlace, document=DOCUMENTS, name=texts(), address=ADDRESSES)),
        items=tuple(draw(st.lists(items(), min_size=1, max_size=4))),
        freight_mode=draw(st.sampled_from("0129")),
        carrier=draw(
            st.none() | st.builds(Carrier, document=st.just("") | DOCUMENTS, name=texts(), address=texts(), uf=UFS)
        ),
        volumes=draw(
            st.none()
            | st.builds(
                Volumes,
                quantity=st.integers(1, 999),
                net_weight_kg=st.integers(0, 10**6).map(lambda grams: Decimal(grams).scaleb(-3)),
                gross_weight_kg=st.integers(0, 10**6).map(lambda grams: Decimal(grams).scaleb(-3)),
            )
        ),
        payments=tuple(draw(st.lists(PAYMENTS, min_size=1, max_size=3))),
        change=draw(cents()),
        intermediary=Intermediary(cnpj=draw(digits(14)), seller_id=draw(st.text("ab1", min_size=2, max_size=60)))
        if is_platform
        else None,
        information=draw(st.just("") | texts(1, 300)),
        tax_authority_information=draw(st.just("") | texts(1, 300)),
        order_number=draw(st.just("") | st.text("0123456789-", min_size=1, max_size=60)),
        authorised_to_download=tuple(draw(st.lists(DOCUMENTS, max_size=10))),
        technician=draw(
            st.none()
            | st.builds(
                ResponsibleTechnician,
                cnpj=digits(14),
                contact=texts(),
                email=st.just("suporte@ahead.example"),
                phone=digits(10),
                csrt_id=digits(2),
                csrt=st.just("") | st.text("AB12", min_size=16, max_size=36),
            )
        ),
    )
