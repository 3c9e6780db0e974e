"""The fields of a customer: in the list, in the single answer, and inside a complete order."""

from typing import Any

from ahead.sandbox.tray.moments import ZERO_DATE, ZERO_STAMP

_HEAD: dict[str, str] = {"cnpj": "", "newsletter": "0", "created": ZERO_STAMP}
_MIDDLE: dict[str, str] = {
    "id": "",
    "name": "",
    "registration_date": ZERO_DATE,
    "rg": "",
    "cpf": "",
    "phone": "",
    "cellphone": "",
    "birth_date": ZERO_DATE,
    "gender": "",
    "email": "",
    "nickname": "",
    "token": "",
    "total_orders": "0",
    "observation": "",
    "type": "0",
}
_TAIL: dict[str, str] = {
    "company_name": "",
    "state_inscription": "",
    "reseller": "0",
    "discount": "0.000",
    "blocked": "",
    "credit_limit": "0.00",
    "indicator_id": "0",
    "profile_customer_id": "1",
    "last_sending_newsletter": ZERO_DATE,
    "last_purchase": ZERO_DATE,
    "last_visit": ZERO_DATE,
    "last_modification": ZERO_STAMP,
    "address": "",
    "zip_code": "",
    "number": "",
    "complement": "",
    "neighborhood": "",
    "city": "",
    "state": "",
}
CUSTOMER_FIELDS: dict[str, str] = {**_HEAD, **_MIDDLE, **_TAIL, "modified": ZERO_STAMP}
ORDER_CUSTOMER_FIELDS: dict[str, str] = {
    **_HEAD,
    "terms": ZERO_STAMP,
    **_MIDDLE,
    "foreign": "0",
    **_TAIL,
    "country": "Brasil",
    "modified": ZERO_STAMP,
}
CUSTOMER_ROW_FIELDS = (
    "id",
    "name",
    "cpf",
    "birth_date",
    "gender",
    "email",
    "cnpj",
    "last_visit",
    "city",
    "state",
    "newsletter",
    "created",
    "registration_date",
    "modified",
)
WRITABLE_CUSTOMER_FIELDS = (
    "name",
    "rg",
    "cpf",
    "phone",
    "cellphone",
    "birth_date",
    "gender",
    "email",
    "nickname",
    "observation",
    "type",
    "company_name",
    "cnpj",
    "state_inscription",
    "reseller",
    "discount",
    "blocked",
    "credit_limit",
    "indicator_id",
    "profile_customer_id",
    "newsletter",
)
PLACE_FIELDS = ("address", "zip_code", "number", "complement", "neighborhood", "city", "state")
PROFILE_EXTENSIONS: dict[str, Any] = {
    "Profile": {"id": "1", "name": "Padrao", "approves_registration": "0"},
    "Profiles": [
        {
            "id": "1",
            "price_list_id": "0",
            "name": "Padrao",
            "approves_registration": "0",
            "show_price": "",
            "theme_id": "0",
            "selected": "1",
        }
    ],
}
