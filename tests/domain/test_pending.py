"""Pending matters: one open row per cause; what a person judged fine stays away until the facts change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.pending import queries as pending
from ahead.pending.models import PendingMatter
from ahead.pending.operations import (
    CannotDismiss,
    Matter,
    close_matters,
    dismiss_matter,
    open_matters,
    reopen_matter,
)
from ahead.pending.rules import DISMISSIBLE, LONGEST_REASON, why_not_because, why_not_dismiss
from ahead.stores.models import Store
from ahead.sync import matters
from order_making import make_order

OTO = "oto@padaria.example"


def opened(company: Company, now: datetime, *, kind: str = "reference_changed", text: str = "De A para B.") -> None:
    open_matters(company.pk, [Matter(kind=kind, key="variant:1", text=text, remedy="Confira.")], now=now)


def the_open(company: Company) -> list[PendingMatter]:
    return list(pending.open_matters(company))


def dismissed(company: Company, now: datetime) -> PendingMatter:
    [matter] = the_open(company)
    return dismiss_matter(company, matter.pk, reason=" é o  mesmo ", holds_order=False, by=OTO, now=now)


class TestRules:
    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({}, None),
            ({"is_open": False}, "já não está em aberto"),
            ({"kind": "unknown_sku"}, "não pode ser dispensada"),
            ({"kind": "stock_brake"}, "não pode ser dispensada"),
            ({"kind": "store_blocked"}, "não pode ser dispensada"),
            ({"holds_order": True}, "O pedido está retido"),
        ],
    )
    def test_only_what_nothing_waits_for_is_dismissed(self, facts: dict[str, object], words: str | None) -> None:
        given = {"kind": "oversold", "is_open": True, "holds_order": False, **facts}
        said = why_not_dismiss(**given)  # type: ignore[arg-type]
        assert said is None if words is None else words in (said or "")

    def test_a_reason_is_given_and_not_too_long(self) -> None:
        assert why_not_because("é o mesmo produto") is None
        assert "Diga por que" in (why_not_because("") or "")
        assert "até 200" in (why_not_because("x" * (LONGEST_REASON + 1)) or "")

    def test_every_kind_that_may_be_dismissed_exists(self) -> None:
        assert {kind for kind, _ in pending.MATTER_KINDS} >= DISMISSIBLE

    def test_every_turn_has_its_word(self) -> None:
        assert [turn for turn, _ in pending.TURNS] == list(pending.WHOSE_TURN)


@pytest.mark.django_db
class TestDismissal:
    def test_is_out_of_the_way_with_reason_and_trail(self, padaria: Company, now: datetime) -> None:
        opened(padaria, now)
        matter = dismissed(padaria, now)

        assert (matter.dismissed_because, matter.dismissed_by, matter.dismissed_at) == ("é o mesmo", OTO, now)
        assert the_open(padaria) == []
        [event] = Event.objects.of(padaria).filter(subject_kind="matter")
        assert (event.name, event.text, event.by) == ("pending.matter.dismissed", "Dispensada: é o mesmo", OTO)

    def test_stays_away_for_the_same_facts_and_comes_back_with_new_ones(self, padaria: Company, now: datetime) -> None:
        opened(padaria, now)
        dismissed(padaria, now)
        later = now + timedelta(days=1)

        opened(padaria, later)
        assert the_open(padaria) == []

        opened(padaria, later, text="De B para C.")
        [back] = the_open(padaria)
        assert (back.text, back.opened_at, back.dismissed_because) == ("De B para C.", later, "")

    def test_ends_with_its_cause_so_that_the_same_thing_later_is_said_again(
        self, padaria: Company, now: datetime
    ) -> None:
        opened(padaria, now)
        matter = dismissed(padaria, now)
        close_matters(padaria.pk, kind=matter.kind, keys=[matter.key], now=now)
        with pytest.raises(CannotDismiss, match="a causa se resolveu"):
            reopen_matter(padaria, matter.pk, by=OTO, now=now)
        assert pending.matters(padaria, standing="resolved").rows == [matter]

        opened(padaria, now)

        [again] = the_open(padaria)
        assert again.pk != matter.pk

    def test_another_companys_judgement_says_nothing(self, padaria: Company, outra: Company, now: datetime) -> None:
        opened(padaria, now)
        dismissed(padaria, now)
        opened(outra, now)
        assert len(the_open(outra)) == 1
        with pytest.raises(PendingMatter.DoesNotExist):
            reopen_matter(padaria, the_open(outra)[0].pk, by=OTO, now=now)

    def test_is_refused_twice(self, padaria: Company, now: datetime) -> None:
        opened(padaria, now)
        matter = dismissed(padaria, now)
        with pytest.raises(CannotDismiss):
            dismiss_matter(padaria, matter.pk, reason="de novo", holds_order=False, by=OTO, now=now)

    def test_can_be_undone(self, padaria: Company, now: datetime) -> None:
        opened(padaria, now)
        matter = dismissed(padaria, now)

        reopen_matter(padaria, matter.pk, by=OTO, now=now)

        [back] = the_open(padaria)
        assert (back.pk, back.dismissed_because, back.dismissed_by) == (matter.pk, "", "")
        with pytest.raises(CannotDismiss):
            reopen_matter(padaria, matter.pk, by=OTO, now=now)

    def test_cannot_be_undone_once_it_came_back(self, padaria: Company, now: datetime) -> None:
        opened(padaria, now)
        matter = dismissed(padaria, now)
        opened(padaria, now, text="De B para C.")
        with pytest.raises(CannotDismiss, match="voltou sozinha"):
            reopen_matter(padaria, matter.pk, by=OTO, now=now)

    def test_of_a_held_order_waits_for_its_remedy(self, loja: Store, now: datetime) -> None:
        order = make_order(loja, now, state="held")
        about: dict[str, Any] = {"key": f"order:{order.pk}", "remedy": "Confira.", "order_id": order.pk}
        total = Matter(kind="order_total", text="Sem nenhum item.", **about)
        address = Matter(kind="order_address", text="Sem endereço.", **about)
        open_matters(loja.company_id, [total, address], now=now)
        by_kind = {matter.kind: matter for matter in the_open(loja.company)}

        with pytest.raises(CannotDismiss):
            matters.dismiss(loja.company, by_kind["order_total"].pk, reason="sim", by=OTO, now=now)
        matters.dismiss(loja.company, by_kind["order_address"].pk, reason="retira no balcão", by=OTO, now=now)

        assert [matter.kind for matter in the_open(loja.company)] == ["order_total"]
        assert not matters.may_dismiss(by_kind["order_total"], ["held"])
        assert matters.may_dismiss(by_kind["order_total"], ["open"])


@pytest.mark.django_db
def test_lists_what_is_open_dismissed_or_resolved(padaria: Company, now: datetime) -> None:
    opened(padaria, now)
    matter = dismissed(padaria, now)
    opened(padaria, now, kind="oversold", text="Vendido além.")
    assert [one.text for one in pending.matters(padaria).rows] == ["Vendido além."]
    assert [(one.kind, one.how_many) for one in pending.matters_by_kind(padaria)] == [("oversold", 1)]
    assert pending.matters(padaria, standing="dismissed").rows == [matter]
    assert pending.matters(padaria, standing="resolved").rows == []
    assert pending.matters(padaria, ids=[matter.pk]).rows == []
