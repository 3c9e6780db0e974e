"""The sandbox as one JSON file, so that a demo started again finds its orders and tokens."""

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from ahead.sandbox.tray.box import TraySandbox
from ahead.sandbox.tray.moments import Clock
from ahead.sandbox.tray.records import Address, Customer, KitRow, Order, Product, Record, Status, Variant
from ahead.sandbox.tray.store import Store
from ahead.sandbox.tray.tokens import Grant, Tokens

VERSION = 2
TABLES: dict[str, type[Record]] = {
    "products": Product,
    "variants": Variant,
    "kits": KitRow,
    "brands": Record,
    "categories": Record,
    "properties": Record,
    "centres": Record,
    "customers": Customer,
    "addresses": Address,
    "orders": Order,
    "statuses": Status,
}


class SnapshotUnreadable(Exception):
    """The file is no snapshot of this version of the sandbox."""


def write_snapshot(box: TraySandbox, path: Path) -> None:
    """Write everything; the file is there whole or as it was before, readable by its owner only."""
    content = {
        "version": VERSION,
        "seed": box.seed,
        "webhooks": dict(box.courier.addresses),
        "stores": [_store_as_mapping(store) for store in list(box.stores.values())],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    draft.replace(path)


def read_snapshot(path: Path, clock: Clock | None) -> TraySandbox:
    """
    Read a sandbox back.

    :raises OSError: if the file cannot be read.
    :raises SnapshotUnreadable: if it is no snapshot of this version.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise SnapshotUnreadable(f"{path} is a snapshot of version {content['version']}")
        box = TraySandbox(seed=content["seed"], clock=clock)
        box.courier.addresses.update(content.get("webhooks", {}))  # older files have none
        for kept in content["stores"]:
            _restore(box, kept)
    except (ValueError, KeyError, TypeError) as trouble:
        raise SnapshotUnreadable(f"{path} is no snapshot of the sandbox") from trouble
    return box


def _store_as_mapping(store: Store) -> dict[str, Any]:
    with store.lock:
        return {
            "store": {
                "slug": store.slug,
                "store_id": store.store_id,
                "name": store.name,
                "cnpj": store.cnpj,
                "consumer_key": store.consumer_key,
                "consumer_secret": store.consumer_secret,
            },
            "switches": store.switches.as_mapping(),
            "next_ids": store.next_ids,
            "random": store.random.getstate(),
            "tokens": _tokens_as_mapping(store.tokens),
            "tables": {name: [asdict(row) for row in getattr(store, name).values()] for name in TABLES},
        }


def _tokens_as_mapping(tokens: Tokens) -> dict[str, Any]:
    grants = {id(grant): grant for grant in (*tokens.by_access.values(), *tokens.by_refresh.values())}
    return {
        "random": tokens.random.getstate(),
        "codes": sorted(tokens.codes),
        "spent_codes": sorted(tokens.spent_codes),
        "consented": tokens.consented,
        "grants": [
            {
                "access_token": grant.access_token,
                "refresh_token": grant.refresh_token,
                "activated_at": grant.activated_at.isoformat(),
                "access_expires_at": grant.access_expires_at.isoformat(),
                "refresh_expires_at": grant.refresh_expires_at.isoformat(),
            }
            for grant in grants.values()
        ],
    }


def _restore(box: TraySandbox, kept: dict[str, Any]) -> None:
    store = box.add_store(**kept["store"], **kept["switches"])
    store.next_ids.update(kept["next_ids"])
    _set_state(store.random, kept["random"])
    _restore_tokens(store.tokens, kept["tokens"])
    for name, kind in TABLES.items():
        setattr(store, name, {row["id"]: kind(**row) for row in kept["tables"][name]})
    for item in (*store.products.values(), *store.variants.values()):
        store.bell.learn(item)
    for variant in store.variants.values():
        store.variants_by_product.setdefault(variant.product_id, []).append(variant.id)
    for row in store.kits.values():
        store.kits_by_parent.setdefault(row.parent_id, []).append(row.id)
    for address in store.addresses.values():
        store.addresses_by_customer.setdefault(address.customer_id, []).append(address.id)


def _restore_tokens(tokens: Tokens, kept: dict[str, Any]) -> None:
    _set_state(tokens.random, kept["random"])
    tokens.codes.update(kept["codes"])
    tokens.spent_codes.update(kept["spent_codes"])
    tokens.consented = kept["consented"]
    for row in kept["grants"]:
        grant = Grant(
            access_token=row["access_token"],
            refresh_token=row["refresh_token"],
            activated_at=datetime.fromisoformat(row["activated_at"]),
            access_expires_at=datetime.fromisoformat(row["access_expires_at"]),
            refresh_expires_at=datetime.fromisoformat(row["refresh_expires_at"]),
        )
        tokens.by_access[grant.access_token] = grant
        tokens.by_refresh[grant.refresh_token] = grant


def _set_state(random: Random, kept: list[Any]) -> None:
    version, numbers, gauss = kept
    random.setstate((version, tuple(numbers), gauss))
