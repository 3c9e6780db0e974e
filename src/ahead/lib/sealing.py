"""Sealing of secrets at rest with a ring of keys of their own (the first one seals, all of them open)."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class CannotOpen(Exception):
    """The sealed text was not made with any key of the ring."""


def new_key() -> str:
    """Return a fresh sealing key (url-safe base64 of 32 random bytes)."""
    return Fernet.generate_key().decode()


def _ring(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(text: str, keys: Sequence[str]) -> str:
    """Return `text` sealed with the first of `keys`; empty text stays empty."""
    return _ring(keys).encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str, keys: Sequence[str]) -> str:
    """
    Return the text inside `sealed`.

    :raises CannotOpen: if no key of the ring fits.
    """
    if not sealed:
        return ""
    try:
        return _ring(keys).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise CannotOpen("sealed with a key that is not in AHEAD_SEALING_KEYS") from error
