"""The progress of a sync on standard error: a bar on a terminal, one line for each step elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ahead.cli.output import say

if TYPE_CHECKING:
    from ahead.sync.models import SyncRun

    Listener = Callable[[SyncRun], None]


@contextmanager
def shown_progress() -> Iterator[Listener]:
    """Show how far a run is while the block runs; what it yields is told of every change."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[requests]} requisições", style="dim"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Conectar", total=None, requests=0)

        def show(run: SyncRun) -> None:
            bar.update(
                task,
                description=f"{run.get_step_display():<18}",
                completed=run.done,
                total=run.total or None,
                requests=run.requests,
            )

        yield show


class _Lines:
    def __init__(self) -> None:
        self._step = ""

    def __call__(self, run: SyncRun) -> None:
        """Say which step has begun, and how the one before ended."""
        if run.step != self._step and run.finished_at is None:
            self._step = run.step
            say(f"{run.get_step_display()}…")
