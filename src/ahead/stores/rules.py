"""Which address a store may have, whether it can sync, when it syncs next: pure decisions."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ahead.lib.errors import Refused

SHORTEST_INTERVAL, LONGEST_INTERVAL = 1, 24 * 60
FASTEST_RATE = 150  # with the burst of 30 this is Tray's 180 a minute
_FIRST_RETRY, _LONGEST_RETRY = 1, 60
CANCELLED_KINDS = frozenset({"canceled", "cancelled"})  # of a status of Tray, in either spelling

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMERIC_PART = re.compile(r"0x[0-9a-f]*|[0-9]+")
_PRIVATE_SUFFIXES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "test", "onion")


class WrongAddress(Refused):
    """The address cannot be a store's; the message says why."""


class WrongStatuses(Refused):
    """The statuses cannot be chosen like this; the message says why."""


def clean_address(text: str, *, allow_private: bool, named: str = "endereço da loja") -> str:
    """
    Return the address of a store as it is kept: https, host in lower case, no slash at the end.

    `named` is what a refusal calls it, where it is the address of something else.

    The server will send requests to it, so it must not point back into our own network. A name that resolves
    to a private address cannot be seen here; alert webhooks check what they connect to (`watch/posting.py`).

    :raises WrongAddress: if it is not an https address of a public host (`allow_private`: any http host).
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded or re.search(r"[\s\\\x00-\x1f\x7f]", folded):
        raise WrongAddress(f"Informe o {named}, por exemplo https://www.sualoja.com.br.")
    parts = _split(folded if "://" in folded else f"https://{folded}", named)
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise WrongAddress(f"O {named} deve começar com https://.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise WrongAddress(f"O {named} não pode conter usuário nem senha.")
    if parts.query or parts.fragment or "?" in folded or "#" in folded:
        raise WrongAddress(f"O {named} não pode ter “?” nem “#”.")
    host = _clean_host(parts.hostname or "", named)
    if not allow_private and not _is_public_host(host):
        raise WrongAddress(f"O {named} deve ser de um site público na internet.")
    shown = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, 443 if parts.scheme == "https" else 80} else f":{parts.port}"
    return urlunsplit((parts.scheme, f"{shown}{port}", parts.path.rstrip("/"), "", ""))


def _split(address: str, named: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises when it is not a number
    except ValueError as error:
        raise WrongAddress(f"O {named} não é válido.") from error
    return parts


def _clean_host(host: str, named: str) -> str:
    host = host.rstrip(".").lower()
    if ":" in host:
        if "%" in host:
            raise WrongAddress(f"O {named} não é válido.")
        return host
    try:
        plain = host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise WrongAddress(f"O nome do site no {named} não é válido.") from error
    if len(plain) > 253 or not _HOST.fullmatch(plain):
        raise WrongAddress(f"O nome do site no {named} não é válido.")
    return plain


def _is_public_host(host: str) -> bool:
    """Whether a host is a public name or a public IP; odd spellings of an IP ("127.1", "0x7f000001") are not."""
    if ":" in host:
        return is_public(host)
    labels = host.split(".")
    if _NUMERIC_PART.fullmatch(labels[-1]):
        return is_public(host)
    return len(labels) > 1 and labels[-1] not in _PRIVATE_SUFFIXES


def is_public(ip: str) -> bool:
    """Whether an IP address is of the public internet; what is not an IP address in full is not."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_public(str(inner))
        if address in _NAT64:
            return False
    return address.is_global and not address.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class StoreFacts:
    """What decides whether a store can sync."""

    connection: str
    is_paused: bool
    missing: tuple[str, ...] = ()


def why_not_sync(facts: StoreFacts) -> str | None:
    """
    Return the reason a store cannot sync now, or None if it can.

    A store that Tray blocked may be tried: trying is how one learns that it is free again.
    """
    if facts.is_paused:
        return "A Loja está pausada. Retome a Loja para sincronizar."
    if facts.connection == "never":
        return "A Loja ainda não foi conectada ao Tray. Conecte a Loja para sincronizar."
    if facts.connection == "reauthorise":
        return "A Loja precisa ser conectada de novo ao Tray para sincronizar."
    return facts.missing[0] if facts.missing else None


_SEVERAL = frozenset({"import", "cancelled"})
_LABELS = {
    "update": "Status Atualizar Pedido",
    "update_cancelled": "Status Atualizar Pedido Cancelado",
    "invoiced": "Status PE ao Faturar Nota",
}


def check_statuses(choices: Mapping[str, Collection[int]]) -> None:
    """
    Make sure that the five status fields go together.

    :raises WrongStatuses: if they do not.
    """
    if not choices.get("import"):
        raise WrongStatuses("Escolha ao menos um Status Buscar Pedido.")
    for role, label in _LABELS.items():
        if len(choices.get(role, ())) > 1:
            raise WrongStatuses(f"Escolha no máximo um {label}.")
    if set(choices["import"]) & set(choices.get("cancelled", ())):
        raise WrongStatuses(
            "Um mesmo status não pode estar em Status Buscar Pedido e em Status Buscar Pedido Cancelado."
        )
    if set(choices.get("update", ())) & set(choices.get("cancelled", ())):
        raise WrongStatuses("O Status Atualizar Pedido não pode ser um Status Buscar Pedido Cancelado.")
    if set(choices.get("invoiced", ())) & {*choices.get("cancelled", ()), *choices.get("update_cancelled", ())}:
        raise WrongStatuses("O Status PE ao Faturar Nota não pode ser um dos status de pedido cancelado.")


def next_sync(*, ok: bool, failures: int, interval_minutes: int, now: datetime) -> datetime:
    """Return when a store syncs next: after its interval, or sooner and then ever later while it fails."""
    if ok:
        return now + timedelta(minutes=interval_minutes)
    wait = _FIRST_RETRY * 2 ** min(max(failures - 1, 0), 20)
    return now + timedelta(minutes=min(wait, max(interval_minutes, _LONGEST_RETRY)))


def rescheduled(*, next_sync_at: datetime | None, old_minutes: int, new_minutes: int, now: datetime) -> datetime:
    """Return when a store syncs next after its interval was changed: counted from its last sync, never past."""
    if next_sync_at is None:
        return now
    last = next_sync_at - timedelta(minutes=old_minutes)
    return max(now, last + timedelta(minutes=new_minutes))
