"""What a schema found wrong, in the words of people: where it is, and what is the matter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ahead.nfe.parsing import local

_WORDS = {
    "ide": "identificação", "natOp": "natureza da operação", "serie": "série", "nNF": "número", "dhEmi": "emissão",
    "emit": "emitente", "dest": "destinatário", "entrega": "local de entrega", "enderEmit": "endereço",
    "enderDest": "endereço", "xLgr": "logradouro", "nro": "número", "xCpl": "complemento", "xBairro": "bairro",
    "cMun": "código do município", "xMun": "município", "fone": "telefone", "xNome": "nome", "xFant": "nome fantasia",
    "IE": "inscrição estadual", "IM": "inscrição municipal", "email": "e-mail", "autXML": "autorizado a baixar o XML",
    "prod": "produto", "cProd": "código", "cEAN": "GTIN", "cEANTrib": "GTIN tributável", "xProd": "descrição",
    "uCom": "unidade", "qCom": "quantidade", "vUnCom": "valor unitário", "vProd": "valor", "vFrete": "frete",
    "vSeg": "seguro", "vDesc": "desconto", "vOutro": "outras despesas", "imposto": "impostos",
    "ICMSUFDest": "DIFAL", "infAdProd": "informação adicional", "total": "totais", "transp": "transporte",
    "transporta": "transportador", "vol": "volumes", "pag": "pagamento", "detPag": "forma de pagamento",
    "tPag": "meio de pagamento", "card": "cartão", "infIntermed": "intermediador", "infAdic": "informações",
    "idCadIntTran": "identificação do vendedor", "infCpl": "informações complementares",
    "infRespTec": "responsável técnico", "NFref": "nota referenciada", "refNFe": "chave", "chNFe": "chave",
    "Signature": "assinatura", "nProt": "protocolo", "xJust": "justificativa", "xCorrecao": "correção",
    "nSeqEvento": "sequência do evento", "detEvento": "evento", "DFeReferenciado": "nota referenciada",
}  # fmt: skip
_WRAPPERS = frozenset({"NFe", "infNFe", "evento", "infEvento", "inutNFe", "infInut"})
_NAMED = re.compile(r"\{[^}]*\}([\w.]+)")
_FORM = ("PATTERN", "LENGTH", "ENUMERATION", "DATATYPE", "INCLUSIVE", "MAXLENGTH", "MINLENGTH", "CVC_TYPE")
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a schema found: `where` in words, `message` for people, `technical` as the parser said it."""

    where: str
    message: str
    technical: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def in_words(root: Any, found: Sequence[Any]) -> list[Problem]:
    """Return what was found as problems, one for each place: the first that is said of a place says most."""
    problems: dict[str, Problem] = {}
    for error in found:
        element = _element_at(root, error.path)
        problems.setdefault(error.path, Problem(_where(element), _message(error, element), str(error.message)))
    return list(problems.values())


def _element_at(root: Any, path: str) -> Any:
    """Return the element an error is about; libxml2 writes steps with a namespace as *."""
    found = root.getroottree().xpath(path) if path else []
    return found[0] if found else root


def _where(element: Any) -> str:
    """Return the way to an element: destinatário > endereço > CEP."""
    way = [element, *element.iterancestors()][::-1]
    steps = [_step(one) for one in way if local(one) not in _WRAPPERS]
    return " > ".join(steps) or "documento"


def _step(element: Any) -> str:
    if local(element) == "det":
        return f"item {element.get('nItem')}"
    return _word(local(element))


def _word(name: str) -> str:
    return _WORDS.get(name, name)


def _message(error: Any, element: Any) -> str:
    kind = str(error.type_name)
    if ", attribute '" in str(error.message):
        return f"não está como o leiaute pede ({error.message})"
    names = [_word(name) for name in _NAMED.findall(str(error.message))]
    if "ELEMENT_CONTENT" in kind:
        expected = ", ".join(dict.fromkeys(names[1:]))
        return f"falta: {expected}" if "Missing child" in str(error.message) else _out_of_place(expected)
    if any(form in kind for form in _FORM):
        value = element.text or ""
        shown = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
        return f"“{shown}” não tem a forma que o leiaute pede" if value else "está vazio"
    return f"não está como o leiaute pede ({error.message})"


def _out_of_place(expected: str) -> str:
    return f"não cabe aqui; aqui vem: {expected}" if expected else "não cabe aqui"
