"""Releases that work side by side while an installation is updated, host by host."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version

from ahead.db.schema import CONTRACT
from ahead.jobs.models import WorkerSlot
from ahead.lib.errors import Refused


class OlderReleaseAtWork(Refused):
    """A worker of another release still uses what is about to be taken away."""


@cache
def our_release() -> str:
    """Return the release of the program that this process runs."""
    return version("ahead-ecommerce")


def refuse_to_contract(missing: Sequence[str]) -> None:
    """
    Make sure that no worker of another release is alive, where a migration takes away what it may use.

    :raises OlderReleaseAtWork: if one is.
    """
    if not any(CONTRACT in name for name in missing) or not WorkerSlot.has_table():
        return
    others = WorkerSlot.objects.alive().exclude(release=our_release())
    if (other := others.first()) is not None:
        raise OlderReleaseAtWork(
            f"Em {other.host} ainda roda um worker da versão {other.release or 'anterior'}, que usa o que esta "
            "alteração tira do banco. Atualize e reinicie as outras máquinas primeiro, "
            "depois rode `ahead migrate` de novo."
        )
