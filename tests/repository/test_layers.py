"""The contracts of the layers, tried: each must catch the import that it is there for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# contract -> (module, a line that breaks it)
PLANTED = {
    "Imports point down": ("stock/queries.py", "import ahead.orders.rules"),
    "Inside an app: operations, queries, models, rules": ("catalog/models.py", "import ahead.catalog.queries"),
    "Nothing goes in a circle": ("jobs/slots.py", "import ahead.jobs.worker"),
    "Screens and commands know no model": ("web/home.py", "import ahead.orders.models"),
    "Only sync speaks with Tray": ("stores/budget.py", "import ahead.tray"),
    "Only commands start a sandbox": ("jobs/running.py", "import ahead.sandbox.tray"),
    "Only fiscal writes and sends NF-e": ("sync/runner.py", "import ahead.nfe"),
    "Only the clients of Tray and SEFAZ, and the webhook, speak HTTP": ("sync/runner.py", "import httpx2"),
    "Only one module knows the job engine": ("jobs/tick.py", "import dbos"),
    "No Django in what stands alone": ("lib/money.py", "import django"),
    "Rules decide without database and network": ("stock/rules.py", "from django.db import models"),
    "What a sync decides is decided on values": ("sync/deciding.py", "import ahead.orders.models"),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What import-linter says of a copy of the program in which every contract is broken."""
    copy = tmp_path_factory.mktemp("planted")
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "static"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for module, line in PLANTED.values():
        path = copy / "src" / "ahead" / module
        path.write_text(f"{path.read_text()}\n{line}\n")
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    return dict(re.findall(r"^(.+) (KEPT|BROKEN)$", said.stdout, re.MULTILINE))


def test_every_contract_is_tried(verdicts: dict[str, str]) -> None:
    assert set(verdicts) == set(PLANTED)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_contract_catches_what_it_is_there_for(verdicts: dict[str, str], contract: str) -> None:
    assert verdicts[contract] == "BROKEN"
