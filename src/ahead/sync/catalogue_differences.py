"""What must be written to Tray so that it says what AHEAD says: decided on values, with old and new for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Document = Mapping[str, Any]  # Tray's own field names, and what is said there: text, or a list
MOST_IMAGES = 6
_EMPTY: tuple[object, ...] = ("", [], None)
_LONGEST = 60
# how a person calls Tray's fields
LABELS = {
    "name": "Título",
    "reference": "Referência",
    "ean": "GTIN",
    "ncm": "NCM",
    "brand": "Marca",
    "model": "Modelo",
    "warranty": "Garantia",
    "description": "Descrição",
    "description_small": "Descrição curta",
    "price": "Preço",
    "cost_price": "Custo",
    "promotional_price": "Preço promocional",
    "start_promotion": "Início da promoção",
    "end_promotion": "Fim da promoção",
    "weight": "Peso (g)",
    "length": "Comprimento (cm)",
    "width": "Largura (cm)",
    "height": "Altura (cm)",
    "category_id": "Categoria",
    "related_categories": "Categorias adicionais",
    "available": "Visível",
    "availability": "Disponibilidade",
    "availability_days": "Dias para envio",
    "virtual_product": "Produto virtual",
    "release_date": "Lançamento",
    "title": "Título da página",
    "metatag": "Buscadores",
    "order": "Posição",
    "type_1": "Primeira variação",
    "value_1": "Valor",
    "type_2": "Segunda variação",
    "value_2": "Segundo valor",
    "parent_id": "Categoria superior",
    "slug": "Endereço na loja",
    "small_description": "Descrição curta",
    "is_kit": "Kit",
}
_LONG = {"description", "metatag", "related_categories"}  # told as changed, without the text


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A price that would change: what it is, and what it would be."""

    before: Decimal
    after: Decimal

    def is_beyond(self, percent: int) -> bool:
        """Whether it moves by more than so many percent of what it was, up or down."""
        return self.before > 0 and abs(self.after - self.before) * 100 > self.before * percent


def differing(wanted: Document, confirmed: Document, sent: Document) -> dict[str, Any]:
    """
    Return the fields to be written: those that differ from what Tray confirmed last.

    So are those of a write that was never answered (`sent` says something else): Tray may show either.
    """
    return {
        name: value
        for name, value in wanted.items()
        if not _same(value, confirmed.get(name)) or not _same(sent.get(name), confirmed.get(name))
    }


def still_open(wanted: Document, confirmed: Document, sent: Document) -> dict[str, Any]:
    """
    Return what is to be kept as sent once `wanted` goes out: only a confirmation clears a doubt.

    A value that went out and was never answered stays, where what goes out now is what was confirmed before it: if this
    is not answered either, Tray may show that one.
    """
    return dict(wanted) | {
        name: sent.get(name)
        for name, value in wanted.items()
        if _same(value, confirmed.get(name)) and not _same(sent.get(name), confirmed.get(name))
    }


def said(document: Document) -> dict[str, Any]:
    """Return a document without what says nothing: what is created needs no empty fields."""
    return {name: value for name, value in document.items() if value not in _EMPTY}


def _same(one: object, other: object) -> bool:
    return one == other or (one in _EMPTY and other in _EMPTY)


def image_writes(wanted: Sequence[str], confirmed: Sequence[str], *, is_open: bool = False) -> list[dict[str, str]]:
    """
    Return the writes that bring the slots of pictures from `confirmed` to `wanted`, in their order.

    Only slots that change are sent: Tray asks not to send a picture again. A slot is emptied by one blank, and those
    behind it move up (Tray, "Imagens"). After a write without an answer (`is_open`), or when pictures change places,
    all are taken out first.
    """
    wanted, confirmed = list(wanted[:MOST_IMAGES]), list(confirmed)
    if wanted == confirmed and not is_open:
        return []
    afresh = [{_slot(place): " " for place in range(MOST_IMAGES)}, *([slots(wanted)] if wanted else [])]
    if is_open:
        return afresh
    kept = [url for url in confirmed if url in wanted]
    if kept == wanted[: len(kept)] and len(kept) < len(confirmed) and not _stays_in_place(wanted, confirmed):
        blanks = {_slot(place): " " for place, url in enumerate(confirmed) if url not in wanted}
        rest = slots(wanted[len(kept) :], len(kept))
        return [blanks, *([rest] if rest else [])]
    changed = {
        _slot(place): url for place, url in enumerate(wanted) if place >= len(confirmed) or confirmed[place] != url
    }
    if any(url in confirmed for url in changed.values()):
        return afresh  # they change places: a picture that is sent again beside itself would be shown twice
    return [changed | {_slot(place): " " for place in range(len(wanted), len(confirmed))}]


def _stays_in_place(wanted: Sequence[str], confirmed: Sequence[str]) -> bool:
    """Whether each picture that stays keeps its slot: then the others are simply put over the old ones."""
    return len(wanted) >= len(confirmed) and all(
        url not in wanted or (place < len(wanted) and wanted[place] == url) for place, url in enumerate(confirmed)
    )


def _slot(place: int) -> str:
    return f"picture_source_{place + 1}"


def slots(urls: Sequence[str], first: int = 0) -> dict[str, str]:
    """Return pictures as fields of Tray, from a slot on."""
    return {_slot(first + place): url for place, url in enumerate(urls)}


def payable(document: Document, today: date) -> Decimal:
    """
    Return what a buyer pays by a document of fields: the promotional price where there is a promotion.

    One that is over by that day counts no more; one that is to come does: nobody looks again when it begins.
    """
    last_day = document.get("end_promotion") or ""
    is_over = bool(last_day) and last_day < today.isoformat()
    promotional = Decimal(0 if is_over else document.get("promotional_price") or 0)
    return promotional or _price(document)


def _price(document: Document) -> Decimal:
    return Decimal(document.get("price") or 0)


@dataclass(frozen=True, slots=True)
class PriceBrake:
    """How much a price may move by itself, and the day (Brasília's) on which that is judged."""

    percent: int
    today: date

    def beyond(self, wanted: Document, confirmed: Document) -> PriceMove | None:
        """
        Return the move that must wait for a person, or None.

        Both count: what a buyer pays, and the price behind a promotion, which buyers pay once it is over.
        """
        paid = PriceMove(before=payable(confirmed, self.today), after=payable(wanted, self.today))
        behind = PriceMove(before=_price(confirmed), after=_price(wanted))
        return next((move for move in (paid, behind) if move.is_beyond(self.percent)), None)


def told(changed: Document, confirmed: Document) -> str:
    """Return the changes in words: "Preço: 39,90 → 42,90; Descrição alterada"."""
    return "; ".join(_told(name, confirmed.get(name), value) for name, value in changed.items())


def _told(name: str, before: Any, after: Any) -> str:
    label = LABELS.get(name, name)
    if name in _LONG or isinstance(after, list):
        return f"{label}: alterada" if before not in _EMPTY else f"{label}: incluída"
    if before in _EMPTY:
        return f"{label}: {_short(name, after)}"
    return f"{label}: {_short(name, before)} → {_short(name, after) or 'vazio'}"


def _short(name: str, value: Any) -> str:
    text = str(value)
    if name in {"available", "virtual_product", "is_kit"}:
        return "sim" if text == "1" else "não"
    if "price" in name and text:
        return f"{Decimal(text):.2f}".replace(".", ",")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
