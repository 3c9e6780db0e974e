"""The files of a nota: XML, DANFE, etiqueta; and the XML of an inutilização."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse

from ahead.fiscal import queries
from ahead.fiscal.archive import NoXml, event_xml, nota_xml, voiding_xml
from ahead.fiscal.danfe import Paper, draw
from ahead.web.access import company_view

if TYPE_CHECKING:
    from ahead.web.access import CompanyRequest


@company_view(methods=("GET", "HEAD"))
def xml(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Give the authorised XML (nfeProc)."""
    nota = queries.nota(request.company, nota_id)
    try:
        return _file(nota_xml(nota), f"{nota.chave_de_acesso}-procNFe.xml", "application/xml")
    except NoXml as error:
        raise Http404(str(error)) from error


@company_view(methods=("GET", "HEAD"))
def event(request: CompanyRequest, nota_id: int, event_id: int) -> HttpResponse:
    """Give the XML of a registered evento."""
    nota = queries.nota(request.company, nota_id)
    found = next((one for one in queries.events(nota) if one.pk == event_id), None)
    if found is None:
        raise Http404
    name = f"{nota.chave_de_acesso}-{found.kind}-{found.sequence:02}-procEventoNFe.xml"
    try:
        return _file(event_xml(found), name, "application/xml")
    except NoXml as error:
        raise Http404(str(error)) from error


@company_view(methods=("GET", "HEAD"))
def inutilizacao(request: CompanyRequest, voiding_id: int) -> HttpResponse:
    """Give the XML of numbers that SEFAZ granted to be void (ProcInutNFe)."""
    found = queries.inutilizacao(request.company, voiding_id)
    name = f"serie-{found.serie}-numeros-{found.first_number}-a-{found.last_number}-procInutNFe.xml"
    try:
        return _file(voiding_xml(found), name, "application/xml")
    except NoXml as error:
        raise Http404(str(error)) from error


@company_view(methods=("GET", "HEAD"))
def danfe(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Give the DANFE."""
    return _drawn(request, nota_id, "danfe")


@company_view(methods=("GET", "HEAD"))
def etiqueta(request: CompanyRequest, nota_id: int) -> HttpResponse:
    """Give the DANFE Simplificado on a label (NT 2020.004)."""
    return _drawn(request, nota_id, "etiqueta")


def _drawn(request: CompanyRequest, nota_id: int, paper: Paper) -> HttpResponse:
    nota = queries.nota(request.company, nota_id)
    try:
        content = draw(nota, paper)
    except NoXml as error:
        raise Http404(str(error)) from error
    return _file(content, f"{paper}-{nota.number}.pdf", "application/pdf", is_shown=True)


def _file(content: bytes, name: str, kind: str, *, is_shown: bool = False) -> HttpResponse:
    how = "inline" if is_shown else "attachment"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'{how}; filename="{name}"'})
