"""What the company of the demo brings out itself: kits, and new Produtos Ecommerce that wait for the first sync."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ahead.catalog.category_operations import create_category
from ahead.catalog.image_operations import add_picture
from ahead.catalog.kit_operations import save_product
from ahead.catalog.kit_rules import Component
from ahead.catalog.listing_operations import create_listing, update_listing
from ahead.catalog.operations import create_product
from ahead.catalog.variant_operations import generate_variants
from ahead.cli.demo.drawing import product_picture
from ahead.stock.operations import Opening, set_opening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ahead.accounts.models import Company
    from ahead.catalog.models import Listing, Product
    from ahead.cli.demo.tray import SoldKit
    from ahead.stock.models import Warehouse
    from ahead.stores.models import Store

_BY = "demonstração"
_COLOURS = {"Areia": "#d9c7a7", "Musgo": "#5e6b4a", "Terracota": "#b5583a", "Ipê": "#e0a526"}


def make_kits(company: Company, kits: Iterable[SoldKit], products: dict[str, int]) -> None:
    """Make the kits that the Lojas sell, as far as AHEAD knows their components; they share some of them."""
    now, number = timezone.now(), 8001
    for kit in kits:
        known = [one for one in kit.components if one[0] in products]
        if len(known) < len(kit.components):
            continue
        components = [
            Component(products[reference], units, "2" if Decimal(off) else "1", kind, Decimal(off))
            for reference, units, kind, off in known
        ]
        save_product(
            company=company,
            product_id=None,
            fields={"code": str(number), "name": kit.name, "reference": kit.reference, "is_kit": True},
            components=components,
            by=_BY,
            now=now,
        )
        number += 1


def bring_out(company: Company, store: Store, places: list[Warehouse]) -> None:
    """Make a category with a mug, a sweatshirt in colours and sizes, and a kit of mugs: ready, and not at Tray yet."""
    now = timezone.now()
    category = create_category(company=company, store_id=store.pk, name="Lançamentos", by=_BY, now=now)
    mug = _product(company, "7001", "Caneca Esmaltada Ipê", "CAN-IPE", "44.90", places)
    _listing(store, mug, category.pk, ["Ipê", "Areia"], description=_TEXT.format("Esmaltada, de 350 ml, com ipês."))
    wool = _product(company, "7002", "Moletom Aurora", "MOL-AUR", "189.90", [])
    varied = _listing(store, wool, category.pk, ["Musgo"], is_draft=True, description=_TEXT.format("Algodão orgânico."))
    generate_variants(
        company=company, listing_id=varied.pk, axes=("Cor", "Tamanho"), values_1=["Areia", "Musgo", "Terracota"],
        values_2=["P", "M", "G"], by=_BY, now=now,
    )  # fmt: skip
    _stock_variants(company, varied, places)
    update_listing(company=company, listing_id=varied.pk, is_draft=False, by=_BY, now=now)
    kit = save_product(
        company=company, product_id=None, components=[Component(mug.pk, 4, "2", "%", Decimal(10))], by=_BY, now=now,
        fields={"code": "7003", "name": "Kit Quatro Canecas Ipê", "reference": "KIT-IPE", "is_kit": True},
    )  # fmt: skip
    _listing(store, kit, category.pk, ["Ipê"], description=_TEXT.format("Quatro canecas, dez por cento mais barato."))


_TEXT = "<p>{}</p><ul><li>Feito à mão em Marília</li><li>Pronta entrega</li></ul>"


def _product(company: Company, code: str, name: str, reference: str, price: str, places: list[Warehouse]) -> Product:
    now = timezone.now()
    product = create_product(
        company=company, code=code, name=name, reference=reference, ncm="73239300", brand="Casa Aurora",
        warranty="90 dias", cost=Decimal(price) / 2, price=price, weight_g=380, length_cm=14, width_cm=11, height_cm=10,
        by=_BY, now=now,
    )  # fmt: skip
    rows = [Opening(product.pk, place.pk, 18) for place in places]
    if rows:
        set_opening(company=company, rows=rows, by=_BY, now=now)
    return product


def _listing(store: Store, product: Product, category_id: int, colours: list[str], **changes: Any) -> Listing:
    company, now = store.company, timezone.now()
    is_draft = changes.pop("is_draft", False)
    listing = create_listing(
        company=company, store_id=store.pk, product_ids=[product.pk], category_id=category_id, is_draft=is_draft,
        availability="Disponível em 1 dia útil", availability_days=1, by=_BY, now=now, **changes,
    )  # fmt: skip
    for colour in colours:
        content = product_picture(product.name, _COLOURS[colour])
        add_picture(company=company, listing_id=listing.pk, content=content, by=_BY, now=now)
    return listing


def _stock_variants(company: Company, listing: Listing, places: list[Warehouse]) -> None:
    products = [row.product_id for row in listing.variants.all() if row.product_id]
    rows = [Opening(product_id, places[-1].pk, 3 + number * 2 % 7) for number, product_id in enumerate(products)]
    set_opening(company=company, rows=rows, by=_BY, now=timezone.now())
