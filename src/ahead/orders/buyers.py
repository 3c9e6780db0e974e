"""Who buys, from an order that arrives to a customer of ours."""

from __future__ import annotations

from ahead.customers.models import Customer
from ahead.customers.receiving import Seen
from ahead.orders.incoming import IncomingCustomer


def seen(customer: IncomingCustomer) -> Seen:
    """Return who buys, as customers are received."""
    kind = Customer.Kind.COMPANY if customer.is_company else Customer.Kind.PERSON
    address = customer.address
    return Seen(
        tray_id=customer.tray_id,
        document=customer.document,
        facts={
            "kind": kind,
            "name": customer.name,
            "legal_name": customer.legal_name,
            "inscricao_estadual": customer.inscricao_estadual,
            "email": customer.email,
            "phone": customer.phone,
            "mobile": customer.mobile,
            "number": address.number,
            "street": address.street,
            "complement": address.complement,
            "district": address.district,
            "city": address.city,
            "uf": address.uf,
            "postal_code": address.postal_code,
        },
    )
