"""Imports of sheets: the file until it is read, and each of its rows with what it would do."""

from __future__ import annotations

from typing import Any

from django.db import models

from ahead.db.tenancy import TenantModel


class SheetImport(TenantModel):
    """A sheet somebody sent, or a selection somebody edits at once: looked at first, then applied all at once."""

    class Kind(models.TextChoices):
        PRODUCTS = "products", "Produtos"
        PRICES = "prices", "Preços"
        STOCK = "stock", "Estoque"
        LISTINGS = "listings", "Produtos Ecommerce"

    class State(models.TextChoices):
        READING = "reading", "Conferindo"
        READY = "ready", "Conferida"
        APPLYING = "applying", "Aplicando"
        APPLIED = "applied", "Aplicada"
        FAILED = "failed", "Não lida"
        DISCARDED = "discarded", "Descartada"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)  # of the file, or what was edited at once
    reason = models.CharField(max_length=200, blank=True)  # of the counts of an Estoque
    # what is meant by rows that name no Loja; None: nothing, or the product's own price
    store = models.ForeignKey("stores.Store", null=True, on_delete=models.CASCADE, related_name="+")
    is_bulk = models.BooleanField(default=False)  # made from a selection, not from a file
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    note = models.CharField(max_length=500, blank=True)  # why it failed, or why it must be looked at again
    header: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    ignored: models.JSONField[list[str], list[str]] = models.JSONField(default=list)  # columns nobody knows

    rows = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    applied_by = models.CharField(max_length=150, blank=True)
    applied_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField()  # when its state changed last
    purged_at = models.DateTimeField(null=True)  # its rows are gone, but for the wrong ones

    asked = models.PositiveIntegerField(default=0)  # counts what was asked of the jobs: to look, to apply
    sent = models.PositiveIntegerField(default=0)  # the last one that was handed to the engine
    attempt = models.PositiveIntegerField(default=0)  # the try under way; one that was taken over writes no more

    class Meta:
        indexes = [
            models.Index(fields=["company", "-at"], name="sheets_recent"),
            models.Index(
                fields=["touched_at"], condition=models.Q(state__in=["reading", "applying"]), name="sheets_at_work"
            ),
            models.Index(fields=["touched_at"], condition=models.Q(purged_at=None), name="sheets_to_purge"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

    @property
    def is_at_work(self) -> bool:
        """Whether the jobs have something to do with it."""
        return self.state in {self.State.READING, self.State.APPLYING}

    @property
    def right(self) -> int:
        """How many rows would change something."""
        return self.new + self.changed


class SheetFile(TenantModel):
    """The bytes of a file until they are read: here, so that any machine's worker finds them."""

    sheet = models.OneToOneField(SheetImport, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.sheet_id}"


class SheetRow(TenantModel):
    """One row of a sheet: its cells as they were read, and what it would do."""

    class State(models.TextChoices):
        NEW = "new", "Novo"
        CHANGED = "changed", "Muda"
        UNCHANGED = "unchanged", "Sem mudança"
        WRONG = "wrong", "Com erro"

    sheet = models.ForeignKey(SheetImport, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()  # as the file counts
    cells: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=State.choices)
    target = models.CharField(max_length=10, blank=True)  # product, balance, listing, variant
    target_id = models.BigIntegerField(null=True)  # None: it makes one
    facts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)  # ids besides the target's
    label = models.CharField(max_length=250, blank=True)  # what it is about: "1001 · Pão francês"
    changes: models.JSONField[dict[str, list[Any]], dict[str, list[Any]]] = models.JSONField(default=dict)
    errors: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="one_row_per_number")]
        indexes = [
            models.Index(fields=["sheet", "state", "number"], name="sheet_rows_by_state"),
            models.Index(fields=["sheet", "target_id", "number"], name="sheet_rows_by_target"),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.sheet_id}:{self.number}"
