"""What a check of `ahead doctor` found."""

from __future__ import annotations

from dataclasses import asdict, dataclass

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True, slots=True)
class Symptom:
    """One finding; `remedy` says what to do, and is empty where nothing must be done."""

    check: str
    state: str
    text: str
    remedy: str = ""

    def as_row(self) -> dict[str, str]:
        """Return it as it stands in JSON."""
        return asdict(self)
