"""How much may be sent at once: what is larger is refused before it is read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from ahead.catalog.listing_rules import MOST_IMAGES
from ahead.catalog.pictures import LARGEST_UPLOAD

MOST_AT_ONCE = MOST_IMAGES * LARGEST_UPLOAD + 1_000_000


class LimitedUploads(FileUploadHandler):
    """Refuses a form whose files are, all together, more than the images of one listing may be."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django gives it by this name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Look at the length only; the other handlers read."""
        if content_length > MOST_AT_ONCE:
            raise RequestDataTooBig("more was uploaded than the images of a listing may be")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass on what was read."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the other handlers."""
