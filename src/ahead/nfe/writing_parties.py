"""Who sells, who buys, where the goods go: `emit`, `dest`, `entrega`, `autXML`, `infRespTec`."""

from __future__ import annotations

import base64
import hashlib

from ahead.nfe.errors import CannotWrite
from ahead.nfe.markup import digits, document, group, maybe, phone, tag, text
from ahead.nfe.values import Address, DeliveryPlace, Emitter, Environment, NotaFiscal, Recipient, ResponsibleTechnician

# MOC 7.0, E04: in the environment of homologation the buyer has this name
NAME_IN_HOMOLOGATION = "NF-E EMITIDA EM AMBIENTE DE HOMOLOGACAO - SEM VALOR FISCAL"
_BRASIL = tag("cPais", "1058") + tag("xPais", "Brasil")
_LONGEST_EMAIL = 60


def emit(emitter: Emitter) -> str:
    """
    Return `emit`.

    :raises CannotWrite: if something of the emitter is missing or does not fit.
    """
    # CNAE has its place only after IM
    municipal = maybe("IM", emitter.inscricao_municipal, "Inscrição municipal do emitente", longest=15)
    cnae = maybe("CNAE", emitter.cnae, "CNAE do emitente", longest=7) if municipal else ""
    return group(
        "emit",
        text("CNPJ", emitter.cnpj, "CNPJ do emitente", longest=14),
        text("xNome", emitter.legal_name, "Razão social do emitente", shortest=2, cut=True),
        maybe("xFant", emitter.trade_name, "Nome fantasia do emitente", cut=True),
        group("enderEmit", _address(emitter.address, "do emitente"), _BRASIL, phone(emitter.address.phone)),
        maybe("IE", emitter.inscricao_estadual, "Inscrição estadual do emitente", longest=14),
        municipal,
        cnae,
        text("CRT", emitter.crt, "Regime tributário (CRT) do emitente", longest=1),
    )


def dest(recipient: Recipient, environment: Environment) -> str:
    """
    Return `dest`.

    :raises CannotWrite: if something of the buyer is missing or does not fit.
    """
    name = NAME_IN_HOMOLOGATION if environment == Environment.HOMOLOGATION else recipient.name
    return group(
        "dest",
        document(recipient.document, "Destinatário"),
        text("xNome", name, "Nome do destinatário", shortest=2, cut=True),
        group("enderDest", _address(recipient.address, "do destinatário"), _BRASIL, phone(recipient.address.phone)),
        tag("indIEDest", recipient.indicador_ie),
        _inscricao(recipient),
        _email(recipient.email),
    )


def _inscricao(recipient: Recipient) -> str:
    what = "Inscrição estadual do destinatário"
    if recipient.indicador_ie == "1":
        return text("IE", recipient.inscricao_estadual, what, shortest=2, longest=14)
    if recipient.indicador_ie == "2":  # exempt: SEFAZ refuses one here
        return ""
    return maybe("IE", recipient.inscricao_estadual, what, shortest=2, longest=14)


def _email(address: str) -> str:
    """A nota goes out without an address that would not fit: half of one reaches nobody, or somebody else."""
    return maybe("email", address, "E-mail do destinatário") if len(address.strip()) <= _LONGEST_EMAIL else ""


def entrega(place: DeliveryPlace | None) -> str:
    """
    Return `entrega`, or nothing.

    :raises CannotWrite: if something of the place is missing or does not fit.
    """
    if place is None:
        return ""
    return group(
        "entrega",
        document(place.document, "Local de entrega"),
        maybe("xNome", place.name, "Nome no local de entrega", shortest=2, cut=True),
        _address(place.address, "do local de entrega"),
        _BRASIL,
        phone(place.address.phone),
    )


def autorizados(documents: tuple[str, ...]) -> str:
    """
    Return `autXML` for each who may download the nota.

    :raises CannotWrite: if one is neither CPF nor CNPJ, or there are more than ten.
    """
    if len(documents) > 10:
        raise CannotWrite(f"Autorizados a baixar o XML: são {len(documents)}, e na NF-e cabem 10.")
    return "".join(group("autXML", document(one, "Autorizado a baixar o XML")) for one in documents)


def technician(nota: NotaFiscal, chave: str) -> str:
    """
    Return `infRespTec`, or nothing.

    :raises CannotWrite: if something of the software house is missing or does not fit.
    """
    house = nota.technician
    if house is None:
        return ""
    what = "do responsável técnico"
    return group(
        "infRespTec",
        text("CNPJ", house.cnpj, f"CNPJ {what}", shortest=14, longest=14),
        text("xContato", house.contact, f"Contato {what}", shortest=2, cut=True),
        text("email", house.email, f"E-mail {what}", shortest=6),
        digits("fone", house.phone, f"Telefone {what}", shortest=6, longest=14),
        _csrt(house, chave),
    )


def _csrt(house: ResponsibleTechnician, chave: str) -> str:
    """The code itself is a secret of the software house: only its hash with the key goes out."""
    if not house.csrt:
        return ""
    return digits("idCSRT", house.csrt_id, "Identificação do CSRT", shortest=2, longest=2) + tag(
        "hashCSRT", csrt_hash(house.csrt, chave)
    )


def csrt_hash(csrt: str, chave: str) -> str:
    """Return what proves to know the code of a software house, for the nota of one key."""
    return base64.b64encode(hashlib.sha1((csrt + chave).encode(), usedforsecurity=False).digest()).decode()


def _address(address: Address, whose: str) -> str:
    """What all addresses have in common, up to the country."""
    return "".join(
        (
            text("xLgr", address.street, f"Logradouro {whose}", shortest=2, cut=True),
            text("nro", address.number.strip() or "S/N", f"Número {whose}", cut=True),
            maybe("xCpl", address.complement, f"Complemento {whose}", cut=True),
            text("xBairro", address.district, f"Bairro {whose}", shortest=2, cut=True),
            digits("cMun", address.municipality_code, f"Código IBGE do município {whose}", shortest=7, longest=7),
            text("xMun", address.municipality, f"Município {whose}", shortest=2, cut=True),
            text("UF", address.uf, f"UF {whose}", shortest=2, longest=2),
            digits("CEP", address.postal_code, f"CEP {whose}", shortest=8, longest=8),
        )
    )
