"""One row of the table: what was measured, beside what, and whether it is good enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Judged = Literal["ours", "ratio", "nothing"]


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of ours beside another; `judged` says which of ours and the ratio must keep to `target`."""

    measure: str
    ours: float
    unit: str
    beside: float | None = None
    beside_what: str = ""
    target: float | None = None
    judged: Judged = "ours"
    at_least: bool = False  # the target is a least value; else a largest one
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours ÷ the other; None where there is no other."""
        return self.ours / self.beside if self.beside else None

    @property
    def is_good(self) -> bool | None:
        """Whether the target is kept; None where none is set."""
        judged = self.ratio if self.judged == "ratio" else self.ours
        if self.target is None or self.judged == "nothing" or judged is None:
            return None
        return judged >= self.target if self.at_least else judged <= self.target

    @property
    def verdict(self) -> str:
        """The verdict in a word."""
        return {None: "", True: "good", False: "MISSED"}[self.is_good]

    @property
    def target_text(self) -> str:
        """The target as a person reads it."""
        if self.target is None:
            return ""
        return f"{'ratio ' if self.judged == 'ratio' else ''}{'≥' if self.at_least else '≤'} {short(self.target)}"

    def as_mapping(self) -> dict[str, Any]:
        """Return the row as JSON can carry it."""
        names = ("measure", "ours", "unit", "beside", "beside_what", "ratio", "target_text", "verdict", "note")
        return {name: getattr(self, name) for name in names}


def short(number: float | None) -> str:
    """Return a number with three or four telling digits."""
    if number is None:
        return ""
    size = abs(number)
    if size >= 100:
        return f"{number:,.0f}"
    if size >= 10:
        return f"{number:.1f}"
    if size >= 1 or number == 0:
        return f"{number:.2f}"
    return f"{number:.4f}" if size < 0.1 else f"{number:.3f}"
