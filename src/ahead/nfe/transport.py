"""TLS with the company's certificate, and the one POST; it is never repeated here."""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from ahead.nfe.certificate import Certificate
from ahead.nfe.errors import AnswerLost, CertificateRefused, NotSent, SefazError, ServerNotTrusted
from ahead.nfe.trust import bundle, pem_files

DEFAULT_TIMEOUT = httpx2.Timeout(60.0, connect=5.0, pool=60.0)
_LIMITS = httpx2.Limits(max_connections=8, max_keepalive_connections=8, keepalive_expiry=30.0)
_HEADERS = {"Accept": "application/soap+xml, text/xml", "User-Agent": "ahead-nfe/1"}
_REFUSING_STATUSES = {401, 403, 495, 496}
_OK = 200
_ABOUT_OUR_CERTIFICATE = (
    "ALERT_CERTIFICATE", "ALERT_BAD_CERTIFICATE", "ALERT_UNSUPPORTED_CERTIFICATE", "ALERT_UNKNOWN_CA",
    "ALERT_ACCESS_DENIED",
)  # fmt: skip
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
)


class Transport:
    """Connections with one client certificate, kept alive; may be used by several threads at once."""

    def __init__(
        self, certificate: Certificate, *, ca: Path | None = None, timeout: httpx2.Timeout | float = DEFAULT_TIMEOUT
    ) -> None:
        self._http = httpx2.Client(
            verify=ssl_context(certificate, ca=ca),
            timeout=timeout,
            limits=_LIMITS,
            headers=_HEADERS,
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def post(self, address: str, content: bytes, content_type: str) -> bytes:
        """
        Send one request, once, and return the body of its answer.

        :raises NotSent: if nothing was sent.
        :raises CertificateRefused: if the server turned our certificate away.
        :raises AnswerLost: if it was sent and no answer of success came.
        """
        outcome = self._sent(address, content, content_type)
        if isinstance(outcome, SefazError):
            raise outcome  # outside of any except: the errors of httpx2 hold the whole request
        if outcome.status_code == _OK:
            return outcome.content
        refused = outcome.status_code in _REFUSING_STATUSES
        error = CertificateRefused if refused else AnswerLost
        raise error(_plain_reason(outcome), status=outcome.status_code)

    def _sent(self, address: str, content: bytes, content_type: str) -> httpx2.Response | SefazError:
        try:
            return self._http.post(address, content=content, headers={"Content-Type": content_type})
        except _NEVER_SENT as error:
            return _never_sent(error)
        except httpx2.HTTPError as error:
            reason = _tls_reason(error)
            if _is_about_our_certificate(reason):  # TLS 1.3: the alert comes after our first bytes
                return CertificateRefused(reason)
            return AnswerLost(reason or f"{type(error).__name__}: {error}".removesuffix(": "))


def ssl_context(certificate: Certificate, *, ca: Path | None = None) -> ssl.SSLContext:
    """Return TLS 1.2 or later with the company's certificate; it trusts the authorities of the bundle and of `ca`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies the server and its name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.post_handshake_auth = True  # some servers ask for our certificate only once they saw the path
    context.load_verify_locations(cafile=bundle())
    for authorities in pem_files(ca) if ca is not None else ():
        context.load_verify_locations(cafile=authorities)
    password = secrets.token_hex(16)
    with _file_of(_pem(certificate, password)) as path:
        context.load_cert_chain(path, password=password)
    return context


def _pem(certificate: Certificate, password: str) -> bytes:
    key = certificate.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    chain = [one.public_bytes(Encoding.PEM) for one in (certificate.certificate, *certificate.chain)]
    return b"".join([key, *chain])


@contextmanager
def _file_of(content: bytes) -> Iterator[str]:
    """Yield the path of a file that never reaches a disk or, where there is no such thing, is gone at once."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("ahead-certificate", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory() as folder:  # only its owner may look into it
        path = Path(folder) / "certificate.pem"
        path.touch(mode=0o600)
        path.write_bytes(content)
        yield str(path)


def _never_sent(error: Exception) -> SefazError:
    reason = _tls_reason(error)
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return ServerNotTrusted(reason)
    if _is_about_our_certificate(reason):
        return CertificateRefused(reason)
    return NotSent(reason or f"{type(error).__name__}: {error}".removesuffix(": "))


def _tls_reason(error: BaseException) -> str:
    """Return what OpenSSL said, from however deep below."""
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, ssl.SSLError):
            detail = getattr(current, "verify_message", "")
            return f"{current.reason or ''} {detail}".strip()
        current = current.__cause__ or current.__context__
    return ""


def _is_about_our_certificate(reason: str) -> bool:
    return any(alert in reason for alert in _ABOUT_OUR_CERTIFICATE)


def _plain_reason(response: httpx2.Response) -> str:
    """Return the first words of an error page or fault; the markup goes with the scrubbing of errors."""
    return response.content[:2000].decode("utf-8", errors="replace")
