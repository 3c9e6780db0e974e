"""Which products may be put in or out of use: a kit in use needs its components."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from ahead.catalog.models import KitComponent, Product


def why_not_set_active(company_id: int, products: Collection[Product], *, active: bool) -> dict[int, str]:
    """Return, by its id, why each of these products may not be put in or out of use; those that may are left out."""
    return _why_not_activate(company_id, products) if active else _why_not_deactivate(company_id, products)


def _why_not_deactivate(company_id: int, products: Collection[Product]) -> dict[int, str]:
    rows = KitComponent.objects.of(company_id).filter(product__in=products, kit__is_active=True)
    kits: dict[int, list[str]] = defaultdict(list)
    for row in rows.select_related("kit").order_by("kit__code"):
        kits[row.product_id].append(str(row.kit))
    return {
        one.pk: f"O produto {one} é componente de: {', '.join(kits[one.pk])}. "
        "Retire-o destes kits, ou desative os kits antes."
        for one in products
        if one.pk in kits
    }


def _why_not_activate(company_id: int, products: Collection[Product]) -> dict[int, str]:
    rows = KitComponent.objects.of(company_id).filter(kit__in=products, product__is_active=False)
    missing: dict[int, list[str]] = defaultdict(list)
    for row in rows.select_related("product").order_by("position", "pk"):
        missing[row.kit_id].append(str(row.product))
    return {
        one.pk: f"O kit {one} tem componentes desativados: {', '.join(missing[one.pk])}. Ative-os antes."
        for one in products
        if one.pk in missing
    }
