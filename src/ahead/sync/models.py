"""Runs and their log, what was seen at Tray, and the windows that are closed."""

from __future__ import annotations

from django.db import models

from ahead.db.tenancy import TenantModel
from ahead.stores.triggers import Trigger
from ahead.sync.closing_models import (
    DayClosing,
    DayDifference,
    DayState,
    DifferenceKind,
    DriftCause,
    StockDrift,
    StockReading,
)

__all__ = [
    "CATALOGUE_LEFT",
    "DayClosing",
    "DayDifference",
    "DayState",
    "DifferenceKind",
    "DriftCause",
    "EventKind",
    "OrderSighting",
    "RunState",
    "Step",
    "StockDrift",
    "StockReading",
    "SweepState",
    "SyncEvent",
    "SyncRun",
]


class RunState(models.TextChoices):
    """How a run stands."""

    RUNNING = "running", "Em andamento"
    CLEAN = "clean", "Sem erros"
    WITH_ERRORS = "with_errors", "Com erros"
    FAILED = "failed", "Não pôde rodar"


class Step(models.TextChoices):
    """The steps of a sync, in order."""

    CONNECT = "connect", "Conectar"
    SWEEP = "sweep", "Procurar mudanças"
    ORDERS = "orders", "Pedidos"
    CANCELLATIONS = "cancellations", "Cancelamentos"
    ACKNOWLEDGE = "acknowledge", "Status no Tray"
    NOTES = "notes", "Notas"
    STOCK = "stock", "Estoque"
    CLOSING = "closing", "Conferência"
    CATALOGUE = "catalogue", "Catálogo"
    DONE = "done", "Concluída"


