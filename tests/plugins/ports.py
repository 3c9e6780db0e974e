"""Ports for servers that tests start: no two tests of a machine get the same one."""

from __future__ import annotations

import random
import socket

_OURS = range(15_000, 32_000)  # below those that the system gives to outgoing connections
_taken: list[socket.socket] = []  # held until this process ends


def free_port() -> int:
    """
    Return a port of 127.0.0.1 on which nobody listens, and which no test process gets as long as this one lives.

    :raises OSError: if there is none left.
    """
    for port in random.sample(_OURS, len(_OURS)):
        if _is_taken(port):
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free")


def _is_taken(port: int) -> bool:
    """Take a port among the tests, by a name that lives as long as this process."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0ahead-tests-{port}")
    except OSError:
        mark.close()
        return True
    _taken.append(mark)
    return False
