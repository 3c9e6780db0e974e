"""A person whose requests go now to one host, now to the other, and what lies in the folder of one of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jobs_hosts import Browser, Host
from PIL import Image

from ahead.accounts.models import Role
from ahead.accounts.operations import create_user, set_membership
from ahead.catalog.listing_operations import create_listing
from ahead.catalog.models import Picture
from ahead.catalog.operations import create_product
from ahead.cli import checks
from ahead.spreadsheets.models import SheetImport
from ahead.stores.models import Store
from jobs_box import Box, wait_until

pytestmark = pytest.mark.kill
BY = "ana@padaria.example"
PASSWORD = "fermento natural 77"


@pytest.fixture
def hosts(postgres_box: Box, settings: Any) -> Iterator[tuple[Host, Host]]:
    """Two hosts with a web each, and a worker on the second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # the web's, not the tests'
    now = datetime.now(UTC)
    ana = create_user(email=BY, name="Ana", password=PASSWORD, now=now)
    set_membership(company=postgres_box.company, user=ana, role=Role.OWNER, by=BY, now=now)
    first, second = (Host(postgres_box.folder / name, postgres_box.database_url) for name in ("a", "b"))
    try:
        first.web()
        second.web()
        second.worker()
        wait_until(lambda: first.listens() and second.listens() and second.works())
        yield first, second
    finally:
        first.close()
        second.close()


def test_it_does_not_matter_which_host_answers(postgres_box: Box, hosts: tuple[Host, Host], settings: Any) -> None:
    box, (first, second) = postgres_box, hosts
    ana = Browser()
    assert ana.log_in(first, BY, PASSWORD).url.endswith("/padaria/")
    _a_form_of_one_is_taken_by_the_other(ana, box, first, second)
    _a_sheet_is_worked_on_elsewhere(ana, box, first)
    _a_picture_needs_the_shared_folder(ana, box, first, second, settings)
    _wrong_passwords_are_counted_together(first, second)
    ana.post(second, "/sair/", page="/padaria/")
    assert "/entrar/" in ana.get(first, "/padaria/").url, "who has logged out at one is out at the other"


def _a_form_of_one_is_taken_by_the_other(ana: Browser, box: Box, first: Host, second: Host) -> None:
    store = box.store()
    page = f"/padaria/lojas/{store.pk}/"
    answer = ana.post(second, f"{page}pausa/", form_of=first, page=page)
    assert answer.status == 200
    assert Store.objects.of(box.company).get(pk=store.pk).is_paused


def _a_sheet_is_worked_on_elsewhere(ana: Browser, box: Box, first: Host) -> None:
    content = "Código;Descrição\nPAO-1;Pão de forma\n".encode()
    answer = ana.upload(
        first, "/padaria/planilhas/nova/", name="file", file="produtos.csv", content=content, kind="products", store=""
    )
    assert answer.status == 200
    wait_until(lambda: SheetImport.objects.of(box.company).get().state == SheetImport.State.READY)


def _a_picture_needs_the_shared_folder(ana: Browser, box: Box, first: Host, second: Host, settings: Any) -> None:
    now = datetime.now(UTC)
    product = create_product(company=box.company, code="PAO-2", name="Pão", by=BY, now=now)
    listing = create_listing(
        company=box.company, store_id=Store.objects.of(box.company).get().pk, product_ids=[product.pk], by=BY, now=now
    )
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "brown").save(drawn, "PNG")
    page = f"/padaria/produtos-ecommerce/{listing.pk}/imagens/"
    assert ana.upload(first, page, name="arquivos", file="pao.png", content=drawn.getvalue()).status == 200
    kept = Picture.objects.of(box.company).get()
    address = f"/imagens/padaria/{kept.digest}.{kept.format}"
    bytes_of_it = ana.get(first, address).body

    settings.MEDIA_ROOT = second.folder / "arquivos"
    assert ana.get(second, address).status == 404
    [symptom] = checks.shared_pictures()
    assert (symptom.state, "mesma pasta" in symptom.remedy) == ("error", True)
    (second.folder / "arquivos").symlink_to(first.folder / "arquivos")  # as a mount would
    assert ana.get(second, address).body == bytes_of_it
    assert list(checks.shared_pictures()) == []


def _wrong_passwords_are_counted_together(first: Host, second: Host) -> None:
    guesser = Browser()
    tries = [guesser.log_in(host, BY, "adivinhada").status for host in (first, second) * 4]
    assert tries == [422] * 7 + [429]
    assert [guesser.log_in(host, BY, PASSWORD).status for host in (first, second)] == [429, 429]
