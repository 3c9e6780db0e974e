"""Reading kits: what they consist of, what that costs and weighs, and which kits a product is a part of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ahead.accounts.models import Company
from ahead.catalog import kit_rules
from ahead.catalog.kit_rules import Component
from ahead.catalog.models import KitComponent, Listing, Product


@dataclass(frozen=True)
class Part:
    """One component of a kit, with what it costs there."""

    component: KitComponent
    unit_price: Decimal

    @property
    def product(self) -> Product:
        """The product that it is."""
        return self.component.product

    @property
    def quantity(self) -> int:
        """Units in one kit."""
        return self.component.quantity

    @property
    def amount(self) -> Decimal:
        """What it costs in one kit."""
        return self.unit_price * self.component.quantity

    @property
    def is_free(self) -> bool:
        """Whether the discount takes the whole price."""
        return self.unit_price == 0 and self.component.product.price > 0


@dataclass(frozen=True)
class Composition:
    """What a kit consists of by now."""

    parts: list[Part]

    @property
    def price(self) -> Decimal:
        """What the components cost together: Tray works the kit's price out like this."""
        return sum((part.amount for part in self.parts), Decimal(0))

    @property
    def weight_g(self) -> int:
        """What the components weigh together."""
        return sum(part.quantity * part.product.weight_g for part in self.parts)


def compositions(company_id: int, kit_ids: Collection[int]) -> dict[int, Composition]:
    """Return what each of these kits consists of, in one query; one without components is left out."""
    parts: dict[int, list[Part]] = defaultdict(list)
    if not kit_ids:
        return {}
    rows = KitComponent.objects.of(company_id).filter(kit_id__in=list(kit_ids)).select_related("product")
    for row in rows.order_by("kit_id", "position", "pk"):
        parts[row.kit_id].append(Part(row, price_of(row)))
    return {kit_id: Composition(found) for kit_id, found in parts.items()}


def composition(kit: Product) -> Composition:
    """Return what a kit consists of."""
    return compositions(kit.company_id, [kit.pk]).get(kit.pk, Composition([]))


def price_of(row: KitComponent) -> Decimal:
    """Return what one unit of a component costs in its kit, by the price of the product."""
    return kit_rules.price_in_kit(
        row.product.price,
        price_rule=row.price_rule,
        discount_type=row.discount_type,
        discount_value=row.discount_value,
    )


def kits_with(product: Product) -> list[KitComponent]:
    """Return the places of a product in kits, with the kits, by their codes."""
    rows = KitComponent.objects.of(product.company_id).filter(product=product).select_related("kit")
    return list(rows.order_by("kit__code"))


def kits_at_tray(kit: Product) -> list[Listing]:
    """Return the listings of a kit that are at Tray now, with their stores."""
    rows = Listing.objects.of(kit.company_id).filter(variants__product=kit, tray_id__isnull=False, gone_at=None)
    return list(rows.filter(removed_at=None).select_related("store").distinct().order_by("store__code", "pk"))


def planned(company: Company, components: Sequence[Component]) -> Composition:
    """Return what a kit of these components would cost and weigh; what is not the company's is left out."""
    products = Product.objects.of(company).in_bulk([one.product_id for one in components])
    rows = [
        KitComponent(
            product=products[one.product_id],
            quantity=one.quantity,
            price_rule=one.price_rule,
            discount_type=one.discount_type,
            discount_value=one.discount_value,
        )
        for one in components
        if one.product_id in products
    ]
    return Composition([Part(row, price_of(row)) for row in rows])
