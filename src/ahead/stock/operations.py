"""Writing warehouses and the stock ledger: movements, counts, transfers, opening balances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.catalog.models import Product
from ahead.lib.errors import Refused
from ahead.stock import rules
from ahead.stock.models import Balance, Movement, SalesWarehouse, Warehouse
from ahead.stock.reservations import BATCH, lock_balances
from ahead.stock.rules import WrongMovement, WrongWarehouse


class CodeTaken(Refused):
    """Another warehouse of the company has this code."""


class AlreadyOpened(Refused):
    """A product has movements in the warehouse already; an opening balance comes first or not at all."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What lay in a warehouse on the first day."""

    product_id: int
    warehouse_id: int
    quantity: int


@transaction.atomic
def create_warehouse(*, company: Company, name: str, code: int | None = None, by: str, now: datetime) -> Warehouse:
    """
    Create a warehouse; without a code it gets the next one.

    :raises WrongWarehouse: if the name or the code does not do.
    :raises CodeTaken: if another warehouse has the code.
    """
    Company.objects.select_for_update().get(pk=company.pk)  # two at once get two codes
    last = Warehouse.objects.of(company).aggregate(last=Max("code"))["last"] or 0
    warehouse = Warehouse(company=company, code=rules.clean_code(code or last + 1), name=rules.clean_name(name))
    _check_code(warehouse)
    warehouse.save(force_insert=True)
    _record_warehouse("created", warehouse, f"Estoque «{warehouse.name}» criado", by=by, now=now)
    return warehouse


@transaction.atomic
def update_warehouse(
    *,
    company: Company,
    warehouse_id: int,
    name: str | None = None,
    code: int | None = None,
    is_active: bool | None = None,
    by: str,
    now: datetime,
) -> Warehouse:
    """
    Change a warehouse; what is left out stays.

    :raises Warehouse.DoesNotExist: if the company has no such warehouse.
    :raises WrongWarehouse: if a field does not do, or a store sells from a warehouse that goes out of use.
    :raises CodeTaken: if another warehouse has the code.
    """
    warehouse: Warehouse = Warehouse.objects.of(company).select_for_update().get(pk=warehouse_id)
    before = (warehouse.name, warehouse.code, warehouse.is_active)
    if name is not None:
        warehouse.name = rules.clean_name(name)
    if code is not None:
        warehouse.code = rules.clean_code(code)
    if is_active is not None:
        warehouse.is_active = is_active
    if before == (warehouse.name, warehouse.code, warehouse.is_active):
        return warehouse
    _check_code(warehouse)
    _check_unused(warehouse)
    warehouse.save(update_fields=["name", "code", "is_active"])
    _record_warehouse("changed", warehouse, f"Estoque «{warehouse.name}» alterado", by=by, now=now)
    return warehouse


def _check_code(warehouse: Warehouse) -> None:
    others = Warehouse.objects.of(warehouse.company_id).exclude(pk=warehouse.pk)
    if others.filter(code=warehouse.code).exists():
        raise CodeTaken(f"Já existe um Estoque com o código {warehouse.code}.")


def _check_unused(warehouse: Warehouse) -> None:
    if warehouse.is_active:
        return
    sellers = SalesWarehouse.objects.of(warehouse.company_id).filter(warehouse=warehouse)
    names = sorted(sellers.values_list("store__name", flat=True))
    if names:
        raise WrongWarehouse(f"A Loja {', '.join(names)} vende deste Estoque. Troque o Estoque da Loja antes.")


@transaction.atomic
def move_stock(
    *,
    company: Company,
    product_id: int,
    warehouse_id: int,
    quantity: int,
    kind: str,
    reason: str = "",
    order_id: int | None = None,
    by: str,
    now: datetime,
) -> Movement:
    """
    Book one movement; a negative quantity leaves.

    :raises Product.DoesNotExist: if the company has no such product.
    :raises Warehouse.DoesNotExist: if it has no such warehouse.
    :raises WrongMovement: if the movement may not be made.
    """
    [balance] = _locked_balances(company, product_id, [warehouse_id])
    if refusal := rules.why_not_move(kind=kind, quantity=quantity, on_hand=balance.on_hand):
        raise WrongMovement(refusal)
    movement = _book(balance, quantity, Movement.Kind(kind), reason, by=by, now=now, order_id=order_id)
    text = f"{movement.get_kind_display()} de {abs(quantity)} no Estoque «{balance.warehouse.name}»"
    _record_stock("moved", balance, text, by=by, now=now, quantity=quantity, on_hand=balance.on_hand)
    return movement


