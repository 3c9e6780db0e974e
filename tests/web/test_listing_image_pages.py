"""The images of a Produto Ecommerce: sent by people, fetched by Tray."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from ahead.accounts.models import Company, User
from ahead.catalog.models import Listing, Picture
from ahead.web import uploads

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]
HERE = "/padaria-sol/produtos-ecommerce/"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def image_file(name: str = "a.jpg", size: tuple[int, int] = (30, 20), kind: str = "JPEG") -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, kind)
    return SimpleUploadedFile(name, file.getvalue())


class TestIllustrating:
    def test_images_are_sent_told_and_served_to_tray(self, oto_in: Client, listing: Listing, outra: Company) -> None:
        big, text = image_file("b.jpg", (2500, 500)), SimpleUploadedFile("c.jpg", b"no image")
        answer = oto_in.post(f"{HERE}{listing.pk}/imagens/", {"arquivos": [image_file(), big, text]})
        page = answer.content.decode()
        pictures = list(Picture.objects.of(listing.company_id).order_by("pk"))

        assert answer.status_code == 422
        assert "c.jpg: O arquivo não é uma imagem" in page
        assert "2 imagens gravadas" in page
        assert "b.jpg: a imagem foi reduzida de 2500×500 para 2000×400 pontos" in page
        address = f"/imagens/padaria-sol/{pictures[0].digest}.jpg"
        assert address in page
        served = Client().get(address)
        assert served.status_code == 200
        assert served["Content-Type"] == "image/jpeg"
        assert served["Cache-Control"] == "public, max-age=31536000, immutable"
        assert served["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in served
        assert b"".join(served.streaming_content)[:2] == b"\xff\xd8"  # type: ignore[attr-defined]
        for other in (address.replace("padaria-sol", "doces-lua"), address.replace(".jpg", ".png")):
            assert Client().get(other).status_code == 404
        assert Client().post(address).status_code == 405

    def test_a_picture_whose_file_is_lost_is_not_found(self, oto_in: Client, listing: Listing) -> None:
        oto_in.post(f"{HERE}{listing.pk}/imagens/", {"arquivos": image_file()})
        picture = Picture.objects.of(listing.company_id).get()
        picture.file.storage.delete(picture.file.name)

        assert Client().get(f"/imagens/padaria-sol/{picture.digest}.jpg").status_code == 404

    def test_addresses_are_added_ordered_and_removed(self, oto_in: Client, listing: Listing) -> None:
        here = f"{HERE}{listing.pk}/imagens/"
        for number in range(2):
            oto_in.post(here, {"url": f"https://img.example/{number}.jpg"})
        first, second = listing.images.all()
        page = oto_in.get(here)
        assert "img-src 'self' https:;" in page["Content-Security-Policy"]
        oto_in.post(f"{here}ordem/", {"imagem": [first.pk, second.pk], "mover": f"{second.pk}:-1"})
        assert list(listing.images.all()) == [second, first]
        oto_in.post(f"{here}{second.pk}/remocao/")
        assert list(listing.images.all()) == [first]
        refused = oto_in.post(here, {"url": "http://img.example/a.jpg"})
        assert refused.status_code == 422
        assert "deve começar com https://" in refused.content.decode()
        assert "Escolha um arquivo" in oto_in.post(here, {}).content.decode()

    def test_without_a_public_address_it_is_said_what_to_do(
        self, oto_in: Client, listing: Listing, settings: Any
    ) -> None:
        settings.PUBLIC_URL = ""
        assert "AHEAD_PUBLIC_URL" in page_of(oto_in, f"{HERE}{listing.pk}/imagens/")
        settings.PUBLIC_URL = "https://ahead.example"
        assert "AHEAD_PUBLIC_URL" not in page_of(oto_in, f"{HERE}{listing.pk}/imagens/")

    def test_more_than_all_images_together_is_refused_unread(
        self, oto_in: Client, listing: Listing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploads, "MOST_AT_ONCE", 1000)
        file = SimpleUploadedFile("a.jpg", bytes(2000))

        assert oto_in.post(f"{HERE}{listing.pk}/imagens/", {"arquivos": file}).status_code == 400
