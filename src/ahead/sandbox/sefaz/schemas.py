"""The official schemas, as nfelib ships them; those of events are widened to CNPJ with letters, as PL_010d did."""

import functools
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from lxml import etree

SCHEMAS = {
    "NFe": ("nfe/schemas/v4_0", "nfe_v4.00.xsd"),
    "inutNFe": ("nfe/schemas/v4_0", "inutNFe_v4.00.xsd"),
    "110111": ("nfe_evento_cancel/schemas/v1_0", "eventoCancNFe_v1.00.xsd"),
    "110110": ("nfe_evento_cce/schemas/v1_0", "CCe_v1.00.xsd"),
}
_CNPJ, _KEY = "[0-9A-Z]{12}[0-9]{2}", "[0-9]{6}[0-9A-Z]{12}[0-9]{26}"
_WIDENED = {
    'value="ID[0-9]{52}"': 'value="ID[0-9]{12}[0-9A-Z]{12}[0-9]{28}"',
    'value="ID[0-9]{41}"': 'value="ID[0-9]{4}[0-9A-Z]{12}[0-9]{25}"',
    'value="[0-9]{14}"': f'value="{_CNPJ}"',
    'value="[0-9]{0}|[0-9]{14}"': f'value="[0-9]{{0}}|{_CNPJ}"',
    'value="[0-9]{44}"': f'value="{_KEY}"',
    r"([\d]{14})([\d]{5})([\d]{9})([\d]{10})": r"([0-9A-Z]{12}[\d]{2})([\d]{5})([\d]{9})([\d]{10})",
    'value="[0-9]{15}"': 'value="[0-9]{15}|[0-9]{17}"',
}


def why_invalid(kind: str, document: etree._Element) -> str:
    """Return the first thing a schema has against a document, empty if it is valid; kind is a tag or a tpEvento."""
    schema = _schema(kind)
    if schema.validate(document):
        return ""
    first = str(schema.error_log.filter_from_errors()[0].message)
    return first.replace("{http://www.portalfiscal.inf.br/nfe}", "")


@functools.cache
def _schema(kind: str) -> etree.XMLSchema:
    folder, name = SCHEMAS[kind]
    with as_file(files("nfelib") / folder) as place, tempfile.TemporaryDirectory() as copies:
        for source in place.glob("*.xsd"):
            Path(copies, source.name).write_text(_widened(source.read_text(encoding="utf-8")), encoding="utf-8")
        return etree.XMLSchema(etree.parse(Path(copies, name)))


def _widened(text: str) -> str:
    for narrow, wide in _WIDENED.items():
        text = text.replace(narrow, wide)
    return text
