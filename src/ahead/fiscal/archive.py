"""The XML of notas and inutilizações as it is kept, one by one or a period in a ZIP; and whether it is whole."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from ahead.accounts.models import Company
from ahead.catalog.models import Product
from ahead.fiscal.models import Inutilizacao, Nota, NotaEvent, NotaXml
from ahead.nfe.chave import is_chave
from ahead.nfe.proc import CannotJoin, nfe_proc, proc_evento, proc_inutilizacao
from ahead.nfe.reading import ItemSummary, Unreadable, read_nota
from ahead.nfe.signing import BadSignature, verify

MISSING_FILE = "FALTAM.txt"
_KEPT = [Nota.State.AUTHORISED, Nota.State.CANCELLED]


class NoXml(LookupError):
    """There is no XML that counts: SEFAZ has not granted what was sent."""


def nota_xml(nota: Nota) -> bytes:
    """
    Return the nfeProc of an authorised nota: the very bytes that were signed, and the protocol as it came.

    :raises NoXml: if it is not authorised.
    """
    row = NotaXml.objects.of(nota.company_id).filter(nota=nota, version=nota.version).first()
    if row is None or row.protocol_xml is None:
        raise NoXml(f"nota {nota} is not authorised")
    return nfe_proc(bytes(row.signed), bytes(row.protocol_xml))


@dataclass(frozen=True, slots=True)
class NotaLine:
    """A line of a nota as its XML says it, and the product it is, where that still has its code."""

    item: ItemSummary
    product_id: int | None


def lines_of(nota: Nota) -> list[NotaLine]:
    """Return the lines of a nota as they were signed last."""
    row = NotaXml.objects.of(nota.company_id).get(nota=nota, version=nota.version)
    items = read_nota(bytes(row.signed)).items
    products = Product.objects.of(nota.company_id).filter(code__in={item.code for item in items})
    by_code = dict(products.values_list("code", "pk"))
    return [NotaLine(item, by_code.get(item.code)) for item in items]


def event_xml(event: NotaEvent) -> bytes:
    """
    Return the procEventoNFe of a registered evento.

    :raises NoXml: if SEFAZ has not registered it, or told so without its retEvento.
    """
    if event.answer_xml is None:
        raise NoXml(f"event {event.pk} is not registered")
    return proc_evento(bytes(event.signed), bytes(event.answer_xml))


def voiding_xml(voiding: Inutilizacao) -> bytes:
    """
    Return the ProcInutNFe of granted numbers.

    :raises NoXml: if SEFAZ has not granted them.
    """
    if voiding.answer_xml is None:
        raise NoXml(f"numbers {voiding} are not granted")
    return proc_inutilizacao(bytes(voiding.signed), bytes(voiding.answer_xml))


def files_of(nota: Nota) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an authorised nota by their usual names: the nota, then its eventos."""
    yield f"{nota.chave_de_acesso}-procNFe.xml", nota_xml(nota)
    for event in NotaEvent.objects.of(nota.company_id).filter(nota=nota, answer_xml__isnull=False):
        yield f"{nota.chave_de_acesso}-{event.kind}-{event.sequence:02}-procEventoNFe.xml", event_xml(event)


def write_zip(target: IO[bytes], notas: Iterable[Nota]) -> int:
    """
    Write the files of the authorised notas among these into a ZIP, one after another; return how many notas.

    One whose XML is missing does not keep the others from going: a file in the ZIP says which they are.
    """
    count, missing = 0, []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for nota in notas:
            if nota.state not in _KEPT:
                continue
            try:
                for name, content in files_of(nota):
                    archive.writestr(name, content)
                count += 1
            except (NoXml, CannotJoin):
                missing.append(f"{nota} {nota.chave_de_acesso}")
        if missing:
            archive.writestr(MISSING_FILE, "\n".join(["Notas sem o XML autorizado guardado:", *missing]))
    return count


@dataclass(frozen=True, slots=True)
class Fault:
    """A nota whose XML is not what it should be, and why."""

    nota: Nota
    why: str


def faults(company: Company) -> Iterator[Fault]:
    """Yield the authorised notas whose XML is missing, changed since it was signed, or another's."""
    rows = Nota.objects.of(company).filter(state__in=_KEPT).order_by("pk")
    for nota in rows.iterator(chunk_size=200):
        if why := _fault(nota):
            yield Fault(nota, why)


def _fault(nota: Nota) -> str:
    row = NotaXml.objects.of(nota.company_id).filter(nota=nota, version=nota.version).first()
    if row is None or row.protocol_xml is None:
        return "o XML autorizado não está guardado"
    try:
        verify(bytes(row.signed))
        summary = read_nota(nfe_proc(bytes(row.signed), bytes(row.protocol_xml)))
    except (BadSignature, CannotJoin, Unreadable) as problem:
        return str(problem)
    if summary.chave != nota.chave_de_acesso or not is_chave(summary.chave):
        return f"o XML é da chave {summary.chave}"
    if summary.total != nota.total:
        return f"o XML soma {summary.total} e a nota {nota.total}"
    return ""
