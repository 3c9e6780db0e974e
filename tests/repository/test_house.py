"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "ahead"
LISTED = subprocess.run(
    ["git", "-c", "safe.directory=*", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout
FILES = [ROOT / name for name in LISTED.splitlines() if (ROOT / name).is_file()]
PYTHON = [path for path in FILES if path.suffix == ".py" and "migrations" not in path.parts]
TESTS = [path for path in PYTHON if (ROOT / "tests") in path.parents and path != Path(__file__)]
TEXTS = [path for path in FILES if path.suffix not in {".png", ".ico", ".woff2"} and path != Path(__file__)]
STATIC = [path for path in FILES if "static" in path.relative_to(ROOT).parts]
LONGEST_MODULE = 400
DOCUMENTED = ("operations.py", "queries.py", "receiving.py")
DOCUMENTED_FOLDERS = ("tray", "sync", "jobs")


def found_in(paths: list[Path], pattern: str) -> list[str]:
    """Return the places where a pattern occurs."""
    expression = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if expression.search(line)
    ]


def test_fakes_stand_at_the_network_never_inside() -> None:
    assert not found_in(TESTS, r"mock\.patch|from unittest|import unittest")
    # a constant, such as how long to wait, may be another in a test; what comes in by the keyboard may, too
    assert not found_in(TESTS, r'monkeypatch\.setattr\((?!\w+, "[A-Z_]+"|"sys\.stdin")')


def test_no_test_is_left_out() -> None:
    assert not found_in(TESTS, r"mark\.skip|mark\.xfail|pytest\.skip\(|importorskip")


def test_screens_and_commands_leave_writing_to_operations() -> None:
    told = SOURCE / "cli/demo/story.py"  # gives its own store a pace that no operation lets anybody choose
    paths = [path for path in PYTHON if {SOURCE / "web", SOURCE / "cli"} & set(path.parents) and path != told]
    assert not found_in(paths, r"\.objects\b|\.save\((?!state|content)|\.bulk_create\(|\.bulk_update\(")


def test_nothing_depends_on_the_machine_it_was_written_on() -> None:
    assert not found_in(TEXTS, r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org")
    assert not found_in(TEXTS, r"(?<![\w.~/])/(work|home|root|opt)/\w")


def test_nothing_that_a_run_wrote_is_kept() -> None:
    assert [path for path in FILES if "var" in path.relative_to(ROOT).parts or path.name == "keys.json"] == []


def test_nothing_of_others_lies_among_our_own_styles_and_scripts() -> None:
    assert STATIC
    assert [path for path in STATIC if path.suffix not in {".css", ".js", ".svg", ".png", ".ico"}] == []
    assert [path for path in STATIC if ".min." in path.name or SOURCE / "web/static/ahead" not in path.parents] == []
    assert not found_in(
        [path for path in STATIC if path.suffix in {".css", ".js"}], r"(?i)copyright|licen[sc]e|@import"
    )
    assert not found_in([path for path in FILES if path.suffix == ".html"], r"(src|href)=\"(https?:)?//")


def test_modules_stay_short() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in PYTHON}
    assert {path: lines for path, lines in lengths.items() if lines >= LONGEST_MODULE} == {}


def test_every_module_says_what_it_is() -> None:
    modules = [path for path in PYTHON if path.read_text().strip()]
    assert [path.relative_to(ROOT) for path in modules if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_what_others_call_has_a_docstring() -> None:
    folders = {SOURCE / name for name in DOCUMENTED_FOLDERS}
    paths = [path for path in PYTHON if SOURCE in path.parents]
    without = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in paths
        if path.name.endswith(DOCUMENTED) or folders & set(path.parents)
        for function in _public_functions(ast.parse(path.read_text()))
        if not ast.get_docstring(function)
    ]
    assert without == []


def _public_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    bodies = [tree.body, *(one.body for one in classes)]
    functions = [node for body in bodies for node in body if isinstance(node, ast.FunctionDef)]
    return [function for function in functions if not function.name.startswith("_")]


def test_every_setting_is_in_the_sample_and_nothing_else() -> None:
    read = {
        name
        for path in (SOURCE / "config").glob("*.py")
        for name in re.findall(r"env_\w+\(\s*\"(AHEAD_\w+)\"", path.read_text())
    }
    sample = set(re.findall(r"^#?\s?(AHEAD_\w+)=", (ROOT / ".env.sample").read_text(), re.MULTILINE))
    assert read
    assert read == sample


def test_tests_may_be_told_apart_by_their_file_names() -> None:
    names = Counter(path.name for path in TESTS if path.name.startswith("test_"))
    assert [name for name, count in names.items() if count > 1] == []


def test_a_module_of_the_tests_goes_by_one_name() -> None:
    """Two names would be two modules, with two of each class: what folders share is in `support`."""
    folders = {path.parent.name for path in TESTS} - {path.parent.name for path in TESTS if path.name == "__init__.py"}
    assert {"support", "sync", "jobs"} <= folders
    assert not found_in(TESTS, rf"^\s*(from|import) ({'|'.join(sorted(folders))})\.")


@pytest.mark.django_db
def test_migrations_are_up_to_date() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
