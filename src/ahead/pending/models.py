"""Pending matters."""

from __future__ import annotations

from django.db import models

from ahead.db.tenancy import TenantModel


class Turn(models.TextChoices):
    """Whose turn it is."""

    YOU = "you", "Sua vez"
    US = "us", "Nós tentamos de novo"
    TRAY = "tray", "Tray"
    SEFAZ = "sefaz", "SEFAZ"


class Kind(models.TextChoices):
    """What the matter is about."""

    UNKNOWN_SKU = "unknown_sku", "Produto do Tray sem vínculo"
    ORDER_TOTAL = "order_total", "Total do pedido não fecha"
    ORDER_DOCUMENT = "order_document", "Pedido sem CPF/CNPJ válido"
    ORDER_ADDRESS = "order_address", "Pedido sem endereço de entrega"
    CHILD_ORDER = "child_order", "Pedido dividido por centro de distribuição"
    STATUS_REGRESSED = "status_regressed", "Pedido voltou de status no Tray"
    STATUS_UNCHOSEN = "status_unchosen", "Pedido em status de cancelamento não escolhido"
    ORDER_CHANGED = "order_changed", "Pedido mudou depois de encerrado"
    ORDER_UNREADABLE = "order_unreadable", "Pedido que não conseguimos ler"
    ORDER_GONE = "order_gone", "Pedido apagado no Tray"
    OVERSOLD = "oversold", "Vendido além do disponível"
    LISTING_GONE = "listing_gone", "Produto apagado no Tray"
    REFERENCE_CHANGED = "reference_changed", "Referência alterada no Tray"
    STORE_BLOCKED = "store_blocked", "Loja bloqueada no Tray"
    STORE_REAUTHORISE = "store_reauthorise", "Loja precisa ser conectada de novo"
    STORE_SETTINGS = "store_settings", "Configuração da Loja incompleta"
    STOCK_BRAKE = "stock_brake", "Freio de estoque acionado"
    PRICE_BRAKE = "price_brake", "Freio de preços acionado"
    LISTING_CHANGED = "listing_changed", "Produto Ecommerce alterado no Tray"
    LISTING_REFUSED = "listing_refused", "Produto Ecommerce recusado pelo Tray"
    CATEGORY_REFUSED = "category_refused", "Categoria recusada pelo Tray"
    KIT_DIFFERS = "kit_differs", "Kit composto de outro modo no Tray"
    FISCAL_SETTINGS = "fiscal_settings", "Configuração fiscal incompleta"
    NOTA_REJECTED = "nota_rejected", "Nota rejeitada pela SEFAZ"
    NOTA_UNKNOWN = "nota_unknown", "Nota sem resposta da SEFAZ"
    NOTA_UNDELIVERED = "nota_undelivered", "Nota não entregue ao Tray"
    NOTA_CANCELLED = "nota_cancelled", "Nota cancelada fora do AHEAD"
    NOTA_BROKEN = "nota_broken", "Nota parada por defeito nosso"
    NUMBER_CONFLICT = "number_conflict", "Numeração em conflito na SEFAZ"
    CERTIFICATE = "certificate", "Certificado digital"
    DISTRIBUTION_CENTERS = "distribution_centers", "Centros de distribuição sem Estoque"
    QUOTA_SHORT = "quota_short", "Cota do dia não vai bastar"


class PendingMatter(TenantModel):
    """
    Something a person must decide. One open row per cause; it closes itself once the cause is gone.

    One that a person judged to be fine is dismissed, with the reason: it is out of the way as long as its cause stays
    as it was. It comes back with new facts, and is resolved like any other when the cause is gone.
    """

    store = models.ForeignKey("stores.Store", null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30, choices=Kind.choices)
    key = models.CharField(max_length=120)  # what it is about, unique among the open ones: "order:17"
    order_id = models.BigIntegerField(null=True)
    text = models.TextField()  # what happened, to what
    remedy = models.TextField()  # what to do
    turn = models.CharField(max_length=5, choices=Turn.choices, default=Turn.YOU)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=150, blank=True)
    dismissed_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "key"], condition=models.Q(resolved_at=None), name="one_open_matter"
            )
        ]
        indexes = [
            models.Index(fields=["company", "order_id"], name="pending_by_order"),
            models.Index(fields=["company", "resolved_at", "-opened_at"], name="pending_open"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.resolved_at is None and self.dismissed_at is None
