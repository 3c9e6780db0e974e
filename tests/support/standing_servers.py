"""Servers that stand for a whole run: each test puts a pretend Tray, or a pretend SEFAZ, of its own behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ahead.sandbox.sefaz import SefazSandbox
from ahead.sandbox.sefaz import serve as serve_sefaz
from ahead.sandbox.sefaz.app import Application
from ahead.sandbox.tray import TraySandbox, serve
from fiscal_making import authority_folder

App = Callable[..., Iterable[bytes]]


class Standing:
    """A server that listens, and whose words it passes on."""

    def __init__(self) -> None:
        self.address, self.ca_file = "", ""
        self._behind: App = _nobody

    def __call__(self, *asked: Any) -> Iterable[bytes]:
        return self._behind(*asked)

    @contextmanager
    def before(self, app: App) -> Iterator[Standing]:
        """Pass on to an application while the block runs."""
        self._behind = app
        try:
            yield self
        finally:
            self._behind = _nobody


def _nobody(*_asked: Any) -> Iterable[bytes]:
    raise AssertionError("somebody still asks, though the test is over")


@contextmanager
def standing_tray() -> Iterator[Standing]:
    """A server for pretend Trays."""
    made = Standing()
    with serve(made, threads=12) as made.address:
        yield made


@contextmanager
def standing_sefaz() -> Iterator[Standing]:
    """A server for pretend SEFAZs: its key, which takes long to make, is made once."""
    made = Standing()
    with serve_sefaz(SefazSandbox(), folder=authority_folder(), before=lambda _: made) as served:
        made.address, made.ca_file = served.address, str(served.ca_file)
        yield made


def app_of(box: TraySandbox | SefazSandbox) -> App:
    """Return the application of a sandbox."""
    return box.app if isinstance(box, TraySandbox) else Application(box)
