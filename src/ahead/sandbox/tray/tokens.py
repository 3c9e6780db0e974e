"""Codes and tokens of a store: issuing, refreshing, checking."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ahead.sandbox.tray.answers import unauthorised
from ahead.sandbox.tray.moments import stamp
from ahead.sandbox.tray.switches import Switches

APP_ID = 9999


@dataclass(slots=True)
class Grant:
    """A pair of tokens."""

    access_token: str
    refresh_token: str
    activated_at: datetime
    access_expires_at: datetime
    refresh_expires_at: datetime


@dataclass(slots=True)
class Tokens:
    """Everything the store knows about who may call it."""

    random: Random
    codes: set[str] = field(default_factory=set)
    spent_codes: set[str] = field(default_factory=set)
    by_access: dict[str, Grant] = field(default_factory=dict)
    by_refresh: dict[str, Grant] = field(default_factory=dict)
    consented: bool = False

    def new_code(self) -> str:
        """Return a code as the consent page gives it; older ones stay good."""
        code = self._secret()
        self.codes.add(code)
        return code

    def create(self, code: str, *, store_id: int, switches: Switches, now: datetime) -> Grant:
        """
        Exchange a code for tokens.

        :raises Refused: 401 if the code is unknown or was spent.
        """
        if code not in self.codes or code in self.spent_codes:
            raise unauthorised(1099, "Código de autorização inválido")
        if switches.code_single_use:
            self.spent_codes.add(code)
        return self._grant(store_id, switches, now)

    def refresh(self, token: str, *, store_id: int, switches: Switches, now: datetime) -> Grant:
        """
        Exchange a refresh token; where it rotates, the old pair dies at once.

        :raises Refused: 401 if the token is unknown, dead or expired.
        """
        old = self.by_refresh.get(token)
        if old is None or old.refresh_expires_at <= now:
            raise unauthorised(1099, "Refresh token inválido ou expirado")
        if switches.refresh_rotates:
            self.forget(old)
        return self._grant(store_id, switches, now)

    def check(self, token: str, *, now: datetime) -> None:
        """
        Let a live access token pass.

        :raises Refused: 401, 1000 if it expired, 1099 if it is unknown.
        """
        grant = self.by_access.get(token)
        if grant is None:
            raise unauthorised(1099)
        if grant.access_expires_at <= now:
            raise unauthorised(1000)

    def forget(self, grant: Grant) -> None:
        """Kill both tokens of a grant."""
        self.by_access.pop(grant.access_token, None)
        self.by_refresh.pop(grant.refresh_token, None)

    def expire_access(self, now: datetime) -> None:
        """Let every access token end now; the refresh tokens live on."""
        for grant in self.by_access.values():
            grant.access_expires_at = now

    def revoke(self) -> None:
        """Kill every token and code, as when the merchant removes the app."""
        for known in (self.codes, self.spent_codes, self.by_access, self.by_refresh):
            known.clear()
        self.consented = False

    def _grant(self, store_id: int, switches: Switches, now: datetime) -> Grant:
        grant = Grant(
            access_token=f"APP_ID-{APP_ID}-STORE_ID-{store_id}-{self._secret()}",
            refresh_token=self._secret(),
            activated_at=now,
            access_expires_at=now + timedelta(seconds=switches.access_token_seconds),
            refresh_expires_at=now + timedelta(days=switches.refresh_token_days),
        )
        self.by_access[grant.access_token] = grant
        self.by_refresh[grant.refresh_token] = grant
        return grant

    def _secret(self) -> str:
        return f"{self.random.getrandbits(256):064x}"


def grant_entity(grant: Grant, message: str, *, store_id: int, api_host: str) -> dict[str, Any]:
    """Return a pair of tokens in Tray's shape; the dates are Brasília's."""
    return {
        "message": message,
        "code": "200",
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "date_expiration_access_token": stamp(grant.access_expires_at),
        "date_expiration_refresh_token": stamp(grant.refresh_expires_at),
        "date_activated": stamp(grant.activated_at),
        "api_host": api_host,
        "store_id": str(store_id),
    }
