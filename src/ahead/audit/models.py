"""The trail."""

from __future__ import annotations

from django.db import models

from ahead.db.tenancy import TenantModel


class Event(TenantModel):
    """One thing that was done: written by the operation that did it, in the same transaction."""

    name = models.CharField(max_length=80)  # constant, dotted: "orders.order.cancelled"
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    text = models.TextField()  # a sentence in Portuguese
    facts = models.JSONField(default=dict)
    by = models.CharField(max_length=150)  # e-mail of a person, or who acts where none does (`audit.actors`)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["company", "subject_kind", "subject_id", "at"], name="audit_subject"),
            models.Index(fields=["company", "-at"], name="audit_recent"),
            models.Index(fields=["company", "by", "-at"], name="audit_person"),
            models.Index(fields=["company", "subject_kind", "-at"], name="audit_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.text}"
