"""What is due is asked for, store by store: one that cannot be asked for holds up no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ahead.accounts.models import Company
from ahead.jobs.tick import ask_due
from ahead.lib.sealing import new_key, seal
from ahead.stock.operations import create_warehouse
from ahead.stores.models import Store, StoreAgenda

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def engine_away(settings: Any) -> None:
    settings.ENGINE_DATABASE_URL = "sqlite:////nowhere/jobs.sqlite3"


def agenda(store: Store) -> StoreAgenda:
    return StoreAgenda.objects.of(store.company_id).get(store=store)


def due_since(store: Store, at: datetime) -> None:
    StoreAgenda.objects.of(store.company_id).filter(store=store).update(next_sync_at=at)


def test_a_loja_whose_secret_no_key_opens_is_tried_ever_later_and_holds_up_no_other(
    loja: Store, outra: Company, make_store: Any
) -> None:
    now = timezone.now()
    place = create_warehouse(company=outra, name="Depósito", by="teste", now=now)
    other = make_store(outra, "Loja da Lua", warehouses=[place.pk])
    due_since(loja, now - timedelta(hours=1))
    due_since(other, now - timedelta(minutes=1))
    with connection.cursor() as cursor:
        strange = seal("x", [new_key()])
        cursor.execute("UPDATE stores_store SET consumer_secret = %s WHERE id = %s", [strange, loja.pk])

    assert ask_due(now=now) == 1

    assert (agenda(other).asked, agenda(loja).asked) == (1, 0)
    assert agenda(loja).failures == 1
    assert agenda(loja).next_sync_at > now
