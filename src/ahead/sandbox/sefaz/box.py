"""The pretend SEFAZ of all UFs: one clock, one memory."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import RLock
from typing import Any

from ahead.sandbox.sefaz.consumption import Consumption
from ahead.sandbox.sefaz.records import Contributor, Event, Nota, Voided
from ahead.sandbox.sefaz.switches import Switches

BRASILIA = timezone(timedelta(hours=-3))


@dataclass(slots=True)
class Counters:
    """Counts since the start or the last reset."""

    total: int = 0
    by_service: Counter[str] = field(default_factory=Counter)
    by_answer: Counter[str] = field(default_factory=Counter)
    connections: set[str] = field(default_factory=set)

    def as_mapping(self) -> dict[str, Any]:
        """Return the counts as JSON can carry them."""
        return {
            "total": self.total,
            "connections": len(self.connections),
            "by_service": dict(self.by_service),
            "by_answer": dict(self.by_answer),
        }


class Unreadable(Exception):
    """The file with what SEFAZ knows is not one."""


class SefazSandbox:
    """What SEFAZ knows; `keep` is a file that remembers it from one start to the next."""

    def __init__(self, *, clock: Callable[[], datetime] | None = None, keep: Path | None = None) -> None:
        """
        Begin with nothing, or with what the file holds.

        :raises Unreadable: if the file is not one of these.
        """
        self.clock = clock or (lambda: datetime.now(UTC))
        self.lock = RLock()
        self.switches = Switches()
        self.counters = Counters()
        self.consumption = Consumption()
        self.notas: dict[str, Nota] = {}
        self.numbers: dict[tuple[str, int, int], str] = {}
        self.events: dict[str, list[Event]] = {}
        self.voided: list[Voided] = []
        self.contributors: dict[tuple[str, str], list[Contributor]] = {}
        self.rejections: list[dict[str, str]] = []
        self.issued = 0
        self._keep = keep
        if keep is not None and keep.exists():
            self._remember(keep)

    def now(self) -> datetime:
        """Return the instant of SEFAZ's clock, in Brasília's time, to the second."""
        moment = self.clock() + timedelta(hours=self.switches.clock_offset_hours)
        return moment.astimezone(BRASILIA).replace(microsecond=0)

    def next_protocol(self, uf_code: str) -> str:
        """Return a number nobody had: authorizer, UF, year, sequence; 15 or 17 digits."""
        self.issued += 1
        year = self.now().strftime("%y")
        return f"1{uf_code}{year}{self.issued:0{self.switches.protocol_digits - 5}d}"

    def authorise(self, nota: Nota) -> None:
        """Take a nota in."""
        self._take_nota(nota)
        self._write("nota", nota)

    def register(self, event: Event) -> None:
        """Take an event in."""
        self.events.setdefault(event.chave, []).append(event)
        self._write("event", event)

    def void(self, numbers: Voided) -> None:
        """Take a range of voided numbers in."""
        self.voided.append(numbers)
        self._write("voided", numbers)

    def add_contributor(self, contributor: Contributor) -> None:
        """Let the cadastro of a UF know somebody, also by the inscrição estadual."""
        for key in (contributor.document, contributor.inscricao_estadual):
            self.contributors.setdefault((contributor.uf, key), []).append(contributor)
        self._write("contributor", contributor)

    def is_cancelled(self, chave: str) -> bool:
        """Whether a nota was cancelled."""
        return any(event.kind == "110111" for event in self.events.get(chave, []))

    def forget(self) -> None:
        """Forget every nota, event, number and count; the file too."""
        for memory in (self.notas, self.numbers, self.events, self.voided, self.contributors, self.rejections):
            memory.clear()
        self.consumption.forget()
        self.counters = Counters()
        if self._keep is not None:
            self._keep.unlink(missing_ok=True)

    def _take_nota(self, nota: Nota) -> None:
        self.notas[nota.chave] = nota
        self.numbers[nota.place] = nota.chave

    def _write(self, kind: str, record: Any) -> None:
        if self._keep is None:
            return
        self._keep.parent.mkdir(parents=True, exist_ok=True)
        facts = {name: _plain(value) for name, value in asdict(record).items()}
        with self._keep.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"record": kind, "issued": self.issued, **facts}) + "\n")

    def _remember(self, keep: Path) -> None:
        self._keep = None  # what is read is not written again
        take: dict[str, tuple[Any, Callable[[Any], None]]] = {
            "nota": (Nota, self._take_nota),
            "event": (Event, self.register),
            "voided": (Voided, self.void),
            "contributor": (Contributor, self.add_contributor),
        }
        try:
            for line in _whole_lines(keep):
                facts = json.loads(line)
                kind, accept = take[facts.pop("record")]
                self.issued = max(self.issued, facts.pop("issued"))
                accept(kind(**{name: _read(name, value) for name, value in facts.items()}))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"{keep}: {error}") from error
        self._keep = keep


def _whole_lines(keep: Path) -> list[str]:
    """Return the lines of a file; half a line at its end, from a process that was killed, is taken off it."""
    whole, newline, torn = keep.read_text(encoding="utf-8").rpartition("\n")
    if torn:
        keep.write_text(whole + newline, encoding="utf-8")
    return whole.splitlines()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") else value
