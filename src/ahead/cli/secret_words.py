"""Reading secrets: from an environment variable, or from standard input; never from the arguments.

Arguments are seen by every user of the machine in the list of processes, and stay in the shell's history.
"""

from __future__ import annotations

import getpass
import os
import sys

from ahead.lib.errors import Refused


class NoSecret(Refused):
    """A secret was neither in the environment nor on standard input; the message says where it is looked for."""


def read_secret(variable: str, label: str) -> str:
    """
    Return a secret from its environment variable, from the keyboard unseen, or the next line of standard input.

    :raises NoSecret: if it is nowhere.
    """
    secret = os.environ.get(variable, "").strip()
    if not secret:
        secret = (getpass.getpass(f"{label}: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if not secret:
        raise NoSecret(f"Informe {label} na variável {variable} ou na entrada padrão.")
    return secret
