"""Prepares companies, people, Lojas and products in an installation; asked in lines of JSON, one answer for each."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from PIL import Image
from stdnum.br import cnpj as cnpj_rules

from ahead.accounts.models import Company
from ahead.accounts.operations import create_company, create_user, set_membership
from ahead.catalog.category_operations import create_category
from ahead.catalog.image_operations import add_picture
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import Product
from ahead.catalog.operations import create_product, update_product
from ahead.catalog.variant_operations import generate_variants
from ahead.fiscal.set_up import IssuerFields, save_issuer, upload_certificate
from ahead.stock.models import Warehouse
from ahead.stock.operations import Opening, create_warehouse, set_opening
from ahead.stores.models import StatusRole, Store
from ahead.stores.operations import choose_statuses, register_store, set_schedule
from ahead.sync.connecting import finish_connection
from ahead.taxes.models import Natureza
from ahead.taxes.operations import set_defaults

BY = "palco@ahead.example"
CHOICES = {
    StatusRole.IMPORT: ["A ENVIAR", "A ENVIAR VINDI"],
    StatusRole.UPDATE: ["A ENVIAR - SINCRONIZADO"],
    StatusRole.CANCELLED: ["CANCELADO", "CANCELADO AUT"],
}


def _now() -> datetime:
    return datetime.now(UTC)


def open_company(name: str, slug: str, people: dict[str, str], password: str) -> dict[str, Any]:
    """Open a company with a warehouse and with people: their roles and names."""
    number = f"{Company.objects.count() + 10_000_000:08d}0001"
    cnpj = number + cnpj_rules.calc_check_digits(number)
    company = create_company(name=name, slug=slug, cnpj=cnpj, by=BY, now=_now())
    for role, called in people.items():
        user = create_user(email=f"{role}@{slug}.example", name=called, password=password, now=_now())
        set_membership(company=company, user=user, role=role, by=BY, now=_now())
    create_warehouse(company=company, name="Depósito Central", by=BY, now=_now())
    return {"slug": company.slug}


def open_store(slug: str, code: str, *, is_fast: bool = False, **fields: Any) -> dict[str, Any]:
    """Register a Loja, connect it with a code of Tray's and choose its statuses; it syncs by the button only."""
    company = Company.objects.get(slug=slug)
    now = _now()
    place = Warehouse.objects.of(company).order_by("code").first()
    assert place is not None
    since = (now - timedelta(days=20)).date()
    store = register_store(company=company, warehouses=[place.pk], import_from=since, by=BY, now=now, **fields)
    set_schedule(company=company, store_id=store.pk, by_itself=False, interval_minutes=15, by=BY, now=now)
    api_address = f"{store.address}/web_api"
    finish_connection(company, store.pk, code=code, api_address=api_address, by=BY, now=now)
    rows = dict(store.statuses.values_list("name", "pk"))
    choices = {role: [rows[name] for name in names] for role, names in CHOICES.items()}
    choose_statuses(company=company, store_id=store.pk, choices=choices, by=BY, now=now)
    if is_fast:  # more than the product lets anybody choose: many orders of the sandbox, and no minute to wait for
        Store.objects.of(company).filter(pk=store.pk).update(requests_per_minute=60_000)
    return {"id": store.pk}


def add_products(slug: str, products: list[dict[str, Any]]) -> dict[str, int]:
    """Make products with so much on hand of each, and return their ids by code."""
    company = Company.objects.get(slug=slug)
    place = Warehouse.objects.of(company).order_by("code").first()
    assert place is not None
    made: dict[str, int] = {}
    openings = []
    for facts in products:
        on_hand = facts.pop("on_hand")
        product: Product = create_product(company=company, by=BY, now=_now(), **facts)
        made[product.code] = product.pk
        openings.append(Opening(product_id=product.pk, warehouse_id=place.pk, quantity=on_hand))
    set_opening(company=company, rows=[row for row in openings if row.quantity], by=BY, now=_now())
    return made


def add_categories(slug: str, store_id: int, names: list[str], above: int | None = None) -> dict[str, int]:
    """Make categories of a Loja, all at one place, and return their ids by name."""
    company = Company.objects.get(slug=slug)
    facts: dict[str, Any] = {"company": company, "store_id": store_id, "parent_id": above, "by": BY, "now": _now()}
    return {name: create_category(name=name, **facts).pk for name in names}


def add_listing(slug: str, store_id: int, code: str, category_id: int, values: list[list[str]]) -> dict[str, Any]:
    """Make a Produto Ecommerce of a product: with values, one with variations and images, kept as a draft."""
    company = Company.objects.get(slug=slug)
    product = Product.objects.of(company).get(code=code)
    facts: dict[str, Any] = {"company": company, "by": BY, "now": _now()}
    update_product(product_id=product.pk, weight_g=420, length_cm=30, width_cm=22, height_cm=8, **facts)
    listing = create_listing(
        store_id=store_id,
        product_ids=[product.pk],
        category_id=category_id,
        is_draft=bool(values),
        description="<h3>Feito para durar</h3><p>Peça de <strong>boa qualidade</strong>, para o dia a dia.</p>"
        "<ul><li>Fácil de limpar</li><li>Garantia de um ano</li></ul>",
        **facts,
    )
    if values:
        axes = ("Cor", "Tamanho")
        generate_variants(listing_id=listing.pk, axes=axes, values_1=values[0], values_2=values[1], **facts)
        for colour in ("teal", "goldenrod", "slategray"):
            file = io.BytesIO()
            Image.new("RGB", (600, 480), colour).save(file, "PNG")
            add_picture(listing_id=listing.pk, content=file.getvalue(), **facts)
    return {"id": listing.pk}


def may_issue(slug: str, pfx: str, password: str) -> dict[str, Any]:
    """Give a company of the Simples all that its first nota needs, and return where its numbers begin."""
    company = Company.objects.get(slug=slug)
    now = _now()
    set_defaults(company=company, crt="1", valid_from=date(2026, 1, 1), by=BY, now=now)
    naturezas = dict(Natureza.objects.of(company).values_list("kind", "pk"))
    fields = IssuerFields(
        environment="1", crt="1", inscricao_estadual="110042490114", street="Rua do Forno", street_number="12",
        district="Centro", municipality="São Paulo", uf="SP", postal_code="01001000", phone="1133334444",
        natureza_id=naturezas["sale"], return_natureza_id=naturezas["return"],
    )  # fmt: skip
    save_issuer(company, fields, legal_name=f"{company.name} Ltda", by=BY, now=now)
    upload_certificate(company, base64.b64decode(pfx), password, by=BY, now=now)
    return {"first": 1}


def company_of(slug: str) -> dict[str, Any]:
    """Return what is asked of a company."""
    return {"cnpj": Company.objects.get(slug=slug).cnpj}


DOES: dict[str, Callable[..., dict[str, Any]]] = {
    "open_company": open_company,
    "open_store": open_store,
    "add_products": add_products,
    "add_categories": add_categories,
    "add_listing": add_listing,
    "may_issue": may_issue,
    "company_of": company_of,
}


def main() -> None:
    """Answer until nobody asks any more."""
    for line in sys.stdin:
        what, facts = json.loads(line)
        sys.stdout.write(json.dumps(DOES[what](**facts)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
