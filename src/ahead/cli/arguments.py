"""What commands have in common: how they are added, their usual options, and how values are read."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from ahead.cli.wording import Parser

if TYPE_CHECKING:
    from argparse import _SubParsersAction

Commands: TypeAlias = "_SubParsersAction[Parser]"


def add_command(
    commands: Commands, name: str, body: str, help_text: str, *, django: bool = True, server: bool = False
) -> Parser:
    """Add a command: `body` names its function, as module:function under ahead.cli."""
    added = commands.add_parser(name, help=help_text, description=help_text)
    added.set_defaults(body=f"ahead.cli.{body}", needs_django=django, is_server=server)
    return added


def add_group(commands: Commands, name: str, help_text: str) -> Commands:
    """Add commands under one word."""
    parser = commands.add_parser(name, help=help_text, description=help_text)
    return parser.add_subparsers(metavar="COMANDO", required=True, parser_class=Parser)


def take_json(parser: Parser) -> None:
    """Let a command print JSON."""
    parser.add_argument("--json", action="store_true", help="um documento JSON na saída padrão")


def take_company(parser: Parser) -> None:
    """Let a command be about one company."""
    parser.add_argument("--company", default="", metavar="EMPRESA", help="endereço curto; dispensável se só há uma")


def take_lifeline(parser: Parser) -> None:
    """Let a server end with its standard input."""
    # for a program that starts us as a part of it: the demo, a supervisor
    parser.add_argument("--end-with-stdin", action="store_true", help="termina quando a entrada padrão terminar")


def natural(text: str) -> int:
    """Read a number from 0 on."""
    found = int(text)
    if found < 0:
        raise argparse.ArgumentTypeError("deve ser zero ou mais")
    return found


def positive(text: str) -> int:
    """Read a number from 1 on."""
    found = int(text)
    if found < 1:
        raise argparse.ArgumentTypeError("deve ser um número a partir de 1")
    return found


def port(text: str) -> int:
    """Read a port."""
    found = int(text)
    if not 0 < found < 65_536:
        raise argparse.ArgumentTypeError("deve ser uma porta, de 1 a 65535")
    return found


def day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} não é um dia como 2026-11-24") from None
