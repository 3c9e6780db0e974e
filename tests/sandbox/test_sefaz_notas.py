"""The pretend SEFAZ and notas: who may send, what is authorised once, what is rejected and why."""

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree
from sefaz_caller import BRASILIA, FACTS, NOW, Caller, Clock, last

from ahead.sandbox.sefaz import SefazSandbox
from ahead.sandbox.sefaz.authority import Authority
from sefaz_making import CNPJ, DIFAL, NFE, NOTA, nota

CHAVE = FACTS.chave
OTHER_CODE = "83194568"


def test_a_nota_is_authorised_once(sefaz: Caller) -> None:
    assert sefaz.issue() == "100"
    assert sefaz.issue() == "204"
    assert list(sefaz.box.notas) == [CHAVE]


def test_the_protocol_carries_our_digest_and_a_query_tells_the_same(sefaz: Caller) -> None:
    document = nota(sefaz.signer, FACTS)
    assert sefaz.send(document) == "100"
    digest = etree.fromstring(document).findtext(".//{http://www.w3.org/2000/09/xmldsig#}DigestValue")
    answer = sefaz.query(CHAVE)
    assert last(answer, "digVal") == digest
    assert last(answer, "nProt") == sefaz.box.notas[CHAVE].protocol_number
    assert len(sefaz.box.notas[CHAVE].protocol_number) == 15
    assert answer.findtext(f".//{{{NFE}}}cStat") == "100"


def test_an_unknown_key_and_a_wrong_one(sefaz: Caller) -> None:
    assert last(sefaz.query(CHAVE), "cStat") == "217"
    assert last(sefaz.query("3526"), "cStat") == "236"
    assert last(sefaz.query(CHAVE[:-1] + str((int(CHAVE[-1]) + 1) % 10)), "cStat") == "236"


def test_a_key_whose_number_another_key_has(sefaz: Caller) -> None:
    assert sefaz.issue() == "100"
    month = replace(FACTS, issued_at=NOW - timedelta(days=31))
    for other, cstat in (
        (replace(FACTS, code=OTHER_CODE), "562"),
        (month, "561"),
        (replace(FACTS, emission="6"), "613"),
    ):
        answer = sefaz.query(other.chave)
        assert last(answer, "cStat") == cstat
        assert f"[chNFe:{CHAVE}]" in last(answer, "xMotivo")


def test_the_same_number_under_another_key_is_named(sefaz: Caller) -> None:
    assert sefaz.issue() == "100"
    document = nota(sefaz.signer, replace(FACTS, code=OTHER_CODE))
    batch = f'<enviNFe xmlns="{NFE}" versao="4.00"><idLote>1</idLote><indSinc>1</indSinc>'.encode()
    answer = sefaz.post("NFeAutorizacao4", batch + document + b"</enviNFe>")
    assert last(answer, "cStat") == "539"
    assert f"[chNFe:{CHAVE}]" in last(answer, "xMotivo")


def test_letters_in_the_cnpj_are_nothing_special(authority: Authority) -> None:
    signer = authority.company("12ABC34501DE35")
    caller = Caller(SefazSandbox(clock=Clock()), signer)
    assert caller.issue(cnpj="12ABC34501DE35") == "100"
    assert caller.cancel(replace(FACTS, cnpj="12ABC34501DE35").chave) == "135"
    assert caller.void(7, 9, cnpj="12ABC34501DE35") == "102"


def test_only_the_company_itself_may_send(sefaz: Caller, authority: Authority) -> None:
    stranger = Caller(sefaz.box, authority.company("19131243000197"))
    assert stranger.issue() == "213"
    branch = Caller(sefaz.box, authority.company(CNPJ[:8] + "000262"))
    assert branch.issue() == "100"  # the root of the CNPJ decides


def test_an_expired_certificate_signs_nothing(sefaz: Caller, authority: Authority) -> None:
    expired = authority.company(CNPJ, valid_until=NOW - timedelta(days=1))
    assert Caller(sefaz.box, expired).issue() == "291"


def test_what_was_changed_after_signing_is_found(sefaz: Caller, authority: Authority) -> None:
    document = nota(sefaz.signer, FACTS)
    assert sefaz.send(document.replace(b"Lia Moraes", b"Lia Morais")) == "297"
    other = nota(authority.company(CNPJ), FACTS)
    value = document[document.index(b"<SignatureValue>") : document.index(b"</SignatureValue>")]
    theirs = other[other.index(b"<SignatureValue>") : other.index(b"</SignatureValue>")]
    assert sefaz.send(document.replace(value, theirs)) == "297"
    assert sefaz.send(document.replace(b"#NFe" + CHAVE.encode(), b"#NFe" + CHAVE[::-1].encode())) in {"225", "298"}


