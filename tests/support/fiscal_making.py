"""A company that issues notas: its fiscal set-up, its certificate, its tax rules, and orders ready for a nota."""

from __future__ import annotations

import atexit
import functools
import itertools
import shutil
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.customers.models import Customer
from ahead.customers.names import keep_words
from ahead.fiscal.models import Issuer, Nota, NotaXml
from ahead.fiscal.preparing import open_workshop, prepare_sale
from ahead.fiscal.sending import Reply, claim
from ahead.fiscal.set_up import IssuerFields, save_issuer, set_next_number, upload_certificate
from ahead.fiscal.taking_in import take_in
from ahead.nfe.answers import Answer, Protocol
from ahead.orders.models import Order, OrderItem, OrderMarketplace
from ahead.orders.wants import wants_of
from ahead.sandbox.sefaz.authority import Authority
from ahead.stock.reservations import sales_warehouses, settle_reservations
from ahead.stores.models import Store
from ahead.taxes.models import Natureza
from ahead.taxes.operations import set_defaults

BY = "ana@padaria.example"
PASSWORD = "forno 220"
_numbers = itertools.count(1)


@functools.cache
def authority_folder() -> Path:
    """Where the authority of the tests is kept: the pretend SEFAZ takes its own certificate from it too."""
    folder = Path(tempfile.mkdtemp(prefix="ahead-authority-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def authority() -> Authority:
    """The authority whose certificates the tests use."""
    return Authority.kept_in(authority_folder())


@functools.cache
def pfx_of(cnpj: str) -> bytes:
    """An A1 certificate of a company."""
    return authority().pfx(authority().company(cnpj, "PADARIA DO SOL LTDA"), PASSWORD)


def trust(settings: Any) -> None:
    """Let the authority of the tests be trusted besides ICP-Brasil's."""
    authority()
    settings.SEFAZ_AUTHORITIES = str(authority_folder() / "autoridade.pem")


def set_up_issuer(company: Company, now: datetime, *, crt: str = "3", uf: str = "SP", **fields: Any) -> Issuer:
    """Give a company all that its first nota needs."""
    set_defaults(company=company, crt=crt, valid_from=date(2026, 1, 1), by=BY, now=now)
    naturezas = dict(Natureza.objects.of(company).values_list("kind", "pk"))
    given: dict[str, Any] = {
        "environment": "1",
        "crt": crt,
        "inscricao_estadual": "110042490114",
        "street": "Rua do Forno",
        "street_number": "12",
        "district": "Centro",
        "municipality": "São Paulo" if uf == "SP" else "Salvador",
        "uf": uf,
        "postal_code": "01001-000",
        "phone": "(11) 3333-4444",
        "natureza_id": naturezas["sale"],
        "return_natureza_id": naturezas["return"],
        **fields,
    }
    issuer = save_issuer(company, IssuerFields(**given), legal_name="Padaria do Sol Ltda", by=BY, now=now)
    upload_certificate(company, pfx_of(company.cnpj), PASSWORD, by=BY, now=now)
    set_next_number(company, environment=issuer.environment, serie=1, next_number=100, by=BY, now=now)
    return issuer


def make_buyer(company: Company, now: datetime, **fields: Any) -> Customer:
    """A person in Salvador who buys for her own use."""
    given: dict[str, Any] = {
        "kind": "person",
        "name": "Mariana Siqueira",
        "document": "39053344705",
        "email": "mariana@example.com",
        "street": "Rua Chile",
        "number": "7",
        "district": "Centro",
        "city": "Salvador",
        "uf": "BA",
        "postal_code": "40020000",
        "created_at": now,
        "updated_at": now,
        **fields,
    }
    found, _ = Customer.objects.of(company).get_or_create(
        document=given["document"], defaults={**given, "company_id": company.pk}
    )
    keep_words(company.pk, [found])
    return found


def make_sale(
    store: Store, now: datetime, products: list[tuple[Product, int, str]], *, marketplace: bool = False, **fields: Any
) -> Order:
    """A paid Pedido Web of (product, units, unit price), with its stock reserved."""
    buyer = fields.pop("customer", None) or make_buyer(store.company, now)
    number = next(_numbers)
    items_total = sum((Decimal(price) * units for _, units, price in products), Decimal(0))
    given: dict[str, Any] = {
        "kind": "PEW",
        "number": 5_000 + number,
        "tray_id": 90_000 + number,
        "state": "open",
        "placed_at": now,
        "imported_at": now,
        "updated_at": now,
        "tray_status_id": 1,
        "tray_status": "A ENVIAR",
        "point_sale": "Loja virtual",
        "payment_kind": "pix",
        "payment_method": "Pix",
        "items_total": items_total,
        "recipient": buyer.name,
        "street": buyer.street,
        "street_number": buyer.number,
        "district": buyer.district,
        "city": buyer.city,
        "uf": buyer.uf,
        "postal_code": buyer.postal_code,
        **fields,
    }
    extra = ("shipping", "taxes", "interest", "payment_rate", "remainder")
    taken = ("discount", "coupon_discount")
    given.setdefault(
        "total",
        items_total
        + sum((Decimal(given.get(name, 0)) for name in extra), Decimal(0))
        - sum((Decimal(given.get(name, 0)) for name in taken), Decimal(0)),
    )
    order = Order.objects.create(company_id=store.company_id, store=store, customer=buyer, **given)
    for position, (product, units, price) in enumerate(products, start=1):
        OrderItem.objects.create(
            company_id=store.company_id,
            order=order,
            position=position,
            tray_product_id=700 + position,
            product=product,
            description=product.name,
            quantity=units,
            unit_price=Decimal(price),
        )
    if marketplace:
        OrderMarketplace.objects.create(
            company_id=store.company_id,
            order=order,
            name="Mercado Livre",
            order_number="2000001234567",
            seller_id="LOJADOSOL",
            document="03007331000141",
            payment_document="10573521000191",
        )
    reserve(order, now)
    return order


def reserve(order: Order, now: datetime) -> None:
    """Reserve what an order takes."""
    settle_reservations(
        order.company_id,
        order_ids=[order.pk],
        wants=wants_of([order]),
        warehouses=sales_warehouses(order.company_id, order.store_id),
        now=now,
    )


def authorise(company: Company, order: Order, now: datetime) -> Nota:
    """The nota of an order, authorised: as SEFAZ would have answered, without asking one."""
    nota = prepare_sale(open_workshop(company, now=now), order.pk, by=BY, now=now)
    errand = claim(company.pk, nota.pk, holder="teste", now=now)
    assert errand is not None
    digest = NotaXml.objects.of(company).get(nota=nota).digest
    number = f"1352600{nota.number:08}"
    xml = (
        '<protNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"><infProt><tpAmb>1</tpAmb>'
        f"<verAplic>TESTE</verAplic><chNFe>{nota.chave_de_acesso}</chNFe><dhRecbto>{now:%Y-%m-%dT%H:%M:%S}-03:00</dhRecbto>"
        f"<nProt>{number}</nProt><digVal>{digest}</digVal><cStat>100</cStat>"
        "<xMotivo>Autorizado o uso da NF-e</xMotivo></infProt></protNFe>"
    ).encode()
    protocol = Protocol(
        chave=nota.chave_de_acesso,
        number=number,
        received_at=now,
        digest=digest,
        cstat="100",
        reason="Autorizado o uso da NF-e",
        xml=xml,
    )
    answer = Answer(cstat="100", reason=protocol.reason, protocol=protocol)
    return take_in(company.pk, Reply(errand, answer=answer), now=now)
