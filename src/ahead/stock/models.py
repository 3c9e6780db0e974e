"""Warehouses, balances, movements, reservations, and what each store was last told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ahead.db.tenancy import TenantModel
from ahead.stock import rules


class Warehouse(TenantModel):
    """An Estoque (depósito): where stock lies."""

    code = models.PositiveIntegerField("Código")
    name = models.CharField("Nome", max_length=80)
    is_active = models.BooleanField("Ativo", default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_warehouse_per_code")]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class SalesWarehouse(TenantModel):
    """A warehouse that a store sells from; the lowest `priority` is reserved from first."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="sales_warehouses")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    priority = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "warehouse"], name="sells_from_once")]
        ordering = ["priority", "pk"]

    def __str__(self) -> str:
        return f"{self.store_id} sells from {self.warehouse_id}"


class Balance(TenantModel):
    """
    How much of a product lies in a warehouse, in units.

    `on_hand` is the sum of the movements, `reserved` of the open reservations; both are kept beside the ledger
    so that they can be read and compared at once. Reserved may exceed on hand: sold beyond what there is.
    """

    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="balances")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="balances")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    changed_at = models.DateTimeField(null=True)  # when what is free last changed: stores are to be told since then

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="one_balance_per_place"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand} on hand, {self.reserved} reserved"


class Movement(TenantModel):
    """One line of the stock ledger; never changed, never deleted."""

    class Kind(models.TextChoices):
        OPENING = "opening", "Saldo inicial"
        ENTRY = "entry", "Entrada"
        EXIT = "exit", "Saída"
        COUNT = "count", "Contagem"
        TRANSFER = "transfer", "Transferência"
        SALE = "sale", "Venda"
        RETURN = "return", "Devolução"

    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="movements")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    quantity = models.IntegerField()  # units; negative leaves
    on_hand_after = models.IntegerField()
    reason = models.CharField(max_length=200, blank=True)
    order_id = models.BigIntegerField(null=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves")]
        indexes = [models.Index(fields=["product", "warehouse", "at"], name="movements_of_product")]

    def __str__(self) -> str:
        return f"{self.quantity:+d}"


class Reservation(TenantModel):
    """Units promised to one item of an order, in one warehouse. Closed once: released or consumed."""

    class State(models.TextChoices):
        OPEN = "open", "Aberta"
        RELEASED = "released", "Devolvida ao disponível"
        CONSUMED = "consumed", "Baixada"

    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="reservations")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+")
    order_id = models.BigIntegerField()
    item_id = models.BigIntegerField()
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item_id", "product", "warehouse"],
                condition=Q(state="open"),
                name="one_open_reservation_per_item",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_reserves"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="closed_reservation_has_its_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["order_id"], name="reservations_of_order"),
            models.Index(fields=["product", "state"], name="reservations_of_product"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for order {self.order_id}"


class ToldStock(TenantModel):
    """
    What Tray was last told about a quantity, and what it answered.

    `confirmed` is the last quantity Tray said it saved (or showed when read back): the next write goes out only
    if the available quantity differs from it. NULL means unknown: it is written at the next sync. So is a quantity
    in doubt: an order came, changed or was cancelled at Tray, which moves its own stock for it without telling; or a
    write before the last one was never answered.
    """

    confirmed = models.IntegerField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    is_in_doubt = models.BooleanField(default=False)
    sent = models.IntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether the last write was not confirmed: Tray may show what was sent, or what it showed before."""
        return rules.is_open_write(
            sent=self.sent, sent_at=self.sent_at, confirmed=self.confirmed, confirmed_at=self.confirmed_at
        )


class PublishedStock(ToldStock):
    """
    What a store was last told about one listing variant.

    A store with Multi-CD is told by centre (`CenterStock`); here is then only what it shows of all centres together.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    variant = models.OneToOneField("catalog.ListingVariant", on_delete=models.CASCADE, related_name="published")
    read_back = models.IntegerField(null=True)  # what Tray showed at the last check
    read_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["store", "confirmed"], name="published_by_store")]

    def __str__(self) -> str:
        return f"{self.confirmed} confirmed for variant {self.variant_id}"


class DistributionCenter(TenantModel):
    """A centro de distribuição of a store with Multi-CD: a place at Tray with stock of its own."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="distribution_centers")
    tray_id = models.BigIntegerField()
    name = models.CharField(max_length=120)
    priority = models.IntegerField(default=0)  # at Tray; the lowest is sold from first
    is_active = models.BooleanField(default=True)
    is_gone = models.BooleanField(default=False)  # Tray no longer lists it
    warehouse = models.ForeignKey(Warehouse, null=True, on_delete=models.PROTECT, related_name="+")
    is_unused = models.BooleanField(default=False)  # a person said: AHEAD leaves it alone

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "tray_id"], name="one_row_per_center"),
            models.UniqueConstraint(fields=["store", "warehouse"], name="one_center_per_warehouse"),
            models.CheckConstraint(condition=~Q(is_unused=True, warehouse__isnull=False), name="unused_has_no_place"),
        ]
        ordering = ["priority", "tray_id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_sold_from(self) -> bool:
        """Whether Tray sells what lies in it."""
        return self.is_active and not self.is_gone

    @property
    def is_written(self) -> bool:
        """Whether AHEAD decides what Tray shows of it."""
        return self.is_sold_from and self.warehouse_id is not None

    @property
    def is_open(self) -> bool:
        """Whether somebody must say which Estoque it is."""
        return self.is_sold_from and self.warehouse_id is None and not self.is_unused


class CenterStock(ToldStock):
    """What a store was last told about one listing variant in one distribution centre."""

    center = models.ForeignKey(DistributionCenter, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey("catalog.ListingVariant", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["center", "variant"], name="told_once_per_center")]

    def __str__(self) -> str:
        return f"{self.confirmed} confirmed for variant {self.variant_id} in centre {self.center_id}"
