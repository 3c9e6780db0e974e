"""The page at ``/``: every store, its counters and switches, and buttons to make things happen."""

from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from ahead.sandbox.pages import page
from ahead.sandbox.tray import reports
from ahead.sandbox.tray.courier import ANY_APPLICATION
from ahead.sandbox.tray.wording import ADDRESSES, FAULTS, ORDERS, WEBHOOKS

if TYPE_CHECKING:
    from ahead.sandbox.tray.box import TraySandbox
    from ahead.sandbox.tray.store import Store

BLOCKED = (("", "Ativa"), ("1001", "Bloqueada (1001)"), ("1002", "Inativa (1002)"), ("1003", "Cancelada (1003)"))
COMMON_ROUTES = ("*", "GET /orders", "GET /orders/:id/complete", "PUT /orders/:id", "PUT /products/:id", "GET /auth")
ORDERS_SHOWN = 15
KEPT = (("products", "produtos"), ("variants", "variações"), ("kits", "kits"), ("orders", "pedidos"))
KIT_FIELDS = (
    '<label>Nome <input name="name" required placeholder="Kit Café"></label>'
    '<label>Referência <input name="reference" required placeholder="KIT-CAFE"></label>'
    '<label>Componentes <input name="components" required placeholder="101:1, 103:2:10%"></label>'
)


def answer_page(box: "TraySandbox", request: Request) -> Response:
    """Show everything about the sandbox."""
    said = request.args.get("aviso", "")
    note = f'<p class="note" role="status">{escape(said)}</p>' if said else ""
    stores = "".join(_store(store, request.host_url) for store in list(box.stores.values()))
    nothing = "<p>Nenhuma loja ainda. Abra uma abaixo.</p>"
    intro = (
        '<p class="quiet">Um servidor de mentira que responde como a API da Tray. '
        "Nada aqui chega a uma loja de verdade.</p>"
    )
    return page("Sandbox da Tray", note + intro + (stores or nothing) + _webhooks(box) + _new_store() + _addresses())


def _addresses() -> str:
    rows = "".join(
        f"<tr><td>{method}</td><td><code>/_admin/stores{escape(path)}</code></td><td>{text}</td></tr>"
        for method, path, text in ADDRESSES
    )
    rows += "".join(
        f"<tr><td>{method}</td><td><code>/_admin/webhooks</code></td><td>{text}</td></tr>" for method, text in WEBHOOKS
    )
    table = _table(("Método", "Endereço", "O que faz"), rows)
    return f"<section><details><summary>A mesma coisa em JSON</summary>{table}</details></section>"


def _webhooks(box: "TraySandbox") -> str:
    report = box.courier.as_mapping()
    keys = dict.fromkeys([*report["addresses"], *(store.consumer_key for store in list(box.stores.values()))])
    rows = ""
    for key in keys:
        field = (
            f'<input type="hidden" name="consumer_key" value="{escape(key)}">'
            f'<input name="address" value="{escape(report["addresses"].get(key, ""))}" size="60" '
            'placeholder="http://127.0.0.1:8000/webhooks/tray/…" aria-label="Endereço dos avisos">'
        )
        change = _form("/_admin/webhooks", "Gravar", field, method="PUT")
        name = "todos os aplicativos" if key == ANY_APPLICATION else key
        rows += f"<tr><td><code>{escape(name)}</code></td><td>{change}</td></tr>"
    counts = f"{report['sent']} entregues, {report['failed']} sem resposta 200, {report['waiting']} a caminho"
    return (
        f'<section><h2>Avisos (webhooks)</h2><p class="quiet">{counts}. Quais avisos saem, e com que falhas, '
        "dizem as chaves webhook_… de cada loja.</p>"
        f"{_table(('Aplicativo', 'Para onde (vazio = não avisa)'), rows)}"
        f"{_form('/_admin/webhooks', 'Esquecer os que estão a caminho', method='DELETE')}</section>"
    )


