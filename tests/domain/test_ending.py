"""Asks to end are heard whatever the main thread does: in a process of its own, for its signals would be the tests'."""

import subprocess
import sys
import textwrap
import threading

import pytest

from ahead.lib.ending import hearing_asks_to_end


def run(program: str) -> subprocess.CompletedProcess[str]:
    head = """
        import os, random, signal, threading, time
        from ahead.lib.ending import hearing_asks_to_end
    """
    words = [sys.executable, "-c", textwrap.dedent(head) + textwrap.dedent(program)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_an_ask_is_heard_at_every_moment_around_the_start_of_the_wait(number: str) -> None:
    done = run(f"""
        turn = threading.Semaphore(0)

        def ask():
            while True:
                turn.acquire()
                for _ in range(random.randrange(100)):
                    pass
                os.kill(os.getpid(), signal.{number})

        threading.Thread(target=ask, daemon=True).start()
        for _ in range(2_000):
            with hearing_asks_to_end() as ending:
                turn.release()
                assert ending.wait()
                assert ending.wait(0)
        print("heard")
    """)
    assert (done.returncode, done.stdout) == (0, "heard\n"), done.stderr


def test_a_wait_ends_by_itself_and_other_signals_end_none() -> None:
    done = run("""
        signal.signal(signal.SIGUSR1, lambda *_: None)
        with hearing_asks_to_end() as ending:
            began = time.monotonic()
            signal.raise_signal(signal.SIGUSR1)
            assert not ending.wait(0.2)
            assert time.monotonic() - began >= 0.2
            assert not ending.wait(-1)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        signal.raise_signal(signal.SIGTERM)
    """)
    assert done.returncode == -15, done.stderr


def test_who_asks_twice_does_not_wait() -> None:
    done = run("""
        with hearing_asks_to_end() as ending:
            signal.raise_signal(signal.SIGTERM)
            assert ending.wait()
            signal.raise_signal(signal.SIGINT)
            time.sleep(60)
    """)
    assert (done.returncode, done.stderr) == (1, "")


def test_only_the_main_thread_can_hear() -> None:
    refused: list[ValueError] = []

    def hear() -> None:
        try:
            with hearing_asks_to_end():
                pass
        except ValueError as error:
            refused.append(error)

    thread = threading.Thread(target=hear)
    thread.start()
    thread.join()
    assert len(refused) == 1
