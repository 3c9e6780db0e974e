"""From the store, product and variant documents Tray sends to typed values."""

from ahead.tray.catalogue_values import Product, StoreInfo, Variant
from ahead.tray.order_parts import read_axes
from ahead.tray.reading import (
    Document,
    day,
    digits,
    document,
    entities,
    entity,
    flag,
    identity,
    integer,
    moment,
    money,
    text,
)
from ahead.tray.requirement import required_id


def read_store(row: Document) -> StoreInfo:
    """Read what `/info` says of a store."""
    return StoreInfo(
        id=identity(row.get("id")),
        name=text(row.get("name")),
        company_name=text(row.get("company_name")),
        cnpj=document(row.get("cnpj")),
        city=text(row.get("city")),
        state=text(row.get("state")),
        email=text(row.get("email_1")) or text(row.get("email_2")),
        address=text(row.get("uri")),
        secure_address=text(row.get("secure_uri")),
        internal_status=text(row.get("internal_status")),
    )


def read_product(row: Document, where: str = "Product") -> Product:
    """
    Read a product.

    :raises Unreadable: if it has no id.
    """
    images = entities(row.get("ProductImage"), "ProductImage")
    variants = entities(row.get("Variant"), "Variant")
    return Product(
        id=required_id(row, "id", where),
        name=text(row.get("name")),
        reference=text(row.get("reference")),
        ean=digits(row.get("ean")),
        ncm=digits(row.get("ncm")),
        price=money(row.get("price")),
        cost_price=money(row.get("cost_price")),
        promotional_price=money(row.get("promotional_price")),
        promotion_start=day(row.get("start_promotion")),
        promotion_end=day(row.get("end_promotion")),
        stock=money(row.get("stock")),
        brand=text(row.get("brand")),
        model=text(row.get("model")),
        weight_g=integer(row.get("weight")),
        length_cm=money(row.get("length")),
        width_cm=money(row.get("width")),
        height_cm=money(row.get("height")),
        category_id=identity(row.get("category_id")),
        is_available=flag(row.get("available")),
        is_kit=flag(row.get("is_kit")),
        has_variants=flag(row.get("has_variation")) or bool(variants),
        variant_ids=tuple(filter(None, (identity(variant.get("id")) for variant in variants))),
        images=tuple(filter(None, (text(image.get("https")) or text(image.get("http")) for image in images))),
        address=text(entity(row.get("url"), "url").get("https")),
        modified=moment(row.get("modified")),
    )


def read_variant(row: Document, where: str = "Variant") -> Variant:
    """
    Read a variant.

    :raises Unreadable: if it has no id.
    """
    return Variant(
        id=required_id(row, "id", where),
        product_id=identity(row.get("product_id")),
        reference=text(row.get("reference")),
        ean=digits(row.get("ean")),
        price=money(row.get("price")),
        cost_price=money(row.get("cost_price")),
        promotional_price=money(row.get("promotional_price")),
        promotion_start=day(row.get("start_promotion")),
        promotion_end=day(row.get("end_promotion")),
        stock=money(row.get("stock")),
        weight_g=integer(row.get("weight")),
        is_available=flag(row.get("available")),
        axes=read_axes(row),
    )
