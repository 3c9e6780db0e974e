"""Forms of what the tax rules depend on: naturezas, groups, rates, defaults; and of the simulator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms

from ahead.taxes.defaults import CRTS
from ahead.taxes.national import UFS
from ahead.taxes.values import Buyer, Issuer, Kind
from ahead.web.days import DayField
from ahead.web.filtering import FilterForm
from ahead.web.forms_tax_rules import choose, enum_choices, rate_field
from ahead.web.meanwhile import ChangeForm

_UFS = [("", "—"), *((uf, f"{uf} · {name}") for uf, name in UFS.items())]
_CRTS = [("", "—"), *CRTS.items()]
BUYERS = {
    "consumidor": "Consumidor final, não contribuinte",
    "uso": "Contribuinte, para uso próprio",
    "revenda": "Contribuinte, para revenda",
}


class NaturezaForm(ChangeForm):
    """A natureza de operação."""

    name = forms.CharField(label="Nome", max_length=60, help_text="Vai impresso na nota, como «Venda de mercadoria».")
    kind = forms.ChoiceField(label="Tipo", choices=enum_choices(Kind))
    is_entry = forms.BooleanField(label="É uma entrada", required=False, help_text="Como a devolução de uma venda.")
    is_active = forms.BooleanField(label="Em uso", required=False, initial=True)


class GroupForm(ChangeForm):
    """A group of products that are taxed alike."""

    name = forms.CharField(label="Nome", max_length=80)
    note = forms.CharField(label="Observação", max_length=300, required=False)
    prefixes = forms.CharField(
        label="NCM",
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text="Um por linha: o NCM inteiro ou o começo dele, como 2202. Entre grupos, vale o começo mais longo.",
    )
    products = forms.CharField(
        label="Produtos",
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text="Um código por linha. Valem mais que o NCM: para o que é tributado à parte.",
    )

    def clean_prefixes(self) -> list[str]:
        """Return each NCM."""
        return [text for text in re.split(r"[\n,;]+", self.cleaned_data["prefixes"]) if text.strip()]

    def clean_products(self) -> list[str]:
        """Return each code."""
        return [text.strip() for text in re.split(r"[\n;]+", self.cleaned_data["products"]) if text.strip()]


class GroupFilter(FilterForm):
    """What the list of groups shows."""

    q = forms.CharField(
        label="Buscar grupo",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Nome ou NCM"}),
    )


class StateRateForm(forms.Form):
    """The internal rate of a UF, as the company's accountant says."""

    uf = forms.ChoiceField(label="UF", choices=_UFS)
    internal = rate_field("Alíquota interna", required=True)
    fcp = rate_field("FCP", "Em branco: nenhum.")
    valid_from = DayField(label="Vale desde")
    last_day = DayField(label="Vale até", required=False, help_text="O último dia. Em branco: sem fim marcado.")

    def said(self) -> dict[str, Any]:
        """Return the arguments of the operation."""
        given = self.cleaned_data
        last_day = given["last_day"]
        return {
            **{name: given[name] for name in ("uf", "internal", "valid_from")},
            "fcp": given["fcp"] or Decimal(0),
            "valid_until": last_day and last_day + timedelta(days=1),
        }


class IbsCbsForm(forms.Form):
    """The rates of IBS and CBS from a day of 2027 on."""

    ibs_uf = rate_field("IBS da UF", required=True)
    ibs_mun = rate_field("IBS do município", required=True)
    cbs = rate_field("CBS", required=True)
    valid_from = DayField(label="Vale desde")


class IssuerForm(forms.Form):
    """Who issues: what the company's tax data will say by itself once they are there."""

    crt = forms.ChoiceField(label="Regime da empresa (CRT)", choices=_CRTS)
    uf = forms.ChoiceField(label="UF da empresa", choices=_UFS)

    def issuer(self) -> Issuer:
        """Return who issues."""
        return Issuer(self.cleaned_data["crt"], self.cleaned_data["uf"])


class DefaultsForm(forms.Form):
    """What the rules to begin with depend on."""

    crt = forms.ChoiceField(label="Regime da empresa (CRT)", choices=_CRTS)
    pis_cofins = forms.ChoiceField(
        label="PIS e COFINS",
        choices=[
            ("nao-cumulativo", "Não cumulativo: 1,65% e 7,6% (lucro real)"),
            ("cumulativo", "Cumulativo: 0,65% e 3% (lucro presumido)"),
        ],
        help_text="No Simples não faz diferença: são pagos no DAS.",
    )
    valid_from = DayField(label="Valem desde")

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of the domain."""
        given = self.cleaned_data
        is_cumulative = given["pis_cofins"] == "cumulativo"
        return {"crt": given["crt"], "is_cumulative": is_cumulative, "valid_from": given["valid_from"]}


def _money_field(label: str, *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{label} (R$)", required=required, min_value=0, max_digits=12, decimal_places=2, localize=True
    )


class SimulationForm(IssuerForm):
    """A sale that is only tried: which product, to whom, for how much."""

    product = forms.CharField(
        label="Produto",
        max_length=200,
        help_text="Código, referência ou GTIN.",
        widget=forms.TextInput({"list": "product-options", "autocomplete": "off"}),
    )
    natureza = forms.ChoiceField(label="Natureza de operação")
    destino = forms.ChoiceField(label="UF de entrega", choices=_UFS)
    comprador = forms.ChoiceField(label="Comprador", choices=list(BUYERS.items()))
    valor = _money_field("Valor dos produtos", required=True)
    frete = _money_field("Frete")
    seguro = _money_field("Seguro")
    desconto = _money_field("Desconto")
    outras = _money_field("Outras despesas")
    dia = DayField(label="Dia da nota")

    def __init__(self, *args: Any, naturezas: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "natureza", [(str(one.pk), one.name) for one in naturezas])

    def clean(self) -> dict[str, Any]:
        """Make sure that something is left after the discount."""
        given = super().clean() or {}
        if (given.get("desconto") or 0) > (given.get("valor") or 0):
            self.add_error("desconto", "O desconto não pode passar do valor dos produtos.")
        return given

    def buyer(self) -> Buyer:
        """Return to whom it is sold."""
        kind = self.cleaned_data["comprador"]
        return Buyer(
            uf=self.cleaned_data["destino"], is_contributor=kind != "consumidor", is_consumer=kind != "revenda"
        )