def test_the_envelope_does_not_disturb_the_signature(sefaz: Caller) -> None:
    document = nota(sefaz.signer, FACTS)
    batch = f'<enviNFe xmlns="{NFE}" versao="4.00"><idLote>1</idLote><indSinc>1</indSinc>'.encode()
    answer = sefaz.post(
        "NFeAutorizacao4", batch + document + b"</enviNFe>", soap="http://schemas.xmlsoap.org/soap/envelope/"
    )
    assert last(answer, "cStat") == "100"


def test_a_single_nota_must_be_sent_synchronously(sefaz: Caller) -> None:
    document = nota(sefaz.signer, FACTS)
    assert sefaz.send(document, synchronous="0") == "452"
    assert sefaz.send(document + nota(sefaz.signer, replace(FACTS, number=2))) == "764"
    assert sefaz.send(document.replace(b"<NFe ", b"<n:NFe xmlns:n='urn:n' ").replace(b"</NFe>", b"</n:NFe>")) == "404"
    assert not sefaz.box.notas


@pytest.mark.parametrize(
    ("changes", "cstat"),
    [
        ({"<vNF>105.00</vNF>": "<vNF>105.10</vNF>"}, "610"),
        ({"<vUnCom>50.00</vUnCom>": "<vUnCom>50.01</vUnCom>"}, "629"),
        ({"<vUnTrib>50.00</vUnTrib>": "<vUnTrib>49.00</vUnTrib>"}, "630"),
        ({"<vICMS>7.35</vICMS></ICMS00>": "<vICMS>7.45</vICMS></ICMS00>"}, "528"),
        ({"<ICMSTot><vBC>105.00": "<ICMSTot><vBC>100.00"}, "531"),
        ({"<vICMS>7.35</vICMS><vICMSDeson>": "<vICMS>7.45</vICMS><vICMSDeson>"}, "532"),
        ({"<vProd>100.00</vProd><vFrete>": "<vProd>101.00</vProd><vFrete>"}, "564"),
        ({"<vFrete>10.00</vFrete><vSeg>": "<vFrete>11.00</vFrete><vSeg>"}, "535"),
        ({"<vDesc>5.00</vDesc><vII>": "<vDesc>6.00</vDesc><vII>"}, "537"),
        ({"<vPIS>1.61</vPIS><vCOFINS>": "<vPIS>1.71</vPIS><vCOFINS>"}, "602"),
        ({"<vCOFINS>7.42</vCOFINS><vOutro>": "<vCOFINS>7.52</vCOFINS><vOutro>"}, "603"),
        ({"<vICMSDeson>0.00</vICMSDeson><vFCPUFDest>2.10": "<vICMSDeson>0.00</vICMSDeson><vFCPUFDest>2.20"}, "798"),
        ({"<vICMSUFDest>14.18</vICMSUFDest><vICMSUFRemet>0.00</vICMSUFRemet><vFCP>":
          "<vICMSUFDest>15.18</vICMSUFDest><vICMSUFRemet>0.00</vICMSUFRemet><vFCP>"}, "799"),
        ({"<vICMSUFDest>14.18</vICMSUFDest>": "<vICMSUFDest>15.00</vICMSUFDest>"}, "815"),
        ({DIFAL: "", "<vFCPUFDest>2.10": "<vFCPUFDest>0.00", "<vICMSUFDest>14.18": "<vICMSUFDest>0.00"}, "694"),
        ({"<indIEDest>9": "<indIEDest>2"}, "695"),
        ({"<CRT>3": "<CRT>1"}, "590"),
        ({"<pIBSUF>0.1000": "<pIBSUF>0.0500"}, "1026"),
        ({"<pIBSMun>0.0000": "<pIBSMun>0.0500"}, "1036"),
        ({"<pCBS>0.9000": "<pCBS>8.8000"}, "1037"),
        ({"<indIntermed>0</indIntermed>": ""}, "434"),
        ({"<indPres>2": "<indPres>1"}, "435"),
        ({"<indIntermed>0": "<indIntermed>1"}, "436"),
        ({"<NCM>19059090": "<NCM>99999999"}, "778"),
        ({"<cEAN>7891000315507": "<cEAN>7891000315508"}, "611"),
        ({"<cEANTrib>7891000315507": "<cEANTrib>7891000315508"}, "612"),
        ({"<CPF>52998224725": "<CPF>52998224726"}, "237"),
        ({"<CPF>52998224725</CPF>": "<CNPJ>11222333000182</CNPJ>"}, "208"),
        ({"<indFinal>1": "<indFinal>0"}, "696"),
        ({"<indIEDest>9": "<indIEDest>1"}, "728"),
        ({"<indIEDest>9</indIEDest>": "<indIEDest>2</indIEDest><IE>149626224113</IE>"}, "791"),
        ({"<CFOP>6108": "<CFOP>5108"}, "733"),
        ({"<CFOP>6108": "<CFOP>2202"}, "518"),
        ({"<idDest>2": "<idDest>1"}, "773"),
        ({"<UF>BA</UF>": "<UF>SP</UF>"}, "772"),
        ({"<vPag>105.00": "<vPag>100.00"}, "865"),
        ({"<vPag>105.00": "<vPag>110.00"}, "866"),
        ({"<finNFe>1": "<finNFe>4"}, "321"),
        ({"<tpAmb>1": "<tpAmb>2"}, "598"),
        ({"<xNome>Lia Moraes</xNome>": "<xNome></xNome>"}, "225"),
        ({"<NCM>19059090</NCM>": ""}, "225"),
    ],
)  # fmt: skip
def test_the_rules_of_the_manual(sefaz: Caller, changes: dict[str, str], cstat: str) -> None:
    assert sefaz.issue(changes=changes) == cstat
    assert not sefaz.box.notas


