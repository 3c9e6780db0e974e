"""Writing many products at once: all of them or none, and only where they still are what somebody saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.audit.operations import event, record_all
from ahead.catalog import rules
from ahead.catalog.marking import mark_listings_of_products
from ahead.catalog.models import Product
from ahead.catalog.operations import CannotRetire, ProductTaken
from ahead.catalog.retiring import why_not_set_active
from ahead.catalog.rules import Moved, check_same
from ahead.db.updating import in_batches, insert_rows, update_rows

# what may be changed of one that is there
FIELDS = (*(name for name in rules.CLEAN if name not in {"code", "is_kit"}), "is_active")


@dataclass(frozen=True, slots=True)
class ProductWrite:
    """What one product is to say: `before` is what it must still say now. Without an id it is made, of its code."""

    product_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@transaction.atomic
def write_products(*, company: Company, writes: Iterable[ProductWrite], by: str, now: datetime) -> int:
    """
    Make and change products as one, and return how many they were; the writes come in batches, and none is held longer.

    :raises Moved: if one is not any more what it was, or was made by somebody else.
    :raises WrongProduct: if a field is wrong.
    :raises ProductTaken: if another product has a code or reference.
    :raises CannotRetire: if one may not go in or out of use.
    """
    # so locked, no other product of the company is written meanwhile; new orders are not in the way
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    count = 0
    for batch in in_batches(writes):
        _change(company, [one for one in batch if one.product_id is not None], by=by, now=now)
        _make(company, [one for one in batch if one.product_id is None], by=by, now=now)
        count += len(batch)
    return count


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: bool(value) if name == "is_active" else rules.CLEAN[name](value) for name, value in fields.items()}


def _change(company: Company, writes: list[ProductWrite], *, by: str, now: datetime) -> None:
    if not writes:
        return
    ids = [one.product_id or 0 for one in writes]
    locked = Product.objects.of(company).select_for_update(no_key=True).order_by("pk")
    products = {product.pk: product for product in locked.filter(pk__in=ids)}
    events, fields = [], set()
    for write in writes:
        product = products.get(write.product_id or 0)
        if product is None:
            raise Moved("Um produto não existe mais.")
        check_same(product, write.before, f"O produto {product}")
        after = _clean(write.after)
        for field, value in after.items():
            setattr(product, field, value)
        product.updated_at = now
        fields |= set(after)
        events.append(_changed(product, write.before, after, by=by, now=now))
    _check_retiring(company, writes, products)
    _check_free(company, [products[pk] for pk in ids], writes)
    update_rows(company.pk, products.values(), [*sorted(fields), "updated_at"])
    mark_listings_of_products(company.pk, products)
    record_all(events)


def _check_retiring(company: Company, writes: list[ProductWrite], products: Mapping[int, Product]) -> None:
    for active in (True, False):
        turned = [products[one.product_id or 0] for one in writes if one.after.get("is_active") is active]
        if turned and (refusals := why_not_set_active(company.pk, turned, active=active)):
            raise CannotRetire(next(iter(refusals.values())))


def _check_free(company: Company, products: list[Product], writes: list[ProductWrite]) -> None:
    """Make sure that no other product has these references; what the sheet itself says twice fails at the table."""
    said = {
        product.reference: product
        for product, write in zip(products, writes, strict=True)
        if "reference" in write.after and product.reference
    }
    for other in Product.objects.of(company).filter(reference__in=list(said)):
        if other.pk != said[other.reference].pk:
            raise ProductTaken(f"Já existe um produto com a referência {other.reference}.")


def _make(company: Company, writes: list[ProductWrite], *, by: str, now: datetime) -> None:
    if not writes:
        return
    products = [
        Product(company=company, created_at=now, updated_at=now, **_clean({"unit": "UN", **one.after}))
        for one in writes
    ]
    codes = [product.code for product in products]
    if there := Product.objects.of(company).filter(code__in=codes).first():
        raise Moved(f"O produto {there} foi cadastrado depois da conferência.")
    _check_free(company, products, writes)
    insert_rows(products)
    ids = dict(Product.objects.of(company).filter(code__in=codes).values_list("code", "pk"))
    for product in products:
        product.pk = ids[product.code]
    record_all([_created(product, by=by, now=now) for product in products])


def _created(product: Product, *, by: str, now: datetime) -> Event:
    subject = ("product", product.pk)
    text = f"Produto «{product}» criado"
    return event("catalog.product.created", company_id=product.company_id, subject=subject, text=text, by=by, at=now)


def _changed(product: Product, before: Mapping[str, Any], after: Mapping[str, Any], *, by: str, now: datetime) -> Event:
    return event(
        "catalog.product.changed",
        company_id=product.company_id,
        subject=("product", product.pk),
        text=f"Produto «{product}» alterado",
        by=by,
        at=now,
        before={field: str(value) for field, value in before.items()},
        after={field: str(value) for field, value in after.items()},
    )
