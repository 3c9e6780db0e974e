"""The workers and when each was last seen; what was cleared away."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, models
from django.db.models.functions import Now

DEAD_AFTER_SECONDS = 15  # looked for every quarter of it: runs go on elsewhere within 20 s of the last beat


class WorkerSlotQuerySet(models.QuerySet["WorkerSlot"]):
    """Workers, by how long they have been silent on the clock of the database."""

    def alive(self) -> WorkerSlotQuerySet:
        """Those that beat; not the rows without a process, of which only runs are known."""
        return self.filter(seen_at__gte=Now() - timedelta(seconds=DEAD_AFTER_SECONDS), pid__gt=0)

    def silent(self, seconds: float) -> WorkerSlotQuerySet:
        """Those that have not been seen for so many seconds."""
        return self.filter(seen_at__lt=Now() - timedelta(seconds=seconds))


class WorkerSlot(models.Model):
    """A place a worker has taken; its runs are given to others once it is silent for too long."""

    executor = models.CharField(max_length=120, unique=True)  # the name the engine knows it by
    seen_at = models.DateTimeField()  # by the clock of the database, so that machines need not agree
    started_at = models.DateTimeField()
    host = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    threads = models.PositiveIntegerField()
    release = models.CharField(max_length=40, blank=True)  # of our program: during an update there are two

    objects = WorkerSlotQuerySet.as_manager()

    class Meta:
        ordering = ["executor"]

    def __str__(self) -> str:
        return self.executor

    @classmethod
    def has_table(cls) -> bool:
        """Whether the database has the table already: before the first `ahead migrate` it has none."""
        with connection.cursor() as cursor:
            return cls._meta.db_table in connection.introspection.table_names(cursor)


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
