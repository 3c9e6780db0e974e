"""The steps by which a new company gets going, as long as any of them is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from ahead.fiscal.checklist import checklist, is_complete
from ahead.stores import queries as stores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ahead.accounts.models import Company
    from ahead.sync.queries import StoreOverview


def first_steps(company: Company, lines: Sequence[StoreOverview], *, now: datetime) -> list[dict[str, Any]]:
    """
    Return the steps with what each still asks for and where it is done; empty once the first sync has ended.

    Each step waits for those before it only in words: a person may begin anywhere.
    """
    if any(line.last_run for line in lines):
        return []
    first = lines[0].store if lines else None
    store_url = reverse("stores:store", args=[company.slug, first.pk]) if first else ""
    lojas = reverse("stores:list", args=[company.slug])
    is_connected = any(line.store.connection == "connected" for line in lines)
    missing = stores.missing_setup(first) if first else []
    steps = [
        ("Cadastrar a Loja do Tray", bool(lines), lojas, "Nome, endereço e as chaves do aplicativo"),
        ("Conectar a Loja", is_connected, store_url or lojas, "O Tray pede a sua autorização uma vez"),
        (
            "Escolher os status e o Estoque",
            is_connected and not missing,
            store_url or lojas,
            missing[0] if missing else "Quais pedidos entram, e de onde sai a mercadoria",
        ),
        (
            "Fazer a primeira sincronização",
            False,
            reverse("sync:orders", args=[company.slug]),
            "Pedidos, clientes e catálogo vêm do Tray",
        ),
        (
            "Preparar as notas",
            is_complete(checklist(company, now=now)),
            reverse("fiscal:start", args=[company.slug]),
            "Emitente, certificado, numeração e tributos",
        ),
    ]
    following = next((place for place, step in enumerate(steps) if not step[1]), len(steps))
    return [
        {"label": label, "is_done": is_done, "url": url, "hint": hint, "is_next": place == following}
        for place, (label, is_done, url, hint) in enumerate(steps)
    ]
