"""Few connections for many threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest
from django.db import IntegrityError, connection
from django.db.backends.signals import connection_created

from ahead.accounts.models import Company
from ahead.db import clerks

pytestmark = pytest.mark.django_db(transaction=True)
RUN: ContextVar[str] = ContextVar("run", default="")


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The threads that opened a connection."""
    names: list[str] = []

    def note(**_: object) -> None:
        names.append(threading.current_thread().name)

    clerks.forget_connections()
    connection_created.connect(note)
    yield names
    connection_created.disconnect(note)


def _who_asks() -> str:
    Company.objects.count()
    return f"{threading.current_thread().name} {RUN.get()}"


def _in_threads(count: int, work: Callable[[], str]) -> list[str]:
    with ThreadPoolExecutor(count, thread_name_prefix="asker", initializer=clerks.ask_by_clerk) as pool:
        return [one.result() for one in [pool.submit(work) for _ in range(count)]]


def test_many_threads_share_the_connections_of_a_few(opened: list[str]) -> None:
    def work() -> str:
        RUN.set("run 7")
        return clerks.ask(_who_asks)

    answered = _in_threads(40, work)
    assert all(one.startswith("clerk") and one.endswith("run 7") for one in answered)
    assert 1 <= len(opened) <= clerks.CLERKS
    assert all(name.startswith("clerk") for name in opened)
    _in_threads(10, work)
    assert len(opened) <= clerks.CLERKS


def test_who_has_no_clerk_asks_by_itself(opened: list[str]) -> None:
    assert clerks.ask(_who_asks).startswith(threading.current_thread().name)
    assert not [name for name in opened if name.startswith("clerk")]


def test_what_goes_wrong_is_told_to_who_asked_and_the_next_is_answered(padaria: Company) -> None:
    def twice() -> str:
        with pytest.raises(IntegrityError):
            clerks.ask(lambda: Company.objects.create(name="Outra", slug=padaria.slug, created_at=padaria.created_at))
        return clerks.ask(_who_asks)

    assert _in_threads(1, twice)[0].startswith("clerk")


def test_a_connection_that_is_forgotten_is_opened_anew(opened: list[str]) -> None:
    _in_threads(1, lambda: clerks.ask(_who_asks))
    before = len(opened)
    clerks.forget_connections()
    _in_threads(clerks.CLERKS, lambda: clerks.ask(_who_asks))
    assert len(opened) > before


def test_a_process_that_is_forked_has_clerks_of_its_own(opened: list[str]) -> None:
    """Those of the process it came from are threads that it does not have."""
    _in_threads(2, lambda: clerks.ask(_who_asks))
    connection.close()
    child = os.fork()
    if not child:
        is_answered = _in_threads(1, lambda: clerks.ask(_who_asks))[0].startswith("clerk")
        os._exit(0 if is_answered else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
