"""What can go wrong, by whose turn it is next.

Refused          a rule said no; the text is for the person
TryAgainLater    the far side is away; we try again by ourselves
NeedsAttention   a person must act; the text says what to do
"""

from __future__ import annotations


class Refused(Exception):
    """A rule of the business said no; the message is in the user's words."""


class TryAgainLater(Exception):
    """The far side cannot answer now; the work is repeated after `seconds`."""

    def __init__(self, message: str, *, seconds: float = 60) -> None:
        super().__init__(message)
        self.seconds = seconds


class NeedsAttention(Exception):
    """Nothing goes on here until a person acts; the message says what happened, `remedy` what to do."""

    def __init__(self, message: str, *, remedy: str, kind: str) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.kind = kind
