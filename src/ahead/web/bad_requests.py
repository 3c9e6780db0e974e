"""The page of a request that is refused before a view understands it: a 400, with its id as on the page of a 500.

A filter that cannot be read has a page of its own (`unreadable.html`).
"""

from __future__ import annotations

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template import loader

from ahead.catalog.listing_rules import MOST_IMAGES
from ahead.catalog.pictures import LARGEST_UPLOAD

_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (DisallowedHost, "host"),
    (RequestDataTooBig, "size"),
    (TooManyFieldsSent, "fields"),
    (TooManyFilesSent, "fields"),
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """
    Say what was wrong with what came, whose turn it is and what to do; Django calls it.

    It is drawn without the request, whose host or form may be what cannot be read, and repeats nothing of it.
    """
    facts = {
        "request_id": getattr(request, "request_id", ""),
        "kind": next((kind for cause, kind in _KINDS if isinstance(exception, cause)), ""),
        "most_images": MOST_IMAGES,
        "largest_megabytes": LARGEST_UPLOAD // 1024**2,
    }
    return HttpResponse(loader.get_template("400.html").render(facts), status=400)
