"""Small writes of many threads, made together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event, Thread
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection

from ahead.db.lane import on_disk
from ahead.db.together import NotInTime, Together


class Store:
    """Writes slowly, and refuses what is wrong."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may_write, self.has_begun = Event(), Event()
        self.may_write.set()
        self.error: Exception | None = None

    def write(self, items: Sequence[str]) -> None:
        self.has_begun.set()
        assert self.may_write.wait(10)
        if self.error is not None:
            raise self.error
        if "wrong" in items:
            raise IntegrityError
        self.batches.append(list(items))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def together(store: Store) -> Iterator[Together[str]]:
    together = Together(store.write, name="test")
    yield together
    store.may_write.set()
    together.close()


def put_at_once(together: Together[str], items: Sequence[str]) -> tuple[list[Thread], dict[str, str]]:
    """Put each from a thread of its own; the mapping tells how each went, once it is known."""
    went: dict[str, str] = {}

    def put(item: str) -> None:
        try:
            together.put(item, seconds=10)
        except Exception as error:  # noqa: BLE001 - what it was is what is looked at
            went[item] = type(error).__name__
        else:
            went[item] = "written"

    threads = [Thread(target=put, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    return threads, went


def wait_until_waiting(together: Together[str], count: int) -> None:
    for _ in range(1000):
        if len(together._waiting) == count:
            return
        Event().wait(0.01)
    raise AssertionError(f"{len(together._waiting)} wait")


def put_while_one_is_written(
    store: Store, together: Together[str], items: list[str]
) -> tuple[list[Thread], dict[str, str], dict[str, str]]:
    """Hold the write of "first" until `may_write` is set, and let the others wait for it."""
    store.may_write.clear()
    first, went = put_at_once(together, ["first"])
    assert store.has_begun.wait(10)
    others, others_went = put_at_once(together, items)
    wait_until_waiting(together, len(items))
    return [*first, *others], went, others_went


def test_what_waits_while_one_is_written_goes_in_the_next_all_in_one(store: Store, together: Together[str]) -> None:
    threads, went, others_went = put_while_one_is_written(store, together, ["a", "b", "c"])
    assert (went, others_went) == ({}, {})  # nobody is told before it is written
    store.may_write.set()
    for thread in threads:
        thread.join(10)
    assert [sorted(batch) for batch in store.batches] == [["first"], ["a", "b", "c"]]
    assert {*went.values(), *others_went.values()} == {"written"}


def test_one_that_is_wrong_harms_no_other(store: Store, together: Together[str]) -> None:
    threads, _, went = put_while_one_is_written(store, together, ["a", "wrong", "b"])
    store.may_write.set()
    for thread in threads:
        thread.join(10)
    assert went == {"a": "written", "b": "written", "wrong": "IntegrityError"}
    assert sorted(item for batch in store.batches for item in batch) == ["a", "b", "first"]


def test_who_waits_too_long_is_told_so(store: Store, together: Together[str]) -> None:
    store.may_write.clear()
    with pytest.raises(NotInTime):
        together.put("slow", seconds=0.05)


def test_after_an_error_or_an_end_it_goes_on(store: Store, together: Together[str]) -> None:
    store.error = OperationalError("away")
    with pytest.raises(OperationalError):
        together.put("lost", seconds=10)
    store.error = None
    together.put("kept", seconds=10)
    together.close()
    together.put("kept again", seconds=10)
    assert store.batches == [["kept"], ["kept again"]]


@pytest.mark.django_db(transaction=True)
def test_a_commit_is_on_the_disk_where_that_is_asked_for(django_assert_num_queries: Any) -> None:
    if connection.vendor != "sqlite":
        with django_assert_num_queries(0), on_disk():  # for PostgreSQL does so by itself
            return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA synchronous").fetchone()
        with on_disk():
            assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert cursor.execute("PRAGMA synchronous").fetchone() == before == (1,)  # NORMAL
