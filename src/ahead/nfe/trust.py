"""Whom we trust: the authorities of ICP-Brasil, and any a company adds."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import certifi_icpbr
from cryptography import x509

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_ORGANISATION = b"ICP-Brasil"


class CannotTrust(Exception):
    """A file of authorities cannot be used; the message says which, and why."""


def bundle() -> Path:
    """Return the file of authorities a server of SEFAZ may lead to: ICP-Brasil's and the usual ones."""
    return Path(certifi_icpbr.where())


@functools.cache
def icp_brasil() -> tuple[x509.Certificate, ...]:
    """Return the authorities of ICP-Brasil, roots and intermediate ones: what an A1 certificate must lead to."""
    # The bundle holds the authorities of browsers too; those are not even parsed (some carry odd serial numbers).
    encoded = (base64.b64decode(found[1]) for found in _PEM.finditer(bundle().read_bytes()))
    return tuple(x509.load_der_x509_certificate(der) for der in encoded if _ORGANISATION in der)


def authorities(place: Path) -> tuple[x509.Certificate, ...]:
    """
    Return the authorities in a PEM file, or in every .pem, .crt and .cer of a folder.

    :raises CannotTrust: if there is none, or one cannot be read.
    """
    found: list[x509.Certificate] = []
    for path in pem_files(place):
        try:
            found += x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError) as error:
            raise CannotTrust(f"{path} não é um arquivo de autoridades em PEM: {error}") from None
    if not found:
        raise CannotTrust(f"Não há autoridades em PEM em {place}.")
    return tuple(found)


def pem_files(place: Path) -> Iterator[Path]:
    """Yield the file itself, or the files of a folder that look like certificates."""
    if not place.is_dir():
        yield place
        return
    yield from sorted(path for path in place.iterdir() if path.suffix in {".pem", ".crt", ".cer"})
