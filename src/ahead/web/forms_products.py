"""Forms of the products and of their list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms

from ahead.catalog import rules
from ahead.web.filtering import FilterForm
from ahead.web.meanwhile import ChangeForm

if TYPE_CHECKING:
    from ahead.catalog.models import Product
    from ahead.stock.models import Warehouse

SIZES = ("length_cm", "width_cm", "height_cm")
FIELDS = (
    *("code", "name", "reference", "gtin", "ncm", "origem", "cest", "unit", "brand", "model", "warranty"),
    *("weight_g", *SIZES, "cost", "price"),
)
_KIT = {"sim": True, "nao": False}


class ProductFilter(FilterForm):
    """What the list of products shows."""

    q = forms.CharField(
        label="Buscar por código, referência, GTIN ou descrição",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Código, referência, GTIN ou descrição"}),
    )
    situacao = forms.ChoiceField(
        label="Situação", required=False, choices=[("", "Todos"), ("ativos", "Ativos"), ("inativos", "Desativados")]
    )
    vinculo = forms.ChoiceField(
        label="No Tray",
        required=False,
        choices=[("", "Todos"), ("com", "Com anúncio vinculado"), ("sem", "Sem anúncio vinculado")],
    )
    kit = forms.ChoiceField(
        label="Kit", required=False, choices=[("", "Todos"), ("sim", "Só kits"), ("nao", "Sem kits")]
    )
    fiscal = forms.ChoiceField(
        label="Fiscal", required=False, choices=[("", "Todos"), ("com-ncm", "Com NCM"), ("sem-ncm", "Sem NCM")]
    )
    estoque = forms.ChoiceField(label="Estoque", required=False)

    def __init__(self, data: Any, *, warehouses: Sequence[Warehouse]) -> None:
        super().__init__(data)
        field = self.fields["estoque"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Todos"), *((str(place.pk), place.name) for place in warehouses)]

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of the query."""
        given = self.read()
        return {
            "search": given["q"],
            "active": {"ativos": True, "inativos": False}.get(given["situacao"]),
            "linked": {"com": True, "sem": False}.get(given["vinculo"]),
            "kits": _KIT.get(given["kit"]),
            "has_ncm": {"com-ncm": True, "sem-ncm": False}.get(given["fiscal"]),
            "warehouse_id": int(given["estoque"]) if given["estoque"] else None,
        }


class ProductForm(ChangeForm):
    """A product: one SKU of the company."""

    code = forms.CharField(label="Código AHEAD", max_length=30)
    name = forms.CharField(label="Descrição", max_length=200)
    reference = forms.CharField(
        label="Referência (SKU)",
        max_length=120,
        required=False,
        help_text="A mesma do anúncio no Tray: é por ela que os dois se encontram.",
    )
    gtin = forms.CharField(
        label="GTIN",
        max_length=30,
        required=False,
        widget=forms.TextInput({"inputmode": "numeric"}),
        help_text="O código de barras. Em branco se não tem.",
    )
    ncm = forms.CharField(label="NCM", max_length=12, required=False, widget=forms.TextInput({"inputmode": "numeric"}))
    origem = forms.ChoiceField(
        label="Origem",
        required=False,
        choices=[(digit, f"{digit} · {words}") for digit, words in rules.ORIGENS.items()],
        initial="0",
        help_text="De onde vem a mercadoria. Importadas pagam 4% de ICMS entre Estados.",
    )
    cest = forms.CharField(
        label="CEST",
        max_length=10,
        required=False,
        widget=forms.TextInput({"inputmode": "numeric"}),
        help_text="7 dígitos, se a mercadoria está na lista da substituição tributária.",
    )
    unit = forms.CharField(label="Unidade", max_length=6, initial="UN")
    brand = forms.CharField(label="Marca", max_length=120, required=False)
    model = forms.CharField(label="Modelo", max_length=150, required=False)
    warranty = forms.CharField(label="Garantia", max_length=250, required=False)
    weight_g = forms.CharField(label="Peso", max_length=20, required=False, help_text="Como 350 g ou 0,35 kg.")
    length_cm = forms.IntegerField(label="Comprimento (cm)", min_value=0, initial=0, required=False)
    width_cm = forms.IntegerField(label="Largura (cm)", min_value=0, initial=0, required=False)
    height_cm = forms.IntegerField(label="Altura (cm)", min_value=0, initial=0, required=False)
    cost = forms.DecimalField(
        label="Custo (R$)", min_value=0, max_digits=12, decimal_places=2, initial=0, localize=True
    )
    price = forms.DecimalField(
        label="Preço (R$)", min_value=0, max_digits=12, decimal_places=2, initial=0, localize=True
    )

    is_kit = forms.ChoiceField(
        label="Produto possui kit",
        required=False,
        choices=[("nao", "Não"), ("sim", "Sim")],
        initial="nao",
        widget=forms.RadioSelect,
        help_text="Um kit não tem estoque próprio: vende os componentes.",
    )

    def clean_weight_g(self) -> int:
        """Read a weight with its unit."""
        try:
            return rules.read_weight(self.cleaned_data["weight_g"])
        except rules.WrongProduct as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def clean_origem(self) -> str:
        """Take goods of which nothing is said for national ones."""
        return self.cleaned_data["origem"] or "0"

    def clean_is_kit(self) -> bool:
        """Return whether it is a kit."""
        return _KIT.get(self.cleaned_data["is_kit"], False)

    def clean(self) -> dict[str, Any]:
        """Take a size that was left blank for zero."""
        given = super().clean() or {}
        return {**given, **{name: given[name] or 0 for name in SIZES if name in given}}


def initial_of(product: Product) -> dict[str, Any]:
    """Return what the form of a product shows."""
    shown = {name: getattr(product, name) for name in FIELDS}
    return {
        **shown,
        "weight_g": rules.weight_text(product.weight_g),
        "is_kit": "sim" if product.is_kit else "nao",
    }
