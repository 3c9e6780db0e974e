"""Commands that were run, and what they were run on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.sandbox.tray import Store as Shop
from ahead.stores.models import Store


@dataclass
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@dataclass
class Counter:
    """A Loja that was set up by commands alone, and its store at Tray."""

    company: Company
    shop: Shop
    address: str


Ahead = Callable[..., Ran]
MakeStore = Callable[..., Store]
MakeProduct = Callable[..., Product]
