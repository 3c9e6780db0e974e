"""Editar e reenviar: the address of the field in which what SEFAZ rejected is corrected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from ahead.fiscal.remedies import remedy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ahead.fiscal.archive import NotaLine
    from ahead.fiscal.models import Nota
    from ahead.fiscal.remedies import Record

_SCREENS: dict[Record, tuple[str, str]] = {
    "customer": ("customers:edit", "Editar e reenviar"),
    "delivery": ("orders:delivery", "Editar e reenviar"),
    "product": ("products:edit", "Editar o produto"),
    "order": ("orders:order", "Abrir o pedido"),
    "issuer": ("fiscal:issuer", "Corrigir a configuração fiscal"),
    "tax_rules": ("taxes:rules", "Corrigir a regra tributária"),
    "certificate": ("fiscal:certificate", "Abrir o certificado"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where what was rejected is corrected, and how the link is called."""

    url: str
    label: str


def link_of(nota: Nota, slug: str, lines: Sequence[NotaLine] | None = None) -> Link | None:
    """Return where to correct what SEFAZ rejected of a nota; None where no screen of ours does."""
    remedy = remedy_of(nota, lines)
    if remedy is None:
        return None
    route, label = _SCREENS[remedy.record]
    url = reverse(route, args=[slug] if remedy.subject_id is None else [slug, remedy.subject_id])
    if remedy.record in {"customer", "delivery"}:
        url = f"{url}?{urlencode({'campo': remedy.field, 'nota': nota.pk})}"
    elif remedy.field:
        url = f"{url}#id_{remedy.field}"
    return Link(url, label)
