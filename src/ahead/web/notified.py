"""
What Tray notifies us of (webhooks), at an address of each application: kept, and answered at once.

It is answered before anything else is looked at: Tray has no session, knows nothing but the secret in the address, and
comes two hundred times a second, for which the other layers would cost ten times what the work does.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from ahead.db.clock import shared_now
from ahead.db.together import NotInTime
from ahead.webhooks.intake import INTAKE
from ahead.webhooks.rules import MOST_BYTES, Malformed, read_body

PREFIX = "/webhooks/tray/"
_FORM = "application/x-www-form-urlencoded"


class Notified:
    """Answer Tray's notifications; everything else goes on to the screens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self._get_response(request)
        request.answered_by = "webhook"  # type: ignore[attr-defined]  # for the log, which never tells the address
        response = HttpResponse(status=_status(request), content_type="text/plain")
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django's log would tell the address
        return response


def _status(request: HttpRequest) -> int:
    """Take in a notification; 200 says that it is stored, and 503 that Tray should send it again."""
    if request.method != "POST":
        return 405
    secret = request.path_info.removeprefix(PREFIX).removesuffix("/")
    try:
        now = shared_now()  # compared with when workers wrote what this may be the echo of
        address = INTAKE.address_of(secret, now=now)
        if address is None:
            return 404
        body = request.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            return 413
        if request.content_type != _FORM:
            return 400
        INTAKE.receive(address, read_body(body), now=now)
    except (Malformed, OSError):  # or who hung up
        return 400
    except (DatabaseError, NotInTime):
        return 503
    return 200
