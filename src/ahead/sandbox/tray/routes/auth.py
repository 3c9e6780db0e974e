"""Tokens: exchange a code, refresh."""

from hmac import compare_digest
from typing import Any

from ahead.sandbox.tray.answers import Answer, Call, invalid, unauthorised
from ahead.sandbox.tray.bodies import scalar
from ahead.sandbox.tray.routes.routing import Route
from ahead.sandbox.tray.store import Store
from ahead.sandbox.tray.tokens import grant_entity


def create_tokens(call: Call) -> Answer:
    """Exchange a code for tokens."""
    body = call.read_body()
    values: dict[str, Any] = body if isinstance(body, dict) else {}
    asked = {name: scalar(values.get(name)) for name in ("consumer_key", "consumer_secret", "code")}
    if missing := [name for name, value in asked.items() if not value]:
        raise invalid(**dict.fromkeys(missing, "campo obrigatório"))
    store = call.store
    _check_keys(store, asked["consumer_key"], asked["consumer_secret"])
    grant = store.tokens.create(asked["code"], store_id=store.store_id, switches=store.switches, now=store.now)
    return Answer(grant_entity(grant, "Created tokens", store_id=store.store_id, api_host=_api(call)))


def refresh_tokens(call: Call) -> Answer:
    """Exchange a refresh token for a new pair."""
    store, arguments = call.store, call.arguments
    token = arguments.get("refresh_token", "")
    key, secret = arguments.get("consumer_key", ""), arguments.get("consumer_secret", "")
    if store.switches.refresh_requires_keys and not (key and secret):
        grant = store.tokens.by_refresh.get(token)
        if grant is not None:
            store.tokens.forget(grant)
        raise unauthorised(1099)
    if key or secret:
        _check_keys(store, key, secret or store.consumer_secret)
    grant = store.tokens.refresh(token, store_id=store.store_id, switches=store.switches, now=store.now)
    return Answer(grant_entity(grant, "Refreshed tokens", store_id=store.store_id, api_host=_api(call)))


def _check_keys(store: Store, key: str, secret: str) -> None:
    good = compare_digest(key.encode(), store.consumer_key.encode())
    if not (compare_digest(secret.encode(), store.consumer_secret.encode()) and good):
        raise unauthorised(1099, "consumer_key ou consumer_secret inválido")


def _api(call: Call) -> str:
    return f"{call.base}/web_api"


ROUTES = (
    Route("POST", "/auth", create_tokens, public=True),
    Route("GET", "/auth", refresh_tokens, public=True),
)
