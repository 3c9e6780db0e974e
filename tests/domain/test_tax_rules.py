"""Which tax rule applies, what the national tables say, and what a rule may say: pure decisions."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tax_making import (
    TODAY,
    rule,
)

from ahead.taxes import codes, national
from ahead.taxes.defaults import NoDefaults, default_rules
from ahead.taxes.national import StateRateFact
from ahead.taxes.rule_checks import WrongRule, checked, is_for_mei
from ahead.taxes.rules import choose, is_ncm, nearest, why_not
from ahead.taxes.values import (
    BuyerKind,
    Destination,
    Facts,
    IbsCbsRates,
    Regime,
    Rule,
)

OF_2026 = IbsCbsRates(Decimal("0.1"), Decimal(0), Decimal("0.9"))


def facts(**said: Any) -> Facts:
    given_facts: dict[str, Any] = {
        "natureza_id": 1,
        "group_id": None,
        "origin_uf": "SP",
        "destination_uf": "BA",
        "buyer": BuyerKind.CONSUMER,
        "regime": Regime.NORMAL,
        "on": TODAY,
    }
    return Facts(**(given_facts | said))


def with_place(drawn: Rule) -> Rule:
    """Give a drawn rule the UF and the CFOP that go with its destination: most of the drawn ones shall apply."""
    cfop = "5102" if drawn.destination is Destination.SAME else "6108"
    return replace(drawn, cfop=cfop, destination_uf="BA" if drawn.destination is Destination.UF else "")


RULES = st.builds(
    rule,
    id=st.just(0),
    group_id=st.sampled_from([None, 1, 2]),
    origin_uf=st.sampled_from(["", "", "SP", "SP", "RJ"]),
    destination=st.sampled_from(Destination),
    buyer=st.sampled_from(BuyerKind),
    regime=st.sampled_from([Regime.NORMAL, Regime.NORMAL, Regime.NORMAL, Regime.SIMPLES]),
    valid_from=st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    valid_until=st.one_of(st.none(), st.dates(date(2027, 1, 2), date(2028, 1, 1))),
).map(with_place)
FACTS = st.builds(
    facts,
    group_id=st.sampled_from([None, 1, 2]),
    destination_uf=st.sampled_from(["SP", "BA"]),
    buyer=st.sampled_from([BuyerKind.CONSUMER, BuyerKind.CONTRIBUTOR]),
    on=st.dates(date(2026, 1, 1), date(2028, 6, 1)),
)


def says(one: Rule) -> tuple[bool, ...]:
    """Which conditions a rule has, the weightiest first."""
    return (
        one.group_id is not None,
        one.destination is Destination.UF,
        one.buyer is not BuyerKind.ANY,
        one.origin_uf != "",
    )


@given(drawn=st.lists(RULES, max_size=12), asked=FACTS, order=st.randoms(use_true_random=False))
def test_the_most_specific_rule_that_applies_is_chosen_in_whatever_order_they_are_read(
    drawn: list[Rule], asked: Facts, order: random.Random
) -> None:
    held = [replace(one, id=number) for number, one in enumerate(drawn, start=1)]
    applying = [one for one in held if why_not(one, asked) is None]
    choice = choose(held, asked)
    order.shuffle(held)

    assert choose(held, asked) == choice
    if not applying:
        assert choice is None
        return
    assert choice is not None
    assert choice.rule in applying
    assert says(choice.rule) == max(map(says, applying))


class TestChoosing:
    def test_tells_why_what_says_more_does_not_apply(self) -> None:
        general = rule(id=1)
        to_contributors = rule(id=2, buyer=BuyerKind.CONTRIBUTOR, cfop="6102")
        of_minas = rule(id=3, destination=Destination.UF, destination_uf="MG")
        choice = choose([general, to_contributors, of_minas], facts())
        assert choice is not None
        assert choice.rule == general
        told = " ".join(choice.because)
        assert "o comprador é não contribuinte" in told
        assert "é para MG, e a mercadoria vai de SP para BA" in told

    def test_a_group_outweighs_a_uf_that_a_kind_of_buyer_that_an_origin(self) -> None:
        ordered = [
            rule(id=1, group_id=7),
            rule(id=2, destination=Destination.UF, destination_uf="BA", buyer=BuyerKind.CONSUMER, origin_uf="SP"),
            rule(id=3, buyer=BuyerKind.CONSUMER),
            rule(id=4, origin_uf="SP"),
            rule(id=5),
        ]
        while ordered:
            choice = choose(reversed(ordered), facts(group_id=7))
            assert choice is not None
            assert choice.rule == ordered.pop(0)

    def test_a_rule_ends_before_the_day_it_says(self) -> None:
        ends = rule(valid_until=date(2027, 1, 1))
        assert why_not(ends, facts(on=date(2026, 12, 31))) is None
        assert why_not(ends, facts(on=date(2027, 1, 1))) == "deixou de valer em 01/01/2027"
        assert why_not(ends, facts(on=date(2025, 12, 31))) == "só vale a partir de 01/01/2026"

    def test_the_younger_of_two_holds(self) -> None:
        old, young = rule(id=2), rule(id=1, valid_from=date(2026, 6, 1))
        choice = choose([old, young], facts())
        assert choice is not None
        assert choice.rule == young

    def test_a_cfop_of_within_the_uf_is_not_used_between_ufs(self) -> None:
        within = rule(destination=Destination.UF, destination_uf="BA", cfop="5102")
        assert why_not(within, facts()) == "o CFOP 5102 é de operação dentro da UF"
        assert why_not(within, facts(origin_uf="BA")) is None

    def test_the_nearest_is_named_where_none_applies(self) -> None:
        said = nearest([rule(buyer=BuyerKind.CONTRIBUTOR, cfop="6102")], facts())
        assert "CFOP 6102" in said
        assert "o comprador é não contribuinte" in said
        assert nearest([rule(natureza_id=9)], facts()) == ""


class TestNationalRates:
    @pytest.mark.parametrize(
        ("origin", "destination", "origem", "rate"),
        [
            ("SP", "BA", "0", 7),
            ("SP", "ES", "0", 7),
            ("SP", "RJ", "0", 12),
            ("ES", "BA", "0", 12),
            ("BA", "SP", "5", 12),
            ("SP", "BA", "1", 4),
            ("BA", "SP", "8", 4),
            ("SP", "BA", "7", 7),  # imported, but nothing like it is made here
        ],
    )
    def test_between_ufs(self, origin: str, destination: str, origem: str, rate: int) -> None:
        assert national.interstate_rate(origin, destination, origem) == rate

    def test_within_each_uf_are_known_today(self) -> None:
        rates = national.internal_rates(TODAY)
        assert set(rates) == set(national.UFS)
        assert len(rates) == 27
        assert (rates["RJ"].internal, rates["RJ"].fcp) == (20, 2)
        assert national.internal_rates(date(2025, 12, 31)) == {}

    def test_of_the_company_come_first_while_they_hold(self) -> None:
        own = [
            StateRateFact("SP", Decimal(19), Decimal(0), date(2026, 3, 1), date(2026, 12, 1), is_own=True),
            StateRateFact("SP", Decimal(20), Decimal(0), date(2026, 6, 1), date(2026, 7, 1), is_own=True),
        ]
        held = [national.internal_rates(date(2026, month, 15), own)["SP"].internal for month in (2, 4, 6, 8, 12)]
        assert held == [18, 19, 20, 19, 18]

    def test_ibs_and_cbs_are_of_the_regime_normal_and_unknown_from_2027_on(self) -> None:
        assert [national.carries_ibs_cbs(crt, TODAY) for crt in "1234"] == [False, False, True, False]
        assert not national.carries_ibs_cbs("3", date(2025, 12, 31))
        assert national.ibs_cbs_rates(TODAY) == OF_2026
        assert national.ibs_cbs_rates(date(2027, 1, 1)) is None


class TestWhatARuleMaySay:
    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"cfop": "610"}, "cfop"),
            ({"cfop": "5102"}, "cfop"),
            ({"cfop": "2202"}, "cfop"),
            ({"icms_cst": "20"}, "icms_reducao"),
            ({"regime": Regime.SIMPLES, "csosn": "201"}, "csosn"),
            ({"regime": Regime.SIMPLES, "csosn": "101"}, "credito_aliquota"),
            ({"regime": Regime.SIMPLES, "csosn": "900"}, "icms_aliquota"),
            ({"icms_aliquota": Decimal(18)}, "icms_aliquota"),
            ({"icms_aliquota": Decimal(101)}, "icms_aliquota"),
            ({"fcp_aliquota": Decimal(-1)}, "fcp_aliquota"),
            ({"pis_aliquota": Decimal("1.65001")}, "pis_aliquota"),
            ({"pis_aliquota": Decimal(0)}, "pis_aliquota"),
            ({"pis_cst": "06"}, "pis_aliquota"),
            ({"cofins_cst": "03"}, "cofins_cst"),
            ({"ipi_cst": "00"}, "ipi_cst"),
            ({"ipi_cst": "53", "ipi_enquadramento": "9"}, "ipi_enquadramento"),
            ({"ibs_cbs_cst": ""}, "ibs_cbs_cst"),
            ({"cclasstrib": "200001"}, "cclasstrib"),
            ({"cclasstrib": "00001"}, "cclasstrib"),
            ({"ibs_reducao": Decimal(60)}, "ibs_reducao"),
            ({"valid_until": date(2026, 1, 1)}, "valid_until"),
            ({"destination": Destination.UF}, "destination_uf"),
            ({"origin_uf": "XX"}, "origin_uf"),
            ({"beneficio": "SP0010"}, "beneficio"),
            ({"beneficio": "SP000100", "icms_cst": "00"}, "beneficio"),
            ({"information": "x" * 501}, "information"),
            ({"icms_cst": "10"}, "icms_cst"),
            ({"icms_cst": "51"}, "icms_cst"),
            ({"cfop": "7102"}, "cfop"),
            ({"ibs_cbs_cst": "620", "cclasstrib": "620001"}, "ibs_cbs_cst"),
        ],
    )
    def test_what_contradicts_is_refused_by_its_field(self, said: dict[str, Any], field: str) -> None:
        with pytest.raises(WrongRule) as refusal:
            checked(rule(**said), is_entry=False)
        assert refusal.value.field == field

    @pytest.mark.parametrize(
        ("said", "instead"),
        [
            ({"icms_cst": "70"}, "use a CST 60"),
            ({"regime": Regime.SIMPLES, "csosn": "202"}, "use o CSOSN 500"),
            ({"icms_cst": "61"}, "combustíveis"),
            ({"cfop": "7102"}, "exterior"),
            ({"ibs_cbs_cst": "620", "cclasstrib": "620001"}, "monofásica"),
        ],
    )
    def test_a_code_no_nota_is_written_with_says_what_to_do_instead(self, said: dict[str, Any], instead: str) -> None:
        with pytest.raises(WrongRule, match=instead):
            checked(rule(**said), is_entry=False)

    def test_what_its_codes_make_no_use_of_is_taken_out(self) -> None:
        said = rule(
            icms_reducao=Decimal(10),
            csosn="102",
            st_base_percent=Decimal(140),
            ipi_aliquota=Decimal(5),
            destination_uf="BA",
        )
        clean = checked(said, is_entry=False)
        assert (clean.icms_reducao, clean.csosn, clean.st_base_percent) == (0, "", None)
        assert (clean.ipi_aliquota, clean.destination_uf) == (0, "")

    def test_an_entry_has_the_cfop_of_one(self) -> None:
        assert checked(rule(cfop="2202"), is_entry=True).cfop == "2202"
        with pytest.raises(WrongRule):
            checked(rule(cfop="6108"), is_entry=True)

    @pytest.mark.parametrize(
        ("text", "is_one"), [("19059090", True), ("00000000", False), ("77010000", False), ("1905", False), ("", False)]
    )
    def test_an_ncm_is_of_a_chapter_that_exists(self, text: str, is_one: bool) -> None:
        assert is_ncm(text) is is_one


class TestDefaults:
    @pytest.mark.parametrize("crt", ["1", "2", "3", "4"])
    @pytest.mark.parametrize("is_cumulative", [True, False])
    def test_are_rules_that_may_be_written(self, crt: str, is_cumulative: bool) -> None:
        drafts = default_rules(crt=crt, is_cumulative=is_cumulative, valid_from=TODAY)
        for draft in drafts:
            assert checked(draft, is_entry=draft.natureza.startswith("Devolução")) == draft

    def test_say_the_cfop_of_a_shop(self) -> None:
        cfops = {
            crt: {one.cfop: one.code for one in default_rules(crt=crt, is_cumulative=False, valid_from=TODAY)}
            for crt in ("1", "3")
        }
        assert cfops["3"] == {
            "5102": "00",
            "6102": "00",
            "6108": "00",
            "5405": "60",
            "6404": "60",
            "1202": "00",
            "2202": "00",
            "1411": "60",
            "2411": "60",
        }
        assert cfops["1"] == {
            "5102": "102",
            "6102": "102",
            "6108": "102",
            "5405": "500",
            "6404": "500",
            "1202": "102",
            "2202": "102",
            "1411": "500",
            "2411": "500",
        }

    def test_of_a_mei_have_the_cfops_it_may_use_and_no_group(self) -> None:
        drafts = default_rules(crt="4", is_cumulative=False, valid_from=TODAY)
        assert {one.cfop for one in drafts} == {"5102", "6102", "1202", "2202"}
        assert {(one.group, one.code) for one in drafts} == {("", "102")}
        assert all(is_for_mei(one) for one in drafts)
        of_simples = default_rules(crt="1", is_cumulative=False, valid_from=TODAY)
        assert {one.cfop for one in of_simples if not is_for_mei(one)} == {"6108", "5405", "6404", "1411", "2411"}

    def test_choose_the_contributions(self) -> None:
        def rates(crt: str, *, is_cumulative: bool) -> tuple[str, Decimal, Decimal]:
            first = default_rules(crt=crt, is_cumulative=is_cumulative, valid_from=TODAY)[0]
            return first.pis_cst, first.pis_aliquota, first.cofins_aliquota

        assert rates("3", is_cumulative=False) == ("01", Decimal("1.65"), Decimal("7.6"))
        assert rates("3", is_cumulative=True) == ("01", Decimal("0.65"), Decimal(3))
        assert rates("1", is_cumulative=False) == ("49", 0, 0)

    def test_of_the_regime_normal_end_with_the_contributions(self) -> None:
        until = {one.valid_until for one in default_rules(crt="3", is_cumulative=False, valid_from=TODAY)}
        assert until == {date(2027, 1, 1)}
        with pytest.raises(NoDefaults, match="2027"):
            default_rules(crt="3", is_cumulative=False, valid_from=date(2027, 1, 1))
        with pytest.raises(NoDefaults, match="CRT"):
            default_rules(crt="", is_cumulative=False, valid_from=TODAY)


def test_every_code_is_in_the_table_of_its_tax() -> None:
    icms = {*codes.ICMS_CST, *codes.CSOSN}
    assert icms >= codes.WITHHELD | codes.ICMS_TAXED | codes.ICMS_REDUCED | codes.CSOSN_WITH_CREDIT
    assert set(codes.IPI_CST) >= codes.IPI_TAXED
    assert set(codes.PIS_COFINS_CST) >= codes.PIS_COFINS_TAXED
    assert set(codes.IBS_CBS_CST) >= codes.IBS_CBS_TAXED
