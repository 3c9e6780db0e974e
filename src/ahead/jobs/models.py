"""The workers and when each was last seen."""

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
