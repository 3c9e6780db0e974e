"""Headers that keep a page to what we wrote."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_POLICY = (
    "default-src 'self'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


_WITH_PICTURES = _POLICY.replace("img-src 'self'", "img-src 'self' https:")


def allow_pictures(response: HttpResponse) -> HttpResponse:
    """Let a page show images from where a listing says they are, besides our own files."""
    response.headers["Content-Security-Policy"] = _WITH_PICTURES
    return response


class ContentSecurityPolicy:
    """Send the content security policy: scripts and styles only from our own files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        return response
