"""One benchmark in a process of its own: `python -m bench` starts it and reads its rows, one JSON document a line."""

from __future__ import annotations

import argparse
import inspect
import json
from importlib import import_module

from bench.place import start_django

# name: where it is
BENCHMARKS = {
    "requests": ("bench.requests", "requests_per_order"),
    "skus": ("bench.requests", "requests_per_sku"),
    "wall": ("bench.walls", "wall_time"),
    "orders": ("bench.importing", "orders_per_second"),
    "changes": ("bench.changes", "change_detection"),
    "catalogue": ("bench.catalogue", "catalogue"),
    "memory": ("bench.memory", "memory_of_sync"),
    "stores": ("bench.crowd", "stores_in_flight"),
    "schedule": ("bench.schedule", "schedule"),
    "screens": ("bench.screens", "screens"),
    "webhooks": ("bench.webhooks", "webhooks"),
    "sheets": ("bench.sheets", "sheets"),
    "notas": ("bench.notas", "notas_per_second"),
    "press": ("bench.press", "press"),
}


def main() -> None:
    """Measure, and print each row as soon as it is known."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--full", action="store_true")
    given = parser.parse_args()
    start_django(migrate=True)
    module, name = BENCHMARKS[given.name]
    benchmark = getattr(import_module(module), name)
    wanted = {"quick": given.quick, "full": given.full}
    taken = {name: value for name, value in wanted.items() if name in inspect.signature(benchmark).parameters}
    for row in benchmark(**taken):
        print(json.dumps(row.as_mapping()), flush=True)


if __name__ == "__main__":
    main()
