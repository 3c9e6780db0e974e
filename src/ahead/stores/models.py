"""Lojas, their connection, statuses, request budget and agenda."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from ahead.db.sealed import SealedTextField
from ahead.db.tenancy import TenantModel
from ahead.stores.triggers import Trigger


class Connection(models.TextChoices):
    """Where the connection to Tray stands."""

    NEVER = "never", "Ainda não conectada"
    CONNECTED = "connected", "Conectada"
    REAUTHORISE = "reauthorise", "Precisa conectar de novo"
    BLOCKED = "blocked", "Bloqueada no Tray"


class Store(TenantModel):
    """A Loja: one Tray store of a company."""

    code = models.PositiveIntegerField("Código")
    name = models.CharField("Nome", max_length=80)
    address = models.CharField("Endereço da loja", max_length=200)  # https://…; the consent page is under it
    api_address = models.CharField("Endereço da API", max_length=200, blank=True)  # as Tray gave it
    tray_store_id = models.BigIntegerField(null=True)
    consumer_key = SealedTextField("Consumer Key")
    consumer_secret = SealedTextField("Consumer Secret")
    connection = models.CharField(max_length=12, choices=Connection.choices, default=Connection.NEVER)
    connection_note = models.TextField(blank=True)
    connected_at = models.DateTimeField(null=True)
    is_paused = models.BooleanField("Pausada", default=False)
    syncs_by_itself = models.BooleanField("Sincronizar sozinha", default=True)
    sync_interval_minutes = models.PositiveIntegerField("Intervalo (minutos)", default=15)
    import_from = models.DateField("Buscar pedidos a partir de")
    safety_stock = models.PositiveIntegerField("Estoque de segurança", default=0)
    brake_percent = models.PositiveIntegerField("Freio de estoque (%)", default=30)
    price_brake_percent = models.PositiveIntegerField("Freio de preços (%)", default=40)
    requests_per_minute = models.PositiveIntegerField("Requisições por minuto", default=150)
    requests_per_day = models.PositiveIntegerField("Requisições por dia", default=10_000)
    # Multi-CD: its stock lies in distribution centres (`stock.DistributionCenter`), each written by itself
    is_multicd = models.BooleanField(default=False)
    centers_seen_at = models.DateTimeField(null=True)  # NULL: nobody knows whether it is
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="one_store_per_code"),
            models.UniqueConstraint(fields=["tray_store_id"], name="one_store_per_tray_store"),
        ]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class StoreToken(TenantModel):
    """The tokens of a store, sealed; both are saved before either is used."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="token")
    code = SealedTextField(blank=True)  # of the authorisation: the last resort when a refresh fails
    access = SealedTextField(blank=True)
    refresh = SealedTextField(blank=True)
    access_expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)  # lease of the one who refreshes now
    refreshing_by = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"token of store {self.store_id}"


class StoreStatus(TenantModel):
    """One order status of a store, as the store itself lists it."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="statuses")
    tray_id = models.BigIntegerField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, blank=True)  # open, closed, canceled
    colour = models.CharField(max_length=9, blank=True)
    is_gone = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "tray_id"], name="one_row_per_status")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class StatusRole(models.TextChoices):
    """The five status fields of a Loja."""

    IMPORT = "import", "Status Buscar Pedido"
    UPDATE = "update", "Status Atualizar Pedido"
    CANCELLED = "cancelled", "Status Buscar Pedido Cancelado"
    UPDATE_CANCELLED = "update_cancelled", "Status Atualizar Pedido Cancelado"
    INVOICED = "invoiced", "Status PE ao Faturar Nota"


class StatusChoice(TenantModel):
    """A status chosen for one of the five fields."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="status_choices")
    role = models.CharField(max_length=20, choices=StatusRole.choices)
    status = models.ForeignKey(StoreStatus, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "role", "status"], name="one_choice_per_status")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.status}"


class RequestBudget(TenantModel):
    """What a store may still ask of Tray: one bucket and one daily count for all workers together."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="budget")
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField()
    held_until = models.DateTimeField(null=True)  # after a 429
    day = models.DateField()  # Brasília
    used_today = models.PositiveIntegerField(default=0)
    use = models.JSONField(default=dict)  # of these, how many by purpose and hour (`planning.Use`)
    looked_ahead_at = models.DateTimeField(null=True)  # when the day's quota was last forecast

    def __str__(self) -> str:
        return f"{self.used_today} on {self.day}"


class RequestUse(TenantModel):
    """What the requests of a day that is over were for: its `RequestBudget.use`, as the day ended."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="request_days")
    day = models.DateField()  # Brasília
    use = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day"], name="one_use_per_day")]

    def __str__(self) -> str:
        return f"{self.total} on {self.day}"


class StoreAgenda(TenantModel):
    """When a store syncs next, what was asked for, and who has it in hand."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, related_name="agenda")
    next_sync_at = models.DateTimeField(null=True)
    asked = models.PositiveBigIntegerField(default=0)  # number of the last sync asked for
    sent = models.PositiveBigIntegerField(default=0)  # last one handed to the engine
    taken = models.PositiveBigIntegerField(default=0)  # last one begun
    trigger = models.CharField(max_length=12, choices=Trigger.choices, blank=True)  # of the last sync asked for
    asked_by = models.CharField(max_length=150, blank=True)
    asked_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    lease_token = models.PositiveBigIntegerField(default=0)  # grows with each holder: the fence
    lease_holder = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"agenda of store {self.store_id}"

    def is_asked(self) -> bool:
        """Whether a sync is asked for and not begun."""
        return self.asked > self.taken

    def is_leased(self, now: datetime) -> bool:
        """Whether somebody has the store in hand."""
        return self.lease_until is not None and self.lease_until > now
