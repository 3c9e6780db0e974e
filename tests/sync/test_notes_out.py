"""Notes out: each authorised nota reaches Tray exactly once, whatever fails, and its order then has its status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from notes_stage import (
    POST,
    PUT_ORDER,
    assert_delivered,
    foreign_invoice,
    ids,
    issue,
    keys_at_tray,
    make_due,
    routes,
    settle,
    status_at_tray,
    texts,
)

from ahead.fiscal.delivery_rules import TRIES_BEFORE_ASKING
from ahead.fiscal.models import NotaEntry
from ahead.pending.models import Kind
from ahead.stores.models import StatusRole, Store
from ahead.stores.triggers import Trigger
from ahead.sync.dry_run import run_dry
from ahead.sync.models import EventKind, RunState, Step
from ahead.sync.queries import steps_with_errors
from ahead.tray import BRASILIA
from nota_rows import timeline
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)


# ── delivered ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_nota_is_delivered_and_its_order_has_its_status(sold: Stage) -> None:
    first, _ = ids(sold)
    nota = issue(sold, first)

    run = sold.sync()

    assert (run.state, run.notes_delivered, run.statuses_written) == (RunState.CLEAN, 1, 1)
    assert_delivered(sold, nota)
    assert routes(sold) == {POST: 1, PUT_ORDER: 1}
    (invoice,) = sold.shop.orders[first].invoices
    assert (invoice["number"], invoice["serie"], invoice["value"]) == (str(nota.number), "1", f"{nota.total:.2f}")
    assert invoice["issue_date"] == nota.issued_at.astimezone(BRASILIA).date().isoformat()
    assert invoice["xml_danfe"].startswith('<?xml version="1.0" encoding="UTF-8"?><nfeProc')
    assert f"NFe{nota.chave_de_acesso}" in invoice["xml_danfe"]
    assert invoice["xml_danfe"].endswith("</protNFe></nfeProc>")
    assert invoice["ProductCfop"] == [{"product_id": str(sold.sold(0).id), "variation_id": "0", "cfop": "5102"}]
    assert nota.tray_invoice_id == int(invoice["id"])
    assert status_at_tray(sold, first) == sold.order(first).tray_status == "ENVIADO"
    order = sold.order(first)
    assert texts(sold, run, EventKind.NOTA_DELIVERED) == [f"Nota {nota} do pedido {order.number} (Tray {first})"]
    assert timeline(nota) == [
        f"Entregue ao Tray (pedido {first}).",
        f"Status gravado no Tray. Pedido {order.number} (Tray {first}): «A ENVIAR - SINCRONIZADO» → «ENVIADO».",
    ]


def test_the_next_run_does_nothing_about_it_and_reads_no_echo(sold: Stage) -> None:
    nota = issue(sold, ids(sold)[0])
    sold.sync()
    settle(sold)

    run = sold.sync()

    assert (run.state, run.notes_delivered, run.orders_updated, sold.writes()) == (RunState.CLEAN, 0, 0, [])
    assert dict(sold.shop.counters.by_route) == {"GET /orders": 1}
    assert sold.matters() == []
    assert_delivered(sold, nota)


@pytest.mark.parametrize("role", [StatusRole.INVOICED, StatusRole.UPDATE])
def test_the_run_right_after_reads_nothing_again(sold: Stage, role: StatusRole) -> None:
    if role != StatusRole.INVOICED:
        sold.choose({StatusRole.INVOICED: []})
    issue(sold, ids(sold)[0])
    sold.sync()
    sold.shop.counters.reset()
    sold.sync()
    assert dict(sold.shop.counters.by_route) == {"GET /orders": 1}


def test_nothing_due_costs_nothing(sold: Stage) -> None:
    run = sold.sync()
    assert (run.notes_delivered, routes(sold)) == (0, {})


def test_without_a_chosen_status_it_is_one_request(sold: Stage) -> None:
    sold.choose({StatusRole.INVOICED: []})
    first, second = ids(sold)
    notas = [issue(sold, first, is_status_due=False), issue(sold, second, is_status_due=True)]

    run = sold.sync()

    assert (run.state, run.notes_delivered, routes(sold)) == (RunState.CLEAN, 2, {POST: 2})
    for nota in notas:
        assert_delivered(sold, nota)
    assert timeline(notas[1])[-1] == "Status do pedido mantido: a Loja não escolheu nenhum."
    assert status_at_tray(sold, first) == "A ENVIAR - SINCRONIZADO"


def test_many_notas_are_delivered_and_one_that_fails_stops_no_other(sold: Stage) -> None:
    for _ in range(18):
        sold.shop.place_order(items=[(sold.sold(0), 1)])
    sold.sync()
    settle(sold)
    notas = [issue(sold, tray_id) for tray_id in ids(sold)]
    taken = sold.shop.orders[ids(sold)[5]].invoices
    taken.append(foreign_invoice("9001"))

    run = sold.sync()

    assert (run.state, run.notes_delivered, run.errors) == (RunState.WITH_ERRORS, 19, 1)
    for place, nota in enumerate(notas):
        if place != 5:
            assert_delivered(sold, nota)


def test_only_the_notas_of_the_store_go(sold: Stage) -> None:
    other = Stage(sold.box, sold.address, sold.company, sold.warehouse).open_store("confeitaria", 999002)
    nota = issue(sold, ids(sold)[0])
    assert (other.sync().notes_delivered, keys_at_tray(sold, ids(sold)[0])) == (0, [])
    sold.sync()
    assert_delivered(sold, nota)


# ── CFOPs ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_thing_sold_has_the_cfop_of_its_line_and_what_is_in_no_line_none(sold: Stage) -> None:
    order = sold.shop.place_order(items=[(sold.sold(0), 1), (sold.sold(1), 2)])
    sold.sync()
    issue(sold, order.id, lines=[("C-COPO-200", "5405"), ("C-OUTRA", "5102")])
    sold.sync()
    assert order.invoices[0]["ProductCfop"] == [
        {"product_id": str(sold.sold(1).id), "variation_id": "0", "cfop": "5405"}
    ]


# ── answers that are lost ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["500-but-done", "timeout-after-commit", "empty"])
def test_a_nota_whose_answer_was_lost_is_found_and_not_sent_again(sold: Stage, kind: str) -> None:
    sold.shop.switches.hang_seconds = 0.01
    nota = issue(sold, ids(sold)[0])
    sold.shop.faults.next(POST, kind)

    run = sold.sync()

    nota.refresh_from_db()
    assert (run.state, run.notes_delivered, sold.error(run).cause) == (
        RunState.WITH_ERRORS, 0, "O Tray não disse se gravou.",
    )  # fmt: skip
    assert (nota.delivery, nota.is_delivery_in_doubt, nota.is_status_due) == ("due", True, True)
    assert steps_with_errors(run) == {Step.NOTES}
    assert sold.matters() == []

    sold.shop.counters.reset()
    run = sold.sync()
    assert (run.state, run.notes_delivered) == (RunState.CLEAN, 1)
    assert_delivered(sold, nota)
    assert routes(sold) == {"GET /orders/:id/invoices": 1, PUT_ORDER: 1}
    assert "O Tray já tinha a nota" in " ".join(timeline(nota))
    assert status_at_tray(sold, ids(sold)[0]) == "ENVIADO"


def test_a_nota_that_did_not_arrive_is_looked_for_and_sent_again(sold: Stage) -> None:
    nota = issue(sold, ids(sold)[0])
    sold.shop.faults.next(POST, "500")
    sold.sync()
    assert keys_at_tray(sold, ids(sold)[0]) == []
    sold.shop.counters.reset()
    sold.sync()
    assert_delivered(sold, nota)
    assert routes(sold) == {"GET /orders/:id/invoices": 1, POST: 1, PUT_ORDER: 1}


def test_a_nota_is_in_doubt_as_long_as_nobody_could_look(sold: Stage) -> None:
    sold.shop.switches.hang_seconds = 0.01
    nota = issue(sold, ids(sold)[0])
    sold.shop.faults.next(POST, "timeout-after-commit")
    sold.sync()
    sold.shop.faults.next("GET /orders/:id/invoices", "504", times=4)
    sold.sync()
    nota.refresh_from_db()
    assert (nota.is_delivery_in_doubt, nota.delivery_tries) == (True, 2)
    sold.sync()  # not before its time
    assert nota.delivery_tries == 2
    make_due(nota)
    sold.sync()
    assert_delivered(sold, nota)


@pytest.mark.parametrize("kind", ["500-but-done", "timeout-after-commit", "504"])
def test_a_status_that_fails_leaves_the_nota_delivered_and_is_set_by_the_next_run(sold: Stage, kind: str) -> None:
    sold.shop.switches.hang_seconds = 0.01
    first = ids(sold)[0]
    nota = issue(sold, first)
    sold.shop.faults.next(PUT_ORDER, kind, times=4)

    run = sold.sync()

    nota.refresh_from_db()
    assert (run.state, run.notes_delivered, run.statuses_written) == (RunState.WITH_ERRORS, 1, 0)
    assert (nota.delivery, nota.is_status_due, nota.is_delivery_in_doubt) == ("delivered", True, False)
    sold.shop.counters.reset()
    run = sold.sync()
    assert (run.notes_delivered, status_at_tray(sold, first)) == (0, "ENVIADO")
    assert_delivered(sold, nota)
    assert POST not in routes(sold)


# ── Tray is down, for long ─────────────────────────────────────────────────────────────────────────────────


def test_a_tray_that_is_down_delays_it_and_then_asks_a_person_and_heals(sold: Stage) -> None:
    nota = issue(sold, ids(sold)[0])
    sold.shop.faults.rate("504", 1.0, "*/invoices")
    for tried in range(1, TRIES_BEFORE_ASKING + 1):
        assert sold.matters(Kind.NOTA_UNDELIVERED) == []
        run = sold.sync()
        nota.refresh_from_db()
        assert (run.state, nota.delivery, nota.delivery_tries) == (RunState.WITH_ERRORS, "due", tried)
        remedy = sold.events(run, EventKind.ERROR)[0].remedy
        assert NotaEntry.objects.of(sold.company).filter(nota=nota).latest("pk").remedy == remedy
        assert ("próxima sincronização" in remedy) == (tried == 1)
        assert ("Para não esperar, pressione «Reenviar»" in remedy) == (tried > 1)
        make_due(nota)
    assert sold.matter(Kind.NOTA_UNDELIVERED).turn in {"us", "tray"}
    assert sold.matter(Kind.NOTA_UNDELIVERED).remedy == remedy
    sold.shop.faults.clear()
    assert sold.sync().state == RunState.CLEAN
    assert_delivered(sold, nota)


def test_it_is_not_tried_before_its_time(sold: Stage) -> None:
    nota = issue(sold, ids(sold)[0], delivery_due_at=datetime.now(UTC) + timedelta(minutes=5), delivery_tries=2)
    assert (sold.sync().notes_delivered, routes(sold)) == (0, {})
    make_due(nota)
    assert sold.sync().notes_delivered == 1


def test_a_spent_quota_ends_the_run_and_the_nota_goes_the_next_day(sold: Stage) -> None:
    nota = issue(sold, ids(sold)[0])
    used = sold.shop.counters.today(sold.box.now())
    del used
    Store.objects.of(sold.company).filter(pk=sold.store.pk).update(requests_per_day=1)
    assert "cota diária" in sold.error(sold.sync()).cause
    assert keys_at_tray(sold, ids(sold)[0]) == []
    Store.objects.of(sold.company).filter(pk=sold.store.pk).update(requests_per_day=10_000)
    sold.sync()
    assert_delivered(sold, nota)


# ── dry run ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_lists_the_notas_and_sends_none(sold: Stage) -> None:
    first, second = ids(sold)
    notas = [issue(sold, first), issue(sold, second, is_status_due=False)]

    run = run_dry(Store.objects.of(sold.company).get(pk=sold.store.pk), by=BY, trigger=Trigger.SIMULATION)

    assert (run.state, run.notes_delivered, run.statuses_written) == (RunState.CLEAN, 2, 1)
    told: Sequence[str] = texts(sold, run, EventKind.NOTA_DELIVERED)
    assert [text.split(" do ")[0] for text in told] == [f"Nota {nota}" for nota in notas]
    assert {event.order_id for event in sold.events(run, EventKind.NOTA_DELIVERED)} == {n.order_id for n in notas}
    assert (routes(sold), keys_at_tray(sold, first)) == ({}, [])
    for nota in notas:
        nota.refresh_from_db()
        assert (nota.delivery, nota.is_delivery_in_doubt) == ("due", False)
    sold.sync()
    assert [keys_at_tray(sold, tray_id) for tray_id in (first, second)] == [[n.chave_de_acesso] for n in notas]
