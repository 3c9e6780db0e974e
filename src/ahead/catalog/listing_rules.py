"""What a Produto Ecommerce may say, what it lacks before it may be published, and how it stands: pure decisions."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ahead.lib.documents import is_gtin
from ahead.lib.errors import Refused

MOST_IMAGES = 6  # of a listing, and of each variant (Tray's page "Imagens")
MOST_VARIANTS = 200
LONGEST_VALUE = 60
_LONGEST_CODE = 30
_ADDRESS = re.compile(r"https://[^\s\"'<>\\]+\.(jpe?g|png)", re.IGNORECASE)

# how a listing stands, and what it is called on the screen
STATES = {
    "draft": "Rascunho",
    "unsynced": "Não sincronizado",
    "changed": "Com mudanças a enviar",
    "synced": "Sincronizado",
    "problem": "Com problema",
    "removed": "A apagar no Tray",
    "gone": "Apagado no Tray",
    "tray_only": "Só no Tray",
}


class WrongListing(Refused):
    """A listing may not be so, or may not be changed so; the message says why, `field` where."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a listing lacks; `field` is where it is mended: a field, "variants", "product" or "kit"."""

    text: str
    field: str
    product_id: int | None = None


class Unfinished(Refused):
    """A listing that lacks something may only be kept as a draft."""

    def __init__(self, missing: Sequence[Missing]) -> None:
        super().__init__("Ainda falta algo para publicar. Complete, ou grave como rascunho.")
        self.missing = list(missing)


@dataclass(frozen=True, slots=True)
class Sku:
    """What is known of one variant: its own facts, and those of the product behind it."""

    values: tuple[str, str]
    reference: str
    price: Decimal
    promotional_price: Decimal | None
    product_id: int | None
    product_code: str
    is_kit: bool  # the product is one
    gtin: str
    weight_g: int
    sizes_cm: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Offer:
    """What is known of a listing that is to be published."""

    title: str
    has_category: bool
    is_category_gone: bool
    is_kit: bool
    is_virtual: bool
    is_price_on_request: bool
    axes: tuple[str, str]
    has_variants: bool
    components: int
    skus: tuple[Sku, ...]


def missing(offer: Offer) -> list[Missing]:
    """Return everything a listing lacks before it may be published, in the order of the form."""
    return [*_missing_head(offer), *_missing_kit(offer), *_missing_axes(offer), *_missing_skus(offer)]


def _missing_head(offer: Offer) -> list[Missing]:
    found = []
    if not offer.title:
        found.append(Missing("Informe o título.", "title"))
    if offer.is_category_gone:
        found.append(Missing("A categoria foi removida. Escolha outra.", "category"))
    elif not offer.has_category:
        found.append(Missing("Escolha a categoria.", "category"))
    return found


def _missing_kit(offer: Offer) -> list[Missing]:
    if not offer.is_kit or offer.components:
        return []
    product_id = next((sku.product_id for sku in offer.skus), None)
    return [Missing("O kit não tem componentes. Informe-os no cadastro do produto.", "kit", product_id)]


def _missing_axes(offer: Offer) -> list[Missing]:
    if not offer.has_variants:
        return [] if offer.skus else [Missing("Escolha o produto do anúncio.", "variants")]
    found = []
    if not offer.axes[0]:
        found.append(Missing("Diga do que as variações diferem, por exemplo Cor.", "variants"))
    if not offer.skus:
        found.append(Missing("O anúncio não tem nenhuma variação.", "variants"))
    wanted = 2 if offer.axes[1] else 1
    if any(not value for sku in offer.skus for value in sku.values[:wanted]):
        found.append(Missing(f"Há variações sem {_both(offer.axes)}.", "variants"))
    whole = [sku.values[:wanted] for sku in offer.skus if all(sku.values[:wanted])]
    said = Counter(tuple(value.casefold() for value in values) for values in whole)
    if any(count > 1 for count in said.values()):
        found.append(Missing("Há duas variações iguais.", "variants"))
    return found


def _both(axes: tuple[str, str]) -> str:
    return " ou ".join(axis for axis in axes if axis) or "valor"


def _missing_skus(offer: Offer) -> list[Missing]:
    return [one for sku in offer.skus for one in _missing_sku(offer, sku)]


def _missing_sku(offer: Offer, sku: Sku) -> list[Missing]:
    what = f"Variação {variant_name(sku.values)}: " if offer.has_variants else ""
    if sku.product_id is None:
        return [Missing(_begun(f"{what}escolha o produto."), "variants")]
    if sku.is_kit != offer.is_kit:
        is_now = "passou a ser um kit" if sku.is_kit else "deixou de ser um kit"
        return [Missing(f"O produto {sku.product_code} {is_now}: crie outro anúncio para ele e apague este.", "title")]
    found = []
    if not sku.reference:
        found.append(Missing(_begun(f"{what}informe a referência."), "variants" if offer.has_variants else "reference"))
    if not offer.is_kit:
        found += _missing_price(offer, sku, what)
        found += _missing_measures(offer, sku)
    if sku.gtin and not is_gtin(sku.gtin):
        found.append(Missing(f"O GTIN do produto {sku.product_code} não é válido.", "product", sku.product_id))
    return found


