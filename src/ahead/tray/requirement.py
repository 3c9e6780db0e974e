"""What a document must hold: ids and amounts that nobody may guess."""

from decimal import Decimal
from typing import Any

from ahead.tray.errors import NotFound, Unreadable
from ahead.tray.reading import Document, entity, identity, money, text

_ZERO = Decimal(0)


def required_id(row: Document, name: str, where: str) -> int:
    """
    Return an id.

    :raises Unreadable: if it is missing or zero; the path says where.
    """
    found = identity(row.get(name))
    if found is None:
        raise Unreadable(f"{where}.{name}")
    return found


def amount(row: Document, name: str, where: str, *, required: bool = False) -> Decimal:
    """
    Return an amount; 0 for nothing unless it is required.

    :raises Unreadable: if something stands there that is no number, or nothing where one is required.
    """
    value = row.get(name)
    found = money(value)
    if found is not None:
        return found
    if required or text(value):
        raise Unreadable(f"{where}.{name}")
    return _ZERO


def required_entity(document: Document, name: str) -> dict[str, Any]:
    """
    Return the one entity a document is about, wrapped in its name or bare.

    :raises NotFound: if it is empty, Tray's other way of saying 404.
    :raises Unreadable: if the document is about something else.
    """
    if name in document:
        found = entity(document[name], name)
    elif "id" in document or not document:
        found = dict(document)
    else:
        raise Unreadable(name)
    if not found:
        raise NotFound(f"empty {name}")
    return found
