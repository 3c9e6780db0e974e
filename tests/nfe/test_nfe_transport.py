"""TLS with the company's certificate: whom we trust, who trusts us, and that nothing is ever sent twice."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from ahead.nfe import trust
from ahead.nfe.certificate import Certificate
from ahead.nfe.errors import AnswerLost, CertificateRefused, NotSent, ServerNotTrusted
from ahead.nfe.transport import Transport, ssl_context
from ahead.sandbox.sefaz import Authority, Served
from ahead.sandbox.sefaz.authority import Issued

KIND = "application/soap+xml"


@contextmanager
def transport(certificate: Certificate, ca: Path | None, *, seconds: float = 5) -> Iterator[Transport]:
    opened = Transport(certificate, ca=ca, timeout=httpx2.Timeout(seconds, connect=2))
    try:
        yield opened
    finally:
        opened.close()


def status_of(served: Served) -> str:
    return f"{served.address}/SP/NFeStatusServico4"


def count(served: Served) -> int:
    return served.box.counters.total


@contextmanager
def server(context: ssl.SSLContext | None, said: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Serve connections that are told so much and no more; yields the address and what each had sent."""
    received: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)

    def run() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            with raw:
                try:
                    with context.wrap_socket(raw, server_side=True) if context else raw as connection:
                        received.append(connection.recv(65_536))
                        connection.sendall(said)
                except OSError:
                    received.append(b"")

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", received
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def server_context(authority: Authority, folder: Path, hosts: tuple[str, ...] = ("127.0.0.1",)) -> ssl.SSLContext:
    issued = authority.server(hosts)
    path = folder / "server.pem"
    path.write_bytes(issued.key_pem() + issued.pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_the_context_verifies_and_speaks_nothing_old(certificate: Certificate, served: Served) -> None:
    context = ssl_context(certificate, ca=served.ca_file)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_server_of_an_unknown_authority_is_told_nothing(certificate: Certificate, served: Served) -> None:
    with transport(certificate, None) as ours, pytest.raises(ServerNotTrusted) as caught:
        ours.post(status_of(served), b"<a/>", KIND)
    assert isinstance(caught.value, NotSent)
    assert caught.value.may_be_processed is False
    assert count(served) == 0


def test_a_server_under_another_name_is_told_nothing(certificate: Certificate, served: Served, tmp_path: Path) -> None:
    context = server_context(served.authority, tmp_path, hosts=("nfe.example",))
    with (
        server(context, b"") as (address, received),
        transport(certificate, served.ca_file) as ours,
        pytest.raises(ServerNotTrusted),
    ):
        ours.post(address, b"<a/>", KIND)
    assert b"".join(received) == b""


def test_authorities_are_added_by_file_or_by_folder(certificate: Certificate, served: Served, tmp_path: Path) -> None:
    (tmp_path / "one.pem").write_bytes(served.authority.pem())
    (tmp_path / "two.crt").write_bytes(Authority.new().pem())
    (tmp_path / "readme.txt").write_text("not an authority")
    with transport(certificate, tmp_path) as ours, pytest.raises(AnswerLost):  # let in, and told that this is no SOAP
        ours.post(status_of(served), b"<a/>", KIND)
    assert len(trust.authorities(tmp_path)) == 2
    assert trust.authorities(tmp_path / "one.pem") == (served.authority.root.certificate,)
    for bad in (tmp_path / "readme.txt", tmp_path / "missing.pem"):
        with pytest.raises(trust.CannotTrust, match=bad.name):
            trust.authorities(bad)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("why", ["stranger", "expired"])
def test_a_certificate_the_server_turns_away(
    served: Served, certificate: Certificate, tmp_path: Path, version: ssl.TLSVersion, why: str
) -> None:
    now = datetime.now(UTC)
    authority = Authority.new() if why == "stranger" else served.authority
    issued = authority.company(certificate.cnpj, valid_until=now - timedelta(days=1)) if why == "expired" else None
    issued = issued or authority.company(certificate.cnpj)
    refused = Certificate(issued.key, issued.certificate)
    context = server_context(served.authority, tmp_path)
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=served.authority.pem().decode())
    with (
        server(context, b"") as (address, received),
        transport(refused, served.ca_file) as ours,
        pytest.raises(CertificateRefused) as caught,
    ):
        ours.post(address, b"<a/>", KIND)
    assert caught.value.may_be_processed is False
    assert b"".join(received) == b""


