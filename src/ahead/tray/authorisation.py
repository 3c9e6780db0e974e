"""Getting a token, keeping it fresh, and doing so once however many workers a store has."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from ahead.tray.answers import Answer, refusal, store_error, told_causes
from ahead.tray.door import FORM_BODY, Call, Door
from ahead.tray.errors import NeedsReauthorisation, OutcomeUnknown, TrayUnreachable, Unreadable
from ahead.tray.reading import Document, identity, moment, text
from ahead.tray.values import Tokens

MARGIN = timedelta(minutes=5)
ACCESS_LIFE = timedelta(hours=3)
REFRESH_LIFE = timedelta(days=30)
_AUTH = "/auth"
_SECRETS_KEPT = 12
_API_SUFFIX = "/web_api"


class TokenKeeper(Protocol):
    """Keeps the tokens of one store for everybody who talks to it."""

    def current(self) -> Tokens | None:
        """Return the tokens last saved."""

    def exclusively(self) -> AbstractContextManager[Tokens | None]:
        """Let only one worker of the store refresh at a time; yields the tokens as they are now."""

    def save(self, tokens: Tokens) -> None:
        """Keep the tokens; durable when it returns."""

    def code(self) -> str | None:
        """Return the code of the last authorisation, the last resort when a refresh fails."""


class MemoryTokens:
    """A keeper for one process that forgets everything with it."""

    def __init__(self, tokens: Tokens | None = None, *, code: str | None = None) -> None:
        self._tokens, self._code = tokens, code
        self._lock = threading.Lock()

    def current(self) -> Tokens | None:
        """Return the tokens last saved."""
        return self._tokens

    @contextmanager
    def exclusively(self) -> Iterator[Tokens | None]:
        """Let only one thread refresh at a time."""
        with self._lock:
            yield self._tokens

    def save(self, tokens: Tokens) -> None:
        """Keep the tokens."""
        self._tokens = tokens

    def code(self) -> str | None:
        """Return the code given at the start."""
        return self._code


def api_address_of(raw: str) -> str:
    """
    Return a store's API address as it must be used: https:// and /web_api added where missing, never twice.

    :raises ValueError: if there is no host in it.
    """
    written = raw.strip()
    if not re.match(r"(?i)https?://", written):
        written = f"https://{written.lstrip('/')}"
    parts = urlsplit(written)
    if not parts.hostname or parts.username is not None:
        raise ValueError("not the address of a store")
    path = re.sub(r"(?:/+web_api)+/*$", "", parts.path.rstrip("/"))
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}{_API_SUFFIX}"


def authorise_url(store_address: str, *, consumer_key: str, callback: str) -> str:
    """
    Return where to send the merchant's browser; Tray comes back to `callback`, which must hold a nonce.

    :raises ValueError: if the store's address has no host.
    """
    store = api_address_of(store_address).removesuffix(_API_SUFFIX)
    query = urlencode({"response_type": "code", "consumer_key": consumer_key, "callback": callback})
    return f"{store}/auth.php?{query}"


class Renewal:
    """One call's climb through the ways to a token: what another worker saved, a refresh, the code."""

    __slots__ = ("code_tried", "refresh_tried", "refused")

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.refresh_tried = self.code_tried = False


