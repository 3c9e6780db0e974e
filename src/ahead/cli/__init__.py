"""The console script `ahead`: its arguments, its exit codes, its JSON (documented in docs/comandos.md)."""

from ahead.cli.entry import main

__all__ = ["main"]
