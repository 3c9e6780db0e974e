"""What the pretend SEFAZ knows: notas, events, numbers that were voided, contributors."""

from dataclasses import dataclass
from datetime import datetime

MODEL = "55"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rejection: the code, the line it is about, and what goes into its text."""

    cstat: str
    item: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nota:
    """A nota that is authorised; `protocol` is its protNFe, which every query answers alike."""

    chave: str
    cnpj: str
    serie: int
    number: int
    name: str
    recipient: str
    total: str
    environment: str
    issued_at: datetime
    received_at: datetime
    protocol_number: str
    protocol: str
    xml: str

    @property
    def place(self) -> tuple[str, int, int]:
        """What may be used once: the emitter's series and number."""
        return self.cnpj, self.serie, self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event that is registered, with its own document and what was answered."""

    chave: str
    kind: str
    sequence: int
    protocol_number: str
    registered_at: datetime
    cstat: str
    document: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided:
    """A range of numbers that will never be used."""

    cnpj: str
    serie: int
    year: str
    first: int
    last: int
    protocol_number: str
    received_at: datetime

    def holds(self, cnpj: str, serie: int, number: int) -> bool:
        """Whether a number lies in it."""
        return (cnpj, serie) == (self.cnpj, self.serie) and self.first <= number <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """An entry of the cadastro of a UF."""

    uf: str
    document: str
    inscricao_estadual: str
    name: str
    is_active: bool = True
