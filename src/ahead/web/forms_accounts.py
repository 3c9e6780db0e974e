"""Forms of a person's own account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm


class LogInForm(AuthenticationForm):
    """E-mail and password."""

    error_messages = {
        "invalid_login": "E-mail ou senha não conferem. Confira os dois e tente de novo.",
        "inactive": "Este acesso está desativado. Fale com o responsável da sua empresa.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget = forms.EmailInput({"autofocus": True, "autocomplete": "username"})
        self.fields["password"].label = "Senha"


class ForgottenForm(forms.Form):
    """Whose password was forgotten."""

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput({"autofocus": True, "autocomplete": "username"})
    )


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    new = forms.CharField(
        label="Nova senha",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="Ao menos 10 letras ou sinais; evite senhas comuns e o seu próprio nome.",
    )
    again = forms.CharField(
        label="Nova senha, de novo", strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        """Make sure that both are the same."""
        cleaned = super().clean() or {}
        if cleaned.get("new") and cleaned.get("again") and cleaned["new"] != cleaned["again"]:
            self.add_error("again", "As duas senhas novas não são iguais.")
        return cleaned


class PasswordForm(NewPasswordForm):
    """A new password in place of the present one."""

    old = forms.CharField(
        label="Senha atual", strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    field_order = ("old", "new", "again")
