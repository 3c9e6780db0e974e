"""The WSGI application: the stores' APIs and consent pages, the admin page and its API."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from ahead.sandbox.pages import page
from ahead.sandbox.tray.admin import answer_admin
from ahead.sandbox.tray.admin_page import answer_page
from ahead.sandbox.tray.answers import not_found
from ahead.sandbox.tray.api import answer_api, json_response
from ahead.sandbox.tray.consent import answer_consent

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from ahead.sandbox.tray.box import TraySandbox

_API = re.compile(r"/lojas/(?P<slug>[^/]+)/web_api(?:/(?P<rest>.*))?")
_CONSENT = re.compile(r"/lojas/(?P<slug>[^/]+)/auth\.php")


class Application:
    """Answers every request to the sandbox."""

    def __init__(self, box: "TraySandbox") -> None:
        self.box = box

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one WSGI request."""
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        if found := _API.fullmatch(request.path):
            store = self.box.stores.get(found["slug"])
            if store is None:
                return json_response(not_found().payload, 404)
            return answer_api(store, found["rest"] or "", request)
        if found := _CONSENT.fullmatch(request.path):
            store = self.box.stores.get(found["slug"])
            if store is not None:
                return answer_consent(store, request)
        if request.path == "/":
            return answer_page(self.box, request)
        if request.path.startswith("/_admin/"):
            return answer_admin(self.box, request)
        return page("Página não encontrada", "<p>Não há nada neste endereço.</p>", status=404)
