"""Events of a nota, unsigned: cancelamento (110111) and carta de correção (110110); `signing` signs their infEvento."""

from __future__ import annotations

from datetime import datetime

from ahead.nfe.chave import is_chave
from ahead.nfe.errors import CannotWrite
from ahead.nfe.markup import NAMESPACE, document, moment, tag, text
from ahead.nfe.values import Environment

CANCELAMENTO = "110111"
CARTA_DE_CORRECAO = "110110"
MOST_CORRECTIONS = 20
_PROTOCOLO_LENGTHS = (15, 17)
# the words of the law; the schema takes these and no others
_CONDITIONS = (
    "A Carta de Correção é disciplinada pelo § 1º-A do art. 7º do Convênio S/N, de 15 de dezembro de 1970 e pode ser "
    "utilizada para regularização de erro ocorrido na emissão de documento fiscal, desde que o erro não esteja "
    "relacionado com: I - as variáveis que determinam o valor do imposto tais como: base de cálculo, alíquota, "
    "diferença de preço, quantidade, valor da operação ou da prestação; II - a correção de dados cadastrais que "
    "implique mudança do remetente ou do destinatário; III - a data de emissão ou de saída."
)


def cancelamento(
    *, chave: str, cnpj: str, environment: Environment, orgao: str, at: datetime, protocolo: str, reason: str
) -> bytes:
    """
    Return the event that cancels a nota.

    :param orgao: cOrgao, the code of the emitter's UF.
    :param protocolo: that of the authorisation.
    :raises CannotWrite: if the reason has not 15 to 255 characters, or something else does not fit.
    """
    if len(protocolo) not in _PROTOCOLO_LENGTHS or not protocolo.isdigit():
        raise CannotWrite(f"Cancelamento: o protocolo de autorização {protocolo!r} não tem 15 nem 17 dígitos.")
    details = (
        tag("descEvento", "Cancelamento"),
        tag("nProt", protocolo),
        text("xJust", reason, "Justificativa do cancelamento", shortest=15, longest=255),
    )
    return _event(CANCELAMENTO, chave, cnpj, environment, orgao, at, sequence=1, details=details)


def carta_de_correcao(
    *, chave: str, cnpj: str, environment: Environment, orgao: str, at: datetime, sequence: int, correction: str
) -> bytes:
    """
    Return the event that corrects a nota; the last one tells all corrections, it replaces those before it.

    :param sequence: 1 to 20, one more each time.
    :raises CannotWrite: if there were 20 already, the text has not 15 to 1000 characters, or something does not fit.
    """
    if not 1 <= sequence <= MOST_CORRECTIONS:
        raise CannotWrite(f"Carta de correção: esta seria a {sequence}ª, e uma nota tem no máximo {MOST_CORRECTIONS}.")
    details = (
        tag("descEvento", "Carta de Correção"),
        text("xCorrecao", correction, "Texto da carta de correção", shortest=15, longest=1000),
        tag("xCondUso", _CONDITIONS),
    )
    return _event(CARTA_DE_CORRECAO, chave, cnpj, environment, orgao, at, sequence=sequence, details=details)


def _event(
    kind: str,
    chave: str,
    cnpj: str,
    environment: Environment,
    orgao: str,
    at: datetime,
    *,
    sequence: int,
    details: tuple[str, ...],
) -> bytes:
    if not is_chave(chave):
        raise CannotWrite(f"Evento: {chave!r} não é uma chave de acesso.")
    inside = (
        tag("cOrgao", orgao),
        tag("tpAmb", environment),
        document(cnpj, "CNPJ do emitente"),
        tag("chNFe", chave),
        moment("dhEvento", at, "Data do evento"),
        tag("tpEvento", kind),
        tag("nSeqEvento", str(sequence)),
        tag("verEvento", "1.00"),
        f'<detEvento versao="1.00">{"".join(details)}</detEvento>',
    )
    signed = f'<infEvento Id="ID{kind}{chave}{sequence:02}">{"".join(inside)}</infEvento>'
    return f'<evento xmlns="{NAMESPACE}" versao="1.00">{signed}</evento>'.encode()
