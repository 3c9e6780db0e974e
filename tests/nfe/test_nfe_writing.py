"""Writing notas: every tag in its place, and a refusal in words for what has none."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from golden_files import GOLDEN, read_golden
from lxml import etree
from nota_making import (
    BAKERY,
    CAFE,
    FIXTURES,
    INTERSTATE,
    ISSUED_AT,
    LIA,
    SALVADOR,
    d,
    interstate,
    item,
    marketplace,
    nota,
    returned,
    simples,
)

from ahead.nfe.errors import CannotWrite
from ahead.nfe.values import Contingency, Emission, Environment, IbsCbs, Icms, Ipi, NotaFiscal, Payment
from ahead.nfe.writing import write

NFE = {"n": "http://www.portalfiscal.inf.br/nfe"}


def values(document: NotaFiscal, path: str) -> list[str]:
    """Return the texts at a path of tags, anywhere in the document."""
    steps = "/".join(f"n:{step}" for step in path.split("/"))
    return [one.text or "" for one in etree.fromstring(write(document)).iterfind(f".//{steps}", NFE)]


def of_item(**changes: Any) -> NotaFiscal:
    return nota(items=(item(**changes),))


def with_icms(icms: Icms) -> NotaFiscal:
    return of_item(taxes=replace(INTERSTATE, icms=icms))


@pytest.mark.parametrize("name", FIXTURES)
def test_a_nota_is_written_as_it_was_when_somebody_looked_at_it(name: str) -> None:
    assert write(FIXTURES[name]) == read_golden(name)


def test_each_golden_file_has_its_nota() -> None:
    assert {path.stem for path in GOLDEN.glob("*.xml")} == set(FIXTURES)


@pytest.mark.parametrize("name", FIXTURES)
def test_what_is_written_is_canonical_already(name: str) -> None:
    written = write(FIXTURES[name])
    assert etree.tostring(etree.fromstring(written), method="c14n") == written


def test_in_homologation_the_buyer_has_the_name_of_the_manual() -> None:
    named = values(interstate(environment=Environment.HOMOLOGATION), "dest/xNome")
    assert named == ["NF-E EMITIDA EM AMBIENTE DE HOMOLOGACAO - SEM VALOR FISCAL"]


def test_the_technicians_secret_leaves_only_as_its_hash_with_the_key() -> None:
    written = write(marketplace())
    chave = written.split(b'Id="NFe')[1][:44]
    secret = b"G8063VRTNDMO886SFNK5LDUDEI24XJ22YIPO"
    assert values(marketplace(), "hashCSRT") == [base64.b64encode(hashlib.sha1(secret + chave).digest()).decode()]
    assert secret not in written


def test_the_marketplace_is_named_where_it_sold() -> None:
    assert values(marketplace(), "indIntermed") == ["1"]
    assert values(marketplace(), "infIntermed/idCadIntTran") == ["padaria-do-sol"]
    assert values(nota(), "indIntermed") == ["0"]
    assert values(nota(), "infIntermed") == []
    with pytest.raises(CannotWrite, match="Intermediador"):
        write(nota(through_intermediary=True))


def test_a_contingency_tells_since_when_and_why() -> None:
    away = Contingency(since=ISSUED_AT, reason="SEFAZ de origem fora do ar")
    document = nota(emission=Emission.SVC_RS, contingency=away)
    assert values(document, "tpEmis") == ["7"]
    assert values(document, "dhCont") == ["2026-11-24T15:07:09-03:00"]
    for broken in (nota(emission=Emission.SVC_RS), nota(contingency=away)):
        with pytest.raises(CannotWrite, match="Contingência"):
            write(broken)
    with pytest.raises(CannotWrite, match="Motivo da contingência: tem 4"):
        write(nota(emission=Emission.SVC_RS, contingency=replace(away, reason="caiu")))


def test_a_return_names_the_nota_it_returns_once_for_all_or_line_by_line() -> None:
    assert values(returned(), "impostoDevol/IPI/vIPIDevol") == ["5.24"]
    assert values(returned(), "vNF") == ["110.04"]
    by_line = replace(returned(), references=())
    assert values(by_line, "DFeReferenciado/nItem") == ["1"]
    assert values(by_line, "NFref") == []
    with pytest.raises(CannotWrite, match="Devolução"):
        write(replace(by_line, items=(replace(by_line.items[0], reference=""),)))


def test_payments() -> None:
    assert values(returned(), "detPag/indPag") == []
    assert values(nota(change=d("5.20")), "vTroco") == ["5.20"]
    with pytest.raises(CannotWrite, match="Descrição do pagamento: falta"):
        write(nota(payments=(Payment(kind="99", amount=d("104.80")),)))
    with pytest.raises(CannotWrite, match="Pagamento"):
        write(nota(payments=()))


def test_a_company_is_told_from_a_person_and_shows_its_inscricao() -> None:
    assert values(nota(recipient=CAFE), "dest/IE") == ["149626224113"]
    assert values(nota(recipient=replace(CAFE, indicador_ie="2")), "dest/IE") == []
    assert values(nota(recipient=replace(LIA, inscricao_estadual="123")), "dest/IE") == ["123"]
    with pytest.raises(CannotWrite, match="Inscrição estadual do destinatário: falta"):
        write(nota(recipient=replace(CAFE, inscricao_estadual="")))


# ── texts ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_typographers_use_becomes_what_a_nota_may_hold() -> None:
    written = "\u00a0Pão “francês” – 90 g…\u200b Őrség 1½ "
    assert values(of_item(description=written), "xProd") == ['Pão "francês" - 90 g... Orség 1½']


def test_a_letter_and_its_accent_become_one() -> None:
    assert values(of_item(description="Pa\u0303o"), "xProd") == ["Pão"]


@pytest.mark.parametrize(
    ("bad", "named"),
    [("a\nb", "quebra de linha"), ("a\tb", "U\\+0009"), ("a\x85b", "U\\+0085"), ("a🍞b", "“🍞”"), ("日本", "“日”")],
)
def test_other_characters_are_refused_and_named(bad: str, named: str) -> None:
    with pytest.raises(CannotWrite, match=rf"Item 1 \(PAO-01\): Descrição do produto: .*{named}"):
        write(of_item(description=bad))
    with pytest.raises(CannotWrite, match=f"Informações complementares: .*{named}"):
        write(nota(information=bad))


def test_names_and_addresses_end_early_codes_and_messages_do_not() -> None:
    assert values(of_item(description="pão " * 40), "xProd") == [("pão " * 30).strip()]
    assert values(nota(recipient=replace(LIA, name="L" * 90)), "dest/xNome") == ["L" * 60]
    with pytest.raises(CannotWrite, match="Código do produto: tem 61 caracteres, e na NF-e cabem 60"):
        write(of_item(code="C" * 61))
    with pytest.raises(CannotWrite, match="Informações complementares: tem 5001"):
        write(nota(information="i" * 5001))


def test_half_an_email_is_not_written() -> None:
    assert values(nota(recipient=replace(LIA, email=f"{'l' * 60}@exemplo.com.br")), "email") == []


def test_an_address_without_number_and_with_punctuation() -> None:
    address = replace(SALVADOR, number=" ", postal_code="40140-000", phone="(71) 98888-7777")
    document = nota(recipient=replace(LIA, address=address))
    assert values(document, "enderDest/nro") == ["S/N"]
    assert values(document, "enderDest/CEP") == ["40140000"]
    assert values(document, "enderDest/fone") == ["71988887777"]
    assert values(nota(recipient=replace(LIA, address=replace(address, phone="ramal 3"))), "enderDest/fone") == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"emitter": replace(BAKERY, legal_name="")}, "Razão social do emitente: falta preencher"),
        ({"recipient": replace(LIA, document="")}, "Destinatário: falta preencher o CPF ou CNPJ"),
        ({"recipient": replace(LIA, document="123")}, "Destinatário: 123 não é CPF nem CNPJ"),
        ({"recipient": replace(LIA, address=replace(SALVADOR, district=""))}, "Bairro do destinatário: falta"),
        ({"recipient": replace(LIA, address=replace(SALVADOR, postal_code="4014"))}, "CEP do destinatário: tem 4"),
        ({"items": ()}, "A nota tem 0 itens"),
        ({"issued_at": datetime(2026, 11, 24)}, "Data de emissão: falta o fuso"),
        ({"authorised_to_download": ("52998224725",) * 11}, "cabem 10"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(CannotWrite, match=reason):
        write(nota(**changes))


# ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": d("99.805")},
        {"amount": d("-1.00")},
        {"discount": d("NaN")},
        {"quantity": d("1.00001")},
        {"unit_price": d("0.00000000001")},
    ],
)
def test_nothing_is_rounded_while_writing(changes: dict[str, Any]) -> None:
    with pytest.raises(CannotWrite, match=r"Item 1 .* não cabe no campo"):
        write(of_item(**changes))


def test_a_unit_price_has_the_places_it_needs() -> None:
    for given, written in (("24.9", "24.90"), ("3", "3.00"), ("33.3333333333", "33.3333333333"), ("0.125", "0.125")):
        assert values(of_item(unit_price=d(given)), "vUnCom") == [written]


def test_zeros_that_the_schema_does_not_take_are_left_out() -> None:
    document = of_item(freight=d("0.00"), discount=d("0.00"))
    assert not any(values(document, f"prod/{name}") for name in ("vFrete", "vSeg", "vDesc", "vOutro"))


# ── taxes ──────────────────────────────────────────────────────────────────────────────────────────────────

FULL = Icms(
    base=d("100.00"),
    reducao=d("10"),
    aliquota=d("18"),
    valor=d("16.20"),
    fcp_base=d("90.00"),
    fcp_aliquota=d("2"),
    fcp_valor=d("1.80"),
    credito_aliquota=d("1.36"),
    credito_valor=d("1.22"),
    desonerado_valor=d("1.80"),
    desonerado_motivo="9",
    operacao_valor=d("18.00"),
    diferimento=d("10"),
    diferido_valor=d("1.80"),
    st_retido_base=d("120.00"),
    st_retido_aliquota=d("18"),
    st_substituto_valor=d("12.00"),
    st_retido_valor=d("9.60"),
    fcp_st_retido_base=d("120.00"),
    fcp_st_retido_aliquota=d("2"),
    fcp_st_retido_valor=d("2.40"),
    efetivo_base=d("100.00"),
    efetivo_aliquota=d("18"),
    efetivo_valor=d("18.00"),
)
FCP = "vBCFCP pFCP vFCP"
DESONERADO = "vICMSDeson motDesICMS indDeduzDeson"
WITHHELD = (
    "vBCSTRet pST vICMSSubstituto vICMSSTRet vBCFCPSTRet pFCPSTRet vFCPSTRet pRedBCEfet vBCEfet pICMSEfet vICMSEfet"
)


@pytest.mark.parametrize(
    ("situation", "name", "written"),
    [
        ("00", "ICMS00", "modBC vBC pICMS vICMS pFCP vFCP"),
        ("20", "ICMS20", f"modBC pRedBC vBC pICMS vICMS {FCP} {DESONERADO}"),
        ("40", "ICMS40", DESONERADO),
        ("41", "ICMS40", DESONERADO),
        ("50", "ICMS40", DESONERADO),
        ("51", "ICMS51", f"modBC pRedBC vBC pICMS vICMSOp pDif vICMSDif vICMS {FCP}"),
        ("60", "ICMS60", WITHHELD),
        ("90", "ICMS90", f"modBC vBC pRedBC pICMS vICMS {FCP} {DESONERADO}"),
        ("101", "ICMSSN101", "pCredSN vCredICMSSN"),
        ("102", "ICMSSN102", ""),
        ("103", "ICMSSN102", ""),
        ("300", "ICMSSN102", ""),
        ("400", "ICMSSN102", ""),
        ("500", "ICMSSN500", WITHHELD),
        ("900", "ICMSSN900", "modBC vBC pRedBC pICMS vICMS pCredSN vCredICMSSN"),
    ],
)
def test_a_group_of_icms_writes_what_belongs_to_it_and_no_more(situation: str, name: str, written: str) -> None:
    kind = "cst" if len(situation) == 2 else "csosn"
    document = with_icms(replace(FULL, **{kind: situation}))
    group = etree.fromstring(write(document)).find(f".//n:ICMS/n:{name}", NFE)
    assert group is not None
    assert [etree.QName(one).localname for one in group][2:] == written.split()
    assert group[1].text == situation
    counted = {
        "vICMS": "16.20" if "vICMS" in written.split() else "0.00",
        "vFCP": "1.80" if "vFCP" in written.split() else "0.00",
        "vFCPSTRet": "2.40" if "vFCPSTRet" in written else "0.00",
        "vICMSDeson": "1.80" if "vICMSDeson" in written else "0.00",
    }
    assert {tag: values(document, f"ICMSTot/{tag}")[0] for tag in counted} == counted


def test_exactly_one_of_cst_and_csosn() -> None:
    for broken in (Icms(), Icms(cst="00", csosn="102")):
        with pytest.raises(CannotWrite, match=r"CST .* ou o CSOSN"):
            write(with_icms(broken))
    with pytest.raises(CannotWrite, match="CST 10 ainda não"):
        write(with_icms(Icms(cst="10")))


def test_a_desoneracao_that_the_buyer_gains_lowers_the_total() -> None:
    icms = replace(FULL, cst="40")
    assert values(with_icms(icms), "vNF") == ["104.80"]
    assert values(with_icms(replace(icms, desonerado_deduz=True)), "vNF") == ["103.00"]


@pytest.mark.parametrize(
    ("cst", "path"),
    [("01", "PISAliq/vPIS"), ("06", "PISNT/CST"), ("49", "PISOutr/vPIS"), ("99", "PISOutr/vPIS")],
)
def test_contributions_by_their_cst(cst: str, path: str) -> None:
    due = replace(INTERSTATE.pis, cst=cst)
    document = of_item(taxes=replace(INTERSTATE, pis=due))
    assert values(document, f"PIS/{path}") == [cst if path.endswith("CST") else "1.61"]
    assert values(document, "ICMSTot/vPIS") == ["0.00" if cst == "06" else "1.61"]


def test_ipi_is_added_where_it_is_due() -> None:
    due = Ipi(cst="50", base=d("99.80"), aliquota=d("5"), valor=d("4.99"))
    document = of_item(taxes=replace(INTERSTATE, ipi=due))
    assert values(document, "IPITrib/vIPI") == ["4.99"]
    assert values(document, "ICMSTot/vNF") == values(document, "det/vItem") == ["109.79"]
    free = of_item(taxes=replace(INTERSTATE, ipi=replace(due, cst="53")))
    assert values(free, "IPINT/CST") == ["53"]
    assert values(free, "ICMSTot/vNF") == ["104.80"]


def test_ibs_and_cbs_are_told_and_not_added() -> None:
    assert values(nota(), "vNFTot") == values(nota(), "vNF") == ["104.80"]
    assert values(nota(), "IBSCBSTot/gCBS/vCBS") == ["0.70"]
    without = nota(items=(item(taxes=simples()),))
    assert values(without, "IBSCBSTot") == values(without, "vNFTot") == values(without, "vItem") == []


def test_a_reduced_rate_of_ibs_and_cbs_tells_what_is_left_of_it() -> None:
    assert INTERSTATE.ibs_cbs
    due = replace(INTERSTATE.ibs_cbs, cst="200", cbs_reducao=d("60"), cbs_efetiva=d("0.36"))
    document = of_item(taxes=replace(INTERSTATE, ibs_cbs=due))
    assert values(document, "gCBS/gRed/pAliqEfet") == ["0.3600"]
    assert values(document, "gIBSUF/gRed") == []


def test_a_line_outside_of_ibs_and_cbs_says_only_why() -> None:
    outside = IbsCbs(cst="410", classificacao="410001", is_taxed=False, base=d("50.00"))
    document = of_item(taxes=replace(INTERSTATE, ibs_cbs=outside))
    assert values(document, "IBSCBS/cClassTrib") == ["410001"]
    assert values(document, "gIBSCBS") == []
    assert values(document, "IBSCBSTot/vBCIBSCBS") == ["0.00"]


def test_destinations_without_fcp() -> None:
    assert INTERSTATE.destination
    due = replace(INTERSTATE.destination, fcp_base=d("0"), fcp_aliquota=d("0"), fcp_valor=d("0"))
    document = of_item(taxes=replace(INTERSTATE, destination=due))
    assert values(document, "pFCPUFDest") == []
    assert values(document, "ICMSTot/vFCPUFDest") == ["0.00"]
    assert values(document, "ICMSTot/vICMSUFDest") == ["14.15"]


def test_approximate_taxes_are_summed_where_they_are_told() -> None:
    told, untold = item(), item(taxes=INTERSTATE)
    assert values(nota(items=(told, untold, told)), "ICMSTot/vTotTrib") == ["66.24"]
    assert values(nota(items=(untold,)), "ICMSTot/vTotTrib") == []
