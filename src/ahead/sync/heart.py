"""Keeps the leases of the stores this process has in hand, with one thread for all of them."""

from __future__ import annotations

import threading
import time

import structlog
from django.db import DatabaseError, InterfaceError, connection

from ahead.db.clock import shared_now
from ahead.stores.leases import keep_store

log = structlog.get_logger(__name__)
LEASE_SECONDS = 30.0
DATABASE_ERRORS = (DatabaseError, InterfaceError)
_BEAT_SECONDS = 8.0
_LONGEST_SECONDS = 6 * 60 * 60.0  # a backlog of a whole day's quota takes less


class Heart:
    """
    Beats while there is anything in hand. A lease that is lost is dropped; the fence does the rest.

    Who holds a store for `longest` seconds hangs: its lease is kept no longer, and another may take the store.
    """

    def __init__(self, *, beat_seconds: float = _BEAT_SECONDS, longest: float = _LONGEST_SECONDS) -> None:
        self._beat_seconds, self._longest = beat_seconds, longest
        self._in_hand: dict[int, tuple[int, float]] = {}  # fence number, held since
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def hold(self, store_id: int, token: int) -> None:
        """Keep this lease until it is let go."""
        with self._lock:
            self._in_hand[store_id] = (token, time.monotonic())
            if self._thread is None:
                self._wake.clear()
                self._thread = threading.Thread(target=self._beat, name="lease-heart", daemon=True)
                self._thread.start()

    def let_go(self, store_id: int, token: int) -> None:
        """Stop keeping this lease."""
        with self._lock:
            if self._in_hand.get(store_id, (0, 0.0))[0] == token:
                del self._in_hand[store_id]
            if not self._in_hand:
                self._wake.set()

    def join(self, timeout: float) -> None:
        """Wait until nothing is in hand any more."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _beat(self) -> None:
        while True:
            is_over = self._wake.wait(self._beat_seconds)
            with self._lock:
                if is_over and not self._in_hand:
                    self._thread = None
                    break
                self._wake.clear()
                in_hand = list(self._in_hand.items())
            for store_id, (token, since) in in_hand:
                if time.monotonic() - since > self._longest:
                    log.error("sync.lease.held_too_long", store_id=store_id, seconds=self._longest)
                    self.let_go(store_id, token)
                    continue
                self._keep(store_id, token)
        connection.close()

    def _keep(self, store_id: int, token: int) -> None:
        try:
            if not keep_store(store_id, token=token, now=shared_now(), seconds=LEASE_SECONDS):
                self.let_go(store_id, token)
        except DATABASE_ERRORS as error:
            log.warning("sync.lease.not_kept", store_id=store_id, error=type(error).__name__)
            connection.close()


HEART = Heart()
