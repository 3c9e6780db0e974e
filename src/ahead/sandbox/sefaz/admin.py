"""
The admin API of the pretend SEFAZ, JSON in and out; the page at ``/`` posts its forms to the same addresses.

=======  ======================  =======================================================
GET      /_admin                 counters, switches, how much is held, where it is
GET      /_admin/notas           authorised notas, newest first
GET      /_admin/notas/<chave>   one, with its events, XML and protocol
DELETE   /_admin/notas           forget notas, events, numbers and counters
GET      /_admin/rejections      the last rejections
PUT      /_admin/switches        any of the switches
DELETE   /_admin/counters        count anew
DELETE   /_admin/bans            forget the consumo indevido
POST     /_admin/contributors    uf, document, inscricao_estadual, name [, is_active]
POST     /_admin/certificates    cnpj [, name, password, days]: a PFX in base64; a form gets the file
GET      /_admin/authority       the authority as PEM
=======  ======================  =======================================================
"""

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ahead.sandbox.pages import page
from ahead.sandbox.sefaz.admin_page import answer_page
from ahead.sandbox.sefaz.authority import Authority
from ahead.sandbox.sefaz.box import Counters
from ahead.sandbox.sefaz.keys import is_cnpj
from ahead.sandbox.sefaz.records import Contributor, Nota
from ahead.sandbox.sefaz.switches import UnknownSwitch, from_text

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from ahead.sandbox.sefaz.box import SefazSandbox

Body = dict[str, Any]
DEFAULT_PASSWORD = "exemplo"  # noqa: S105 - of a pretend certificate
DEFAULT_DAYS = 365


class AdminApplication:
    """The page, and what it can do."""

    def __init__(self, box: "SefazSandbox", authority: Authority, address: str) -> None:
        self.box = box
        self.authority = authority
        self.address = address

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one WSGI request."""
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Answer one request; a form is sent back to the page."""
        if request.path == "/":
            return answer_page(self.box, self.address, request.args.get("aviso", ""))
        if not request.path.startswith("/_admin"):
            return page("Página não encontrada", "<p>Não há nada neste endereço.</p>", status=404)
        if request.origin and urlsplit(request.origin).netloc != request.host:
            return _json({"error": "another site may not administer the sandbox"}, 403)
        is_form = request.mimetype == "application/x-www-form-urlencoded"
        try:
            body = request.form.to_dict() if is_form else _body(request)
        except ValueError:
            return _json({"error": "the body is no JSON object"}, 400)
        method = str(body.pop("_method", request.method)).upper()
        answer, status = self._done(request.path, method, body)
        if isinstance(answer, Response):
            return answer
        if not is_form:
            return _json(answer, status)
        if isinstance(answer, dict) and "pfx" in answer:
            return _file(base64.b64decode(answer["pfx"]), f"certificado-{answer['cnpj']}.pfx")
        said = answer["error"] if status >= 400 else "Feito."
        return redirect(f"/?{urlencode({'aviso': said})}", code=303)

    def _done(self, path: str, method: str, body: Body) -> tuple[Any, int]:
        try:
            action, values = URLS.match(path, method)
            with self.box.lock:
                return action(self, {**body, **values}), 201 if method == "POST" else 200
        except HTTPException as refusal:
            return {"error": refusal.name}, refusal.code or 404
        except KeyError as missing:
            return {"error": f"not found: {missing}"}, 404
        except (UnknownSwitch, ValueError) as refusal:
            return {"error": str(refusal)}, 400


def overview(app: AdminApplication, _body: Body) -> Any:
    """Tell how things stand."""
    box = app.box
    return {
        "address": app.address,
        "now": box.now().isoformat(),
        "notas": len(box.notas),
        "events": sum(len(events) for events in box.events.values()),
        "voided": len(box.voided),
        "counters": box.counters.as_mapping(),
        "switches": box.switches.as_mapping(),
    }


def notas(app: AdminApplication, _body: Body) -> Any:
    """List the notas."""
    return [_row(app.box, nota) for nota in reversed(app.box.notas.values())]


def nota(app: AdminApplication, body: Body) -> Any:
    """Tell everything of one nota."""
    found = app.box.notas[body["chave"]]
    events = [
        {"kind": event.kind, "sequence": event.sequence, "protocol": event.protocol_number, "cstat": event.cstat}
        for event in app.box.events.get(found.chave, [])
    ]
    return _row(app.box, found) | {"events": events, "xml": found.xml, "protocol_xml": found.protocol}


