"""Schemas: which one judges, what it finds, and in which words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from judges import NFE_XSD
from nota_making import FIXTURES, nota

from ahead.nfe.certificate import Certificate
from ahead.nfe.schemas import BadPackage, package_for, problems, use_packages
from ahead.nfe.signing import sign
from ahead.nfe.writing import write

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def signed(certificate: Certificate) -> bytes:
    return sign(write(nota()), certificate=certificate).xml


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    use_packages(None)


def package(folder: Path, name: str, valid_from: str, *, demands: str = "") -> None:
    """Make a package of the schemas at hand, in which the série has another form."""
    shutil.copytree(NFE_XSD.parent, folder / name)
    if demands:
        path = folder / name / "tiposBasico_v4.00.xsd"
        path.write_text(path.read_text(encoding="utf-8").replace("0|[1-9]{1}[0-9]{0,2}", demands), encoding="utf-8")
    (folder / name / "pacote.json").write_text(json.dumps({"name": name, "valid_from": valid_from}))


def test_every_golden_nota_is_valid(certificate: Certificate) -> None:
    for one in FIXTURES.values():
        assert problems(sign(write(one), certificate=certificate).xml, on=TODAY) == []


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ((b"<CEP>01001000", b"<CEP>0100"), "emitente > endereço > CEP", "“0100” não tem a forma que o leiaute pede"),
        ((b"<NCM>19059090", b"<NCM>"), "item 1 > produto > NCM", "está vazio"),
        ((b"<xProd>P", b"<xProd> P"), "item 1 > produto > descrição", "não tem a forma"),
        (
            (b"<natOp>Venda de mercadoria</natOp>", b""),
            "identificação > mod",
            "não cabe aqui; aqui vem: natureza da op",
        ),
        ((b"<indIEDest>9</indIEDest>", b""), "destinatário", "falta: indIEDest"),
        ((b'nItem="1"', b'nItem="x"'), "item x", "não está como o leiaute pede"),
        ((b' versao="4.00"', b""), "documento", "não está como o leiaute pede"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_where(
    signed: bytes, change: tuple[bytes, bytes], where: str, message: str
) -> None:
    assert change[0] in signed
    (found,) = problems(signed.replace(*change, 1), on=TODAY)
    assert found.where == where
    assert message in found.message
    assert found.technical


def test_several_problems_are_told_once_each(signed: bytes) -> None:
    broken = signed.replace(b"<CEP>01001000", b"<CEP>1").replace(b"<vNF>104.80", b"<vNF>muito")
    assert [str(one) for one in problems(broken, on=TODAY)] == [
        "emitente > endereço > CEP: “1” não tem a forma que o leiaute pede",
        "destinatário > endereço > CEP: “1” não tem a forma que o leiaute pede",
        "totais > ICMSTot > vNF: “muito” não tem a forma que o leiaute pede",
    ]


def test_an_unsigned_nota_lacks_its_signature() -> None:
    (found,) = problems(write(nota()), on=TODAY)
    assert (found.where, found.message) == ("documento", "falta: infNFeSupl, assinatura")


def test_what_is_no_xml_is_a_problem_too() -> None:
    (found,) = problems(b"<NFe", on=TODAY)
    assert "não é um XML" in found.message


def test_the_package_that_is_valid_on_the_day_judges(signed: bytes, folder: Path) -> None:
    package(folder, "PL_010g", "2026-11-16")
    package(folder, "PL_010h", "2026-12-14", demands="[5-9]")
    assert [one.name for one in use_packages(folder)] == ["PL_010g", "PL_010h"]
    days = [date(2026, 11, 15), date(2026, 11, 16), date(2026, 12, 14)]
    assert [package_for("nfe", day).name for day in days] == ["PL_010f (nfelib)", "PL_010g", "PL_010h"]
    assert [len(problems(signed, on=day)) for day in days] == [0, 0, 1]
    # it has no schema of this kind
    assert package_for("cancelamento", days[-1]).name == "PL_010f (nfelib)"
    use_packages(None)
    assert problems(signed, on=days[-1]) == []


@pytest.mark.parametrize("facts", ["", "[]", '{"name": "PL_010h"}', '{"name": "PL", "valid_from": "ontem"}'])
def test_a_package_that_does_not_say_what_it_is(folder: Path, facts: str) -> None:
    package(folder, "PL_010h", "2026-12-14")
    (folder / "PL_010h" / "pacote.json").write_text(facts)
    with pytest.raises(BadPackage, match="PL_010h"):
        use_packages(folder)


def test_a_package_without_schemas_and_one_that_is_broken(signed: bytes, folder: Path) -> None:
    package(folder, "PL_010h", "2026-11-01")
    (folder / "PL_010h" / "leiauteNFe_v4.00.xsd").unlink()
    use_packages(folder)
    with pytest.raises(BadPackage, match=r"nfe_v4\.00\.xsd"):
        problems(signed, on=TODAY)
    for path in (folder / "PL_010h").glob("*.xsd"):
        path.unlink()
    with pytest.raises(BadPackage, match="não traz nenhum"):
        use_packages(folder)


def test_threads_do_not_hear_of_each_others_problems(signed: bytes) -> None:
    broken = signed.replace(b"<CEP>01001000", b"<CEP>1", 1)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda xml: len(problems(xml, on=TODAY)), [signed, broken] * 50))
    assert found == [0, 1] * 50