class SyncRun(TenantModel):
    """One Sincronização: one exchange with a store."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveBigIntegerField()  # per store
    asked = models.PositiveBigIntegerField(default=0)  # the request (StoreAgenda.asked) it answers; 0 for a dry run
    trigger = models.CharField(max_length=12, choices=Trigger.choices)
    asked_by = models.CharField(max_length=150, blank=True)
    is_dry = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=RunState.choices, default=RunState.RUNNING)
    step = models.CharField(max_length=16, choices=Step.choices, default=Step.CONNECT)
    done = models.PositiveIntegerField(default=0)  # of this step
    total = models.PositiveIntegerField(default=0)
    orders_imported = models.PositiveIntegerField(default=0)
    orders_updated = models.PositiveIntegerField(default=0)
    orders_cancelled = models.PositiveIntegerField(default=0)
    orders_held = models.PositiveIntegerField(default=0)
    statuses_written = models.PositiveIntegerField(default=0)
    notes_delivered = models.PositiveIntegerField(default=0)
    stock_updated = models.PositiveIntegerField(default=0)
    catalogue_written = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    requests_left_today = models.IntegerField(null=True)
    tray_total = models.PositiveIntegerField(null=True)  # orders that changed in the window, as Tray says
    held_total = models.PositiveIntegerField(null=True)  # how many of these are on our books
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    log_purged_at = models.DateTimeField(null=True)  # its lines are gone, its counters stay

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="one_run_per_number")]
        indexes = [
            models.Index(fields=["company", "-started_at"], name="runs_recent"),
            models.Index(fields=["finished_at"], condition=models.Q(log_purged_at=None), name="runs_with_log"),
            # of a store that has an error in each run, the last one without lies far back
            models.Index(
                fields=["store", "-number"], condition=models.Q(state="clean", is_dry=False), name="runs_clean"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.number} of store {self.store_id}"


class EventKind(models.TextChoices):
    """What an event of a run tells."""

    ORDER_IMPORTED = "order_imported", "Pedido importado"
    ORDER_UPDATED = "order_updated", "Pedido atualizado"
    ORDER_CANCELLED = "order_cancelled", "Pedido cancelado"
    ORDER_HELD = "order_held", "Pedido retido"
    STATUS_WRITTEN = "status_written", "Status gravado no Tray"
    NOTA_DELIVERED = "nota_delivered", "Nota enviada ao Tray"
    STOCK_UPDATED = "stock_updated", "Estoque atualizado"
    CATALOGUE_WRITTEN = "catalogue", "Catálogo atualizado"
    LINKED = "linked", "Produto vinculado"
    NOTE = "note", "Observação"
    ERROR = "error", "Erro"


CATALOGUE_LEFT = "catalogue:left"  # key of the note that a run's time was not enough for the catalogue


class SyncEvent(TenantModel):
    """One thing that happened in a run."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    # what it is about, so that a repeated step writes no second event: "order:7001", "variant:12"
    key = models.CharField(max_length=60)
    order_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField(null=True)
    warehouse = models.CharField(max_length=200, blank=True)  # the Estoque(s) a stock update belongs to
    before = models.IntegerField(null=True)
    after = models.IntegerField(null=True)
    text = models.TextField()
    cause = models.CharField(max_length=300, blank=True)
    turn = models.CharField(max_length=5, blank=True)
    remedy = models.TextField(blank=True)
    at = models.DateTimeField()
    since = models.DateTimeField(null=True)  # when its cause arose on the other side: how late it is

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "kind", "key"], name="one_event_per_cause")]
        indexes = [models.Index(fields=["order_id"], name="events_of_order")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text


class OrderSighting(TenantModel):
    """
    An order as the sweep last saw it at Tray: the ledger the completeness count stands on, and the inbox.

    `due` says that what was seen differs from what is stored, and why it is to be handled; it is cleared in
    the transaction that stores the order, so a crash between any two writes neither loses nor doubles it.
    """

    class Due(models.TextChoices):
        NOTHING = "", "Nada"
        READ = "read", "Ler"  # import or update: needs the full document
        CANCEL = "cancel", "Cancelar"
        STOCK = "stock", "Rever estoque"  # cancelled before it was taken in: Tray gave back what it held for it

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    tray_id = models.BigIntegerField()
    modified_at = models.DateTimeField()
    status_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=40, blank=True)
    placed_on = models.DateField(null=True)  # Brasília's day
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    has_invoice = models.BooleanField(default=False)  # Tray holds a nota for it, ours or another's
    due = models.CharField(max_length=8, choices=Due.choices, default=Due.NOTHING, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    seen_at = models.DateTimeField()
    is_gone = models.BooleanField(default=False)  # 404 at Tray

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "tray_id"], name="one_sighting_per_order")]
        indexes = [
            models.Index(fields=["store", "modified_at"], name="sightings_in_window"),
            # a whole one, asked by `due=…` or `due__gt=""`: whether a partial one has a parameter SQLite cannot know
            models.Index(fields=["due", "store", "tray_id"], name="sightings_due"),
            models.Index(fields=["store", "seen_at"], name="sightings_seen"),
            models.Index(fields=["store", "placed_on"], name="sightings_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.tray_id} {self.status}"


class SweepState(TenantModel):
    """How far a store's sweep is proven complete."""

    store = models.OneToOneField("stores.Store", on_delete=models.CASCADE, related_name="sweep")
    plan = models.JSONField(default=dict)  # the statuses and the first day that the books were kept by
    closed_through = models.DateField(null=True)  # every order changed before this day (Brasília) is accounted for
    high_water_at = models.DateTimeField(null=True)  # newest change that the last completed sweep saw
    high_water_is_settled = models.BooleanField(default=False)  # nothing more can change in that very second
    swept_fully_at = models.DateTimeField(null=True)  # last sweep that read every page
    lost_since = models.DateTimeField(null=True)  # a backup of then was restored, and not every page read since
    catalogue_read_at = models.DateTimeField(null=True)
    stock_read_at = models.DateTimeField(null=True)  # what Tray moved before is in what it was read to show
    brake_allowed_at = models.DateTimeField(null=True)  # a person said: send it all the same
    prices_allowed_at = models.DateTimeField(null=True)  # likewise, of prices that move much

    def __str__(self) -> str:
        return f"closed through {self.closed_through}"
