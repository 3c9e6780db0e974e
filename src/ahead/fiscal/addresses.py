"""Addresses as a nota writes them: with IBGE's code of the municipality."""

from __future__ import annotations

from ahead.fiscal.models import Issuer
from ahead.fiscal.refusing import CannotBuild
from ahead.lib.municipalities import municipality_code, similar_municipalities
from ahead.nfe import values as nfe
from ahead.orders.models import Order


def emitter_address(issuer: Issuer) -> nfe.Address:
    """Return the address of who issues."""
    return nfe.Address(
        street=issuer.street,
        number=issuer.street_number or "S/N",
        complement=issuer.complement,
        district=issuer.district,
        municipality_code=issuer.municipality_code,
        municipality=issuer.municipality,
        uf=issuer.uf,
        postal_code=issuer.postal_code,
        phone=issuer.phone,
    )


def buyer_address(order: Order) -> nfe.Address:
    """
    Return the buyer's own address; where the customer has none of use, the one the parcel goes to.

    :raises CannotBuild: if neither can be used.
    """
    customer = order.customer
    if customer is None or not (customer.street and customer.city and customer.uf and customer.postal_code):
        return delivery_address(order)
    return _address(
        order,
        whose="cadastro do cliente",
        street=customer.street,
        number=customer.number,
        complement=customer.complement,
        district=customer.district,
        city=customer.city,
        uf=customer.uf,
        postal_code=customer.postal_code,
    )


def delivery_address(order: Order) -> nfe.Address:
    """
    Return the address a parcel goes to.

    :raises CannotBuild: if a part is missing.
    """
    return _address(
        order,
        whose="endereço de entrega",
        street=order.street,
        number=order.street_number,
        complement=order.complement,
        district=order.district,
        city=order.city,
        uf=order.uf,
        postal_code=order.postal_code,
    )


def delivery_place(order: Order) -> nfe.DeliveryPlace | None:
    """
    Return where the goods go, if that is not the buyer's own address.

    :raises CannotBuild: if the order does not say where: nobody guesses that it is the buyer's own.
    """
    if order.customer is None:
        return None
    own, goes_to = buyer_address(order), delivery_address(order)
    if (own.street, own.number, own.postal_code) == (goes_to.street, goes_to.number, goes_to.postal_code):
        return None
    return nfe.DeliveryPlace(
        document=order.customer.document, name=(order.recipient or order.customer.name)[:60], address=goes_to
    )


def _address(
    order: Order,
    *,
    whose: str,
    street: str,
    number: str,
    complement: str,
    district: str,
    city: str,
    uf: str,
    postal_code: str,
) -> nfe.Address:
    missing = [
        name
        for name, value in (("rua", street), ("bairro", district), ("cidade", city), ("UF", uf), ("CEP", postal_code))
        if not value
    ]
    if missing:
        raise CannotBuild(
            f"Falta no {whose} do pedido {order.number}: {', '.join(missing)}.",
            remedy=f"Complete o {whose} no AHEAD (Editar, na página do pedido), ou no Tray, e gere a nota de novo.",
        )
    code = municipality_code(city, uf)
    if not code:
        similar = ", ".join(similar_municipalities(city, uf))
        hint = f" Nomes parecidos: {similar}." if similar else ""
        raise CannotBuild(
            f"O IBGE não conhece o município «{city}» em {uf} ({whose} do pedido {order.number}).",
            remedy=f"Corrija a cidade no {whose}, pela página do pedido, e gere a nota de novo.{hint}",
        )
    return nfe.Address(
        street=street[:60],
        number=(number or "S/N")[:60],
        complement=complement[:60],
        district=district[:60],
        municipality_code=code,
        municipality=city[:60],
        uf=uf,
        postal_code=postal_code,
    )
