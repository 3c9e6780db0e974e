"""The switches of a store: every point where Tray is unknown, or differs from store to store."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

WEBHOOK_SCOPES = (
    "order",
    "product",
    "product_price",
    "product_stock",
    "variant",
    "variant_price",
    "variant_stock",
    "customer",
)


class UnknownSwitch(Exception):
    """There is no switch of that name, or it does not take that value."""


@dataclass(slots=True)
class Switches:
    """The defaults are what the sources of the API find most probable."""

    access_token_seconds: int = 3 * 60 * 60
    refresh_token_days: int = 30
    refresh_rotates: bool = True
    refresh_requires_keys: bool = False
    code_single_use: bool = False
    rate_limit_per_minute: int | None = 180
    daily_limit: int | None = None
    retry_after: bool = False
    order_invoice_bare: bool = False
    cancelled_type: str = "canceled"
    sort_supported: bool = True
    birth_date_required: bool = False
    order_lowers_stock: bool = True
    cancel_restores_stock: bool = True
    kits_enabled: bool = True
    kit_lines: str = "components"
    latency_seconds: float = 0.0
    hang_seconds: float = 3.0
    blocked: int | None = None
    webhook_scopes: str = "order"
    webhook_gap_seconds: float = 60.0
    webhook_repeated: float = 0.0
    webhook_swapped: float = 0.0
    webhook_never: float = 0.0
    webhook_late_seconds: float = 0.0

    def change(self, values: Mapping[str, Any]) -> None:
        """
        Set the named switches, all of them or none.

        :raises UnknownSwitch: if a name or a value does not exist.
        """
        known = {field.name for field in fields(self)}
        if unknown := set(values) - known:
            raise UnknownSwitch(f"unknown switch: {', '.join(sorted(unknown))}")
        if values.get("blocked") not in {None, 1001, 1002, 1003}:
            raise UnknownSwitch("blocked is 1001, 1002, 1003 or None")
        if values.get("cancelled_type", "canceled") not in {"canceled", "cancelled"}:
            raise UnknownSwitch("cancelled_type is canceled or cancelled")
        if values.get("kit_lines", "components") not in {"components", "parent", "both"}:
            raise UnknownSwitch("kit_lines is components, parent or both")
        wanted = _scopes(str(values.get("webhook_scopes", "")))
        if strange := wanted - set(WEBHOOK_SCOPES):
            raise UnknownSwitch(f"unknown scope of webhooks: {', '.join(sorted(strange))}")
        for name, value in values.items():
            setattr(self, name, value)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that are notified of."""
        return _scopes(self.webhook_scopes)

    def as_mapping(self) -> dict[str, Any]:
        """Return every switch with its value."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _scopes(text: str) -> frozenset[str]:
    return frozenset(filter(None, (name.strip() for name in text.split(","))))


def from_text(values: Mapping[str, str]) -> dict[str, Any]:
    """
    Return switches written as text with the types they have; empty is None.

    :raises UnknownSwitch: if a value cannot be read.
    """
    defaults = Switches().as_mapping()
    return {name: _read(name, text, defaults.get(name)) for name, text in values.items()}


def _read(name: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        return text.strip().casefold() in {"1", "true", "on", "sim"}
    if isinstance(default, str):
        return text
    if not text.strip():
        return None
    try:
        return float(text) if isinstance(default, float) else int(text)
    except ValueError:
        raise UnknownSwitch(f"{name}: {text!r} is no number") from None
