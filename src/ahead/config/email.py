"""Where e-mail goes, from one address: smtp://user:password@host:587, smtps://…, or console:."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ahead.config.environment import Wrong

_SECONDS = 10
_PORTS = {"smtp": 587, "smtps": 465}
_CONSOLE = "django.core.mail.backends.console.EmailBackend"
_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_NOWHERE = "django.core.mail.backends.dummy.EmailBackend"


@dataclass(frozen=True)
class Mail:
    """How Django sends e-mail."""

    backend: str
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    use_tls: bool = False  # asked for once connected
    use_ssl: bool = False  # from the first byte
    timeout: int = _SECONDS

    @property
    def is_sent(self) -> bool:
        """Whether anybody gets it."""
        return self.backend != _NOWHERE


def mail_of(url: str) -> Mail:
    """
    Return how e-mail is sent; without an address it is not.

    :raises Wrong: if the address is none we know.
    """
    if not url:
        return Mail(_NOWHERE)
    if url == "console:":
        return Mail(_CONSOLE)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Wrong("AHEAD_EMAIL_URL", "não é um endereço", "…") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise Wrong("AHEAD_EMAIL_URL", "deve começar com smtp://, smtps:// ou ser console:", parts.scheme)
    return Mail(
        _SMTP,
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=parts.scheme == "smtp" and parts.query != "tls=0",
        use_ssl=parts.scheme == "smtps",
    )
