"""E-mails that a screen sends: one after another, and never before the answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

log = structlog.get_logger(__name__)
# How long a server of e-mails takes tells nobody whether an e-mail is known.
SENDER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="e-mail")


def send_later(message: EmailMessage, *, what: str) -> None:
    """Send an e-mail when those before it are sent; `what` is what the log calls it where it could not be."""
    SENDER.submit(_send, message, what)


def _send(message: EmailMessage, what: str) -> None:
    try:
        message.send()
    except OSError as error:  # the server of e-mails is not there; nobody waits for us
        log.warning("web.email.not_sent", what=what, error=type(error).__name__)
