"""Which process has a store in hand: one at a time, with a fence against one that wakes up too late.

Each time it is taken, the number grows. A process that writes for the store checks its number in the transaction
of the write: a worker that froze, and was taken over, is refused there and can spoil nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from ahead.db.tenancy import TenantQuerySet
from ahead.stores.models import StoreAgenda


class LostStore(Exception):
    """Somebody else has the store in hand by now; stop, and write nothing more for it."""


def is_free(now: datetime) -> Q:
    """Return the condition that nobody has a store in hand."""
    return Q(lease_until=None) | Q(lease_until__lte=now)


def take_store(store_id: int, *, holder: str, now: datetime, seconds: float = 30) -> int | None:
    """
    Take a store in hand and return the fence number, or None while somebody else has it.

    The same holder may take it again; the number it got before is then no longer valid.
    """
    with transaction.atomic():
        taken = _agenda(store_id).filter(is_free(now) | Q(lease_holder=holder))
        until = now + timedelta(seconds=seconds)
        if not taken.update(lease_token=F("lease_token") + 1, lease_holder=holder, lease_until=until):
            return None
        return int(_agenda(store_id).values_list("lease_token", flat=True).get())


def keep_store(store_id: int, *, token: int, now: datetime, seconds: float = 30) -> bool:
    """Keep the store for longer; return False if it is no longer ours."""
    ours = _agenda(store_id).filter(lease_token=token, lease_until__isnull=False)
    return bool(ours.update(lease_until=now + timedelta(seconds=seconds)))


def check_fence(store_id: int, token: int) -> None:
    """
    Make sure that the store is ours until the transaction around this call ends: nobody takes it before.

    :raises LostStore: if it is not.
    """
    ours = _agenda(store_id).filter(lease_token=token, lease_until__isnull=False)
    if ours.select_for_update(no_key=True).values_list("pk", flat=True).first() is None:
        raise LostStore(f"store {store_id} is no longer in hand under number {token}")


def leave_store(store_id: int, *, token: int) -> None:
    """Let the store go, if it is still ours."""
    _agenda(store_id).filter(lease_token=token).update(lease_until=None, lease_holder="")


def _agenda(store_id: int) -> TenantQuerySet[StoreAgenda]:
    agenda: TenantQuerySet[StoreAgenda] = StoreAgenda.objects.across_companies().filter(store_id=store_id)
    return agenda
