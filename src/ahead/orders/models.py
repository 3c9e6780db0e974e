"""Orders, their items, payments, marketplace facts, and the document they came from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ahead.db.tenancy import TenantModel
from ahead.lib.corrected import Kept


class OrderSequence(TenantModel):
    """The next order number of a company."""

    next_number = models.PositiveBigIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company"], name="one_order_sequence")]

    def __str__(self) -> str:
        return str(self.next_number)


class Order(TenantModel):
    """A Pedido Web (PEW, from a store) or a Pedido (PED, entered in the ERP)."""

    class Kind(models.TextChoices):
        PEW = "PEW", "Pedido Web"
        PED = "PED", "Pedido"

    class State(models.TextChoices):
        HELD = "held", "Retido"  # something must be decided first; see the pending matters
        OPEN = "open", "Em aberto"
        INVOICING = "invoicing", "Em faturamento"  # a nota of it is with SEFAZ, or about to be
        INVOICED = "invoiced", "Faturado"
        CANCELLED = "cancelled", "Cancelado"

    kind = models.CharField(max_length=3, choices=Kind.choices)
    number = models.PositiveBigIntegerField("Número")
    store = models.ForeignKey("stores.Store", null=True, on_delete=models.PROTECT, related_name="+")
    tray_id = models.BigIntegerField("Pedido no Tray", null=True)
    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=10, choices=State.choices)
    placed_at = models.DateTimeField()
    center_tray_id = models.BigIntegerField(null=True)  # the distribution centre it leaves from, of a Multi-CD store
    imported_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    is_cancelled_by_tray = models.BooleanField(default=False)  # and not by a person here: Tray may take it back
    is_cancellation_waiting = models.BooleanField(default=False)  # cancelled at Tray while its nota was with SEFAZ

    tray_status_id = models.BigIntegerField(null=True)
    tray_status = models.CharField(max_length=120, blank=True)
    tray_modified_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=40, blank=True)  # of the document's own content, status left out
    is_content_stale = models.BooleanField(default=False)  # it changed there when it could not change here: read anew
    acknowledged_status_id = models.BigIntegerField(null=True)  # status at Tray when we last wrote to it there
    acknowledged_at = models.DateTimeField(null=True)
    is_acknowledgement_due = models.BooleanField(default=False)
    is_accepted_child = models.BooleanField(default=False)  # a person said: import this child order
    kits_accepted_for = models.CharField(max_length=40, blank=True)  # fingerprint whose kits a person took as they came

    point_sale = models.CharField("Canal", max_length=80, blank=True)
    marketplace_number = models.CharField("Número no marketplace", max_length=60, blank=True)
    shipping_method = models.CharField("Envio", max_length=120, blank=True)
    delivery_time = models.CharField(max_length=40, blank=True)
    payment_method = models.CharField("Pagamento", max_length=120, blank=True)
    payment_kind = models.CharField(max_length=40, blank=True)  # pix, credit_card, bank_billet, …
    installments = models.PositiveIntegerField(default=1)
    paid_on = models.DateField(null=True)
    customer_note = models.TextField(blank=True)

    # total = items - discount - coupon + shipping + payment_rate + taxes + interest + remainder, to the cent
    items_total = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    coupon_discount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    coupon_code = models.CharField(max_length=60, blank=True)
    shipping = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    payment_rate = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # < 0: discount (Pix)
    taxes = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    interest = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    remainder = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # what Tray does not explain
    total = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    recipient = models.CharField("Quem recebe", max_length=300, blank=True)
    street = models.CharField("Endereço", max_length=200, blank=True)
    street_number = models.CharField("Número", max_length=60, blank=True)
    complement = models.CharField("Complemento", max_length=120, blank=True)
    district = models.CharField("Bairro", max_length=120, blank=True)
    city = models.CharField("Cidade", max_length=200, blank=True)
    uf = models.CharField("UF", max_length=2, blank=True)
    postal_code = models.CharField("CEP", max_length=8, blank=True)
    # what a person corrected of the lines above: by column, what the store says of it (`lib.corrected`)
    corrections: models.JSONField[Kept, Kept] = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="one_order_per_number"),
            models.UniqueConstraint(fields=["store", "tray_id"], name="one_order_per_tray_order"),
            models.CheckConstraint(
                condition=Q(kind="PED") | Q(store__isnull=False, tray_id__isnull=False),
                name="pew_has_its_store",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-placed_at", "-id"], name="orders_recent"),
            models.Index(fields=["company", "state", "-placed_at"], name="orders_by_state"),
            models.Index(fields=["company", "store", "-placed_at"], name="orders_by_store"),
            models.Index(fields=["company", "kind", "-placed_at"], name="orders_by_kind"),
            models.Index(fields=["company", "point_sale", "-placed_at"], name="orders_by_channel"),
            models.Index(fields=["company", "marketplace_number"], name="orders_by_marketplace"),
            models.Index(fields=["company", "tray_id"], name="orders_by_tray_id"),
            models.Index(fields=["customer", "-placed_at"], name="orders_of_customer"),
            models.Index(
                fields=["company", "store", "tray_id"],
                condition=Q(is_acknowledgement_due=True),
                name="orders_to_acknowledge",
            ),
            models.Index(
                fields=["company", "store", "tray_id"], condition=Q(is_content_stale=True), name="orders_stale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class OrderItem(TenantModel):
    """
    One line of an order. `product` is empty while nothing of ours matches it: the order is then held.

    A line that is a kit is its own `kit`, and has components; a component of one, as Tray lists it, names the kit.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    tray_item_id = models.BigIntegerField(null=True)
    tray_product_id = models.BigIntegerField(null=True)
    tray_variant_id = models.BigIntegerField(default=0)
    tray_kit_id = models.BigIntegerField(null=True)  # product id of the kit this line is a component of
    variant = models.ForeignKey("catalog.ListingVariant", null=True, on_delete=models.SET_NULL, related_name="+")
    product = models.ForeignKey("catalog.Product", null=True, on_delete=models.PROTECT, related_name="order_items")
    matched_by = models.CharField(max_length=20, blank=True)  # tray id, referência, GTIN, pessoa
    # that it is, or is a part of
    kit = models.ForeignKey("catalog.Product", null=True, on_delete=models.PROTECT, related_name="+")
    counts = models.BooleanField(default=True)  # False: the same goods are in other lines (a kit beside its components)
    description = models.CharField(max_length=300)
    reference = models.CharField(max_length=120, blank=True)
    gtin = models.CharField(max_length=14, blank=True)
    ncm = models.CharField(max_length=8, blank=True)
    axes = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)
    original_price = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="one_item_per_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="item_has_quantity"),
        ]
        indexes = [models.Index(fields=["tray_product_id", "tray_variant_id"], name="items_by_tray_product")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.description}"


