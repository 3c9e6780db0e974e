"""
The admin API, JSON in and out; the page at ``/`` posts its forms to the same addresses.

=======  ==============================================  ==========================================
GET      /_admin/stores                                  the stores with counters and switches
POST     /_admin/stores                                  open one: slug, store_id, name, cnpj,
                                                         consumer_key, consumer_secret, products,
                                                         kits, orders, switches
GET      /_admin/stores/<slug>                           one store
GET      /_admin/stores/<slug>/orders                    its orders, newest first
POST     /_admin/stores/<slug>/orders                    count [status, days, marketplace], or odd
PUT      /_admin/stores/<slug>/orders/<id>               status, or raw fields of the order
POST     /_admin/stores/<slug>/orders/<id>/cancellation  cancel it
DELETE   /_admin/stores/<slug>/orders/<id>               let it vanish
GET      /_admin/stores/<slug>/products                  products and variants with their stock
PUT      /_admin/stores/<slug>/products/<id>             stock
PUT      /_admin/stores/<slug>/variants/<id>             stock
POST     /_admin/stores/<slug>/kits                      name, reference, components: a list of
                                                         product_id, quantity, discount, or text
                                                         such as 101:1, 103:2:10%
PUT      /_admin/stores/<slug>/switches                  any of the switches
GET      /_admin/stores/<slug>/faults                    what waits and what struck
POST     /_admin/stores/<slug>/faults                    kind, route, times, after; or kind,
                                                         probability [, route]
DELETE   /_admin/stores/<slug>/faults                    forget all of them
GET      /_admin/stores/<slug>/counters                  requests and writes
DELETE   /_admin/stores/<slug>/counters                  count anew
POST     /_admin/stores/<slug>/codes                     a code, as the consent page gives it
POST     /_admin/stores/<slug>/token-expiry              let every access token end now
DELETE   /_admin/stores/<slug>/tokens                    remove the app: tokens and codes die
GET      /_admin/webhooks                                addresses, what was sent, what is on its way
PUT      /_admin/webhooks                                address [, consumer_key]: where an application
                                                         is notified, all of them without a key; an empty
                                                         one ends that
DELETE   /_admin/webhooks                                drop what is on its way
=======  ==============================================  ==========================================
"""

from collections.abc import Callable
from decimal import DecimalException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from ahead.sandbox.tray import reports
from ahead.sandbox.tray.api import json_response
from ahead.sandbox.tray.bodies import parse_body
from ahead.sandbox.tray.box import SlugTaken
from ahead.sandbox.tray.courier import ANY_APPLICATION
from ahead.sandbox.tray.crowd import NothingToSell
from ahead.sandbox.tray.demo import fill_store
from ahead.sandbox.tray.faults import UnknownFault
from ahead.sandbox.tray.oddities import UnknownOddity
from ahead.sandbox.tray.store import Store, UnknownStatus
from ahead.sandbox.tray.switches import UnknownSwitch, from_text

if TYPE_CHECKING:
    from ahead.sandbox.tray.box import TraySandbox

Body = dict[str, Any]
Action = Callable[[Store, Body, int], Any]
REFUSALS = (
    NothingToSell,
    SlugTaken,
    UnknownFault,
    UnknownOddity,
    UnknownStatus,
    UnknownSwitch,
    DecimalException,
    ValueError,
)


def make_orders(store: Store, body: Body, _id: int) -> Any:
    """Let orders arrive."""
    if kind := body.get("odd"):
        return {"orders": [store.odd_order(str(kind)).id]}
    terms = {name: body[name] for name in ("status", "marketplace", "payment") if body.get(name)}
    placed = store.place_orders(int(body.get("count", 1)), days=int(body.get("days", 0)), **terms)
    return {"orders": [order.id for order in placed]}


def change_order(store: Store, body: Body, order_id: int) -> Any:
    """Move an order to a status, or set raw fields."""
    if status := body.pop("status", None):
        store.set_order_status(order_id, str(status))
    if body:
        store.edit_order(order_id, **body)
    return {"id": order_id}


def cancel_order(store: Store, _body: Body, order_id: int) -> Any:
    """Cancel an order."""
    return {"id": store.cancel_order(order_id).id}


def delete_order(store: Store, _body: Body, order_id: int) -> Any:
    """Let an order vanish."""
    store.delete_order(order_id)
    return {"id": order_id}


def set_product_stock(store: Store, body: Body, product_id: int) -> Any:
    """Set the stock of a product."""
    store.set_stock(store.products[product_id], int(body["stock"]))
    return {"id": product_id, "stock": store.product_stock(product_id)}


def set_variant_stock(store: Store, body: Body, variant_id: int) -> Any:
    """Set the stock of a variant."""
    store.set_stock(store.variants[variant_id], int(body["stock"]))
    return {"id": variant_id, "stock": store.variant_stock(variant_id)}


def make_kit(store: Store, body: Body, _id: int) -> Any:
    """Add a kit of products that are there."""
    given = body["components"]
    rows = given if isinstance(given, list) else [_component(text) for text in str(given).split(",")]
    components = [
        (store.products[int(row["product_id"])], int(row["quantity"]), str(row.get("discount") or "")) for row in rows
    ]
    kit = store.add_kit(name=str(body["name"]), reference=str(body["reference"]), components=components)
    return {"id": kit.id, "stock": store.product_stock(kit.id)}


def _component(text: str) -> Body:
    return dict(zip(("product_id", "quantity", "discount"), text.strip().split(":", 2), strict=False))


