"""
Pieces of a document, as text: tags in the order they are written in, values in the forms that the schema takes.

What is written is canonical XML already (C14N 1.0): nothing between tags, no empty-element tags, only & < > escaped.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from decimal import Decimal

from ahead.nfe.errors import CannotWrite

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
# TString of the schema is Latin-1; of that, the control characters that it lets pass are left out
_PLAIN = re.compile(r"[ -%'-;=?-~¡-ÿ]*")
_WRITABLE = re.compile(r"[ -~¡-ÿ]*")
_OF_TYPOGRAPHERS = str.maketrans(
    {
        "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ",
        "\u200b": "", "\u200d": "", "\ufeff": "", "\ufe0f": "",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
        "‘": "'", "’": "'", "‚": ",", "‛": "'", "′": "'", "“": '"', "”": '"', "„": '"', "″": '"',
        "•": "-", "…": "...", "™": "(TM)", "€": "EUR",
    }
)  # fmt: skip
_NOT_DIGIT = re.compile(r"[^0-9]")


def group(name: str, *parts: str) -> str:
    """Return a tag around others."""
    return f"<{name}>{''.join(parts)}</{name}>"


def tag(name: str, value: str) -> str:
    """Return a tag with a value of ours, which needs no look."""
    return f"<{name}>{value}</{name}>"


def optional(name: str, value: str) -> str:
    """Return a tag with a value of ours, or nothing if it is empty."""
    return f"<{name}>{value}</{name}>" if value else ""


def text(name: str, value: str, what: str, *, longest: int = 60, shortest: int = 1, cut: bool = False) -> str:
    """
    Return a tag with a text from outside. Spaces around it go; what typographers use becomes what Latin-1 has.

    :param what: the name of the value in the words of people, for the refusal.
    :param cut: whether what is too long is cut off: names and addresses, which say the same when they end early.
    :raises CannotWrite: if it is missing, too short, too long, or has characters that no nota may hold.
    """
    written = value.strip(" ")
    if not _PLAIN.fullmatch(written):
        written = _latin(written, what)
    if len(written) > longest and cut:
        written = written[:longest].rstrip(" ")
    if not shortest <= len(written) <= longest:
        raise CannotWrite(_wrong_length(what, len(written), shortest, longest))
    return f"<{name}>{_escaped(written)}</{name}>"


def maybe(name: str, value: str, what: str, *, longest: int = 60, shortest: int = 1, cut: bool = False) -> str:
    """
    Return a tag with a text from outside, or nothing if it is empty.

    :raises CannotWrite: as `text` does.
    """
    return text(name, value, what, longest=longest, shortest=shortest, cut=cut) if value.strip(" ") else ""


def _latin(value: str, what: str) -> str:
    """
    Return a text in the characters a nota may hold.

    :raises CannotWrite: naming the first character that has no place there.
    """
    plain = unicodedata.normalize("NFC", value).translate(_OF_TYPOGRAPHERS)
    if not _WRITABLE.fullmatch(plain):
        plain = "".join(one if one <= "ÿ" else _without_marks(one) for one in plain)
    plain = plain.strip(" ")
    for one in plain:
        if not _WRITABLE.fullmatch(one):
            raise CannotWrite(f"{what}: {_named(one)} não pode estar em uma NF-e. Retire do cadastro ou do pedido.")
    return plain


def _without_marks(character: str) -> str:
    """Return a letter without the marks that Latin-1 does not know on it (ő -> o)."""
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not unicodedata.combining(part)) or character


def _named(character: str) -> str:
    if character in "\r\n":
        return "uma quebra de linha"
    if character == "\t" or unicodedata.category(character).startswith("C"):
        return f"o caractere de controle U+{ord(character):04X}"
    return f"o caractere “{character}”"


def _wrong_length(what: str, length: int, shortest: int, longest: int) -> str:
    if not length:
        return f"{what}: falta preencher."
    if length < shortest:
        return f"{what}: tem {length} caractere(s), e a NF-e pede ao menos {shortest}."
    return f"{what}: tem {length} caracteres, e na NF-e cabem {longest}."


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def digits(name: str, value: str, what: str, *, shortest: int, longest: int) -> str:
    """
    Return a tag with the digits of a value that people punctuate.

    :raises CannotWrite: if there are too few or too many.
    """
    return text(name, _NOT_DIGIT.sub("", value), what, shortest=shortest, longest=longest)


def phone(value: str) -> str:
    """Return `fone` with the digits of a number, or nothing where they are no number a nota takes."""
    found = _NOT_DIGIT.sub("", value)
    return tag("fone", found) if 6 <= len(found) <= 14 else ""


def document(value: str, what: str) -> str:
    """
    Return the tag of a CPF or a CNPJ, whichever it is.

    :raises CannotWrite: if it is neither.
    """
    if len(value) == 14:
        return text("CNPJ", value, what)
    if len(value) == 11:
        return text("CPF", value, what)
    raise CannotWrite(f"{what}: {'falta preencher o CPF ou CNPJ' if not value else f'{value} não é CPF nem CNPJ'}.")


def money(name: str, value: Decimal) -> str:
    """
    Return a tag with an amount, to the cent.

    :raises CannotWrite: if it is negative, or has parts of a cent.
    """
    return number(name, value, 2)


def money_if_any(name: str, value: Decimal) -> str:
    """
    Return a tag with an amount, or nothing if it is zero.

    :raises CannotWrite: as `money` does.
    """
    return number(name, value, 2) if value else ""


def rate(name: str, value: Decimal) -> str:
    """
    Return a tag with a percentage, of four places.

    :raises CannotWrite: if it is negative, or has more places.
    """
    return number(name, value, 4)


def number(name: str, value: Decimal, places: int) -> str:
    """
    Return a tag with a number of so many places; nothing is rounded here.

    :raises CannotWrite: if it is negative, or has more places.
    """
    written = f"{value:.{places}f}"
    if written[0] == "-" or Decimal(written) != value:
        raise CannotWrite(f"O valor {value} não cabe no campo {name}: vão valores positivos com até {places} casas.")
    return f"<{name}>{written}</{name}>"


def price(name: str, value: Decimal) -> str:
    """
    Return a tag with a unit price: as many places as it has, at least two.

    :raises CannotWrite: if it is negative, or has more than ten places.
    """
    written = number(name, value, 10)[len(name) + 2 : -len(name) - 3]
    whole, _, fraction = written.partition(".")
    return f"<{name}>{whole}.{fraction.rstrip('0').ljust(2, '0')}</{name}>"


def moment(name: str, value: datetime, what: str) -> str:
    """
    Return a tag with an instant and its offset.

    :raises CannotWrite: if it has no offset.
    """
    if value.tzinfo is None:
        raise CannotWrite(f"{what}: falta o fuso horário.")
    return f"<{name}>{value.isoformat(timespec='seconds')}</{name}>"
