"""What a person does leaves its trail: read from the code, so that an operation added later cannot forget it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ahead.audit.words import SUBJECTS

SOURCE = Path(__file__).parents[2] / "src"
TRAIL = {("ahead.audit.operations", name) for name in ("record", "record_all", "event")}
# steps inside something whose trail is elsewhere; everything else that takes `by` in a transaction of its own records
STEPS = {
    "ahead.fiscal.delivering": {
        "mark_delivered": "the timeline of the nota and the log of the run",
        "mark_failed": "the timeline of the nota and the log of the run",
        "settle_status": "the timeline of the nota and the log of the run",
        "stop_delivery": "what cancelled or let go of the nota has recorded that",
        "drop_ended": "what cancelled the nota has recorded that",
    },
    "ahead.fiscal.preparing": {"prepare_sale": "the press is recorded; each nota again, when it is authorised"},
    "ahead.fiscal.pressing": {"prepare_pressed": "one order of a recorded press, with its result"},
    "ahead.stock.fulfilment": {
        "ship_reserved": "movements name who; the nota that let the goods go is recorded",
        "take_back": "movements name who; the cancellation that brought the goods back is recorded",
    },
}

Name = tuple[str, str]


@dataclass
class Function:
    takes: set[str] = field(default_factory=set)
    is_atomic: bool = False
    names: set[Name] = field(default_factory=set)  # every function that is named in it


def _read() -> dict[Name, Function]:
    found: dict[Name, Function] = {}
    for path in SOURCE.rglob("*.py"):
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                _take(found.setdefault((module, node.name), Function()), node, module, imported)
    return found


def _take(into: Function, node: ast.FunctionDef, module: str, imported: dict[str, Name]) -> None:
    into.takes |= {argument.arg for argument in node.args.args + node.args.kwonlyargs}
    into.is_atomic |= any(ast.unparse(one).startswith("transaction.atomic") for one in node.decorator_list)
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            into.names.add(imported.get(part.id, (module, part.id)))
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            owner = part.value.id
            if owner == "self":
                into.names.add((module, part.attr))
            elif owner in imported:
                into.names.add((".".join(imported[owner]), part.attr))


def _that_record(functions: dict[Name, Function]) -> set[Name]:
    found = set(TRAIL)
    while more := {name for name, one in functions.items() if name not in found and one.names & found}:
        found |= more
    return found


@pytest.fixture(scope="module")
def functions() -> dict[Name, Function]:
    return _read()


def test_who_does_something_is_recorded(functions: dict[Name, Function]) -> None:
    done = {name for name, one in functions.items() if one.is_atomic and "by" in one.takes and name[1][0] != "_"}
    assert len(done) > 80  # the search itself still finds what it looks for

    silent = done - _that_record(functions)
    steps = {(module, name) for module, names in STEPS.items() for name in names}
    assert silent - steps == set()
    assert steps - silent == set(), "these record now: take them off the list"


def test_what_was_touched_has_a_name_for_people() -> None:
    touched = set()
    for path in (SOURCE / "ahead").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.keyword) and node.arg == "subject" else None
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "subject":
                value = node.value
            if isinstance(value, ast.Tuple) and isinstance(value.elts[0], ast.Constant):
                touched.add(str(value.elts[0].value))
    assert len(touched) > 12
    assert touched <= set(SUBJECTS)
