"""Notas on the engine: sent while something is due and nothing is under way; given up with a word to the person."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ahead.catalog.operations import create_product
from ahead.fiscal import pressing
from ahead.fiscal.models import Press, PressOrder
from ahead.fiscal.set_up import IssuerFields, save_issuer
from ahead.jobs import engine
from ahead.jobs.notas import NOTAS, run_notas, send_due_notas, send_notas, settle_parked_notas
from ahead.orders.operations import enter_order
from ahead.stock.operations import create_warehouse
from fiscal_making import make_buyer
from jobs_box import Box

BY = "ana@padaria.example"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def asked(box: Box) -> Press:
    """One Pedido whose nota was asked for; the company has no certificate yet."""
    create_warehouse(company=box.company, name="Depósito", by=BY, now=now())
    product = create_product(company=box.company, code="1", name="Pão de mel", ncm="19059090", by=BY, now=now())
    buyer = make_buyer(box.company, now())
    order = enter_order(box.company, customer_id=buyer.pk, items=[(product.pk, 1, Decimal(10))], by=BY, now=now())
    save_issuer(box.company, IssuerFields(uf="SP"), by=BY, now=now())
    return pressing.press(box.company, [order.pk], by=BY, now=now())


def outcome(asked: Press) -> PressOrder:
    return PressOrder.objects.of(asked.company_id).get(press=asked)


def test_what_was_asked_for_without_an_engine_is_sent_by_the_tick_and_once_while_it_waits(asked: Press) -> None:
    send_notas(asked.company_id)
    engine.migrate()

    assert (send_due_notas(now=now()), send_due_notas(now=now())) == (1, 0)
    assert len(engine.live_works(NOTAS)) == 1


def test_nothing_is_sent_where_nothing_is_due(box: Box) -> None:
    engine.migrate()

    assert send_due_notas(now=now()) == 0


def test_a_company_that_cannot_issue_yet_is_told_so_for_each_order(asked: Press) -> None:
    engine.migrate()

    run_notas(asked.company_id)

    row = outcome(asked)
    assert (row.outcome, "certificado" in row.text, row.remedy != "") == (PressOrder.Outcome.REFUSED, True, True)
    asked.refresh_from_db()
    assert asked.state == Press.State.DONE


def test_a_work_the_engine_gave_up_ends_the_press_and_says_so_once(asked: Press) -> None:
    engine.migrate()
    assert send_due_notas(now=now()) == 1
    [name] = engine.live_works(NOTAS)
    with engine._client() as client:  # what the engine itself does to work that kills its process each time
        client.cancel_workflow(name)

    assert (settle_parked_notas(now=now()), settle_parked_notas(now=now())) == (1, 0)

    assert "defeito nosso" in outcome(asked).text
    assert send_due_notas(now=now()) == 0
