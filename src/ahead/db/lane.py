"""One lane for bulk writes on SQLite, so that a long import never starves a person's click.

SQLite has no queue for writers: whoever writes back to back keeps everybody else waiting (measured: a small
write of the web waited 1 to 8 seconds). One lane per process, that rests as long as it wrote before it lets
go, brings this to tens of milliseconds. PostgreSQL needs none of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_LANE = threading.Lock()
_LONGEST_REST_SECONDS = 0.25


@contextmanager
def bulk_lane() -> Iterator[None]:
    """Run the block in one transaction, in the lane of this process when the database is SQLite."""
    if connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    with _LANE:
        began = time.monotonic()
        with transaction.atomic():
            yield
        if not connection.in_atomic_block:
            time.sleep(min(time.monotonic() - began, _LONGEST_REST_SECONDS))
