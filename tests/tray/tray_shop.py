"""A store of the sandbox with a client in front of it."""

from dataclasses import dataclass, field
from typing import Any

import httpx2
from tray_stage import OpenBudget

from ahead.sandbox.tray import Store, TraySandbox
from ahead.tray import BRASILIA, MemoryTokens, Tray


@dataclass
class Shop:
    """A store of the sandbox with a connected client."""

    store: Store
    box: TraySandbox
    keeper: MemoryTokens
    tray: Tray
    slept: list[float] = field(default_factory=list)

    @property
    def today(self) -> Any:
        return self.box.now().astimezone(BRASILIA).date()


def open_shop(box: TraySandbox, address: str = "http://tray.test", **options: Any) -> Shop:
    store = box.add_store(slug="forja", store_id=391, consumer_key="k" * 32, consumer_secret="s" * 32)
    keeper = MemoryTokens(code=store.authorise())
    slept: list[float] = []
    settled: dict[str, Any] = {"transport": httpx2.WSGITransport(app=box.app), "sleep": slept.append} | options
    tray = Tray(
        api_address=address + store.path,
        consumer_key=store.consumer_key,
        consumer_secret=store.consumer_secret,
        tokens=keeper,
        budget=OpenBudget(),
        **settled,
    )
    return Shop(store, box, keeper, tray, slept)
