"""Forms of the Produtos Ecommerce and of their list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms

from ahead.catalog.listing_rules import STATES
from ahead.web.days import DayField
from ahead.web.filtering import FilterForm
from ahead.web.meanwhile import ChangeForm
from ahead.web.store_choices import offer_stores

if TYPE_CHECKING:
    from ahead.catalog.category_queries import CategoryRow
    from ahead.catalog.models import Listing
    from ahead.stores.models import Store

FIELDS = (
    *("title", "reference", "category_id", "description_small", "description", "price", "is_price_on_request"),
    *("promotional_price", "promotion_starts_on", "promotion_ends_on", "is_visible", "availability"),
    *("availability_days", "is_virtual", "releases_on", "page_title", "keywords", "meta_description"),
)


def _choose(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class ListingFilter(FilterForm):
    """What the list of Produtos Ecommerce shows."""

    q = forms.CharField(
        label="Buscar por título, referência, código, GTIN ou número no Tray",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Título, referência, código ou GTIN"}),
    )
    loja = forms.ChoiceField(label="Loja", required=False)
    categoria = forms.ChoiceField(label="Categoria", required=False)
    situacao = forms.ChoiceField(label="Situação", required=False, choices=[("", "Todas"), *STATES.items()])
    tipo = forms.ChoiceField(
        label="Tipo",
        required=False,
        choices=[("", "Todos"), ("simples", "Sem variações"), ("variacoes", "Com variações"), ("kits", "Kits")],
    )

    def __init__(
        self, data: Any, *, stores: Sequence[Store], categories: Sequence[tuple[str, list[tuple[int, str]]]]
    ) -> None:
        super().__init__(data)
        offer_stores(self, stores)
        groups = [(name, [(str(pk), text.strip()) for pk, text in options]) for name, options in categories if options]
        _choose(self, "categoria", [("", "Todas"), *(groups if len(groups) > 1 else groups[0][1] if groups else [])])

    def wanted(self) -> dict[str, Any]:
        """Return the arguments of the query."""
        given = self.read()
        kind = given["tipo"]
        return {
            "search": given["q"],
            "store_id": int(given["loja"]) if given["loja"] else None,
            "category_id": int(given["categoria"]) if given["categoria"] else None,
            "state": given["situacao"],
            "is_kit": {"kits": True, "simples": False}.get(kind),
            "has_variants": {"variacoes": True, "simples": False}.get(kind),
        }


class NewListingForm(forms.Form):
    """Where something shall be sold, and what."""

    store = forms.ChoiceField(label="Loja")
    products = forms.CharField(
        label="Produtos",
        max_length=8000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Código, referência ou GTIN, um por linha. Um produto, ou um kit, é um anúncio simples; "
        "vários são as variações de um anúncio só.",
    )
    axis_1 = forms.CharField(
        label="Primeira variação", max_length=60, required=False, help_text="Só com vários produtos: Cor, Sabor…"
    )
    axis_2 = forms.CharField(
        label="Segunda variação", max_length=60, required=False, help_text="Se houver: Tamanho, Voltagem…"
    )

    def __init__(self, *args: Any, stores: Sequence[Store], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "store", [(str(store.pk), store.name) for store in stores])


def _money(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=0, max_digits=12, decimal_places=2, required=False, localize=True, help_text=help_text
    )


def _day(label: str, help_text: str = "") -> DayField:
    return DayField(label=label, required=False, help_text=help_text)


def _text(label: str, longest: int, help_text: str = "", *, rows: int = 0, **attributes: str) -> forms.CharField:
    widget = forms.Textarea({"rows": rows, **attributes}) if rows else forms.TextInput(attributes)
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget, help_text=help_text)


class ListingForm(ChangeForm):
    """A Produto Ecommerce: what one store says of a product."""

    title = forms.CharField(label="Título", max_length=200, help_text="O nome do anúncio na loja.")
    reference = forms.CharField(
        label="Referência (SKU)", max_length=120, help_text="Identifica o anúncio no Tray e nos marketplaces."
    )
    category_id = forms.TypedChoiceField(label="Categoria", coerce=int, empty_value=None)
    additional_categories = forms.TypedMultipleChoiceField(
        label="Também em", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    price = _money("Preço nesta loja (R$)")
    is_price_on_request = forms.BooleanField(
        label="Preço sob consulta", required=False, help_text="A loja não mostra preço nem vende: o cliente pergunta."
    )
    promotional_price = _money("Preço promocional (R$)")
    promotion_starts_on = _day("Promoção de")
    promotion_ends_on = _day("Promoção até", "Os dois dias contam.")
    description_small = _text("Descrição curta", 500, "Um resumo, até 500 letras.", rows=2)
    description = _text("Descrição", 40_000, "Até 4.800 letras com a formatação.", rows=8, **{"data-rich-text": ""})
    is_visible = forms.BooleanField(label="Visível na loja", required=False)
    is_virtual = forms.BooleanField(
        label="Produto virtual", required=False, help_text="Não é enviado: não pede peso nem medidas."
    )
    availability = _text("Disponibilidade", 120, "O que a loja escreve: Imediata, Sob encomenda…")
    availability_days = forms.IntegerField(label="Dias para envio", min_value=0, max_value=365, required=False)
    releases_on = _day("Lançamento", "Só para o que ainda vai ser lançado.")
    page_title = _text("Título da página", 200, "Em branco: o título do anúncio.")
    keywords = _text("Palavras-chave", 256, "Separadas por vírgulas.")
    meta_description = _text("Descrição para buscadores", 256, "O que o buscador mostra abaixo do título.", rows=2)

    def __init__(
        self, data: Any = None, *, categories: Sequence[CategoryRow], is_draft: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        paths = [(row.category.pk, row.path) for row in categories if row.state != "gone"]
        _choose(self, "category_id", [("", "Escolha"), *paths])
        _choose(self, "additional_categories", paths)
        if is_draft:  # a draft may lack what a listing must have in the end
            for name in ("reference", "category_id"):
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Take a number of days that was left blank for none."""
        given = super().clean() or {}
        return {**given, "availability_days": given.get("availability_days") or 0}


