"""Requests side by side: in order, never far ahead, and none left under way once the caller has gone on."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing

from ahead.sync.readers import Readers


def test_who_stops_early_leaves_nothing_under_way() -> None:
    count: Counter[str] = Counter()
    may_end = threading.Event()

    def ask(number: int) -> int:
        count["begun"] += 1
        if number:
            may_end.wait(10)
        count["ended"] += 1
        return number

    with Readers(3) as readers:
        with closing(readers.each(range(100), ask)) as outcomes:
            assert next(outcomes).answer == 0
            threading.Timer(0.2, may_end.set).start()
        begun, ended = count["begun"], count["ended"]
        assert begun == ended < 20
    assert count["begun"] == begun


def test_an_error_is_an_outcome_in_its_place() -> None:
    with Readers(2) as readers:
        outcomes = list(readers.each([1, 0, 2], lambda number: 2 // number))
    assert [outcome.answer for outcome in outcomes] == [2, None, 1]
    assert isinstance(outcomes[1].error, ZeroDivisionError)
