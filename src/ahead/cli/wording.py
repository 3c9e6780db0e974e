"""argparse in Portuguese: the words it makes up by itself."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

_HEADS = {
    "usage: ": "uso: ",
    "positional arguments:": "argumentos:",
    "options:": "opções:",
}
_ERRORS = (
    (r"the following arguments are required: (.*)", r"falta: \1"),
    (r"unrecognized arguments: (.*)", r"não entendi: \1"),
    (r"argument (.*): expected one argument", r"\1 pede um valor"),
    (r"argument (.*): invalid choice: (.*) \(choose from (.*)\)", r"\1: \2 não existe; escolha entre \3"),
    (r"argument (.*): invalid \S+ value: (.*)", r"\1: \2 não é um valor válido"),
    (r"argument (.*): (.*)", r"\1: \2"),
)


class WrongUsage(Exception):
    """The command line cannot be understood; the message says why."""

    def __init__(self, sentence: str, usage: str) -> None:
        super().__init__(sentence)
        self.usage = usage


class Parser(argparse.ArgumentParser):
    """A parser that speaks Portuguese."""

    def __init__(self, **options: object) -> None:
        options.setdefault("allow_abbrev", False)  # an abbreviation that works today may be ambiguous tomorrow
        super().__init__(add_help=False, **options)  # type: ignore[arg-type]
        self.add_argument("-h", "--help", action="help", help="mostra esta ajuda")

    def format_usage(self) -> str:
        """Return the first line of the help."""
        return _translated(super().format_usage())

    def format_help(self) -> str:
        """Return the whole help."""
        return _translated(super().format_help())

    def error(self, message: str) -> NoReturn:
        """
        Say what cannot be understood.

        :raises WrongUsage: always.
        """
        for english, portuguese in _ERRORS:
            if re.fullmatch(english, message):
                message = re.sub(english, portuguese, message)
                break
        raise WrongUsage(f"{self.prog}: {message}", self.format_usage())


def _translated(text: str) -> str:
    for english, portuguese in _HEADS.items():
        text = re.sub(rf"^{re.escape(english)}", portuguese, text, flags=re.MULTILINE)
    return text