@transaction.atomic
def count_stock(
    *,
    company: Company,
    product_id: int,
    warehouse_id: int,
    counted: int,
    reason: str = "",
    by: str,
    now: datetime,
) -> Movement | None:
    """
    Book the difference between what was counted and what was known, or nothing where they agree.

    :raises Product.DoesNotExist: if the company has no such product.
    :raises Warehouse.DoesNotExist: if it has no such warehouse.
    :raises WrongMovement: if the count is not a number from zero.
    """
    if refusal := rules.why_not_count(counted):
        raise WrongMovement(refusal)
    [balance] = _locked_balances(company, product_id, [warehouse_id])
    before, difference = balance.on_hand, counted - balance.on_hand
    movement = _book(balance, difference, Movement.Kind.COUNT, reason, by=by, now=now) if difference else None
    text = f"Contagem no Estoque «{balance.warehouse.name}»: {counted} (havia {before})"
    _record_stock("counted", balance, text, by=by, now=now, before=before, counted=counted)
    return movement


@transaction.atomic
def transfer_stock(
    *,
    company: Company,
    product_id: int,
    from_warehouse_id: int,
    to_warehouse_id: int,
    quantity: int,
    reason: str = "",
    by: str,
    now: datetime,
) -> tuple[Movement, Movement]:
    """
    Move units from one warehouse to another, and return what left and what entered.

    :raises Product.DoesNotExist: if the company has no such product.
    :raises Warehouse.DoesNotExist: if it has no such warehouse.
    :raises WrongMovement: if it is the same warehouse, or there is not so much.
    """
    if from_warehouse_id == to_warehouse_id:
        raise WrongMovement("Escolha dois Estoques diferentes.")
    if quantity <= 0:
        raise WrongMovement("Informe uma quantidade maior que zero.")
    source, target = _locked_balances(company, product_id, [from_warehouse_id, to_warehouse_id])
    kind = Movement.Kind.TRANSFER
    if refusal := rules.why_not_move(kind=kind, quantity=-quantity, on_hand=source.on_hand):
        raise WrongMovement(refusal)
    moved = (
        _book(source, -quantity, kind, reason, by=by, now=now),
        _book(target, quantity, kind, reason, by=by, now=now),
    )
    text = f"Transferência de {quantity} do Estoque «{source.warehouse.name}» para o Estoque «{target.warehouse.name}»"
    _record_stock("transferred", source, text, by=by, now=now, quantity=quantity, to=target.warehouse_id)
    return moved


def _locked_balances(company: Company, product_id: int, warehouse_ids: Sequence[int]) -> list[Balance]:
    """Return the balances of a product in these warehouses, locked; all of them are the company's own."""
    # so locked, it does not become a kit meanwhile; reservations of it are not in the way
    product: Product = Product.objects.of(company).select_for_update(no_key=True).get(pk=product_id)
    if product.is_kit:
        raise WrongMovement(rules.no_stock_of_kit(str(product)))
    warehouses = [Warehouse.objects.of(company).get(pk=pk) for pk in warehouse_ids]
    locked = lock_balances(company.pk, [(product.pk, warehouse.pk) for warehouse in warehouses])
    balances = []
    for warehouse in warehouses:
        balance = locked[product.pk, warehouse.pk]
        balance.product, balance.warehouse = product, warehouse
        balances.append(balance)
    return balances


def _book(
    balance: Balance,
    quantity: int,
    kind: Movement.Kind,
    reason: str,
    *,
    by: str,
    now: datetime,
    order_id: int | None = None,
) -> Movement:
    balance.on_hand, balance.changed_at = balance.on_hand + quantity, now
    balance.save(update_fields=["on_hand", "changed_at"])
    movement = Movement(
        company_id=balance.company_id,
        product_id=balance.product_id,
        warehouse_id=balance.warehouse_id,
        kind=kind,
        quantity=quantity,
        on_hand_after=balance.on_hand,
        reason=reason.strip()[:200],
        order_id=order_id,
        by=by,
        at=now,
    )
    movement.save(force_insert=True)
    return movement


