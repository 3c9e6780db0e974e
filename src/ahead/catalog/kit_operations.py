"""Writing kits: what they consist of, and a product together with its components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog import kit_rules
from ahead.catalog.kit_rules import Component, WrongKit
from ahead.catalog.marking import mark_listings_of_products
from ahead.catalog.models import KitComponent, Product
from ahead.catalog.operations import ProductChanges, create_product, update_product


@transaction.atomic
def save_product(
    *,
    company: Company,
    product_id: int | None,
    fields: ProductChanges,
    components: Sequence[Component],
    before: Mapping[str, Any] | None = None,
    by: str,
    now: datetime,
) -> Product:
    """
    Create a product (without an id) or change it, together with its components where it is a kit.

    `before` is what one that is changed must still say.

    :raises Refused: if the product or its components may not be so; nothing is kept then.
    :raises Product.DoesNotExist: if the company has no such product.
    """
    if product_id is None:
        product = create_product(company=company, by=by, now=now, **fields)
    else:
        product = update_product(company=company, product_id=product_id, before=before, by=by, now=now, **fields)
    if product.is_kit:
        set_components(company=company, product_id=product.pk, components=components, by=by, now=now)
    return product


@transaction.atomic
def set_components(
    *, company: Company, product_id: int, components: Sequence[Component], by: str, now: datetime
) -> list[KitComponent]:
    """
    Make a kit consist of these components, in this order. Orders that are in already stay as they were.

    :raises Product.DoesNotExist: if the company has no such product.
    :raises WrongKit: if it is no kit, or may not consist of them.
    """
    Company.objects.select_for_update().get(pk=company.pk)  # nobody makes a component a kit meanwhile
    kit: Product = Product.objects.of(company).get(pk=product_id)
    if not kit.is_kit:
        raise WrongKit(f"O produto {kit} não é um kit. Marque «Produto possui kit» antes de informar componentes.")
    clean = _clean(company, kit, components)
    there = {row.product_id: row for row in KitComponent.objects.of(company).filter(kit=kit)}
    before = {pk: _as_asked(row) for pk, row in there.items()}
    was = [before[pk] for pk in sorted(there, key=lambda pk: (there[pk].position, there[pk].pk))]
    if was == clean:
        return list(kit.components.all())
    gone = there.keys() - {one.product_id for one in clean}
    KitComponent.objects.of(company).filter(kit=kit, product_id__in=gone).delete()
    for position, one in enumerate(clean):
        KitComponent.objects.of(company).update_or_create(
            kit=kit,
            product_id=one.product_id,
            defaults=_columns(one, position),
            create_defaults={"company": company, **_columns(one, position)},
        )
    mark_listings_of_products(company.pk, [kit.pk])
    _tell(kit, was, clean, by=by, now=now)
    return list(kit.components.all())


def _clean(company: Company, kit: Product, components: Sequence[Component]) -> list[Component]:
    if refusal := kit_rules.why_not_compose(kit.pk, components):
        raise WrongKit(refusal)
    if KitComponent.objects.of(company).filter(product=kit).exists():
        raise WrongKit(f"O produto {kit} é componente de outro kit, e um kit não entra em outro.")
    products = {row.pk: row for row in Product.objects.of(company).filter(pk__in=[c.product_id for c in components])}
    clean = []
    for asked in components:
        product = products.get(asked.product_id)
        if product is None:
            raise WrongKit("Um dos componentes não existe nesta empresa.")
        if not product.is_active:
            raise WrongKit(f"O produto {product} está desativado. Ative-o, ou retire-o do kit.")
        if product.is_kit:
            raise WrongKit(f"O produto {product} é um kit, e um kit não entra em outro. Informe os componentes dele.")
        clean.append(kit_rules.clean_component(asked, name=product.code))
    return clean


def _as_asked(row: KitComponent) -> Component:
    return Component(row.product_id, row.quantity, row.price_rule, row.discount_type, row.discount_value)


def _columns(one: Component, position: int) -> dict[str, object]:
    return {
        "position": position,
        "quantity": one.quantity,
        "price_rule": one.price_rule,
        "discount_type": one.discount_type,
        "discount_value": one.discount_value,
    }


def _tell(kit: Product, was: list[Component], clean: list[Component], *, by: str, now: datetime) -> None:
    codes = dict(
        Product.objects.of(kit.company_id)
        .filter(pk__in={one.product_id for one in [*was, *clean]})
        .values_list("pk", "code")
    )

    def said(parts: list[Component]) -> str:
        return ", ".join(f"{one.quantity} × {codes[one.product_id]}" for one in parts)

    earlier = f" (antes: {said(was)})" if was else ""
    record(
        "catalog.product.composed",
        company_id=kit.company_id,
        subject=("product", kit.pk),
        text=f"Componentes do kit: {said(clean)}{earlier}",
        by=by,
        at=now,
        before=[[one.product_id, one.quantity] for one in was],
        after=[[one.product_id, one.quantity] for one in clean],
    )
