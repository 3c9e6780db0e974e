"""Who may do what, and how a company and a person are written down: pure decisions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from ahead.lib.documents import clean_document, is_cnpj
from ahead.lib.errors import Refused

_ORDER = ("staff", "owner", "operator", "reader")
# first parts of addresses that are the program's own: a company of that name would stand in their way
RESERVED_SLUGS = frozenset(
    {
        *("entrar", "sair", "senha", "empresa", "convites", "componentes", "imagens", "saude", "metricas", "static"),
        *("admin", "ajuda", "api", "tray", "webhooks"),
    }
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class WrongEntry(Refused):
    """A field of a company or a person is missing or wrong; the message says which and why."""


def may(role: str, needed: str) -> bool:
    """Whether a member with `role` may do what asks for `needed`."""
    return _ORDER.index(role) <= _ORDER.index(needed)


def clean_cnpj(text: str) -> str:
    """
    Return a CNPJ without punctuation.

    :raises WrongEntry: if its check digits are wrong.
    """
    cnpj = clean_document(text)
    if not is_cnpj(cnpj):
        raise WrongEntry("O CNPJ não é válido. Confira os dígitos.")
    return cnpj


def clean_email(text: str) -> str:
    """
    Return an e-mail as it is kept: in lower case, because people log in with any case.

    :raises WrongEntry: if it is not one.
    """
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise WrongEntry("O e-mail não é válido.")
    return email


def clean_name(text: str, *, longest: int = 120) -> str:
    """
    Return a name without surplus space.

    :raises WrongEntry: if nothing is left, or it is too long.
    """
    name = " ".join(text.split())
    if not name:
        raise WrongEntry("Informe o nome.")
    if len(name) > longest:
        raise WrongEntry(f"O nome pode ter no máximo {longest} letras.")
    return name


def slug_of(name: str) -> str:
    """Return a short address for a name: "Padaria do Sol" -> "padaria-do-sol"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:36].strip("-") or "empresa"


def clean_slug(text: str) -> str:
    """
    Return the short address a company asked for.

    :raises WrongEntry: if it is one of the program's own addresses.
    """
    slug = slug_of(text)
    if slug in RESERVED_SLUGS:
        raise WrongEntry(f"O endereço curto “{slug}” é do próprio sistema. Escolha outro.")
    return slug


def why_not_touch(*, own: str, role: str) -> str | None:
    """Return the reason a member of role `own` may neither give `role` nor change a member who has it, or None."""
    if not may(own, "owner"):
        return "Só o responsável da empresa ou a equipe AHEAD cuida dos usuários."
    return None if may(own, role) else "Este papel é maior que o seu."


def why_not_reset(*, own: str, is_self: bool, role: str, roles_elsewhere: Collection[str]) -> str | None:
    """
    Return the reason a member of role `own` may not give a person a new password, or None if they may.

    An owner who sets a password can log in with it, so may do so only for people of this company alone: else
    taking somebody of another company in would be a way into that one.
    """
    if is_self:
        return "Troque a sua própria senha em Minha conta."
    if reason := why_not_touch(own=own, role=role):
        return reason
    if roles_elsewhere and own != "staff":
        return "A senha desta pessoa só pode ser trocada por ela mesma ou pela AHEAD."
    return None


def why_not_lose_owner(*, owners: int, is_owner: bool, becomes: str | None) -> str | None:
    """Return the reason a member may not become something else (None: leave), or None if they may."""
    if is_owner and becomes != "owner" and owners == 1:
        return "A empresa ficaria sem responsável. Indique outro responsável antes."
    return None
