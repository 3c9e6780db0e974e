"""Stock: the calls of the client that write it, alone or with prices, and by distribution centre (Multi-CD)."""

from datetime import date
from decimal import Decimal

from ahead.tray.catalogue_reading import read_center, read_center_stock
from ahead.tray.catalogue_values import DistributionCenter
from ahead.tray.conversation import Conversation, every_row
from ahead.tray.values import Page
from ahead.tray.writing import Scalar

_CENTERS = "/multicd/distribution-centers"


class StockCalls:
    """What `Tray` does with stock; pieces are whole."""

    _store: Conversation

    def set_product_stock(
        self,
        product_id: int,
        *,
        stock: int,
        price: Decimal | None = None,
        promotional_price: Decimal | None = None,
        promotion_start: date | None = None,
        promotion_end: date | None = None,
    ) -> None:
        """
        Write the stock of a product without variants, and prices along with it; None leaves a value alone.

        :raises NotFound: if the product was deleted at Tray.
        :raises InvalidRequest: if Tray refuses a value.
        """
        fields = _stock_fields(stock, price, promotional_price, promotion_start, promotion_end)
        self._store.put(f"/products/{product_id}", {"Product": fields})

    def set_variant_stock(
        self,
        variant_id: int,
        *,
        stock: int,
        price: Decimal | None = None,
        promotional_price: Decimal | None = None,
        promotion_start: date | None = None,
        promotion_end: date | None = None,
    ) -> None:
        """
        Write the stock of a variant, and prices in the same request; None leaves a value alone.

        :raises NotFound: if the variant was deleted at Tray.
        :raises InvalidRequest: if Tray refuses a value.
        """
        fields = _stock_fields(stock, price, promotional_price, promotion_start, promotion_end)
        self._store.put(f"/products/variants/{variant_id}", {"Variant": fields})

    # --- distribution centres (Multi-CD)

    def distribution_centers(self) -> tuple[DistributionCenter, ...]:
        """
        Return the distribution centres of the store.

        :raises NotFound: if the store has no Multi-CD.
        """

        def fetch(page: int) -> Page[DistributionCenter]:
            names = ("DistributionCenters", "DistributionCenter")
            return self._store.page(_CENTERS, names, read_center, page=page, filters={})[0]

        return tuple({center.id: center for center in every_row(fetch)}.values())

    def set_center_stock(
        self, center_id: int, *, stock: int, product_id: int | None = None, variant_id: int | None = None
    ) -> None:
        """
        Write the stock of a product without variants, or of a variant, in one centre.

        :raises ValueError: unless exactly one of product and variant is given.
        :raises NotFound: if the store has no Multi-CD, or no such centre, product or variant.
        :raises InvalidRequest: if Tray refuses a value.
        """
        kind, identifier = _one_of(product_id, variant_id)
        fields: dict[str, Scalar] = {f"{kind.lower()}_id": identifier, "stock": stock}
        self._store.put(f"{_CENTERS}/{center_id}/stock", {f"DistributionCenter{kind}": fields})

    def center_stock(
        self, *, product_id: int | None = None, variant_id: int | None = None
    ) -> tuple[tuple[int, Decimal], ...]:
        """
        Return how much of a product, or of a variant, lies where, as (id of the centre, stock).

        :raises ValueError: unless exactly one of product and variant is given.
        :raises NotFound: if the store has no Multi-CD, or no such product or variant.
        :raises Unreadable: if a row lacks its centre or its stock.
        """
        kind, identifier = _one_of(product_id, variant_id)
        return self._store.read_whole(
            f"/multicd/stock/detailed/{kind.lower()}/{identifier}",
            lambda document: read_center_stock(document, f"DistributionCenter{kind}"),
        )


def _one_of(product_id: int | None, variant_id: int | None) -> tuple[str, int]:
    if product_id is not None and variant_id is None:
        return "Product", product_id
    if variant_id is not None and product_id is None:
        return "Variant", variant_id
    raise ValueError("either a product or a variant")


def _stock_fields(
    stock: int,
    price: Decimal | None,
    promotional_price: Decimal | None,
    promotion_start: date | None,
    promotion_end: date | None,
) -> dict[str, Scalar]:
    fields: dict[str, Scalar] = {
        "stock": stock,
        "price": price,
        "promotional_price": promotional_price,
        "start_promotion": promotion_start,
        "end_promotion": promotion_end,
    }
    return {name: value for name, value in fields.items() if value is not None}
