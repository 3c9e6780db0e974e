"""From the words of a command line to an exit code; every failure is one sentence on standard error."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import cast

from ahead.cli.exits import Exit
from ahead.cli.output import print_json
from ahead.cli.parsers import make_parser
from ahead.cli.wording import WrongUsage
from ahead.lib.errors import NeedsAttention, Refused, TryAgainLater

_READY = "O banco de dados não respondeu como se esperava: confira AHEAD_DATABASE_URL e rode `ahead migrate`"

Body = Callable[[Namespace], int]


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code."""
    try:
        args = make_parser().parse_args(words)
    except WrongUsage as error:
        return _refuse(f"{error.usage}{error}", str(error), as_json="--json" in (sys.argv if words is None else words))
    try:
        return _run(args)
    except KeyboardInterrupt:
        print("Interrompido.", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:  # the reader of our output has closed it (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.LOOK


def _run(args: Namespace) -> int:
    def refuse(sentence: str) -> int:
        return _refuse(sentence, sentence, as_json=getattr(args, "json", False))

    try:
        body = _body(args)
    except SystemExit as error:  # a setting is wrong: the text is the sentence
        return refuse(str(error.code))
    except OSError as error:
        return refuse(f"A pasta de dados não serve ({error}). Confira AHEAD_DATA_DIR.")
    try:
        return body(args)
    except NeedsAttention as error:
        return refuse(f"{error} {error.remedy}")
    except (Refused, TryAgainLater) as error:
        return refuse(str(error))
    except Exception as error:
        if sentence := _about_database(error):
            return refuse(sentence)
        raise


def _body(args: Namespace) -> Body:
    """Return what does the work, with Django ready if it needs it."""
    if args.needs_django:
        # A person is watching: what they should see is said by the command, not by the log.
        if not args.is_server:
            os.environ.setdefault("AHEAD_LOG_LEVEL", "WARNING")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahead.config.settings")
        import django  # not before: `ahead keys` and `ahead --help` should not wait for it

        django.setup()
    module, _, name = args.body.partition(":")
    return cast("Body", getattr(import_module(module), name))


def _about_database(error: Exception) -> str:
    """Return a sentence for an error of the database, and nothing for any other."""
    if "django" not in sys.modules:
        return ""
    from django.db import DatabaseError, InterfaceError

    if not isinstance(error, (DatabaseError, InterfaceError)):
        return ""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{_READY} ({lines[0]})."


def _refuse(said: str, sentence: str, *, as_json: bool) -> int:
    print(said, file=sys.stderr)
    if as_json:
        print_json({"error": sentence})
    return Exit.IMPOSSIBLE
