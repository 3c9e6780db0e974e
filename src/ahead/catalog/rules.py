"""How a product is written down: pure decisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ahead.lib.documents import is_gtin
from ahead.lib.errors import Refused
from ahead.lib.money import to_cents

# table A of the CST (Ajuste SINIEF 20/2012)
ORIGENS = {
    "0": "Nacional, exceto as indicadas em 3, 4, 5 e 8",
    "1": "Estrangeira, importação direta",
    "2": "Estrangeira, adquirida no mercado interno",
    "3": "Nacional, conteúdo de importação acima de 40% até 70%",
    "4": "Nacional, produzida conforme processos produtivos básicos",
    "5": "Nacional, conteúdo de importação até 40%",
    "6": "Estrangeira, importação direta, sem similar nacional (CAMEX)",
    "7": "Estrangeira, adquirida no mercado interno, sem similar nacional (CAMEX)",
    "8": "Nacional, conteúdo de importação acima de 70%",
}
JUST_NOW = "neste instante. Confira, e grave de novo"
_HIGHEST_AMOUNT = Decimal("9999999999.99")
_HEAVIEST_G = 10_000_000
_LONGEST_CM = 10_000


class WrongProduct(Refused):
    """A field of a product is missing or wrong; the message says which and why."""


class Moved(Refused):
    """What is to be written is not any more what somebody saw when they decided to."""


def check_same(row: Any, before: Mapping[str, Any], what: str, *, when: str = "depois da conferência") -> None:
    """
    Make sure that a row still says what somebody saw.

    :raises Moved: if it does not; the message begins with `what` it is, and says `when` it changed.
    """
    if any(getattr(row, field) != value for field, value in before.items()):
        raise Moved(f"{what} mudou {when}.")


def clean_text(
    text: str, *, label: str, longest: int, is_required: bool = False, wrong: type[Refused] = WrongProduct
) -> str:
    """
    Return a text without surplus space.

    :raises WrongProduct: if it is too long, or missing where it is required; or the refusal named in its place.
    """
    clean = " ".join(text.split())
    if is_required and not clean:
        raise wrong(f"Informe o campo {label}.")
    if len(clean) > longest:
        raise wrong(f"O campo {label} pode ter no máximo {longest} letras.")
    return clean


def clean_gtin(text: str) -> str:
    """
    Return a GTIN's digits, or nothing where there is none ("SEM GTIN", as the note calls it).

    :raises WrongProduct: if its check digit is wrong.
    """
    gtin = re.sub(r"[\s.-]", "", text).upper()
    if gtin in {"", "SEMGTIN"}:
        return ""
    if not is_gtin(gtin):
        raise WrongProduct("O GTIN não é válido. Confira os dígitos, ou deixe em branco.")
    return gtin


def clean_ncm(text: str) -> str:
    """
    Return an NCM's eight digits, or nothing.

    :raises WrongProduct: if it has not eight.
    """
    ncm = re.sub(r"[\s.]", "", text)
    if ncm and not re.fullmatch(r"[0-9]{8}", ncm):
        raise WrongProduct("O NCM deve ter 8 dígitos.")
    return ncm


def clean_cest(text: str) -> str:
    """
    Return a CEST's seven digits, or nothing.

    :raises WrongProduct: if it has not seven.
    """
    cest = re.sub(r"[\s.]", "", text)
    if cest and not re.fullmatch(r"[0-9]{7}", cest):
        raise WrongProduct("O CEST deve ter 7 dígitos.")
    return cest


def clean_origem(text: str) -> str:
    """
    Return the digit that says where the goods come from.

    :raises WrongProduct: if it is none of the table's.
    """
    origem = text.strip()
    if origem not in ORIGENS:
        raise WrongProduct("A origem da mercadoria é um dígito de 0 a 8: 0 se é nacional.")
    return origem


def clean_unit(text: str) -> str:
    """
    Return a unit of measure in upper case.

    :raises WrongProduct: if it is missing or too long.
    """
    return clean_text(text, label="Unidade", longest=6, is_required=True).upper()


def clean_amount(amount: Decimal | int | str, *, label: str) -> Decimal:
    """
    Return an amount of money with its two decimals; nothing is rounded.

    :raises WrongProduct: if it is negative, too large, or has fractions of a cent.
    """
    exact = Decimal(amount)
    if not exact.is_finite() or not 0 <= exact <= _HIGHEST_AMOUNT:
        raise WrongProduct(f"O campo {label} deve ser um valor a partir de zero.")
    if exact != to_cents(exact):
        raise WrongProduct(f"O campo {label} deve ter no máximo duas casas decimais.")
    return to_cents(exact)


def clean_weight(grams: int) -> int:
    """
    Return a weight in grams.

    :raises WrongProduct: if it is negative or beyond ten tonnes.
    """
    if not 0 <= grams <= _HEAVIEST_G:
        raise WrongProduct("O peso deve ser informado em gramas, a partir de zero.")
    return grams


def read_weight(text: str) -> int:
    """
    Return the grams of a weight as people write it: "350 g", "0,35 kg", "1.200 g"; a bare number is grams.

    :raises WrongProduct: if it cannot be read, or has fractions of a gram.
    """
    found = re.fullmatch(r"([0-9][0-9.]*(?:,[0-9]+)?)\s*(kg|g|)", " ".join(text.lower().split()) or "0")
    if found is None:
        raise WrongProduct("Informe o peso com a unidade, como 350 g ou 0,35 kg.")
    number, unit = found.groups()
    grams = _number(number, is_fraction=unit == "kg") * (1000 if unit == "kg" else 1)
    if grams != grams.to_integral_value():
        raise WrongProduct("O peso deve ser em gramas inteiros: até três casas decimais em kg.")
    return clean_weight(int(grams))


def _number(text: str, *, is_fraction: bool) -> Decimal:
    """Read "1.200,5"; a point that does not part thousands is the decimal one, as in "0.35" kg."""
    is_grouped = re.fullmatch(r"[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?", text) is not None
    if "." in text and not is_grouped and ("," in text or text.count(".") > 1 or not is_fraction):
        raise WrongProduct("Informe o peso com a unidade, como 350 g ou 0,35 kg.")
    if is_grouped and is_fraction and "," not in text and text.count(".") == 1:
        raise WrongProduct(
            f"Este peso pode ser lido de dois modos: escreva {text.replace('.', ',')} kg ou o total em g."
        )
    plain = text.replace(".", "") if is_grouped else text
    return Decimal(plain.replace(",", "."))


def weight_text(grams: int) -> str:
    """Return a weight as people write it: 350 g, 1,2 kg."""
    if grams < 1000:
        return f"{grams} g"
    kilos = f"{Decimal(grams) / 1000:f}".rstrip("0").rstrip(".") if grams % 1000 else str(grams // 1000)
    return f"{kilos.replace('.', ',')} kg"


def clean_size(centimetres: int, *, label: str) -> int:
    """
    Return a length in centimetres.

    :raises WrongProduct: if it is negative or beyond a hundred metres.
    """
    if not 0 <= centimetres <= _LONGEST_CM:
        raise WrongProduct(f"O campo {label} deve ser informado em centímetros, a partir de zero.")
    return centimetres


# what each field of a product may say; every write of one goes through here
CLEAN: dict[str, Callable[[Any], Any]] = {
    "code": lambda text: clean_text(text, label="Código AHEAD", longest=30, is_required=True),
    "name": lambda text: clean_text(text, label="Descrição", longest=200, is_required=True),
    "reference": lambda text: clean_text(text, label="Referência (SKU)", longest=120),
    "gtin": clean_gtin,
    "ncm": clean_ncm,
    "origem": clean_origem,
    "cest": clean_cest,
    "unit": clean_unit,
    "brand": lambda text: clean_text(text, label="Marca", longest=120),
    "model": lambda text: clean_text(text, label="Modelo", longest=150),
    "warranty": lambda text: clean_text(text, label="Garantia", longest=250),
    "weight_g": clean_weight,
    "length_cm": lambda size: clean_size(size, label="Comprimento (cm)"),
    "width_cm": lambda size: clean_size(size, label="Largura (cm)"),
    "height_cm": lambda size: clean_size(size, label="Altura (cm)"),
    "is_kit": bool,
    "cost": lambda amount: clean_amount(amount, label="Custo"),
    "price": lambda amount: clean_amount(amount, label="Preço"),
}
