"""Both sides before the first order: a company that issues, its products, kits and Lojas, and their stores at Tray."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from ahead.accounts.models import Company
from ahead.accounts.operations import create_company
from ahead.catalog.kit_operations import save_product
from ahead.catalog.kit_rules import Component
from ahead.catalog.operations import create_product
from ahead.sandbox.tray import Store as Shop
from ahead.sandbox.tray import TraySandbox, crowd, people
from ahead.sandbox.tray.records import Customer, Product
from ahead.stock.models import Warehouse
from ahead.stock.operations import Opening, create_warehouse, set_opening
from ahead.stores.models import StatusRole, Store
from ahead.stores.operations import choose_statuses, register_store
from ahead.sync.connecting import finish_connection
from campaign.issuing import let_issue
from campaign.plan import SHOPS, Plan
from campaign.tray_faults import GAP_SECONDS, IdentityBell, IdentityFaults

BY = "campanha"
NCM = "69120000"
CNPJ = "11222333000181"
TURBO_PER_MINUTE, TURBO_LIMIT = 6_000, 6_500  # ours, and the one at which the pretend Tray says 429
REAL_LIMIT = 180
_STATUSES = {
    StatusRole.IMPORT: ["A ENVIAR", "A ENVIAR VINDI"],
    StatusRole.UPDATE: ["A ENVIAR - SINCRONIZADO"],
    StatusRole.CANCELLED: ["CANCELADO", "CANCELADO AUT"],
    StatusRole.INVOICED: ["FATURADO"],
}
SHOP_KITS = ("components", "parent")  # how each of the two stores lists a kit in an order


class _Remembering(dict[str, Any]):
    """The tokens of a store that are alive; who was in it once is not forgotten."""

    def __init__(self, ever: set[str]) -> None:
        super().__init__()
        self._ever = ever

    def __setitem__(self, token: str, grant: Any) -> None:
        self._ever.add(token)
        super().__setitem__(token, grant)


@dataclass
class OneShop:
    """A store at Tray, and the Loja it is here."""

    shop: Shop
    store: Store
    faults: IdentityFaults
    bell: IdentityBell
    tokens_ever: set[str]
    skus: list[Product] = field(default_factory=list)
    kits: list[Product] = field(default_factory=list)
    strangers: list[Product] = field(default_factory=list)
    accounts: dict[tuple[int, bool], Customer] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return self.shop.slug


@dataclass
class World:
    """Everything there is."""

    plan: Plan
    company: Company
    warehouse: Warehouse
    sku_ids: list[int]  # our products
    kit_ids: list[int]
    shops: list[OneShop]
    people: list[dict[str, str]]
    stranger_ids: dict[tuple[int, int], int] = field(default_factory=dict)  # once a person has linked them

    def account(self, place: int, buyer: int, *, is_other: bool) -> Customer:
        """Return the account of a buyer at a shop; the other one has the same CPF, and all else is different."""
        one = self.shops[place]
        if (buyer, is_other) not in one.accounts:
            fields = dict(self.people[buyer])
            if is_other:
                other = people.person(Random(f"{self.plan.seed} other {buyer}"))
                fields = {**other, "cpf": people.punctuated_cpf(fields["cpf"])}
            with one.shop.changing():
                one.accounts[buyer, is_other] = crowd.add_customer(one.shop, fields)
        return one.accounts[buyer, is_other]


def sku(number: int) -> str:
    """Return the reference of a SKU, the same on both sides."""
    return f"SKU-{number:04}"


def build(plan: Plan, box: TraySandbox, address: str, authority: Path, *, turbo: bool) -> World:
    """Make both sides; nothing is ordered, nothing synced, nothing fails yet."""
    now = datetime.now(UTC)
    company = create_company(name="Campanha", slug="campanha", cnpj=CNPJ, by=BY, now=now)
    warehouse = create_warehouse(company=company, name="Depósito", by=BY, now=now)
    let_issue(company, authority, by=BY, now=now)
    sku_ids = [
        create_product(
            company=company, code=f"C{number:04}", name=f"Produto {number}", reference=sku(number), ncm=NCM,
            weight_g=350, length_cm=12, width_cm=9, height_cm=9, price=_reais(plan.prices[number]), by=BY, now=now,
        ).pk
        for number in range(plan.scale.skus)
    ]  # fmt: skip
    openings = [Opening(pk, warehouse.pk, units) for pk, units in zip(sku_ids, plan.on_hand, strict=True)]
    set_opening(company=company, rows=openings, by=BY, now=now)
    kit_ids = [_our_kit(company, plan, place, sku_ids, now) for place in range(plan.scale.kits)]
    random = Random(f"{plan.seed} people")
    buyers = [people.person(random) for _ in range(plan.scale.customers)]
    shops = [_open(plan, box, address, company, warehouse, place, turbo=turbo) for place in range(SHOPS)]
    return World(plan, company, warehouse, sku_ids, kit_ids, shops, buyers)


def _reais(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _our_kit(company: Company, plan: Plan, place: int, sku_ids: list[int], now: datetime) -> int:
    parts = [Component(sku_ids[part.sku], part.units) for part in plan.kits[place]]
    fields: Any = {"code": f"K{place:03}", "name": f"Kit {place}", "reference": f"KIT-{place:03}", "is_kit": True}
    fields |= {"weight_g": 900, "length_cm": 20, "width_cm": 20, "height_cm": 20}
    return save_product(company=company, product_id=None, fields=fields, components=parts, by=BY, now=now).pk


def _open(
    plan: Plan, box: TraySandbox, address: str, company: Company, warehouse: Warehouse, place: int, *, turbo: bool
) -> OneShop:
    slug = f"loja-{place + 1}"
    keys = {"consumer_key": f"chave-{slug}-{plan.seed:08}", "consumer_secret": f"segredo-{slug}-{plan.seed:08}"}
    shop = box.add_store(
        slug=slug, store_id=900_001 + place, name=f"Loja {place + 1}", cnpj=CNPJ, **keys, kit_lines=SHOP_KITS[place],
        rate_limit_per_minute=TURBO_LIMIT if turbo else REAL_LIMIT, daily_limit=10_000, hang_seconds=0.3,
        webhook_gap_seconds=GAP_SECONDS,
    )  # fmt: skip
    faults = shop.faults = IdentityFaults(plan.seed, shop)
    bell = shop.bell = IdentityBell(plan.seed, shop, box.courier)
    ever: set[str] = set()
    shop.tokens.by_access, shop.tokens.by_refresh = _Remembering(ever), _Remembering(ever)
    skus = [
        shop.add_product(
            name=f"Produto {number}", reference=sku(number), price=_reais(plan.prices[number]), ncm=NCM,
            stock=plan.on_hand[number],
        )
        for number in range(plan.scale.skus)
    ]  # fmt: skip
    kits = [
        shop.add_kit(
            name=f"Kit {number}",
            reference=f"KIT-{number:03}",
            components=[(skus[part.sku], part.units) for part in kit],
        )
        for number, kit in enumerate(plan.kits)
    ]
    strangers = [
        shop.add_product(
            name=f"Novidade {number} da {slug}", reference=f"EXT-{place}-{number}", price="31.90", ncm=NCM, stock=80
        )
        for number in range(plan.scale.strangers)
    ]
    store = _register(company, warehouse, shop, address, turbo=turbo)
    return OneShop(shop, store, faults, bell, ever, skus, kits, strangers)


def _register(company: Company, warehouse: Warehouse, shop: Shop, address: str, *, turbo: bool) -> Store:
    now = datetime.now(UTC)
    store = register_store(
        company=company, name=shop.name, address=f"{address}{shop.path}", warehouses=[warehouse.pk],
        import_from=(now - timedelta(days=20)).date(), consumer_key=shop.consumer_key,
        consumer_secret=shop.consumer_secret, by=BY, now=now,
    )  # fmt: skip
    if turbo:  # faster than any Tray allows, so no operation takes it
        Store.objects.of(company).filter(pk=store.pk).update(requests_per_minute=TURBO_PER_MINUTE)
    finish_connection(
        company, store.pk, code=shop.authorise(), api_address=f"{address}{shop.path}/web_api", by=BY, now=now
    )
    rows = dict(store.statuses.values_list("name", "pk"))
    choices = {role: [rows[name] for name in names] for role, names in _STATUSES.items()}
    choose_statuses(company=company, store_id=store.pk, choices=choices, by=BY, now=now)
    store.refresh_from_db()
    return store
