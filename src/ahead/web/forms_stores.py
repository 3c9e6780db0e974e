"""Forms of a Loja: registration, the five status fields, the schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms

from ahead.stores.queries import CONNECTIONS
from ahead.stores.rules import FASTEST_RATE, LONGEST_INTERVAL, SHORTEST_INTERVAL
from ahead.web.days import DayField
from ahead.web.filtering import FilterForm
from ahead.web.meanwhile import ChangeForm

if TYPE_CHECKING:
    from ahead.stock.models import DistributionCenter, Warehouse
    from ahead.stores.models import StatusRole, Store, StoreStatus

_KEPT = {
    "consumer_key": "Guardada cifrada. Deixe em branco para manter a atual.",
    "consumer_secret": "Guardado cifrado. Deixe em branco para manter o atual.",
}
_SEALED = {
    "consumer_key": "Guardada cifrada; não é mostrada de novo.",
    "consumer_secret": "Guardado cifrado; não é mostrado de novo.",
}


def _secret(label: str) -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, widget=widget, max_length=400)


class StoreFilter(FilterForm):
    """What the list of Lojas shows."""

    q = forms.CharField(
        label="Buscar Loja",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Código, nome ou endereço"}),
    )
    conexao = forms.ChoiceField(label="Conexão", required=False, choices=[("", "Todas"), *CONNECTIONS])
    pausa = forms.ChoiceField(
        label="Sincroniza", required=False, choices=[("", "Todas"), ("nao", "Em atividade"), ("sim", "Pausadas")]
    )

    def wanted(self) -> dict[str, Any]:
        """Return what the list is narrowed to."""
        given = self.read()
        is_paused = {"sim": True, "nao": False}.get(given["pausa"])
        return {"search": given["q"], "connection": given["conexao"], "is_paused": is_paused}


class StoreForm(forms.Form):
    """A Loja as AHEAD's staff registers it."""

    name = forms.CharField(label="Nome", max_length=80, help_text="Como a Loja aparece nas listas.")
    code = forms.IntegerField(
        label="Código", required=False, min_value=1, max_value=999_999, help_text="Em branco: o próximo número livre."
    )
    address = forms.CharField(
        label="Endereço da loja",
        max_length=200,
        widget=forms.TextInput({"inputmode": "url", "placeholder": "https://www.sualoja.com.br"}),
        help_text="O endereço público da loja no Tray.",
    )
    consumer_key = _secret("Consumer Key")
    consumer_secret = _secret("Consumer Secret")
    import_from = DayField(label="Buscar pedidos a partir de", help_text="Pedidos mais antigos ficam só no Tray.")
    warehouses = forms.MultipleChoiceField(
        label="Estoques de onde a Loja vende",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="O disponível da Loja é a soma destes Estoques, menos o estoque de segurança.",
    )
    first_warehouse = forms.ChoiceField(
        label="Reservar primeiro de",
        required=False,
        help_text="Os outros Estoques seguem na ordem do código.",
    )
    safety_stock = forms.IntegerField(
        label="Estoque de segurança",
        min_value=0,
        initial=0,
        help_text="Unidades de cada produto que a Loja nunca oferece.",
    )
    brake_percent = forms.IntegerField(
        label="Freio de estoque (%)",
        min_value=1,
        max_value=100,
        initial=30,
        help_text="Se uma sincronização fosse zerar mais que esta parte dos produtos, ela para e pergunta.",
    )
    sync_interval_minutes = forms.IntegerField(
        label="Sincronizar a cada (minutos)", min_value=SHORTEST_INTERVAL, max_value=LONGEST_INTERVAL, initial=15
    )

    def __init__(self, *args: Any, warehouses: Sequence[Warehouse], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(place.pk), f"{place.code} · {place.name}") for place in warehouses]
        self._choice_of("warehouses").choices = choices
        self._choice_of("first_warehouse").choices = [("", "O de menor código"), *choices]

    def _choice_of(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        return field

    def changes(self) -> dict[str, Any]:
        """Return what the operations take: the warehouses as ids, the one to reserve from first in front."""
        if "warehouses" not in self.fields:
            return dict(self.cleaned_data)
        facts = {name: value for name, value in self.cleaned_data.items() if name != "first_warehouse"}
        first = self.cleaned_data.get("first_warehouse")
        chosen = sorted(self.cleaned_data["warehouses"], key=lambda pk: pk != first)
        facts["warehouses"] = [int(pk) for pk in chosen]
        return facts


class StoreChangeForm(StoreForm, ChangeForm):
    """A Loja that exists: its credentials may stay, and Tray's limits may be lowered."""

    requests_per_minute = forms.IntegerField(
        label="Consultas por minuto",
        min_value=1,
        max_value=FASTEST_RATE,
        help_text=f"O Tray aceita até 180; usamos no máximo {FASTEST_RATE}, para sobrar margem.",
    )
    requests_per_day = forms.IntegerField(
        label="Consultas por dia", min_value=1, max_value=50_000, help_text="A cota do plano da loja no Tray."
    )

    def __init__(self, *args: Any, follows_centers: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = True
        self.fields["code"].help_text = ""
        for name, text in _KEPT.items():
            self.fields[name].required = False
            self.fields[name].help_text = text
        del self.fields["sync_interval_minutes"]
        if follows_centers:
            del self.fields["warehouses"], self.fields["first_warehouse"]
        if self.initial.get("requests_per_minute", 0) > FASTEST_RATE:  # no store of Tray's, but one of the sandbox
            for name in ("requests_per_minute", "requests_per_day"):
                del self.fields[name]


def initial_of(store: Store, sells_from: Sequence[Warehouse]) -> dict[str, Any]:
    """Return what the form of a Loja shows; never its credentials."""
    shown = ("name", "code", "address", "import_from", "safety_stock", "brake_percent")
    limits = ("requests_per_minute", "requests_per_day")
    facts = {name: getattr(store, name) for name in (*shown, *limits)}
    pks = [str(place.pk) for place in sells_from]
    return facts | {"warehouses": pks, "first_warehouse": pks[0] if pks else ""}


def fresh_form(data: Any, *, warehouses: Sequence[Warehouse], today: date) -> StoreForm:
    """Return the form of "Novo Registro"."""
    form = StoreForm(data, warehouses=warehouses, initial={"import_from": today})
    for name, text in _SEALED.items():
        form.fields[name].help_text = text
    return form


_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("import", "Status Buscar Pedido", "Pedidos nestes status no Tray são buscados para o AHEAD."),
    (
        "update",
        "Status Atualizar Pedido",
        "Gravado no Tray depois que o pedido entra no AHEAD ou é atualizado nele.",
    ),
    (
        "cancelled",
        "Status Buscar Pedido Cancelado",
        "Pedidos nestes status são cancelados no AHEAD, e o que estava reservado volta ao disponível.",
    ),
    (
        "update_cancelled",
        "Status Atualizar Pedido Cancelado",
        "Gravado no Tray depois que o AHEAD registra o cancelamento.",
    ),
    (
        "invoiced",
        "Status PE ao Faturar Nota",
        "Gravado no Tray depois que a nota fiscal do pedido é autorizada e entregue.",
    ),
)
_SEVERAL = frozenset({"import", "cancelled"})
_KINDS = {"open": "aberto", "closed": "fechado", "canceled": "cancelado", "cancelled": "cancelado"}


class StatusForm(ChangeForm):
    """The five status fields, chosen from the list of the store itself."""

    def __init__(
        self,
        data: Any = None,
        *,
        statuses: Sequence[StoreStatus],
        chosen: Mapping[StatusRole, Sequence[StoreStatus]],
    ) -> None:
        super().__init__(data)
        picked = {str(role): [str(status.pk) for status in rows] for role, rows in chosen.items()}
        for role, label, meaning in _FIELDS:
            choices = [
                (str(status.pk), _name_of(status))
                for status in statuses
                if not status.is_gone or str(status.pk) in picked.get(role, [])
            ]
            self.fields[role] = _field(role, label, meaning, choices, picked.get(role, []))

    def choices(self) -> dict[str, list[int]]:
        """Return the ids chosen for each field."""
        return {role: [int(pk) for pk in _listed(self.cleaned_data[role])] for role, _, _ in _FIELDS}


def _name_of(status: StoreStatus) -> str:
    kind = _KINDS.get(status.kind, status.kind)
    name = f"{status.name} ({kind})" if kind else status.name
    return f"{name}: não existe mais no Tray" if status.is_gone else name


def _field(role: str, label: str, meaning: str, choices: list[tuple[str, str]], picked: list[str]) -> forms.Field:
    if role in _SEVERAL:
        return forms.MultipleChoiceField(
            label=label,
            help_text=meaning,
            choices=choices,
            initial=picked,
            required=role == "import",
            widget=forms.CheckboxSelectMultiple,
        )
    none = [("", "Não gravar no Tray")]
    initial = picked[0] if picked else ""
    return forms.ChoiceField(label=label, help_text=meaning, choices=[*none, *choices], initial=initial, required=False)


def _listed(value: list[str] | str) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


_UNUSED = "nao-usado"


class CentersForm(forms.Form):
    """Which Estoque each distribution centre of a Loja is."""

    def __init__(
        self, data: Any = None, *, centers: Sequence[DistributionCenter], warehouses: Sequence[Warehouse]
    ) -> None:
        super().__init__(data)
        places = [(str(place.pk), f"{place.code} · {place.name}") for place in warehouses]
        choices = [("", "Escolha o Estoque"), *places, (_UNUSED, "Não usado: o AHEAD não grava nele")]
        for center in centers:
            chosen = _UNUSED if center.is_unused else str(center.warehouse_id or "")
            self.fields[f"centro-{center.pk}"] = forms.ChoiceField(
                label=center.name,
                help_text=f"Nº {center.tray_id} no Tray" + ("" if center.is_active else ", inativo lá"),
                choices=choices,
                initial=chosen,
                required=center.is_active,
                error_messages={"required": "Escolha o Estoque deste centro, ou diga que não é usado."},
            )

    def mapping(self) -> dict[int, int | None]:
        """Return the Estoque of each centre, by our ids; None of one that is not used."""
        given = {int(name.removeprefix("centro-")): value for name, value in self.cleaned_data.items() if value}
        return {pk: None if value == _UNUSED else int(value) for pk, value in given.items()}


class ScheduleForm(ChangeForm):
    """When a Loja synchronises without being asked."""

    by_itself = forms.BooleanField(label="Sincronizar sozinha", required=False)
    interval_minutes = forms.IntegerField(
        label="A cada (minutos)",
        min_value=SHORTEST_INTERVAL,
        max_value=LONGEST_INTERVAL,
        help_text="De 1 minuto a 24 horas (1.440 minutos). Vale na hora, sem reiniciar nada.",
    )
