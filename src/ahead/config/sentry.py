"""Errors to a Sentry, where one is set: what broke and where, never whose data it broke on."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from functools import partial
from importlib.metadata import version
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception
from structlog.contextvars import get_contextvars

from ahead.config.database_errors import without_rows
from ahead.config.environment import Wrong
from ahead.tray.redact import HIDDEN, scrub

_PERSONAL = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),  # e-mail
    re.compile(r"(?<!\d)\d{3}\.?\d{3}\.?\d{3}-?\d{2}(?!\d)"),  # CPF
    re.compile(r"(?<![\dA-Z])[\dA-Z]{2}\.?[\dA-Z]{3}\.?[\dA-Z]{3}/?[\dA-Z]{4}-?\d{2}(?!\d)"),  # CNPJ
    re.compile(r"(?<!\d)\d{44}(?!\d)"),  # chave de acesso
)
_TAGS = ("request_id", "company_id", "store_id", "run_id", "work", "asked")
_REQUEST_KEPT = ("method",)
_KNOWN_FIELDS = frozenset({"event", "exc_info", "level", "timestamp"})
_TOLD = frozenset({"message", "logentry", "exception", "extra", "breadcrumbs", "threads", "transaction", "contexts"})


def start_sentry(
    dsn: str, *, environment: str, secrets: Iterable[str] = (), transport: Transport | None = None
) -> None:
    """
    Send errors to the Sentry at `dsn` from now on.

    :raises Wrong: if it is no such address.
    """
    clean = partial(cleaned, secrets=tuple(secret for secret in secrets if secret))
    try:
        sentry_sdk.init(
            dsn=dsn,
            environment=environment,
            release=version("ahead-ecommerce"),
            transport=transport,
            default_integrations=False,
            integrations=[DjangoIntegration(), LoggingIntegration(level=None, event_level=None)],
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            send_client_reports=False,
            before_send=lambda event, _hint: clean(event),
        )
    except ValueError as error:  # BadDsn is one
        raise Wrong("AHEAD_SENTRY_DSN", "não é o endereço de um projeto do Sentry", "…") from error


def report(_logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Send what is logged as an error; a processor of structlog, of no effect where no Sentry is set."""
    client = sentry_sdk.get_client()
    if method in {"error", "exception", "critical"} and client.is_active():
        broken, hint = _broken_by(event.get("exc_info"), client.options)
        # the name of what is logged is constant, so Sentry groups by it; its fields are beside it
        fields = {name: value for name, value in event.items() if name not in _KNOWN_FIELDS}
        name = str(event.get("event", ""))
        told: Any = {**broken, "level": "error", "message": name, "extra": fields}
        sentry_sdk.capture_event(told, hint=hint)
    return event


def _broken_by(found: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    """Return what Sentry is told of the exception that was logged, if any was."""
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    elif found and not isinstance(found, tuple):
        found = sys.exc_info()
    return event_from_exception(found, client_options=options) if found and found[0] else ({}, {})


def cleaned(event: Any, *, secrets: tuple[str, ...]) -> Any:
    """Return an event of Sentry without secrets and without what names a person; with the ids that find its log."""
    request = event.get("request") or {}
    event["request"] = {name: request[name] for name in _REQUEST_KEPT if name in request}
    for name in ("user", "server_name", "modules"):
        event.pop(name, None)
    for name in _TOLD.intersection(event):
        event[name] = _without(event[name], secrets)
    bound = get_contextvars()
    event["tags"] = {**(event.get("tags") or {}), **{name: str(bound[name]) for name in _TAGS if name in bound}}
    return event


def _without(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        text = scrub(without_rows(value), secrets)
        for pattern in _PERSONAL:
            text = pattern.sub(HIDDEN, text)
        return text
    if isinstance(value, Mapping):
        return {name: _without(one, secrets) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without(one, secrets) for one in value]
    return value
