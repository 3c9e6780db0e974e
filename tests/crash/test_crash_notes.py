"""A sync that is killed at any point while it delivers notas: after the next one Tray has each of them exactly once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from crash_killing import Point, Victims
from crash_story import new_company
from crash_worker import WENT_WELL
from django.db import transaction

from ahead.fiscal.models import Nota
from ahead.sandbox.tray import TraySandbox
from ahead.stock.operations import create_warehouse
from ahead.stores.models import StatusRole
from nota_rows import make_nota
from sync_stage import BY, Stage

pytestmark = [pytest.mark.kill, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
Killable = tuple[TraySandbox, str, Victims]
HOLDER = "teste"
NOTAS = 2


@pytest.mark.parametrize("at", ["arrives", "answered", "commit", "committed"])
def test_wherever_it_is_killed_each_nota_is_at_tray_once(at: str, make_killable: Callable[[int], Killable]) -> None:
    box, address, victims = make_killable(7)
    stage = open_shop(box, address)
    deaths_with_doubt = 0
    for number in itertools.count(1):
        notas = two_notas(stage)
        code = victims.sync(store_id=stage.store.pk, asked=number, holder=HOLDER, point=Point(at, number))
        assert code in {None, WENT_WELL}, victims.said()
        in_doubt = Nota.objects.of(stage.company).filter(is_delivery_in_doubt=True).count()
        deaths_with_doubt += 1 if in_doubt else 0

        stage.sync(asked=number, holder=HOLDER)

        assert_each_once(stage, notas)
        if code is not None:
            break
    assert number > 4
    assert deaths_with_doubt  # some of them really died between announcing a nota and noting what came of it
    assert victims.said() == ""


def open_shop(box: TraySandbox, address: str) -> Stage:
    """A shop with a product, and a status for orders with a nota."""
    company = new_company(1)
    warehouse = create_warehouse(company=company, name="Depósito", by=BY, now=datetime.now(UTC))
    stage = Stage(box, address, company, warehouse).open_store(hang_seconds=0.02)
    stage.choose({StatusRole.INVOICED: ["ENVIADO"]})
    stage.add_product("CAN-350", on_hand=1_000)
    return stage


def two_notas(stage: Stage) -> list[Nota]:
    """Orders that are in AHEAD, acknowledged, and have a nota now."""
    placed = [stage.shop.place_order(items=[(stage.sold(0), 1)]) for _ in range(NOTAS)]
    stage.sync(holder=HOLDER)
    with transaction.atomic():
        return [make_nota(stage.order(order.id), datetime.now(UTC)) for order in placed]


def assert_each_once(stage: Stage, notas: list[Nota]) -> None:
    """Tray has each nota once and its order in its status, and nothing is owed any more."""
    for nota in notas:
        nota.refresh_from_db()
        order = stage.shop.orders[nota.order.tray_id]
        assert [invoice["key"] for invoice in order.invoices] == [nota.chave_de_acesso]
        assert stage.shop.statuses[order.status_id].name == "ENVIADO"
        assert (nota.delivery, nota.is_delivery_in_doubt, nota.is_status_due) == ("delivered", False, False)
        assert nota.delivery_due_at is None
