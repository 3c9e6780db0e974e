"""Durable jobs: asking for a sync, the worker that runs it, and how both stand.

The engine stays behind `ahead.jobs.engine`. The names are loaded when first used: Django imports this package
before its models are ready, and the commands that need no engine should not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahead.jobs.asking import Asked as Asked
    from ahead.jobs.asking import ask_sync as ask_sync
    from ahead.jobs.sheets import send_sheet as send_sheet
    from ahead.jobs.standing import State as State
    from ahead.jobs.standing import state as state
    from ahead.jobs.worker import run_worker as run_worker

_HOMES = {
    "Asked": "asking",
    "ask_sync": "asking",
    "send_sheet": "sheets",
    "State": "standing",
    "state": "standing",
    "run_worker": "worker",
}

__all__ = ["Asked", "State", "ask_sync", "run_worker", "send_sheet", "state"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
