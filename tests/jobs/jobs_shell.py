"""
A host whose clock may be wrong: `jobs_shell.py SECONDS_AHEAD [WORDS…]`.

With words it runs that one `ahead` command. Without it is ready once it says so, and then runs the commands that come
line by line on its standard input, answering each with its exit code and what it said as one line of JSON.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import shlex
import sys
import time
from typing import Any

_AHEAD = float(sys.argv[1])
_real, _real_time = datetime.datetime, time.time


class _AnyDatetime(type(_real)):
    def __instancecheck__(cls, one: object) -> bool:
        return isinstance(one, _real)


class _WrongClock(_real, metaclass=_AnyDatetime):
    """What every module gets for `datetime`; only `now` is of this host, and all it makes is a real one."""

    __slots__ = ()

    def __new__(cls, *parts: Any, **named: Any) -> Any:
        return _real(*parts, **named)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _real.now(tz) + datetime.timedelta(seconds=_AHEAD)


datetime.datetime = _WrongClock  # type: ignore[misc]
time.time = lambda: _real_time() + _AHEAD

from ahead.cli.entry import main  # noqa: E402 (after the clock is wrong)


def _answer(words: list[str]) -> str:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()})


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if sys.argv[2:]:
    sys.exit(main(sys.argv[2:]))
_answer(["doctor"])  # all is imported, and connected
_say("ready")
for line in sys.stdin:
    _say(_answer(shlex.split(line)))
