"""Customers and their addresses."""

from ahead.sandbox.tray import crowd, wire
from ahead.sandbox.tray.answers import Answer, Call, created, deleted, invalid, not_found, saved
from ahead.sandbox.tray.bodies import chosen, identifier
from ahead.sandbox.tray.customer_fields import PLACE_FIELDS, WRITABLE_CUSTOMER_FIELDS
from ahead.sandbox.tray.defaults import ADDRESS_FIELDS
from ahead.sandbox.tray.filters import Listing, answer_list
from ahead.sandbox.tray.records import Address, Customer, Fields
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store


def _read_customer(_store: Store, customer: Customer, name: str) -> str:
    return str(customer.id) if name == "id" else customer.text(name)


def _read_address(_store: Store, address: Address, name: str) -> str:
    if name == "customer_id":
        return str(address.customer_id)
    return address.text(name) or ADDRESS_FIELDS.get(name, "")


CUSTOMERS: Listing[Customer] = Listing(
    model="Customer",
    plural="Customers",
    available=("id", "name", "email", "cpf", "cnpj", "created", "modified"),
    rows=lambda store: store.customers.values(),
    read=_read_customer,
    write=lambda store, customer: {"Customer": wire.customer_row(store, customer)},
    days=frozenset({"created", "modified"}),
    sorts=frozenset({"id", "name", "created", "modified"}),
)
ADDRESSES: Listing[Address] = Listing(
    model="CustomerAddress",
    plural="CustomerAddresses",
    available=("customer_id", "type", "not_list"),
    rows=lambda store: store.addresses.values(),
    read=_read_address,
    write=lambda _store, address: {"CustomerAddress": wire.address_entity(address)},
    standing={"customer_id": ("CustomerAddress.customer_id != 0", lambda value: value != "0")},
)


def _customer(call: Call) -> Customer:
    customer = call.store.customers.get(call.identifiers["customer_id"])
    if customer is None:
        raise not_found()
    return customer


def _address(call: Call) -> Address:
    address = call.store.addresses.get(call.identifiers["address_id"])
    if address is None:
        raise not_found()
    return address


def list_customers(call: Call) -> Answer:
    """List customers, short."""
    return Answer(answer_list(CUSTOMERS, call))


def read_customer(call: Call) -> Answer:
    """Read a customer with the main address inside."""
    return Answer({"Customer": wire.customer_entity(call.store, _customer(call))})


def create_customer(call: Call) -> Answer:
    """Add a customer."""
    body = call.wrapped("Customer")
    required = ["name", "email"]
    if call.store.switches.birth_date_required:
        required.append("birth_date")
    fields: Fields = chosen(body, (*WRITABLE_CUSTOMER_FIELDS, *PLACE_FIELDS))
    if missing := [name for name in required if not fields.get(name)]:
        raise invalid(**dict.fromkeys(missing, "campo obrigatório"))
    if isinstance(body.get("CustomerAddress"), (dict, list)):
        fields["CustomerAddress"] = body["CustomerAddress"]
    return created(crowd.add_customer(call.store, fields).id)


def update_customer(call: Call) -> Answer:
    """Change a customer; the address has its own route."""
    customer = _customer(call)
    customer.fields.update(chosen(call.wrapped("Customer"), WRITABLE_CUSTOMER_FIELDS))
    call.store.touch(customer)
    return saved(customer.id)


def list_addresses(call: Call) -> Answer:
    """List addresses; those of nobody are left out unless asked for."""
    return Answer(answer_list(ADDRESSES, call))


def read_address(call: Call) -> Answer:
    """Read an address."""
    return Answer({"CustomerAddress": wire.address_entity(_address(call))})


def create_address(call: Call) -> Answer:
    """Add an address to a customer."""
    body = call.wrapped("CustomerAddress")
    customer = call.store.customers.get(identifier(body, "customer_id"))
    if customer is None:
        raise invalid(customer_id="inexistente")
    return created(crowd.add_address(call.store, customer, body).id)


def delete_address(call: Call) -> Answer:
    """Remove an address."""
    address = _address(call)
    del call.store.addresses[address.id]
    call.store.addresses_by_customer[address.customer_id].remove(address.id)
    return deleted(address.id)


ROUTES = (
    Route("GET", "/customers", list_customers, is_list=True),
    Route("POST", "/customers", create_customer),
    Route("GET", "/customers/<int:customer_id>", read_customer),
    Route("PUT", "/customers/<int:customer_id>", update_customer),
    Route("GET", "/customers/addresses", list_addresses, is_list=True),
    Route("POST", "/customers/addresses", create_address),
    Route("GET", "/customers/addresses/<int:address_id>", read_address),
    Route("DELETE", "/customers/addresses/<int:address_id>", delete_address),
)
