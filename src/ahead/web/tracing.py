"""An id for each request: in every line of the log that the request causes, in the answer, and on the page of a 500."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django.template import loader
from structlog.contextvars import bound_contextvars

log = structlog.get_logger(__name__)

HEADER = "X-Request-ID"
_SANE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}"
)  # what a proxy sends; anything else might break a line of the log


def request_id_of(request: HttpRequest) -> str:
    """Return the id of a request: what the proxy before us gave it, or one of our own."""
    given = request.headers.get(HEADER, "")
    return given if _SANE.fullmatch(given) else uuid4().hex


class RequestIds:
    """Bind the id of each request to the log, return it, and log how the request went."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identity = request_id_of(request)
        request.request_id = identity  # type: ignore[attr-defined]
        with bound_contextvars(request_id=identity):
            began = perf_counter()
            response = self._get_response(request)
            _tell(request, response, perf_counter() - began)
        response.headers[HEADER] = identity
        return response


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Log the route and never the address: a search holds names and documents."""
    route = request.resolver_match.view_name if request.resolver_match else getattr(request, "answered_by", "")
    milliseconds = round(seconds * 1000)
    log.info("web.request", method=request.method, route=route, status=response.status_code, ms=milliseconds)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show that something broke, with the id by which it is found in the log; Django calls it."""
    template = loader.get_template("500.html")
    return HttpResponse(template.render({"request_id": getattr(request, "request_id", "")}), status=500)
