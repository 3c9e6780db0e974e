"""`python -m bench [names…] [--db sqlite|postgres] [--quick] [--full]`: measure, print a table, keep the figures."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.one import BENCHMARKS
from bench.place import ROOT, place
from bench.rows import Row, short

HISTORY = ROOT / ".bench" / "history.jsonl"


def main() -> None:
    """Run the benchmarks named, or all of them; end with 1 if a target was missed."""
    given = _arguments()
    names = given.names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    console = Console(width=None if sys.stdout.isatty() else 200)
    run = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "commit": _commit(), "db": given.db, "quick": given.quick}
    rows = []
    for name in names:
        began = time.monotonic()
        for row in _measured(name, given):
            rows.append(row)
            _keep({**run, "bench": name, **row})
        console.print(f"[dim]{name}: {time.monotonic() - began:.0f} s[/dim]")
    console.print(_table(rows, f"{given.db}{', quick' if given.quick else ''}"))
    for row in rows:
        if row["note"]:
            console.print(f"[dim]{row['measure']}: {row['note']}[/dim]", highlight=False)
    console.print(f"kept in {HISTORY.relative_to(ROOT)}")
    sys.exit(1 if any(row["verdict"] == "MISSED" for row in rows) else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Ours beside the floor or the peer, in one run.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"any of: {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--quick", action="store_true", help="less of everything: a look within two minutes")
    parser.add_argument("--full", action="store_true", help="a million orders held")
    return parser.parse_args()


def _measured(name: str, given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    flags = [flag for flag, is_given in (("--quick", given.quick), ("--full", given.full)) if is_given]
    command = [sys.executable, "-m", "bench.one", name, *flags]
    with (
        place(given.db) as environment,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as running,
    ):
        assert running.stdout is not None
        for line in running.stdout:
            yield json.loads(line)
    if running.returncode:
        yield {**Row(f"{name} broke off", 0, "").as_mapping(), "verdict": "MISSED"}


def _keep(row: dict[str, Any]) -> None:
    HISTORY.parent.mkdir(exist_ok=True)
    with HISTORY.open("a") as history:
        history.write(json.dumps(row, ensure_ascii=False) + "\n")


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _table(rows: list[dict[str, Any]], title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in ("measure", "ours", "beside", "ratio", "target", ""):
        table.add_column(name, justify="left" if name in {"measure", "", "beside"} else "right")
    for row in rows:
        beside = f"{short(row['beside'])} {row['beside_what']}" if row["beside"] is not None else ""
        style = {"MISSED": "red", "good": "green"}.get(row["verdict"], "")
        table.add_row(
            row["measure"],
            f"{short(row['ours'])} {row['unit']}",
            beside,
            short(row["ratio"]),
            row["target_text"],
            f"[{style}]{row['verdict']}[/]" if style else "",
        )
    return table


if __name__ == "__main__":
    main()
