"""What the command line understands, and how it says no."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from cli_running import Ahead
from documented import MANUAL, documents

from ahead.cli.parsers import make_parser


def _commands(parser: argparse.ArgumentParser, name: str = "ahead") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, parser
    for group in groups:
        for word, below in group.choices.items():
            yield from _commands(below, f"{name} {word}")


COMMANDS = dict(_commands(make_parser()))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_body_and_is_in_the_manual(name: str) -> None:
    module, _, function = COMMANDS[name].get_default("body").partition(":")
    assert callable(getattr(import_module(module), function))
    assert f"`{name}" in MANUAL


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_in_the_manual(name: str) -> None:
    options = [
        one for action in COMMANDS[name]._actions for one in action.option_strings if one not in {"-h", "--help"}
    ]
    assert [one for one in options if one not in MANUAL] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_with_json_has_its_keys_in_the_manual(name: str) -> None:
    has_json = any("--json" in action.option_strings for action in COMMANDS[name]._actions)
    assert bool(documents(name)) == has_json


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_in_portuguese(name: str, ahead: Ahead) -> None:
    shown = ahead(*name.split()[1:], "--help")
    assert shown.code == 0
    assert "uso: ahead" in shown.out
    assert "opções:" in shown.out
    assert not [word for word in ("usage:", "options:", "show this help") if word in shown.out]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["sync"], "ahead sync: falta: LOJA"),
        (["foo"], "COMANDO: 'foo' não existe; escolha entre 'demo'"),
        (["web", "--workers", "0"], "--workers: deve ser um número a partir de 1"),
        (["web", "--workers", "dois"], "--workers: 'dois' não é um valor válido"),
        (["demo", "--port", "70000"], "--port: deve ser uma porta, de 1 a 65535"),
        (["orders", "--from", "ontem"], "--from: ontem não é um dia como 2026-11-24"),
        (["orders", "--limit"], "--limit pede um valor"),
        (["orders", "--secret", "x"], "não entendi: --secret x"),
    ],
)
def test_wrong_words_end_with_one_sentence_and_2(words: list[str], sentence: str, ahead: Ahead) -> None:
    ran = ahead(*words)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["sync", "--json"], "ahead sync: falta: LOJA"),
        (["orders", "--json", "--limit"], "ahead orders: --limit pede um valor"),
        (["foo", "--json"], "ahead: COMANDO: 'foo' não existe"),
    ],
)
def test_wrong_words_with_json_are_one_document_too(words: list[str], sentence: str, ahead: Ahead) -> None:
    ran = ahead(*words)
    assert ran.code == 2
    assert list(ran.document) == ["error"]
    assert ran.document["error"].startswith(sentence)
    assert ran.document["error"] in ran.err


def _process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ahead.cli", *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_wrong_setting_ends_with_one_sentence_and_2(tmp_path: Path) -> None:
    ran = _process("orders", AHEAD_DATA_DIR=str(tmp_path), AHEAD_DEBUG="talvez")
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == [
        "Configuração errada: AHEAD_DEBUG deve ser 1 ou 0 (recebido: 'talvez'). Veja .env.sample."
    ]


def test_a_database_without_tables_ends_with_one_sentence_and_2(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    ran = _process("orders", "--json", AHEAD_DATA_DIR=str(tmp_path), AHEAD_DATABASE_URL=url)
    assert ran.returncode == 2
    (sentence,) = ran.stderr.splitlines()
    assert "ahead migrate" in sentence
    assert json.loads(ran.stdout) == {"error": sentence}


def test_keys_need_neither_settings_nor_django(tmp_path: Path) -> None:
    code = "import sys; from ahead.cli import main; main(['keys', '--json']); sys.exit('django' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "AHEAD_DEBUG": "talvez"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0
    keys = json.loads(ran.stdout)
    assert sorted(keys) == ["sealing_key", "secret_key"]
    assert len(keys["sealing_key"]) == 44
