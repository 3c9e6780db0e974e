"""Connecting a Loja: the secret goes to nobody else, and a wrong store or code leaves what worked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ahead import tray
from ahead.lib.errors import Refused
from ahead.sandbox.tray import TraySandbox, serve
from ahead.stores.connecting import OtherTrayStore
from ahead.stores.models import Connection, StoreToken
from ahead.sync.connecting import CannotConnect, authorise_url, finish_connection
from ahead.sync.models import RunState
from sync_stage import BY, Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stranger() -> Iterator[tuple[TraySandbox, str]]:
    """A server of somebody else's, that would answer."""
    box = TraySandbox(seed=9)
    with serve(box.app, port=0, threads=2) as address:
        yield box, address


def connect(stage: Stage, *, code: str, api_address: str) -> None:
    """Come back from Tray with a code and an address."""
    finish_connection(stage.company, stage.store.pk, code=code, api_address=api_address, by=BY, now=datetime.now(UTC))


def tokens_of(stage: Stage) -> tuple[str, str, str]:
    """Return the tokens and the code that are kept."""
    row = StoreToken.objects.of(stage.company).get(store=stage.store)
    return row.access, row.refresh, row.code


def test_the_merchant_is_sent_to_the_store_with_the_key_and_never_the_secret(stage: Stage) -> None:
    url = authorise_url(stage.company, stage.store.pk, callback="https://ahead.example/volta?nonce=abc")
    assert url.startswith(f"{stage.address}/lojas/padaria/auth.php?response_type=code&consumer_key=ck-padaria")
    assert "cs-padaria" not in url


def test_the_secret_is_not_sent_to_another_host(stage: Stage, stranger: tuple[TraySandbox, str]) -> None:
    box, address = stranger
    theirs = box.add_store(slug="padaria", store_id=999001, consumer_key="ck-padaria", consumer_secret="cs-padaria")
    before = tokens_of(stage)

    with pytest.raises(CannotConnect, match="não é o da loja"):
        connect(stage, code=theirs.authorise(), api_address=f"{address}/lojas/padaria/web_api")

    assert theirs.counters.total == 0
    assert tokens_of(stage) == before
    assert stage.sync().state == RunState.CLEAN


@pytest.mark.parametrize(
    "address",
    [
        "https://commercesuite.com.br.evil.example/web_api",
        "https://evilcommercesuite.com.br/web_api",
        "http://loja.commercesuite.com.br/web_api",
        "https://user@loja.commercesuite.com.br/web_api",
    ],
)
def test_addresses_that_only_look_like_tray_s_are_refused(stage: Stage, address: str) -> None:
    with pytest.raises((Refused, ValueError)):
        connect(stage, code="c0de", api_address=address)


def test_a_wrong_code_leaves_the_connection_that_works(stage: Stage) -> None:
    before = tokens_of(stage)
    with pytest.raises(CannotConnect, match="não aceita mais a autorização desta Loja"):
        connect(stage, code="f" * 64, api_address=f"{stage.address}/lojas/padaria/web_api")
    assert tokens_of(stage) == before
    assert stage.sync().state == RunState.CLEAN


def test_a_wrong_secret_is_refused_with_a_reason(stage: Stage) -> None:
    stage.shop.consumer_secret = "another"
    with pytest.raises(CannotConnect, match="A conexão não foi concluída"):
        connect(stage, code=stage.shop.authorise(), api_address=f"{stage.address}/lojas/padaria/web_api")


def test_authorising_another_store_leaves_the_tokens_that_work(stage: Stage) -> None:
    other = stage.box.add_store(slug="outra", store_id=999009, consumer_key="ck-padaria", consumer_secret="cs-padaria")
    before = tokens_of(stage)
    with pytest.raises(OtherTrayStore, match="nº 999009"):
        connect(stage, code=other.authorise(), api_address=f"{stage.address}/lojas/outra/web_api")
    assert tokens_of(stage) == before
    assert stage.sync().state == RunState.CLEAN


def test_connecting_again_replaces_the_tokens_even_if_they_live_shorter(stage: Stage) -> None:
    before = tokens_of(stage)
    stage.shop.switches.change({"access_token_seconds": 3000})
    connect(stage, code=stage.shop.authorise(), api_address=f"{stage.address}/lojas/padaria/web_api")
    assert tokens_of(stage)[0] not in before
    stage.store.refresh_from_db()
    assert stage.store.connection == Connection.CONNECTED


@pytest.mark.parametrize("ending", ["", "/", "/web_api", "/web_api/", "/web_api/web_api"])
def test_however_tray_writes_the_address_it_is_kept_once(stage: Stage, ending: str) -> None:
    connect(stage, code=stage.shop.authorise(), api_address=f"{stage.address}/lojas/padaria{ending}")
    stage.store.refresh_from_db()
    assert stage.store.api_address == tray.api_address_of(f"{stage.address}/lojas/padaria")
    assert stage.store.api_address.count("web_api") == 1
