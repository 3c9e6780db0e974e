"""What a notification says, when it is time to look, and what is but the echo of a write of ours: pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

ORDER = "order"
PRODUCTS = frozenset({"product", "product_price", "product_stock"})
VARIANTS = frozenset({"variant", "variant_price", "variant_stock"})
SCOPES = PRODUCTS | VARIANTS | {ORDER}  # the others (customer, store_config) ask for nothing: an order says who bought
ACTS = frozenset({"insert", "update", "delete"})
MOST_BYTES = 4096  # of a body; a real one has some 200
_MOST_FIELDS = 50  # and six of these

_QUIET = timedelta(seconds=1)  # several notifications of one change come together
_LONGEST_WAIT = timedelta(seconds=4)
# A write of ours comes back as a notification about when it was made, before we have noted it or shortly after.
_ECHO_BEFORE, _ECHO_AFTER = timedelta(seconds=10), timedelta(seconds=60)
_LARGEST_ID = 2**63 - 1


class Malformed(Exception):
    """This is no notification of Tray's."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What Tray sent; it is trusted for nothing but that something may be worth a look."""

    seller_id: int
    scope: str
    scope_id: int
    act: str

    @property
    def is_wanted(self) -> bool:
        """Whether anything here depends on such a change."""
        return self.scope in SCOPES


def read_notification(fields: Mapping[str, str]) -> Notification:
    """
    Return the notification in these form fields.

    :raises Malformed: if an id is none, or the act is not Tray's.
    """
    scope, act = fields.get("scope_name", ""), fields.get("act", "")
    if not scope or len(scope) > 40 or act not in ACTS:
        raise Malformed
    return Notification(_id(fields, "seller_id"), scope, _id(fields, "scope_id"), act)


def read_body(body: bytes) -> Notification:
    """
    Return the notification in the body of a form.

    :raises Malformed: if it is none.
    """
    try:
        fields = dict(parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS))
    except ValueError:  # too many fields, or no text
        raise Malformed from None
    return read_notification(fields)


def _id(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name, "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or not 0 < int(text) <= _LARGEST_ID:
        raise Malformed
    return int(text)


def is_ripe(first_at: datetime, last_at: datetime, now: datetime) -> bool:
    """Whether to look now: nothing came for a moment, or it has waited long enough."""
    return now - last_at >= _QUIET or now - first_at >= _LONGEST_WAIT


def is_echo(first_at: datetime, last_at: datetime, written_at: datetime | None) -> bool:
    """Whether all that arrived came about when we wrote that very thing to Tray."""
    return written_at is not None and written_at - _ECHO_BEFORE <= first_at and last_at <= written_at + _ECHO_AFTER
