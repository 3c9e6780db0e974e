"""Tax rules of a company, and what they depend on: naturezas, groups of products, rates of its own."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import F, Q

from ahead.db.tenancy import TenantModel
from ahead.taxes import codes
from ahead.taxes.national import OPEN_FROM, UFS
from ahead.taxes.values import (
    LABELS,
    BuyerKind,
    Destination,
    DifalBase,
    IcmsExclusion,
    Kind,
    Regime,
)

_UFS = list(UFS)


def _choices(of: type[StrEnum]) -> list[tuple[str, str]]:
    return [(one.value, LABELS[one]) for one in of]


def _values(of: type[StrEnum]) -> list[str]:
    return [one.value for one in of]


def _percent(label: str, **more: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(label, max_digits=7, decimal_places=4, **more)


def _is_percent(field: str, name: str) -> models.CheckConstraint:
    between = Q(**{f"{field}__gte": 0}) & Q(**{f"{field}__lte": 100})
    return models.CheckConstraint(condition=between | Q(**{f"{field}__isnull": True}), name=name)


def _ends_after_it_begins(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name=name)


class Natureza(TenantModel):
    """A Natureza de operação: what a nota is about, in the words it prints."""

    name = models.CharField("Nome", max_length=60)
    kind = models.CharField("Tipo", max_length=8, choices=_choices(Kind), default=Kind.SALE.value)
    is_entry = models.BooleanField("Entrada", default=False)
    is_active = models.BooleanField("Em uso", default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="one_natureza_per_name"),
            models.CheckConstraint(condition=Q(kind__in=_values(Kind)), name="natureza_has_known_kind"),
            models.CheckConstraint(condition=~Q(kind=Kind.SALE.value) | Q(is_entry=False), name="sale_is_no_entry"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProductGroup(TenantModel):
    """A Grupo tributário: products that are taxed alike."""

    name = models.CharField("Nome", max_length=80)
    note = models.CharField("Observação", max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="one_group_per_name")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class GroupPrefix(TenantModel):
    """All products whose NCM begins so are of a group; the longest prefix wins."""

    group = models.ForeignKey(ProductGroup, on_delete=models.CASCADE, related_name="prefixes")
    prefix = models.CharField("NCM", max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "prefix"], name="one_group_per_prefix")]
        ordering = ["prefix"]

    def __str__(self) -> str:
        return self.prefix


class GroupProduct(TenantModel):
    """One product is of a group, whatever its NCM."""

    group = models.ForeignKey(ProductGroup, on_delete=models.CASCADE, related_name="members")
    product = models.ForeignKey("catalog.Product", on_delete=models.CASCADE, related_name="tax_groups")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "product"], name="one_group_per_product")]

    def __str__(self) -> str:
        return f"{self.group_id} · {self.product_id}"


class StateRate(TenantModel):
    """The internal rate of a UF and its FCP as this company's accountant says, in place of the national table's."""

    uf = models.CharField("UF", max_length=2)
    internal = _percent("Alíquota interna")
    fcp = _percent("FCP", default=0)
    valid_from = models.DateField("Vale de")
    valid_until = models.DateField("Vale até antes de", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "uf", "valid_from"], name="one_rate_per_uf_and_day"),
            models.CheckConstraint(condition=Q(uf__in=_UFS), name="rate_of_known_uf"),
            _is_percent("internal", "internal_is_percent"),
            _is_percent("fcp", "fcp_is_percent"),
            _ends_after_it_begins("rate_ends_after_it_begins"),
        ]
        ordering = ["uf", "valid_from"]

    def __str__(self) -> str:
        return f"{self.uf} {self.internal}"

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds, as people say it."""
        return self.valid_until and self.valid_until - timedelta(days=1)


class IbsCbsRate(TenantModel):
    """The rates of IBS and CBS from a day on, where the law we know gives none (2027)."""

    ibs_uf = _percent("IBS da UF")
    ibs_mun = _percent("IBS do município")
    cbs = _percent("CBS")
    valid_from = models.DateField("Vale de")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "valid_from"], name="one_ibs_cbs_rate_per_day"),
            _is_percent("ibs_uf", "ibs_uf_is_percent"),
            _is_percent("ibs_mun", "ibs_mun_is_percent"),
            _is_percent("cbs", "cbs_is_percent"),
            models.CheckConstraint(condition=Q(valid_from__gte=OPEN_FROM), name="law_gives_the_rates_of_2026"),
        ]
        ordering = ["valid_from"]

    def __str__(self) -> str:
        return f"{self.valid_from} {self.cbs}"


