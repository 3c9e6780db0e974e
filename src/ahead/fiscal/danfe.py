"""DANFE and etiqueta as PDF. The library takes half a second to load: only a process that draws one pays for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ahead.fiscal.archive import nota_xml

if TYPE_CHECKING:
    from ahead.fiscal.models import Nota

Paper = Literal["danfe", "etiqueta"]


def draw(nota: Nota, paper: Paper = "danfe") -> bytes:
    """
    Return the DANFE of an authorised nota, or its etiqueta (DANFE Simplificado, NT 2020.004), as PDF.

    :raises archive.NoXml: if it is not authorised.
    """
    from brazilfiscalreport.danfe import Danfe, DanfeEtiqueta

    kinds = {"danfe": Danfe, "etiqueta": DanfeEtiqueta}
    pdf = kinds[paper](xml=nota_xml(nota).decode())
    return bytes(pdf.output())
