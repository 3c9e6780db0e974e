"""Which function does a job: looked up by its dotted path, when it is first run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from ahead.stores.triggers import Trigger


class SyncJob(Protocol):
    """
    One sync of a store: resumable from its own tables, harmless to repeat, refusing to run beside itself.

    It returns whether the run could be made; what it raises counts as a run that could not.

    :raises StoreBusy: while another process has the store in hand; it is tried again for a while.
    :raises LostStore: if another process has taken the run over.
    """

    def __call__(self, *, store_id: int, asked: int, trigger: Trigger, holder: str) -> bool: ...


_paths = {"sync": "ahead.sync.runner.run_sync"}


def register(name: str, path: str) -> None:
    """Let the job `name` be done by the function at `path` (`package.module.function`) in this process."""
    _paths[name] = path


def sync_job() -> SyncJob:
    """
    Return the function that syncs a store.

    :raises ImportError: if its module is missing.
    :raises AttributeError: if the module has no such function.
    """
    module, _, function = _paths["sync"].rpartition(".")
    return cast("SyncJob", getattr(import_module(module), function))
