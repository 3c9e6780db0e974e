"""Which addresses the server may be sent to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahead.stores.rules import WrongAddress, clean_address, is_public


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.lojadosol.com.br", "https://www.lojadosol.com.br"),
        ("  HTTPS://WWW.LojaDoSol.com.br/  ", "https://www.lojadosol.com.br"),
        ("www.lojadosol.com.br", "https://www.lojadosol.com.br"),
        ("https://lojadosol.com.br:443/web/", "https://lojadosol.com.br/web"),
        ("https://lojadosol.com.br.", "https://lojadosol.com.br"),
        ("https://pão.com.br", "https://xn--po-sia.com.br"),
        ("https://1225878.commercesuite.com.br", "https://1225878.commercesuite.com.br"),
        ("https://8.8.8.8", "https://8.8.8.8"),
    ],
)
def test_a_public_address_is_kept_tidy(typed: str, kept: str) -> None:
    assert clean_address(typed, allow_private=False) == kept
    assert clean_address(kept, allow_private=False) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "http://www.lojadosol.com.br",
        "ftp://www.lojadosol.com.br",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///web_api",
        "https://ana:senha@lojadosol.com.br",
        "https://lojadosol.com.br@127.0.0.1",
        "https://lojadosol.com.br\\@127.0.0.1",
        "https://lojadosol.com.br?x=1",
        "https://lojadosol.com.br?",
        "https://lojadosol.com.br#a",
        "https://loja do sol.com.br",
        "https://lojadosol.com.br\n.evil.com",
        "https://lojadosol.com.br:x",
        "https://lojadosol.com.br:99999",
        "https://a..b.com",
        "https://-.com",
        # the server's own network
        "https://localhost",
        "https://LOCALHOST:8000",
        "https://localhost.",
        "https://x.localhost",
        "https://intranet",
        "https://db.internal",
        "https://printer.local",
        "https://127.0.0.1",
        "https://127.1",
        "https://127.0.0.1.",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.1",
        "https://0177.0.0.1",
        "https://①②⑦.⓪.⓪.①",
        "https://127。0。0。1",
        "https://0.0.0.0",
        "https://0",
        "https://10.0.0.7",
        "https://172.16.3.4",
        "https://192.168.1.1",
        "https://100.64.0.1",
        "https://169.254.169.254/latest/meta-data",
        "https://224.0.0.1",
        "https://255.255.255.255",
        "https://[::1]",
        "https://[::]",
        "https://[::ffff:127.0.0.1]",
        "https://[::ffff:10.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://[fe80::1]",
        "https://[fe80::1%25eth0]",
        "https://[fd00::1]",
    ],
)
def test_an_address_that_points_elsewhere_is_refused(typed: str) -> None:
    with pytest.raises(WrongAddress):
        clean_address(typed, allow_private=False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("http://127.0.0.1:8090/", "http://127.0.0.1:8090"),
        ("http://localhost:8090/loja", "http://localhost:8090/loja"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_a_sandbox_is_allowed_where_that_is_set(typed: str, kept: str) -> None:
    assert clean_address(typed, allow_private=True) == kept


@pytest.mark.parametrize("typed", ["ftp://127.0.0.1", "http://a:b@127.0.0.1", "http://127.0.0.1/?x", ""])
def test_even_a_sandbox_has_a_plain_address(typed: str) -> None:
    with pytest.raises(WrongAddress):
        clean_address(typed, allow_private=True)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_kept_tidy_or_refused(typed: str) -> None:
    for text in (typed, f"https://{typed}"):
        try:
            kept = clean_address(text, allow_private=False)
        except WrongAddress:
            continue
        assert kept.startswith("https://")
        assert clean_address(kept, allow_private=False) == kept


@given(st.ip_addresses())
def test_an_ip_is_kept_only_when_it_is_public(address: object) -> None:
    host = f"[{address}]" if ":" in str(address) else str(address)
    try:
        clean_address(f"https://{host}", allow_private=False)
        was_kept = True
    except WrongAddress:
        was_kept = False
    assert was_kept == is_public(str(address))
