"""Notas built, signed and checked per second of CPU, beside the least it could cost and beside what others need."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1
from lxml import etree

from ahead.nfe.certificate import Certificate, open_certificate
from ahead.nfe.schemas import package_for, problems
from ahead.nfe.signing import sign
from ahead.nfe.writing import write
from ahead.sandbox.sefaz.authority import Authority
from bench.measuring import spending
from bench.nota import CNPJ, a_nota
from bench.place import ROOT
from bench.rows import Row

_PASSWORD = "segredo"
_DAY = date(2026, 11, 24)
_PEERS = ROOT / ".bench" / "peers" / "bin" / "python"
_WHAT = "notas per CPU-second: built, signed, checked by schema"


def notas_per_second(*, quick: bool) -> Iterator[Row]:
    """Do the same with a key and a schema that are loaded: ours, the floor, bindings; then others as they come."""
    count, rounds = (50, 3) if quick else (200, 7)
    authority = Authority.new()
    pfx = authority.pfx(authority.company(CNPJ), _PASSWORD)
    certificate = open_certificate(pfx, _PASSWORD)
    ready = sign(write(a_nota(1)), certificate=certificate).xml
    ours, floor, bindings = _per_second(
        rounds,
        count,
        lambda number: _one_nota(certificate, number),
        _floor(certificate, ready),
        _bindings(certificate, ready),
    )
    yield Row(_WHAT, ours, "notas/s", floor, "parse, C14N, RSA, schema of a ready one", 400, at_least=True)
    yield Row(f"{_WHAT}, beside bindings", ours, "notas/s", bindings, "nfelib's bindings by xsdata, our signer")
    peers = _peers(pfx, ready, 20 if quick else 60)
    yield Row(f"{_WHAT}, beside PyNFe", ours, "notas/s", peers["pynfe"], "PyNFe 0.6.5 as shipped, a smaller nota")
    yield Row(f"{_WHAT}, beside nfelib", ours, "notas/s", peers["nfelib"], "nfelib 3.2.0 as its README says")


def _per_second(rounds: int, count: int, *works: Callable[[int], object]) -> list[float]:
    """Return the notas per second of CPU of each, in turns: the median of some rounds."""
    found: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, found, strict=True):
            with spending() as spent:
                for number in range(1, count + 1):
                    work(number)
            times.append(count / spent.cpu)
    return [median(times) for times in found]


def _one_nota(certificate: Certificate, number: int) -> None:
    signed = sign(write(a_nota(number)), certificate=certificate)
    assert problems(signed.xml, on=_DAY) == []


def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(package_for("nfe", _DAY).folder / "nfe_v4.00.xsd")))


def _floor(certificate: Certificate, ready: bytes) -> Callable[[int], object]:
    """What nobody can leave out: the document is parsed, made canonical, signed and checked once."""
    schema = _schema()

    def work(_: int) -> None:
        tree = etree.fromstring(ready)
        certificate.key.sign(etree.tostring(tree, method="c14n"), PKCS1v15(), SHA1())
        assert schema.validate(tree)

    return work


def _bindings(certificate: Certificate, ready: bytes) -> Callable[[int], object]:
    """The other way we could have gone (ADR 0013), at its best: the bindings are at hand, and so is the serialiser."""
    from nfelib.nfe.bindings.v4_0.nfe_v4_00 import Nfe
    from xsdata.formats.dataclass.context import XmlContext
    from xsdata.formats.dataclass.serializers import XmlSerializer
    from xsdata.formats.dataclass.serializers.config import SerializerConfig

    nota = Nfe.from_xml(ready.decode())
    nota.signature = None
    serialiser = XmlSerializer(config=SerializerConfig(indent="", xml_declaration=False), context=XmlContext())
    render = partial(serialiser.render, ns_map={None: "http://www.portalfiscal.inf.br/nfe"})

    def work(_: int) -> None:
        assert problems(sign(render(nota).encode(), certificate=certificate).xml, on=_DAY) == []

    return work


def _peers(pfx: bytes, ready: bytes, count: int) -> dict[str, float]:
    """Return what others do in a second of CPU, in an environment of their own, which is made if it is not there."""
    subprocess.run(["scripts/install", "peers"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        given = {"certificate.pfx": pfx, "ready.xml": ready}
        for name, content in given.items():
            Path(folder, name).write_bytes(content)
        schema = package_for("nfe", _DAY).folder / "nfe_v4.00.xsd"
        command: Sequence[str | Path] = [
            _PEERS, ROOT / "bench/peers/notas.py", Path(folder, "certificate.pfx"), _PASSWORD, schema,
            Path(folder, "ready.xml"), str(count),
        ]  # fmt: skip
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found
