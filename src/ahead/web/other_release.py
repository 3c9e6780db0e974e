"""Styles and scripts under the address of another release, while the machines are updated one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.staticfiles.views import serve
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@require_safe
def static_file(request: HttpRequest, version: str, path: str) -> HttpResponseBase:
    """
    Give our own file of that name: the page came from a machine of another release, and the proxy sent its styles here.

    Ours may differ a little, but a page without any cannot be used. It is not to be kept: what belongs under this
    address is the other's.
    """
    response = serve(request, path, insecure=True)
    response["Cache-Control"] = "no-store"
    return response