class Authorisation:
    """The tokens of one store, as one client uses them."""

    def __init__(
        self,
        *,
        door: Door,
        keeper: TokenKeeper,
        consumer_key: str,
        consumer_secret: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._door, self._keeper, self._clock = door, keeper, clock
        self._key, self._secret = consumer_key, consumer_secret
        self._held: Tokens | None = None
        self._seen: tuple[str, ...] = ()

    def tokens(self, renewal: Renewal) -> Tokens:
        """
        Return tokens that are good for five minutes more, refreshed if need be.

        :raises NeedsReauthorisation: if there is no way to any.
        """
        held = self._held or self._keeper.current()
        if held is None or not self._is_fresh(held):
            return self.renewed(renewal)
        return held if held is self._held else self._hold(held)

    def renewed(self, renewal: Renewal) -> Tokens:
        """
        Return other tokens than those refused: saved by somebody else, else refreshed, else by the code.

        :raises NeedsReauthorisation: if no way is left.
        """
        with self._keeper.exclusively() as stored:
            if stored is not None and stored.access not in renewal.refused and self._is_fresh(stored):
                return self._hold(stored)
            return self._refreshed(stored, renewal) or self._by_code(renewal)

    def authorise(self, code: str) -> Tokens:
        """
        Exchange a fresh code for tokens and save them.

        :raises NeedsReauthorisation: if Tray refuses the code.
        :raises OutcomeUnknown: if Tray did not answer.
        """
        with self._keeper.exclusively():
            return self._exchange(code)

    def secrets(self) -> tuple[str, ...]:
        """Return everything that must not be seen in a message."""
        return (self._key, self._secret, *self._seen)

    def _is_fresh(self, tokens: Tokens) -> bool:
        return tokens.access_expires_at - self._clock() >= MARGIN

    def _refreshed(self, stored: Tokens | None, renewal: Renewal) -> Tokens | None:
        """Refresh once per call; None if that cannot help any more."""
        if renewal.refresh_tried or stored is None or stored.refresh_expires_at <= self._clock():
            return None
        renewal.refresh_tried = True
        self._note_secrets(stored.access, stored.refresh)
        # Tray's manual sends no keys here, but integrators saw tokens die without them; they do no harm.
        answer = self._door.send(Call("GET", _AUTH, query=self._with_keys(refresh_token=stored.refresh)))
        if not answer.is_success:
            self._stop_for_store(answer, "GET")
            return None
        return self._save(self._read(answer, stored))

    def _by_code(self, renewal: Renewal) -> Tokens:
        code = None if renewal.code_tried else self._keeper.code()
        renewal.code_tried = True
        if not code:
            raise NeedsReauthorisation("no token, refresh or code is accepted any more", path=_AUTH)
        try:
            return self._exchange(code)
        except OutcomeUnknown as error:
            unclear = error.causes
        # The caller asked for something else: to it this is Tray out of reach, and the code stays good.
        raise TrayUnreachable("authorisation did not answer", method="POST", path=_AUTH, causes=unclear)

    def _exchange(self, code: str) -> Tokens:
        self._note_secrets(code)
        answer = self._door.send(self._exchange_of(code))
        if answer.is_success:
            return self._save(self._read(answer, None))
        self._stop_for_store(answer, "POST")
        raise NeedsReauthorisation(
            "Tray refused the code",
            method="POST",
            path=_AUTH,
            status=answer.status,
            causes=told_causes(answer, self._door.scrub),
        )

    def _exchange_of(self, code: str) -> Call:
        form = self._with_keys(code=code).encode()
        return Call("POST", _AUTH, body=form, content_type=FORM_BODY, repeatable=False)

    def _with_keys(self, **parameters: str) -> str:
        return urlencode({"consumer_key": self._key, "consumer_secret": self._secret} | parameters)

    def _stop_for_store(self, answer: Answer, method: str) -> None:
        """
        Go no further when it is the store that is shut.

        :raises Unauthorised: if it is blocked, inactive or cancelled.
        """
        if store_error(answer):
            raise refusal(answer, method=method, path=_AUTH, scrub=self._door.scrub)

    def _read(self, answer: Answer, former: Tokens | None) -> Tokens:
        try:
            return read_tokens(answer.document or {}, now=self._clock(), former=former)
        except Unreadable as error:
            problems = error.problems
        raise Unreadable(problems, path=_AUTH, status=answer.status)

    def _save(self, tokens: Tokens) -> Tokens:
        """Save first and use then: the former refresh token is dead already."""
        self._keeper.save(tokens)
        return self._hold(tokens)

    def _hold(self, tokens: Tokens) -> Tokens:
        self._note_secrets(tokens.access, tokens.refresh)
        self._held = tokens
        return tokens

    def _note_secrets(self, *secrets: str) -> None:
        self._seen = (*self._seen[-_SECRETS_KEPT:], *secrets)


def read_tokens(document: Document, *, now: datetime, former: Tokens | None = None) -> Tokens:
    """
    Read what `/auth` answers; life times are counted from now, so that neither clock nor zone matters.

    :raises Unreadable: if a token is missing.
    """
    access, refresh = text(document.get("access_token")), text(document.get("refresh_token"))
    if not access:
        raise Unreadable("access_token")
    if not refresh and former is None:
        raise Unreadable("refresh_token")
    activated = moment(document.get("date_activated"))

    def until(name: str, life: timedelta) -> datetime:
        expires = moment(document.get(name))
        if expires is None:
            return now + life
        return expires if activated is None else now + (expires - activated)

    return Tokens(
        access=access,
        refresh=refresh or (former.refresh if former else ""),
        access_expires_at=until("date_expiration_access_token", ACCESS_LIFE),
        refresh_expires_at=until("date_expiration_refresh_token", REFRESH_LIFE),
        store_id=identity(document.get("store_id")) or (former.store_id if former else None),
    )
