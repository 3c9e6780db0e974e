"""Serving the pretend SEFAZ: its services over mutual TLS, its page and JSON over plain HTTP on another port."""

import ssl
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from traceback import format_exc
from typing import TYPE_CHECKING, Any

from cheroot import wsgi
from cheroot.errors import FatalSSLAlert
from cheroot.ssl.builtin import BuiltinSSLAdapter

from ahead.sandbox.sefaz.admin import AdminApplication
from ahead.sandbox.sefaz.app import CERTIFICATE, Application, Dropped
from ahead.sandbox.sefaz.authority import Authority

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from ahead.sandbox.sefaz.box import SefazSandbox

KEPT_CONNECTIONS = 1_000
IDLE_SECONDS = 60
STOP_SECONDS = 0.1
ROOT_FILE, SERVER_FILE, SERVER_KEY = "autoridade.pem", "servidor.pem", "servidor.key"
EXAMPLE_PFX, EXAMPLE_PASSWORD, EXAMPLE_CNPJ = "certificado-exemplo.pfx", "exemplo", "11222333000181"


@dataclass(frozen=True, slots=True)
class Served:
    """Where the pretend SEFAZ listens, and who must be trusted to speak with it."""

    address: str
    admin_address: str
    authority: Authority
    ca_file: Path
    box: "SefazSandbox"


@contextmanager
def serve(
    box: "SefazSandbox",
    port: int = 0,
    admin_port: int = 0,
    *,
    folder: Path | None = None,
    host: str = "127.0.0.1",
    threads: int = 16,
    before: Callable[[Application], Callable[..., Iterable[bytes]]] | None = None,
) -> Iterator[Served]:
    """
    Serve from threads while the block runs; the authority is kept in the folder, else made anew.

    `before` may put something before the services that sees each request, and may raise `Dropped`.
    """
    with ExitStack() as stack:
        place = folder or Path(stack.enter_context(TemporaryDirectory()))
        authority = Authority.kept_in(place)
        services = Application(box)
        secure = _Server(
            (host, port),
            _dropping(before(services) if before else services),
            numthreads=threads,
            request_queue_size=256,
        )
        secure.gateway = _Gateway
        secure.ssl_adapter = _adapter(authority, place)
        address = stack.enter_context(_running(secure, "sefaz-sandbox", "https"))
        plain = _Server((host, admin_port), AdminApplication(box, authority, address), numthreads=2)
        admin_address = stack.enter_context(_running(plain, "sefaz-sandbox-admin", "http"))
        yield Served(address, admin_address, authority, place / ROOT_FILE, box)


def write_example(authority: Authority, folder: Path) -> Path:
    """Return the file of an A1 certificate for the example company, made if there is none."""
    path = folder / EXAMPLE_PFX
    if not path.exists():
        issued = authority.company(EXAMPLE_CNPJ)
        path.touch(mode=0o600)
        path.write_bytes(authority.pfx(issued, EXAMPLE_PASSWORD))
    return path


@contextmanager
def _running(server: wsgi.Server, name: str, scheme: str) -> Iterator[str]:
    server.shutdown_timeout = 1
    server.keep_alive_conn_limit = KEPT_CONNECTIONS
    server.timeout = IDLE_SECONDS
    server.expiration_interval = STOP_SECONDS
    server.prepare()
    thread = Thread(target=server.serve, name=name, daemon=True)
    thread.start()
    try:
        yield f"{scheme}://{server.bind_addr[0]}:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(timeout=5)


def _adapter(authority: Authority, folder: Path) -> BuiltinSSLAdapter:
    """Return TLS that shows a certificate of the authority, and lets in only those who show one too."""
    certificate, key = folder / SERVER_FILE, folder / SERVER_KEY
    issued = authority.server()
    key.touch(mode=0o600)
    key.write_bytes(issued.key_pem())
    certificate.write_bytes(issued.pem())
    adapter = BuiltinSSLAdapter(str(certificate), str(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(cadata=authority.pem().decode())
    context.verify_mode = ssl.CERT_REQUIRED
    adapter.context = context
    return adapter


class _Server(wsgi.Server):
    """Says what went wrong in the program; that a client went away is none of it."""

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        if not msg.startswith("socket.error"):
            print(msg, format_exc() if traceback else f"({level})", file=sys.stderr)  # noqa: T201 - the server's own log


class _Gateway(wsgi.Gateway_10):
    """Tells the application whose certificate the connection was opened with."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ[CERTIFICATE] = self.req.conn.socket.getpeercert(binary_form=True)
        return environ


def _dropping(app: Callable[..., Iterable[bytes]]) -> "WSGIApplication":
    """Return the application with its wish to break a connection in the words of the server."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Dropped:
            raise FatalSSLAlert from None  # the server closes without an answer

    return answer
