"""Categories, brands and properties: the calls of the client by which a store's products are found."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from ahead.tray.catalogue_reading import read_brand, read_category, read_category_tree, read_property
from ahead.tray.catalogue_values import Brand, Category, Property
from ahead.tray.conversation import Conversation, every_row
from ahead.tray.values import Page
from ahead.tray.writing import Fields, Scalar


class ClassificationCalls:
    """What `Tray` does with categories, brands and properties; `fields` bear Tray's own names."""

    _store: Conversation

    # --- categories

    def categories_page(self, page: int = 1, **filters: Scalar) -> Page[Category]:
        """
        Return one page of categories; filters are those of Tray: id, name, parent_id.

        :raises Unreadable: if a row has no id or the page no total.
        """
        names = ("Categories", "Category")
        return self._store.page("/categories", names, read_category, page=page, filters=filters)[0]

    def categories(self, **filters: Scalar) -> Iterator[Category]:
        """Yield the categories of all pages."""
        return every_row(lambda page: self.categories_page(page, **filters))

    def category(self, category_id: int) -> Category:
        """
        Return a category.

        :raises NotFound: if Tray has no such category (any more).
        """
        return self._store.read(f"/categories/{category_id}", "Category", read_category)

    def category_tree(self) -> tuple[Category, ...]:
        """
        Return all categories in one request, parents before their children; who is whose child, the nesting says.

        :raises Unreadable: if a category has no id.
        """
        return self._store.read_whole("/categories/tree", read_category_tree)

    def create_category(self, fields: Fields) -> int:
        """
        Create a category and return its id; `parent_id` makes it a child.

        :raises InvalidRequest: if Tray refuses a value.
        :raises OutcomeUnknown: if Tray did not answer; look for the category before repeating.
        """
        return self._store.create("/categories", "Category", fields)

    def update_category(self, category_id: int, fields: Fields) -> None:
        """
        Change some fields of a category; the others stay.

        :raises ValueError: if there is no field.
        :raises NotFound: if the category was deleted at Tray.
        :raises InvalidRequest: if Tray refuses a value.
        """
        self._store.update(f"/categories/{category_id}", "Category", fields)

    def delete_category(self, category_id: int) -> None:
        """
        Delete a category.

        :raises NotFound: if it is gone already, or the store has no such route: Tray's manual shows none.
        :raises MethodNotAllowed: if the store has the route for other methods only.
        """
        self._store.delete(f"/categories/{category_id}")

    # --- brands

    def brands_page(self, page: int = 1, **filters: Scalar) -> Page[Brand]:
        """
        Return one page of brands; filters are those of Tray: id, brand.

        :raises Unreadable: if a row has no id or the page no total.
        """
        names = ("Brands", "Brand")
        return self._store.page("/products/brands", names, read_brand, page=page, filters=filters)[0]

    def brands(self, **filters: Scalar) -> Iterator[Brand]:
        """Yield the brands of all pages."""
        return every_row(lambda page: self.brands_page(page, **filters))

    def create_brand(self, name: str) -> int:
        """
        Create a brand and return its id.

        :raises InvalidRequest: if Tray refuses the name.
        :raises OutcomeUnknown: if Tray did not answer; look for the brand before repeating.
        """
        return self._store.create("/products/brands", "Brand", {"brand": name})

    # --- properties

    def properties_page(self, page: int = 1, **filters: Scalar) -> Page[Property]:
        """
        Return one page of properties; unless `active_display` is given, Tray lists only those it displays.

        :raises Unreadable: if a row has no id or the page no total.
        """
        names = ("Properties", "Property")
        return self._store.page("/products/properties", names, read_property, page=page, filters=filters)[0]

    def properties(self, **filters: Scalar) -> Iterator[Property]:
        """Yield the properties of all pages, each once, displayed or not unless `active_display` is given."""
        asked = [filters] if "active_display" in filters else [filters | {"active_display": on} for on in (True, False)]
        seen = set()
        for found in chain.from_iterable(self._properties(chosen) for chosen in asked):
            if found.id not in seen:
                seen.add(found.id)
                yield found

    def _properties(self, filters: Mapping[str, Scalar]) -> Iterator[Property]:
        return every_row(lambda page: self.properties_page(page, **filters))

    def create_property(self, name: str, values: Sequence[str]) -> int | None:
        """
        Create a property with its values and return its id, or None where Tray tells none.

        :raises InvalidRequest: if Tray refuses a value.
        :raises OutcomeUnknown: if Tray did not answer; look for the property before repeating.
        """
        named: list[Fields] = [{"name": value} for value in values]
        return self._store.post("/properties", {"Property": {"name": name, "PropertyValues": named}})
