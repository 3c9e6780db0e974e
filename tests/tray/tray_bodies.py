"""Bodies as Tray sends them, after its manual and what integrators saw; every call returns a fresh one."""

from typing import Any

Body = dict[str, Any]

ACCESS = "APP_ID-77-STORE_ID-391-" + "a1" * 32
REFRESH = "b2" * 32
NEXT_ACCESS = "APP_ID-77-STORE_ID-391-" + "c3" * 32
NEXT_REFRESH = "d4" * 32
CODE = "e5" * 32
KEY = "f6" * 32
SECRET = "07" * 32


def token_body(access: str = NEXT_ACCESS, refresh: str = NEXT_REFRESH, **changes: object) -> Body:
    body: Body = {
        "message": "Created tokens",
        "code": "200",
        "access_token": access,
        "refresh_token": refresh,
        "date_expiration_access_token": "2026-05-04 12:00:00",
        "date_expiration_refresh_token": "2026-06-03 09:00:00",
        "date_activated": "2026-05-04 09:00:00",
        "api_host": "https://loja.example/web_api/",
        "store_id": "391",
    }
    return body | changes


def list_body(many: str, one: str, rows: list[Body], *, sort: str = "id_asc", **paging: object) -> Body:
    field, _, way = sort.rpartition("_")
    return {
        "paging": {"total": len(rows), "page": 1, "offset": 0, "limit": 50, "maxLimit": 50} | paging,
        "sort": [{field: way}],
        "availableFilters": ["id", "modified"],
        "appliedFilters": {f"{one}.modified >=": "2026-05-04 00:00:00"},
        many: [{one: row} for row in rows],
    }


def row_body(order_id: int = 12, **changes: object) -> Body:
    body: Body = {
        "status": "A ENVIAR",
        "id": str(order_id),
        "date": "2026-05-04",
        "customer_id": "88",
        "partial_total": "50.00",
        "discount": "0.00",
        "point_sale": "LOJA VIRTUAL",
        "store_note": "04/05/2026 Pedido em 1 vez de R$ 60,00<br/>outra linha",
        "payment_form": "Pix - Vindi",
        "sending_code": "",
        "session_id": "abc12",
        "total": "60.00",
        "modified": "2026-05-04 10:20:30",
        "printed": "",
        "id_quotation": None,
        "external_code": "",
        "has_payment": "1",
        "has_invoice": "0",
        "OrderStatus": {"id": "7", "default": "0", "type": "open", "status": "A ENVIAR"},
        "ProductsSold": [{"id": "901"}],
        "OrderInvoice": [],
        "MlOrder": [],
        "Extensions": [],
    }
    return body | changes


def item_body(**changes: object) -> Body:
    body: Body = {
        "id": "901",
        "order_id": "12",
        "product_id": "41",
        "variant_id": "0",
        "product_kit_id": "0",
        "quantity": "2",
        "name": "Panela de Ferro (Ref. PAN-1)",
        "original_name": "Panela de Ferro",
        "reference": "PAN-1",
        "ean": "7891234567895",
        "ncm": "73239100",
        "price": "25.00",
        "original_price": "30.00",
        "weight": "4100",
        "brand": "Forja",
        "Sku": [],
        "Stock": {"id": "1", "name": "Loja"},
        "is_giveaway": "",
    }
    return body | changes


def address_body(**changes: object) -> Body:
    body: Body = {
        "id": "5",
        "customer_id": "88",
        "recipient": "Joana Teste",
        "address": "Rua do Porto",
        "number": "10",
        "complement": "",
        "neighborhood": "Centro",
        "city": "Santos",
        "state": "SP",
        "zip_code": "11010-000",
        "country": "Brasil",
        "type": "1",
        "active": "1",
    }
    return body | changes


