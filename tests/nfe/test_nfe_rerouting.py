"""A nota that takes another way is what it would have been, had it been written for that way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from nota_making import FIXTURES, ISSUED_AT, nota

from ahead.nfe.certificate import Certificate
from ahead.nfe.chave import chave_de_acesso
from ahead.nfe.errors import CannotWrite
from ahead.nfe.rerouting import rerouted
from ahead.nfe.signing import CannotSign, sign, signer_of, unsigned
from ahead.nfe.values import Contingency, Emission
from ahead.nfe.writing import write

AWAY = Contingency(since=ISSUED_AT, reason='SEFAZ <SP> fora do ar & "parada"')
LATER = ISSUED_AT + timedelta(days=40)


@pytest.mark.parametrize("name", FIXTURES)
def test_there_and_back_it_is_as_if_written_for_that_way(name: str, certificate: Certificate) -> None:
    usual = FIXTURES[name]
    by_svc = replace(usual, emission=Emission.SVC_AN, contingency=AWAY, issued_at=LATER)
    house = usual.technician
    csrt = {"csrt_id": house.csrt_id, "csrt": house.csrt} if house else {}

    before = unsigned(sign(write(usual), certificate=certificate).xml)
    there = rerouted(before, emission=Emission.SVC_AN, contingency=AWAY, issued_at=LATER, **csrt)
    back = rerouted(there[0], emission=Emission.NORMAL, contingency=None, issued_at=usual.issued_at, **csrt)

    assert before == write(usual)
    assert there == (write(by_svc), chave_de_acesso(by_svc))
    assert back == (write(usual), chave_de_acesso(usual))


def test_without_the_code_of_the_software_house_its_hash_of_the_old_key_is_left_out() -> None:
    hashed = next(one for one in FIXTURES.values() if one.technician and one.technician.csrt)
    document, _ = rerouted(write(hashed), emission=Emission.SVC_RS, contingency=AWAY, issued_at=LATER)
    assert b"<hashCSRT>" in write(hashed)
    assert (b"<infRespTec>" in document, b"CSRT>" in document) == (True, False)


def test_what_is_no_nota_or_has_no_reason_is_refused() -> None:
    with pytest.raises(CannotWrite, match="nota"):
        rerouted(b"<evento/>", emission=Emission.NORMAL, contingency=None, issued_at=LATER)
    with pytest.raises(CannotWrite, match="Contingência"):
        rerouted(write(nota()), emission=Emission.SVC_AN, contingency=None, issued_at=LATER)


def test_who_signed_is_told_by_the_fingerprint_of_the_certificate(certificate: Certificate) -> None:
    assert signer_of(sign(write(nota()), certificate=certificate).xml) == certificate.fingerprint
    for read in (signer_of, unsigned):
        with pytest.raises(CannotSign):
            read(write(nota()))
