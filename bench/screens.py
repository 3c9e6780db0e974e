"""How long the server takes for the screens that are looked at all day, with many orders held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote_plus

from django.test import Client

from ahead.accounts.models import Company, Role
from ahead.accounts.operations import create_company, create_user, set_membership
from ahead.fiscal.models import Nota
from ahead.orders.models import Order
from bench.measuring import interleaved
from bench.rows import Row
from bench.sandbox import sandbox
from bench.seeding import multiply_orders, seed_notas
from bench.stage import set_stage

_SKUS = 100
_TARGET = 0.1


def screens(*, quick: bool, full: bool = False) -> Iterator[Row]:
    """Ask for the list of orders, filtered and searched, and for the first screen, beside an empty company's."""
    held = 20_000 if quick else 1_000_000 if full else 200_000
    with sandbox() as server:
        stage = set_stage(server, skus=_SKUS)
        shop = stage.open_shop(skus=_SKUS, orders=1_000, days=10)
        stage.sync(shop)
    client = _person(stage.company)  # and the company without orders: the planner's statistics are to know both
    multiply_orders(stage.company, until=held)
    seed_notas(stage.company, held // 5, now=datetime.now(UTC))
    number = f"{Order.objects.of(stage.company).count() // 1000:,}k"
    for what, path in _addresses(stage.company).items():
        empty = path.replace("/bench/", "/vazia/").split("loja=")[0]
        ours, floor = interleaved(7 if quick else 15, _asking(client, path), _asking(client, empty))
        yield Row(
            f"{what}, {number} orders held",
            ours * 1000,
            "ms",
            floor * 1000,
            "a company without orders",
            _TARGET * 1000,
        )


def _addresses(company: Company) -> dict[str, str]:
    one = (
        Order.objects.of(company)
        .exclude(marketplace_number="")
        .select_related("customer", "store")
        .order_by("placed_at")[1000:1001]
        .get()
    )
    assert one.customer is not None
    first_name, *_, last_name = one.customer.name.rsplit(" ", 1)[0].split(" ")
    until = f"desde=2020-01-01&ate={one.placed_at:%Y-%m-%d}"
    asked = {
        "all": "",
        "open": "estado=open",
        "PEW": "tipo=PEW",
        "of a channel": f"canal={one.point_sale}",
        "of a store, held": f"estado=held&loja={one.store_id}",
        "of one day": f"desde={one.placed_at:%Y-%m-%d}&ate={one.placed_at:%Y-%m-%d}",
        "channel, state and dates": f"canal={one.point_sale}&estado=invoiced&{until}",
        "page 20": "pagina=20",
        "searched by number": f"q={one.number}",
        "searched by Tray number": f"q={one.tray_id}",
        "searched by marketplace number": f"q={one.marketplace_number}",
        "searched by document": f"q={one.customer.document}",
        "searched by customer": f"q={first_name}+{last_name}",
        "searched in vain": "q=zebra+inexistente",
    }
    lists = {f"order list, {what}": f"/bench/pedidos/?{query}" for what, query in asked.items()}
    nota = Nota.objects.of(company).order_by("issued_at")[100]
    name = quote_plus(f"{first_name} {last_name}")
    others = {
        "customers, by name": f"/bench/clientes/?q={name}",
        "customers, by the beginning of a document": f"/bench/clientes/?q={one.customer.document[:9]}",
        "notas": "/bench/notas/",
        "notas, rejected": "/bench/notas/?estado=rejected",
        "notas, searched by number": f"/bench/notas/?q={nota.number}",
        "notas, searched by customer": f"/bench/notas/?q={name}",
        "first screen": "/bench/",
    }
    return {**lists, **others}


def _person(company: Company) -> Client:
    now = datetime.now(UTC)
    user = create_user(email="ana@bench.example", name="Ana", password="fermento natural 77", now=now)
    empty = create_company(name="Vazia", slug="vazia", cnpj="19.131.243/0001-97", by="bench", now=now)
    for one in (company, empty):
        set_membership(company=one, user=user, role=Role.OWNER, by="bench", now=now)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _asking(client: Client, path: str) -> Callable[[], None]:
    def ask() -> None:
        response = client.get(path)
        if response.status_code != 200:
            raise AssertionError(f"{path} answered {response.status_code}")

    return ask
