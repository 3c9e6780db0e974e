"""One request to a store's API: limits, faults, token, handler, counters, answer."""

import json
import time
from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ahead.sandbox.tray.answers import (
    GATEWAY_TIMEOUT,
    MAINTENANCE,
    Answer,
    Call,
    Refused,
    broken,
    not_found,
    too_many,
    unauthorised,
    wrong_method,
)
from ahead.sandbox.tray.bodies import parse_body
from ahead.sandbox.tray.faults import AFTER, LISTS
from ahead.sandbox.tray.routes import (
    auth,
    customers,
    groups,
    invoices,
    kits,
    multicd,
    orders,
    payments,
    pictures,
    products,
    properties,
    shop,
    statuses,
    variants,
)
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store

AREAS = (
    auth,
    shop,
    statuses,
    orders,
    invoices,
    products,
    variants,
    kits,
    pictures,
    properties,
    groups,
    customers,
    payments,
    multicd,
)
RATE_WINDOW_SECONDS = 60


def _url_map() -> Map:
    rules = [Rule(route.path, methods=[route.method], endpoint=route) for area in AREAS for route in area.ROUTES]
    return Map(rules, strict_slashes=False, merge_slashes=False)


URLS = _url_map().bind("tray.test")


def answer_api(store: Store, rest: str, request: Request) -> Response:
    """Answer one request under ``/web_api``; `rest` is the path after it."""
    path = f"/{rest.strip('/')}"
    if store.switches.latency_seconds:
        time.sleep(store.switches.latency_seconds)
    response, hangs = _locked(store, path, request)
    if hangs:
        time.sleep(store.switches.hang_seconds)
    return response


def _locked(store: Store, path: str, request: Request) -> tuple[Response, bool]:
    with store.lock:
        route, identifiers = _match(path, request.method)
        template = route.template if route else path
        store.counters.arrived(request.method, f"{request.method} {template}", store.now)
        hangs = False
        try:
            if route is None:
                raise _unmatched(path, request.method)
            response, hangs = _served(store, route, identifiers, path, request)
        except Refused as refusal:
            response = _refusal(store, refusal, path)
        store.counters.by_answer[response.status_code] += 1
        return response, hangs


def _match(path: str, method: str) -> tuple[Route | None, dict[str, int]]:
    """Find the route; reading forgives a doubled prefix, writing does not."""
    if method == "GET" and path.startswith("/web_api/"):
        path = path.removeprefix("/web_api")
    try:
        endpoint, identifiers = URLS.match(path, "GET" if method == "HEAD" else method)
    except (NotFound, MethodNotAllowed):
        return None, {}
    route: Route = endpoint
    return route, dict(identifiers)


def _unmatched(path: str, method: str) -> Refused:
    try:
        URLS.match(path, method)
    except MethodNotAllowed:
        return wrong_method()
    except NotFound:
        pass
    return not_found()


def _served(
    store: Store, route: Route, identifiers: dict[str, int], path: str, request: Request
) -> tuple[Response, bool]:
    _check_limits(store)
    fault = store.faults.strike(request.method, path, route.template, is_list=route.is_list)
    if fault is not None and fault not in AFTER + LISTS:
        return _fault_before(fault), False
    if not (route.public and "access_token" not in request.args):
        _check_token(store, request.args)
    call = Call(
        store,
        path,
        base=f"{request.host_url}lojas/{store.slug}",
        arguments=request.args,
        identifiers=identifiers,
        read_body=lambda: parse_body(request.get_data()),
    )
    answer = _handled(store, route, call)
    if fault in AFTER:
        return _fault_after(fault), fault == "timeout-after-commit"
    if fault in LISTS:
        _disturb(answer.payload, fault)
    return json_response(answer.payload, answer.status), False


def _handled(store: Store, route: Route, call: Call) -> Answer:
    if route.method == "GET" and route.path != "/auth":
        return route.handle(call)
    with store.changing():
        answer = route.handle(call)
    if route.path != "/auth":
        identifier = answer.identifier
        store.counters.wrote(f"{route.method} {route.template}", identifier, call.read_body())
    return answer


def _check_limits(store: Store) -> None:
    counters, switches = store.counters, store.switches
    limit = switches.rate_limit_per_minute
    if limit is not None and counters.window_count > limit:
        raise too_many()
    daily = switches.daily_limit
    if daily is not None and counters.today(store.now) > daily:
        raise too_many()


def _check_token(store: Store, arguments: Mapping[str, str]) -> None:
    token = arguments.get("access_token", "")
    if not token:
        raise unauthorised(1099)
    if store.switches.blocked is not None and token in store.tokens.by_access:
        raise unauthorised(store.switches.blocked)
    store.tokens.check(token, now=store.now)


def _fault_before(fault: str) -> Response:
    if fault == "504":
        return Response(GATEWAY_TIMEOUT, status=504, content_type="text/html")
    if fault == "html-200":
        return Response(MAINTENANCE, status=200, content_type="text/html; charset=utf-8")
    if fault.startswith("401/"):
        raise unauthorised(int(fault.removeprefix("401/")))
    raise too_many() if fault == "429" else broken()


def _fault_after(fault: str | None) -> Response:
    if fault == "empty":
        return Response("", status=200, content_type="application/json; charset=utf-8")
    if fault == "timeout-after-commit":
        return Response(GATEWAY_TIMEOUT, status=504, content_type="text/html")
    raise broken()


def _disturb(payload: dict[str, Any], fault: str | None) -> None:
    """Show one row twice, or let the total move as if an order came in between two pages."""
    if fault == "total-moves":
        payload["paging"]["total"] += 1
        return
    rows = next(value for name, value in payload.items() if isinstance(value, list) and name[0].isupper())
    if rows:
        rows.insert(1, rows[0])


def _refusal(store: Store, refusal: Refused, path: str) -> Response:
    payload = dict(refusal.payload)
    if "errors" not in payload or "causes" in payload:
        payload.setdefault("url", f"/web_api{path}")
    response = json_response(payload, refusal.status)
    if refusal.status == 429 and store.switches.retry_after:
        seconds = int(store.now.timestamp())
        response.headers["Retry-After"] = str(RATE_WINDOW_SECONDS - seconds % RATE_WINDOW_SECONDS)
    return response


def json_response(payload: object, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(json.dumps(payload), status=status, content_type="application/json; charset=utf-8")