def initial_of(listing: Listing) -> dict[str, Any]:
    """Return what the form of a listing shows."""
    return {name: getattr(listing, name) for name in FIELDS}


class CombinationForm(forms.Form):
    """The axes of the variations, and the values to be combined."""

    axis_1 = forms.CharField(label="Primeira variação", max_length=60, help_text="Por exemplo Cor.")
    values_1 = forms.CharField(label="Valores", max_length=4000, help_text="Separados por vírgulas: Preta, Branca.")
    axis_2 = forms.CharField(label="Segunda variação", max_length=60, required=False, help_text="Se houver: Tamanho.")
    values_2 = forms.CharField(label="Valores da segunda", max_length=4000, required=False, help_text="P, M, G")
    makes_products = forms.BooleanField(
        label="Criar os produtos que faltam",
        required=False,
        initial=True,
        help_text="Cada um como o produto do anúncio, com o código dele e os valores: CAM-BAS-PRETA-P.",
    )


class NewVariantForm(forms.Form):
    """One variation that is a product of ours."""

    product = forms.CharField(
        label="Produto",
        max_length=200,
        help_text="Código, referência ou GTIN.",
        widget=forms.TextInput({"list": "product-options", "autocomplete": "off"}),
    )
    value_1 = forms.CharField(max_length=60)
    value_2 = forms.CharField(max_length=60, required=False)

    def __init__(self, data: Any = None, *, axes: tuple[str, str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        _call_axes(self, axes)


class VariantForm(ChangeForm):
    """A variation, in its row."""

    left_alone = ("counted", "counted_before")  # a count is what a person saw on the shelf, whatever the screen said

    value_1 = forms.CharField(max_length=60, required=False)
    value_2 = forms.CharField(max_length=60, required=False)
    product = forms.CharField(
        label="Produto",
        max_length=200,
        required=False,
        widget=forms.TextInput({"list": "product-options", "autocomplete": "off"}),
    )
    reference = forms.CharField(label="Referência", max_length=120, required=False)
    gtin = forms.CharField(
        label="GTIN", max_length=30, required=False, widget=forms.TextInput({"inputmode": "numeric"})
    )
    price = _money("Preço (R$)")
    promotional_price = _money("Promoção")
    safety_stock = forms.IntegerField(label="Segurança", min_value=0, max_value=1_000_000, required=False)
    counted = forms.IntegerField(label="Em mãos", min_value=0, max_value=1_000_000_000, required=False)
    counted_before = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, axes: tuple[str, str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        _call_axes(self, axes)

    def units_counted(self) -> int | None:
        """Return what a person counted: the units they wrote where they were shown others, or None."""
        units, before = self.cleaned_data["counted"], self.cleaned_data["counted_before"]
        return None if units == before else units


def _call_axes(form: forms.Form, axes: tuple[str, str]) -> None:
    """Name the values after the axes of the listing; without a second axis there is no second value to be seen."""
    form.fields["value_1"].label = axes[0] or "Valor"
    form.fields["value_2"].label = axes[1]
    if not axes[1]:
        form.fields["value_2"].widget = forms.HiddenInput()