class ItemComponent(TenantModel):
    """
    What one line that is a kit consists of: as the kit was composed when the order came in.

    `quantity` is in units for the whole line; the amounts of all components add up to the line's, to the cent.
    """

    item = models.ForeignKey(OrderItem, on_delete=models.CASCADE, related_name="components")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "product"], name="one_row_per_item_component")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id}"


class OrderPayment(TenantModel):
    """One payment of an order, as Tray lists it; a paid order may have none."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    tray_id = models.BigIntegerField(null=True)
    method = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    paid_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.method} {self.amount}"


class OrderMarketplace(TenantModel):
    """What the marketplace said of an order; the two CNPJs feed the intermediary group of the NF-e."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="marketplace")
    name = models.CharField(max_length=120)
    order_number = models.CharField(max_length=60, blank=True)
    seller_id = models.CharField(max_length=60, blank=True)
    seller_name = models.CharField(max_length=120, blank=True)
    document = models.CharField(max_length=14, blank=True)
    payment_document = models.CharField(max_length=14, blank=True)
    shipping_id = models.CharField(max_length=60, blank=True)
    shipping_type = models.CharField(max_length=60, blank=True)
    internal_status = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.order_number}"


class OrderDocument(TenantModel):
    """The order as Tray sent it last: JSON, compressed with zlib."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="document")
    body = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="documents_oldest")]

    def __str__(self) -> str:
        return f"document of order {self.order_id}"
