"""Alerts and digests by e-mail: one message for a person at a time, whatever it is about; never in a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from ahead.accounts.models import User
from ahead.watch import outbox
from ahead.watch.letters import letter
from ahead.watch.models import MailLine, News

log = structlog.get_logger(__name__)
# the server said no: it was not delivered. Any other end of the conversation may have been after it was
_SURE = (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)


def has_mail(*, now: datetime) -> bool:
    """Whether anybody is to be written to."""
    return MailLine.objects.across_companies().filter(due_at__lte=now).exists()


def send_mails() -> int:
    """Write to everybody who is due, and return how many messages left."""
    now = timezone.now()
    due = MailLine.objects.across_companies().filter(due_at__lte=now)
    users = list(dict.fromkeys(due.order_by("due_at").values_list("user_id", flat=True)))
    count = 0
    with _Post() as post:
        for user_id in users:
            if not post.is_open:
                break
            count += _send_to(user_id, post)
    return count


class _Post:
    """The conversation with the mail server: opened at the first message, and anew after one that failed."""

    def __init__(self) -> None:
        self._connection = get_connection()
        self.is_open = True

    def __enter__(self) -> _Post:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def open(self) -> str:
        """Return why the server cannot be reached, or nothing."""
        try:
            self._connection.open()
        except (SMTPException, OSError) as error:
            self.is_open = False
            return str(error) or type(error).__name__
        return ""

    def send(self, message: EmailMessage) -> None:
        """Hand a message to the server."""
        message.connection = self._connection
        try:
            message.send()
        except (SMTPException, OSError):
            self._close()  # what the server ended is closed here, too: the next message is for a new conversation
            raise

    def _close(self) -> None:
        with suppress(SMTPException, OSError):
            self._connection.close()


def _send_to(user_id: int, post: _Post) -> bool:
    """Write one message with all that a person is to hear, and return whether it left."""
    now = timezone.now()
    rows = outbox.begin(MailLine.objects.across_companies().filter(user_id=user_id), now=now)
    rows = _still_true(rows)
    if not rows:
        return False
    if problem := post.open():
        log.warning("watch.mail.server_away", error=problem)
        outbox.postpone(rows, problem, now=now)
        return False
    try:
        post.send(_message(user_id, rows, now))
    except (SMTPException, OSError) as error:
        is_sure = isinstance(error, _SURE)
        log.warning("watch.mail.failed", user_id=user_id, error=type(error).__name__, is_sure=is_sure)
        outbox.failed(rows, str(error) or type(error).__name__, is_sure=is_sure, now=now)
        return False
    outbox.sent(rows, now=timezone.now())
    return True


def _still_true(rows: Sequence[MailLine]) -> list[MailLine]:
    """Return what is still worth telling: what ended before it was told is not news."""
    full = list(
        MailLine.objects.across_companies()
        .filter(pk__in=[row.pk for row in rows])
        .select_related("alert__store", "alert__company", "company", "user")
        .order_by("company__name", "news", "pk")
    )
    before = {row.pk: row.starts for row in rows}
    for row in full:
        row.starts = before[row.pk]
    over = [row for row in full if row.news == News.OPENED and row.alert and row.alert.closed_at]
    outbox.drop(over, "Resolvido antes do envio.")
    gone = [row for row in full if not row.user.is_active]
    outbox.drop(gone, "A pessoa não tem mais acesso.")
    return [row for row in full if row not in over and row not in gone]


def _message(user_id: int, rows: Sequence[MailLine], now: datetime) -> EmailMessage:
    person = User.objects.get(pk=user_id)
    subject, body = letter(person.name, rows, now=now)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    # the same when it is sent once more: many mail servers then show it once
    identity = f"<aviso.{rows[0].pk}.{rows[-1].pk}.{len(rows)}@{domain}>"
    headers = {"Message-ID": identity, "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email], headers=headers)
