"""Images that are uploaded: made to fit, kept once, served to anybody who knows their address."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ahead.accounts.models import Company
from ahead.catalog import pictures
from ahead.catalog.models import Picture
from ahead.config.environment import Wrong, env_https


def written(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """An image that does not compress."""
    return Image.frombytes(mode, (width, height), os.urandom(width * height * len(mode)))


def opened(prepared: pictures.Prepared) -> Image.Image:
    return Image.open(io.BytesIO(prepared.content))


class TestPreparing:
    def test_what_fits_keeps_its_size_and_says_nothing(self) -> None:
        made = pictures.prepare(written(Image.new("RGB", (800, 600), "red")))

        assert (made.format, made.width, made.height, made.note) == ("jpg", 800, 600, "")

    @pytest.mark.parametrize(
        ("image", "kind", "words"),
        [
            (Image.new("RGB", (4000, 1000), "red"), "JPEG", "de 4000×1000 para 2000×500"),
            (noise(900, 900), "JPEG", "KB em vez de"),
            (noise(900, 900, "RGBA"), "PNG", "passou de PNG a JPEG"),
        ],
        ids=["wide", "heavy", "heavy png"],
    )
    def test_what_is_too_large_is_shrunk_and_told(self, image: Image.Image, kind: str, words: str) -> None:
        made = pictures.prepare(written(image, kind))

        assert len(made.content) <= pictures.LARGEST_FILE
        assert max(opened(made).size) <= pictures.LONGEST_SIDE
        assert opened(made).size == (made.width, made.height)
        assert words in made.note

    def test_a_photo_is_turned_upright_and_loses_what_the_camera_wrote(self) -> None:
        image = Image.new("RGB", (300, 200), "red")
        exif = Image.Exif()
        exif[0x0112] = 6  # turn it to the right
        exif[0x010F] = "a camera"
        made = pictures.prepare(written(image, exif=exif, comment=b"at home"))

        assert opened(made).size == (200, 300)
        assert not opened(made).getexif()
        assert b"at home" not in made.content

    def test_a_png_stays_one_and_loses_its_texts(self) -> None:
        texts = PngInfo()
        texts.add_text("Author", "somebody")
        made = pictures.prepare(written(Image.new("RGBA", (30, 30), (1, 2, 3, 0)), "PNG", pnginfo=texts))

        assert made.format == "png"
        assert b"somebody" not in made.content
        assert opened(made).getpixel((0, 0)) == (1, 2, 3, 0)

    @pytest.mark.parametrize(
        ("mode", "kind"), [("CMYK", "JPEG"), ("L", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("I;16", "PNG")]
    )
    def test_every_mode_can_be_kept(self, mode: str, kind: str) -> None:
        made = pictures.prepare(written(Image.new(mode, (2100, 20)), kind))

        assert made.width == pictures.LONGEST_SIDE

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"not an image",
            written(Image.new("RGB", (9, 9)), "GIF"),
            written(Image.new("RGB", (90, 90)), "PNG")[:-40],
            b"x" * (pictures.LARGEST_UPLOAD + 1),
        ],
        ids=["empty", "text", "gif", "cut short", "heavy"],
    )
    def test_what_is_no_image_is_refused(self, content: bytes) -> None:
        with pytest.raises(pictures.WrongPicture):
            pictures.prepare(content)

    @pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
    def test_a_small_file_that_claims_to_be_huge_is_refused_unread(self, side: int) -> None:
        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(9999))) + chunk(b"IEND", b"")

        with pytest.raises(pictures.WrongPicture, match="pontos demais"):
            pictures.prepare(bomb)


@pytest.mark.django_db
class TestKeeping:
    @pytest.fixture(autouse=True)
    def _own_folder(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def test_the_same_content_is_kept_once_in_each_company(
        self, padaria: Company, outra: Company, now: datetime, tmp_path: Path
    ) -> None:
        prepared = pictures.prepare(written(Image.new("RGB", (30, 20), "red")))
        first, again = (pictures.keep_picture(padaria, prepared, now=now) for _ in range(2))
        theirs = pictures.keep_picture(outra, prepared, now=now)

        assert first == again
        assert first.digest == hashlib.sha256(prepared.content).hexdigest()
        assert (first.width, first.height, first.size) == (30, 20, len(prepared.content))
        assert theirs.pk != first.pk
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2

    @pytest.mark.parametrize("is_whole", [True, False])
    def test_a_file_left_by_who_died_before_the_row_is_taken_up(
        self, padaria: Company, now: datetime, tmp_path: Path, is_whole: bool
    ) -> None:
        prepared = pictures.prepare(written(Image.new("RGB", (30, 20), "red")))
        pictures.keep_picture(padaria, prepared, now=now)
        Picture.objects.of(padaria).delete()
        [left] = [path for path in tmp_path.rglob("*") if path.is_file()]
        left.write_bytes(prepared.content if is_whole else prepared.content[:10])

        kept = pictures.keep_picture(padaria, prepared, now=now)

        with kept.file.open() as file:
            assert file.read() == prepared.content
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1

    def test_the_address_is_where_tray_finds_it(
        self, padaria: Company, outra: Company, now: datetime, settings: Any
    ) -> None:
        picture = pictures.keep_picture(padaria, pictures.prepare(written(Image.new("RGB", (3, 2)))), now=now)

        settings.PUBLIC_URL = ""
        assert pictures.public_address(picture) == ""
        settings.PUBLIC_URL = "https://ahead.example"
        assert pictures.public_address(picture) == f"https://ahead.example/imagens/padaria-sol/{picture.digest}.jpg"
        assert pictures.picture_named("padaria-sol", picture.digest, "jpg") == picture
        for slug, extension in (("doces-lua", "jpg"), ("padaria-sol", "png")):
            with pytest.raises(Picture.DoesNotExist):
                pictures.picture_named(slug, picture.digest, extension)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", ""),
        ("https://ahead.example/", "https://ahead.example"),
        ("https://ahead.example:8443", "https://ahead.example:8443"),
    ],
)
def test_the_public_address_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, given: str, read: str) -> None:
    monkeypatch.setenv("AHEAD_PUBLIC_URL", given)

    assert env_https("AHEAD_PUBLIC_URL") == read


@pytest.mark.parametrize(
    "given", ["http://a.example", "a.example", "https://", "https://a.example?x", "https://a b", "https://a:x"]
)
def test_a_public_address_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("AHEAD_PUBLIC_URL", given)

    with pytest.raises(Wrong, match="AHEAD_PUBLIC_URL deve ser um endereço público"):
        env_https("AHEAD_PUBLIC_URL")
