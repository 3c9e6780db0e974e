"""What a channel offers, as it names it: values only, for matching and for orders as they arrive."""

from __future__ import annotations

from dataclasses import dataclass

TrayIds = tuple[int, int]  # product id, variant id (0: none)


@dataclass(frozen=True, slots=True)
class Offered:
    """What Tray says of one sellable thing: in a catalogue page, or in a line of an order."""

    tray_product_id: int
    tray_variant_id: int  # 0: the product itself
    title: str
    reference: str
    gtin: str
    axes: str = ""
    values: tuple[str, ...] = ()  # of the axes: ("Preta", "P")
    is_kit: bool = False
    listing_reference: str = ""
    has_variants: bool = False
