"""Images that were uploaded, as Tray fetches them: without log-in, at an address that never changes."""

from __future__ import annotations

from django.core.exceptions import ObjectDoesNotExist
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from ahead.catalog.pictures import CONTENT_TYPES, picture_named


@require_safe
def picture(request: HttpRequest, company: str, digest: str, extension: str) -> FileResponse:
    """Give a picture of a company; what it is comes from our own record, never from the file."""
    try:
        found = picture_named(company, digest, extension)
        file = found.file.open("rb")
    except (ObjectDoesNotExist, FileNotFoundError) as error:
        raise Http404 from error
    return FileResponse(
        file,
        content_type=CONTENT_TYPES[found.format],
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
        },
    )
