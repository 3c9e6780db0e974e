"""What we write and sign, before a SEFAZ that shares no code with it: authorised, kept, cancelled, voided."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from nota_making import interstate, kit, marketplace, nota, returned

from ahead.nfe.certificate import Certificate
from ahead.nfe.chave import chave_de_acesso
from ahead.nfe.events import cancelamento, carta_de_correcao
from ahead.nfe.inutilizacao import inutilizacao
from ahead.nfe.proc import nfe_proc, proc_evento, proc_inutilizacao
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.signing import sign
from ahead.nfe.ufs import CODES
from ahead.nfe.values import NotaFiscal
from ahead.nfe.writing import write
from ahead.sandbox.sefaz import Served

BRASILIA = timezone(timedelta(hours=-3))


def now() -> datetime:
    return datetime.now(BRASILIA).replace(microsecond=0)


def test_what_is_authorised_is_kept_and_ended(sefaz: Sefaz, certificate: Certificate) -> None:
    document = replace(nota(), issued_at=now())
    chave, environment = chave_de_acesso(document), document.environment
    signed = sign(write(document), certificate=certificate)
    answer = sefaz.authorise(signed.xml, lote=1)
    assert answer.protocol is not None, answer.reason
    assert answer.protocol.digest == signed.digest
    assert signed.xml in nfe_proc(signed.xml, answer.protocol.xml)

    facts = {
        "chave": chave,
        "cnpj": document.emitter.cnpj,
        "environment": environment,
        "orgao": CODES["SP"],
        "at": now(),
    }
    correction = carta_de_correcao(**facts, sequence=1, correction="Complemento do endereço: bloco B")  # type: ignore[arg-type]
    corrected = sefaz.send_event(sign(correction, certificate=certificate, tag="infEvento").xml, lote=2)
    assert corrected.cstat == "135", corrected.reason

    reason = "Pedido desfeito pelo cliente"
    event = cancelamento(**facts, protocolo=answer.protocol.number, reason=reason)  # type: ignore[arg-type]
    signed_event = sign(event, certificate=certificate, tag="infEvento")
    cancelled = sefaz.send_event(signed_event.xml, lote=3)
    assert cancelled.protocol is not None
    assert cancelled.cstat == "135", cancelled.reason
    assert signed_event.xml in proc_evento(signed_event.xml, cancelled.protocol.xml)
    assert [told.protocol.kind for told in sefaz.query(chave).events] == ["110110", "110111"]


@pytest.mark.parametrize("make", [nota, interstate, kit, marketplace, returned])
def test_every_kind_of_nota_is_authorised(
    sefaz: Sefaz, certificate: Certificate, make: Callable[[], NotaFiscal]
) -> None:
    document = replace(make(), issued_at=now(), leaves_at=None)
    signed = sign(write(document), certificate=certificate)
    answer = sefaz.authorise(signed.xml, lote=1)
    assert (answer.cstat, answer.reason) == ("100", "Autorizado o uso da NF-e")


def test_numbers_are_voided(sefaz: Sefaz, served: Served, certificate: Certificate) -> None:
    document = nota()
    request = inutilizacao(
        uf="SP", cnpj=document.emitter.cnpj, environment=document.environment, year=now().year, serie=1,
        first=10, last=12, reason="Números pulados por falha do sistema",
    )  # fmt: skip
    signed = sign(request, certificate=certificate, tag="infInut")
    answer = sefaz.inutilise(signed.xml)
    assert answer.cstat == "102", answer.reason
    assert signed.xml in proc_inutilizacao(signed.xml, answer.xml)
    assert [(voided.first, voided.last) for voided in served.box.voided] == [(10, 12)]
