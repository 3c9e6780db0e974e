"""A company with its people, and its Loja on both sides."""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from installation import Installation

from ahead.sandbox.tray import Store, fill_store
from ahead.sandbox.tray.records import Order, Product, Variant

PASSWORD = "fermento natural 77"
PEOPLE = {"staff": "Sam Ahead", "owner": "Ana Prado", "operator": "Oto Lima", "reader": "Bia Reis"}
# code, reference, name, price, units in AHEAD, units at Tray
BAKERY = (
    ("1001", "PAO-01", "Pão de Queijo 1 kg", "32.90", 40, 12),
    ("1002", "BOL-02", "Bolo de Fubá", "24.50", 25, 25),
    ("1003", "CAF-03", "Café Torrado 500 g", "38.00", 60, 55),
)
NCMS = {"1001": "19059090", "1002": "19059020", "1003": "99999999"}  # SEFAZ knows no such coffee: cStat 778
_numbers = itertools.count(1)


@dataclass
class Shop:
    """What a journey is about."""

    installation: Installation
    slug: str
    name: str
    tray: Store
    store_name: str
    store_id: int
    products: dict[str, int] = field(default_factory=dict)  # ours, by code
    at_tray: dict[str, Product] = field(default_factory=dict)  # theirs, by our code

    def email(self, role: str) -> str:
        """Return the e-mail of the company's person in a role."""
        return f"{role}@{self.slug}.example"

    def url(self, path: str = "") -> str:
        """Return the address of a page of the company."""
        return f"{self.installation.address}/{self.slug}/{path}"

    def order(self, *codes: str, quantity: int = 2, **terms: Any) -> Order:
        """Let an order arrive at Tray for products named by our codes."""
        items = [(self.at_tray[code], quantity) for code in codes]
        terms.setdefault("shipment_value", Decimal("15.90"))
        return self.tray.place_order(items=items, **terms)

    def stock_at_tray(self, code: str) -> int:
        """Return the stock Tray shows for a product of ours."""
        return self.tray.product_stock(self.at_tray[code].id)

    def status_at_tray(self, order: Order) -> str:
        """Return the name of the status of an order at Tray."""
        return self.tray.statuses[order.status_id].name


def open_company(installation: Installation, name: str) -> str:
    """Open a company with one person in each role, and return its slug."""
    slug = f"empresa-{next(_numbers)}"
    installation.ask("open_company", name=name, slug=slug, people=PEOPLE, password=PASSWORD)
    return slug


def open_at_tray(installation: Installation, slug: str, name: str, **switches: Any) -> Store:
    """Open a store in the sandbox, without its own limit of requests."""
    return installation.tray.add_store(
        slug=slug,
        store_id=900_000 + next(_numbers),
        name=name,
        consumer_key=f"ck-{slug}",
        consumer_secret=f"cs-{slug}",
        **{"rate_limit_per_minute": None, **switches},
    )


def open_shop(installation: Installation, name: str = "Padaria do Sol", store_name: str = "Loja do Sol") -> Shop:
    """Open a company whose Loja is connected and sells three products that both sides know."""
    slug = open_company(installation, name)
    tray = open_at_tray(installation, slug, store_name)
    shop = Shop(installation, slug, name, tray, store_name, _connect(installation, slug, store_name, tray))
    rows = []
    for code, reference, called, price, ours, theirs in BAKERY:
        shop.at_tray[code] = tray.add_product(name=called, reference=reference, price=price, stock=theirs)
        facts = {"code": code, "reference": reference, "name": called, "price": price, "ncm": NCMS[code]}
        rows.append({**facts, "on_hand": ours})
    shop.products = installation.ask("add_products", slug=slug, products=rows)
    return shop


def add_categories(shop: Shop, *names: str, above: int | None = None) -> dict[str, int]:
    """Give the Loja categories at one place of its tree, and return their ids by name."""
    facts = {"slug": shop.slug, "store_id": shop.store_id, "names": list(names), "above": above}
    made: dict[str, int] = shop.installation.ask("add_categories", **facts)
    return made


def add_listing(shop: Shop, code: str, category_id: int, *values: list[str]) -> int:
    """Give the Loja a Produto Ecommerce of one of its products, and return its id; with values it is a draft."""
    facts = {"slug": shop.slug, "store_id": shop.store_id, "code": code, "category_id": category_id, "values": values}
    made: dict[str, int] = shop.installation.ask("add_listing", **facts)
    return made["id"]


def let_issue(shop: Shop) -> None:
    """Let the company of a shop issue notas with the pretend SEFAZ; what it sells has an NCM."""
    cnpj = shop.installation.ask("company_of", slug=shop.slug)["cnpj"]
    authority = shop.installation.sefaz.authority
    pfx = authority.pfx(authority.company(cnpj), PASSWORD)
    shop.installation.ask("may_issue", slug=shop.slug, pfx=base64.b64encode(pfx).decode(), password=PASSWORD)


def open_big_shop(installation: Installation, *, products: int, orders: int) -> Shop:
    """Open a shop with a story: many products, orders of all kinds, two of which need a person."""
    name, store_name = "Casa Aurora Utilidades Ltda", "Casa Aurora"
    slug = open_company(installation, name)
    tray = open_at_tray(installation, slug, store_name)
    fill_store(tray, products=products, orders=orders)
    store_id = _connect(installation, slug, store_name, tray, is_fast=True)
    shop = Shop(installation, slug, name, tray, store_name, store_id)
    rows = [
        _as_ours(number, sold, tray.products[sold.product_id] if isinstance(sold, Variant) else sold)
        for number, sold in enumerate(_sellable(tray), start=5001)
    ]
    shop.products = installation.ask("add_products", slug=slug, products=rows)
    top = add_categories(shop, "Mesa", "Cozinha", "Banheiro", "Organização da casa")
    inside = add_categories(shop, "Panelas", "Utensílios de preparo", "Facas e tábuas", above=top["Cozinha"])
    add_categories(shop, "Panelas de pressão", "Frigideiras", above=inside["Panelas"])
    codes = list(shop.products)
    add_listing(shop, codes[0], top["Mesa"], ["Preta", "Branca"], ["P", "M", "G"])
    add_listing(shop, codes[1], top["Mesa"])
    for kind in ("unknown-sku", "total-off", "missing-cpf", "company", "pix-discount", "two-addresses"):
        tray.odd_order(kind)
    tray.place_orders(4, marketplace="Mercado Livre", status="A ENVIAR")
    return shop


def _sellable(tray: Store) -> list[Product | Variant]:
    simple = [product for product in tray.products.values() if not tray.variants_by_product.get(product.id)]
    return [*simple, *tray.variants.values()]


def _as_ours(number: int, sold: Product | Variant, product: Product) -> dict[str, Any]:
    axes = " ".join(str(sold.fields[name]) for name in ("value_1", "value_2") if sold.fields.get(name))
    return {
        "code": str(number),
        "reference": sold.text("reference"),
        "gtin": sold.text("ean"),
        "ncm": product.text("ncm"),
        "name": f"{product.text('name')} {axes}".strip(),
        "price": str(sold.price),
        "on_hand": sold.stock + number % 7,
    }


def _connect(installation: Installation, slug: str, store_name: str, tray: Store, *, is_fast: bool = False) -> int:
    answer = installation.ask(
        "open_store",
        slug=slug,
        code=tray.authorise(),
        is_fast=is_fast,
        name=store_name,
        address=f"{installation.tray_address}{tray.path}",
        consumer_key=tray.consumer_key,
        consumer_secret=tray.consumer_secret,
    )
    return int(answer["id"])