def test_the_line_that_is_wrong_is_named(sefaz: Caller) -> None:
    sefaz.issue(changes={"<NCM>19059090": "<NCM>99999999"})
    assert sefaz.box.rejections[-1]["reason"] == "Rejeicao: Informado NCM inexistente [nItem:1]"


def test_the_key_must_be_that_of_the_nota(sefaz: Caller) -> None:
    assert sefaz.issue(changes={"<nNF>1<": "<nNF>2<"}) == "502"
    assert sefaz.issue(code="12345678") == "897"
    wrong = CHAVE[:-1] + str((int(CHAVE[-1]) + 1) % 10)
    assert sefaz.issue(changes={f"NFe{CHAVE}": f"NFe{wrong}", f"<cDV>{CHAVE[-1]}": f"<cDV>{wrong[-1]}"}) == "253"


def test_dates_too_early_and_too_late(sefaz: Caller) -> None:
    assert sefaz.issue(issued_at=NOW + timedelta(minutes=6)) == "703"
    assert sefaz.issue(issued_at=NOW - timedelta(days=31)) == "228"
    sefaz.box.switches.change({"late_after_hours": 24})
    assert sefaz.issue(issued_at=NOW - timedelta(hours=25)) == "150"


def test_each_uf_takes_its_own(sefaz: Caller) -> None:
    assert sefaz.issue(authorizer="PR") == "226"
    assert sefaz.issue(authorizer="SVRS") == "100"


def test_contingency_is_another_way_and_only_while_it_is_on(sefaz: Caller) -> None:
    assert sefaz.status("SVC-AN") == "114"
    assert sefaz.issue(authorizer="SVC-AN", emission="6") == "114"
    sefaz.box.switches.change({"svc_active": True, "down": True})
    assert (sefaz.status("SP"), sefaz.status("SVC-AN")) == ("108", "107")
    assert sefaz.issue(authorizer="SVC-AN") == "713"
    assert sefaz.issue(authorizer="SVC-AN", emission="6") == "100"
    sefaz.box.switches.change({"down": False})
    assert sefaz.issue(emission="6", number=2) == "570"


def test_switches_of_the_rules(sefaz: Caller) -> None:
    sefaz.box.switches.change({"ibs_cbs_required": True, "technician_required": True, "unknown_ncms": "19059090"})
    assert sefaz.issue() == "778"
    sefaz.box.switches.change({"unknown_ncms": ""})
    assert sefaz.issue() == "972"
    sefaz.box.switches.change({"technician_required": False, "protocol_digits": 17})
    without = NOTA[NOTA.index("<IBSCBS>") : NOTA.index("</IBSCBS>") + len("</IBSCBS>")]
    assert sefaz.issue(changes={without: ""}) == "1115"
    assert sefaz.issue() == "100"
    assert len(sefaz.box.notas[CHAVE].protocol_number) == 17


def test_rejections_at_will(sefaz: Caller) -> None:
    sefaz.box.switches.change({"reject_next": 1, "reject_cstat": "1115", "reject_reason": "Rejeicao: por querer"})
    assert sefaz.issue() == "1115"
    assert sefaz.box.rejections[-1]["reason"] == "Rejeicao: por querer"
    assert sefaz.issue() == "100"


def test_a_receipt_instead_of_an_answer(sefaz: Caller) -> None:
    sefaz.box.switches.change({"ask_later_next": 1})
    assert sefaz.issue() == "103"
    assert sefaz.query(CHAVE).findtext(f".//{{{NFE}}}cStat") == "100"


def test_a_clock_that_goes_ahead(sefaz: Caller) -> None:
    sefaz.box.switches.change({"clock_offset_hours": -1.0})
    assert sefaz.issue() == "703"
    assert sefaz.box.now() == (NOW - timedelta(hours=1)).astimezone(BRASILIA)
