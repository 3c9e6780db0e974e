"""Adding a picture by its own route; the field that names it is settled by no source, so three are taken."""

from typing import Any

from ahead.sandbox.tray import pictures
from ahead.sandbox.tray.answers import Answer, Call, created, invalid, not_found
from ahead.sandbox.tray.bodies import identifier, scalar
from ahead.sandbox.tray.records import Sellable
from ahead.sandbox.tray.routes.routing import Route


def add_pictures(call: Call) -> Answer:
    """Add pictures to a product, or to the variant the body names."""
    store, product_id = call.store, call.identifiers["product_id"]
    if product_id not in store.products:
        raise not_found()
    body = call.wrapped("ProductImage")
    owner: Sellable = store.products[product_id]
    if variant_id := identifier(body, "variant_id"):
        variant = store.variants.get(variant_id)
        if variant is None or variant.product_id != product_id:
            raise invalid(variant_id="inexistente")
        owner = variant
    owner.pictures = pictures.applied(owner.pictures, _slots(body, len(owner.pictures)))
    store.touch(owner)
    return created(product_id)


def _slots(body: dict[str, Any], there: int) -> dict[int, str]:
    slots = {slot: address for slot, address in pictures.sent(body).items() if address}
    for name in ("image_url", "http"):
        if address := scalar(body.get(name)):
            pictures.check_address(name, address)
            slots[identifier(body, "position") or there + 1] = address
    if not slots:
        raise invalid(picture_source_1="campo obrigatório")
    return slots


ROUTES = (Route("POST", "/products/<int:product_id>/images", add_pictures),)
