"""The address of each application at Tray, what it was told of, and whom it was told of that nobody knows."""

from __future__ import annotations

from django.db import models

from ahead.db.sealed import SealedTextField
from ahead.db.tenancy import TenantModel


class Application(models.Model):
    """
    An application at Tray: one Consumer Key, and the one address that all its Lojas are notified at.

    It belongs to no company: Lojas of several companies may share it. Secrets are looked up by their digests.
    """

    key_digest = models.CharField(max_length=64, unique=True)  # of the Consumer Key, which each Loja keeps sealed
    secret = SealedTextField()
    secret_digest = models.CharField(max_length=64, unique=True)
    # the secret before the last renewal: good until Tray uses the new one, for Tray changes an address by support
    # ticket, which takes days
    former_digest = models.CharField(max_length=64, blank=True, db_index=True)
    former_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    renewed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"application {self.pk}"


class Notice(TenantModel):
    """
    That something of a store is to be looked at: one row for each thing, however often and in whatever order.

    `arrived` counts the notifications, `settled` how many of them had arrived when it was last looked at: what
    arrives during the look keeps the row unsettled.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=16)  # order, product, product_price, product_stock, variant, …
    scope_id = models.BigIntegerField()
    act = models.CharField(max_length=10)  # of the last one: insert, update, delete
    arrived = models.PositiveBigIntegerField(default=0)
    settled = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()  # of those not looked at yet
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "scope", "scope_id"], name="one_notice_per_thing")]
        indexes = [
            models.Index(
                fields=["store", "first_at"],
                condition=models.Q(arrived__gt=models.F("settled")),
                name="notices_unsettled",
            ),
            models.Index(fields=["store", "-last_at"], name="notices_recent"),
            models.Index(fields=["last_at"], name="notices_old"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.scope_id}"


class StrangerCount(models.Model):
    """How often an application was notified on a day of stores that nobody here has: counted, not processed."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()  # Brasília's
    count = models.PositiveBigIntegerField(default=0)
    last_seller_id = models.BigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "day"], name="one_count_per_day")]

    def __str__(self) -> str:
        return f"{self.count} on {self.day}"
