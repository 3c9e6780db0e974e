"""One POST to the public internet: the host is looked up once, and what was looked at is what is reached."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlsplit, urlunsplit

import httpx2

from ahead.stores.rules import is_public

_TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_LONGEST_ANSWER = 2_000


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of it: a status, or a problem in the user's words."""

    status: int | None
    problem: str
    milliseconds: int

    @property
    def is_taken(self) -> bool:
        """Whether the receiver said that it has it."""
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Posted:
    """Send a body once; nothing is followed anywhere else, and of the answer only the status counts."""
    began = perf_counter()
    status, problem = _post(url, body, headers, allow_private)
    return Posted(status, problem, round((perf_counter() - began) * 1000))


def _post(url: str, body: bytes, headers: Mapping[str, str], allow_private: bool) -> tuple[int | None, str]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return None, f"O nome {host} não foi encontrado."
    ip = str(found[0][4][0])
    if not allow_private and not is_public(ip):
        return None, f"O nome {host} leva a um endereço que não é público."
    shown = f"[{ip}]" if ipaddress.ip_address(ip).version == 6 else ip
    target = urlunsplit((parts.scheme, f"{shown}:{port}", parts.path or "/", parts.query, ""))
    sent = {**headers, "Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "ahead-webhook/1"}
    try:
        # by number, with the name for TLS and for the receiver: a name cannot mean something else a moment later
        with (
            httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", target, content=body, headers=sent, extensions={"sni_hostname": host}) as answer,
        ):
            status = answer.status_code
            next(answer.iter_bytes(_LONGEST_ANSWER), b"")
    except httpx2.TimeoutException:
        return None, "O servidor não respondeu a tempo."
    except httpx2.HTTPError as error:
        return None, f"Não foi possível conectar ({type(error).__name__})."
    return status, "" if 200 <= status < 300 else f"O servidor respondeu {status}."
