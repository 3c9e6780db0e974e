"""From the customer and address documents Tray sends to typed values."""

from typing import Literal

from ahead.tray.reading import Document, day, digits, document, entities, flag, identity, moment, text
from ahead.tray.requirement import required_id
from ahead.tray.values import Address, Customer

_BRAZIL = frozenset({"", "BR", "BRA", "BRASIL", "BRAZIL"})
_ADDRESS_TYPES: dict[str, Literal["delivery", "billing"]] = {"0": "billing", "1": "delivery"}
_OWN_ADDRESS_FIELDS = ("address", "zip_code")


def read_customer(row: Document, where: str = "Customer") -> Customer:
    """
    Read a customer, full or short.

    :raises Unreadable: if it has no id.
    """
    cpf, cnpj = document(row.get("cpf")), document(row.get("cnpj"))
    name = text(row.get("name"))
    kind = _kind(text(row.get("type")), cpf=cpf, cnpj=cnpj)
    rows = entities(row.get("CustomerAddresses"), "CustomerAddress") or entities(
        row.get("CustomerAddress"), "CustomerAddress"
    )
    return Customer(
        id=required_id(row, "id", where),
        kind=kind,
        name=name,
        legal_name=(text(row.get("company_name")) if kind == "PJ" else "") or name,
        cpf=cpf,
        cnpj=cnpj,
        rg=text(row.get("rg")),
        ie=text(row.get("state_inscription")),
        email=text(row.get("email")),
        phone=digits(row.get("phone")),
        cellphone=digits(row.get("cellphone")),
        birth_date=day(row.get("birth_date")),
        modified=moment(row.get("modified")),
        own_address=_read_own_address(row, name),
        # Short answers list bare ids here: an id alone is no address.
        addresses=tuple(_read_address(address) for address in rows if len(address) > 1),
    )


def _kind(written: str, *, cpf: str, cnpj: str) -> Literal["PF", "PJ"]:
    """Return what Tray says, unless only the document of the other kind is there."""
    if bool(cpf) != bool(cnpj):
        return "PJ" if cnpj else "PF"
    return "PJ" if written == "1" else "PF"


def _read_address(row: Document) -> Address:
    return Address(
        id=identity(row.get("id")),
        type=_ADDRESS_TYPES.get(text(row.get("type")), ""),
        recipient=text(row.get("recipient")),
        street=text(row.get("address")),
        number=text(row.get("number")),
        complement=text(row.get("complement")),
        district=text(row.get("neighborhood")),
        city=text(row.get("city")),
        state=text(row.get("state")).upper(),
        zip_code=digits(row.get("zip_code")),
        country=_country(row.get("country")),
        is_active=flag(row.get("active")),
    )


def _read_own_address(row: Document, name: str) -> Address | None:
    """Read the address that stands in the customer itself; None when there is none."""
    if not any(text(row.get(field)) for field in _OWN_ADDRESS_FIELDS):
        return None
    return Address(
        id=None,
        type="",
        recipient=name,
        street=text(row.get("address")),
        number=text(row.get("number")),
        complement=text(row.get("complement")),
        district=text(row.get("neighborhood")),
        city=text(row.get("city")),
        state=text(row.get("state")).upper(),
        zip_code=digits(row.get("zip_code")),
        country=_country(row.get("country")),
        is_active=True,
    )


def _country(value: object) -> str:
    written = text(value).upper()
    return "BRA" if written in _BRAZIL else written
