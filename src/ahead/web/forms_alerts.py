"""Forms of the alerts of a company: what the list shows, who hears of them, from when on, and the webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from ahead.stores import queries as stores
from ahead.watch import queries
from ahead.watch.rules import RANGES
from ahead.web.filtering import FilterForm
from ahead.web.store_choices import offer_stores

if TYPE_CHECKING:
    from ahead.accounts.models import Company
    from ahead.watch.models import AlertSettings

_STANDINGS = {"resolvidos": "closed", "todos": ""}


class AlertFilter(FilterForm):
    """What the list of alerts shows."""

    q = forms.CharField(
        label="Buscar aviso",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Buscar no texto"}),
    )
    tipo = forms.ChoiceField(label="Tipo", required=False, choices=[("", "Todos"), *queries.ALERT_KINDS])
    loja = forms.TypedChoiceField(label="Loja", required=False, coerce=int, empty_value=None)
    situacao = forms.ChoiceField(
        label="Situação",
        required=False,
        choices=[("", "Em aberto"), ("resolvidos", "Resolvidos"), ("todos", "Todos")],
    )

    def __init__(self, asked: Any, *, company: Company) -> None:
        super().__init__(asked)
        offer_stores(self, stores.stores(company))

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        return {
            "standing": _STANDINGS.get(given["situacao"], "open"),
            "kind": given["tipo"],
            "store_id": given["loja"],
            "search": given["q"],
        }


class FlowFilter(FilterForm):
    """Whose flows are shown."""

    loja = forms.TypedChoiceField(label="Loja", required=False, coerce=int, empty_value=None)

    def __init__(self, asked: Any, *, company: Company) -> None:
        super().__init__(asked)
        offer_stores(self, stores.stores(company))

    def store_id(self) -> int | None:
        """Return the Loja that was asked for; None shows all."""
        chosen: int | None = self.read()["loja"]
        return chosen


class ChoiceForm(forms.Form):
    """What a person hears of a company by e-mail."""

    at_once = forms.BooleanField(
        label="Avisos na hora",
        required=False,
        help_text="Um e-mail quando algo sai do normal, e outro quando se resolve; do mesmo problema, um por dia.",
    )
    daily = forms.BooleanField(
        label="Resumo diário",
        required=False,
        help_text="Uma vez por dia: pedidos, notas, erros, o que precisa de você, e se está tudo dentro.",
    )


_WORDS = {
    "overdue_intervals": ("Loja sem sincronizar (intervalos)", "Quantos intervalos da agenda a Loja pode perder."),
    "failing_runs": ("Falhas seguidas", "Quantas sincronizações de uma Loja podem falhar em seguida."),
    "held_hours": ("Pedido retido (horas)", "Há quanto tempo um pedido pode esperar uma decisão."),
    "waiting_minutes": (
        "Pedido fora do AHEAD (minutos)",
        "Há quanto tempo pode estar visto no Tray e não aqui.",
    ),
    "rejected_hours": ("Nota rejeitada (horas)", "Há quanto tempo uma nota pode esperar correção."),
    "unknown_minutes": ("Nota sem resposta (minutos)", "Há quanto tempo a SEFAZ pode não responder por ela."),
    "undelivered_minutes": ("Nota fora do Tray (minutos)", "Há quanto tempo pode estar autorizada e não ter chegado."),
    "token_days": ("Autorização do Tray (dias antes)", "Ela vale 30 dias, e cada sincronização a renova."),
    "certificate_days": ("Certificado digital (dias antes)", "Quantos dias antes do vencimento."),
    "quota_percent": ("Cota do dia (% que resta)", "Quanto das requisições do dia ainda resta."),
}
SECTIONS = (
    ("Lojas", ("overdue_intervals", "failing_runs", "token_days", "quota_percent")),
    ("Pedidos", ("waiting_minutes", "held_hours")),
    ("Notas", ("rejected_hours", "unknown_minutes", "undelivered_minutes", "certificate_days")),
)


class LimitsForm(forms.Form):
    """From when on something is an alert, and when the digest leaves."""

    digest_at = forms.TimeField(
        label="Hora do resumo diário",
        help_text="Horário de Brasília.",
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )

    def __init__(self, data: Any, *, settings: AlertSettings) -> None:
        super().__init__(data, initial={"digest_at": settings.digest_at})
        for name, (least, most) in RANGES.items():
            label, hint = _WORDS[name]
            self.fields[name] = forms.IntegerField(
                label=label,
                min_value=least,
                max_value=most,
                initial=getattr(settings, name),
                help_text=f"{hint} De {least} a {most}.",
            )

    def thresholds(self) -> dict[str, int]:
        """Return the limits as they were entered."""
        return {name: self.cleaned_data[name] for name in RANGES}


class HookForm(forms.Form):
    """Where the webhook goes."""

    url = forms.CharField(
        label="Endereço",
        required=False,
        max_length=300,
        help_text="Um endereço https:// público seu. Endereço novo, segredo novo.",
        widget=forms.TextInput({"placeholder": "https://sistema.suaempresa.com.br/ahead", "inputmode": "url"}),
    )
    is_on = forms.BooleanField(label="Ligado", required=False)
