"""
Writing a nota: `NotaFiscal` in, the document that is signed out (ADR 0013).

Everything stands in the order of the schema, as canonical XML, without declaration and without anything between tags
(SEFAZ refuses that: cStat 588). Totals are summed up here (`totals`); taxes come ready made.
"""

from __future__ import annotations

from ahead.nfe.chave import MODEL, chave_de_acesso
from ahead.nfe.errors import CannotWrite
from ahead.nfe.markup import NAMESPACE, document, group, maybe, moment, money, money_if_any, number, optional, tag, text
from ahead.nfe.totals import Totals, totals
from ahead.nfe.ufs import CODES
from ahead.nfe.values import Carrier, Contingency, Emission, NotaFiscal, Payment, Purpose, Volumes
from ahead.nfe.writing_items import lines
from ahead.nfe.writing_parties import autorizados, dest, emit, entrega, technician

__all__ = ["CannotWrite", "write"]

_NO_PAYMENT = "90"
_OTHER_PAYMENT = "99"
_MOST_PAYMENTS = 100
_MOST_REFERENCES = 999


def write(nota: NotaFiscal) -> bytes:
    """
    Return the unsigned document of a nota: `<NFe>` with its `<infNFe>`, in UTF-8.

    :raises CannotWrite: if something is missing, or has no place in the document; the message is for people.
    """
    chave = chave_de_acesso(nota)
    parts = (
        _ide(nota, chave),
        emit(nota.emitter),
        dest(nota.recipient, nota.environment),
        entrega(nota.delivery),
        autorizados(nota.authorised_to_download),
        lines(nota),
        _total(totals(nota)),
        _transport(nota),
        _payments(nota),
        _intermediary(nota),
        _information(nota),
        optional("compra", maybe("xPed", nota.order_number, "Número do pedido")),
        technician(nota, chave),
    )
    inside = "".join(parts)
    return f'<NFe xmlns="{NAMESPACE}"><infNFe Id="NFe{chave}" versao="4.00">{inside}</infNFe></NFe>'.encode()


def _ide(nota: NotaFiscal, chave: str) -> str:
    return group(
        "ide",
        tag("cUF", CODES[nota.emitter.address.uf]),
        tag("cNF", nota.code),
        text("natOp", nota.natureza, "Natureza da operação", cut=True),
        tag("mod", MODEL),
        tag("serie", str(nota.serie)),
        tag("nNF", str(nota.number)),
        moment("dhEmi", nota.issued_at, "Data de emissão"),
        moment("dhSaiEnt", nota.leaves_at, "Data de saída") if nota.leaves_at else "",
        tag("tpNF", "0" if nota.is_entry else "1"),
        tag("idDest", nota.destination),
        text("cMunFG", nota.emitter.address.municipality_code, "Código IBGE do município do emitente", longest=7),
        tag("tpImp", "1"),
        tag("tpEmis", nota.emission),
        tag("cDV", chave[-1]),
        tag("tpAmb", nota.environment),
        tag("finNFe", nota.purpose),
        tag("indFinal", "1" if nota.is_final_consumer else "0"),
        tag("indPres", nota.presence),
        "" if nota.through_intermediary is None else tag("indIntermed", "1" if nota.through_intermediary else "0"),
        tag("procEmi", "0"),
        text("verProc", nota.software, "Versão do programa emissor", longest=20),
        entry_into_contingency(nota.emission, nota.contingency),
        _references(nota),
    )


def entry_into_contingency(emission: Emission, contingency: Contingency | None) -> str:
    """
    Return since when, and why, a nota takes another way than the usual one; nothing for the usual one.

    :raises CannotWrite: if the way and the reason do not go together, or the reason has not 15 to 256 characters.
    """
    if (emission == Emission.NORMAL) != (contingency is None):
        raise CannotWrite("Contingência: a forma de emissão e a justificativa vêm juntas, ou nenhuma delas.")
    if contingency is None:
        return ""
    since = moment("dhCont", contingency.since, "Início da contingência")
    return since + text("xJust", contingency.reason, "Motivo da contingência", shortest=15, longest=256)


def _references(nota: NotaFiscal) -> str:
    if nota.purpose == Purpose.RETURN and not (nota.references or all(item.reference for item in nota.items)):
        raise CannotWrite("Devolução: falta a chave da nota que está sendo devolvida.")
    if len(nota.references) > _MOST_REFERENCES:
        raise CannotWrite(f"Notas referenciadas: são {len(nota.references)}, e na NF-e cabem {_MOST_REFERENCES}.")
    what = "Chave da nota referenciada"
    return "".join(group("NFref", text("refNFe", one, what, shortest=44, longest=44)) for one in nota.references)


def _total(sums: Totals) -> str:
    return group(
        "total",
        _icms_total(sums),
        _ibs_cbs_total(sums),
        "" if sums.with_ibs_cbs is None else money("vNFTot", sums.with_ibs_cbs),
    )


