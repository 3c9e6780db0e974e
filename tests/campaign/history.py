"""One history, from an empty database to its verdict."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from ahead.sandbox.sefaz import SefazSandbox
from ahead.sandbox.sefaz import serve as serve_sefaz
from ahead.sandbox.tray import TraySandbox, serve
from campaign.plan import FULL, QUICK, REAL_LIMIT, SHORT, Scale, make_plan
from campaign.processes import environment_of
from campaign.sefaz_faults import SefazDoor
from campaign.tray_faults import Door
from plugins.ports import free_port

SCALES: dict[str, Scale] = {"full": FULL, "quick": QUICK, "short": SHORT, "real-limit": REAL_LIMIT}
AGENDA_SECONDS = {"full": 8.0, "quick": 8.0, "short": 3.0, "real-limit": 30.0}


def run_history(
    *,
    seed: int,
    scale: str,
    workers: int,
    folder: Path,
    database_url: str,
    is_judge_tried: bool = False,
    orders: int | None = None,
) -> dict[str, Any]:
    """Live through the history of a seed; return its figures, and under "wrong" every promise that does not hold."""
    turbo = scale != "real-limit"
    box, sefaz = TraySandbox(seed=seed), SefazSandbox()
    sefaz.switches.change({"counts_consumption": False})  # the hour of its ban does not pass here
    door, sefaz_door = Door(box, seed=seed, turbo=turbo), SefazDoor(seed)
    with ExitStack() as stack:
        address = stack.enter_context(serve(door, threads=24))
        authority = folder / "authority"
        authority.mkdir()
        served = stack.enter_context(serve_sefaz(sefaz, folder=authority, before=sefaz_door.before))
        environment = environment_of(
            folder, database_url, AHEAD_SEFAZ_ADDRESS=served.address, AHEAD_SEFAZ_AUTHORITIES=str(served.ca_file)
        )
        _start_django(environment)
        from campaign.telling import Telling  # it needs Django

        size = replace(SCALES[scale], orders=orders) if orders else SCALES[scale]
        plan = make_plan(seed, size, workers=workers)
        telling = Telling(plan, box, sefaz, door, sefaz_door, address, authority, turbo=turbo)
        return telling.run(
            folder,
            environment,
            workers=workers,
            web_port=free_port(),
            agenda_every=AGENDA_SECONDS[scale],
            is_judge_tried=is_judge_tried,
        )


def _start_django(environment: dict[str, str]) -> None:
    import django

    os.environ.update(environment)
    django.setup()
    from ahead.cli.serving import apply_migrations

    apply_migrations()
