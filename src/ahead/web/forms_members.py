"""Forms of the people of a company."""

from __future__ import annotations

from typing import Any

from django import forms

from ahead.accounts.rules import may
from ahead.web.filtering import FilterForm

ROLES = (
    ("reader", "Somente leitura"),
    ("operator", "Operador"),
    ("owner", "Responsável"),
    ("staff", "Equipe AHEAD"),
)


def roles_for(role: str) -> list[tuple[str, str]]:
    """Return the roles that a member may give: none beyond their own."""
    return [(value, label) for value, label in ROLES if may(role, value)]


class MemberFilter(FilterForm):
    """What the list of members shows."""

    q = forms.CharField(
        label="Buscar usuário",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Nome ou e-mail"}),
    )
    papel = forms.ChoiceField(label="Papel", required=False, choices=[("", "Todos"), *ROLES])

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        return {"search": given["q"], "role": given["papel"]}


class RoleForm(forms.Form):
    """A role, not beyond that of who gives it."""

    role = forms.ChoiceField(label="Papel")

    def __init__(self, *args: Any, giver: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        if isinstance(field, forms.ChoiceField):
            field.choices = roles_for(giver)


class InvitationForm(RoleForm):
    """A person to take in; whoever has an account already keeps their own name and password, and nobody is told."""

    email = forms.EmailField(label="E-mail", max_length=254, help_text="É com ele que a pessoa entra.")
    name = forms.CharField(
        label="Nome", max_length=120, help_text="Quem já tem conta na AHEAD fica com o nome que tem."
    )
    password = forms.CharField(
        label="Senha inicial",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="Ao menos 10 letras ou sinais; a pessoa troca depois. Quem já tem conta entra com a que já usa.",
    )
    field_order = ("email", "role", "name", "password")


class ResetForm(forms.Form):
    """A new password for somebody who forgot theirs."""

    new_password = forms.CharField(
        label="Nova senha",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="Ao menos 10 letras ou sinais. Diga à pessoa que troque depois em Minha conta.",
    )
