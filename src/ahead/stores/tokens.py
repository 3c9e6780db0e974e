"""The tokens of a store for the Tray client: read fresh, saved before use, refreshed by one at a time."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, Protocol, TypeVar

from django.db import transaction
from django.db.models import Q

from ahead.db.clerks import ask
from ahead.db.clock import shared_now
from ahead.stores.models import Store, StoreToken

_LEASE = timedelta(seconds=30)
_POLL_SECONDS = 0.1


class TokenPair(Protocol):
    """What is kept: the two tokens, when each dies, and the id Tray gave the store."""

    @property
    def access(self) -> str: ...
    @property
    def refresh(self) -> str: ...
    @property
    def access_expires_at(self) -> datetime: ...
    @property
    def refresh_expires_at(self) -> datetime: ...
    @property
    def store_id(self) -> int | None: ...


T = TypeVar("T", bound=TokenPair)


class StoreTokens(Generic[T]):
    """
    Keeps the tokens of one store in the database, sealed.

    `make` builds what is handed out, from keywords named as in `TokenPair`. Every read goes to the database,
    so a token that another worker has just saved is seen. No transaction is open while a worker waits.
    """

    def __init__(
        self,
        store: Store,
        *,
        make: Callable[..., T],
        clock: Callable[[], datetime] = shared_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._make = store, make
        self._clock, self._sleep = clock, sleep
        self._held = threading.local()
        self._row = StoreToken.objects.of(store.company_id).filter(store_id=store.pk)

    def current(self) -> T | None:
        """Return the tokens as they are stored now, or None before the first connection."""
        row = ask(self._row.select_related("store").get)
        if not row.access:
            return None
        return self._make(
            access=row.access,
            refresh=row.refresh,
            access_expires_at=row.access_expires_at,
            refresh_expires_at=row.refresh_expires_at,
            store_id=row.store.tray_store_id,
        )

    @contextmanager
    def exclusively(self) -> Iterator[T | None]:
        """Let one worker in at a time, of all processes; yields the tokens as they are once inside."""
        holder = uuid.uuid4().hex
        while not self._enter(holder):
            self._sleep(_POLL_SECONDS)
        self._held.holder = holder
        try:
            yield self.current()
        finally:
            self._held.holder = ""
            mine = self._row.filter(refreshing_by=holder)
            ask(partial(mine.update, refreshing_until=None, refreshing_by=""))

    def save(self, tokens: T) -> None:
        """
        Keep both tokens, in one transaction.

        One whose turn has run out while Tray was slow, and whose successor has already saved, keeps nothing:
        the tokens that live longer are the newer ones.
        """
        ask(partial(self._save, tokens, getattr(self._held, "holder", "")))

    def _save(self, tokens: T, holder: str) -> None:
        with transaction.atomic():
            row = self._row.select_for_update().get()
            is_our_turn = bool(row.refreshing_by) and row.refreshing_by == holder
            is_newer = row.access_expires_at is None or tokens.access_expires_at >= row.access_expires_at
            if not (is_our_turn or is_newer):
                return
            row.access, row.refresh = tokens.access, tokens.refresh
            row.access_expires_at = tokens.access_expires_at
            row.refresh_expires_at = tokens.refresh_expires_at
            row.save(update_fields=["access", "refresh", "access_expires_at", "refresh_expires_at"])

    def code(self) -> str | None:
        """Return the code of the last authorisation, or None if there is none."""
        return ask(self._row.get).code or None

    def save_code(self, code: str) -> None:
        """Keep the code of an authorisation: the last resort when a refresh fails."""
        ask(partial(self._row.update, code=code))

    def _enter(self, holder: str) -> bool:
        now = self._clock()
        free = self._row.filter(Q(refreshing_until=None) | Q(refreshing_until__lte=now))
        return bool(ask(partial(free.update, refreshing_until=now + _LEASE, refreshing_by=holder)))
