"""Images that are uploaded: made to fit what Tray takes, kept once per company, found again by their content."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps, UnidentifiedImageError

from ahead.accounts.models import Company
from ahead.catalog.models import Picture
from ahead.lib.errors import Refused

FOLDER = "imagens"
LARGEST_UPLOAD = 15 * 1024 * 1024
LONGEST_SIDE = 2000  # pixels; both limits are of Tray's page "Imagens"
LARGEST_FILE = 350 * 1000
_MOST_PIXELS = 50_000_000  # decoded at most: a small file may claim far more
_QUALITIES = (90, 84, 78, 70, 62)
_SHRINK = 0.8
_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
_FORMATS = {"JPEG": "jpg", "PNG": "png"}
CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


class WrongPicture(Refused):
    """The file is no image that can be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An image as it is kept; `note` tells the person what was changed so that it fits, if anything was."""

    content: bytes
    format: str  # jpg, png
    width: int
    height: int
    note: str


def prepare(content: bytes) -> Prepared:
    """
    Return an uploaded image upright, without what cameras write into it, and no larger than Tray takes.

    :raises WrongPicture: if it is too large to be read, no JPEG or PNG, or broken.
    """
    if len(content) > LARGEST_UPLOAD:
        raise WrongPicture("A imagem tem mais de 15 MB. Reduza-a e envie de novo.")
    try:
        with Image.open(io.BytesIO(content), formats=tuple(_FORMATS)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise WrongPicture("A imagem tem pontos demais. Reduza-a e envie de novo.")
            kind = _FORMATS[str(opened.format)]
            image = _plain(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise WrongPicture("A imagem tem pontos demais. Reduza-a e envie de novo.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise WrongPicture("O arquivo não é uma imagem JPEG ou PNG inteira. Escolha outro.") from error
    return _fitted(image, kind, was=len(content))


def _plain(image: Image.Image) -> Image.Image:
    """Return an image in a mode that both formats are written from, with nothing in it but its points."""
    image.load()
    if image.mode not in _MODES:
        image = image.convert("RGB")
    if image.mode in {"1", "P"} and max(image.size) > LONGEST_SIDE:
        image = image.convert("RGBA")  # a palette does not shrink well
    image.info = {key: image.info[key] for key in ("transparency",) if key in image.info}
    return image


def _fitted(image: Image.Image, kind: str, *, was: int) -> Prepared:
    before = image.size
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    made = _png(image) if kind == "png" else b""
    if made and len(made) <= LARGEST_FILE:
        return Prepared(made, "png", *image.size, note=_note(before, image.size, was, len(made)))
    flat = _without_alpha(image)
    size = flat.size
    made = _jpeg(flat)
    while len(made) > LARGEST_FILE:
        size = (max(int(size[0] * _SHRINK), 1), max(int(size[1] * _SHRINK), 1))
        flat = flat.resize(size)
        made = _jpeg(flat)
    turned = "passou de PNG a JPEG" if kind == "png" else ""
    return Prepared(made, "jpg", *size, note=_note(before, size, was, len(made), turned))


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _without_alpha(image: Image.Image) -> Image.Image:
    """Return an image a JPEG can hold: what was see-through is white."""
    if image.mode in {"L", "RGB"} and "transparency" not in image.info:
        return image
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    made = b""
    for quality in _QUALITIES:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, optimize=True)
        made = written.getvalue()
        if len(made) <= LARGEST_FILE:
            break
    return made


def _note(before: tuple[int, int], after: tuple[int, int], was: int, now: int, turned: str = "") -> str:
    parts = [turned] if turned else []
    if before != after:
        parts.append(f"foi reduzida de {before[0]}×{before[1]} para {after[0]}×{after[1]} pontos")
    if was > LARGEST_FILE:
        parts.append(f"foi regravada com {now // 1000} KB em vez de {was // 1000} KB")
    return " e ".join(parts)


def keep_picture(company: Company, prepared: Prepared, *, now: datetime) -> Picture:
    """
    Return the picture with this content, kept if the company has none yet.

    The file is written before the row: what dies between the two leaves a file that nothing names, whole or not.
    """
    digest = hashlib.sha256(prepared.content).hexdigest()
    same = Picture.objects.of(company).filter(digest=digest)
    if same.update(added_at=now):  # new again: nobody clears it away before it is shown
        return same.get()
    name = _write(f"{FOLDER}/{company.pk}/{digest}.{prepared.format}", prepared.content)
    picture, _ = Picture.objects.of(company).get_or_create(
        company=company,
        digest=digest,
        defaults={
            "file": name,
            "format": prepared.format,
            "width": prepared.width,
            "height": prepared.height,
            "size": len(prepared.content),
            "added_at": now,
        },
    )
    return picture


def _write(place: str, content: bytes) -> str:
    if default_storage.exists(place):
        default_storage.delete(place)  # left by somebody who died: perhaps not whole, and old enough to be cleared away
    return default_storage.save(place, ContentFile(content))


def picture_named(slug: str, digest: str, extension: str) -> Picture:
    """
    Return the picture at a public address.

    :raises Picture.DoesNotExist: if the company of the slug has no such picture.
    :raises Company.DoesNotExist: if there is no such company.
    """
    company: Company = Company.objects.get(slug=slug)
    found: Picture = Picture.objects.of(company).get(digest=digest, format=extension)
    return found


def path_of(picture: Picture, company: Company) -> str:
    """Return where a picture of the company is below the address of these screens."""
    return f"/imagens/{company.slug}/{picture.digest}.{picture.format}"


def public_address(picture: Picture) -> str:
    """Return where Tray fetches a picture; empty while these screens have no public address (AHEAD_PUBLIC_URL)."""
    return f"{settings.PUBLIC_URL}{path_of(picture, picture.company)}" if settings.PUBLIC_URL else ""
