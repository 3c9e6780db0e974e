"""CPF, CNPJ (numeric and alphanumeric) and GTIN: cleaning and check digits."""

from __future__ import annotations

import re

from stdnum import ean
from stdnum.br import cpf

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]")
_CPF = re.compile(r"[0-9]{11}")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_FIRST_WEIGHTS = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def clean_document(text: str) -> str:
    """Return a CPF or CNPJ without punctuation, in upper case ("529.982.247-25" -> "52998224725")."""
    return _NOT_ALPHANUMERIC.sub("", text.upper())


def is_cpf(text: str) -> bool:
    """Whether `text` is a CPF with right check digits; one digit eleven times has them, and is nobody's."""
    return bool(_CPF.fullmatch(text)) and bool(cpf.is_valid(text)) and len(set(text)) > 1


def is_cnpj(text: str) -> bool:
    """
    Whether `text` is a CNPJ with right check digits, numeric or alphanumeric.

    Source: Receita Federal, IN RFB 2.229/2024 (value of a character = ASCII code - 48).
    """
    if not _CNPJ.fullmatch(text) or len(set(text)) == 1:
        return False
    values = [ord(character) - 48 for character in text]
    first = _check_digit(values[:12], _FIRST_WEIGHTS)
    second = _check_digit([*values[:12], first], (6, *_FIRST_WEIGHTS))
    return values[12:] == [first, second]


def _check_digit(values: list[int], weights: tuple[int, ...]) -> int:
    remainder = sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11
    return 0 if remainder < 2 else 11 - remainder


def is_document(text: str) -> bool:
    """Whether `text` is a CPF or a CNPJ."""
    return is_cpf(text) or is_cnpj(text)


def looks_like_document(text: str) -> bool:
    """Whether `text` is as long as a CPF or a CNPJ and has a digit in it, right or wrong: for who looks one up."""
    return len(text) in {11, 14} and any(map(str.isdecimal, text))


def punctuated(document: str) -> str:
    """Return a CPF or CNPJ as people write it; anything else is returned as it is."""
    if len(document) == 11:
        return f"{document[:3]}.{document[3:6]}.{document[6:9]}-{document[9:]}"
    if len(document) == 14:
        return f"{document[:2]}.{document[2:5]}.{document[5:8]}/{document[8:12]}-{document[12:]}"
    return document


def is_gtin(text: str) -> bool:
    """Whether `text` is a GTIN-8, 12, 13 or 14 with a right check digit."""
    return bool(_GTIN.fullmatch(text)) and bool(ean.is_valid(text))