def forget(app: AdminApplication, _body: Body) -> Any:
    """Forget everything."""
    app.box.forget()
    return {"forgotten": True}


def rejections(app: AdminApplication, _body: Body) -> Any:
    """List the last rejections, newest first."""
    return app.box.rejections[::-1]


def change_switches(app: AdminApplication, body: Body) -> Any:
    """Change switches; text is read as the type of the switch."""
    app.box.switches.change({**body, **from_text({k: v for k, v in body.items() if isinstance(v, str)})})
    return app.box.switches.as_mapping()


def reset_counters(app: AdminApplication, _body: Body) -> Any:
    """Count anew."""
    app.box.counters = Counters()
    return app.box.counters.as_mapping()


def forget_bans(app: AdminApplication, _body: Body) -> Any:
    """Let everybody in again."""
    app.box.consumption.forget()
    app.box.switches.banned = False
    return {"banned": False}


def add_contributor(app: AdminApplication, body: Body) -> Any:
    """Put somebody into the cadastro of a UF."""
    active = body.get("is_active", True)
    app.box.add_contributor(
        Contributor(
            uf=str(body["uf"]).upper(),
            document=str(body["document"]),
            inscricao_estadual=str(body["inscricao_estadual"]),
            name=str(body.get("name", "")),
            is_active=active if isinstance(active, bool) else str(active) not in {"", "0", "false"},
        )
    )
    return {"document": body["document"]}


def issue_certificate(app: AdminApplication, body: Body) -> Any:
    """Issue an A1 certificate for a CNPJ."""
    cnpj = str(body["cnpj"]).upper().translate(str.maketrans("", "", "./- "))
    if not is_cnpj(cnpj):
        raise ValueError(f"CNPJ inválido: {cnpj}")
    days = int(body.get("days") or DEFAULT_DAYS)
    now = datetime.now(UTC)
    issued = app.authority.company(
        cnpj,
        str(body.get("name") or "EMPRESA DE EXEMPLO LTDA"),
        valid_from=now - timedelta(days=max(1, 1 - days)),  # an expired one was valid before
        valid_until=now + timedelta(days=days),
    )
    pfx = app.authority.pfx(issued, str(body.get("password") or DEFAULT_PASSWORD))
    return {"cnpj": cnpj, "pfx": base64.b64encode(pfx).decode()}


def authority(app: AdminApplication, _body: Body) -> Any:
    """Hand out the authority."""
    return _file(app.authority.pem(), "autoridade.pem")


ACTIONS: tuple[tuple[str, str, Callable[[AdminApplication, Body], Any]], ...] = (
    ("GET", "", overview),
    ("GET", "/notas", notas),
    ("GET", "/notas/<chave>", nota),
    ("DELETE", "/notas", forget),
    ("GET", "/rejections", rejections),
    ("PUT", "/switches", change_switches),
    ("DELETE", "/counters", reset_counters),
    ("DELETE", "/bans", forget_bans),
    ("POST", "/contributors", add_contributor),
    ("POST", "/certificates", issue_certificate),
    ("GET", "/authority", authority),
)
URLS = Map(
    [Rule(f"/_admin{path}", methods=[method], endpoint=action) for method, path, action in ACTIONS],
    strict_slashes=False,
).bind("sefaz.test")


def _row(box: "SefazSandbox", found: Nota) -> dict[str, Any]:
    return {
        "chave": found.chave,
        "cnpj": found.cnpj,
        "serie": found.serie,
        "number": found.number,
        "name": found.name,
        "recipient": found.recipient,
        "total": found.total,
        "environment": found.environment,
        "received_at": found.received_at.isoformat(),
        "protocol": found.protocol_number,
        "is_cancelled": box.is_cancelled(found.chave),
    }


def _body(request: Request) -> Body:
    content = json.loads(request.get_data() or b"{}")
    if not isinstance(content, dict):
        raise ValueError("no object")  # noqa: TRY004 - of the request, not of our types
    return content


def _json(answer: Any, status: int) -> Response:
    return Response(json.dumps(answer, ensure_ascii=False), status=status, content_type="application/json")


def _file(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, content_type="application/octet-stream")