def test_old_tls_is_not_spoken(certificate: Certificate, served: Served, tmp_path: Path) -> None:
    context = server_context(served.authority, tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        server(context, b"") as (address, _),
        transport(certificate, served.ca_file) as ours,
        pytest.raises(NotSent),
    ):
        ours.post(address, b"<a/>", KIND)


def test_nobody_there(certificate: Certificate) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with transport(certificate, None) as ours, pytest.raises(NotSent) as caught:
        ours.post(f"https://127.0.0.1:{port}/", b"<a/>", KIND)
    assert type(caught.value) is NotSent


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<retEnv",
        b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 21\r\n\r\n<a>CPF 52998224725</a>",
        b"garbage\r\n\r\n",
    ],
)
def test_an_answer_that_is_none_leaves_it_unknown(
    certificate: Certificate, served: Served, tmp_path: Path, said: bytes
) -> None:
    context = server_context(served.authority, tmp_path)
    with server(context, said) as (address, received), transport(certificate, served.ca_file) as ours:
        with pytest.raises(AnswerLost) as caught:
            ours.post(address, b"<a/>", KIND)
        assert len(received) == 1  # sent once, never again
    assert caught.value.may_be_processed is True
    assert "52998224725" not in str(caught.value)
    assert caught.value.__context__ is None  # the errors of the library hold the request


def test_silence_leaves_it_unknown(certificate: Certificate, served: Served) -> None:
    served.box.switches.change({"slow_seconds": 1.0})
    with transport(certificate, served.ca_file, seconds=0.2) as ours, pytest.raises(AnswerLost):
        ours.post(status_of(served), b"<a/>", KIND)
    assert count(served) == 1


def test_the_surroundings_change_nothing(
    certificate: Certificate, served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nobody = tmp_path / "nobody.pem"
    nobody.write_bytes(Authority.new().pem())
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", str(nobody))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(nobody))
    with transport(certificate, served.ca_file) as ours, pytest.raises(AnswerLost):
        ours.post(status_of(served), b"<a/>", KIND)
    assert count(served) == 1


CONTEXT = """
import os, pathlib, sys
pfx, folder, has_memfd = sys.argv[1:]
if has_memfd == "no":  # another system than Linux
    del os.memfd_create
from ahead.nfe.certificate import open_certificate
from ahead.nfe.transport import ssl_context
opened = open_certificate(pathlib.Path(pfx).read_bytes(), "abc")
seen = []
sys.addaudithook(lambda event, facts: event == "open" and seen.append(str(facts[0])))
ssl_context(opened)
print([path for path in seen if path.startswith(folder)], os.listdir(folder))
"""


@pytest.mark.parametrize("has_memfd", ["yes", "no"])
def test_the_key_is_left_on_no_disk(served: Served, company: Issued, tmp_path: Path, has_memfd: str) -> None:
    pfx, folder = tmp_path / "a.pfx", tmp_path / "tmp"
    pfx.write_bytes(served.authority.pfx(company, "abc"))
    folder.mkdir()
    words = [sys.executable, "-c", CONTEXT, str(pfx), str(folder), has_memfd]
    done = subprocess.run(words, env=os.environ | {"TMPDIR": str(folder)}, capture_output=True, text=True, check=True)
    opened, left = done.stdout.rsplit("] [", 1)
    assert left.strip() == "]"
    assert (opened == "[") is (has_memfd == "yes")
