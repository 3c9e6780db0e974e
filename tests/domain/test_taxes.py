"""Writing and reading the tax rules of a company, their groups, naturezas, rates and defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tax_making import CONSUMER_BA, CONSUMER_SP, CONTRIBUTOR_BA, TODAY, line, rule, table_of

from ahead.accounts.models import Company
from ahead.audit.queries import history
from ahead.catalog.models import Product
from ahead.taxes import grouping, operations, queries
from ahead.taxes.grouping import WrongGroup
from ahead.taxes.models import GroupPrefix, Natureza, ProductGroup, StateRate, TaxRule
from ahead.taxes.operations import CannotEnd, NaturezaTaken, RuleOverlaps, WrongRate
from ahead.taxes.rule_checks import WrongRule
from ahead.taxes.values import Buyer, BuyerKind, Destination, Issuer, Kind, Regime

MakeProduct = Callable[..., Product]


class TestNaturezas:
    def test_are_made_changed_and_left_in_the_trail(
        self, who: dict[str, Any], padaria: Company, venda: Natureza
    ) -> None:
        again = operations.save_natureza(
            natureza_id=venda.pk, name=" Venda  de pães ", kind=Kind.SALE, is_active=False, **who
        )
        assert (again.pk, again.name, again.is_active) == (venda.pk, "Venda de pães", False)
        texts = [event.text for event in history(padaria, subject_kind="natureza", subject_id=venda.pk).order_by("pk")]
        assert texts == ["Natureza «Venda» criada", "Natureza «Venda de pães» alterada"]

    @pytest.mark.parametrize(
        ("said", "refusal"),
        [
            ({"name": "venda"}, NaturezaTaken),
            ({"name": " "}, WrongRule),
            ({"name": "x" * 61}, WrongRule),
            ({"name": "Entrada", "is_entry": True}, WrongRule),
        ],
    )
    def test_are_refused_where_they_are_wrong(
        self, who: dict[str, Any], venda: Natureza, said: dict[str, Any], refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            operations.save_natureza(**{"kind": Kind.SALE, **said}, **who)

    def test_do_not_turn_once_they_have_rules(self, who: dict[str, Any]) -> None:
        other = operations.save_natureza(name="Remessa", kind=Kind.OTHER, **who)
        operations.save_rule(rule=rule(natureza_id=other.pk), **who)
        with pytest.raises(WrongRule, match="outro sentido"):
            operations.save_natureza(natureza_id=other.pk, name="Remessa", kind=Kind.OTHER, is_entry=True, **who)


class TestWritingRules:
    def test_what_was_written_is_read_back(self, who: dict[str, Any], padaria: Company, venda: Natureza) -> None:
        said = rule(
            natureza_id=venda.pk,
            destination=Destination.UF,
            destination_uf="RJ",
            buyer=BuyerKind.CONSUMER,
            fcp_aliquota=Decimal("2.5"),
            information="Regime especial 123",
            valid_until=date(2027, 1, 1),
        )
        row = operations.save_rule(rule=said, **who)
        assert queries.rule(padaria, row.pk) == replace(said, id=row.pk, natureza="Venda")

    def test_two_for_the_same_sales_do_not_overlap(self, who: dict[str, Any], venda: Natureza) -> None:
        first = rule(natureza_id=venda.pk, valid_until=date(2026, 12, 1))
        operations.save_rule(rule=first, **who)
        operations.save_rule(rule=replace(first, valid_from=date(2026, 12, 1), valid_until=None), **who)
        operations.save_rule(rule=replace(first, buyer=BuyerKind.CONTRIBUTOR), **who)
        with pytest.raises(RuleOverlaps, match="encerre aquela"):
            operations.save_rule(rule=replace(first, valid_from=date(2026, 11, 30), valid_until=None), **who)
        with pytest.raises(RuleOverlaps):
            operations.save_rule(rule=replace(first, valid_from=date(2027, 6, 1), valid_until=None), **who)

    def test_a_changed_rule_does_not_overlap_itself_and_says_what_changed(
        self, who: dict[str, Any], padaria: Company, venda: Natureza
    ) -> None:
        said = rule(natureza_id=venda.pk)
        row = operations.save_rule(rule=said, **who)
        operations.save_rule(rule=replace(said, cfop="6107"), rule_id=row.pk, **who)
        [_, changed] = history(padaria, subject_kind="rule", subject_id=row.pk).order_by("pk")
        assert changed.facts["changes"]["cfop"] == ["6108", "6107"]

    def test_a_new_version_ends_the_one_before(self, who: dict[str, Any], padaria: Company, venda: Natureza) -> None:
        old = operations.save_rule(rule=rule(natureza_id=venda.pk), **who)
        young = rule(natureza_id=venda.pk, valid_from=date(2026, 12, 1), cfop="6107")
        new = operations.save_rule(rule=young, ends_id=old.pk, **who)
        assert queries.rule(padaria, old.pk).valid_until == date(2026, 12, 1)
        assert [table_of(padaria, on=on).tax(line(), CONSUMER_BA, natureza_id=venda.pk).rule_id for on in (
            date(2026, 11, 30), date(2026, 12, 1)
        )] == [old.pk, new.pk]  # fmt: skip

    def test_a_refused_version_leaves_the_one_before(
        self, who: dict[str, Any], padaria: Company, venda: Natureza
    ) -> None:
        old = operations.save_rule(rule=rule(natureza_id=venda.pk), **who)
        with pytest.raises(WrongRule):
            operations.save_rule(
                rule=rule(natureza_id=venda.pk, valid_from=date(2026, 12, 1), cfop=""), ends_id=old.pk, **who
            )
        with pytest.raises(CannotEnd):
            operations.save_rule(rule=rule(natureza_id=venda.pk), ends_id=old.pk, **who)
        assert queries.rule(padaria, old.pk).valid_until is None

    def test_one_that_held_is_ended_one_that_did_not_may_go(
        self, who: dict[str, Any], padaria: Company, venda: Natureza
    ) -> None:
        held = operations.save_rule(rule=rule(natureza_id=venda.pk), **who)
        coming = operations.save_rule(
            rule=rule(natureza_id=venda.pk, buyer=BuyerKind.CONTRIBUTOR, valid_from=TODAY), **who
        )
        with pytest.raises(CannotEnd, match="histórico"):
            operations.remove_rule(rule_id=held.pk, today=TODAY, **who)
        operations.remove_rule(rule_id=coming.pk, today=TODAY, **who)
        operations.end_rule(rule_id=held.pk, valid_until=TODAY, **who)
        assert [row.pk for row in queries.rules(padaria, state="held", on=TODAY).rows] == []
        assert [row.pk for row in queries.rules(padaria, state="ended", on=TODAY).rows] == [held.pk]

    def test_rules_of_others_are_out_of_reach(
        self, who: dict[str, Any], outra: Company, venda: Natureza, now: datetime
    ) -> None:
        row = operations.save_rule(rule=rule(natureza_id=venda.pk), **who)
        theirs = {"company": outra, "by": "caio@doces.example", "now": now}
        with pytest.raises(Natureza.DoesNotExist):
            operations.save_rule(rule=rule(natureza_id=venda.pk), **theirs)
        with pytest.raises(TaxRule.DoesNotExist):
            operations.end_rule(rule_id=row.pk, valid_until=date(2027, 1, 1), **theirs)
        assert queries.rules(outra).rows == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"valid_until": date(2026, 1, 1)},
            {"icms_cst": ""},
            {"icms_cst": "10"},
            {"csosn": "102"},
            {"regime": "simples"},
            {"destination": "uf"},
            {"destination_uf": "RJ"},
            {"origin_uf": "XX"},
            {"pis_cst": "77"},
            {"cclasstrib": ""},
            {"icms_aliquota": Decimal(101)},
            {"ibs_reducao": Decimal(-1)},
            {"difal_base": "other"},
        ],
    )
    def test_the_database_refuses_what_contradicts(
        self, who: dict[str, Any], padaria: Company, venda: Natureza, wrong: dict[str, Any]
    ) -> None:
        row = operations.save_rule(rule=rule(natureza_id=venda.pk), **who)
        with pytest.raises(IntegrityError), transaction.atomic():
            TaxRule.objects.of(padaria).filter(pk=row.pk).update(**wrong)


class TestGroups:
    def test_are_of_beginnings_of_ncm_and_of_named_products(
        self, who: dict[str, Any], padaria: Company, make_product: MakeProduct
    ) -> None:
        make_product(padaria, ncm="19059090")
        named = make_product(padaria, ncm="22021000")
        group = grouping.save_group(name="Pães", prefixes=["1905", " 19.05.90", ""], product_ids=[named.pk], **who)
        seen = queries.group(padaria, group.pk)
        assert (seen.prefixes, seen.products, seen.by_ncm) == (["1905", "190590"], [named], 1)

        grouping.save_group(group_id=group.pk, name="Pães", prefixes=["1905"], **who)
        seen = queries.group(padaria, group.pk)
        assert (seen.prefixes, seen.products) == (["1905"], [])

    def test_the_longest_beginning_wins_and_a_named_product_wins_over_all(
        self, who: dict[str, Any], padaria: Company, make_product: MakeProduct
    ) -> None:
        named = make_product(padaria, ncm="19059090")
        for name, prefixes, ids in (
            ("Capítulo", ["19"], []),
            ("Item", ["190590"], []),
            ("Posição", ["1905"], []),
            ("À parte", [], [named.pk]),
        ):
            grouping.save_group(name=name, prefixes=prefixes, product_ids=ids, **who)
        groups = table_of(padaria).groups
        found = {
            ncm: groups.names.get(groups.of(None, ncm)[0] or 0) for ncm in ("19059090", "19051000", "19011000", "22")
        }
        assert found == {"19059090": "Item", "19051000": "Posição", "19011000": "Capítulo", "22": None}
        assert groups.names[groups.of(named.pk, "19059090")[0] or 0] == "À parte"

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"name": ""}, "nome"),
            ({"name": "bebidas"}, "Já existe"),
            ({"name": "Outro", "prefixes": ["2"]}, "2 a 8 dígitos"),
            ({"name": "Outro", "prefixes": ["2202"]}, "já é do grupo «Bebidas»"),
        ],
    )
    def test_are_refused_where_they_are_wrong(self, who: dict[str, Any], said: dict[str, Any], words: str) -> None:
        grouping.save_group(name="Bebidas", prefixes=["2202"], **who)
        with pytest.raises(WrongGroup, match=words):
            grouping.save_group(**said, **who)

    def test_a_product_is_of_one_group_and_of_the_company(
        self, who: dict[str, Any], padaria: Company, outra: Company, make_product: MakeProduct
    ) -> None:
        product, theirs = make_product(padaria), make_product(outra)
        grouping.save_group(name="Um", product_ids=[product.pk], **who)
        with pytest.raises(WrongGroup, match="já está no grupo «Um»"):
            grouping.save_group(name="Dois", product_ids=[product.pk], **who)
        with pytest.raises(Product.DoesNotExist):
            grouping.save_group(name="Dois", product_ids=[theirs.pk], **who)
        assert [one.name for one in queries.groups(padaria)] == ["Um"]

    def test_one_with_rules_stays(self, who: dict[str, Any], padaria: Company, venda: Natureza) -> None:
        group = grouping.save_group(name="Um", prefixes=["22"], **who)
        free = grouping.save_group(name="Dois", prefixes=["23"], **who)
        operations.save_rule(rule=rule(natureza_id=venda.pk, group_id=group.pk), **who)
        with pytest.raises(WrongGroup, match="regras"):
            grouping.remove_group(group_id=group.pk, **who)
        grouping.remove_group(group_id=free.pk, **who)
        assert [one.name for one in queries.groups(padaria)] == ["Um"]
        assert GroupPrefix.objects.of(padaria).count() == 1


class TestDefaults:
    def test_are_made_once(self, who: dict[str, Any], padaria: Company) -> None:
        planned = queries.planned_defaults(padaria, crt="3", is_cumulative=False, valid_from=TODAY)
        assert (len(planned.naturezas), planned.new_rules) == (2, 12)

        assert operations.set_defaults(crt="3", valid_from=TODAY, **who) == 12
        assert operations.set_defaults(crt="3", valid_from=TODAY, **who) == 0
        again = queries.planned_defaults(padaria, crt="3", is_cumulative=False, valid_from=TODAY)
        assert (again.naturezas, again.group, again.new_rules) == ([], "", 0)
        assert Natureza.objects.of(padaria).count() == 2
        assert ProductGroup.objects.of(padaria).count() == 1

    def test_leave_what_is_there(self, who: dict[str, Any], padaria: Company) -> None:
        venda = operations.save_natureza(name="venda de mercadoria", kind=Kind.SALE, **who)
        own = operations.save_rule(
            rule=rule(natureza_id=venda.pk, buyer=BuyerKind.CONSUMER, cfop="6107", pis_aliquota=Decimal(1)), **who
        )
        assert operations.set_defaults(crt="3", valid_from=TODAY, **who) == 11
        tax = table_of(padaria).tax(line(), CONSUMER_BA, natureza_id=venda.pk)
        assert tax.rule_id == own.pk

    @pytest.mark.parametrize("crt", ["1", "2", "3", "4"])
    @pytest.mark.parametrize("buyer", [CONSUMER_SP, CONSUMER_BA, CONTRIBUTOR_BA])
    def test_cover_every_sale(self, who: dict[str, Any], padaria: Company, crt: str, buyer: Buyer) -> None:
        operations.set_defaults(crt=crt, valid_from=TODAY, **who)
        issuer = Issuer(crt, "SP")
        table = table_of(padaria, issuer)
        for natureza in queries.naturezas(padaria):
            tax = table.tax(line(), buyer, natureza_id=natureza.pk)
            assert tax.cfop[0] in ("12" if natureza.is_entry else "56")
            assert (tax.taxes.icms.csosn != "") == (issuer.regime is Regime.SIMPLES)
            assert (tax.taxes.ibs_cbs is not None) == (crt == "3")


class TestRates:
    def test_are_written_over_and_taken_out(self, who: dict[str, Any], padaria: Company) -> None:
        first = operations.set_state_rate(uf="SP", internal=Decimal(19), valid_from=TODAY, **who)
        again = operations.set_state_rate(uf="SP", internal=Decimal(20), fcp=Decimal(1), valid_from=TODAY, **who)
        assert first.pk == again.pk
        row = queries.state_rates(padaria, TODAY)["SP"]
        assert row.fact is not None
        assert (row.fact.internal, row.fact.fcp, row.fact.is_own) == (20, 1, True)

        operations.remove_state_rate(rate_id=again.pk, **who)
        row = queries.state_rates(padaria, TODAY)["SP"]
        assert row.fact is not None
        assert (row.fact.internal, row.fact.is_own, row.own) == (18, False, [])

    @pytest.mark.parametrize(
        "said",
        [{"uf": "XX"}, {"internal": Decimal(101)}, {"fcp": Decimal(-1)}, {"valid_until": TODAY}],
    )
    def test_are_refused_where_they_are_wrong(self, who: dict[str, Any], said: dict[str, Any]) -> None:
        good: dict[str, Any] = {"uf": "SP", "internal": Decimal(18), "valid_from": TODAY}
        with pytest.raises(WrongRate):
            operations.set_state_rate(**{**good, **said}, **who)

    def test_of_2026_are_the_law_s(self, who: dict[str, Any]) -> None:
        with pytest.raises(WrongRate, match="2026"):
            operations.set_ibs_cbs_rate(
                ibs_uf=Decimal(0), ibs_mun=Decimal(0), cbs=Decimal(0), valid_from=date(2026, 12, 31), **who
            )

    def test_the_database_refuses_what_is_none(self, who: dict[str, Any], padaria: Company) -> None:
        rate = operations.set_state_rate(uf="SP", internal=Decimal(18), valid_from=TODAY, **who)
        for wrong in ({"uf": "XX"}, {"internal": 101}, {"valid_until": TODAY}):
            with pytest.raises(IntegrityError), transaction.atomic():
                StateRate.objects.of(padaria).filter(pk=rate.pk).update(**wrong)


class TestReadingRules:
    def test_are_searched_narrowed_sorted_and_paged(self, padaria: Company, padroes: Natureza) -> None:
        def cfops(**wanted: Any) -> list[str]:
            return [row.cfop for row in queries.rules(padaria, **wanted).rows]

        assert cfops()[:7] == ["5102", "6102", "6108", "5405", "6108", "6404", "1202"]
        assert len(cfops()) == 12
        assert cfops(natureza_id=padroes.pk, group_id=0, sort="-cfop") == ["6108", "6102", "5102"]
        assert sorted(cfops(search="st retida", natureza_id=padroes.pk)) == ["5405", "6108", "6404"]
        assert cfops(search="5405") == ["5405"]
        assert cfops(regime="simples") == []
        assert len(cfops(buyer="contributor")) == 4
        assert cfops(state="coming", on=TODAY) == []
        assert len(cfops(state="ending", on=date(2026, 12, 2))) == 12
        assert len(cfops(state="ending", on=TODAY)) == 0
        page = queries.rules(padaria, size=5, page=3)
        assert (len(page.rows), page.pages, page.total) == (2, 3, 12)