def customer_body(**changes: object) -> Body:
    body: Body = {
        "id": "88",
        "type": "0",
        "name": "Joana Teste",
        "cpf": "529.982.247-25",
        "cnpj": "",
        "rg": "",
        "company_name": "",
        "state_inscription": "",
        "email": "joana@example.com",
        "phone": "(13) 3333-0000",
        "cellphone": "13 99999-0000",
        "birth_date": "0000-00-00",
        "address": "Rua do Porto",
        "number": "10",
        "neighborhood": "Centro",
        "city": "Santos",
        "state": "SP",
        "zip_code": "11010-000",
        "country": "",
        "modified": "2026-05-01 08:00:00",
        "Extensions": [],
        "CustomerAddresses": [{"CustomerAddress": address_body()}],
    }
    return body | changes


def complete_body(order_id: int = 12, *, items: list[Body] | None = None, **changes: object) -> Body:
    order = row_body(order_id)
    del order["payment_form"]
    order |= {
        "hour": "09:30:00",
        "taxes": "0.00",
        "interest": "0.00",
        "shipment": "Sedex - 12",
        "shipment_value": "12.50",
        "payment_method_rate": "-2.50",
        "payment_method": "Pix - Vindi",
        "payment_method_id": "31",
        "payment_method_type": "pix",
        "payment_date": "2026-05-04",
        "installment": "1",
        "delivery_time": "3 a 5",
        "discount_coupon": "",
        "partner_id": None,
        "sending_date": "0000-00-00",
        "PickupLocation": [],
        "Customer": customer_body(),
        "ProductsSold": [{"ProductsSold": item} for item in ([item_body()] if items is None else items)],
        "Payment": [{"Payment": {"id": "3", "method": "Pix", "value": "60.00", "date": "2026-05-04", "note": ""}}],
        "MarketplaceOrder": [],
        "OrderChilds": [],
    }
    return {"Order": order | changes, "Extensions": [], "User": [], "Confirmation": []}


def marketplace_body(**changes: object) -> Body:
    body: Body = {
        "order_id": "12",
        "marketplace_name": "Mercado Livre",
        "marketplace_seller_name": "FORJA",
        "marketplace_seller_id": "555",
        "marketplace_document": "03.007.331/0001-41",
        "payment_responsible_document": "10573521000191",
        "marketplace_order_id": "2000009",
        "marketplace_shipping_id": "4400",
        "marketplace_shipping_type": "me2",
        "marketplace_internal_status": "paid",
        "created": "2026-05-03 23:10:00",
        "updated": "2026-05-04 00:10:00",
    }
    return body | changes


def product_body(product_id: int = 41, **changes: object) -> Body:
    body: Body = {
        "id": str(product_id),
        "name": "Panela de Ferro",
        "reference": "PAN-1",
        "ean": "7891234567895",
        "ncm": "73239100",
        "price": "30.00",
        "promotional_price": "0.00",
        "start_promotion": "0000-00-00",
        "end_promotion": "0000-00-00",
        "stock": "14",
        "weight": "4100",
        "length": "30",
        "available": "1",
        "is_kit": "0",
        "has_variation": "0",
        "Properties": [],
        "metatag": [],
        "all_categories": "0",
        "Variant": [],
        "ProductImage": [{"http": "http://img.example/1.jpg", "https": "https://img.example/1.jpg"}],
        "url": {"http": "http://loja.example/p", "https": "https://loja.example/p"},
        "modified": "2026-05-01 08:00:00",
    }
    return body | changes


def variant_body(variant_id: int = 600, **changes: object) -> Body:
    body: Body = {
        "id": str(variant_id),
        "product_id": "41",
        "reference": "PAN-1-P",
        "ean": "",
        "price": "30.00",
        "stock": "9",
        "available": "1",
        "illustrative_image": "",
        "Sku": [{"type": "Tamanho", "value": "P"}],
    }
    return body | changes


def refusal_body(error_code: int) -> Body:
    return {
        "code": 401,
        "error_code": error_code,
        "name": "Unauthorized access",
        "message": "Unauthorized access",
        "url": f"/web_api/orders?access_token={ACCESS}",
        "causes": [f"Token inválido ou expirado: {ACCESS}"],
    }
