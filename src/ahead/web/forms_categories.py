"""Forms of the Categorias and of their list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms

from ahead.catalog.category_rules import (
    HIGHEST_CODE,
    LONGEST_DESCRIPTION,
    LONGEST_KEYWORDS,
    LONGEST_NAME,
    LONGEST_SMALL,
    STATES,
)
from ahead.web.filtering import FilterForm
from ahead.web.meanwhile import ChangeForm

if TYPE_CHECKING:
    from ahead.catalog.models import Category
    from ahead.stores.models import Store

Options = Sequence[tuple[int, str]]

_FIRST_LEVEL = ("", "Nenhuma: fica no primeiro nível")
_TEXTS = ("name", "code", "slug", "small_description", "description", "title", "keywords", "meta_description")
WITHOUT = "sem"


class CategoryFilter(FilterForm):
    """What the list of Categorias shows; narrowed, it is a list and no tree."""

    q = forms.CharField(
        label="Buscar categoria",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Código ou nome"}),
    )
    situacao = forms.ChoiceField(
        label="Situação",
        required=False,
        choices=[("", "Todas"), *((key, text) for key, text in STATES.items() if key != "removed")],
    )

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        return {"search": given["q"], "state": given["situacao"]}


class CategoryForm(forms.Form):
    """A Categoria of one Loja."""

    name = forms.CharField(label="Nome", max_length=LONGEST_NAME)
    parent_id = forms.TypedChoiceField(label="Categoria acima", required=False, coerce=int, empty_value=None)
    code = forms.IntegerField(
        label="Código",
        required=False,
        min_value=1,
        max_value=HIGHEST_CODE,
        help_text="A ordem na listagem. Em branco: a última. Se já está em uso, as outras abrem lugar.",
    )
    slug = forms.CharField(
        label="Endereço na loja",
        max_length=LONGEST_NAME,
        required=False,
        help_text="Letras de a a z, números e hífens. Em branco: sugerido pelo nome.",
    )
    small_description = forms.CharField(label="Descrição curta", max_length=LONGEST_SMALL, required=False)
    description = forms.CharField(
        label="Descrição", max_length=LONGEST_DESCRIPTION, required=False, widget=forms.Textarea({"rows": 5})
    )
    title = forms.CharField(label="Título da página", max_length=LONGEST_NAME, required=False)
    keywords = forms.CharField(
        label="Palavras-chave", max_length=LONGEST_KEYWORDS, required=False, help_text="Separadas por vírgulas."
    )
    meta_description = forms.CharField(
        label="Descrição para buscadores",
        max_length=LONGEST_KEYWORDS,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="O texto que os buscadores mostram abaixo do título.",
    )

    def __init__(self, data: Any, *, parents: Options, **settings: Any) -> None:
        super().__init__(data, **settings)
        _offer(self.fields["parent_id"], [_FIRST_LEVEL, *((str(pk), text) for pk, text in parents)])


class CategoryChangeForm(CategoryForm, ChangeForm):
    """A Categoria that exists: its code is known, its Loja does not change."""

    def __init__(self, data: Any, *, parents: Options, **settings: Any) -> None:
        super().__init__(data, parents=parents, **settings)
        self.fields["code"].required = True
        self.fields["code"].help_text = "A ordem na listagem. Se já está em uso, as outras abrem lugar."


class NewCategoryForm(CategoryForm):
    """A new Categoria, and the Loja that it belongs to."""

    store_id = forms.TypedChoiceField(label="Loja", coerce=int)

    field_order = ("store_id",)

    def __init__(self, data: Any, *, stores: Sequence[Store], parents: Options, **settings: Any) -> None:
        super().__init__(data, parents=parents, **settings)
        _offer(self.fields["store_id"], [(str(store.pk), store.name) for store in stores])


class RemovalForm(forms.Form):
    """What becomes of the products of a Categoria that is taken out; asked where there are any."""

    move_to = forms.ChoiceField(label="O que fazer com os produtos dela")

    def __init__(self, data: Any, *, targets: Options, is_asked: bool) -> None:
        super().__init__(data)
        there = [(str(pk), text) for pk, text in targets]
        choices: list[Any] = [("", "Escolha…"), (WITHOUT, "Deixar sem categoria")]
        _offer(self.fields["move_to"], choices + ([("Mover para", there)] if there else []))
        self.fields["move_to"].required = is_asked

    def target(self) -> int | None:
        """Return where the products go, or None where they stay without a category."""
        chosen = self.cleaned_data["move_to"]
        return int(chosen) if chosen not in {"", WITHOUT} else None


def _offer(field: forms.Field, choices: Sequence[Any]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


def initial_of(category: Category) -> dict[str, Any]:
    """Return what the form of a category shows."""
    return {"parent_id": category.parent_id or "", **{name: getattr(category, name) for name in _TEXTS}}
