"""What proves that a day is complete: its closing, the differences found, and the drift of stock."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ahead.db.tenancy import TenantModel


class DayState(models.TextChoices):
    """How a day of a store stands."""

    OPEN = "open", "Em aberto"  # not over, or not compared yet
    BALANCED = "balanced", "Conferido"
    DIFFERENCES = "differences", "Com diferenças"
    REPAIRED = "repaired", "Reparado"  # had differences; none is left


class DifferenceKind(models.TextChoices):
    """In what the two sides differ about one order."""

    MISSING = "missing", "Falta aqui"
    ONLY_HERE = "only_here", "Não está no Tray"
    CANCELLED_THERE = "cancelled_there", "Cancelado só no Tray"
    CANCELLED_HERE = "cancelled_here", "Cancelado só aqui"
    TOTAL = "total", "Valor diferente"
    NOTA_THERE = "nota_there", "Nota só no Tray"
    NOTA_HERE = "nota_here", "Nota só aqui"


class DayClosing(TenantModel):
    """
    One day of a store (Brasília's), Tray's side beside ours: orders placed on it, cancellations and notas.

    What is still to be done about it is in the row, so that a process may die anywhere: `is_read_due`, that Tray's
    list of the day is to be read; `is_touched`, that something of the day changed since it was compared.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="closings")
    day = models.DateField()
    state = models.CharField(max_length=12, choices=DayState.choices, default=DayState.OPEN)
    is_read_due = models.BooleanField(default=False)
    is_touched = models.BooleanField(default=False)
    next_read_at = models.DateTimeField(null=True)  # while differences are open, Tray is asked again ever more seldom
    reads_in_vain = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)  # Tray's list of the day was read whole
    compared_at = models.DateTimeField(null=True)
    asked_by = models.CharField(max_length=150, blank=True)
    asked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)  # why the list could not be read the last time
    requests = models.PositiveIntegerField(default=0)
    tray_orders = models.PositiveIntegerField(default=0)
    held_orders = models.PositiveIntegerField(default=0)
    tray_total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    held_total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    tray_cancelled = models.PositiveIntegerField(default=0)
    held_cancelled = models.PositiveIntegerField(default=0)
    tray_notas = models.PositiveIntegerField(default=0)
    held_notas = models.PositiveIntegerField(default=0)
    not_wanted = models.PositiveIntegerField(default=0)  # in a status that the Loja does not import
    never_taken_in = models.PositiveIntegerField(default=0)  # cancelled at Tray before they came here
    differences_open = models.PositiveIntegerField(default=0)
    differences_settled = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day"], name="one_closing_per_day")]
        indexes = [
            models.Index(fields=["company", "day"], name="closings_of_company"),
            models.Index(
                fields=["store", "day"],
                condition=Q(is_read_due=True) | Q(is_touched=True) | Q(differences_open__gt=0),
                name="closings_due",
            ),
        ]
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} of store {self.store_id}: {self.state}"


class DayDifference(TenantModel):
    """One difference of a day about one order, and what became of it."""

    closing = models.ForeignKey(DayClosing, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=16, choices=DifferenceKind.choices)
    tray_id = models.BigIntegerField()
    order_id = models.BigIntegerField(null=True)
    order_number = models.PositiveBigIntegerField(null=True)
    at_tray = models.CharField(max_length=160, blank=True)  # in words: a status, an amount
    here = models.CharField(max_length=160, blank=True)
    cause = models.CharField(max_length=300)
    turn = models.CharField(max_length=6)
    remedy = models.CharField(max_length=400)
    found_at = models.DateTimeField()
    repair_at = models.DateTimeField(null=True)  # its repair was begun
    settled_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=150, blank=True)  # a person said: it is right so
    accepted_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["closing", "kind", "tray_id"], name="one_difference_per_order"),
        ]
        ordering = ["tray_id", "kind"]

    def __str__(self) -> str:
        return f"{self.kind} {self.tray_id}"

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""
        return self.settled_at is None


class StockReading(TenantModel):
    """One reading of all of a store's stock at Tray, compared with what it had confirmed."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="stock_readings")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    compared = models.PositiveIntegerField(default=0)
    drifted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "began_at"], name="one_reading_per_instant")]
        indexes = [models.Index(fields=["store", "-began_at"], name="stock_readings_recent")]

    def __str__(self) -> str:
        return f"{self.drifted} of {self.compared} drifted"


class DriftCause(models.TextChoices):
    """Why Tray shows another quantity than it confirmed, as far as one can tell."""

    UNANSWERED = "unanswered", "Gravação nossa sem resposta"
    OUR_ORDERS = "our_orders", "Pedidos que já estão aqui"
    COMING = "coming", "Venda no Tray que ainda não entrou"
    GIVEN_BACK = "given_back", "Devolvido por um cancelamento no Tray"
    BY_HAND = "by_hand", "Alterado no Tray por fora do AHEAD"


class StockDrift(TenantModel):
    """One thing sold at Tray whose stock there was not what Tray had confirmed."""

    reading = models.ForeignKey(StockReading, on_delete=models.CASCADE, related_name="drifts")
    variant = models.ForeignKey("catalog.ListingVariant", on_delete=models.CASCADE, related_name="+")
    product_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=200)
    shown = models.IntegerField()
    confirmed = models.IntegerField()
    available = models.IntegerField()
    cause = models.CharField(max_length=12, choices=DriftCause.choices)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)  # what Tray shows is what is available
    settled_with = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reading", "variant"], name="one_drift_per_reading")]
        indexes = [
            models.Index(fields=["company", "-found_at"], name="drifts_recent"),
            models.Index(fields=["reading"], condition=Q(settled_at=None), name="drifts_open"),
        ]

    def __str__(self) -> str:
        return f"{self.shown} shown, {self.confirmed} confirmed"
