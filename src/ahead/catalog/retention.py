"""
Images that nothing shows any more: first the row goes, then, once no row names it, the file.

The file alone is looked for by its age and name, so dying between the two leaves nothing behind: neither a row
without its file, nor a file for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef

from ahead.catalog.models import ListingImage, Picture
from ahead.catalog.pictures import FOLDER
from ahead.db.lane import bulk_lane

KEPT_UNUSED = timedelta(days=30)  # a person who took an image off a listing may want it back
_AT_ONCE = 200
_PARTS = 16  # of the files, by the first letter of their name: one part an hour


def purge_pictures(*, now: datetime) -> int:
    """Delete the rows of some images that no listing shows, and that were last sent long ago."""
    shown = ListingImage.objects.across_companies().filter(picture=OuterRef("pk"))
    unused = Picture.objects.across_companies().filter(~Exists(shown), added_at__lt=now - KEPT_UNUSED)
    chosen = list(unused.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    if not chosen:
        return 0
    with bulk_lane():  # again the condition: one may have been sent again meanwhile, which makes it new
        return int(unused.filter(pk__in=chosen).delete()[0])


def purge_picture_files(*, now: datetime) -> int:
    """Delete some old files of images that no row names: of the part of all files whose hour this is."""
    part = f"{int(now.timestamp() // 3600) % _PARTS:x}"
    gone = 0
    for company in _names_in(FOLDER, folders=True):
        place = f"{FOLDER}/{company}"
        old = [
            f"{place}/{name}"
            for name in _names_in(place, folders=False)
            if name.startswith(part) and default_storage.get_modified_time(f"{place}/{name}") < now - KEPT_UNUSED
        ]
        gone += sum(_delete_unnamed(old[start : start + _AT_ONCE]) for start in range(0, len(old), _AT_ONCE))
    return gone


def _names_in(place: str, *, folders: bool) -> Iterator[str]:
    if Path(default_storage.path(place)).is_dir():  # a machine without the folder has nothing to clear away
        inner, files = default_storage.listdir(place)
        yield from inner if folders else files


def _delete_unnamed(places: list[str]) -> int:
    named = set(Picture.objects.across_companies().filter(file__in=places).values_list("file", flat=True))
    unnamed = [place for place in places if place not in named]
    for place in unnamed:
        default_storage.delete(place)
    return len(unnamed)
