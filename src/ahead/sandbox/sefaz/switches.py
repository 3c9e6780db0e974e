"""The switches of the pretend SEFAZ: what goes wrong there, or is otherwise than usual."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


class UnknownSwitch(Exception):
    """There is no switch of that name, or it does not take that value."""


@dataclass(slots=True)
class Switches:
    """The defaults are a good day at SEFAZ."""

    # faults of the way: the next so many requests
    drop_before: int = 0  # the connection breaks, nothing was done
    drop_after: int = 0  # the connection breaks, and it was done
    html_next: int = 0  # 200 with a page of the balancer, nothing was done
    html_after: int = 0  # the same, and it was done
    error_503_next: int = 0
    forbidden_next: int = 0  # 403, as for a certificate the balancer does not like
    slow_seconds: float = 0.0  # every answer
    # faults of the answers
    reject_next: int = 0
    reject_cstat: str = "999"
    reject_reason: str = "Rejeicao: Erro nao catalogado"
    wrong_digest_next: int = 0  # the protocol carries another digVal
    ask_later_next: int = 0  # 103 with a receipt; the nota is authorised all the same
    # what SEFAZ is like
    down: bool = False  # 108
    down_without_forecast: bool = False  # 109
    svc_active: bool = False
    banned: bool = False  # 656 to everything
    counts_consumption: bool = True  # 656 by the limits of NT 2018.002
    protocol_digits: int = 15  # or 17
    soap_11: bool = False
    clock_offset_hours: float = 0.0
    late_after_hours: float = 0.0  # dhEmi older than this: 150 instead of 100; 0 never
    oldest_days: int = 30  # older: 228
    cancellation_hours: float = 24.0  # later: 501
    late_cancellations: bool = False  # later: 155 instead of 501
    # rules that are on somewhere, or will be
    unknown_ncms: str = "00000000 99999999"  # 778
    ibs_cbs_required: bool = False  # 1115 for CRT 3
    technician_required: bool = False  # 972

    def change(self, values: Mapping[str, Any]) -> None:
        """
        Set the named switches, all of them or none.

        :raises UnknownSwitch: if a name or a value does not exist.
        """
        if unknown := set(values) - {field.name for field in fields(self)}:
            raise UnknownSwitch(f"unknown switch: {', '.join(sorted(unknown))}")
        if values.get("protocol_digits", 15) not in {15, 17}:
            raise UnknownSwitch("protocol_digits is 15 or 17")
        cstat = str(values.get("reject_cstat", "999"))
        if not cstat.isdecimal() or len(cstat) not in {3, 4}:
            raise UnknownSwitch("reject_cstat has three or four digits")
        for name, value in values.items():
            setattr(self, name, type(getattr(self, name))(value))

    def as_mapping(self) -> dict[str, Any]:
        """Return every switch with its value."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def use_up(self, name: str) -> bool:
        """Whether one of the next so many is this one; it is used up."""
        left = getattr(self, name)
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True


def from_text(values: Mapping[str, str]) -> dict[str, Any]:
    """
    Return switches written as text with the types they have.

    :raises UnknownSwitch: if a value cannot be read.
    """
    defaults = Switches().as_mapping()
    return {name: _read(name, text, defaults.get(name)) for name, text in values.items()}


def _read(name: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        return text.strip().casefold() in {"1", "true", "on", "sim"}
    if isinstance(default, str) or default is None:
        return text
    try:
        return float(text.replace(",", ".")) if isinstance(default, float) else int(text)
    except ValueError:
        raise UnknownSwitch(f"{name}: {text!r} is no number") from None
