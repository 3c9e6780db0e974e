"""Forms of the fiscal set-up: who issues, the certificate, marketplaces, numbers, contingency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms

from ahead.fiscal import queries
from ahead.fiscal.set_up import LARGEST_PFX, IssuerFields
from ahead.web.meanwhile import ChangeForm

if TYPE_CHECKING:
    from ahead.fiscal.models import Intermediary, Issuer
    from ahead.stores.models import Store
    from ahead.taxes.models import Natureza

PRODUCTION, HOMOLOGATION = "1", "2"
_JUSTIFICATION = {"min_length": 15, "max_length": 255}


def _text(label: str, longest: int, help_text: str = "", *, required: bool = False, **attributes: str) -> Any:
    widget = forms.TextInput(attributes)
    return forms.CharField(label=label, max_length=longest, help_text=help_text, required=required, widget=widget)


class IssuerForm(ChangeForm):
    """Who issues, as every nota of the company says it."""

    legal_name = _text("Razão social", 60, "Como está no cartão do CNPJ.", required=True)
    crt = forms.ChoiceField(label="Regime tributário (CRT)", choices=queries.CRTS)
    inscricao_estadual = _text("Inscrição estadual", 20, inputmode="numeric")
    inscricao_municipal = _text("Inscrição municipal", 20, "Só se a empresa tem uma.")
    cnae = _text("CNAE", 12, "Sai na nota junto com a inscrição municipal.", inputmode="numeric")

    postal_code = _text("CEP", 9, inputmode="numeric", autocomplete="off")
    street = _text("Endereço", 60)
    street_number = _text("Número", 60, "Em branco: S/N.")
    complement = _text("Complemento", 60)
    district = _text("Bairro", 60)
    uf = forms.ChoiceField(label="UF", required=False, choices=[("", "Escolha"), *((uf, uf) for uf in queries.UFS)])
    municipality = _text("Município", 60, "Pelo nome do IBGE.", list="municipality-options", autocomplete="off")
    phone = _text("Telefone", 20, inputmode="tel")

    environment = forms.ChoiceField(
        label="Ambiente",
        choices=queries.ENVIRONMENTS,
        widget=forms.RadioSelect,
        help_text="Em Homologação as notas vão à SEFAZ para conferência e não valem: nada muda no estoque nem no Tray. "
        "Em Produção cada nota vale, é devida à SEFAZ e vai ao comprador.",
    )
    confirms = forms.BooleanField(
        label="Entendo que, em Produção, as notas passam a ter valor fiscal",
        required=False,
        help_text="Marque para mudar de Homologação para Produção.",
    )
    serie = forms.IntegerField(
        label="Série", min_value=0, max_value=889, help_text="Uma só do AHEAD: não a use também em outro emissor."
    )
    natureza_id = forms.ChoiceField(label="Natureza das vendas", required=False)
    return_natureza_id = forms.ChoiceField(label="Natureza das devoluções", required=False)
    information = forms.CharField(
        label="Informações complementares",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Sai em todas as notas; o que vai entre chaves é preenchido em cada uma.",
    )
    mails_buyer = forms.BooleanField(
        label="Enviar XML e DANFE ao comprador",
        required=False,
        help_text="Assim que a nota é autorizada em Produção, ao e-mail do pedido.",
    )

    technician_cnpj = _text("CNPJ do responsável técnico", 18)
    technician_contact = _text("Contato", 60)
    technician_email = _text("E-mail", 60, inputmode="email")
    technician_phone = _text("Telefone do responsável técnico", 20, inputmode="tel")
    csrt_id = _text("Identificador do CSRT", 3, inputmode="numeric")
    csrt = forms.CharField(
        label="CSRT",
        required=False,
        max_length=100,
        widget=forms.PasswordInput({"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        issuer: Issuer | None,
        legal_name: str,
        sales: Sequence[Natureza],
        returns: Sequence[Natureza],
        may_write: bool,
    ) -> None:
        super().__init__(data, initial=_initial_of(issuer, legal_name))
        self._was = issuer.environment if issuer else HOMOLOGATION
        self._offer("natureza_id", sales, issuer.natureza if issuer else None)
        self._offer("return_natureza_id", returns, issuer.return_natureza if issuer else None)
        kept = bool(issuer and issuer.csrt)
        self.fields["csrt"].help_text = (
            "Guardado cifrado. Deixe em branco para manter o atual." if kept else "Guardado cifrado."
        )
        if self._was == PRODUCTION:
            del self.fields["confirms"]
        for field in self.fields.values():
            field.disabled = not may_write

    def _offer(self, name: str, offered: Sequence[Natureza], chosen: Natureza | None) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        rows = {row.pk: row.name for row in ([chosen] if chosen else []) + list(offered)}
        field.choices = [
            ("", "Escolha"),
            *sorted(((str(pk), label) for pk, label in rows.items()), key=lambda one: one[1]),
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for the confirmation that goes with Produção."""
        given = super().clean() or self.cleaned_data
        if given.get("environment") == PRODUCTION != self._was and not given.get("confirms"):
            self.add_error("confirms", "Para emitir em Produção, confirme que as notas passam a valer.")
        return given

    def changes(self) -> IssuerFields:
        """Return what the operation takes; a CSRT left blank stays, unless its identifier went as well."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in {"legal_name", "confirms"}}
        given |= {name: int(given[name] or 0) for name in ("natureza_id", "return_natureza_id")}
        if given["csrt_id"] and not given["csrt"]:
            given["csrt"] = None
        return IssuerFields(**given)


def _initial_of(issuer: Issuer | None, legal_name: str) -> dict[str, Any]:
    shown = [name for name in IssuerForm.base_fields if name not in {"legal_name", "confirms", "csrt"}]
    facts = {name: getattr(issuer, name) for name in shown} if issuer else {"environment": HOMOLOGATION, "serie": 1}
    return facts | {"legal_name": legal_name}


class CertificateForm(forms.Form):
    """An A1 certificate and its password."""

    certificate = forms.FileField(
        label="Arquivo do certificado",
        help_text="O .pfx ou .p12 do e-CNPJ A1, como a certificadora o entregou. Certificados A3 (cartão) não servem.",
        widget=forms.ClearableFileInput({"accept": ".pfx,.p12,application/x-pkcs12"}),
        error_messages={"required": "Escolha o arquivo.", "empty": "O arquivo está vazio."},
    )
    password = forms.CharField(
        label="Senha do certificado",
        max_length=200,
        strip=False,
        required=False,
        widget=forms.PasswordInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text="Guardada cifrada com o certificado; não é mostrada de novo.",
    )

    def clean_certificate(self) -> Any:
        """Refuse what is too large before it is read."""
        sent = self.cleaned_data["certificate"]
        if sent.size > LARGEST_PFX:
            raise forms.ValidationError("O arquivo é grande demais para um certificado A1 (.pfx ou .p12).")
        return sent


class IntermediaryForm(ChangeForm):
    """A marketplace as notas name it."""

    channel = _text("Canal", 120, "Como os pedidos o chamam.", required=True)
    store_id = forms.TypedChoiceField(
        label="Loja", required=False, coerce=int, empty_value=None, help_text="Só se uma Loja vende com outro cadastro."
    )
    cnpj = _text("CNPJ do intermediador", 18, "Em branco: o que cada pedido informa.")
    seller_id = _text("Identificação do vendedor", 60, "O seu usuário ou código de vendedor no marketplace.")
    payment_cnpj = _text("CNPJ da instituição de pagamento", 18, "Se o marketplace recebe o pagamento por uma.")

    def __init__(self, data: Any = None, *, stores: Sequence[Store], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["store_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = [("", "Todas"), *((str(store.pk), store.name) for store in stores)]


def initial_of_intermediary(row: Intermediary) -> dict[str, Any]:
    """Return what the form of a marketplace shows."""
    return {name: getattr(row, name) for name in IntermediaryForm.base_fields}


class NextNumberForm(forms.Form):
    """With which number a série goes on."""

    environment = forms.ChoiceField(label="Ambiente", choices=queries.ENVIRONMENTS)
    serie = forms.IntegerField(label="Série", min_value=0, max_value=889)
    next_number = forms.IntegerField(
        label="Próximo número",
        min_value=1,
        max_value=999_999_999,
        help_text="O seguinte ao da última nota emitida nesta série, aqui ou em outro sistema.",
    )


class VoidingForm(forms.Form):
    """Why numbers will never be used."""

    justification = forms.CharField(
        label="Justificativa",
        widget=forms.Textarea({"rows": 2}),
        help_text="De 15 a 255 letras; vai à SEFAZ. Exemplo: Número pulado por falha do sistema anterior.",
        **_JUSTIFICATION,  # type: ignore[arg-type]
    )


class ContingencyForm(forms.Form):
    """Why notas go to the SVC."""

    reason = forms.CharField(
        label="Motivo",
        widget=forms.Textarea({"rows": 2}),
        min_length=15,
        max_length=256,
        help_text="De 15 a 256 letras; sai em cada nota. Exemplo: SEFAZ SP fora do ar desde as 9 horas.",
    )
