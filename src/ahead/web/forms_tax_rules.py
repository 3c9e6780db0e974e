"""Forms of the tax rules and of their list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django import forms

from ahead.taxes import codes
from ahead.taxes.national import UFS
from ahead.taxes.values import LABELS, BuyerKind, Destination, DifalBase, IcmsExclusion, Regime, Rule
from ahead.web.days import DayField
from ahead.web.filtering import FilterForm
from ahead.web.meanwhile import ChangeForm

_STATES = {"held": "Em vigor", "ending": "Terminam em 30 dias", "coming": "Ainda por valer", "ended": "Encerradas"}
_UF_CHOICES = [("", "—"), *((uf, f"{uf} · {name}") for uf, name in UFS.items())]
_ENUMS: Mapping[str, type[StrEnum]] = {
    "destination": Destination,
    "buyer": BuyerKind,
    "regime": Regime,
    "difal_base": DifalBase,
    "icms_exclusion": IcmsExclusion,
}
# blank is "of the table", or "not told"; of every other rate it is zero
_MAY_BE_BLANK = {"icms_aliquota", "fcp_aliquota", "st_base_percent", "destination_aliquota", "burden_percent"}
_PLAIN = tuple(
    one.name
    for one in fields(Rule)
    if one.name not in {*_ENUMS, "id", "natureza", "group", "natureza_id", "group_id", "valid_until"}
)


def enum_choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Return the choices of a kind of value, as people call them."""
    return [(one.value, LABELS[one][:1].upper() + LABELS[one][1:]) for one in kind]


def code_choices(table: Mapping[str, str], blank: str = "—") -> list[tuple[str, str]]:
    """Return the codes of a table of the law with their meanings."""
    return [("", blank), *((code, f"{code} · {words}") for code, words in table.items())]


def rate_field(label: str, help_text: str = "", *, required: bool = False, most: int = 100) -> forms.DecimalField:
    """Return a field for a percentage."""
    return forms.DecimalField(
        label=f"{label} (%)",
        required=required,
        min_value=0,
        max_value=most,
        max_digits=8,
        decimal_places=4,
        localize=True,
        help_text=help_text,
    )


def shown_rate(rate: Decimal | None) -> Decimal | None:
    """Return a rate without the zeros that only the column gave it."""
    if rate is None:
        return None
    text = f"{rate:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


class RuleFilter(FilterForm):
    """What the list of tax rules shows."""

    q = forms.CharField(
        label="Buscar por CFOP, CST, CSOSN, natureza ou grupo",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "CFOP, CST, natureza ou grupo"}),
    )
    natureza = forms.ChoiceField(label="Natureza", required=False)
    grupo = forms.ChoiceField(label="Grupo", required=False)
    regime = forms.ChoiceField(label="Regime", required=False, choices=[("", "Todos"), *enum_choices(Regime)])
    comprador = forms.ChoiceField(label="Comprador", required=False, choices=[("", "Todos"), *enum_choices(BuyerKind)])
    situacao = forms.ChoiceField(label="Situação", required=False, choices=[("", "Todas"), *_STATES.items()])

    def __init__(self, data: Any, *, naturezas: Sequence[Any], groups: Sequence[Any]) -> None:
        super().__init__(data)
        choose(self, "natureza", [("", "Todas"), *((str(one.pk), one.name) for one in naturezas)])
        choose(self, "grupo", [("", "Todos"), ("0", "Nenhum"), *((str(one.pk), one.name) for one in groups)])

    def wanted(self, today: date) -> dict[str, Any]:
        """Return the arguments of the query."""
        given = self.read()
        return {
            "search": given["q"],
            "natureza_id": int(given["natureza"]) if given["natureza"] else None,
            "group_id": int(given["grupo"]) if given["grupo"] else None,
            "regime": given["regime"],
            "buyer": given["comprador"],
            "state": given["situacao"],
            "on": today,
        }


