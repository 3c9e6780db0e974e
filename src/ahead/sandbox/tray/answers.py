"""What a call is given, what it answers, and the refusals in Tray's shapes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ahead.sandbox.tray.store import Store

UNAUTHORISED_CAUSES = {
    1000: "Token expirado",
    1001: "Token expirado: loja bloqueada",
    1002: "Token expirado: loja inativa",
    1003: "Token expirado: loja cancelada",
    1099: "Token inválido ou expirado",
}
GATEWAY_TIMEOUT = (
    "<html><head><title>504 Gateway Time-out</title></head>"
    "<body><center><h1>504 Gateway Time-out</h1></center></body></html>\n"
)
MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>Loja em manutenção</title></head>"
    "<body><h1>Voltamos em instantes</h1></body></html>\n"
)


class Refused(Exception):
    """The call is answered with an error; the payload is Tray's body."""

    def __init__(self, status: int, payload: dict[str, Any]) -> None:
        super().__init__(f"{status} {payload}")
        self.status = status
        self.payload = payload


@dataclass(slots=True)
class Call:
    """One request to the API of a store, already authorised."""

    store: "Store"
    path: str
    base: str
    arguments: Mapping[str, str]
    identifiers: dict[str, int]
    read_body: Callable[[], Any] = field(default=lambda: None)

    def wrapped(self, name: str) -> dict[str, Any]:
        """
        Return the body inside its wrapper.

        :raises Refused: 400 if the wrapper is not there.
        """
        body = self.read_body()
        inner = body.get(name) if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            raise invalid(**{name: "campo obrigatório"})
        return inner


@dataclass(slots=True)
class Answer:
    """A body, its HTTP status and the id a write touched."""

    payload: dict[str, Any]
    status: int = 200
    identifier: int | None = None


def created(identifier: int) -> Answer:
    """Answer a POST."""
    return Answer({"message": "Created", "id": str(identifier), "code": 201}, 201, identifier)


def created_without_id() -> Answer:
    """Answer a POST of rows whose ids Tray does not tell."""
    return Answer({"message": "Created", "code": 201}, 201)


def saved(identifier: int) -> Answer:
    """Answer a PUT."""
    return Answer({"message": "Saved", "id": str(identifier), "code": 200}, 200, identifier)


def deleted(identifier: int) -> Answer:
    """Answer a DELETE."""
    return Answer({"message": "Deleted", "id": str(identifier), "code": 200}, 200, identifier)


def not_found() -> Refused:
    """Refuse an unknown id or route."""
    return Refused(404, _body(404, "Not Found"))


def wrong_method() -> Refused:
    """Refuse a method the route does not have."""
    return Refused(405, _body(405, "Method Not Allowed"))


def unauthorised(error_code: int, cause: str = "") -> Refused:
    """Refuse for the token or the state of the store."""
    body = {
        "code": 401,
        "error_code": error_code,
        "name": "Unauthorized access",
        "message": "Unauthorized access",
        "causes": [cause or UNAUTHORISED_CAUSES[error_code]],
    }
    return Refused(401, body)


def invalid(**reasons: str) -> Refused:
    """Refuse for missing or wrong fields."""
    body = _body(400, "Invalid data provided")
    body["causes"] = [f"{name}: {reason}" for name, reason in reasons.items()]
    body["errors"] = {name: [reason] for name, reason in reasons.items()}
    return Refused(400, body)


def unprocessable(**reasons: str) -> Refused:
    """Refuse a value that has the wrong form."""
    body = _body(422, "Unprocessable Entity")
    body["errors"] = {name: [reason] for name, reason in reasons.items()}
    return Refused(422, body)


def too_many() -> Refused:
    """Refuse because a limit was passed."""
    return Refused(429, _body(429, "Too Many Requests"))


def broken() -> Refused:
    """Answer that something broke inside."""
    return Refused(500, _body(500, "An Internal Error Has Occurred."))


def _body(code: int, name: str) -> dict[str, Any]:
    return {"code": code, "name": name, "message": name}
