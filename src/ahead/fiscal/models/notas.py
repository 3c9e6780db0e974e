"""Each nota: its number, its bytes, its way to SEFAZ and on to Tray."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ahead.db.tenancy import TenantModel
from ahead.fiscal.models.issuers import Environment


class Nota(TenantModel):
    """
    An NF-e, model 55. Its number is taken in the transaction that stores its signed bytes; retries send those bytes.

    `unknown` means that it was sent and nobody answered: it may be authorised. It is asked for, never made anew.
    """

    class Kind(models.TextChoices):
        SALE = "sale", "Venda"
        RETURN = "return", "Devolução"

    class State(models.TextChoices):
        SIGNED = "signed", "Pronta para enviar"
        SENDING = "sending", "Enviando"
        UNKNOWN = "unknown", "Aguardando a SEFAZ"
        REJECTED = "rejected", "Rejeitada"
        AUTHORISED = "authorised", "Autorizada"
        CANCELLED = "cancelled", "Cancelada"
        VOIDED = "voided", "Inutilizada"

    class Delivery(models.TextChoices):
        NONE = "none", "Não se aplica"
        DUE = "due", "A enviar"
        DELIVERED = "delivered", "Entregue"
        FAILED = "failed", "Com erro"

    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.SALE)
    environment = models.CharField("Ambiente", max_length=1, choices=Environment.choices)
    serie = models.PositiveIntegerField("Série")
    number = models.PositiveBigIntegerField("Número")
    code = models.CharField(max_length=8)  # cNF
    emission = models.CharField(max_length=1, default="1")  # tpEmis
    chave_de_acesso = models.CharField("Chave de acesso", max_length=44)
    version = models.PositiveIntegerField(default=1)  # of its bytes: signed anew after a rejection
    state = models.CharField(max_length=10, choices=State.choices, default=State.SIGNED)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="notas")
    store = models.ForeignKey("stores.Store", null=True, on_delete=models.PROTECT, related_name="+")
    references = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="returns")
    # of a devolução: units that come back, by the place of the line in the sale
    returned: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    given_up_at = models.DateTimeField(null=True)  # of a rejected devolução: it is not made anew, its number is a gap
    issued_at = models.DateTimeField("Emissão")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    recipient = models.CharField("Cliente", max_length=60)
    recipient_document = models.CharField(max_length=14)
    recipient_uf = models.CharField(max_length=2)
    channel = models.CharField("Canal", max_length=80, blank=True)
    items_total = models.DecimalField(max_digits=14, decimal_places=2)
    total = models.DecimalField("Valor", max_digits=14, decimal_places=2)

    # what SEFAZ said last
    cstat = models.CharField(max_length=4, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    protocol = models.CharField("Protocolo", max_length=17, blank=True)
    authorised_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    # what is to be done next, and who has it in hand
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)  # in a row, without an answer
    absent_since = models.DateTimeField(null=True)  # the first 217 after the last sending that nobody answered
    claimed_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=40, blank=True)

    delivery = models.CharField("Envio ao Tray", max_length=10, choices=Delivery.choices, default=Delivery.NONE)
    delivery_problem = models.CharField(max_length=300, blank=True)
    delivery_tries = models.PositiveIntegerField(default=0)
    delivery_due_at = models.DateTimeField(null=True)  # the nota, or only its status, is owed to Tray since
    is_delivery_in_doubt = models.BooleanField(default=False)  # sent to Tray and not answered: look before repeating
    tray_invoice_id = models.BigIntegerField(null=True)
    delivered_at = models.DateTimeField(null=True)
    is_status_due = models.BooleanField(default=False)  # the status of "Status PE ao Faturar Nota" is still owed
    mail_due_at = models.DateTimeField(null=True)
    mail_tries = models.PositiveIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "environment", "serie", "number"], name="a_number_is_used_once"),
            models.UniqueConstraint(fields=["company", "chave_de_acesso"], name="one_nota_per_chave"),
            # in homologação an order may be rehearsed as often as one likes
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(kind="sale", environment=Environment.PRODUCTION) & ~Q(state__in=["cancelled", "voided"]),
                name="one_live_nota_per_order",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["authorised", "cancelled"]) | ~Q(protocol=""), name="authorised_has_protocol"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-issued_at", "-id"], name="notas_recent"),
            models.Index(fields=["company", "state", "-issued_at"], name="notas_by_state"),
            models.Index(fields=["company", "store", "-issued_at"], name="notas_by_store"),
            models.Index(fields=["company", "number"], name="notas_by_number"),
            models.Index(fields=["company", "recipient_document"], name="notas_by_document"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notas_due"),
            models.Index(fields=["company"], condition=Q(delivery="failed"), name="notas_refused_by_tray"),
            models.Index(
                fields=["store", "delivery_due_at"], condition=Q(delivery_due_at__isnull=False), name="notas_to_deliver"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}/{self.serie}"


class NotaXml(TenantModel):
    """One signed version of a nota, byte for byte as it was sent, and the protocol that came for it. Never changed."""

    nota = models.ForeignKey(Nota, on_delete=models.PROTECT, related_name="xmls")
    version = models.PositiveIntegerField()
    chave_de_acesso = models.CharField(max_length=44)
    signed = models.BinaryField()
    digest = models.CharField(max_length=28)
    protocol_xml = models.BinaryField(null=True)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["nota", "version"], name="one_xml_per_version")]

    def __str__(self) -> str:
        return f"version {self.version} of nota {self.nota_id}"


class NotaEntry(TenantModel):
    """One line of what happened to a nota: to SEFAZ, from SEFAZ, to Tray, by whom."""

    nota = models.ForeignKey(Nota, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    text = models.CharField(max_length=600)
    remedy = models.CharField(max_length=600, blank=True)
    turn = models.CharField(max_length=6, blank=True)
    cstat = models.CharField(max_length=4, blank=True)
    is_problem = models.BooleanField(default=False)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "nota entries"

    def __str__(self) -> str:
        return self.text


class NotaEvent(TenantModel):
    """An evento of an authorised nota: its cancelamento, or a carta de correção."""

    class Kind(models.TextChoices):
        CANCELLATION = "110111", "Cancelamento"
        CORRECTION = "110110", "Carta de correção"

    class State(models.TextChoices):
        SIGNED = "signed", "Enviando"
        UNKNOWN = "unknown", "Aguardando a SEFAZ"
        REGISTERED = "registered", "Registrado"
        REJECTED = "rejected", "Rejeitado"

    nota = models.ForeignKey(Nota, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    sequence = models.PositiveIntegerField(default=1)
    text = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SIGNED)
    signed = models.BinaryField()
    answer_xml = models.BinaryField(null=True)
    cstat = models.CharField(max_length=4, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    protocol = models.CharField(max_length=17, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    registered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # sent, or asked for, next
    tries = models.PositiveIntegerField(default=0)
    absent_since = models.DateTimeField(null=True)  # the nota was first seen without it after it was sent in silence

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["nota", "kind", "sequence"], condition=~Q(state="rejected"), name="one_event_per_sequence"
            )
        ]
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.sequence}"


class Inutilizacao(TenantModel):
    """Numbers that were never used, told to SEFAZ so that none is missing."""

    class State(models.TextChoices):
        SIGNED = "signed", "Enviando"
        UNKNOWN = "unknown", "Aguardando a SEFAZ"
        ACCEPTED = "accepted", "Homologada"
        REJECTED = "rejected", "Rejeitada"

    environment = models.CharField(max_length=1, choices=Environment.choices)
    serie = models.PositiveIntegerField()
    first_number = models.PositiveBigIntegerField()
    last_number = models.PositiveBigIntegerField()
    year = models.PositiveIntegerField()  # of two digits
    justification = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SIGNED)
    signed = models.BinaryField()
    answer_xml = models.BinaryField(null=True)
    cstat = models.CharField(max_length=4, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    protocol = models.CharField(max_length=17, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_number__gte=models.F("first_number")), name="numbers_in_order")
        ]
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "inutilizações"

    def __str__(self) -> str:
        return f"{self.first_number} a {self.last_number}"