def _missing_price(offer: Offer, sku: Sku, what: str) -> list[Missing]:
    place = "variants" if offer.has_variants else "price"
    if offer.is_price_on_request:
        return []
    if sku.price <= 0:
        return [Missing(_begun(f"{what}informe o preço, ou marque Preço sob consulta."), place)]
    if sku.promotional_price is not None and sku.promotional_price >= sku.price:
        return [Missing(_begun(f"{what}o preço promocional deve ser menor que o preço."), place)]
    return []


def _missing_measures(offer: Offer, sku: Sku) -> list[Missing]:
    if offer.is_virtual or (sku.weight_g > 0 and all(size > 0 for size in sku.sizes_cm)):
        return []
    text = f"O produto {sku.product_code} não tem peso e medidas, que o frete pede."
    return [Missing(text, "product", sku.product_id)]


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def variant_name(values: Sequence[str]) -> str:
    """Return how a variant is called: "Preta / P"."""
    return " / ".join(value for value in values if value) or "sem valor"


def axes_text(axes: Sequence[str], values: Sequence[str]) -> str:
    """Return a variant's axes in words: "Cor: Preta · Tamanho: P"."""
    pairs = zip(axes, values, strict=True)
    return " · ".join(f"{axis}: {value}" for axis, value in pairs if axis and value)[:200]


def check_promotion(
    *, price: Decimal | None, promotional_price: Decimal | None, starts_on: date | None, ends_on: date | None
) -> None:
    """
    Make sure that a promotion is whole: a price below the price, and both of its days.

    :raises WrongListing: if it is not.
    """
    if promotional_price is None:
        if starts_on or ends_on:
            raise WrongListing("Informe o preço promocional, ou tire as datas.", field="promotional_price")
        return
    if promotional_price <= 0:
        raise WrongListing("O preço promocional deve ser maior que zero.", field="promotional_price")
    if price is not None and promotional_price >= price:
        raise WrongListing("O preço promocional deve ser menor que o preço.", field="promotional_price")
    if starts_on is None or ends_on is None:
        raise WrongListing(
            "A promoção pede as duas datas.", field="promotion_ends_on" if starts_on else "promotion_starts_on"
        )
    if ends_on < starts_on:
        raise WrongListing("A promoção termina antes de começar.", field="promotion_ends_on")


def clean_address(address: str) -> str:
    """
    Return the public address of an image, as Tray takes it (page "Imagens").

    :raises WrongListing: if Tray would not fetch it.
    """
    clean = address.strip()
    if len(clean) > 500:
        raise WrongListing("O endereço da imagem pode ter no máximo 500 letras.", field="url")
    if not _ADDRESS.fullmatch(clean):
        raise WrongListing(
            "O endereço deve começar com https://, terminar em .jpg, .jpeg ou .png e não ter espaços.", field="url"
        )
    return clean


def values_in(text: str) -> list[str]:
    """
    Return the values of an axis that were typed, by commas or lines, each once.

    :raises WrongListing: if one is too long.
    """
    found: dict[str, str] = {}
    for part in re.split(r"[,;\n]", text):
        value = " ".join(part.split())
        if len(value) > LONGEST_VALUE:
            raise WrongListing(f"«{value[:20]}…» é longo demais: um valor pode ter até {LONGEST_VALUE} letras.")
        if value:
            found.setdefault(value.casefold(), value)
    return list(found.values())


def combinations(values_1: Sequence[str], values_2: Sequence[str]) -> list[tuple[str, str]]:
    """Return each value of the first axis with each of the second; of one axis, its values alone."""
    return [(one, other) for one in values_1 for other in (values_2 or [""])]


def derived_code(parent: str, values: Sequence[str], taken: Collection[str], *, longest: int = _LONGEST_CODE) -> str:
    """Return a code for a variant that none of `taken` (in upper case) is: CAM-BAS, Preta, P -> CAM-BAS-PRETA-P."""
    whole = "-".join(part for part in (parent, *map(_plain, values)) if part)
    code, number = whole[:longest].rstrip("-"), 1
    while not code or code.upper() in taken:
        number += 1
        tail = f"-{number}"
        code = f"{whole[: longest - len(tail)].rstrip('-')}{tail}"
    return code


def _plain(text: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    return re.sub(r"[^A-Z0-9]+", "-", ascii_only).strip("-")
