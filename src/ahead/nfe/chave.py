"""
The chave de acesso: the 44 characters that name a nota everywhere.

cUF(2) AAMM(4) CNPJ(14) mod(2) série(3) nNF(9) tpEmis(1) cNF(8) cDV(1). Its digit is that of the CNPJ with letters
(NT 2025.001): modulo 11, weights 2 to 9 from the right, the value of a character is its code less 48. Digits have
the value they always had, so that one routine serves both.
"""

from __future__ import annotations

import re
import secrets
from itertools import pairwise
from typing import Protocol

from ahead.nfe.errors import CannotWrite
from ahead.nfe.ufs import BY_CODE, CODES
from ahead.nfe.values import NotaFiscal

MODEL = "55"
_SHAPE = re.compile(r"[0-9]{6}[0-9A-Z]{12}[0-9]{26}")
_CODES = 10**8  # cNF has eight digits


class Random(Protocol):
    """Where codes are drawn from: the module `secrets`, or something a test can foresee."""

    def randbelow(self, exclusive_upper_bound: int, /) -> int:
        """Return a number from 0 to below the bound."""


def chave_de_acesso(nota: NotaFiscal) -> str:
    """
    Return the key of a nota. Its month is the one on the emitter's own clock.

    :raises CannotWrite: if they make no 44 characters: unknown UF, CNPJ, série, number or code of another shape.
    """
    uf = CODES.get(nota.emitter.address.uf, "")
    body = (
        f"{uf}{nota.issued_at:%y%m}{nota.emitter.cnpj:0>14}{MODEL}{nota.serie:03}{nota.number:09}"
        f"{nota.emission}{nota.code}"
    )
    chave = body + check_digit(body)
    if not _SHAPE.fullmatch(chave):
        raise CannotWrite(
            f"Não se forma a chave de acesso com a UF {nota.emitter.address.uf!r}, o CNPJ {nota.emitter.cnpj!r}, a "
            f"série {nota.serie}, o número {nota.number} e o código {nota.code!r}: confira os dados do emitente."
        )
    return chave


def check_digit(body: str) -> str:
    """Return the digit (cDV) of the first 43 characters of a key."""
    total = sum((ord(character) - 48) * (2 + place % 8) for place, character in enumerate(reversed(body)))
    remainder = total % 11
    return "0" if remainder < 2 else str(11 - remainder)


def is_chave(text: str) -> bool:
    """Whether a text is a key: its shape, its UF, its month and its digit."""
    return bool(
        _SHAPE.fullmatch(text)
        and text[:2] in BY_CODE
        and "01" <= text[4:6] <= "12"
        and text[43] == check_digit(text[:43])
    )


def draw_code(number: int, *, random: Random = secrets) -> str:
    """
    Draw the eight random digits of a key (cNF), once for each nota.

    SEFAZ refuses the number of the nota itself, one digit repeated, and runs such as 12345678 (cStat 897): others could
    guess the key of a nota by them.
    """
    while True:
        code = f"{random.randbelow(_CODES):08}"
        if not _is_easily_guessed(code, number):
            return code


def _is_easily_guessed(code: str, number: int) -> bool:
    steps = {(int(later) - int(earlier)) % 10 for earlier, later in pairwise(code)}
    return code == f"{number:08}"[-8:] or steps in ({0}, {1}, {9})
