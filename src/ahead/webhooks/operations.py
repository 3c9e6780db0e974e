"""Receiving notifications, settling them, and the addresses they come to: the only writers."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Q, Value, When

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.db.lane import on_disk, waiting_at_most
from ahead.lib.brasilia import BRASILIA
from ahead.stores.models import Store
from ahead.webhooks.models import Application, Notice, StrangerCount
from ahead.webhooks.queries import Pending
from ahead.webhooks.rules import Notification

FORMER_FOR = timedelta(days=30)
KEPT_FOR = timedelta(days=7)
STRANGERS_KEPT_FOR = timedelta(days=90)
LONGEST_WAIT_SECONDS = 2.0  # for the one writer of SQLite; Tray sends again what was not answered 200
_PURGED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Address:
    """The address of an application was found by its secret."""

    application_id: int
    key_digest: str
    has_former: bool  # a former secret is still good
    is_former: bool  # and it is the one that was used


@dataclass(frozen=True, slots=True)
class Recipient:
    """The Loja that a notification is about, and the application it belongs to."""

    company_id: int
    store_id: int
    key_digest: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A notification that arrived at an application, of a Loja or of a store that nobody here has."""

    application_id: int
    recipient: Recipient | None
    note: Notification
    at: datetime


def digest(text: str) -> str:
    """Return what a secret, or a Consumer Key, is looked up by."""
    return sha256(text.encode()).hexdigest()


def address_of(secret: str, *, now: datetime) -> Address | None:
    """
    Return the application that has this secret, if any.

    It is found by its digest in an index: how long that takes says nothing of the secret.
    """
    hashed = digest(secret)
    found = Application.objects.filter(
        Q(secret_digest=hashed) | Q(former_digest=hashed, former_until__gt=now)
    ).values_list("pk", "key_digest", "secret_digest", "former_digest")
    for pk, key_digest, current, former in found:
        return Address(pk, key_digest, has_former=bool(former), is_former=current != hashed)
    return None


def recipient_of(seller_id: int) -> Recipient | None:
    """Return the Loja that is this store at Tray, if there is one."""
    stores = Store.objects.across_companies().filter(tray_store_id=seller_id).order_by()
    for company_id, pk, consumer_key in stores.values_list("company_id", "pk", "consumer_key"):
        return Recipient(company_id, pk, digest(consumer_key))
    return None


# One statement each: of two that arrive at once neither is lost, and the one writer of SQLite is held for no longer.
_ARRIVE = """
INSERT INTO webhooks_notice (company_id, store_id, scope, scope_id, act, arrived, settled, first_at, last_at)
VALUES (%s, %s, %s, %s, %s, 1, 0, %s, %s)
ON CONFLICT (store_id, scope, scope_id) DO UPDATE SET
    arrived = webhooks_notice.arrived + 1,
    act = excluded.act,
    first_at = CASE WHEN webhooks_notice.arrived = webhooks_notice.settled
        THEN excluded.first_at ELSE webhooks_notice.first_at END,
    last_at = excluded.last_at
"""
_COUNT_STRANGER = """
INSERT INTO webhooks_strangercount (application_id, day, count, last_seller_id, last_at) VALUES (%s, %s, 1, %s, %s)
ON CONFLICT (application_id, day) DO UPDATE SET
    count = webhooks_strangercount.count + 1, last_seller_id = excluded.last_seller_id, last_at = excluded.last_at
"""


def keep_arrivals(arrivals: Sequence[Arrival]) -> None:
    """
    Store notifications, all or none of them, and return once they are on the disk.

    Rows are taken in the order in which `settle` takes them, so that neither waits for the other for ever.
    """
    notices = sorted(_notice_rows(arrivals), key=lambda row: row[1:4])  # stable: the last of a thing stays the last
    strangers = sorted(_stranger_rows(arrivals), key=lambda row: row[:2])
    with waiting_at_most(LONGEST_WAIT_SECONDS), on_disk(), transaction.atomic(), connection.cursor() as cursor:
        for statement, rows in ((_ARRIVE, notices), (_COUNT_STRANGER, strangers)):
            if rows:
                cursor.executemany(statement, rows)


