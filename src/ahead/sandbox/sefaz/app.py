"""The WSGI application of the services: SOAP in, SOAP out, and what switches make of it."""

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from cryptography import x509
from werkzeug.wrappers import Request, Response

from ahead.sandbox.sefaz import soap
from ahead.sandbox.sefaz.answers import Answer
from ahead.sandbox.sefaz.asked import Asked
from ahead.sandbox.sefaz.asking import query, registration, status
from ahead.sandbox.sefaz.authorising import authorise
from ahead.sandbox.sefaz.registering import register_event, void_numbers
from ahead.sandbox.sefaz.signatures import cnpj_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from ahead.sandbox.sefaz.box import SefazSandbox

CERTIFICATE = "ahead.sefaz.certificate"  # the caller's, as DER
SERVICES: dict[str, Callable[[Asked], Answer]] = {
    "NFeStatusServico4": status,
    "NFeAutorizacao4": authorise,
    "NFeConsultaProtocolo4": query,
    "NFeRecepcaoEvento4": register_event,
    "NFeInutilizacao4": void_numbers,
    "CadConsultaCadastro4": registration,
}
_PATH = re.compile(r"/(?:(?P<authorizer>[A-Z]{2,4}(?:-[A-Z]{2})?)/)?(?P<service>[A-Za-z]+4)/?")
_PAGE = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


class Dropped(Exception):
    """The connection is to break here, without a word."""


class Application:
    """Answers every request to the services."""

    def __init__(self, box: "SefazSandbox") -> None:
        self.box = box

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one WSGI request."""
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """
        Answer one request.

        :raises Dropped: if a switch says so.
        """
        found = _PATH.fullmatch(request.path)
        if found is None or found["service"] not in SERVICES:
            return Response("Not Found", status=404)
        if request.method != "POST":
            return Response("Method Not Allowed", status=405)
        content = request.get_data()
        self._count(found["service"], request)
        if self.box.switches.slow_seconds:
            time.sleep(self.box.switches.slow_seconds)
        with self.box.lock:
            return self._before() or self._done(content, found, request)

    def _count(self, service: str, request: Request) -> None:
        counters = self.box.counters
        with self.box.lock:
            counters.total += 1
            counters.by_service[service] += 1
            counters.connections.add(request.environ.get("REMOTE_PORT", ""))

    def _before(self) -> Response | None:
        """Return what goes wrong before anything is done; None if nothing does."""
        switches = self.box.switches
        if switches.use_up("drop_before"):
            raise Dropped
        if switches.use_up("forbidden_next"):
            return Response("403 - Forbidden: Access is denied.", status=403, content_type="text/html")
        if switches.use_up("error_503_next"):
            return Response(_PAGE, status=503, content_type="text/html")
        if switches.use_up("html_next"):
            return Response(_PAGE, status=200, content_type="text/html")
        return None

    def _done(self, content: bytes, found: re.Match[str], request: Request) -> Response:
        switches = self.box.switches
        try:
            message = soap.read(content)
        except soap.NotSoap as error:
            return Response(soap.fault(type(error).__name__), status=500, content_type="application/soap+xml")
        asked = Asked(self.box, found["authorizer"] or "", _caller(request), message)
        answer = SERVICES[found["service"]](asked)
        self.box.counters.by_answer[answer.cstat] += 1
        if switches.use_up("drop_after"):
            raise Dropped
        if switches.use_up("html_after"):
            return Response(_PAGE, status=200, content_type="text/html")
        body = soap.write(found["service"], answer.xml, soap_11=switches.soap_11)
        kind = "text/xml" if switches.soap_11 else "application/soap+xml"
        return Response(body, content_type=f"{kind}; charset=utf-8")


def _caller(request: Request) -> str:
    """Return the CNPJ of the certificate a request came with; empty without TLS."""
    der = request.environ.get(CERTIFICATE)
    return cnpj_of(x509.load_der_x509_certificate(der)) if der else ""
