"""
What machines ask: /saude (does the process answer), /saude/pronto (can work be done), /metricas (how it goes).

They are answered before anything else is looked at: a load balancer asks by number, not by a name of
AHEAD_ALLOWED_HOSTS, and needs no session. What they say holds no secret and nothing of any company.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import constant_time_compare

from ahead.jobs.metrics import exposition
from ahead.jobs.readiness import readiness

_PLAIN = "text/plain; charset=utf-8"


class Probes:
    """Answer the addresses of machines; everything else goes on to the screens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = _PROBES.get(request.path_info.rstrip("/"))
        if probe is None:
            return self._get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(("GET", "HEAD"))
        response = probe(request)
        add_never_cache_headers(response)
        return response


def alive(_request: HttpRequest) -> HttpResponse:
    """Say that this process answers; it asks nobody, so that a slow database restarts no process."""
    return HttpResponse("ok", content_type=_PLAIN)


def ready(_request: HttpRequest) -> HttpResponse:
    """Say whether work can be done: database, tables, engine, worker."""
    found = readiness()
    checks = {check.name: str(check.verdict) for check in found.checks}
    return JsonResponse({"ready": found.is_ready, "checks": checks}, status=200 if found.is_ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures in the format of Prometheus to callers with the token; without one set, to nobody."""
    if not settings.METRICS_TOKEN:
        return HttpResponse("AHEAD_METRICS_TOKEN não foi definida.\n", content_type=_PLAIN, status=404)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not constant_time_compare(given, settings.METRICS_TOKEN):
        response = HttpResponse("Bearer token?\n", content_type=_PLAIN, status=401)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    body, kind = exposition()
    return HttpResponse(body, content_type=kind)


_PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/saude": alive,
    "/saude/pronto": ready,
    "/metricas": metrics,
}
