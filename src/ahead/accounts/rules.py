"""Who may do what: pure decisions."""

from __future__ import annotations

_ORDER = ("staff", "owner", "operator", "reader")


def may(role: str, needed: str) -> bool:
    """Whether a member with `role` may do what asks for `needed`."""
    return _ORDER.index(role) <= _ORDER.index(needed)
