"""Faults a store answers with, the next n times on a route or with a seeded probability."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random

BEFORE = ("401/1000", "401/1001", "401/1002", "401/1003", "401/1099", "429", "500", "504", "html-200")
AFTER = ("500-but-done", "timeout-after-commit", "empty")
LISTS = ("duplicate-row", "total-moves")
KINDS = (*BEFORE, *AFTER, *LISTS)


class UnknownFault(Exception):
    """There is no fault of that kind."""


@dataclass(slots=True)
class Planned:
    """A fault that waits for its requests."""

    pattern: str
    kind: str
    times: int
    after: int


@dataclass(slots=True)
class Likely:
    """A fault that strikes at random."""

    pattern: str
    kind: str
    probability: float


class Faults:
    """
    The faults of one store.

    A pattern is matched (``*`` stands for anything, slashes too) against the path, the
    path with ids as ``:id``, and both with the method before them: ``/orders/*``,
    ``GET /orders``, ``PUT /orders/:id``.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.planned: list[Planned] = []
        self.likely: list[Likely] = []
        self.struck: list[tuple[str, str]] = []

    def next(self, route_pattern: str, kind: str, times: int = 1, after: int = 0) -> None:
        """
        Strike the next requests of a route, the first `after` of them spared.

        :raises UnknownFault: if the kind does not exist.
        """
        self._check(kind)
        self.planned.append(Planned(route_pattern, kind, times, after))

    def rate(self, kind: str, probability: float, route_pattern: str = "*") -> None:
        """
        Strike with a probability; 0 takes the rate away.

        :raises UnknownFault: if the kind does not exist.
        """
        self._check(kind)
        self.likely = [rate for rate in self.likely if (rate.kind, rate.pattern) != (kind, route_pattern)]
        if probability > 0:
            self.likely.append(Likely(route_pattern, kind, probability))

    def clear(self) -> None:
        """Forget every fault."""
        self.planned.clear()
        self.likely.clear()
        self.struck.clear()

    def strike(self, method: str, path: str, template: str, *, is_list: bool) -> str | None:
        """Return the fault of this request, if any, and use it up."""
        names = (path, template, f"{method} {path}", f"{method} {template}")
        kind = self._planned(names, is_list=is_list) or self._likely(names, is_list=is_list)
        if kind is not None:
            self.struck.append((f"{method} {path}", kind))
        return kind

    def _planned(self, names: tuple[str, ...], *, is_list: bool) -> str | None:
        for planned in self.planned:
            if not _applies(planned.pattern, planned.kind, names, is_list=is_list):
                continue
            if planned.after > 0:
                planned.after -= 1
                continue
            planned.times -= 1
            if planned.times <= 0:
                self.planned.remove(planned)
            return planned.kind
        return None

    def _likely(self, names: tuple[str, ...], *, is_list: bool) -> str | None:
        for likely in self.likely:
            if not _applies(likely.pattern, likely.kind, names, is_list=is_list):
                continue
            if self.random.random() < likely.probability:
                return likely.kind
        return None

    @staticmethod
    def _check(kind: str) -> None:
        if kind not in KINDS:
            raise UnknownFault(f"unknown fault {kind!r}; there are {', '.join(KINDS)}")


def _applies(pattern: str, kind: str, names: tuple[str, ...], *, is_list: bool) -> bool:
    if kind in LISTS and not is_list:
        return False
    if kind.startswith("401/") and names[0] == "/auth" and "auth" not in pattern:
        return False
    return any(fnmatchcase(name, pattern) for name in names)