def choose(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    """Give a field of a form its choices."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class RuleForm(ChangeForm):
    """A tax rule: when it applies, and what it says."""

    natureza_id = forms.ChoiceField(label="Natureza de operação")
    group_id = forms.ChoiceField(
        label="Grupo tributário", required=False, help_text="Em branco: todos os produtos sem regra do seu grupo."
    )
    destination = forms.ChoiceField(label="Destino", choices=enum_choices(Destination), help_text="Visto da empresa.")
    destination_uf = forms.ChoiceField(
        label="UF de destino", required=False, choices=_UF_CHOICES, help_text="Só se o destino é uma UF."
    )
    buyer = forms.ChoiceField(label="Comprador", choices=enum_choices(BuyerKind), help_text="Contribuinte tem IE.")
    regime = forms.ChoiceField(label="Regime da empresa", choices=enum_choices(Regime))
    origin_uf = forms.ChoiceField(
        label="UF de origem", required=False, choices=_UF_CHOICES, help_text="Em branco: a da empresa."
    )
    valid_from = DayField(label="Vale desde")
    last_day = DayField(label="Vale até", required=False, help_text="O último dia. Em branco: sem fim marcado.")

    cfop = forms.CharField(
        label="CFOP",
        max_length=5,
        widget=forms.TextInput({"inputmode": "numeric"}),
        help_text="Revenda: 5102, 6102 ou 6108; com ST retida: 5405 ou 6404.",
    )
    icms_cst = forms.ChoiceField(
        label="CST do ICMS",
        required=False,
        choices=code_choices(codes.ICMS_CST),
        help_text="No regime normal. Não saem por aqui: substituto (10, 30, 70), diferimento (51), monofásicos.",
    )
    csosn = forms.ChoiceField(
        label="CSOSN",
        required=False,
        choices=code_choices(codes.CSOSN),
        help_text="No Simples. Não saem por aqui: substituto na venda (201 a 203).",
    )
    icms_aliquota = rate_field("Alíquota do ICMS", "Em branco: a da tabela, interna ou interestadual.")
    icms_reducao = rate_field("Redução da base do ICMS", "Na CST 20: por quanto a base diminui.")
    fcp_aliquota = rate_field("FCP", "Em branco: o geral da UF. Zero: nenhum.")
    credito_aliquota = rate_field("Crédito do Simples", "No CSOSN 101: a alíquota do mês.")

    has_difal = forms.BooleanField(
        label="Calcular DIFAL", required=False, help_text="Regime normal, para não contribuinte de outra UF."
    )
    difal_base = forms.ChoiceField(label="Base do DIFAL", choices=enum_choices(DifalBase))
    destination_aliquota = rate_field("Alíquota interna do destino", "Em branco: a da tabela de alíquotas por UF.")

    st_base_percent = rate_field("Base da ST retida", "Em % da mercadoria. Em branco: a nota não a informa.", most=999)
    st_aliquota = rate_field("Alíquota da ST")
    st_fcp_aliquota = rate_field("FCP da ST")
    st_substituto_percent = rate_field("ICMS próprio do substituto", "Em % da mercadoria.")

    ipi_cst = forms.ChoiceField(
        label="CST do IPI",
        required=False,
        choices=code_choices(codes.IPI_CST, "Sem IPI"),
        help_text="Quem só revende não tem IPI.",
    )
    ipi_enquadramento = forms.CharField(label="Enquadramento do IPI", max_length=3, required=False)
    ipi_aliquota = rate_field("Alíquota do IPI")

    pis_cst = forms.ChoiceField(label="CST do PIS", choices=code_choices(codes.PIS_COFINS_CST))
    pis_aliquota = rate_field("Alíquota do PIS")
    cofins_cst = forms.ChoiceField(label="CST da COFINS", choices=code_choices(codes.PIS_COFINS_CST))
    cofins_aliquota = rate_field("Alíquota da COFINS")
    icms_exclusion = forms.ChoiceField(label="ICMS na base", choices=enum_choices(IcmsExclusion))

    ibs_cbs_cst = forms.ChoiceField(
        label="CST do IBS e da CBS",
        required=False,
        choices=code_choices(codes.IBS_CBS_CST, "Sem IBS e CBS"),
        help_text="Em 2026, só o regime normal (CRT 3) informa.",
    )
    cclasstrib = forms.CharField(
        label="cClassTrib", max_length=6, required=False, help_text="6 dígitos; começa com a CST. Integral: 000001."
    )
    ibs_reducao = rate_field("Redução do IBS")
    cbs_reducao = rate_field("Redução da CBS")

    beneficio = forms.CharField(
        label="cBenef", max_length=10, required=False, help_text="Código de benefício fiscal da UF, se há um."
    )
    burden_percent = rate_field("Tributos aproximados", "Lei 12.741, como no IBPT. Em branco: não informados.")
    information = forms.CharField(
        label="Informações adicionais",
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="Vão nas notas em que a regra vale.",
    )

    def __init__(self, *args: Any, naturezas: Sequence[Any], groups: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "natureza_id", [("", "Escolha"), *((str(one.pk), one.name) for one in naturezas)])
        choose(self, "group_id", [("", "Todos os produtos"), *((str(one.pk), one.name) for one in groups)])

    def clean_cfop(self) -> str:
        """Take the point out of 5.102."""
        return str(self.cleaned_data["cfop"]).replace(".", "")

    def rule(self) -> Rule:
        """Return what was typed as a rule."""
        given = self.cleaned_data
        said: dict[str, Any] = {name: given[name] for name in _PLAIN}
        for name, value in said.items():
            if value is None and name not in _MAY_BE_BLANK:
                said[name] = Decimal(0)
        said |= {name: kind(given[name]) for name, kind in _ENUMS.items()}
        said["ipi_enquadramento"] = said["ipi_enquadramento"] or "999"
        last_day = given["last_day"]
        return Rule(
            id=0,
            natureza_id=int(given["natureza_id"]),
            group_id=int(given["group_id"]) if given["group_id"] else None,
            valid_until=last_day and last_day + timedelta(days=1),
            **said,
        )


def initial_of(rule: Rule) -> dict[str, Any]:
    """Return what the form of a rule shows."""
    shown: dict[str, Any] = {name: getattr(rule, name) for name in (*_PLAIN, *_ENUMS)}
    for name, value in shown.items():
        if isinstance(value, Decimal):
            shown[name] = shown_rate(value)
    return {
        **shown,
        "natureza_id": str(rule.natureza_id),
        "group_id": str(rule.group_id or ""),
        "last_day": rule.valid_until and rule.valid_until - timedelta(days=1),
    }


class EndForm(forms.Form):
    """The last day of a rule."""

    last_day = DayField(label="Último dia em que vale")
