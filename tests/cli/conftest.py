"""Running commands as the console script does, in this process, beside a pretend Tray on a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cli_running import Ahead, Counter, Ran
from documented import unlike

from ahead.accounts.models import Company
from ahead.cli import main
from ahead.sandbox.tray import TraySandbox
from ahead.tray import retry
from standing_servers import Standing, app_of


@pytest.fixture
def ahead(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ahead:
    """Run a command of `ahead`; keywords are its environment. Its JSON must be what docs/comandos.md says."""

    def run(*words: str, **environment: str) -> Ran:
        with monkeypatch.context() as patched:
            for name, value in environment.items():
                patched.setenv(name, value)
            capsys.readouterr()
            try:
                code = main(words)
            except SystemExit as end:  # argparse ends the process
                code = int(end.code or 0)
        out, err = capsys.readouterr()
        if out and "--json" in words:
            assert unlike(words, json.loads(out)) == []
        return Ran(code, out, err)

    return run


@pytest.fixture
def box() -> TraySandbox:
    return TraySandbox(seed=7)


@pytest.fixture
def tray_address(box: TraySandbox, tray_server: Standing, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(retry, "SHORTEST_WAIT", 0.01)
    with tray_server.before(app_of(box)):
        yield tray_server.address


@pytest.fixture
def counter(transactional_db: None, box: TraySandbox, tray_address: str, padaria: Company, ahead: Ahead) -> Counter:
    """Set up everything a sync needs, with commands."""
    shop = box.add_store(
        slug="padaria", name="Padaria", consumer_key="ck-1", consumer_secret="cs-1", rate_limit_per_minute=None
    )
    address = f"{tray_address}{shop.path}"
    assert ahead("warehouse", "add", "--name", "Depósito").code == 0
    keys = {"AHEAD_CONSUMER_KEY": "ck-1", "AHEAD_CONSUMER_SECRET": "cs-1"}
    added = ahead("store", "add", "--name", "Loja do Sol", "--address", address, "--warehouse", "1", **keys)
    assert added.code == 0, added.err
    back = f"http://localhost/?code={shop.authorise()}&api_address={address}/web_api"
    connected = ahead("store", "connect", "1", AHEAD_RETURN_ADDRESS=back)
    assert connected.code == 0, connected.err
    chosen = ahead(
        *("store", "statuses", "1", "--import", "A ENVIAR", "--import", "211"),
        *("--update", "a enviar - sincronizado", "--cancelled", "CANCELADO"),
    )
    assert chosen.code == 0, chosen.err
    return Counter(padaria, shop, address)