def _notice_rows(arrivals: Sequence[Arrival]) -> Iterator[tuple[Any, ...]]:
    for one in arrivals:
        if one.recipient is not None:
            whose, at = one.recipient, connection.ops.adapt_datetimefield_value(one.at)
            yield whose.company_id, whose.store_id, one.note.scope, one.note.scope_id, one.note.act, at, at


def _stranger_rows(arrivals: Sequence[Arrival]) -> Iterator[tuple[Any, ...]]:
    for one in arrivals:
        if one.recipient is None:
            day = connection.ops.adapt_datefield_value(one.at.astimezone(BRASILIA).date())
            at = connection.ops.adapt_datetimefield_value(one.at)
            yield one.application_id, day, one.note.seller_id, at


def forget_former(application_id: int) -> None:
    """Tray uses the new address: the former one is good no longer."""
    Application.objects.filter(pk=application_id).update(former_digest="", former_until=None)


def settle(company_id: int, looked_at: Iterable[Pending], *, began: datetime) -> None:
    """
    Note that these were looked at, as they stood at `began`: what arrived since stays to be looked at.

    Call it in the transaction that keeps what was seen, or after it: what is settled is looked at no more.
    """
    for one in sorted(looked_at, key=lambda one: (one.scope, one.scope_id)):
        Notice.objects.of(company_id).filter(pk=one.pk, settled__lt=one.arrived).update(
            settled=one.arrived,
            first_at=Case(When(arrived__gt=one.arrived, then=Value(began)), default=F("first_at")),
        )


@transaction.atomic
def open_address(*, company: Company, store_id: int, by: str, now: datetime) -> str:
    """
    Return the secret of the address of a Loja's application, made if there is none.

    :raises Store.DoesNotExist: if the company has no such Loja.
    """
    store = Store.objects.of(company).get(pk=store_id)
    secret = _new_secret()
    facts = {"secret": secret, "secret_digest": digest(secret), "created_at": now, "renewed_at": now}
    application, is_new = Application.objects.get_or_create(key_digest=digest(store.consumer_key), defaults=facts)
    if is_new:
        _record("opened", store, f"Endereço dos avisos da Loja «{store.name}» criado", by=by, now=now)
    return str(application.secret)


@transaction.atomic
def renew_address(*, company: Company, store_id: int, keeps_former: bool, by: str, now: datetime) -> str:
    """
    Give the application of a Loja a new address and return its secret.

    The former one is good until Tray uses the new one, for 30 days at most; without `keeps_former` it ends at once.

    :raises Store.DoesNotExist: if the company has no such Loja.
    :raises Application.DoesNotExist: if there is no address yet.
    """
    store = Store.objects.of(company).get(pk=store_id)
    row = Application.objects.select_for_update().get(key_digest=digest(store.consumer_key))
    secret = _new_secret()
    row.former_digest = row.secret_digest if keeps_former else ""
    row.former_until = now + FORMER_FOR if keeps_former else None
    row.secret, row.secret_digest, row.renewed_at = secret, digest(secret), now
    row.save()
    text = f"Endereço dos avisos da Loja «{store.name}» renovado"
    _record("renewed", store, text, by=by, now=now, keeps_former=keeps_former)
    return secret


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _record(name: str, store: Store, text: str, *, by: str, now: datetime, **facts: object) -> None:
    subject = ("store", store.pk)
    record(f"webhooks.address.{name}", company_id=store.company_id, subject=subject, text=text, by=by, at=now, **facts)


def purge_notices(*, now: datetime) -> int:
    """Delete some of the notices that were settled long ago, and old counts of strangers; return how many notices."""
    old = Notice.objects.across_companies().filter(last_at__lt=now - KEPT_FOR, arrived=F("settled"))
    chosen = list(old.order_by("last_at").values_list("pk", flat=True)[:_PURGED_AT_ONCE])
    if chosen:
        # again the condition: one may have arrived meanwhile
        Notice.objects.across_companies().filter(pk__in=chosen, arrived=F("settled")).delete()
    StrangerCount.objects.filter(last_at__lt=now - STRANGERS_KEPT_FOR).delete()
    return len(chosen)
