"""Products, their variants and kits: the calls of the client that read and write what the store sells."""

from collections.abc import Iterator, Sequence

from ahead.tray.catalogue_reading import read_kit_row, read_product, read_variant
from ahead.tray.catalogue_values import KitRow, KitRowFields, Product, Variant
from ahead.tray.conversation import Conversation, every_row
from ahead.tray.values import Page
from ahead.tray.writing import Fields, Scalar

_FEWEST_KIT_ROWS = 2


class ProductCalls:
    """What `Tray` does with products, variants and kits; `fields` bear Tray's own names."""

    _store: Conversation

    # --- products

    def products_page(self, page: int = 1, **filters: Scalar) -> Page[Product]:
        """
        Return one page of products; filters are those of Tray: reference, ean, modified, is_kit, …

        :raises Unreadable: if a row has no id or the page no total.
        """
        names = ("Products", "Product")
        return self._store.page("/products", names, read_product, page=page, filters=filters)[0]

    def products(self, **filters: Scalar) -> Iterator[Product]:
        """Yield the products of all pages."""
        return every_row(lambda page: self.products_page(page, **filters))

    def product(self, product_id: int) -> Product:
        """
        Return a product, with the texts that a list leaves out.

        :raises NotFound: if Tray has no such product (any more).
        """
        return self._store.read(f"/products/{product_id}", "Product", read_product)

    def create_product(self, fields: Fields) -> int:
        """
        Create a product and return its id; Tray needs `name` and `price`, and takes a price of 0 for "on request".

        :raises InvalidRequest: if Tray refuses a value.
        :raises OutcomeUnknown: if Tray did not answer; look for the product before repeating.
        """
        return self._store.create("/products", "Product", fields)

    def update_product(self, product_id: int, fields: Fields) -> None:
        """
        Change some fields of a product; the others stay.

        Send only the slots of pictures that changed (`picture_source_n`); a slot is emptied by one blank, and those
        behind it move up.

        :raises ValueError: if there is no field.
        :raises NotFound: if the product was deleted at Tray.
        :raises InvalidRequest: if Tray refuses a value.
        :raises OutcomeUnknown: if pictures are among the fields, and Tray did not answer.
        """
        self._store.update(f"/products/{product_id}", "Product", fields)

    def delete_product(self, product_id: int) -> None:
        """
        Delete a product, or a kit with its rows.

        :raises NotFound: if it is gone already.
        """
        self._store.delete(f"/products/{product_id}")

    def set_product_properties(self, product_id: int, properties: Sequence[tuple[int, str]]) -> None:
        """
        Give a product values of properties, each as (id of the property, value of up to 100 letters).

        :raises ValueError: if there is no value.
        :raises NotFound: if the product was deleted at Tray.
        :raises InvalidRequest: if Tray refuses a value.
        :raises OutcomeUnknown: if Tray did not answer; read the product before repeating.
        """
        if not properties:
            raise ValueError("no property to set")
        rows: list[Fields] = [{"property_id": property_id, "value": value} for property_id, value in properties]
        self._store.post(f"/products/{product_id}/properties", rows)

    # --- variants

    def variants_page(self, page: int = 1, **filters: Scalar) -> Page[Variant]:
        """
        Return one page of variants; filters are those of Tray: product_id, reference, ean, modified, …

        :raises Unreadable: if a row has no id or the page no total.
        """
        names = ("Variants", "Variant")
        return self._store.page("/products/variants", names, read_variant, page=page, filters=filters)[0]

    def variants(self, **filters: Scalar) -> Iterator[Variant]:
        """Yield the variants of all pages."""
        return every_row(lambda page: self.variants_page(page, **filters))

    def variant(self, variant_id: int) -> Variant:
        """
        Return a variant.

        :raises NotFound: if Tray has no such variant (any more).
        """
        return self._store.read(f"/products/variants/{variant_id}", "Variant", read_variant)

    def create_variant(self, product_id: int, fields: Fields) -> int:
        """
        Create a variant of a product by `type_1` and `value_1` (and both of `_2` for a second axis).

        The id that Tray answers was seen to be another's: list `variants(product_id=…)` before you rely on it.

        :raises InvalidRequest: if Tray refuses a value.
        :raises OutcomeUnknown: if Tray did not answer, or told no id; list the variants before repeating.
        """
        return self._store.create("/products/variants", "Variant", {**fields, "product_id": product_id})

    def update_variant(self, variant_id: int, fields: Fields) -> None:
        """
        Change some fields of a variant; the others stay.

        :raises ValueError: if there is no field.
        :raises NotFound: if the variant was deleted at Tray.
        :raises InvalidRequest: if Tray refuses a value.
        :raises OutcomeUnknown: if pictures are among the fields, and Tray did not answer.
        """
        self._store.update(f"/products/variants/{variant_id}", "Variant", fields)

    def delete_variant(self, variant_id: int) -> None:
        """
        Delete a variant.

        :raises NotFound: if it is gone already.
        """
        self._store.delete(f"/products/variants/{variant_id}")

    # --- kits

    def kits_page(self, page: int = 1, **filters: Scalar) -> Page[KitRow]:
        """
        Return one page of the rows of kits; filters are those of Tray: product_parent_id, product_id.

        :raises Unreadable: if a row lacks an id or its quantity, or the page its total.
        """
        names = ("ProductKits", "ProductKit")
        return self._store.page("/products/kits", names, read_kit_row, page=page, filters=filters)[0]

    def kits(self, **filters: Scalar) -> Iterator[KitRow]:
        """Yield the rows of kits of all pages; `product_parent_id=…` gives the components of one kit."""
        return every_row(lambda page: self.kits_page(page, **filters))

    def create_kit_rows(self, rows: Sequence[KitRowFields]) -> None:
        """
        Link the components of a kit to its product; Tray knows no way to change a row or delete it alone.

        :raises ValueError: for fewer than two rows: Tray wants a single component as two rows of it.
        :raises InvalidRequest: if Tray refuses a value.
        :raises OutcomeUnknown: if Tray did not answer; list `kits(product_parent_id=…)` before repeating.
        """
        if len(rows) < _FEWEST_KIT_ROWS:
            raise ValueError("a kit has at least two rows")
        self._store.post("/products/kits", [row.fields for row in rows])