@transaction.atomic
def set_opening(*, company: Company, rows: Sequence[Opening], by: str, now: datetime) -> int:
    """
    Book what lay in the warehouses on the first day, many at once; return how many movements that made.

    :raises WrongMovement: if a place is named twice, a quantity is negative, or a row is a kit or not the company's.
    :raises AlreadyOpened: if a product has movements in its warehouse already.
    """
    openings = {(row.product_id, row.warehouse_id): row.quantity for row in rows}
    if len(openings) != len(rows):
        raise WrongMovement("Há um produto repetido no mesmo Estoque.")
    if refusal := next(filter(None, map(rules.why_not_count, openings.values())), None):
        raise WrongMovement(refusal)
    products, warehouses = {row.product_id for row in rows}, {row.warehouse_id for row in rows}
    _check_own(company, products, warehouses)
    _check_unmoved(company, openings, products, warehouses)
    made = 0
    places = sorted(openings)
    for start in range(0, len(places), BATCH):
        made += _open_batch(company, {place: openings[place] for place in places[start : start + BATCH]}, by, now)
    record(
        "stock.opened",
        company_id=company.pk,
        subject=("company", company.pk),
        text=f"Saldo inicial lançado: {made} {'saldo' if made == 1 else 'saldos'}",
        by=by,
        at=now,
        movements=made,
    )
    return made


def _check_own(company: Company, products: set[int], warehouses: set[int]) -> None:
    mine = set(Warehouse.objects.of(company).filter(pk__in=warehouses).values_list("pk", flat=True))
    wanted = sorted(products)
    found = 0
    for start in range(0, len(wanted), BATCH):
        some = Product.objects.of(company).filter(pk__in=wanted[start : start + BATCH])
        found += some.count()
        if kit := some.filter(is_kit=True).first():
            raise WrongMovement(rules.no_stock_of_kit(str(kit)))
    if mine != warehouses or found != len(wanted):
        raise WrongMovement("Um dos produtos ou Estoques não existe nesta empresa.")


def _check_unmoved(
    company: Company, openings: dict[tuple[int, int], int], products: set[int], warehouses: set[int]
) -> None:
    wanted = sorted(products)
    for start in range(0, len(wanted), BATCH):
        moved = Movement.objects.of(company).filter(
            product_id__in=wanted[start : start + BATCH], warehouse_id__in=warehouses
        )
        if any(place in openings for place in moved.values_list("product_id", "warehouse_id").distinct()):
            raise AlreadyOpened("Um dos produtos já tem movimentos neste Estoque. Faça uma contagem.")


def _open_batch(company: Company, openings: dict[tuple[int, int], int], by: str, now: datetime) -> int:
    balances = lock_balances(company.pk, openings)
    movements = []
    for place, quantity in openings.items():
        balances[place].on_hand += quantity
        balances[place].changed_at = now
        if quantity:
            movements.append(
                Movement(
                    company=company,
                    product_id=place[0],
                    warehouse_id=place[1],
                    kind=Movement.Kind.OPENING,
                    quantity=quantity,
                    on_hand_after=balances[place].on_hand,
                    by=by,
                    at=now,
                )
            )
    Balance.objects.of(company).bulk_update(balances.values(), ["on_hand", "changed_at"], batch_size=BATCH)
    Movement.objects.bulk_create(movements, batch_size=BATCH)
    return len(movements)


def _record_warehouse(name: str, warehouse: Warehouse, text: str, *, by: str, now: datetime) -> None:
    record(
        f"stock.warehouse.{name}",
        company_id=warehouse.company_id,
        subject=("warehouse", warehouse.pk),
        text=text,
        by=by,
        at=now,
        code=warehouse.code,
        is_active=warehouse.is_active,
    )


def _record_stock(name: str, balance: Balance, text: str, *, by: str, now: datetime, **facts: object) -> None:
    record(
        f"stock.product.{name}",
        company_id=balance.company_id,
        subject=("product", balance.product_id),
        text=text,
        by=by,
        at=now,
        warehouse_id=balance.warehouse_id,
        **facts,
    )
