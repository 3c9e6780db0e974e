"""`ahead doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterator

from ahead.cli.exits import Exit
from ahead.cli.output import print_json
from ahead.cli.symptoms import ERROR, OK, WARNING, Symptom

_MARKS = {OK: "✓", WARNING: "!", ERROR: "✗"}


def doctor(args: Namespace) -> int:
    """Check the installation; 0 if nothing must be done, 1 if something must."""
    found = list(_look())
    is_ill = any(symptom.state == ERROR for symptom in found)
    if args.json:
        print_json({"ok": not is_ill, "checks": [symptom.as_row() for symptom in found]})
    else:
        _print(found)
    return Exit.LOOK if is_ill else Exit.DONE


def _look() -> Iterator[Symptom]:
    """Check one thing after the other, and stop where the next could not be checked."""
    os.environ.setdefault("AHEAD_LOG_LEVEL", "ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahead.config.settings")
    try:
        import django  # here: a wrong setting is the first thing to be told

        django.setup()
    except SystemExit as error:
        yield Symptom("configuration", ERROR, str(error.code), "Corrija a variável e rode de novo.")
        return
    except OSError as error:
        yield Symptom("data_dir", ERROR, f"A pasta de dados não serve: {error}", "Confira AHEAD_DATA_DIR.")
        return
    from ahead.cli import checks, checks_of_size  # they read settings and models

    yield from checks.configuration()
    yield from _guarded("data_dir", checks.data_folder)
    database = list(_guarded("database", checks.database))
    yield from database
    if any(symptom.state == ERROR for symptom in database):
        return
    yield from _guarded("clock", checks.clock)
    keys = list(_guarded("sealing_keys", checks.sealing_keys))
    yield from keys
    if any(symptom.state == ERROR for symptom in keys):
        return
    yield from _guarded("workers", checks.workers)
    yield from _guarded("readiness", checks.ready)
    yield from _guarded("public_url", checks.pictures)
    yield from _guarded("pictures", checks.shared_pictures)
    yield from _guarded("certificate", checks.certificates)
    yield from _guarded("sizes", checks_of_size.sizes)
    yield from _guarded("retention", checks_of_size.retention)
    yield from _guarded("stores", checks.stores)


def _guarded(check: str, look: Callable[[], Iterator[Symptom]]) -> Iterator[Symptom]:
    """A check that breaks is a finding, too."""
    from django.db import DatabaseError, InterfaceError

    try:
        yield from look()
    except (DatabaseError, InterfaceError, OSError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        remedy = "Confira AHEAD_DATABASE_URL e AHEAD_DATA_DIR, e rode `ahead migrate`."
        yield Symptom(check, ERROR, f"Não deu para conferir: {lines[0]}", remedy)


def _print(found: list[Symptom]) -> None:
    for symptom in found:
        print(f"{_MARKS[symptom.state]} {symptom.text}")
        if symptom.remedy:
            print(f"    → {symptom.remedy}")
    errors = sum(symptom.state == ERROR for symptom in found)
    warnings = sum(symptom.state == WARNING for symptom in found)
    print()
    print(f"{errors} a resolver, {warnings} a observar." if errors or warnings else "Tudo certo.")
