"""Forms of the Estoques and of what moves in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms

from ahead.stock.rules import MOST_UNITS
from ahead.web.filtering import FilterForm
from ahead.web.meanwhile import ChangeForm

if TYPE_CHECKING:
    from ahead.stock.models import Warehouse

KINDS = {
    "entrada": "Entrada",
    "saida": "Saída",
    "contagem": "Contagem",
    "transferencia": "Transferência",
}


class WarehouseForm(forms.Form):
    """An Estoque."""

    name = forms.CharField(label="Nome", max_length=80)
    code = forms.IntegerField(
        label="Código", required=False, min_value=1, max_value=999_999, help_text="Em branco: o próximo número livre."
    )


class WarehouseChangeForm(WarehouseForm, ChangeForm):
    """An Estoque that exists: it may go out of use."""

    is_active = forms.BooleanField(
        label="Em uso", required=False, help_text="Fora de uso, não recebe movimentos nem é oferecido às Lojas."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = True
        self.fields["code"].help_text = ""


class WarehouseFilter(FilterForm):
    """What the list of Estoques shows."""

    q = forms.CharField(
        label="Buscar Estoque",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Código ou nome"}),
    )
    situacao = forms.ChoiceField(
        label="Situação", required=False, choices=[("", "Todos"), ("em-uso", "Em uso"), ("fora-de-uso", "Fora de uso")]
    )

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        active = {"em-uso": True, "fora-de-uso": False}.get(given["situacao"])
        return {"search": given["q"], "active": active}


class BalanceFilter(FilterForm):
    """What the balances of an Estoque show."""

    q = forms.CharField(
        label="Buscar produto",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Código, referência, GTIN ou descrição"}),
    )


class MovementForm(forms.Form):
    """What enters, leaves, was counted or changes place; `kind` decides which fields there are."""

    product = forms.CharField(
        label="Produto",
        max_length=200,
        help_text="Código, referência ou GTIN.",
        widget=forms.TextInput({"list": "product-options", "autocomplete": "off"}),
    )
    warehouse = forms.ChoiceField(label="Estoque")
    target = forms.ChoiceField(label="Para o Estoque")
    quantity = forms.IntegerField(label="Quantidade", min_value=1, max_value=MOST_UNITS)
    reason = forms.CharField(label="Motivo", max_length=200, help_text="Fica no livro de movimentos do produto.")

    def __init__(self, data: Any = None, *, kind: str, warehouses: Sequence[Warehouse], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choices = [(str(place.pk), f"{place.code} · {place.name}") for place in warehouses]
        for name in ("warehouse", "target"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices
        if kind == "transferencia":
            self.fields["warehouse"].label = "Do Estoque"
            target = self.fields["target"]
            if isinstance(target, forms.ChoiceField):
                target.choices = [("", "Escolha"), *choices]
        else:
            del self.fields["target"]
        if kind == "contagem":
            self.fields["quantity"] = forms.IntegerField(
                label="Quantidade contada",
                min_value=0,
                max_value=MOST_UNITS,
                help_text="O que há de fato; o sistema lança a diferença.",
            )
            self.order_fields(["product", "warehouse", "quantity", "reason"])
