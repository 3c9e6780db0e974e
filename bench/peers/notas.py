"""
What others need for a nota: run by `bench.notas` with the Python of .bench/peers, where we are not installed.

`python notas.py PFX PASSWORD XSD READY COUNT`: READY is a signed nota of ours. Prints one JSON document: for each,
how many notas it signs and checks in a second of CPU.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from lxml import etree

BRASILIA = timezone(timedelta(hours=-3))
ITEM = {
    "descricao": "Pao de fermentacao natural 900 g", "ncm": "19059090", "cfop": "6108", "ean": "7891000315507",
    "ean_tributavel": "7891000315507", "unidade_comercial": "UN", "unidade_tributavel": "UN", "ind_total": 1,
    "quantidade_comercial": Decimal(4), "quantidade_tributavel": Decimal(4), "cbenef": "", "numero_pedido": "",
    "valor_unitario_comercial": Decimal("24.95"), "valor_unitario_tributavel": Decimal("24.95"),
    "valor_total_bruto": Decimal("99.80"), "valor_tributos_aprox": "33.12", "icms_modalidade": "102",
    "icms_origem": 0, "icms_csosn": "102", "pis_modalidade": "07", "cofins_modalidade": "07",
}  # fmt: skip


def main() -> None:
    """Measure each, and print what was found."""
    pfx, password, xsd, ready, count = sys.argv[1:]
    schema = etree.XMLSchema(etree.parse(xsd))
    works = {
        "pynfe": pynfe_path(pfx, password, schema),
        "nfelib": nfelib_path(Path(pfx).read_bytes(), password, Path(ready).read_text(encoding="utf-8")),
    }
    print(json.dumps({name: per_cpu_second(work, int(count)) for name, work in works.items()}))


def per_cpu_second(work: Callable[[], None], count: int) -> float:
    """Return how many times a work is done in a second of this process' CPU; once before, to be warm."""
    work()
    began = time.process_time()
    for _ in range(count):
        work()
    return count / (time.process_time() - began)


def nfelib_path(pfx: bytes, password: str, ready: str) -> Callable[[], None]:
    """As its README says: to_xml with the certificate, then schema_validation. The bindings are at hand already."""
    from nfelib.nfe.bindings.v4_0.nfe_v4_00 import Nfe

    nota = Nfe.from_xml(ready)
    nota.signature = None

    def work() -> None:
        signed = nota.to_xml(pkcs12_data=pfx, pkcs12_password=password, doc_id=nota.infNFe.Id)
        if found := Nfe.schema_validation(signed):
            sys.exit(f"nfelib: {found}")

    return work


def pynfe_path(pfx: str, password: str, schema: etree.XMLSchema) -> Callable[[], None]:
    """As it is shipped: objects, SerializacaoXML, AssinaturaA1; without DIFAL, infIntermed, IBS and CBS."""
    from pynfe.entidades.fonte_dados import FonteDados
    from pynfe.processamento.assinatura import AssinaturaA1
    from pynfe.processamento.serializacao import SerializacaoXML

    signer = AssinaturaA1(pfx, password)

    def work() -> None:
        source = FonteDados()
        add_nota(source)
        signed = signer.assinar(SerializacaoXML(source, homologacao=False).exportar())
        if not schema.validate(signed):
            sys.exit(f"PyNFe: {schema.error_log}")

    return work


def add_nota(source: object) -> None:
    """Give PyNFe a nota of three items."""
    from pynfe.entidades.cliente import Cliente
    from pynfe.entidades.emitente import Emitente
    from pynfe.entidades.notafiscal import NotaFiscal

    address = {
        "endereco_logradouro": "Rua do Forno", "endereco_numero": "77", "endereco_bairro": "Centro",
        "endereco_uf": "SP", "endereco_cep": "01001000", "endereco_pais": "1058", "endereco_municipio": "São Paulo",
    }  # fmt: skip
    emitter = Emitente(
        razao_social="Padaria do Sol Ltda", nome_fantasia="Padaria do Sol", cnpj="11222333000181",
        codigo_de_regime_tributario="1", inscricao_estadual="110042490114", inscricao_municipal="", cnae_fiscal="",
        **address,
    )  # fmt: skip
    buyer = Cliente(
        razao_social="Lia Moraes", tipo_documento="CPF", numero_documento="52998224725", indicador_ie=9,
        email="lia@exemplo.com.br", **address,
    )  # fmt: skip
    nota = NotaFiscal(
        emitente=emitter, cliente=buyer, uf="SP", natureza_operacao="Venda de mercadoria", modelo=55, serie="1",
        numero_nf="1234", data_emissao=datetime(2026, 11, 24, 15, 7, 9, tzinfo=BRASILIA), tipo_documento=1,
        municipio="3550308", tipo_impressao_danfe=1, forma_emissao="1", cliente_final=1, indicador_destino=1,
        indicador_presencial=2, indicador_intermediador=0, finalidade_emissao="1", processo_emissao="0",
        transporte_modalidade_frete=0, totais_tributos_aproximado=Decimal("99.36"),
    )  # fmt: skip
    for place in range(3):
        nota.adicionar_produto_servico(codigo=f"PAO-0{place}", **ITEM)
    nota.adicionar_pagamento(t_pag="17", x_pag="", v_pag=Decimal("299.40"), ind_pag=0)
    source.adicionar_objeto(nota)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