def _icms_total(sums: Totals) -> str:
    return group(
        "ICMSTot",
        money("vBC", sums.icms_base),
        money("vICMS", sums.icms),
        money("vICMSDeson", sums.desonerado),
        _destination_total(sums),
        money("vFCP", sums.fcp),
        tag("vBCST", "0.00"),
        tag("vST", "0.00"),
        tag("vFCPST", "0.00"),
        money("vFCPSTRet", sums.fcp_st_retido),
        money("vProd", sums.products),
        money("vFrete", sums.freight),
        money("vSeg", sums.insurance),
        money("vDesc", sums.discount),
        tag("vII", "0.00"),
        money("vIPI", sums.ipi),
        money("vIPIDevol", sums.returned_ipi),
        money("vPIS", sums.pis),
        money("vCOFINS", sums.cofins),
        money("vOutro", sums.other),
        money("vNF", sums.nota),
        "" if sums.approximate_taxes is None else money("vTotTrib", sums.approximate_taxes),
    )


def _destination_total(sums: Totals) -> str:
    due = sums.destination
    if due is None:
        return ""
    return money("vFCPUFDest", due.fcp) + money("vICMSUFDest", due.icms) + tag("vICMSUFRemet", "0.00")


def _ibs_cbs_total(sums: Totals) -> str:
    due = sums.ibs_cbs
    if due is None:
        return ""
    undue = tag("vDif", "0.00") + tag("vDevTrib", "0.00")
    no_credit = tag("vCredPres", "0.00") + tag("vCredPresCondSus", "0.00")
    return group(
        "IBSCBSTot",
        money("vBCIBSCBS", due.base),
        group(
            "gIBS",
            group("gIBSUF", undue, money("vIBSUF", due.ibs_uf)),
            group("gIBSMun", undue, money("vIBSMun", due.ibs_mun)),
            money("vIBS", due.ibs),
            no_credit,
        ),
        group("gCBS", undue, money("vCBS", due.cbs), no_credit),
    )


def _transport(nota: NotaFiscal) -> str:
    return group("transp", tag("modFrete", nota.freight_mode), _carrier(nota.carrier), _volumes(nota.volumes))


def _carrier(carrier: Carrier | None) -> str:
    if carrier is None:
        return ""
    return optional(
        "transporta",
        "".join(
            (
                document(carrier.document, "Transportador") if carrier.document else "",
                maybe("xNome", carrier.name, "Nome do transportador", shortest=2, cut=True),
                maybe("IE", carrier.inscricao_estadual, "Inscrição estadual do transportador", longest=14),
                maybe("xEnder", carrier.address, "Endereço do transportador", cut=True),
                maybe("xMun", carrier.municipality, "Município do transportador", cut=True),
                maybe("UF", carrier.uf, "UF do transportador", longest=2),
            )
        ),
    )


def _volumes(volumes: Volumes | None) -> str:
    if volumes is None:
        return ""
    return group(
        "vol",
        tag("qVol", str(volumes.quantity)),
        maybe("esp", volumes.kind, "Espécie dos volumes", cut=True),
        number("pesoL", volumes.net_weight_kg, 3) if volumes.net_weight_kg else "",
        number("pesoB", volumes.gross_weight_kg, 3) if volumes.gross_weight_kg else "",
    )


def _payments(nota: NotaFiscal) -> str:
    if not 1 <= len(nota.payments) <= _MOST_PAYMENTS:
        raise CannotWrite(f"Pagamento: são {len(nota.payments)} formas, e uma NF-e tem de 1 a {_MOST_PAYMENTS}.")
    return group("pag", *(_payment(one) for one in nota.payments), money_if_any("vTroco", nota.change))


def _payment(payment: Payment) -> str:
    has_no_payment = payment.kind == _NO_PAYMENT
    what = "Descrição do pagamento"
    described = text if payment.kind == _OTHER_PAYMENT else maybe
    return group(
        "detPag",
        "" if has_no_payment else tag("indPag", "1" if payment.is_deferred else "0"),
        text("tPag", payment.kind, "Forma de pagamento", longest=2),
        described("xPag", payment.description, what, shortest=2, cut=True),
        money("vPag", payment.amount),
        _card(payment),
    )


def _card(payment: Payment) -> str:
    if not payment.institution:
        return ""
    return group(
        "card",
        tag("tpIntegra", payment.integration),
        text("CNPJ", payment.institution, "CNPJ da instituição de pagamento", shortest=14, longest=14),
        maybe("tBand", payment.brand, "Bandeira do cartão", longest=2),
        maybe("cAut", payment.authorisation, "Autorização do pagamento", longest=128),
    )


def _intermediary(nota: NotaFiscal) -> str:
    if not nota.through_intermediary:
        return ""
    if nota.intermediary is None:
        raise CannotWrite("Intermediador: a venda veio de uma plataforma, e falta o CNPJ dela no cadastro da Loja.")
    return group(
        "infIntermed",
        text("CNPJ", nota.intermediary.cnpj, "CNPJ do intermediador", shortest=14, longest=14),
        text("idCadIntTran", nota.intermediary.seller_id, "Identificação do vendedor no intermediador", shortest=2),
    )


def _information(nota: NotaFiscal) -> str:
    authority = maybe("infAdFisco", nota.tax_authority_information, "Informações ao Fisco", longest=2000)
    buyer = maybe("infCpl", nota.information, "Informações complementares", longest=5000)
    return optional("infAdic", authority + buyer)