def _new_store() -> str:
    fields = (
        '<label>Nome curto <input name="slug" required pattern="[a-z0-9-]+" placeholder="padaria"></label>'
        '<label>Produtos <input type="number" name="products" value="50" min="0" max="2000"></label>'
        '<label>Kits <input type="number" name="kits" value="5" min="0" max="10"></label>'
        '<label>Pedidos <input type="number" name="orders" value="10" min="0" max="2000"></label>'
    )
    return f"<section><h2>Abrir outra loja</h2>{_form('/_admin/stores', 'Abrir loja', fields)}</section>"


def _store(store: "Store", host: str) -> str:
    with store.lock:
        report, orders = reports.store(store), reports.orders(store)[:ORDERS_SHOWN]
        products, faults = reports.products(store), reports.faults(store)
        routes = store.counters.by_route.most_common()
    base = f"/_admin/stores/{store.slug}"
    return (
        f"<section><h2>{escape(store.name)} <span class=quiet>({escape(store.slug)})</span></h2>"
        f"{_facts(report, host)}<h3>Fazer acontecer</h3>{_buttons(base, report)}"
        f"<h3>Falhas</h3>{_faults(base, faults)}"
        f"<h3>Pedidos mais novos</h3>{_orders(base, orders)}"
        f"<details><summary>Produtos e estoque ({len(products)})</summary>{_products(base, products)}</details>"
        f"<details><summary>Contadores por rota</summary>{_routes(base, routes)}</details>"
        f"<details><summary>Chaves de comportamento</summary>{_switches(base, report['switches'])}</details>"
        "</section>"
    )


def _facts(report: dict[str, Any], host: str) -> str:
    address = f"{host.rstrip('/')}{report['path']}"
    facts = (
        ("Endereço da loja", address),
        ("Endereço da API", f"{address}/web_api"),
        ("Código da loja", report["store_id"]),
        ("Consumer Key", report["consumer_key"]),
        ("Consumer Secret", report["consumer_secret"]),
        ("Cadastros", ", ".join(f"{report[name]} {text}" for name, text in KEPT)),
        ("Requisições", f"{report['requests']} no total, {report['requests_today']} hoje"),
    )
    rows = "".join(f"<dt>{name}</dt><dd><code>{escape(str(value))}</code></dd>" for name, value in facts)
    return f"<dl>{rows}</dl>"


def _buttons(base: str, report: dict[str, Any]) -> str:
    count = '<label>Quantos <input type="number" name="count" value="5" min="1" max="1000"></label>'
    odd = f"<label>Tipo {_select('odd', ORDERS.items())}</label>"
    now = str(report["switches"]["blocked"] or "")
    state = f"<label>Situação {_select('blocked', BLOCKED, now)}</label>"
    return (
        _form(f"{base}/orders", "Fazer chegar pedidos", count)
        + _form(f"{base}/orders", "Pedido estranho", odd)
        + _form(f"{base}/kits", "Montar kit", KIT_FIELDS)
        + _form(f"{base}/switches", "Mudar situação", state, method="PUT")
        + _form(f"{base}/token-expiry", "Vencer os tokens")
        + _form(f"{base}/tokens", "Desinstalar aplicativo", method="DELETE")
    )


def _faults(base: str, faults: dict[str, Any]) -> str:
    options = "".join(f'<option value="{escape(route)}">' for route in COMMON_ROUTES)
    name = f"rotas-{base.rpartition('/')[2]}"
    fields = (
        f"<label>Falha {_select('kind', FAULTS.items())}</label>"
        f'<label>Rota <input name="route" value="*" list="{name}"></label>'
        f'<datalist id="{name}">{options}</datalist>'
        '<label>Vezes <input type="number" name="times" value="1" min="1" max="1000"></label>'
    )
    waiting = [f"{FAULTS[row['kind']]} em {row['route']} ({row['times']}×)" for row in faults["planned"]]
    waiting += [f"{FAULTS[row['kind']]} em {row['route']} ({row['probability']:.0%})" for row in faults["rates"]]
    listed = "; ".join(waiting) or "nenhuma"
    return (
        _form(f"{base}/faults", "Provocar falha", fields)
        + _form(f"{base}/faults", "Esquecer falhas", method="DELETE")
        + f'<p class="quiet">À espera: {escape(listed)}. Já aconteceram: {len(faults["struck"])}.</p>'
    )


