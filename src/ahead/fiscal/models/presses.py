"""Presses of *Gerar Notas*."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ahead.db.tenancy import TenantModel
from ahead.fiscal.models.notas import Nota


class Press(TenantModel):
    """One press of *Gerar Notas*: the orders that were chosen, and what became of each."""

    class State(models.TextChoices):
        WAITING = "waiting", "Na fila"
        RUNNING = "running", "Gerando notas"
        DONE = "done", "Concluído"

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["company", "-asked_at"], name="presses_recent"),
            models.Index(fields=["company"], condition=~Q(state="done"), name="presses_at_work"),
        ]
        verbose_name_plural = "presses"

    def __str__(self) -> str:
        return f"{self.done} of {self.total}"


class PressOrder(TenantModel):
    """One order of a press."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Na fila"
        AUTHORISED = "authorised", "Autorizada"
        REJECTED = "rejected", "Rejeitada"
        UNKNOWN = "unknown", "Aguardando a SEFAZ"
        REFUSED = "refused", "Não gerada"
        CANCELLED = "cancelled", "Cancelada"

    press = models.ForeignKey(Press, on_delete=models.CASCADE, related_name="orders")
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="+")
    nota = models.ForeignKey(Nota, null=True, on_delete=models.SET_NULL, related_name="+")
    # which goods it was refused for, where it was for some
    product = models.ForeignKey("catalog.Product", null=True, on_delete=models.SET_NULL, related_name="+")
    position = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    text = models.CharField(max_length=600, blank=True)
    remedy = models.CharField(max_length=600, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["press", "order"], name="an_order_once_per_press")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"order {self.order_id}: {self.outcome}"
