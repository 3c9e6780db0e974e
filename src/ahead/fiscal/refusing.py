"""Why no nota can be made of an order."""

from __future__ import annotations

from ahead.lib.errors import Refused


class CannotBuild(Refused):
    """An order lacks what its nota must say; the message says what, `remedy` where to complete it."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy
