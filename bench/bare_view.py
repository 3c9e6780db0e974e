"""The floor of an answer: gunicorn as `ahead web` starts it, with a view that says 200 and does nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_SETTINGS = {
    "workers": 2,
    "threads": 8,
    "worker_class": "gthread",
    "loglevel": "warning",
    "control_socket_disable": True,
}


def view(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer 200."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return []


class Bare(BaseApplication):  # type: ignore[misc]
    """gunicorn."""

    def load_config(self) -> None:
        """Listen where the benchmark says."""
        for name, value in {**_SETTINGS, "bind": f"127.0.0.1:{os.environ['BENCH_PORT']}"}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the view."""
        return view


if __name__ == "__main__":
    Bare().run()
