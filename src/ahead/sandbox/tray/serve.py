"""Serving the sandbox over a socket."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread, current_thread, main_thread
from typing import TYPE_CHECKING

from cheroot import wsgi

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from ahead.sandbox.tray.box import TraySandbox

SAVE_EVERY_SECONDS = 3.0
KEPT_CONNECTIONS = 2_000  # many clients at once, each with its connection kept open
IDLE_SECONDS = 60
STOP_SECONDS = 0.1


@contextmanager
def serve(app: "WSGIApplication", port: int = 0, threads: int = 16, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve an application from a thread while the block runs; yields its address."""
    server = wsgi.Server((host, port), app, numthreads=threads, request_queue_size=256, shutdown_timeout=1)
    server.keep_alive_conn_limit = KEPT_CONNECTIONS
    server.timeout = IDLE_SECONDS
    server.expiration_interval = STOP_SECONDS
    server.prepare()
    thread = Thread(target=server.serve, name="tray-sandbox", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(timeout=5)


def serve_forever(
    box: "TraySandbox",
    host: str = "127.0.0.1",
    port: int = 8970,
    state_path: str | Path | None = None,
    threads: int = 16,
) -> None:
    """Serve until interrupted or terminated, keeping the state on disk if a path is given."""
    stopped = Event()
    if current_thread() is main_thread():
        signal.signal(signal.SIGTERM, lambda _number, _frame: stopped.set())
    keeper = Thread(target=_keep, args=(box, state_path, stopped), name="tray-sandbox-state", daemon=True)
    keeper.start()
    try:
        with serve(box.app, port=port, threads=threads, host=host):
            stopped.wait()
    except KeyboardInterrupt:
        pass
    finally:
        stopped.set()
        keeper.join(timeout=10)


def _keep(box: "TraySandbox", path: str | Path | None, stopped: Event) -> None:
    """Save whenever something changed, and once more at the end."""
    if path is None:
        return
    saved = -1
    while True:
        ending = stopped.is_set()
        if box.revision != saved:
            saved = box.revision
            box.save(path)
        if ending:
            return
        stopped.wait(SAVE_EVERY_SECONDS)
