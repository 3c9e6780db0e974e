"""Forms to correct who buys, and where an order goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms

from ahead.customers.queries import INDICADORES
from ahead.fiscal.queries import UFS
from ahead.lib.corrected import Correction, corrections
from ahead.lib.documents import punctuated
from ahead.web.meanwhile import ChangeForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.forms import BoundField

    from ahead.customers.models import Customer
    from ahead.orders.models import Order

Sections = tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]  # title, lead, (column, size)


def _text(label: str, longest: int, help_text: str = "", *, required: bool = False, **attributes: str) -> Any:
    widget = forms.TextInput({"autocomplete": "off", **attributes})
    return forms.CharField(label=label, max_length=longest, help_text=help_text, required=required, widget=widget)


class _AddressForm(ChangeForm):
    """Fields that both addresses have. Municipalities are offered by name, as IBGE writes them."""

    postal_code = _text("CEP", 9, inputmode="numeric")
    complement = _text("Complemento", 120)
    district = _text("Bairro", 120)
    uf = forms.ChoiceField(label="UF", required=False, choices=[("", "Escolha"), *((uf, uf) for uf in UFS)])
    city = _text("Município", 200, "Pelo nome do IBGE.", list="municipality-options")

    sections: Sections

    def __init__(self, data: Any = None, *, row: Customer | Order, focus: str = "") -> None:
        super().__init__(data, initial=self.shown_of(row))
        self._kept = corrections(row.corrections)
        if focus in self.fields:
            self.fields[focus].widget.attrs["autofocus"] = True

    @classmethod
    def shown_of(cls, row: Customer | Order) -> dict[str, str]:
        """Return what the form shows of a row."""
        return {name: getattr(row, name) for name in cls.base_fields}

    def groups(self) -> Sequence[Mapping[str, Any]]:
        """Return the fields as they are drawn, each with what Tray says of it, where that is something else."""
        return [
            {"title": title, "lead": lead, "rows": [self._row(name, size) for name, size in names]}
            for title, lead, names in self.sections
        ]

    def _row(self, name: str, size: str) -> tuple[str, BoundField, str, Correction | None]:
        return name, self[name], size, self._kept.get(name)

    def put(self, problems: Mapping[str, str]) -> None:
        """Write what the domain refused by the fields it is about."""
        for name, why in problems.items():
            self.add_error(name if name in self.fields else None, why)


class CustomerForm(_AddressForm):
    """Who buys, as notas name them."""

    document = _text("CPF/CNPJ", 18, "Vai na nota: sem ele ela não sai.")
    name = _text("Nome", 300, required=True)
    legal_name = _text("Razão social", 300, "De empresas, como está no cartão do CNPJ.")
    indicador_ie = forms.ChoiceField(
        label="Contribuinte do ICMS",
        required=False,
        choices=INDICADORES,
        help_text="Isento de inscrição só onde a UF o conhece: a maioria rejeita (805).",
    )
    inscricao_estadual = _text("Inscrição estadual", 20, inputmode="numeric")
    email = _text("E-mail", 200, inputmode="email")
    phone = _text("Telefone", 30, inputmode="tel")
    mobile = _text("Celular", 30, inputmode="tel")
    street = _text("Endereço", 200)
    number = _text("Número", 60, "Em branco: S/N.")

    sections = (
        ("Quem compra", "", (("document", "m"), ("name", "l"), ("legal_name", "l"))),
        ("ICMS", "Decide os impostos da nota.", (("indicador_ie", "l"), ("inscricao_estadual", "m"))),
        ("Contato", "", (("email", "l"), ("phone", "m"), ("mobile", "m"))),
        (
            "Endereço",
            "O do comprador, na nota. O de entrega é de cada pedido.",
            (
                ("postal_code", "s"),
                ("street", "m"),
                ("number", "s"),
                ("complement", "m"),
                ("district", "m"),
                ("uf", "s"),
                ("city", "m"),
            ),
        ),
    )

    @classmethod
    def shown_of(cls, row: Customer | Order) -> dict[str, str]:
        """Return what the form shows of a customer: the document as people write it."""
        shown = super().shown_of(row)
        return shown | {"document": punctuated(shown["document"])}


class DeliveryForm(_AddressForm):
    """Where an order goes."""

    recipient = _text("Quem recebe", 300)
    street = _text("Endereço", 200)
    street_number = _text("Número", 60, "Em branco: S/N.")

    sections = (
        (
            "Entrega",
            "Só deste pedido. O endereço do comprador fica no cadastro do cliente.",
            (
                ("recipient", "l"),
                ("postal_code", "s"),
                ("street", "m"),
                ("street_number", "s"),
                ("complement", "m"),
                ("district", "m"),
                ("uf", "s"),
                ("city", "m"),
            ),
        ),
    )