class TaxRule(TenantModel):
    """
    A Regra tributária: when it applies, and what it says. Rates are percentages.

    A rate left out is the national table's. `valid_until` is the first day on which the rule does not hold any more.
    """

    natureza = models.ForeignKey(Natureza, on_delete=models.PROTECT, related_name="rules")
    group = models.ForeignKey(ProductGroup, null=True, on_delete=models.PROTECT, related_name="rules")
    origin_uf = models.CharField("UF de origem", max_length=2, blank=True)
    destination = models.CharField(max_length=5, choices=_choices(Destination))
    destination_uf = models.CharField("UF de destino", max_length=2, blank=True)
    buyer = models.CharField("Comprador", max_length=11, choices=_choices(BuyerKind), default=BuyerKind.ANY.value)
    regime = models.CharField("Regime", max_length=8, choices=_choices(Regime))
    valid_from = models.DateField("Vale de")
    valid_until = models.DateField("Vale até antes de", null=True)

    cfop = models.CharField("CFOP", max_length=4)
    icms_cst = models.CharField("CST do ICMS", max_length=2, blank=True)
    csosn = models.CharField("CSOSN", max_length=3, blank=True)
    icms_reducao = _percent("Redução da base do ICMS", default=0)
    icms_aliquota = _percent("Alíquota do ICMS", null=True)
    fcp_aliquota = _percent("FCP", null=True)
    credito_aliquota = _percent("Crédito do Simples", default=0)
    st_base_percent = models.DecimalField("Base da ST retida", max_digits=8, decimal_places=4, null=True)
    st_aliquota = _percent("Alíquota da ST retida", default=0)
    st_fcp_aliquota = _percent("FCP da ST retida", default=0)
    st_substituto_percent = _percent("ICMS próprio do substituto", default=0)
    has_difal = models.BooleanField("DIFAL", default=True)
    difal_base = models.CharField(
        "Base do DIFAL", max_length=6, choices=_choices(DifalBase), default=DifalBase.SINGLE.value
    )
    destination_aliquota = _percent("Alíquota interna do destino", null=True)
    ipi_cst = models.CharField("CST do IPI", max_length=2, blank=True)
    ipi_enquadramento = models.CharField("Enquadramento do IPI", max_length=3, default="999")
    ipi_aliquota = _percent("Alíquota do IPI", default=0)
    pis_cst = models.CharField("CST do PIS", max_length=2)
    pis_aliquota = _percent("Alíquota do PIS", default=0)
    cofins_cst = models.CharField("CST da COFINS", max_length=2)
    cofins_aliquota = _percent("Alíquota da COFINS", default=0)
    icms_exclusion = models.CharField(
        "ICMS na base do PIS e da COFINS",
        max_length=7,
        choices=_choices(IcmsExclusion),
        default=IcmsExclusion.OWN.value,
    )
    ibs_cbs_cst = models.CharField("CST do IBS e da CBS", max_length=3, blank=True)
    cclasstrib = models.CharField("cClassTrib", max_length=6, blank=True)
    ibs_reducao = _percent("Redução do IBS", default=0)
    cbs_reducao = _percent("Redução da CBS", default=0)
    burden_percent = _percent("Tributos aproximados", null=True)
    beneficio = models.CharField("cBenef", max_length=10, blank=True)
    information = models.CharField("Informações adicionais", max_length=500, blank=True)

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            _ends_after_it_begins("rule_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(destination=Destination.UF.value, destination_uf__in=_UFS)
                | Q(destination__in=[Destination.SAME.value, Destination.OTHER.value], destination_uf=""),
                name="rule_names_its_uf",
            ),
            models.CheckConstraint(condition=Q(origin_uf__in=["", *_UFS]), name="rule_of_known_origin"),
            models.CheckConstraint(condition=Q(buyer__in=_values(BuyerKind)), name="rule_of_known_buyer"),
            models.CheckConstraint(
                condition=Q(regime=Regime.NORMAL.value, icms_cst__in=list(codes.ICMS_CST), csosn="")
                | Q(regime=Regime.SIMPLES.value, csosn__in=list(codes.CSOSN), icms_cst=""),
                name="rule_has_cst_or_csosn",
            ),
            models.CheckConstraint(condition=Q(ipi_cst__in=["", *codes.IPI_CST]), name="rule_has_known_ipi"),
            models.CheckConstraint(
                condition=Q(pis_cst__in=list(codes.PIS_COFINS_CST), cofins_cst__in=list(codes.PIS_COFINS_CST)),
                name="rule_has_known_pis_cofins",
            ),
            models.CheckConstraint(
                condition=Q(ibs_cbs_cst="", cclasstrib="")
                | (Q(ibs_cbs_cst__in=list(codes.IBS_CBS_CST)) & ~Q(cclasstrib="")),
                name="rule_has_cst_with_class",
            ),
            models.CheckConstraint(
                condition=Q(difal_base__in=_values(DifalBase), icms_exclusion__in=_values(IcmsExclusion)),
                name="rule_has_known_bases",
            ),
            *(
                _is_percent(field, f"rule_{field}")
                for field in (
                    *("icms_reducao", "icms_aliquota", "fcp_aliquota", "credito_aliquota", "st_aliquota"),
                    *("destination_aliquota", "ipi_aliquota", "pis_aliquota", "cofins_aliquota", "ibs_reducao"),
                    *("cbs_reducao", "burden_percent"),
                )
            ),
        ]
        indexes = [models.Index(fields=["company", "natureza", "valid_from"], name="rules_of_natureza")]

    def __str__(self) -> str:
        return f"{self.natureza_id} CFOP {self.cfop}"

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds, as people say it."""
        return self.valid_until and self.valid_until - timedelta(days=1)
