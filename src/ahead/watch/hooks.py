"""The webhook of a company: messages about its alerts, signed, sent until they are taken; each try is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import datetime
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.lib.errors import Refused
from ahead.stores.rules import clean_address
from ahead.watch import outbox
from ahead.watch.models import AlertSettings, HookAttempt, HookDelivery, News
from ahead.watch.posting import Posted, post

log = structlog.get_logger(__name__)
SIGNATURE, DELIVERY, EVENT = "X-Ahead-Signature", "X-Ahead-Delivery", "X-Ahead-Event"
_NAMED = "endereço do webhook"


class NoHook(Refused):
    """There is no address to send anything to."""


def signature_of(secret: str, body: str, *, at: int) -> str:
    """Return the signature of a message; the receiver computes it too, from the secret, `t`, a dot and the body."""
    signed = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


@transaction.atomic
def set_hook(company: Company, *, url: str, is_on: bool, by: str, now: datetime) -> AlertSettings:
    """
    Set where the webhook of a company goes; an address that changes gets a new secret.

    :raises WrongAddress: if it is not an https address of a public host.
    :raises NoHook: if it is to be on and has no address.
    """
    address = clean_address(url, allow_private=settings.ALLOW_PRIVATE_HOSTS, named=_NAMED) if url.strip() else ""
    if is_on and not address:
        raise NoHook("Informe o endereço para ligar o webhook.")
    row, _ = AlertSettings.objects.of(company).select_for_update().get_or_create(defaults={"company": company})
    if address != row.hook_url:
        row.hook_secret = secrets.token_urlsafe(32) if address else ""
    row.hook_url, row.hook_is_on = address, is_on
    row.save(update_fields=["hook_url", "hook_secret", "hook_is_on"])
    state = "ligado" if is_on else "desligado"
    _tell(company, f"Webhook de alertas {state}: {address or 'sem endereço'}", "hook_set", by, now)
    return row


@transaction.atomic
def renew_secret(company: Company, *, by: str, now: datetime) -> AlertSettings:
    """
    Give the webhook a new secret; what is signed with the old one is not accepted by the receiver any more.

    :raises NoHook: if there is none.
    """
    row = AlertSettings.objects.of(company).select_for_update().exclude(hook_url="").first()
    if row is None:
        raise NoHook("Informe antes o endereço do webhook.")
    row.hook_secret = secrets.token_urlsafe(32)
    row.save(update_fields=["hook_secret"])
    _tell(company, "Segredo do webhook de alertas trocado.", "hook_secret_renewed", by, now)
    return row


def _tell(company: Company, text: str, name: str, by: str, now: datetime) -> None:
    record(f"watch.{name}", company_id=company.pk, subject=("alerts", None), text=text, by=by, at=now)


def companies_with_hooks(*, now: datetime) -> set[int]:
    """Return the companies that have a message to send."""
    due = HookDelivery.objects.across_companies().filter(due_at__lte=now)
    return set(due.values_list("company_id", flat=True))


def send_hooks(company_id: int) -> int:
    """Send what is due of a company's messages, in their order, and return how many were taken."""
    row = AlertSettings.objects.of(company_id).first()
    due = HookDelivery.objects.of(company_id)
    if row is None or not row.hook_url or not row.hook_is_on:
        outbox.drop(outbox.begin(due, now=timezone.now()), "O webhook foi desligado.")
        return 0
    count = 0
    for delivery in outbox.begin(due, now=timezone.now()):
        count += _send(row, delivery).is_taken
    return count


def test_hook(company: Company, *, by: str, now: datetime) -> Posted:
    """
    Send a message that says it is a test, and return what came of it.

    :raises NoHook: if there is no address.
    """
    row = AlertSettings.objects.of(company).exclude(hook_url="").first()
    if row is None:
        raise NoHook("Grave antes o endereço do webhook.")
    identity = uuid4().hex
    body = {"id": identity, "event": "test", "at": now.isoformat(), "company": company.slug, "alert": None}
    with transaction.atomic():
        delivery = HookDelivery.objects.create(
            company=company, news=News.TEST, public_id=identity, body=json.dumps(body), created_at=now
        )
        _tell(company, "Teste do webhook de alertas.", "hook_tested", by, now)
    return _send(row, delivery, again=False)


def _send(row: AlertSettings, delivery: HookDelivery, *, again: bool = True) -> Posted:
    now = timezone.now()
    headers = {
        SIGNATURE: signature_of(row.hook_secret, delivery.body, at=int(now.timestamp())),
        DELIVERY: delivery.public_id,
        EVENT: "test" if delivery.news == News.TEST else f"alert.{delivery.news}",
    }
    came = post(row.hook_url, delivery.body.encode(), headers, allow_private=settings.ALLOW_PRIVATE_HOSTS)
    HookAttempt.objects.create(
        company_id=row.company_id,
        delivery=delivery,
        at=now,
        milliseconds=came.milliseconds,
        status=came.status,
        problem=came.problem,
    )
    if came.is_taken:
        outbox.sent([delivery], now=timezone.now())
    elif again:
        log.info("watch.hook.failed", delivery=delivery.public_id, status=came.status)
        # the receiver knows a repetition by its id: all tries may be made
        outbox.failed([delivery], came.problem, is_sure=True, now=timezone.now())
    return came
