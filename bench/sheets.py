"""What a large sheet costs: looking through it, applying it, its memory, and how long others wait meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measuring import held_megabytes, peak_megabytes, spending
from bench.place import start_django
from bench.rows import Row

_COLUMNS = 16
_BY = "bench"
_PAUSE_SECONDS = 0.02  # between two writes of the bystander
_LONGEST_WAIT_SECONDS = 1.0


def sheets(*, quick: bool) -> Iterator[Row]:
    """Preview and apply a sheet of which half the rows change products that are there, and half make new ones."""
    count = 2_000 if quick else 20_000
    company_id = _company(count // 2)
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        _write(Path(file.name), count)
        floor = _elsewhere("read", file.name, str(company_id))
        ours = _elsewhere("import", file.name, str(company_id))
    what = f"a sheet of {count:,} rows × {_COLUMNS} columns"
    beside = "read by calamine alone"
    for part, name in (("look", "looking through"), ("apply", "applying")):
        note = f"CPU of ours {ours[f'{part}_cpu']:.1f} s, of the reader {floor['cpu']:.2f} s"
        yield Row(f"{name} {what}", ours[part], "s", floor["wall"], beside, note=note)
    yield Row(f"peak memory, {what}", ours["peak"], "MB", floor["peak"], beside, note=_held(ours, floor))
    for part, name in (("look_wait", "looked through"), ("apply_wait", "applied")):
        yield Row(
            f"longest wait of another's small write while it is {name}",
            ours[part], "s", None, "", _LONGEST_WAIT_SECONDS, note=f"{ours[f'{part}s']} such writes",
        )  # fmt: skip


def _held(ours: dict[str, Any], floor: dict[str, Any]) -> str:
    return f"before: ours {ours['before']:.0f} MB, the reader {floor['before']:.0f} MB"


def _company(products: int) -> int:
    from ahead.accounts.operations import create_company
    from ahead.stock.operations import create_warehouse
    from bench.seeding import seed_products

    now = datetime.now(UTC)
    company = create_company(name="Bench", slug="bench", cnpj="11.222.333/0001-81", by=_BY, now=now)
    warehouse = create_warehouse(company=company, name="Depósito", by=_BY, now=now)
    seed_products(company, warehouse, products, now=now)
    return company.pk


def _write(path: Path, count: int) -> None:
    from ahead.lib.sheets import write_xlsx
    from ahead.spreadsheets.exporting import header

    rows = (_row(number) for number in range(1, count + 1))
    with path.open("wb") as file:
        write_xlsx(file, header("products")[:_COLUMNS], rows, title="Produtos")


def _row(number: int) -> list[object]:
    text = f"{number:06}"
    said: dict[str, object] = {
        "Código AHEAD": f"P{text}", "Descrição": f"Caneca de cerâmica azul número {text}", "Referência": f"SKU-{text}",
        "GTIN": "SEM GTIN", "NCM": "69120000", "Unidade": "UN", "Marca": f"Marca {number % 40}", "Modelo": "Clássica",
        "Garantia": "90 dias", "Peso": 300 + number % 500, "Comprimento": 12, "Largura": 9, "Altura": 10,
        "Custo": (1000 + number % 900) / 100, "Preço": (2000 + number % 1800) / 100,
    }  # fmt: skip
    from ahead.spreadsheets.exporting import header

    return [said.get(name, "") for name in header("products")[:_COLUMNS]]


# ── in a process of its own ────────────────────────────────────────────────────────────────────────────────


def _elsewhere(what: str, path: str, company_id: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.sheets", what, path, company_id]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _read(path: str) -> dict[str, float]:
    from python_calamine import load_workbook

    before = held_megabytes()
    with spending() as spent:
        count = len(load_workbook(path).get_sheet_by_index(0).to_python())
    return {"wall": spent.wall, "cpu": spent.cpu, "rows": count, "before": before, "peak": peak_megabytes()}


def _import(path: str, company_id: int) -> dict[str, Any]:
    start_django()
    from ahead.accounts.models import Company
    from ahead.spreadsheets import operations, queries
    from ahead.spreadsheets.working import work_on

    company = Company.objects.get(pk=company_id)
    before = held_megabytes()
    sheet = operations.begin_import(
        company=company,
        kind="products",
        name="bench.xlsx",
        content=Path(path).read_bytes(),
        by=_BY,
        now=datetime.now(UTC),
    )
    looked = _beside("look", company_id, lambda: work_on(sheet.pk))
    there = queries.sheet(company, sheet.pk)
    if there.wrong or there.right != there.rows:
        raise AssertionError(f"the sheet of the benchmark has wrong rows: {vars(there)}")
    operations.ask_apply(company=company, sheet_id=sheet.pk, by=_BY, now=datetime.now(UTC))
    applied = _beside("apply", company_id, lambda: work_on(sheet.pk))
    if queries.sheet(company, sheet.pk).state != "applied":
        raise AssertionError("the sheet of the benchmark was not applied")
    return {**looked, **applied, "before": before, "peak": peak_megabytes()}


def _beside(name: str, company_id: int, work: Callable[[], object]) -> dict[str, float]:
    """Do something while another connection writes a little again and again; return what both took at most."""
    waits: list[float] = []
    is_over = threading.Event()
    writer = threading.Thread(target=_write_a_little, args=(company_id, waits, is_over))
    writer.start()
    with spending() as spent:
        work()
    is_over.set()
    writer.join()
    return {name: spent.wall, f"{name}_cpu": spent.cpu, f"{name}_wait": max(waits), f"{name}_waits": len(waits)}


def _write_a_little(company_id: int, waits: list[float], is_over: threading.Event) -> None:
    from django.db import connection, transaction

    from ahead.audit.operations import record

    while not is_over.wait(_PAUSE_SECONDS):
        began = time.perf_counter()
        with transaction.atomic():
            record("bench", company_id=company_id, subject=("x", 1), text="x", by=_BY, at=datetime.now(UTC))
        waits.append(time.perf_counter() - began)
    connection.close()


def main() -> None:
    """Read a sheet, or look through it and apply it, and print what that took."""
    what, path, company_id = sys.argv[1:]
    print(json.dumps(_read(path) if what == "read" else _import(path, int(company_id))))


if __name__ == "__main__":
    main()