def change_switches(store: Store, body: Body, _id: int) -> Any:
    """Change switches; text is read as the type of the switch."""
    typed = {**body, **from_text({name: value for name, value in body.items() if isinstance(value, str)})}
    with store.changing():
        store.switches.change(typed)
    return store.switches.as_mapping()


def plan_fault(store: Store, body: Body, _id: int) -> Any:
    """Let the next requests fail, or a share of them."""
    kind, route = str(body.get("kind", "")), str(body.get("route") or "*")
    with store.changing():
        if "probability" in body:
            store.faults.rate(kind, float(body["probability"]), route)
        else:
            store.faults.next(route, kind, times=int(body.get("times", 1)), after=int(body.get("after", 0)))
    return reports.faults(store)


def clear_faults(store: Store, _body: Body, _id: int) -> Any:
    """Forget every fault."""
    with store.changing():
        store.faults.clear()
    return reports.faults(store)


def reset_counters(store: Store, _body: Body, _id: int) -> Any:
    """Count anew."""
    with store.changing():
        store.counters.reset()
    return store.counters.as_mapping()


def give_code(store: Store, _body: Body, _id: int) -> Any:
    """Give a code, as the consent page would."""
    return {"code": store.authorise()}


def expire_tokens(store: Store, _body: Body, _id: int) -> Any:
    """Let every access token end now."""
    store.expire_tokens()
    return {"expired": True}


def revoke_tokens(store: Store, _body: Body, _id: int) -> Any:
    """Let every token and code die."""
    with store.changing():
        store.tokens.revoke()
    return {"revoked": True}


def _report(read: Callable[[Store], Any]) -> Action:
    def action(store: Store, _body: Body, _id: int) -> Any:
        with store.lock:
            return read(store)

    return action


ACTIONS: tuple[tuple[str, str, Action], ...] = (
    ("GET", "", _report(reports.store)),
    ("GET", "/orders", _report(reports.orders)),
    ("POST", "/orders", make_orders),
    ("PUT", "/orders/<int:identifier>", change_order),
    ("POST", "/orders/<int:identifier>/cancellation", cancel_order),
    ("DELETE", "/orders/<int:identifier>", delete_order),
    ("GET", "/products", _report(reports.products)),
    ("PUT", "/products/<int:identifier>", set_product_stock),
    ("PUT", "/variants/<int:identifier>", set_variant_stock),
    ("POST", "/kits", make_kit),
    ("PUT", "/switches", change_switches),
    ("GET", "/faults", _report(reports.faults)),
    ("POST", "/faults", plan_fault),
    ("DELETE", "/faults", clear_faults),
    ("GET", "/counters", _report(lambda store: store.counters.as_mapping())),
    ("DELETE", "/counters", reset_counters),
    ("POST", "/codes", give_code),
    ("POST", "/token-expiry", expire_tokens),
    ("DELETE", "/tokens", revoke_tokens),
)
URLS = Map(
    [
        Rule("/_admin/stores", endpoint=None),
        Rule("/_admin/webhooks", endpoint=None),
        *(Rule(f"/_admin/stores/<slug>{path}", methods=[method], endpoint=action) for method, path, action in ACTIONS),
    ],
    strict_slashes=False,
).bind("tray.test")


def answer_admin(box: "TraySandbox", request: Request) -> Response:
    """Answer one request to the admin API; a form is sent back to the page."""
    if request.origin and urlsplit(request.origin).netloc != request.host:
        return json_response({"error": "another site may not administer the sandbox"}, 403)
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    body = parse_body(request.get_data()) if request.method != "GET" else {}
    if not isinstance(body, dict):
        return json_response({"error": "the body is no object"}, 400)
    method = str(body.pop("_method", request.method)).upper()
    answer, status = _done(box, request.path, method, body)
    if not is_form:
        return json_response(answer, status)
    said = answer["error"] if status >= 400 else "Feito."
    return redirect(f"/?{urlencode({'aviso': said})}", code=303)


def _done(box: "TraySandbox", path: str, method: str, body: Body) -> tuple[Any, int]:
    try:
        action, values = URLS.match(path, method)
        if action is None:
            return _webhooks(box, method, body) if path.rstrip("/").endswith("webhooks") else _stores(box, method, body)
        store = box.stores[values["slug"]]
        return action(store, body, values.get("identifier", 0)), 200 if method != "POST" else 201
    except HTTPException as refusal:
        return {"error": refusal.name}, refusal.code or 404
    except KeyError as missing:
        return {"error": f"not found: {missing}"}, 404
    except REFUSALS as refusal:
        return {"error": str(refusal)}, 400


def _stores(box: "TraySandbox", method: str, body: Body) -> tuple[Any, int]:
    if method == "GET":
        return [reports.store(store) for store in list(box.stores.values())], 200
    products, kits, orders = (int(body.pop(name, 0)) for name in ("products", "kits", "orders"))
    switches = body.pop("switches", {})
    if "store_id" in body:
        body["store_id"] = int(body["store_id"])
    store = box.add_store(**body, **switches)
    fill_store(store, products=products, orders=orders, kits=kits)
    return reports.store(store), 201


def _webhooks(box: "TraySandbox", method: str, body: Body) -> tuple[Any, int]:
    if method == "PUT":
        box.courier.tell(str(body["address"]), str(body.get("consumer_key") or ANY_APPLICATION))
    elif method == "DELETE":
        box.courier.forget()
    return box.courier.as_mapping(), 200
