"""Writing products and the links between Tray's variants and them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog import rules
from ahead.catalog.marking import mark_listings, mark_listings_of_products
from ahead.catalog.models import Listing, ListingVariant, Product
from ahead.catalog.retiring import why_not_set_active
from ahead.lib.errors import Refused


class ProductTaken(Refused):
    """Another product of the company has this code or reference; the message says which."""


class CannotBeKit(Refused):
    """The product may not become a kit, or not cease to be one; the message says why."""


class CannotRetire(Refused):
    """The product may not be put in or out of use, for the sake of a kit; the message says which."""


class CannotLink(Refused):
    """The variant and the product may not be linked; the message says why."""


class ProductChanges(TypedDict, total=False):
    """What `update_product` may change; a field left out stays."""

    code: str
    name: str
    reference: str
    gtin: str
    ncm: str
    origem: str
    cest: str
    unit: str
    brand: str
    model: str
    warranty: str
    weight_g: int
    length_cm: int
    width_cm: int
    height_cm: int
    cost: Decimal | int | str
    price: Decimal | int | str
    is_kit: bool


@transaction.atomic
def create_product(
    *,
    company: Company,
    code: str,
    name: str,
    reference: str = "",
    gtin: str = "",
    ncm: str = "",
    origem: str = "0",
    cest: str = "",
    unit: str = "UN",
    brand: str = "",
    model: str = "",
    warranty: str = "",
    weight_g: int = 0,
    length_cm: int = 0,
    width_cm: int = 0,
    height_cm: int = 0,
    cost: Decimal | int | str = 0,
    price: Decimal | int | str = 0,
    is_kit: bool = False,
    by: str,
    now: datetime,
) -> Product:
    """
    Create a product. A kit gets its components afterwards (`kit_operations`), or at once by its `save_product`.

    :raises WrongProduct: if a field is missing or wrong.
    :raises ProductTaken: if another product has its code or reference.
    """
    fields: dict[str, Any] = {
        "code": code,
        "name": name,
        "reference": reference,
        "gtin": gtin,
        "ncm": ncm,
        "origem": origem,
        "cest": cest,
        "unit": unit,
        "brand": brand,
        "model": model,
        "warranty": warranty,
        "weight_g": weight_g,
        "length_cm": length_cm,
        "width_cm": width_cm,
        "height_cm": height_cm,
        "cost": cost,
        "price": price,
        "is_kit": is_kit,
    }
    clean = {field: rules.CLEAN[field](value) for field, value in fields.items()}
    _lock_products(company)
    product = Product(company=company, created_at=now, updated_at=now, **clean)
    _check_free(product)
    product.save(force_insert=True)
    _record("created", product, f"Produto «{product}» criado", by=by, now=now)
    return product


@transaction.atomic
def update_product(
    *,
    company: Company,
    product_id: int,
    before: Mapping[str, Any] | None = None,
    by: str,
    now: datetime,
    **changes: Unpack[ProductChanges],
) -> Product:
    """
    Change a product; `before` is what it must still say.

    :raises Product.DoesNotExist: if the company has no such product.
    :raises Moved: if it does not say that any more.
    :raises WrongProduct: if a field is missing or wrong.
    :raises ProductTaken: if another product has its code or reference.
    :raises CannotBeKit: if it may not become a kit, or not cease to be one.
    """
    _lock_products(company)
    product: Product = Product.objects.of(company).select_for_update().get(pk=product_id)
    rules.check_same(product, before or {}, f"O produto {product}", when=rules.JUST_NOW)
    clean = {field: rules.CLEAN[field](value) for field, value in changes.items()}
    changed = {field: value for field, value in clean.items() if getattr(product, field) != value}
    if not changed:
        return product
    before = {field: str(getattr(product, field)) for field in changed}
    for field, value in changed.items():
        setattr(product, field, value)
    _check_free(product)
    if "is_kit" in changed:
        _turn_kit(product)
    product.updated_at = now
    product.save(update_fields=[*changed, "updated_at"])
    mark_listings_of_products(company.pk, [product.pk])
    after = {field: str(value) for field, value in changed.items()}
    _record("changed", product, f"Produto «{product}» alterado", by=by, now=now, before=before, after=after)
    return product


@transaction.atomic
def set_active(*, company: Company, product_id: int, active: bool, by: str, now: datetime) -> Product:
    """
    Put a product in or out of use. Its stock, its orders and its links stay.

    :raises Product.DoesNotExist: if the company has no such product.
    :raises CannotRetire: if it goes out of use and a kit in use needs it, or it is a kit that needs one out of use.
    """
    _lock_products(company)
    product: Product = Product.objects.of(company).select_for_update().get(pk=product_id)
    if product.is_active != active:
        if refusal := why_not_set_active(company.pk, [product], active=active).get(product.pk):
            raise CannotRetire(refusal)
        product.is_active, product.updated_at = active, now
        product.save(update_fields=["is_active", "updated_at"])
        done = "ativado" if active else "desativado"
        name = "activated" if active else "deactivated"
        _record(name, product, f"Produto «{product}» {done}", by=by, now=now)
    return product


def _turn_kit(product: Product) -> None:
    """Check that a product may become a kit, or cease to be one; what it consisted of goes with that."""
    if product.is_kit:
        if product.movements.exists() or product.reservations.exists():
            raise CannotBeKit(
                f"O produto {product} já teve estoque ou reservas, e um kit não tem estoque próprio. "
                "Cadastre o kit como um produto novo, com este entre os componentes."
            )
        if product.kits_with_it.exists():
            raise CannotBeKit(f"O produto {product} é componente de um kit, e um kit não entra em outro.")
        return
    sold = product.listing_variants.filter(listing__is_kit=True, listing__gone_at=None).select_related("listing")
    if variant := sold.first():
        raise CannotBeKit(
            f"O anúncio «{variant.listing.title}» é um kit e está vinculado a este produto. "
            "Desfaça o vínculo, ou apague o anúncio, antes de dizer que não é kit."
        )
    product.components.all().delete()


def _lock_products(company: Company) -> None:
    """Let one product of a company be written at a time: what `_check_free` found stays true."""
    Company.objects.select_for_update().get(pk=company.pk)


def _check_free(product: Product) -> None:
    others = Product.objects.of(product.company_id).exclude(pk=product.pk)
    if others.filter(code=product.code).exists():
        raise ProductTaken(f"Já existe um produto com o código {product.code}.")
    if product.reference and others.filter(reference=product.reference).exists():
        raise ProductTaken(f"Já existe um produto com a referência {product.reference}.")


@transaction.atomic
def link_variant(*, company: Company, variant_id: int, product_id: int, by: str, now: datetime) -> ListingVariant:
    """
    Say which product of ours a variant at Tray is. Orders held for it are reprocessed by the sync.

    A managed listing says what that product says: the next sync tells Tray what differs.

    :raises ListingVariant.DoesNotExist: if the company has no such variant.
    :raises Product.DoesNotExist: if the company has no such product.
    :raises CannotLink: if the product is out of use, or the variant is a kit and the product is none.
    """
    variant = _locked_variant(company, variant_id)
    product: Product = Product.objects.of(company).get(pk=product_id)
    if not product.is_active:
        raise CannotLink(f"O produto {product} está desativado. Ative o produto antes de vincular.")
    if variant.listing.is_kit and not product.is_kit:
        raise CannotLink(
            f"Este anúncio é um kit no Tray, e o produto {product} não é. Escolha um produto que seja kit, ou cadastre "
            "um com «Produto possui kit» e os mesmos componentes."
        )
    if variant.product_id == product.pk:
        return variant
    before = variant.product_id
    variant.product, variant.linked_by, variant.linked_at, variant.unlinked_at = product, by, now, None
    variant.save(update_fields=["product", "linked_by", "linked_at", "unlinked_at"])
    mark_listings(company.pk, [variant.listing_id])
    text = f"«{variant.listing.title}» no Tray vinculado ao produto «{product}»"
    _record_link("linked", variant, text, by=by, now=now, product_id=product.pk, before=before)
    return variant


@transaction.atomic
def unlink_variant(*, company: Company, variant_id: int, by: str, now: datetime) -> ListingVariant:
    """
    Undo a link: the variant's stock is not sent any more, and new orders of it are held until a person links it again.

    :raises ListingVariant.DoesNotExist: if the company has no such variant.
    """
    variant = _locked_variant(company, variant_id)
    if variant.product_id is None:
        return variant
    before = variant.product_id
    variant.product, variant.linked_by, variant.linked_at, variant.unlinked_at = None, "", None, now
    variant.save(update_fields=["product", "linked_by", "linked_at", "unlinked_at"])
    mark_listings(company.pk, [variant.listing_id])
    text = f"Vínculo de «{variant.listing.title}» no Tray desfeito"
    _record_link("unlinked", variant, text, by=by, now=now, product_id=None, before=before)
    return variant


def _locked_variant(company: Company, variant_id: int) -> ListingVariant:
    """Return a variant, locked; its listing comes first, as wherever both are written."""
    Listing.objects.of(company).select_for_update(of=("self",)).filter(variants=variant_id).first()
    variants = ListingVariant.objects.of(company).select_related("listing")
    variant: ListingVariant = variants.select_for_update(of=("self",)).get(pk=variant_id)
    return variant


def _record_link(
    name: str, variant: ListingVariant, text: str, *, by: str, now: datetime, product_id: int | None, before: int | None
) -> None:
    """Write the link to the trail of the variant, and of each product that it touches."""
    subjects = [("variant", variant.pk), *(("product", pk) for pk in (before, product_id) if pk is not None)]
    for subject in subjects:
        record(
            f"catalog.variant.{name}",
            company_id=variant.company_id,
            subject=subject,
            text=text,
            by=by,
            at=now,
            variant_id=variant.pk,
            product_id=product_id,
            before=before,
        )


def _record(name: str, product: Product, text: str, *, by: str, now: datetime, **facts: object) -> None:
    record(
        f"catalog.product.{name}",
        company_id=product.company_id,
        subject=("product", product.pk),
        text=text,
        by=by,
        at=now,
        **facts,
    )
