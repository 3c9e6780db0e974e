"""Several requests in flight, answers in order: a small pool that never runs far ahead of its user."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from types import TracebackType
from typing import Generic, Self, TypeVar

from ahead.db.clerks import ask_by_clerk

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


class Outcome(Generic[Ask, Answer]):
    """What one request came to: the answer, or the error it ended in."""

    __slots__ = ("answer", "ask", "error")

    def __init__(self, ask: Ask, answer: Answer | None, error: Exception | None) -> None:
        self.ask, self.answer, self.error = ask, answer, error


class Readers:
    """
    A pool of `threads` that ask Tray. Tray advises two to four at once for one store.

    What they need of the database they ask by a clerk: they have no connection of their own.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="tray", initializer=ask_by_clerk)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)

    def each(
        self, asks: Iterable[Ask], work: Callable[[Ask], Answer], *, ahead: int = 0
    ) -> Generator[Outcome[Ask, Answer], None, None]:
        """
        Yield what became of each ask, in their order, while the next few are on their way, or `ahead` of them.

        Reading far ahead keeps Tray busy while the caller stores a batch of answers. Writes never run far ahead of
        their being noted. Stopping early (closing the iterator) starts no more and waits for
        those in flight: nothing that was sent may arrive after the caller has gone on.
        """
        most = max(ahead, self._threads * 2)
        waiting: deque[tuple[Ask, Future[Answer]]] = deque()
        supply = iter(asks)
        try:
            for ask in supply:
                # in the context of the caller, so that what the thread logs names the run
                waiting.append((ask, self._pool.submit(copy_context().run, work, ask)))
                if len(waiting) > most:
                    yield _outcome(*waiting.popleft())
            while waiting:
                yield _outcome(*waiting.popleft())
        finally:
            wait([future for _, future in waiting if not future.cancel()])


def _outcome(ask: Ask, future: Future[Answer]) -> Outcome[Ask, Answer]:
    try:
        return Outcome(ask, future.result(), None)
    except Exception as error:  # noqa: BLE001 - carried to the caller, which decides
        return Outcome(ask, None, error)
