"""The page that shows every component in every state: /componentes/."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

STATUSES = [
    ("a-enviar", "A ENVIAR"),
    ("aguardando", "AGUARDANDO PAGAMENTO"),
    ("enviado", "ENVIADO"),
    ("cancelado", "CANCELADO"),
]
STORES = [("", "Todas"), ("1", "Casa Verde"), ("2", "Casa Verde Outlet")]


class FilterExample(forms.Form):
    """A filter bar: one search field, two choices, a day."""

    q = forms.CharField(
        label="Buscar por número, cliente ou documento",
        required=False,
        widget=forms.TextInput({"type": "search", "placeholder": "Número, cliente ou CPF/CNPJ"}),
    )
    loja = forms.ChoiceField(label="Loja", choices=STORES, required=False)
    situacao = forms.ChoiceField(label="Situação", choices=[("", "Todas"), *STATUSES], required=False)
    desde = forms.DateField(label="Desde", required=False, widget=forms.DateInput({"type": "date"}))


class FormExample(forms.Form):
    """Every kind of field that Django draws."""

    name = forms.CharField(label="Nome da loja", help_text="Como a loja aparece nas listas.")
    address = forms.URLField(
        label="Endereço da API", initial="https://loja.exemplo.com.br/web_api", assume_scheme="https"
    )
    secret = forms.CharField(
        label="Consumer Secret", widget=forms.PasswordInput, help_text="Guardado cifrado; não é mostrado de novo."
    )
    token_on = forms.DateField(label="Vence em", widget=forms.DateInput({"type": "date"}), required=False)
    margin = forms.DecimalField(label="Estoque de segurança", initial=Decimal(2), required=False)
    depot = forms.ChoiceField(label="Estoque", choices=[("1", "Matriz"), ("2", "Filial")], required=False)
    frozen = forms.CharField(label="Código no Tray", initial="391250", disabled=True, required=False)
    note = forms.CharField(label="Observação", widget=forms.Textarea({"rows": 3}), required=False)
    fetch = forms.MultipleChoiceField(
        label="Status Buscar Pedido",
        choices=STATUSES,
        widget=forms.CheckboxSelectMultiple,
        help_text="Pedidos nestes status são trazidos para o AHEAD.",
    )
    update = forms.ChoiceField(
        label="Status Atualizar Pedido",
        choices=[("", "Não atualizar"), *STATUSES[:2]],
        widget=forms.RadioSelect,
        required=False,
    )
    depots = forms.MultipleChoiceField(
        label="Estoques da loja", choices=[("1", "Matriz"), ("2", "Filial"), ("3", "Expedição")], required=False
    )
    sheet = forms.FileField(label="Planilha", required=False)
    active = forms.BooleanField(label="Sincronizar sozinha a cada 10 minutos", required=False, initial=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _orders() -> list[dict[str, Any]]:
    names = [
        "Mariana Siqueira",
        "Ótica Boa Vista Ltda.",
        "João Paulo Ferreira",
        "Comercial Três Irmãos",
        "Beatriz Nogueira",
    ]
    tones = [
        ("ok", "Importado"),
        ("attention", "Retido"),
        ("waiting", "Aguardando"),
        ("error", "Recusado"),
        ("neutral", "Cancelado"),
    ]
    return [
        {
            "number": 48_210 - place,
            "customer": name,
            "document": ["39053344705", "11222333000181", "52998224725", "12ABC34501DE35", "15350946056"][place],
            "placed_at": _now() - timedelta(hours=place * 9),
            "total": Decimal("1289.90") / (place + 1),
            "tone": tones[place][0],
            "status": tones[place][1],
        }
        for place, name in enumerate(names)
    ]


def _runs() -> list[dict[str, Any]]:
    facts = [
        ("running", 38, 0, 12),
        ("clean", 124, 2, 37),
        ("errors", 119, 1, 35),
        ("clean", 98, 0, 21),
        ("failed", 0, 0, 0),
    ]
    return [
        {
            "outcome": outcome,
            "orders": orders,
            "cancelled": cancelled,
            "stock": stock,
            "started_at": _now() - timedelta(hours=3 * place),
            "took": timedelta(seconds=14 + 31 * place),
        }
        for place, (outcome, orders, cancelled, stock) in enumerate(facts)
    ]


STEPS = [
    {"label": "Conectar", "state": "done", "note": "0,4 s"},
    {"label": "Pedidos", "state": "errors", "note": "119 de 120"},
    {"label": "Cancelamentos", "state": "skipped", "note": "nenhum"},
    {"label": "Status no Tray", "state": "running", "note": "38 de 119"},
    {"label": "Estoque", "state": "waiting", "note": ""},
]


def _events() -> list[dict[str, Any]]:
    return [
        {
            "at": _now(),
            "tone": "ok",
            "icon": "package",
            "title": "Estoque reservado",
            "text": "3 itens no estoque Matriz.",
            "by": "",
        },
        {
            "at": _now() - timedelta(minutes=4),
            "tone": "attention",
            "title": "Retido: um item sem produto",
            "text": "O SKU CX-900 foi ligado ao produto 1042.",
            "by": "ana@padaria.com.br",
        },
        {
            "at": _now() - timedelta(days=1),
            "tone": "accent",
            "icon": "download",
            "title": "Importado do Tray",
            "text": "Status no Tray: A ENVIAR.",
            "by": "sincronização",
        },
    ]


def _charts() -> dict[str, Any]:
    counts = [2, 0, 0, 1, 0, 3, 6, 14, 22, 31, 38, 35, 29, 33, 41, 44, 39, 30, 26, 21, 18, 12, 7, 4]
    return {
        "hours": [(f"{hour}h", count, 3 if hour == 14 else 0) for hour, count in enumerate(counts)],
        "trend": [41, 38, 52, 47, 60, 58, 71, 69, 83, 90, 86, 104, 99, 118],
        "flat": [5, 5, 5, 5],
    }


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show everything in every state."""
    filters = FilterExample(request.GET or None)
    filters.is_valid()
    page = Paginator(range(1_234), 50).get_page(request.GET.get("pagina"))
    for level, text in (
        (messages.SUCCESS, "Sincronização pedida. Acompanhe o andamento nesta página."),
        (messages.WARNING, "O acesso da loja Casa Verde vence em 4 dias."),
        (messages.ERROR, "Não foi possível gravar: o documento não confere."),
    ):
        if "avisos" in request.GET:
            messages.add_message(request, level, text)
    return render(
        request,
        "components/gallery.html",
        {
            "nav": "start",
            "filters": filters,
            "blank_form": FormExample(),
            "wrong_form": FormExample({"name": "", "address": "loja", "secret": "", "margin": "250"}),
            "page": page,
            "orders": _orders(),
            "runs": _runs(),
            "steps": STEPS,
            "events": _events(),
            "tabs": [
                {"label": "Pedidos", "url": "?", "is_current": True},
                {"label": "Logs Sincronização", "url": "?", "count": 12},
                {"label": "Nota Fiscal", "url": "?"},
            ],
            "facts": [("Chave", "391250"), ("Loja", "Casa Verde"), ("Último acesso", ""), ("Situação", "Ativa")],
            "answer": {
                "Order": {
                    "id": "48210",
                    "status": "A ENVIAR",
                    "total": "1289.90",
                    "ProductsSold": [{"id": "7", "reference": "CX-900"}],
                }
            },
            "now": _now(),
            "yesterday": _now() - timedelta(days=1),
            "long_ago": datetime(2026, 7, 3, 17, 5, tzinfo=UTC),
            "today": date(2026, 11, 24),
            "amount": Decimal("1234567.8"),
            "debt": Decimal("-12.5"),
            "weight": Decimal("1234.500"),
            "span": timedelta(minutes=3, seconds=7),
            **_charts(),
        },
    )
