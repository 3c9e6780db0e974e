"""Who issues: the fiscal set-up of a company, its certificate, its marketplaces and its numbers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ahead.db.sealed import SealedTextField
from ahead.db.tenancy import TenantModel


class Environment(models.TextChoices):
    """Where a nota counts (`tpAmb`)."""

    PRODUCTION = "1", "Produção"
    HOMOLOGATION = "2", "Homologação (sem valor fiscal)"


class Crt(models.TextChoices):
    """Código de Regime Tributário."""

    SIMPLES = "1", "Simples Nacional"
    SIMPLES_ABOVE = "2", "Simples Nacional, excesso de sublimite"
    NORMAL = "3", "Regime normal"
    MEI = "4", "MEI"


class Issuer(TenantModel):
    """The fiscal set-up of a company: what every nota of it says of who issues."""

    environment = models.CharField("Ambiente", max_length=1, choices=Environment.choices, default="2")
    crt = models.CharField("Regime tributário (CRT)", max_length=1, choices=Crt.choices, default=Crt.SIMPLES)
    inscricao_estadual = models.CharField("Inscrição estadual", max_length=14, blank=True)
    inscricao_municipal = models.CharField("Inscrição municipal", max_length=15, blank=True)
    cnae = models.CharField("CNAE", max_length=7, blank=True)
    street = models.CharField("Endereço", max_length=60, blank=True)
    street_number = models.CharField("Número", max_length=60, blank=True)
    complement = models.CharField("Complemento", max_length=60, blank=True)
    district = models.CharField("Bairro", max_length=60, blank=True)
    municipality = models.CharField("Município", max_length=60, blank=True)
    municipality_code = models.CharField("Código IBGE do município", max_length=7, blank=True)
    uf = models.CharField("UF", max_length=2, blank=True)
    postal_code = models.CharField("CEP", max_length=8, blank=True)
    phone = models.CharField("Telefone", max_length=14, blank=True)
    serie = models.PositiveIntegerField("Série", default=1)
    natureza = models.ForeignKey(
        "taxes.Natureza", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="Natureza das vendas"
    )
    return_natureza = models.ForeignKey(
        "taxes.Natureza", null=True, on_delete=models.PROTECT, related_name="+", verbose_name="Natureza das devoluções"
    )
    information = models.TextField("Informações complementares", blank=True)  # a template: {pedido}, {marketplace} …
    mails_buyer = models.BooleanField("Enviar XML e DANFE ao comprador", default=False)
    technician_cnpj = models.CharField("CNPJ do responsável técnico", max_length=14, blank=True)
    technician_contact = models.CharField("Contato", max_length=60, blank=True)
    technician_email = models.CharField("E-mail", max_length=60, blank=True)
    technician_phone = models.CharField("Telefone do responsável técnico", max_length=14, blank=True)
    csrt_id = models.CharField("Identificador do CSRT", max_length=3, blank=True)
    csrt = SealedTextField("CSRT", blank=True)
    contingency_since = models.DateTimeField(null=True)  # issues by SVC since then
    contingency_reason = models.CharField(max_length=256, blank=True)
    # nothing is sent before, to the usual SEFAZ and to the SVC: it banned us (656), is down, or refuses the certificate
    resting_until = models.DateTimeField(null=True)
    svc_resting_until = models.DateTimeField(null=True)
    resting_because = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company"], name="one_issuer_per_company")]

    def __str__(self) -> str:
        return f"issuer of company {self.company_id}"


class DigitalCertificate(TenantModel):
    """An A1 certificate, sealed; one is current."""

    pfx = SealedTextField()  # base64 of the PKCS#12 file
    password = SealedTextField()
    cnpj = models.CharField(max_length=14)
    name = models.CharField(max_length=200)
    issued_by = models.CharField(max_length=200, blank=True)
    fingerprint = models.CharField(max_length=64)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    is_current = models.BooleanField(default=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(is_current=True), name="one_current_certificate_per_company"
            )
        ]
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class Intermediary(TenantModel):
    """A marketplace as notas name it: its CNPJ, who we are there, and who processes its payments."""

    store = models.ForeignKey("stores.Store", null=True, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField("Canal", max_length=120)  # as orders name it: "Mercado Livre"
    cnpj = models.CharField("CNPJ do intermediador", max_length=14, blank=True)
    seller_id = models.CharField("Identificação do vendedor", max_length=60, blank=True)
    payment_cnpj = models.CharField("CNPJ da instituição de pagamento", max_length=14, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "store", "channel"], nulls_distinct=False, name="one_intermediary_per_channel"
            )
        ]
        ordering = ["channel", "pk"]

    def __str__(self) -> str:
        return self.channel


class NumberSeries(TenantModel):
    """The next number of a série. Locked while a nota takes it."""

    environment = models.CharField(max_length=1, choices=Environment.choices)
    serie = models.PositiveIntegerField()
    first_number = models.PositiveBigIntegerField(default=1)  # what came before was issued elsewhere
    next_number = models.PositiveBigIntegerField(default=1)
    stopped_because = models.CharField(max_length=300, blank=True)  # SEFAZ knows a number we do not: a person decides

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "environment", "serie"], name="one_row_per_serie"),
            models.CheckConstraint(
                condition=Q(next_number__gte=models.F("first_number")), name="numbers_go_up_from_the_first"
            ),
        ]
        verbose_name_plural = "number series"

    def __str__(self) -> str:
        return f"série {self.serie}"
