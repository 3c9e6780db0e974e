"""A press of *Gerar Notas*: notas per second from the press to their protocols, requests, and memory."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from django.conf import settings

from ahead.accounts.models import Company
from ahead.fiscal import pressing
from ahead.fiscal.models import Nota
from ahead.fiscal.set_up import IssuerFields, save_issuer, set_next_number, upload_certificate
from ahead.orders.models import Order
from ahead.sandbox.sefaz.authority import Authority
from ahead.stores.models import StatusRole
from ahead.stores.operations import choose_statuses
from ahead.taxes.models import Natureza
from ahead.taxes.operations import set_defaults
from bench.pressing import work_elsewhere
from bench.requests import kinds_of
from bench.rows import Row
from bench.sandbox import Sandbox, sandbox
from bench.sefaz_server import Sefaz, sefaz
from bench.stage import BY, Shop, Stage, set_stage

_PASSWORD = "segredo"
_SKUS = 50
_ROOT = "autoridade.pem"


def press(*, quick: bool) -> Iterator[Row]:
    """Press few orders and many, each worked on by a process of its own; then have the many delivered."""
    few, many = (50, 200) if quick else (100, 1_000)
    with sandbox() as server, tempfile.TemporaryDirectory() as folder, sefaz(Path(folder)) as authority:
        stage = set_stage(server, skus=_SKUS)
        set_up(stage.company, Path(folder))
        small = _Pressed(server, authority, Path(folder), stage, few)
        large = _Pressed(server, authority, Path(folder), stage, many)
        delivering = _delivered(server, stage, large.shop)
    said = f"press of {many:,}"
    took = large.took
    yield Row(
        f"notas per second, {said}", many / took["wall"], "notas/s", note="SEFAZ answers at once, on the same cores"
    )
    yield Row(f"notas per CPU-second, {said}", many / took["cpu"], "notas/s")
    yield Row(f"requests to SEFAZ per nota, {said}", large.at_sefaz / many, "requests", 1.0, "floor 1", 1.0)
    checking = large.at_tray
    yield Row(
        f"requests to Tray per nota before it, {said}", checking.total() / many, "requests", 1 / 50, "floor 1/50",
        1 / 20, note=str(dict(checking)),
    )  # fmt: skip
    sent = delivering["POST /orders/N/invoices"] + delivering["PUT /orders/N"]
    yield Row(
        "requests to Tray per nota delivered, with its status", sent / many, "requests", 2.0, "floor 2", 2.0,
        note=str(dict(delivering)),
    )  # fmt: skip
    yield Row(
        f"peak memory, {said}", took["peak"], "MB", small.took["peak"], f"of {few:,}", 1.15, "ratio",
        note=f"{small.took['before']:.0f} MB before it began",
    )  # fmt: skip


class _Pressed:
    """A press of so many orders of a new Loja, and what it took."""

    def __init__(self, server: Sandbox, authority: Sefaz, folder: Path, stage: Stage, orders: int) -> None:
        self.shop = stage.open_shop(skus=_SKUS, orders=orders)
        _choose_invoiced(stage, self.shop)
        stage.sync(self.shop)
        waiting = Order.objects.of(stage.company).filter(store=self.shop.store, state=Order.State.OPEN)
        ids = list(waiting.values_list("pk", flat=True))
        assert len(ids) == orders
        pressing.press(stage.company, ids, by=BY, now=datetime.now(UTC))
        server.forget()
        before = sum(authority.requests().values())
        self.took = work_elsewhere(
            stage.company.pk, AHEAD_SEFAZ_ADDRESS=authority.address, AHEAD_SEFAZ_AUTHORITIES=str(folder / _ROOT)
        )
        self.at_sefaz = sum(authority.requests().values()) - before
        self.at_tray = kinds_of(server.log())
        authorised = Nota.objects.of(stage.company).filter(store=self.shop.store, state=Nota.State.AUTHORISED)
        assert authorised.count() == orders


def _delivered(server: Sandbox, stage: Stage, shop: Shop) -> Counter[str]:
    server.forget()
    stage.sync(shop)
    return kinds_of(server.log())


def _choose_invoiced(stage: Stage, shop: Shop) -> None:
    """Let orders with a nota be put into a status."""
    rows = dict(shop.store.statuses.values_list("name", "pk"))
    choices = {
        StatusRole.IMPORT: [rows["A ENVIAR"]],
        StatusRole.UPDATE: [rows["A ENVIAR - SINCRONIZADO"]],
        StatusRole.CANCELLED: [rows["CANCELADO"]],
        StatusRole.INVOICED: [rows["ENVIADO"]],
    }
    choose_statuses(company=stage.company, store_id=shop.store.pk, choices=choices, by=BY, now=datetime.now(UTC))


def set_up(company: Company, folder: Path) -> None:
    """Give a company all that its notas need, its certificate from the authority of that folder."""
    now = datetime.now(UTC)
    set_defaults(company=company, crt="3", valid_from=date(2026, 1, 1), by=BY, now=now)
    naturezas = dict(Natureza.objects.of(company).values_list("kind", "pk"))
    fields = IssuerFields(
        environment="1",
        crt="3",
        inscricao_estadual="110042490114",
        street="Rua do Forno",
        street_number="12",
        district="Centro",
        municipality="São Paulo",
        uf="SP",
        postal_code="01001-000",
        natureza_id=naturezas["sale"],
        return_natureza_id=naturezas["return"],
    )
    save_issuer(company, fields, legal_name="Bench Ltda", by=BY, now=now)
    authority = Authority.kept_in(folder)
    settings.SEFAZ_AUTHORITIES = str(folder / _ROOT)
    pfx = authority.pfx(authority.company(company.cnpj, "BENCH LTDA"), _PASSWORD)
    upload_certificate(company, pfx, _PASSWORD, by=BY, now=now)
    set_next_number(company, environment="1", serie=1, next_number=1, by=BY, now=now)
