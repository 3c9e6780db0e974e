"""Whatever nota is drawn: it is valid, its totals close to the cent, and others read in it what we wrote."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from lxml import etree
from nfelib.nfe.bindings.v4_0.nfe_v4_00 import Nfe
from nota_drawing import notas
from nota_making import FIXTURES
from xsdata.formats.dataclass.context import XmlContext
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig

from ahead.nfe.certificate import Certificate
from ahead.nfe.chave import is_chave
from ahead.nfe.reading import read_nota
from ahead.nfe.schemas import problems
from ahead.nfe.signing import sign, verify
from ahead.nfe.totals import item_total, totals
from ahead.nfe.values import NotaFiscal
from ahead.nfe.writing import write

DRAWN = [Phase.explicit, Phase.generate]  # a nota has hundreds of values: to shrink one takes minutes
NFE = {None: "http://www.portalfiscal.inf.br/nfe"}
_CONTEXT = XmlContext()
_PARSER = XmlParser(context=_CONTEXT)
_SERIALISER = XmlSerializer(config=SerializerConfig(xml_declaration=False), context=_CONTEXT)


def _by_bindings(xml: bytes) -> bytes:
    """Return the canonical bytes of a document that nfelib's bindings read, and xsdata wrote again."""
    written = _SERIALISER.render(_PARSER.from_bytes(xml, Nfe), ns_map=NFE)
    canonical: bytes = etree.tostring(etree.fromstring(written.encode()), method="c14n")
    return canonical


def _sum(root: Any, path: str) -> Decimal:
    return sum((Decimal(one.text) for one in root.iterfind(path, NFE)), Decimal(0))


@settings(max_examples=40, phases=DRAWN)
@given(notas())
def test_any_nota_is_valid_and_its_signature_right(certificate: Certificate, nota: NotaFiscal) -> None:
    signed = sign(write(nota), certificate=certificate)
    assert problems(signed.xml, on=date(2026, 11, 24)) == []
    verify(signed.xml)
    assert is_chave(signed.reference.removeprefix("NFe"))


@settings(max_examples=40, phases=DRAWN)
@given(notas())
def test_the_totals_of_any_nota_close_to_the_cent(nota: NotaFiscal) -> None:
    root = etree.fromstring(write(nota))
    sums = {one.tag.rpartition("}")[2]: Decimal(one.text) for one in root.iterfind(".//ICMSTot/*", NFE)}
    for name in ("vProd", "vFrete", "vSeg", "vDesc", "vOutro"):
        assert sums[name] == _sum(root, f".//prod/{name}"), name
    for name in ("vBC", "vICMS", "vFCP", "vICMSDeson", "vFCPSTRet"):
        assert sums[name] == _sum(root, f".//ICMS/*/{name}"), name
    for tax in ("PIS", "COFINS", "IPI"):
        assert sums[f"v{tax}"] == _sum(root, f".//imposto/{tax}/*/v{tax}"), tax
    for name in ("vFCPUFDest", "vICMSUFDest", "vICMSUFRemet"):
        assert sums.get(name, 0) == _sum(root, f".//ICMSUFDest/{name}"), name
    added = sums["vFrete"] + sums["vSeg"] + sums["vOutro"] + sums["vIPI"] + sums["vIPIDevol"]
    assert sums["vNF"] == sums["vProd"] - sums["vDesc"] + added
    assert sums["vNF"] == sum(item_total(one) for one in nota.items) == totals(nota).nota
    if root.find(".//vNFTot", NFE) is not None:
        assert sums["vNF"] == _sum(root, ".//vNFTot") == _sum(root, ".//det/vItem")
        assert _sum(root, ".//IBSCBSTot/vBCIBSCBS") == _sum(root, ".//gIBSCBS/vBC")
        assert _sum(root, ".//IBSCBSTot//vIBS") == _sum(root, ".//gIBSCBS/vIBS")
        assert _sum(root, ".//IBSCBSTot//vCBS") == _sum(root, ".//gIBSCBS//vCBS")


@settings(max_examples=15, phases=DRAWN)
@given(notas())
def test_the_bindings_of_nfelib_read_in_any_nota_what_we_wrote(nota: NotaFiscal) -> None:
    written = write(nota)
    assert _by_bindings(written) == written
    assert [one.amount for one in read_nota(written).items] == [one.amount for one in nota.items]


@pytest.mark.parametrize("name", FIXTURES)
def test_the_bindings_of_nfelib_read_the_golden_notas(name: str) -> None:
    assert _by_bindings(write(FIXTURES[name])) == write(FIXTURES[name])