def _orders(base: str, orders: list[dict[str, Any]]) -> str:
    head = ("Pedido", "Data", "Cliente", "Origem", "Status", "Nota", "Total", "")
    rows = "".join(_order(base, order) for order in orders)
    return _table(head, rows) if rows else "<p>Nenhum pedido.</p>"


def _order(base: str, order: dict[str, Any]) -> str:
    cancel = "" if order["cancelled"] else _form(f"{base}/orders/{order['id']}/cancellation", "Cancelar")
    noted = "sim" if order["has_invoice"] == "1" else "não"
    when = f"{'/'.join(reversed(order['date'].split('-')))} {order['hour'][:5]}"
    return (
        f"<tr><td>{order['id']}</td><td class=n>{escape(when)}</td><td>{escape(order['customer'])}</td>"
        f"<td>{escape(order['point_sale'])}</td><td>{escape(order['status'])}</td><td>{noted}</td>"
        f"<td class=n>R$ {_reais(order['total'])}</td><td>{cancel}</td></tr>"
    )


def _products(base: str, products: list[dict[str, Any]]) -> str:
    rows = ""
    for product in products:
        places = product["variants"] or [product]
        kind = "variants" if product["variants"] else "products"
        for row in places:
            field = f'<input type="number" name="stock" value="{row["stock"]}" aria-label="Estoque">'
            change = _form(f"{base}/{kind}/{row['id']}", "Gravar", field, method="PUT")
            if product["is_kit"]:
                change = f"{row['stock']} (dos componentes)"
            rows += (
                f"<tr><td>{row['id']}</td><td>{escape(product['name'])}</td><td>{escape(row['reference'])}</td>"
                f"<td>{row['ean']}</td><td class=n>R$ {_reais(row['price'])}</td><td>{change}</td></tr>"
            )
    return _table(("Código", "Produto", "Referência", "EAN", "Preço", "Estoque"), rows)


def _routes(base: str, routes: list[tuple[str, int]]) -> str:
    rows = "".join(f"<tr><td>{escape(route)}</td><td class=n>{count}</td></tr>" for route, count in routes)
    return _table(("Rota", "Requisições"), rows) + _form(f"{base}/counters", "Zerar contadores", method="DELETE")


def _switches(base: str, switches: dict[str, Any]) -> str:
    rows = ""
    for name, value in switches.items():
        shown = "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
        field = f'<input name="{name}" value="{escape(shown)}" aria-label="{name}">'
        rows += (
            f"<tr><td><code>{name}</code></td><td>{_form(f'{base}/switches', 'Gravar', field, method='PUT')}</td></tr>"
        )
    return _table(("Chave", "Valor (1 liga, 0 desliga, vazio = sem limite)"), rows)


def _table(head: tuple[str, ...], rows: str) -> str:
    cells = "".join(f'<th scope="col">{name}</th>' for name in head)
    return f'<div class="wide"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>'


def _form(action: str, button: str, fields: str = "", method: str = "POST") -> str:
    hidden = f'<input type="hidden" name="_method" value="{method}">' if method != "POST" else ""
    return f'<form method="post" action="{action}">{hidden}{fields}<button>{button}</button></form>'


def _select(name: str, options: Any, chosen: str = "") -> str:
    items = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{text}</option>' for value, text in options
    )
    return f'<select name="{name}">{items}</select>'


def _reais(amount: str) -> str:
    return f"{float(amount or 0):,.2f}".translate(str.maketrans(",.", ".,"))
