"""What a tax rule comes to for a line: worked out by hand, and whatever is sold."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tax_making import (
    CONSUMER_BA,
    CONSUMER_SP,
    CONTRIBUTOR_BA,
    NORMAL_SP,
    OF_SIMPLES,
    SIMPLES_SP,
    TO_BA,
    line,
    rule,
)

from ahead.nfe.values import IbsCbs, IcmsDestination
from ahead.nfe.writing_taxes import imposto
from ahead.taxes import codes, national
from ahead.taxes.computing import compute
from ahead.taxes.values import (
    Buyer,
    Choice,
    DifalBase,
    IbsCbsRates,
    IcmsExclusion,
    Issuer,
    LineTax,
    Rates,
    Regime,
    Rule,
    TaxLine,
)

OF_2026 = IbsCbsRates(Decimal("0.1"), Decimal(0), Decimal("0.9"))
CENT = Decimal("0.01")


def cents(exact: Decimal) -> Decimal:
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


def taxed(
    said: Rule, sold: TaxLine, *, issuer: Issuer = NORMAL_SP, buyer: Buyer = CONSUMER_BA, rates: Rates = TO_BA
) -> LineTax:
    return compute(Choice(said, ()), sold, issuer=issuer, buyer=buyer, rates=rates)


def destination_of(tax: LineTax) -> IcmsDestination:
    assert tax.taxes.destination is not None
    return tax.taxes.destination


def ibs_cbs_of(tax: LineTax) -> IbsCbs:
    assert tax.taxes.ibs_cbs is not None
    return tax.taxes.ibs_cbs


class TestTheSaleToAConsumerOfAnotherUf:
    """R$ 104,80 from São Paulo to Bahia, worked out by hand."""

    def test_comes_to_the_cents_of_the_law(self) -> None:
        tax = taxed(rule(), line(), rates=replace(TO_BA, ibs_cbs=OF_2026))

        icms, destination, ibs_cbs = tax.taxes.icms, destination_of(tax), ibs_cbs_of(tax)
        assert (icms.base, icms.aliquota, icms.valor) == (Decimal("104.80"), 7, Decimal("7.34"))
        assert (destination.base, destination.aliquota_interna) == (Decimal("104.80"), Decimal("20.5"))
        assert (destination.aliquota_interestadual, destination.valor_destino) == (7, Decimal("14.15"))
        assert (tax.taxes.pis.base, tax.taxes.pis.valor) == (Decimal("97.46"), Decimal("1.61"))
        assert (tax.taxes.cofins.base, tax.taxes.cofins.valor) == (Decimal("97.46"), Decimal("7.41"))
        assert ibs_cbs.base == Decimal("74.29")
        assert (ibs_cbs.ibs_valor, ibs_cbs.cbs_valor) == (Decimal("0.07"), Decimal("0.67"))
        assert tax.taxes.ipi is None
        assert tax.taxes.total is None
        assert tax.cfop == "6108"

    def test_says_why(self) -> None:
        because = " ".join(taxed(rule(), line()).because)
        assert "ICMS CST 00: 7% (alíquota interestadual) de R$ 104,80 = R$ 7,34." in because
        assert "DIFAL: R$ 104,80 × (20,5% − 7%) = R$ 14,15." in because

    def test_with_fcp_owes_it_to_the_destination(self) -> None:
        tax = taxed(rule(), line("100.00"), rates=Rates(internal=Decimal(20), fcp=Decimal(2), interstate=Decimal(12)))
        destination = destination_of(tax)
        assert (destination.valor_destino, destination.fcp_valor) == (Decimal("8.00"), Decimal("2.00"))
        assert tax.taxes.icms.fcp_valor == 0

    def test_by_the_base_of_the_destination_puts_the_internal_rate_in(self) -> None:
        tax = taxed(rule(difal_base=DifalBase.BY_UF), line("100.00"))
        # (100.00 - 7.00) / (1 - 20.5 %)
        assert destination_of(tax).base == Decimal("116.98")
        assert destination_of(tax).valor_destino == Decimal("15.79")

        tax = taxed(rule(difal_base=DifalBase.BY_UF), line("100.00"), rates=replace(TO_BA, fcp=Decimal(2)))
        # (100.00 - 7.00) / (1 - 20.5 % - 2 %)
        assert (destination_of(tax).base, destination_of(tax).fcp_valor) == (Decimal("120.00"), Decimal("2.40"))

    def test_takes_the_internal_rate_that_the_rule_says(self) -> None:
        tax = taxed(rule(destination_aliquota=Decimal(12)), line("100.00"))
        assert destination_of(tax).valor_destino == Decimal("5.00")

    @pytest.mark.parametrize("crt", ["1", "2", "4"])
    def test_owes_no_difal_but_in_the_regime_normal(self, crt: str) -> None:
        said = OF_SIMPLES if crt != "2" else rule()
        assert taxed(said, line(), issuer=Issuer(crt, "SP")).taxes.destination is None

    @pytest.mark.parametrize(
        ("said", "buyer", "rates"),
        [
            (rule(), CONTRIBUTOR_BA, TO_BA),
            (rule(), replace(CONTRIBUTOR_BA, is_consumer=True), TO_BA),
            (rule(has_difal=False), CONSUMER_BA, TO_BA),
            (rule(), CONSUMER_SP, Rates(internal=Decimal(18))),
        ],
    )
    def test_owes_none_to_contributors_within_the_uf_or_where_the_rule_says_so(
        self, said: Rule, buyer: Buyer, rates: Rates
    ) -> None:
        assert taxed(said, line(), buyer=buyer, rates=rates).taxes.destination is None


class TestIcms:
    def test_within_the_uf_takes_its_internal_rate_and_fcp(self) -> None:
        rates = Rates(internal=Decimal(20), fcp=Decimal(2))
        icms = taxed(rule(cfop="5102"), line("50.00"), buyer=Buyer(uf="RJ"), rates=rates).taxes.icms
        assert (icms.valor, icms.fcp_base, icms.fcp_valor) == (Decimal("10.00"), Decimal("50.00"), Decimal("1.00"))

    def test_is_of_freight_insurance_and_other_without_the_discount(self) -> None:
        sold = line("100.00", freight=Decimal(10), insurance=Decimal(2), other=Decimal(3), discount=Decimal(15))
        tax = taxed(rule(), sold, rates=replace(TO_BA, ibs_cbs=OF_2026))
        assert tax.taxes.icms.base == 100
        assert tax.taxes.pis.base == 93
        assert ibs_cbs_of(tax).base == 100 - Decimal("7.00") - Decimal("13.50") - Decimal("1.53") - Decimal("7.07")

    def test_with_a_reduced_base(self) -> None:
        icms = taxed(rule(icms_cst="20", icms_reducao=Decimal("33.33")), line("100.00")).taxes.icms
        assert (icms.base, icms.reducao, icms.valor) == (Decimal("66.67"), Decimal("33.33"), Decimal("4.67"))

    @pytest.mark.parametrize("cst", ["40", "41", "50"])
    def test_that_is_not_owed_has_no_base(self, cst: str) -> None:
        icms = taxed(rule(icms_cst=cst, has_difal=False), line()).taxes.icms
        assert (icms.cst, icms.base, icms.valor) == (cst, 0, 0)

    def test_of_the_simples_hands_its_credit_on(self) -> None:
        said = replace(OF_SIMPLES, csosn="101", credito_aliquota=Decimal("2.56"))
        icms = taxed(said, line("100.00"), issuer=SIMPLES_SP).taxes.icms
        assert (icms.csosn, icms.cst, icms.base) == ("101", "", 0)
        assert (icms.credito_aliquota, icms.credito_valor) == (Decimal("2.56"), Decimal("2.56"))

    def test_of_the_simples_has_no_fcp(self) -> None:
        said = replace(OF_SIMPLES, csosn="900", cfop="5102", icms_aliquota=Decimal(20))
        icms = taxed(said, line("100.00"), issuer=SIMPLES_SP, rates=Rates(internal=Decimal(20), fcp=Decimal(2)))
        assert (icms.taxes.icms.valor, icms.taxes.icms.fcp_valor) == (20, 0)

    @pytest.mark.parametrize(("regime", "code"), [(Regime.NORMAL, "60"), (Regime.SIMPLES, "500")])
    def test_that_was_withheld_tells_how_much(self, regime: Regime, code: str) -> None:
        said = rule(
            regime=regime,
            icms_cst=code if regime is Regime.NORMAL else "",
            csosn="" if regime is Regime.NORMAL else code,
            st_base_percent=Decimal(140),
            st_aliquota=Decimal(18),
            st_fcp_aliquota=Decimal(2),
            st_substituto_percent=Decimal("12.5"),
        )
        icms = taxed(said, line("80.00"), rates=Rates(internal=Decimal(18))).taxes.icms
        assert (icms.base, icms.valor) == (0, 0)
        assert (icms.st_retido_base, icms.st_retido_aliquota) == (Decimal("112.00"), 20)
        assert (icms.st_substituto_valor, icms.st_retido_valor) == (Decimal("10.00"), Decimal("10.16"))
        assert (icms.fcp_st_retido_base, icms.fcp_st_retido_valor) == (Decimal("112.00"), Decimal("2.24"))

    def test_that_was_withheld_may_leave_the_figures_out(self) -> None:
        icms = taxed(rule(icms_cst="60"), line()).taxes.icms
        assert (icms.st_retido_base, icms.st_retido_valor) == (0, 0)


class TestIpiPisAndCofins:
    def test_ipi_is_in_the_base_of_the_icms_of_a_consumer_only(self) -> None:
        said = rule(ipi_cst="50", ipi_aliquota=Decimal(10), ipi_enquadramento="999")
        to_consumer = taxed(said, line("100.00"))
        to_reseller = taxed(said, line("100.00"), buyer=CONTRIBUTOR_BA)
        assert to_consumer.taxes.ipi is not None
        assert to_consumer.taxes.ipi.valor == 10
        assert (to_consumer.taxes.icms.base, to_reseller.taxes.icms.base) == (110, 100)
        assert destination_of(to_consumer).base == 110
        assert (to_consumer.taxes.pis.base, to_reseller.taxes.pis.base) == (Decimal("92.30"), 93)

    @given(st.integers(1, 1_000_000), st.integers(1, 60_00))
    def test_ipi_that_the_price_holds_is_taken_out_of_it_to_the_cent(self, whole: int, rate: int) -> None:
        price, percent = Decimal(whole).scaleb(-2), Decimal(rate).scaleb(-2)
        tax = taxed(rule(ipi_cst="50", ipi_aliquota=percent), line(str(price), holds_ipi=True))
        ipi = tax.taxes.ipi
        assert ipi is not None
        assert ipi.base + ipi.valor == tax.taxes.icms.base == price
        assert abs(ipi.valor - ipi.base * percent / 100) < CENT

    def test_ipi_that_is_not_taxed_is_only_named(self) -> None:
        ipi = taxed(rule(ipi_cst="53"), line()).taxes.ipi
        assert ipi is not None
        assert (ipi.cst, ipi.base, ipi.valor) == ("53", 0, 0)

    @pytest.mark.parametrize(
        ("exclusion", "base"),
        [
            (IcmsExclusion.NOTHING, "100.00"),
            (IcmsExclusion.OWN, "93.00"),
            (IcmsExclusion.ALL, "77.50"),  # without 7.00 of ICMS, 13.50 of DIFAL and 2.00 of FCP
        ],
    )
    def test_the_icms_is_taken_out_as_the_rule_says(self, exclusion: IcmsExclusion, base: str) -> None:
        tax = taxed(rule(icms_exclusion=exclusion), line("100.00"), rates=replace(TO_BA, fcp=Decimal(2)))
        assert (tax.taxes.pis.base, tax.taxes.cofins.base) == (Decimal(base), Decimal(base))

    @pytest.mark.parametrize("cst", ["04", "06", "08", "49"])
    def test_without_a_rate_have_neither_base_nor_value(self, cst: str) -> None:
        pis = taxed(rule(pis_cst=cst, pis_aliquota=Decimal(0)), line()).taxes.pis
        assert (pis.cst, pis.base, pis.valor) == (cst, 0, 0)

    def test_the_approximate_total_is_told_only_where_it_is_known(self) -> None:
        assert taxed(rule(burden_percent=Decimal("31.45")), line("100.00")).taxes.total == Decimal("31.45")


class TestIbsAndCbs:
    def test_are_left_out_where_the_tables_or_the_rule_have_none(self) -> None:
        assert taxed(rule(), line()).taxes.ibs_cbs is None
        without = rule(ibs_cbs_cst="", cclasstrib="")
        assert taxed(without, line(), rates=replace(TO_BA, ibs_cbs=OF_2026)).taxes.ibs_cbs is None

    def test_with_a_reduction_say_the_rate_that_is_left(self) -> None:
        said = rule(ibs_cbs_cst="200", cclasstrib="200034", ibs_reducao=Decimal(60), cbs_reducao=Decimal(60))
        one = ibs_cbs_of(taxed(said, line("1000.00"), rates=replace(TO_BA, ibs_cbs=OF_2026)))
        assert (one.ibs_uf_aliquota, one.ibs_uf_reducao, one.ibs_uf_efetiva) == (Decimal("0.1"), 60, Decimal("0.04"))
        assert (one.cbs_efetiva, one.cbs_valor) == (Decimal("0.36"), cents(one.base * Decimal("0.0036")))

    @pytest.mark.parametrize("cst", ["400", "410"])
    def test_that_are_not_owed_are_only_classified(self, cst: str) -> None:
        said = rule(ibs_cbs_cst=cst, cclasstrib=f"{cst}001")
        one = ibs_cbs_of(taxed(said, line(), rates=replace(TO_BA, ibs_cbs=OF_2026)))
        assert (one.is_taxed, one.base, one.cbs_valor) == (False, 0, 0)

    def test_from_2027_on_are_in_the_price(self) -> None:
        of_2027 = IbsCbsRates(Decimal("0.05"), Decimal("0.05"), Decimal("8.70"), is_inside=True)
        said = rule(cfop="5102", icms_aliquota=Decimal(0), pis_aliquota=Decimal(0), cofins_aliquota=Decimal(0))
        one = ibs_cbs_of(taxed(said, line("108.80"), rates=Rates(internal=Decimal(18), ibs_cbs=of_2027)))
        assert one.base == 100
        assert (one.ibs_uf_valor, one.ibs_mun_valor, one.ibs_valor) == (
            Decimal("0.05"),
            Decimal("0.05"),
            Decimal("0.10"),
        )
        assert one.base + one.ibs_valor + one.cbs_valor == Decimal("108.80")


def test_every_code_a_rule_may_say_is_one_that_a_nota_is_written_with() -> None:
    for regime, field, table in (
        (Regime.NORMAL, "icms_cst", codes.ICMS_CST),
        (Regime.SIMPLES, "csosn", codes.CSOSN),
    ):
        for code in table:
            said = rule(regime=regime, **{"icms_cst": "", "csosn": "", field: code}, icms_aliquota=Decimal(18))
            written = imposto(taxed(said, line(), rates=Rates(internal=Decimal(18), ibs_cbs=OF_2026)).taxes)
            assert f"<{'CST' if regime is Regime.NORMAL else 'CSOSN'}>{code}<" in written
    for code in codes.IPI_CST:
        assert f"<CST>{code}<" in imposto(taxed(rule(ipi_cst=code, ipi_aliquota=Decimal(5)), line()).taxes)
    for code in codes.PIS_COFINS_CST:
        assert f"<CST>{code}<" in imposto(taxed(rule(pis_cst=code), line()).taxes)
    for code in codes.IBS_CBS_CST:
        said = rule(ibs_cbs_cst=code, cclasstrib=f"{code}001")
        written = imposto(taxed(said, line(), rates=replace(TO_BA, ibs_cbs=OF_2026)).taxes)
        assert ("<gIBSCBS>" in written) == (code in codes.IBS_CBS_TAXED)
        assert f"<cClassTrib>{code}001<" in written


MONEY = st.decimals(min_value=0, max_value=99_999, places=2)
PERCENT = st.decimals(min_value=0, max_value=35, places=2)


@given(
    amount=st.decimals(min_value=Decimal("0.01"), max_value=999_999, places=2),
    freight=MONEY,
    share=st.integers(0, 100),
    internal=st.decimals(min_value=12, max_value=35, places=2),
    interstate=st.sampled_from(national.INTERSTATE),
    fcp=st.decimals(min_value=0, max_value=2, places=2),
    base=st.sampled_from(DifalBase),
    exclusion=st.sampled_from(IcmsExclusion),
    ipi=PERCENT,
)
def test_cents_close_whatever_is_sold(
    amount: Decimal,
    freight: Decimal,
    share: int,
    internal: Decimal,
    interstate: Decimal,
    fcp: Decimal,
    base: DifalBase,
    exclusion: IcmsExclusion,
    ipi: Decimal,
) -> None:
    """What SEFAZ checks of each item (815, 798 to 800, 1026 …) holds to the cent, and nothing is below zero."""
    said = rule(difal_base=base, icms_exclusion=exclusion, ipi_cst="50", ipi_aliquota=ipi)
    sold = line(str(amount), freight=freight, discount=cents(amount * share / 100))
    rates = Rates(internal=internal, fcp=fcp, interstate=interstate, ibs_cbs=OF_2026)
    taxes = taxed(said, sold, rates=rates).taxes

    due = taxes.destination
    assert due is not None
    assert due.valor_destino == cents(due.base * (due.aliquota_interna - due.aliquota_interestadual) / 100)
    assert due.fcp_valor == cents(due.fcp_base * due.fcp_aliquota / 100)
    assert due.aliquota_interestadual in national.INTERSTATE
    assert taxes.icms.valor == cents(taxes.icms.base * taxes.icms.aliquota / 100)
    assert taxes.ipi is not None
    if base is DifalBase.SINGLE:
        assert due.base == taxes.icms.base == sold.value + taxes.ipi.valor
    ibs_cbs = taxes.ibs_cbs
    assert ibs_cbs is not None
    owed = [taxes.icms.valor, due.valor_destino, due.fcp_valor, taxes.pis.valor, taxes.cofins.valor]
    assert ibs_cbs.base == max(sold.value - sum(owed), Decimal(0))
    assert ibs_cbs.ibs_valor == ibs_cbs.ibs_uf_valor + ibs_cbs.ibs_mun_valor
    figures = [*owed, ibs_cbs.base, ibs_cbs.cbs_valor, taxes.pis.base, taxes.cofins.base, due.base]
    for figure in figures:
        assert figure >= 0
        assert figure == figure.quantize(CENT)
