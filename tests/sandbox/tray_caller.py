"""A clock in the test's hands, and a client of the pretend Tray that holds a token."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.test import Client, TestResponse

from ahead.sandbox.tray import Store, TraySandbox


@dataclass
class Clock:
    """Ten in the morning in Brasília, until somebody moves it."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 13, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


class Caller:
    """Calls the API of one store with a token in the query string."""

    def __init__(self, box: TraySandbox, store: Store) -> None:
        self.client = Client(box.app)
        self.store = store
        self.base = f"{store.path}/web_api"
        self.renew()

    def renew(self) -> None:
        self.token: str = self.tokens()["access_token"]

    def tokens(self) -> dict[str, Any]:
        answer = self.client.post(
            f"{self.base}/auth",
            data={"consumer_key": "ck", "consumer_secret": "cs", "code": self.store.authorise()},
        )
        assert answer.status_code == 200, answer.text
        return self._json(answer)

    @staticmethod
    def _json(answer: TestResponse) -> dict[str, Any]:
        content: dict[str, Any] = answer.get_json()
        return content

    def call(self, method: str, path: str, body: Any = None, **arguments: Any) -> TestResponse:
        query = {"access_token": self.token, **arguments}
        more = {} if body is None else {"json": body}
        return self.client.open(f"{self.base}{path}", method=method, query_string=query, **more)

    def get(self, path: str, **arguments: Any) -> dict[str, Any]:
        answer = self.call("GET", path, **arguments)
        assert answer.status_code == 200, answer.text
        return self._json(answer)

    def post(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        return self._json(answer)

    def put(self, path: str, body: Any = None) -> dict[str, Any]:
        answer = self.call("PUT", path, body)
        assert answer.status_code == 200, answer.text
        return self._json(answer)
