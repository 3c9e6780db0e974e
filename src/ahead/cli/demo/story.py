"""The company of the demo, told with the operations of the product; told again, it changes only what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.utils import timezone

from ahead.accounts import queries as accounts
from ahead.accounts.operations import create_company, create_user, set_membership
from ahead.catalog.operations import create_product
from ahead.cli.demo.catalogue import bring_out, make_kits
from ahead.cli.demo.fiscal import REFUSED_NCM, may_issue
from ahead.cli.demo.tray import MAIN, Shelf, Sold
from ahead.cli.finding import status_ids
from ahead.jobs import standing
from ahead.lib.errors import Refused
from ahead.stock.operations import Opening, create_warehouse, set_opening
from ahead.stock.queries import warehouses
from ahead.stores import operations as stores
from ahead.stores import queries
from ahead.sync.connecting import check_connection, finish_connection
from ahead.webhooks.operations import open_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ahead.accounts.models import Company
    from ahead.stores.models import StatusRole, Store

SLUG = "casa-aurora"
PASSWORD = "aurora-demo-2026"  # noqa: S105 - printed on the screen, and known to everybody
PEOPLE = (  # role, what they may do, e-mail, name
    ("operator", "operadora", "olivia@aurora.example", "Olívia Lima"),
    ("owner", "responsável", "marta@aurora.example", "Marta Prado"),
    ("staff", "equipe AHEAD", "suporte@ahead.example", "Sam Torres"),
    ("reader", "somente leitura", "bento@aurora.example", "Bento Reis"),
)
BY = "demonstração"
_STATUSES = {
    "import": ["A ENVIAR", "A ENVIAR VINDI"],
    "update": ["A ENVIAR - SINCRONIZADO"],
    "cancelled": ["CANCELADO", "CANCELADO AUT"],
    "invoiced": ["FATURADO"],
}
_FIRST_DAY = timedelta(days=10)
_VISITOR_LOOKS_ROUND = timedelta(hours=6)
_REFUSED = 6  # which of what was ordered has an NCM that SEFAZ does not know: it shows how a nota is rejected
_UNKNOWN = 2  # of what was ordered, that AHEAD does not know: it shows how an order is held
_REQUESTS_PER_MINUTE = 6_000


class NotOurs(Refused):
    """The database holds real companies: no place for a demo."""


def check_ours() -> None:
    """
    Make sure that the database is empty or the demo's own.

    :raises NotOurs: if it is neither.
    """
    known = [company.slug for company in accounts.companies()]
    if known and SLUG not in known:
        raise NotOurs(
            f"Este banco de dados já tem empresas ({', '.join(known[:3])}) que não são da demonstração. "
            "Para ela, use outra pasta: AHEAD_DATA_DIR=/tmp/demo ahead demo"
        )


def tell(
    shelves: Sequence[Shelf],
    *,
    address: str,
    new_code: Callable[[str], str],
    notify: Callable[[str, str], object],
    authority: Path,
) -> None:
    """
    Make the company with its people, stock, certificate and Lojas where it is missing, and connect the Lojas.

    `notify` has the pretend Tray send the notifications of an application to the address with that secret.
    """
    if not any(company.slug == SLUG for company in accounts.companies()):
        with transaction.atomic():
            _make_company(shelves)
    company = accounts.company_by_slug(SLUG)
    may_issue(company, authority, by=BY, now=timezone.now())
    for shelf in shelves:
        store = _registered(company, shelf, address)
        if not check_connection(company, store.pk, now=timezone.now()).ok:
            _connect(company, store, address=f"{address}/lojas/{shelf.slug}/web_api", code=new_code(shelf.slug))
            _leave_first_sync(company, queries.store(company, store.pk))
        if not any(queries.chosen(store).values()):
            _choose_statuses(company, store)
        notify(shelf.consumer_key, open_address(company=company, store_id=store.pk, by=BY, now=timezone.now()))


def _make_company(shelves: Sequence[Shelf]) -> None:
    now = timezone.now()
    company = create_company(
        name="Casa Aurora Utilidades",
        legal_name="Casa Aurora Utilidades Domésticas Ltda",
        cnpj="11.444.777/0001-61",
        slug=SLUG,
        by=BY,
        now=now,
    )
    for role, _, email, name in PEOPLE:
        user = create_user(email=email, name=name, password=PASSWORD, now=now)
        set_membership(company=company, user=user, role=role, by=BY, now=now)
    for called in ("Loja Centro", "Depósito Guarulhos"):
        create_warehouse(company=company, name=called, by=BY, now=now)
    _make_products(company, shelves)


def _make_products(company: Company, shelves: Sequence[Shelf]) -> None:
    """Make what the stores sell, but for a little that was ordered; count a little more or less than Tray shows."""
    now = timezone.now()
    shop, depot = warehouses(company)
    unknown = {reference for shelf in shelves if shelf.slug == MAIN for reference in shelf.ordered[:_UNKNOWN]}
    refused = next(shelf.ordered[_REFUSED] for shelf in shelves if shelf.slug == MAIN)
    known: dict[str, Sold] = {}
    for shelf in shelves:
        for sold in shelf.sold:
            if sold.reference not in unknown:
                known.setdefault(sold.reference, sold)
    openings = []
    for number, sold in enumerate(known.values()):
        product = create_product(
            company=company,
            code=str(5001 + number),
            name=sold.name,
            reference=sold.reference,
            gtin=sold.gtin,
            ncm=REFUSED_NCM if sold.reference == refused else sold.ncm,
            brand=sold.brand,
            weight_g=sold.weight_g,
            cost=(Decimal(sold.price) * Decimal("0.55")).quantize(Decimal("0.01")),
            price=sold.price,
            by=BY,
            now=now,
        )
        units = sold.units + (number % 5 if number % 3 else 0)
        openings += [Opening(product.pk, shop.pk, units // 3), Opening(product.pk, depot.pk, units - units // 3)]
    set_opening(company=company, rows=openings, by=BY, now=now)
    by_reference = {one.reference: row.product_id for one, row in zip(known.values(), openings[::2], strict=True)}
    kits = {kit.reference: kit for shelf in shelves for kit in shelf.kits}
    make_kits(company, kits.values(), by_reference)


def _registered(company: Company, shelf: Shelf, address: str) -> Store:
    """Return the Loja of a store; the sandbox may listen on another port than last time."""
    now, own_address = timezone.now(), f"{address}/lojas/{shelf.slug}"
    store = next((store for store in queries.stores(company) if store.name == shelf.name), None)
    if store is None:
        return _register(company, shelf, own_address)
    if store.address != own_address:
        stores.update_store(company=company, store_id=store.pk, address=own_address, by=BY, now=now)
        store = queries.store(company, store.pk)
    return store


def _register(company: Company, shelf: Shelf, address: str) -> Store:
    now = timezone.now()
    shop, depot = warehouses(company)
    is_main = shelf.slug == MAIN
    with transaction.atomic():
        store = stores.register_store(
            company=company,
            name=shelf.name,
            address=address,
            consumer_key=shelf.consumer_key,
            consumer_secret=shelf.consumer_secret,
            warehouses=[shop.pk, depot.pk] if is_main else [depot.pk],
            import_from=(now - _FIRST_DAY).date(),
            by=BY,
            now=now,
        )
        # The first press on Sincronizar is the visitor's (`_leave_first_sync`); the other Loja goes by itself.
        stores.set_schedule(
            company=company, store_id=store.pk, by_itself=not is_main, interval_minutes=5, by=BY, now=now
        )
        # More than `update_store` lets anybody choose: it would take minutes at the pace that Tray asks for,
        # and the store of the demo is our own.
        store.requests_per_minute = _REQUESTS_PER_MINUTE
        store.save(update_fields=["requests_per_minute"])
    if is_main:
        bring_out(company, store, [shop, depot])
    return queries.store(company, store.pk)


def _connect(company: Company, store: Store, *, address: str, code: str) -> None:
    finish_connection(company, store.pk, code=code, api_address=address, by=BY, now=timezone.now())


def _leave_first_sync(company: Company, store: Store) -> None:
    """Let a Loja that waits for the visitor's press sync by itself from then on, so that Tray's notices are heeded."""
    if store.syncs_by_itself:
        return
    now = timezone.now()
    with transaction.atomic():
        stores.set_schedule(company=company, store_id=store.pk, by_itself=True, interval_minutes=15, by=BY, now=now)
        store.agenda.next_sync_at = now + _VISITOR_LOOKS_ROUND
        store.agenda.save(update_fields=["next_sync_at"])


def _choose_statuses(company: Company, store: Store) -> None:
    choices = {role: status_ids(store, names) for role, names in _STATUSES.items()}
    stores.choose_statuses(
        company=company,
        store_id=store.pk,
        choices=cast("Mapping[StatusRole, Sequence[int]]", choices),
        by=BY,
        now=timezone.now(),
    )


def worker_beats(pid: int) -> bool:
    """Whether the worker with this process id has said that it is at work."""
    return any(worker.pid == pid for worker in standing.state().workers)


def welcome(port: int, tray_port: int, sefaz_port: int, logs: Path) -> str:
    """Return what is printed once everything is ready."""
    people = "\n".join(f"      {email:<26} {may}" for _, may, email, _ in PEOPLE)
    return f"""
  AHEAD Integração Ecommerce está no ar

    Abra      http://127.0.0.1:{port}/
    Entre com {PEOPLE[0][2]}
    Senha     {PASSWORD}

    Depois: Integração Ecommerce → Sincronização → Sincronizar; e em Pedidos, Gerar Notas.

    Outras pessoas, com a mesma senha:
{people}

    Para fazer chegar pedidos, cancelar e provocar falhas, o Tray de mentira:
              http://127.0.0.1:{tray_port}/
              Depois da primeira sincronização ele avisa (webhooks): cada pedido entra em segundos, sozinho.
    Para ver as notas chegarem e provocar rejeições e silêncios, a SEFAZ de mentira:
              http://127.0.0.1:{sefaz_port}/

    Registros em {logs}; o e-mail de quem esquece a senha sai em web.log
    Ctrl-C encerra tudo.
"""
