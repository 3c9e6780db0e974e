"""Pure decisions about a customer's record: how what a person wrote is tidied, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ahead.lib.documents import clean_document, is_cnpj, is_document
from ahead.lib.municipalities import UFS, municipality_code, similar_municipalities

CORRECTABLE = (
    "document",
    "name",
    "legal_name",
    "inscricao_estadual",
    "email",
    "phone",
    "mobile",
    "street",
    "number",
    "complement",
    "district",
    "city",
    "uf",
    "postal_code",
)
_DIGITS_ONLY = frozenset({"phone", "mobile", "postal_code"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_IE = 14


def tidied(given: Mapping[str, str]) -> dict[str, str]:
    """Return what a person wrote as a record keeps it: no double blanks, documents and numbers without punctuation."""
    return {name: _tidy(name, " ".join(value.split())) for name, value in given.items()}


def _tidy(name: str, value: str) -> str:
    if name == "document":
        return clean_document(value)
    if name in _DIGITS_ONLY:
        return re.sub(r"\D", "", value)
    return value.upper() if name == "uf" else value


def problems(values: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with a tidied record, by column; empty where all is well."""
    found = {
        "name": "" if values["name"] else "Informe o nome.",
        "document": _why_not_document(values["document"]),
        "email": _why_not_email(values["email"]),
        "inscricao_estadual": _why_not_inscricao(values),
        "indicador_ie": _why_not_indicador(values),
    }
    return {name: why for name, why in found.items() if why} | address_problems(values)


def address_problems(values: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with a tidied address, by column. What is left blank is asked for when the nota is made."""
    found: dict[str, str] = {}
    city, uf, postal_code = values["city"], values["uf"], values["postal_code"]
    if uf and uf not in UFS:
        found["uf"] = f"Não existe a UF «{uf}»."
    elif city and not uf:
        found["uf"] = "Escolha a UF da cidade."
    elif city and not municipality_code(city, uf):
        similar = ", ".join(similar_municipalities(city, uf))
        hint = f" Nomes parecidos: {similar}." if similar else " Comece a escrever e escolha um da lista."
        found["city"] = f"O IBGE não conhece «{city}» em {uf}.{hint}"
    if postal_code and len(postal_code) != 8:
        found["postal_code"] = "O CEP tem oito dígitos."
    return found


def _why_not_document(document: str) -> str:
    if not document or is_document(document):
        return ""
    return "Este CPF ou CNPJ não existe: os dígitos verificadores não conferem."


def _why_not_email(address: str) -> str:
    return "" if not address or _EMAIL.fullmatch(address) else "Escreva um endereço como nome@exemplo.com.br."


def _why_not_inscricao(values: Mapping[str, str]) -> str:
    digits = re.sub(r"\D", "", values["inscricao_estadual"])
    if len(digits) > _LONGEST_IE:
        return "Uma inscrição estadual tem até 14 dígitos."
    if values["indicador_ie"] == "1" and len(digits) < 2:
        return "O contribuinte do ICMS tem inscrição estadual: informe-a, ou escolha não contribuinte."
    return ""


def _why_not_indicador(values: Mapping[str, str]) -> str:
    if values["indicador_ie"] == "2" and not is_cnpj(values["document"]):
        return "Contribuinte isento é uma empresa: informe o CNPJ, ou escolha não contribuinte."
    return ""
