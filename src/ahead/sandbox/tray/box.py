"""The sandbox: many stores on one server, one clock, one seed."""

from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from ahead.sandbox.tray.courier import Courier
from ahead.sandbox.tray.moments import Clock, real_clock
from ahead.sandbox.tray.store import Store
from ahead.sandbox.tray.switches import Switches

if TYPE_CHECKING:
    from ahead.sandbox.tray.app import Application


class SlugTaken(Exception):
    """There is already a store of that name."""


class TraySandbox:
    """A pretend Tray."""

    def __init__(self, seed: int = 1, clock: Clock | None = None) -> None:
        self.seed = seed
        self.clock: Clock = clock or real_clock
        self.lock = RLock()
        self.courier = Courier()
        self.stores: dict[str, Store] = {}

    def add_store(
        self,
        *,
        slug: str,
        store_id: int = 999001,
        name: str = "Loja Exemplo",
        cnpj: str = "11.222.333/0001-81",
        consumer_key: str = "ck",
        consumer_secret: str = "cs",  # noqa: S107 - a pretend secret of a pretend store
        **switches: Any,
    ) -> Store:
        """
        Open a store; `switches` are the fields of `Switches`.

        :raises SlugTaken: if there is one of that slug.
        :raises UnknownSwitch: if a switch does not exist.
        """
        chosen = Switches()
        chosen.change(switches)
        store = Store(
            slug=slug,
            store_id=store_id,
            name=name,
            cnpj=cnpj,
            consumer_key=consumer_key,
            consumer_secret=consumer_secret,
            clock=self.now,
            seed=self.seed,
            switches=chosen,
            courier=self.courier,
        )
        with self.lock:
            if slug in self.stores:
                raise SlugTaken(f"there is already a store {slug!r}")
            self.stores[slug] = store
        return store

    def now(self) -> datetime:
        """Return the instant of the sandbox's clock, which a test may replace at any time."""
        return self.clock()

    @property
    def app(self) -> "Application":
        """The WSGI callable."""
        from ahead.sandbox.tray.app import Application  # the pages read the box

        return Application(self)

    @property
    def revision(self) -> int:
        """A number that grows whenever anything changes."""
        with self.lock:
            return self.courier.revision + len(self.stores) + sum(store.revision for store in self.stores.values())

    def save(self, path: str | Path) -> None:
        """Write everything into one JSON file, whole or not at all."""
        from ahead.sandbox.tray.snapshot import write_snapshot  # it reads the box

        write_snapshot(self, Path(path))

    @classmethod
    def load(cls, path: str | Path, clock: Clock | None = None) -> "TraySandbox":
        """
        Read a sandbox back from its file.

        :raises OSError: if it cannot be read.
        :raises SnapshotUnreadable: if it is no snapshot.
        """
        from ahead.sandbox.tray.snapshot import read_snapshot  # it makes a box

        return read_snapshot(Path(path), clock)
