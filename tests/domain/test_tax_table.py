"""The table of a company's taxes that `fiscal` asks, and what is missing before the first nota."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tax_making import CONSUMER_BA, CONSUMER_SP, CONTRIBUTOR_BA, NORMAL_SP, SIMPLES_SP, TODAY, line, rule, table_of

from ahead.accounts.models import Company
from ahead.catalog.models import Listing, Product
from ahead.taxes import grouping, operations, queries
from ahead.taxes.checklist import Place
from ahead.taxes.models import Natureza, ProductGroup
from ahead.taxes.rules import LacksFact, NoRate, NoRule, Untaxable
from ahead.taxes.values import Buyer, BuyerKind, Issuer

MakeProduct = Callable[..., Product]


class TestTheTable:
    def test_says_the_taxes_of_a_sale(self, padaria: Company, padroes: Natureza) -> None:
        tax = table_of(padaria).tax(line(), CONSUMER_BA, natureza_id=padroes.pk)
        assert tax.cfop == "6108"
        assert tax.taxes.icms.valor == Decimal("7.34")
        assert tax.taxes.destination is not None
        assert tax.taxes.destination.valor_destino == Decimal("14.15")
        assert tax.taxes.ibs_cbs is not None
        assert (tax.taxes.ibs_cbs.base, tax.taxes.ibs_cbs.cbs_valor) == (Decimal("74.29"), Decimal("0.67"))
        assert tax.because[0].startswith("Vale a regra «Venda de mercadoria, outra UF, não contribuinte, CFOP 6108»")

    def test_takes_the_group_of_the_product(self, who: dict[str, Any], padaria: Company, padroes: Natureza) -> None:
        withheld = ProductGroup.objects.of(padaria).get()
        grouping.save_group(group_id=withheld.pk, name=withheld.name, prefixes=["2202"], **who)
        sold = line(ncm="22021000", cest="0301000")
        tax = table_of(padaria).tax(sold, CONSUMER_SP, natureza_id=padroes.pk)
        assert (tax.cfop, tax.taxes.icms.cst, tax.cest) == ("5405", "60", "0301000")
        assert tax.because[0] == "O NCM começa com 2202: grupo Mercadoria com ST retida."
        with pytest.raises(LacksFact, match="sem CEST"):
            table_of(padaria).tax(replace(sold, cest=""), CONSUMER_SP, natureza_id=padroes.pk)

    def test_imported_goods_pay_four_per_cent_between_ufs(self, padaria: Company, padroes: Natureza) -> None:
        icms = table_of(padaria).tax(line(origem="1"), CONSUMER_BA, natureza_id=padroes.pk).taxes.icms
        assert (icms.origem, icms.aliquota) == ("1", 4)

    def test_takes_the_company_s_own_rate_of_a_uf_while_it_holds(
        self, who: dict[str, Any], padaria: Company, padroes: Natureza
    ) -> None:
        operations.set_state_rate(
            uf="SP",
            internal=Decimal("12.5"),
            valid_from=date(2026, 11, 1),
            valid_until=date(2026, 12, 1),
            **who,
        )
        rates = [
            table_of(padaria, on=on).tax(line(), CONSUMER_SP, natureza_id=padroes.pk).taxes.icms.aliquota
            for on in (date(2026, 11, 30), date(2026, 12, 1))
        ]
        assert rates == [Decimal("12.5"), 18]

    def test_says_which_rule_is_missing_and_where_to_make_it(
        self, who: dict[str, Any], padaria: Company, venda: Natureza
    ) -> None:
        operations.save_rule(rule=rule(natureza_id=venda.pk, buyer=BuyerKind.CONTRIBUTOR, cfop="6102"), **who)
        buyer = replace(CONSUMER_BA, name="Maria Souza")
        with pytest.raises(NoRule) as refusal:
            table_of(padaria).tax(line(), buyer, natureza_id=venda.pk)
        for words in (
            "1001 · Pão de mel",
            "NCM 19059090",
            "Maria Souza, não contribuinte em BA",
            "24/11/2026",
            "Fiscal › Regras tributárias",
            "«Venda»",
            "A mais próxima, «Venda, outra UF, contribuinte, CFOP 6102», não vale",
        ):
            assert words in str(refusal.value)

    @pytest.mark.parametrize(
        ("sold", "buyer", "issuer", "words"),
        [
            (line(ncm=""), CONSUMER_BA, NORMAL_SP, "1001 · Pão de mel está sem NCM"),
            (line(ncm="00000000"), CONSUMER_BA, NORMAL_SP, "tem o NCM 00000000, que não existe"),
            (line(), Buyer(uf="", name="Maria"), NORMAL_SP, "Maria está sem a UF"),
            (line(), CONSUMER_BA, Issuer("3", ""), "A empresa está sem a UF"),
        ],
    )
    def test_says_what_the_sale_lacks(
        self, padaria: Company, padroes: Natureza, sold: Any, buyer: Buyer, issuer: Issuer, words: str
    ) -> None:
        with pytest.raises(LacksFact, match=words):
            table_of(padaria, issuer).tax(sold, buyer, natureza_id=padroes.pk)

    def test_does_not_guess_the_cbs_of_2027(self, who: dict[str, Any], padaria: Company, venda: Natureza) -> None:
        operations.save_rule(rule=rule(natureza_id=venda.pk), **who)
        day = date(2027, 1, 2)
        with pytest.raises(NoRate, match="não a adivinhamos"):
            table_of(padaria, on=day).tax(line(), CONSUMER_BA, natureza_id=venda.pk)

        operations.set_ibs_cbs_rate(
            ibs_uf=Decimal("0.05"), ibs_mun=Decimal("0.05"), cbs=Decimal("8.7"), valid_from=date(2027, 1, 1), **who
        )
        one = table_of(padaria, on=day).tax(line(), CONSUMER_BA, natureza_id=venda.pk).taxes.ibs_cbs
        assert one is not None
        assert (one.ibs_mun_aliquota, one.cbs_aliquota) == (Decimal("0.05"), Decimal("8.7"))
        of_2026 = table_of(padaria).tax(line(), CONSUMER_BA, natureza_id=venda.pk).taxes.ibs_cbs
        assert of_2026 is not None
        assert of_2026.cbs_aliquota == Decimal("0.9")

    def test_a_day_before_the_tables_is_refused(self, who: dict[str, Any], padaria: Company, venda: Natureza) -> None:
        operations.save_rule(rule=rule(natureza_id=venda.pk, valid_from=date(2025, 1, 1)), **who)
        with pytest.raises(NoRate, match="alíquota interna de ICMS de BA"):
            table_of(padaria, on=date(2025, 6, 1)).tax(line(), CONSUMER_BA, natureza_id=venda.pk)

    def test_every_refusal_is_one_kind(self) -> None:
        assert {NoRule, NoRate, LacksFact} <= set(Untaxable.__subclasses__())

    def test_is_read_in_seven_queries_and_asks_none_after(
        self, padaria: Company, padroes: Natureza, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(7):
            table = table_of(padaria)
        with django_assert_num_queries(0):
            for buyer in (CONSUMER_BA, CONSUMER_SP, CONTRIBUTOR_BA):
                table.tax(line(), buyer, natureza_id=padroes.pk)

    def test_is_quick(self, padaria: Company, padroes: Natureza) -> None:
        """5,000 lines in a second is the aim; a tenth of it is refused, however loaded the machine."""
        table, sold = table_of(padaria), line()
        began = time.process_time()
        for _ in range(1000):
            table.tax(sold, CONSUMER_BA, natureza_id=padroes.pk)
        assert time.process_time() - began < 2


class TestMissing:
    def test_tells_all_of_a_company_that_begins(self, padaria: Company) -> None:
        found = queries.missing(padaria, Issuer("", ""), TODAY)
        assert {one.place for one in found} == {Place.COMPANY, Place.NATUREZAS}
        assert all(one.is_blocking for one in found)

    def test_is_empty_once_all_is_there(
        self,
        who: dict[str, Any],
        padaria: Company,
        camiseta: Product,
        make_listing: Callable[..., Listing],
    ) -> None:
        make_listing()
        operations.set_defaults(crt="1", valid_from=TODAY, **who)
        [found] = queries.missing(padaria, SIMPLES_SP, TODAY)
        assert (found.place, found.count) == (Place.PRODUCTS_WITHOUT_NCM, 1)
        Product.objects.of(padaria).filter(pk=camiseta.pk).update(ncm="61091000")
        assert queries.missing(padaria, SIMPLES_SP, TODAY) == []

    def test_names_the_cfops_that_no_mei_may_use(self, who: dict[str, Any], padaria: Company) -> None:
        mei = Issuer("4", "SP")
        operations.set_defaults(crt="4", valid_from=TODAY, **who)
        assert queries.missing(padaria, mei, TODAY) == []
        assert not ProductGroup.objects.of(padaria).exists()

        operations.set_defaults(crt="1", valid_from=TODAY, **who)

        [found] = queries.missing(padaria, mei, TODAY)
        assert (found.place, found.count, found.is_blocking) == (Place.RULES, 5, True)
        assert "1411, 2411, 5405, 6108, 6404" in found.text

    def test_counts_only_products_that_come_into_a_nota(
        self, who: dict[str, Any], padaria: Company, make_product: MakeProduct, padroes: Natureza
    ) -> None:
        make_product(padaria)  # neither sold nor listed
        assert Place.PRODUCTS_WITHOUT_NCM not in {one.place for one in queries.missing(padaria, NORMAL_SP, TODAY)}

    def test_tells_of_which_sales_there_is_no_rule(
        self, who: dict[str, Any], padaria: Company, venda: Natureza
    ) -> None:
        operations.save_rule(rule=rule(natureza_id=venda.pk, buyer=BuyerKind.CONSUMER), **who)
        [found] = [one for one in queries.missing(padaria, NORMAL_SP, TODAY) if one.place is Place.RULES]
        assert found.count == 3
        assert "outra UF, contribuinte" in found.text
        assert "outra UF, não contribuinte" not in found.text

    def test_tells_of_rules_that_end_soon_unless_others_follow(
        self, who: dict[str, Any], padaria: Company, padroes: Natureza
    ) -> None:
        def ending(on: date) -> list[int]:
            found = queries.missing(padaria, NORMAL_SP, on)
            return [one.count for one in found if one.place is Place.RULES_ENDING]

        assert ending(TODAY) == []
        assert ending(date(2026, 12, 2)) == [12]
        sale = next(row for row in queries.rules(padaria).rows if row.cfop == "5102")
        follows = replace(queries.rule(padaria, sale.pk), valid_from=date(2027, 1, 1), valid_until=None)
        operations.save_rule(rule=follows, **who)
        assert ending(date(2026, 12, 2)) == [11]

    def test_tells_of_groups_by_the_general_rule_and_of_products_without_cest(
        self,
        who: dict[str, Any],
        padaria: Company,
        padroes: Natureza,
        make_listing: Callable[..., Listing],
        camiseta: Product,
    ) -> None:
        make_listing()
        Product.objects.of(padaria).filter(pk=camiseta.pk).update(ncm="61091000")
        withheld = ProductGroup.objects.of(padaria).get()
        grouping.save_group(group_id=withheld.pk, name=withheld.name, prefixes=["6109"], **who)
        grouping.save_group(name="Bebidas", prefixes=["2202"], **who)
        found = {one.place: one for one in queries.missing(padaria, NORMAL_SP, TODAY)}
        assert found[Place.GROUPS].text.endswith("Bebidas.")
        assert not found[Place.GROUPS].is_blocking
        assert (found[Place.PRODUCTS].text, found[Place.PRODUCTS].count) == ("Produtos com ST retida e sem CEST.", 1)

    def test_tells_of_2027_without_cbs(self, who: dict[str, Any], padaria: Company, venda: Natureza) -> None:
        operations.save_rule(rule=rule(natureza_id=venda.pk), **who)
        places = {one.place for one in queries.missing(padaria, NORMAL_SP, date(2027, 1, 4))}
        assert Place.RATES in places
