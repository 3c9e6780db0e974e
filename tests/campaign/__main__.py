"""
`python -m campaign [--seed N | --seeds N] [--db sqlite|postgres|both] [--scale …]`: live and judge.

Each seed is a process of its own. A history that breaks a promise keeps its folder, and says how to replay it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import rmtree
from typing import Any

from rich.console import Console
from rich.table import Table

from campaign.places import database_at

FIRST_SEED = 20261128
WORKERS = 3  # on PostgreSQL; SQLite takes one
_MOST_TOLD = 40


def main() -> None:
    """Run the histories asked for; end with 1 if one of them breaks a promise."""
    given = _arguments()
    if given.one:
        _live_one(given)
        return
    first = given.seed if given.seed is not None else FIRST_SEED
    count = 1 if given.seed is not None else given.seeds
    databases = ["postgres", "sqlite"] if given.db == "both" else [given.db]
    done = []
    for database in databases:
        for number in range(count):
            # of several, the first keeps to Tray's own limit: fewer orders, at its true pace
            scale = given.scale or ("real-limit" if number == 0 and count > 1 else "full")
            done.append(_told(first + number, database, scale, given))
    Console(width=None if sys.stdout.isatty() else 220).print(_table(done))
    sys.exit(1 if any(one["wrong"] for one in done) else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="campaign", description="Live through histories in which everything fails.")
    parser.add_argument("--seed", type=int, help="this one history")
    parser.add_argument("--seeds", type=int, default=10, help="so many, one after another (default: 10)")
    parser.add_argument("--db", choices=["sqlite", "postgres", "both"], default="sqlite")
    parser.add_argument("--scale", choices=["full", "quick", "short", "real-limit"], help="default: full")
    parser.add_argument("--orders", type=int, help="another number of orders than the scale has")
    parser.add_argument("--workers", type=int, help="on PostgreSQL (default: 3)")
    parser.add_argument("--database-url", default="", help="an empty database; default: one is made")
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--try-judge", action="store_true", help="and see that lies told to the books are seen")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a history that held, too")
    parser.add_argument("--json", action="store_true", help="print each history as one JSON document")
    return parser.parse_args()


def _live_one(given: argparse.Namespace) -> None:
    """Be the process of one history."""
    from campaign.history import run_history

    workers = (given.workers or WORKERS) if given.db == "postgres" else 1
    found = run_history(
        seed=given.seed,
        scale=given.scale,
        workers=workers,
        folder=Path(given.folder),
        database_url=given.database_url,
        is_judge_tried=given.try_judge,
        orders=given.orders,
    )
    _say(json.dumps(found))
    os._exit(0)  # servers and watchers are of no more use


def _told(seed: int, database: str, scale: str, given: argparse.Namespace) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix=f"ahead-campaign-{database}-{seed}-"))
    folder.chmod(0o755)  # PostgreSQL, as another user, must be able to go through
    began = time.monotonic()
    load = round(os.getloadavg()[0], 1)
    with database_at(folder, database, given.database_url) as url:
        found = _live(seed, database, scale, given, folder, url)
    found |= {"seed": seed, "db": database, "scale": scale, "wall": round(time.monotonic() - began), "load": load}
    (folder / "figures.json").write_text(json.dumps(found, indent=1, ensure_ascii=False))
    _tell(found, folder, given)
    if not found["wrong"] and not given.keep:
        rmtree(folder, ignore_errors=True)
    return found


def _live(seed: int, database: str, scale: str, given: argparse.Namespace, folder: Path, url: str) -> dict[str, Any]:
    command = [
        sys.executable, "-m", "campaign", "--one", "--seed", str(seed), "--db", database, "--scale", scale,
        "--folder", str(folder), "--database-url", url,
    ]  # fmt: skip
    if given.try_judge:
        command.append("--try-judge")
    if given.orders:
        command += ["--orders", str(given.orders)]
    if given.workers:
        command += ["--workers", str(given.workers)]
    with (folder / "campaign.log").open("wb") as errors:
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, check=False, text=True)
    try:
        found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        last = (folder / "campaign.log").read_text(errors="replace").splitlines()[-3:]
        return {"wrong": [f"it could not be told: {' / '.join(last)}"]}
    return found


_DETAILS = (
    "versions", "seconds", "faults", "acts", "cancelled_as_we_wrote", "requests_by_kind", "kills",
    "errors_logged", "matters_open",
)  # fmt: skip


def _tell(found: dict[str, Any], folder: Path, given: argparse.Namespace) -> None:
    if given.json:
        _say(json.dumps(found, ensure_ascii=False))
        return
    name = f"{found['db']} {found['seed']} ({found['scale']})"
    if not found["wrong"]:
        _say(f"{name}: every promise held, {found['wall']} s, load {found['load']}")
    else:
        _say(f"{name}: {len(found['wrong'])} BROKEN")
        for line in found["wrong"][:_MOST_TOLD]:
            _say(f"  {line}")
        replay = f"--seed {found['seed']} --db {found['db']} --scale {found['scale']}"
        replay += f" --orders {given.orders}" if given.orders else ""
        _say(f'  again: make campaign ARGS="{replay}"; kept in {folder}')
    for detail in _DETAILS:
        if detail in found:
            _say(f"  {detail}: {json.dumps(found[detail], ensure_ascii=False)}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


_COLUMNS = {
    "db": "db", "seed": "seed", "scale": "scale", "orders": "orders", "notas": "notas",
    "calls/order": "calls_per_order", "reads/order": "reads_per_order", "p50 s": "p50_paid_reserved",
    "p95 s": "p95_paid_reserved", "orders/min": "orders_per_minute", "recovery p50 s": "recovery_median",
    "max s": "recovery_max", "wall s": "wall", "load": "load",
}  # fmt: skip


def _table(done: list[dict[str, Any]]) -> Table:
    table = Table(title="fault campaign", header_style="bold")
    for name in (*_COLUMNS, "kills", "faults", "RSS MB", "verdict"):
        table.add_column(name, justify="right")
    for one in done:
        cells = [str(one.get(key, "")) for key in _COLUMNS.values()]
        cells.append(str(len(one.get("kills", ()))))
        cells.append(str(sum(one.get("faults", {}).values())))
        cells.append("/".join(str(mb) for name, mb in one.get("rss_mb", {}).items() if name != "web"))
        cells.append(f"{len(one['wrong'])} BROKEN" if one["wrong"] else "held")
        table.add_row(*cells)
    return table


if __name__ == "__main__":
    main()
