"""What a store begins with, and the values a field has until somebody sets it."""

from dataclasses import dataclass
from typing import Any

from ahead.sandbox.tray.moments import ZERO_DATE

_GREEN, _YELLOW, _RED = "#CAFAD1", "#FDF2C0", "#F5C6C6"

# id, name, default, type, background, description
STATUSES: tuple[tuple[int, str, str, str, str, str], ...] = (
    (2, "AGUARDANDO PAGAMENTO", "0", "open", _YELLOW, ""),
    (1, "A ENVIAR", "0", "open", _GREEN, ""),
    (211, "A ENVIAR VINDI", "1", "open", _GREEN, ""),
    (210, "AGUARDANDO VINDI", "1", "open", _YELLOW, ""),
    (213, "EM MONITORAMENTO", "1", "open", _YELLOW, ""),
    (4, "ENVIADO", "0", "open", "#BFD9F2", ""),
    (69, "FINALIZADO", "0", "closed", "#85CC8D", ""),
    (5, "CANCELADO", "0", "canceled", _RED, ""),
    (64, "CANCELADO AUT", "1", "canceled", _RED, ""),
    (901, "A ENVIAR - SINCRONIZADO", "1", "open", "#F0A818", "Pedido importado no ERP"),
    (903, "FATURADO", "1", "open", "#7FB3D5", "Nota fiscal emitida"),
)
_MADE_BY_THE_MERCHANT = frozenset({901, 903})
BUILT_IN_STATUSES = frozenset(row[0] for row in STATUSES) - _MADE_BY_THE_MERCHANT
AWAITING_PAYMENT, CANCELLED = 2, 5
UNPAID_STATUSES = frozenset({"AGUARDANDO PAGAMENTO", "AGUARDANDO VINDI", "EM MONITORAMENTO"})


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay, with the names Tray shows for it."""

    id: str
    name: str
    method: str
    kind: str


PAYMENT_METHODS = {
    "pix": PaymentMethod("10545", "Pix - Vindi", "Pix", "pix"),
    "bank_billet": PaymentMethod("10544", "Boleto - Vindi", "Boleto", "bank_billet"),
    "credit_card": PaymentMethod("10546", "Cartao de Credito - Vindi", "Cartao de Credito", "credit_card"),
    "Mercado Livre": PaymentMethod("120", "Mercado Pago", "Mercado Pago", "other"),
    "Magalu": PaymentMethod("121", "Magalu Pagamentos", "Magalu Pagamentos", "other"),
}
# name: point of sale, shipment, CNPJ of the marketplace, CNPJ of the payment intermediary
MARKETPLACES = {
    "Mercado Livre": ("MERCADO LIVRE", "Mercado Envios", "11444777000161", "11444777000161"),
    "Magalu": ("MAGAZINE LUIZA", "Magalu Entregas", "22444777000188", "22444777000188"),
}

PRODUCT_FIELDS: dict[str, Any] = {
    "modified": "",
    "ean": "",
    "is_kit": "0",
    "slug": "",
    "ncm": "",
    "activation_date": ZERO_DATE,
    "deactivation_date": ZERO_DATE,
    "id": "",
    "name": "",
    "price": "0.00",
    "cost_price": "0.00",
    "dollar_cost_price": "0.00",
    "promotional_price": "0.00",
    "start_promotion": ZERO_DATE,
    "end_promotion": ZERO_DATE,
    "brand": "",
    "brand_id": "",
    "model": "",
    "weight": "0",
    "length": "0",
    "width": "0",
    "height": "0",
    "stock": "0",
    "category_id": "",
    "available": "1",
    "availability": "Disponível em 1 dia útil",
    "reference": "",
    "hot": "0",
    "release": "0",
    "additional_button": "0",
    "has_variation": "0",
    "rating": "0",
    "count_rating": "0",
    "quantity_sold": "0",
    "url": "",
    "created": "",
    "Properties": [],
    "payment_option": "",
    "payment_option_details": [],
    "related_categories": [],
    "release_date": "",
    "shortcut": "",
    "virtual_product": "",
    "minimum_stock": "0",
    "minimum_stock_alert": "0",
    "free_shipping": "0",
    "video": "",
    "metatag": [],
    "payment_option_html": " ",
    "upon_request": "0",
    "available_for_purchase": "1",
    "all_categories": [],
    "ProductImage": [],
    "Variant": [],
    "AdditionalInfos": [],
}
PRODUCT_DETAIL_FIELDS: dict[str, Any] = {
    "title": "",
    "description": "",
    "description_small": "",
    "category_name": "",
    "has_acceptance_terms": "0",
    "has_buy_together": "0",
    "additional_message": "",
    "warranty": "",
    "image": "1",
    "promotion_id": "0",
    "included_items": "",
    "related_products": [],
    "current_price": "0.00",
    "ipi": "0.000000",
    "acceptance_term_option": "0",
    "acceptance_term": "",
    "warranty_days": "0",
    "availability_days": "0",
    "cubic_weight": "1",
    "percentage_discount": "0",
}
VARIANT_FIELDS: dict[str, Any] = {
    "id": "",
    "ean": "",
    "order": "1",
    "product_id": "",
    "price": "0.00",
    "cost_price": "0.00",
    "stock": "0",
    "minimum_stock": "0",
    "reference": "",
    "weight": "0",
    "length": "0",
    "width": "0",
    "height": "0",
    "start_promotion": ZERO_DATE,
    "end_promotion": ZERO_DATE,
    "promotional_price": "0.00",
    "payment_option": "",
    "payment_option_details": [],
    "available": "1",
    "illustrative_image": "",
    "quantity_sold": "0",
    "color_id_1": "0",
    "color_id_2": "0",
    "cubic_weight": "1",
}
CATEGORY_FIELDS: dict[str, Any] = {
    "slug": "",
    "id": "",
    "parent_id": "",
    "name": "",
    "description": "",
    "order": "",
    "title": "",
    "small_description": "",
    "has_acceptance_term": "",
    "acceptance_term": "",
}
ADDRESS_FIELDS: dict[str, str] = {
    "id": "",
    "customer_id": "",
    "address": "",
    "number": "",
    "complement": "",
    "neighborhood": "",
    "city": "",
    "state": "",
    "zip_code": "",
    "country": "Brasil",
    "type": "1",
    "active": "1",
    "description": "",
    "recipient": "",
    "type_delivery": "1",
    "not_list": "0",
}
