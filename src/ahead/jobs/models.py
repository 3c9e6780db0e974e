"""The workers and when each was last seen; what was cleared away."""

from __future__ import annotations

from django.db import models


class WorkerSlot(models.Model):
    """A place a worker has taken; its runs are given to others once it is silent for too long."""

    executor = models.CharField(max_length=120, unique=True)  # the name the engine knows it by
    seen_at = models.DateTimeField()  # by the clock of the database, so that machines need not agree
    started_at = models.DateTimeField()
    host = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    threads = models.PositiveIntegerField()
    release = models.CharField(max_length=40, blank=True)  # of our program: during an update there are two

    class Meta:
        ordering = ["executor"]

    def __str__(self) -> str:
        return self.executor


class Purge(models.Model):
    """How clearing away one kind of thing stands; see `retention.PURGINGS`."""

    name = models.CharField(max_length=40, unique=True)
    looked_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)  # since the last look that went well
    is_over = models.BooleanField(default=False)  # the last look found nothing more
    removed = models.PositiveBigIntegerField(default=0)  # the last time there was something, in all its batches
    removed_at = models.DateTimeField(null=True)
    total = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.total}"
