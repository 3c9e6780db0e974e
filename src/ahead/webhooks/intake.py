"""
Taking in what Tray notifies of, two hundred times a second and more: from an address to a row.

Who has which secret, and whose store it is, is remembered for some seconds, so that nothing is left to do but the
write; notifications that wait for it are written together. What changed meanwhile counts once the seconds are over: an
address that was ended at once is good for so long still, and a store that was connected just now is a stranger.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Generic, TypeVar

from ahead.db.lane import waiting_at_most
from ahead.db.together import Together
from ahead.webhooks import operations
from ahead.webhooks.operations import Address, Arrival, Recipient, digest
from ahead.webhooks.rules import Notification

REMEMBERED_SECONDS = 3.0
_REMEMBERED = 10_000

V = TypeVar("V")


class _Memory(Generic[V]):
    """Remembers what was found, for some seconds, and forgets all rather than grow."""

    def __init__(self) -> None:
        self._found: dict[str | int, tuple[float, V]] = {}

    def recall(self, key: str | int) -> V:
        """
        Return what was found of late.

        :raises KeyError: if nothing was.
        """
        until, found = self._found[key]
        if until < monotonic():
            raise KeyError(key)
        return found

    def keep(self, key: str | int, found: V) -> None:
        if len(self._found) >= _REMEMBERED:
            self._found.clear()
        self._found[key] = (monotonic() + REMEMBERED_SECONDS, found)

    def forget(self) -> None:
        self._found.clear()


class Intake:
    """Finds whom a notification is for, and gives it to `keep`, which returns once it is stored."""

    def __init__(self, keep: Callable[[Arrival], None]) -> None:
        self._keep = keep
        self._addresses = _Memory[Address]()
        self._recipients = _Memory[Recipient | None]()

    def address_of(self, secret: str, *, now: datetime) -> Address | None:
        """Return the application that has this secret, if any; what is wrong is looked up each time."""
        hashed = digest(secret)
        try:
            return self._addresses.recall(hashed)
        except KeyError:
            found = operations.address_of(secret, now=now)
        if found is not None:
            self._addresses.keep(hashed, found)
        return found

    def receive(self, address: Address, note: Notification, *, now: datetime) -> bool:
        """
        Keep that something is to be looked at; return, once it is stored, whether the store is one of this application.

        One row for each thing; a repeated or a swapped notification changes nothing but a count. Of a store that
        nobody here has, it is counted.

        :raises NotInTime: if it could not be stored in time.
        :raises DatabaseError: if it could not be stored.
        """
        if address.has_former and not address.is_former:
            with waiting_at_most(operations.LONGEST_WAIT_SECONDS):
                operations.forget_former(address.application_id)
            self._addresses.forget()
        recipient = self._recipient_of(note.seller_id)
        if recipient is not None and recipient.key_digest != address.key_digest:
            recipient = None
        if note.is_wanted or recipient is None:
            self._store(Arrival(address.application_id, recipient, note, now))
        return recipient is not None

    def _store(self, arrival: Arrival) -> None:
        try:
            self._keep(arrival)
        except Exception:
            self.forget()  # the store may be gone: then the next time finds it so
            raise

    def _recipient_of(self, seller_id: int) -> Recipient | None:
        try:
            return self._recipients.recall(seller_id)
        except KeyError:
            found = operations.recipient_of(seller_id)
        self._recipients.keep(seller_id, found)
        return found

    def forget(self) -> None:
        """Look everything up anew."""
        self._addresses.forget()
        self._recipients.forget()


WRITER = Together(operations.keep_arrivals, name="notices")


def _together(arrival: Arrival) -> None:
    WRITER.put(arrival, seconds=operations.LONGEST_WAIT_SECONDS)


INTAKE = Intake(_together)  # of this process
