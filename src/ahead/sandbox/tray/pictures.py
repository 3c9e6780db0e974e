"""
The pictures of products and variants: six slots, each filled from an address.

Tray fetches the addresses later; here it is done at once, and the address is kept. What the
sources leave open: a slot beyond the last picture is the next one; an address that is there
already is added once more, whichever slot it was sent for, until the six are full; one blank
takes a slot away, after everything else was set, and the rest move up; an empty text changes
nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

from ahead.sandbox.tray.answers import invalid
from ahead.sandbox.tray.bodies import scalar

SLOTS = 6
_ADDRESS = re.compile(r"https?://[^\s/]+/\S*\.(jpe?g|png)", re.IGNORECASE)


def sent(body: Mapping[str, Any]) -> dict[int, str]:
    """
    Return the slots a body speaks of, with an address or a blank.

    :raises Refused: 400 if an address is none Tray can fetch.
    """
    slots: dict[int, str] = {}
    for slot in range(1, SLOTS + 1):
        name = f"picture_source_{slot}"
        if value := scalar(body.get(name)):
            if value.strip():
                check_address(name, value)
            slots[slot] = value.strip()
    return slots


def check_address(name: str, value: str) -> None:
    """
    Accept an address of a picture.

    :raises Refused: 400 unless it is of the web, ends in .jpg, .jpeg or .png and has no space.
    """
    if not _ADDRESS.fullmatch(value):
        raise invalid(**{name: "endereço de imagem inválido"})


def applied(pictures: list[str], slots: Mapping[int, str]) -> list[str]:
    """Return the pictures after the slots were written."""
    after = list(pictures)
    for slot, address in sorted(slots.items()):
        if not address:
            continue
        if address in after or slot > len(after):
            after.append(address)
        else:
            after[slot - 1] = address
    after = after[:SLOTS]
    gone = {slot - 1 for slot, address in slots.items() if not address}
    return [address for place, address in enumerate(after) if place not in gone]
