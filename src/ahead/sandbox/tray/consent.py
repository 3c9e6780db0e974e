"""The page on which the merchant lets an application in."""

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ahead.sandbox.pages import page
from ahead.sandbox.tray.store import Store


def answer_consent(store: Store, request: Request) -> Response:
    """Show the page, or go back to the callback once the merchant agreed."""
    callback = request.args.get("callback", "")
    if reason := _why_not(store, request, callback):
        return page("Autorização recusada", f"<p class=problem>{escape(reason)}</p>", status=400)
    if request.method == "POST" or store.tokens.consented:
        with store.changing():
            store.tokens.consented = True
            code = store.tokens.new_code()
        return redirect(_back(store, request, callback, code), code=302)
    text = (
        f"<p>O aplicativo quer acessar os pedidos, produtos, clientes e notas fiscais da loja "
        f"<strong>{escape(store.name)}</strong>.</p>"
        '<form method="post"><button>Autorizar</button></form>'
    )
    return page(f"Autorizar aplicativo em {store.name}", text)


def _why_not(store: Store, request: Request, callback: str) -> str | None:
    if request.args.get("response_type") != "code":
        return "O parâmetro response_type deve ser “code”."
    if request.args.get("consumer_key") != store.consumer_key:
        return "A consumer_key não pertence a nenhum aplicativo instalado nesta loja."
    if urlsplit(callback).scheme not in {"http", "https"}:
        return "O parâmetro callback não é um endereço válido."
    return None


def _back(store: Store, request: Request, callback: str, code: str) -> str:
    host = f"{request.host_url}lojas/{store.slug}"
    added = {
        "code": code,
        "api_address": f"{host}/web_api",
        "store": str(store.store_id),
        "store_host": host,
        "adm_user": "admin",
    }
    parts = urlsplit(callback)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added.items()])
    return urlunsplit(parts._replace(query=query))
