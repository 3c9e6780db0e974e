"""Cancelamento, carta de correção and inutilização: built, signed, and valid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from judges import xmlsec1_says_ok
from nota_making import BAKERY, CHAVE_RETURNED, CNPJ, CNPJ_WITH_LETTERS, ISSUED_AT, nota

from ahead.nfe.certificate import Certificate
from ahead.nfe.chave import chave_de_acesso
from ahead.nfe.errors import CannotWrite
from ahead.nfe.events import cancelamento, carta_de_correcao
from ahead.nfe.inutilizacao import inutilizacao
from ahead.nfe.schemas import Kind, problems
from ahead.nfe.signing import sign, verify
from ahead.nfe.values import Environment

TODAY = date(2026, 11, 24)
REASON = "Cliente desistiu da compra"


def cancelled(**changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "chave": CHAVE_RETURNED,
        "cnpj": CNPJ,
        "environment": Environment.PRODUCTION,
        "orgao": "35",
        "at": ISSUED_AT,
        "protocolo": "135260000000001",
        "reason": REASON,
    }
    return cancelamento(**{**facts, **changes})


def corrected(**changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "chave": CHAVE_RETURNED,
        "cnpj": CNPJ,
        "environment": Environment.HOMOLOGATION,
        "orgao": "35",
        "at": ISSUED_AT,
        "sequence": 1,
        "correction": "Onde se lê caixa, leia-se fardo & meio",
    }
    return carta_de_correcao(**{**facts, **changes})


def voided(**changes: Any) -> bytes:
    facts: dict[str, Any] = {
        "uf": "SP",
        "cnpj": CNPJ,
        "environment": Environment.PRODUCTION,
        "year": 2026,
        "serie": 1,
        "first": 7,
        "last": 9,
        "reason": "Falha ao numerar as notas",
    }
    return inutilizacao(**{**facts, **changes})


KINDS: list[tuple[Callable[..., bytes], Kind, str]] = [
    (cancelled, "cancelamento", "infEvento"),
    (corrected, "carta_de_correcao", "infEvento"),
    (voided, "inutilizacao", "infInut"),
]


def chave_with_letters() -> str:
    return chave_de_acesso(nota(emitter=replace(BAKERY, cnpj=CNPJ_WITH_LETTERS)))


@pytest.mark.parametrize(("make", "kind", "tag"), KINDS)
def test_each_is_valid_and_its_signature_right(
    make: Callable[..., bytes], kind: Kind, tag: str, certificate: Certificate, tmp_path: Path
) -> None:
    signed = sign(make(), certificate=certificate, tag=tag)
    assert problems(signed.xml, on=TODAY, kind=kind) == []
    assert xmlsec1_says_ok(signed.xml, tmp_path, tag)
    verify(signed.xml)


@pytest.mark.parametrize(("make", "kind", "tag"), KINDS)
def test_a_cnpj_with_letters_is_no_problem_and_the_rest_is_still_judged(
    make: Callable[..., bytes], kind: Kind, tag: str, certificate: Certificate
) -> None:
    changes = {"cnpj": CNPJ_WITH_LETTERS}
    if kind != "inutilizacao":
        changes["chave"] = chave_with_letters()
    signed = sign(make(**changes), certificate=certificate, tag=tag).xml
    assert CNPJ_WITH_LETTERS.encode() in signed
    assert problems(signed, on=TODAY, kind=kind) == []
    (found,) = problems(signed.replace(b"<tpAmb>", b"<tpAmb>3"), on=TODAY, kind=kind)
    assert found.where == "tpAmb"
    # letters where the official package takes none
    spoilt = signed.replace(b"<CNPJ>12ABC34501DE35", b"<CNPJ>12ABC34501DEA5")
    assert [one.where for one in problems(spoilt, on=TODAY, kind=kind)] == ["CNPJ"]


def test_the_parts_of_an_event() -> None:
    assert b'<infEvento Id="ID110111' + CHAVE_RETURNED.encode() + b'01">' in cancelled()
    assert b'<infEvento Id="ID110110' + CHAVE_RETURNED.encode() + b'12">' in corrected(sequence=12)
    assert b"<nSeqEvento>12<" in corrected(sequence=12)
    assert b"<dhEvento>2026-11-24T15:07:09-03:00<" in cancelled()
    assert b"fardo &amp; meio" in corrected()
    assert b'<infInut Id="ID352611222333000181' in voided()
    assert b'Id="ID35261122233300018155001000000007000000009"' in voided()


def test_a_protocolo_of_seventeen_digits(certificate: Certificate) -> None:
    signed = sign(cancelled(protocolo="13526000000000123"), certificate=certificate, tag="infEvento")
    assert problems(signed.xml, on=TODAY, kind="cancelamento") == []


@pytest.mark.parametrize(
    ("make", "changes", "why"),
    [
        (cancelled, {"reason": "curto"}, "Justificativa do cancelamento: tem 5"),
        (cancelled, {"reason": "x" * 256}, "tem 256 caracteres, e na NF-e cabem 255"),
        (cancelled, {"protocolo": "1352600000000"}, "não tem 15 nem 17 dígitos"),
        (cancelled, {"chave": CHAVE_RETURNED[:-1] + "9"}, "não é uma chave"),
        (cancelled, {"at": ISSUED_AT.replace(tzinfo=None)}, "Data do evento: falta o fuso"),
        (corrected, {"correction": "x" * 14}, "ao menos 15"),
        (corrected, {"correction": "x" * 1001}, "cabem 1000"),
        (corrected, {"correction": "linha\noutra linha, mais longa"}, "quebra de linha"),
        (corrected, {"sequence": 21}, "esta seria a 21ª"),
        (corrected, {"sequence": 0}, "esta seria a 0ª"),
        (voided, {"first": 10}, "não há números de 10 a 9"),
        (voided, {"serie": 1000}, "série 1000"),
        (voided, {"uf": "EX"}, "UF 'EX'"),
        (voided, {"reason": ""}, "Justificativa da inutilização: falta"),
        (voided, {"cnpj": "1"}, "CNPJ do emitente: tem 1"),
    ],
)
def test_what_is_refused(make: Callable[..., bytes], changes: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotWrite, match=why):
        make(**changes)
