"""From the documents Tray sends of a store and its catalogue to typed values."""

from decimal import Decimal

from ahead.tray.catalogue_values import (
    Brand,
    Category,
    DistributionCenter,
    KitRow,
    Metatags,
    Product,
    Property,
    PropertyValue,
    StoreInfo,
    Variant,
)
from ahead.tray.errors import Unreadable
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
from ahead.tray.requirement import amount, required_id


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
        title=_said(row, "title"),
        description=_said(row, "description"),
        description_small=_said(row, "description_small"),
        warranty=_said(row, "warranty"),
        availability=_said(row, "availability"),
        availability_days=integer(row.get("availability_days")),
        additional_message=_said(row, "additional_message"),
        related_category_ids=_related_category_ids(row),
        properties=_properties_of(row),
        metatags=_metatags(row),
        ipi=money(row.get("ipi")),
        is_upon_request=_said_flag(row, "upon_request"),
        is_virtual=_said_flag(row, "virtual_product"),
        release_on=day(row.get("release_date")),
        minimum_stock=money(row.get("minimum_stock")),
        current_price=money(row.get("current_price")),
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


def read_kit_row(row: Document, where: str = "ProductKit") -> KitRow:
    """
    Read a component of a kit.

    :raises Unreadable: if an id or the quantity is missing or nonsense.
    """
    variants = entities(row.get("ProductVariantKit"), "ProductVariantKit")
    return KitRow(
        id=required_id(row, "id", where),
        parent_id=required_id(row, "product_parent_id", where),
        product_id=required_id(row, "product_id", where),
        quantity=amount(row, "quantity", where, required=True),
        price=money(row.get("price")),
        price_rule=text(row.get("price_rule")),
        discount_type=text(row.get("discount_type")),
        discount_value=amount(row, "discount_value", where),
        variant_ids=tuple(filter(None, (identity(variant.get("variant_id")) for variant in variants))),
    )


def read_category(row: Document, where: str = "Category") -> Category:
    """
    Read a category of a list, or one alone.

    :raises Unreadable: if it has no id.
    """
    return _category(row, where, identity(row.get("parent_id")))


def read_category_tree(document: Document) -> tuple[Category, ...]:
    """
    Read a tree of categories, parents before children; Tray may leave `parent_id` blank inside it.

    :raises Unreadable: if a category has no id, or the document no tree.
    """
    if "Category" not in document:
        if document:
            raise Unreadable("Category")
        return ()
    found = []
    roots = entities(document["Category"], "Category")
    waiting: list[tuple[Document, int | None]] = [(row, None) for row in reversed(roots)]
    while waiting:
        row, parent_id = waiting.pop()
        category = _category(row, "Category", parent_id)
        found.append(category)
        waiting.extend((child, category.id) for child in reversed(entities(row.get("children"), "Category")))
    return tuple(found)


def _category(row: Document, where: str, parent_id: int | None) -> Category:
    return Category(
        id=required_id(row, "id", where),
        name=text(row.get("name")),
        parent_id=parent_id,
        order=integer(row.get("order")),
        description=_said(row, "description"),
        small_description=_said(row, "small_description"),
        title=_said(row, "title"),
        slug=_said(row, "slug"),
        has_product=_said_flag(row, "has_product"),
    )


def read_brand(row: Document, where: str = "Brand") -> Brand:
    """
    Read a brand; Tray calls its name `brand`.

    :raises Unreadable: if it has no id.
    """
    return Brand(id=required_id(row, "id", where), name=text(row.get("brand")))


def read_property(row: Document, where: str = "Property") -> Property:
    """
    Read a property with its values.

    :raises Unreadable: if it or a value has no id.
    """
    values = entities(row.get("PropertyValues"), "PropertyValue")
    return Property(
        id=required_id(row, "id", where),
        name=text(row.get("name")),
        values=tuple(
            PropertyValue(id=required_id(value, "id", f"{where}.PropertyValues"), name=text(value.get("name")))
            for value in values
        ),
    )


def read_center(row: Document, where: str = "DistributionCenter") -> DistributionCenter:
    """
    Read a distribution centre.

    :raises Unreadable: if it has no id.
    """
    return DistributionCenter(
        id=required_id(row, "id", where),
        name=text(row.get("name")),
        is_active=flag(row.get("active")),
        priority=integer(row.get("priority")),
        city=text(row.get("city")),
        state=text(row.get("state")),
    )


def read_center_stock(document: Document, name: str) -> tuple[tuple[int, Decimal], ...]:
    """
    Read what lies in which centre; `name` is that of one row.

    :raises Unreadable: if the list is missing, or a row lacks its centre or its stock.
    """
    many = f"{name}s"
    if many not in document:
        raise Unreadable(many)
    return tuple(
        (
            required_id(row, "distribution_center_id", f"{many}[{position}].{name}"),
            amount(row, "stock", f"{many}[{position}].{name}", required=True),
        )
        for position, row in enumerate(entities(document[many], name))
    )


def _said(row: Document, name: str) -> str | None:
    """Return a text, "" if it is empty, None if the row does not say."""
    return text(row[name]) if name in row else None


def _said_flag(row: Document, name: str) -> bool | None:
    return flag(row[name]) if name in row else None


def _related_category_ids(row: Document) -> tuple[int, ...] | None:
    if "related_categories" not in row:
        return None
    found = row["related_categories"]
    listed = found if isinstance(found, list) else [found]
    return tuple(filter(None, (identity(each) for each in listed)))


def _properties_of(row: Document) -> tuple[tuple[str, str], ...] | None:
    """Read {"Cor": ["Preta", "Branca"]}; without any property Tray sends []."""
    if "Properties" not in row:
        return None
    found = row["Properties"]
    by_name = found.items() if isinstance(found, dict) else ()
    pairs = ((name, value) for name, values in by_name for value in (values if isinstance(values, list) else [values]))
    return tuple((text(name), text(value)) for name, value in pairs if text(value))


def _metatags(row: Document) -> Metatags | None:
    """Read [{"type": "keywords", "content": …}]."""
    if "metatag" not in row:
        return None
    tags = entities(row["metatag"], "Metatag")
    said = {text(tag.get("type")).casefold(): text(tag.get("content")) for tag in tags}
    return Metatags(keywords=said.get("keywords", ""), description=said.get("description", ""))
