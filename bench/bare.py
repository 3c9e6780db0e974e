"""The floor under a sync: the same HTTP requests, sent by a loop that does nothing with the answers."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import httpx2

Request = tuple[str, str, str]  # method, address, body


def bare_loop(address: str, requests: Sequence[Request]) -> None:
    """Send these requests, one after another, over one connection."""
    with httpx2.Client(base_url=address, timeout=60) as http:
        for method, path, body in requests:
            headers = {"Content-Type": "application/json"} if body else {}
            http.request(method, path, content=body.encode() or None, headers=headers).raise_for_status()


def bare_crowd(address: str, lots: Sequence[Sequence[Request]]) -> None:
    """Send several lots side by side."""
    threads = [threading.Thread(target=bare_loop, args=(address, lot)) for lot in lots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def dealt(requests: Sequence[Request], hands: int) -> list[Sequence[Request]]:
    """Deal requests out to so many hands."""
    return [requests[place::hands] for place in range(hands)]
