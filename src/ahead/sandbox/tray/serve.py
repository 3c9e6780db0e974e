"""Serving the sandbox over a socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
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


@contextmanager
def serve_kept(box: "TraySandbox", path: str | Path, port: int) -> Iterator[str]:
    """Serve as `serve` does, and keep the state on disk: every few seconds, and once more at the end."""
    stopped = Event()
    keeper = Thread(target=_keep, args=(box, path, stopped), name="tray-sandbox-state", daemon=True)
    keeper.start()
    try:
        with serve(box.app, port=port) as address:
            yield address
    finally:
        stopped.set()
        keeper.join(timeout=10)


def _keep(box: "TraySandbox", path: str | Path, stopped: Event) -> None:
    saved = -1
    while True:
        ending = stopped.is_set()
        if box.revision != saved:
            saved = box.revision
            box.save(path)
        if ending:
            return
        stopped.wait(SAVE_EVERY_SECONDS)
