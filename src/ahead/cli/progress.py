"""The progress of a sync, or of notas, on standard error: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ahead.cli.output import say

if TYPE_CHECKING:
    from ahead.fiscal.models import Press
    from ahead.sync.models import SyncRun

    Listener = Callable[[SyncRun], None]
    PressListener = Callable[[Press], None]


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


@contextmanager
def press_progress(asked: Press) -> Iterator[PressListener]:
    """Show how far a press of *Gerar Notas* is while the block runs; what it yields is told of every change."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _PressLines(asked)
        return
    columns = (SpinnerColumn(), TextColumn("Gerando notas"), BarColumn(bar_width=30), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=asked.total)

        def show(press: Press) -> None:
            if press.pk == asked.pk:
                bar.update(task, completed=press.done)

        yield show


class _PressLines:
    """Says how far a press is at each tenth of it."""

    def __init__(self, asked: Press) -> None:
        self._id, self._told = asked.pk, 0
        say(f"Gerando {asked.total} notas…")

    def __call__(self, press: Press) -> None:
        """Say it once for each tenth that is through."""
        tenth = press.done * 10 // (press.total or 1)
        if press.pk == self._id and tenth > self._told:
            self._told = tenth
            say(f"{press.done} de {press.total}")


class _Lines:
    def __init__(self) -> None:
        self._step = ""

    def __call__(self, run: SyncRun) -> None:
        """Say which step has begun, and how the one before ended."""
        if run.step != self._step and run.finished_at is None:
            self._step = run.step
            say(f"{run.get_step_display()}…")
