"""Documents for the pretend SEFAZ, written and signed here, by nothing of ours."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from ahead.sandbox.sefaz.authority import Issued

NFE = "http://www.portalfiscal.inf.br/nfe"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
CNPJ = "11222333000181"

NOTA = (
    '<NFe xmlns="{NFE}"><infNFe Id="NFe{chave}" versao="4.00"><ide><cUF>{uf_code}</cUF><cNF>{code}</cNF>'
    "<natOp>Venda</natOp><mod>55</mod><serie>{serie}</serie><nNF>{number}</nNF><dhEmi>{issued_at}</dhEmi><tpNF>1</tpNF>"
    "<idDest>2</idDest><cMunFG>3550308</cMunFG><tpImp>1</tpImp><tpEmis>{emission}</tpEmis><cDV>{digit}</cDV>"
    "<tpAmb>{environment}</tpAmb><finNFe>1</finNFe><indFinal>1</indFinal><indPres>2</indPres>"
    "<indIntermed>0</indIntermed><procEmi>0</procEmi><verProc>teste 1</verProc></ide><emit><CNPJ>{cnpj}</CNPJ>"
    "<xNome>Padaria Aurora Ltda</xNome><enderEmit><xLgr>Rua do Forno</xLgr><nro>7</nro><xBairro>Centro</xBairro>"
    "<cMun>3550308</cMun><xMun>São Paulo</xMun><UF>SP</UF><CEP>01001000</CEP></enderEmit><IE>110042490114</IE>"
    "<CRT>3</CRT></emit><dest><CPF>52998224725</CPF><xNome>{buyer}</xNome><enderDest><xLgr>Av. do Mar</xLgr>"
    "<nro>12</nro><xBairro>Barra</xBairro><cMun>2927408</cMun><xMun>Salvador</xMun><UF>BA</UF><CEP>40140000</CEP>"
    '</enderDest><indIEDest>9</indIEDest></dest><det nItem="1"><prod><cProd>PAO</cProd><cEAN>7891000315507</cEAN>'
    "<xProd>Pão de fermentação</xProd><NCM>19059090</NCM><CFOP>6108</CFOP><uCom>UN</uCom><qCom>2.0000</qCom>"
    "<vUnCom>50.00</vUnCom><vProd>100.00</vProd><cEANTrib>7891000315507</cEANTrib><uTrib>UN</uTrib>"
    "<qTrib>2.0000</qTrib><vUnTrib>50.00</vUnTrib><vFrete>10.00</vFrete><vDesc>5.00</vDesc><indTot>1</indTot></prod>"
    "<imposto><ICMS><ICMS00><orig>0</orig><CST>00</CST><modBC>3</modBC><vBC>105.00</vBC><pICMS>7.0000</pICMS>"
    "<vICMS>7.35</vICMS></ICMS00></ICMS><PIS><PISAliq><CST>01</CST><vBC>97.65</vBC><pPIS>1.6500</pPIS><vPIS>1.61</vPIS>"
    "</PISAliq></PIS><COFINS><COFINSAliq><CST>01</CST><vBC>97.65</vBC><pCOFINS>7.6000</pCOFINS><vCOFINS>7.42</vCOFINS>"
    "</COFINSAliq></COFINS>{difal}<IBSCBS><CST>000</CST><cClassTrib>000001</cClassTrib><gIBSCBS><vBC>72.34</vBC>"
    "<gIBSUF><pIBSUF>0.1000</pIBSUF><vIBSUF>0.07</vIBSUF></gIBSUF><gIBSMun><pIBSMun>0.0000</pIBSMun>"
    "<vIBSMun>0.00</vIBSMun></gIBSMun><vIBS>0.07</vIBS><gCBS><pCBS>0.9000</pCBS><vCBS>0.65</vCBS></gCBS></gIBSCBS>"
    "</IBSCBS></imposto><vItem>105.00</vItem></det><total><ICMSTot><vBC>105.00</vBC><vICMS>7.35</vICMS>"
    "<vICMSDeson>0.00</vICMSDeson><vFCPUFDest>2.10</vFCPUFDest><vICMSUFDest>14.18</vICMSUFDest>"
    "<vICMSUFRemet>0.00</vICMSUFRemet><vFCP>0.00</vFCP><vBCST>0.00</vBCST><vST>0.00</vST><vFCPST>0.00</vFCPST>"
    "<vFCPSTRet>0.00</vFCPSTRet><vProd>100.00</vProd><vFrete>10.00</vFrete><vSeg>0.00</vSeg><vDesc>5.00</vDesc>"
    "<vII>0.00</vII><vIPI>0.00</vIPI><vIPIDevol>0.00</vIPIDevol><vPIS>1.61</vPIS><vCOFINS>7.42</vCOFINS>"
    "<vOutro>0.00</vOutro><vNF>105.00</vNF></ICMSTot><IBSCBSTot><vBCIBSCBS>72.34</vBCIBSCBS><gIBS><gIBSUF>"
    "<vDif>0.00</vDif><vDevTrib>0.00</vDevTrib><vIBSUF>0.07</vIBSUF></gIBSUF><gIBSMun><vDif>0.00</vDif>"
    "<vDevTrib>0.00</vDevTrib><vIBSMun>0.00</vIBSMun></gIBSMun><vIBS>0.07</vIBS><vCredPres>0.00</vCredPres>"
    "<vCredPresCondSus>0.00</vCredPresCondSus></gIBS><gCBS><vDif>0.00</vDif><vDevTrib>0.00</vDevTrib>"
    "<vCBS>0.65</vCBS><vCredPres>0.00</vCredPres><vCredPresCondSus>0.00</vCredPresCondSus></gCBS></IBSCBSTot>"
    "<vNFTot>105.00</vNFTot></total><transp><modFrete>0</modFrete></transp><pag><detPag><indPag>0</indPag>"
    "<tPag>17</tPag><vPag>105.00</vPag></detPag></pag></infNFe></NFe>"
)
DIFAL = (
    "<ICMSUFDest><vBCUFDest>105.00</vBCUFDest><vBCFCPUFDest>105.00</vBCFCPUFDest><pFCPUFDest>2.0000</pFCPUFDest>"
    "<pICMSUFDest>20.5000</pICMSUFDest><pICMSInter>7.00</pICMSInter><pICMSInterPart>100.0000</pICMSInterPart>"
    "<vFCPUFDest>2.10</vFCPUFDest><vICMSUFDest>14.18</vICMSUFDest><vICMSUFRemet>0.00</vICMSUFRemet></ICMSUFDest>"
)


@dataclass(frozen=True)
class Facts:
    """What a nota is made of; `changes` are replacements in its text before it is signed."""

    issued_at: datetime
    number: int = 1
    serie: int = 1
    code: str = "73194568"
    cnpj: str = CNPJ
    uf_code: str = "35"
    emission: str = "1"
    environment: str = "1"
    buyer: str = "Lia Moraes"
    changes: dict[str, str] = field(default_factory=dict)

    @property
    def chave(self) -> str:
        moment = self.issued_at.strftime("%y%m")
        body = f"{self.uf_code}{moment}{self.cnpj}55{self.serie:03d}{self.number:09d}{self.emission}{self.code}"
        return body + digit_of(body)


def nota(signer: Issued, facts: Facts) -> bytes:
    """Return a signed nota."""
    text = NOTA.format(
        NFE=NFE,
        chave=facts.chave,
        digit=facts.chave[-1],
        difal=DIFAL,
        issued_at=facts.issued_at.isoformat(timespec="seconds"),
        **{
            name: getattr(facts, name)
            for name in ("number", "serie", "code", "cnpj", "uf_code", "emission", "environment", "buyer")
        },
    )
    for old, new in facts.changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return signed(signer, text, "infNFe")


def cancellation(signer: Issued, chave: str, protocol: str, happened_at: datetime, **more: Any) -> bytes:
    """Return a signed cancellation."""
    detail = (
        f'<detEvento versao="1.00"><descEvento>Cancelamento</descEvento><nProt>{protocol}</nProt>'
        "<xJust>Pedido desfeito pelo cliente</xJust></detEvento>"
    )
    return _event(signer, chave, "110111", detail, happened_at, **more)


def correction(signer: Issued, chave: str, happened_at: datetime, **more: Any) -> bytes:
    """Return a signed carta de correção."""
    terms = (
        "A Carta de Correcao e disciplinada pelo paragrafo 1o-A do art. 7o do Convenio S/N, de 15 de dezembro de 1970 "
        "e pode ser utilizada para regularizacao de erro ocorrido na emissao de documento fiscal, desde que o erro nao "
        "esteja relacionado com: I - as variaveis que determinam o valor do imposto tais como: base de calculo, "
        "aliquota, diferenca de preco, quantidade, valor da operacao ou da prestacao; II - a correcao de dados "
        "cadastrais que implique mudanca do remetente ou do destinatario; III - a data de emissao ou de saida."
    )
    detail = (
        '<detEvento versao="1.00"><descEvento>Carta de Correcao</descEvento>'
        f"<xCorrecao>Complemento do endereco: bloco B</xCorrecao><xCondUso>{terms}</xCondUso></detEvento>"
    )
    return _event(signer, chave, "110110", detail, happened_at, **more)


def _event(
    signer: Issued, chave: str, kind: str, detail: str, happened_at: datetime, *, sequence: int = 1, author: str = ""
) -> bytes:
    return signed(
        signer,
        f'<evento xmlns="{NFE}" versao="1.00"><infEvento Id="ID{kind}{chave}{sequence:02d}">'
        f"<cOrgao>{chave[:2]}</cOrgao>"
        f"<tpAmb>1</tpAmb><CNPJ>{author or chave[6:20]}</CNPJ><chNFe>{chave}</chNFe>"
        f"<dhEvento>{happened_at.isoformat(timespec='seconds')}</dhEvento><tpEvento>{kind}</tpEvento>"
        f"<nSeqEvento>{sequence}</nSeqEvento><verEvento>1.00</verEvento>{detail}</infEvento></evento>",
        "infEvento",
    )


def voiding(
    signer: Issued, first: int, last: int, *, cnpj: str = CNPJ, year: str = "26", serie: int = 1, uf_code: str = "35"
) -> bytes:
    """Return a signed request to void numbers."""
    return signed(
        signer,
        f'<inutNFe xmlns="{NFE}" versao="4.00"><infInut Id="ID{uf_code}{year}{cnpj}55{serie:03d}{first:09d}{last:09d}">'
        f"<tpAmb>1</tpAmb><xServ>INUTILIZAR</xServ><cUF>{uf_code}</cUF><ano>{year}</ano><CNPJ>{cnpj}</CNPJ>"
        f"<mod>55</mod><serie>{serie}</serie><nNFIni>{first}</nNFIni><nNFFin>{last}</nNFFin>"
        "<xJust>Numeros pulados por falha do sistema</xJust></infInut></inutNFe>",
        "infInut",
    )


def signed(signer: Issued, text: str, tag: str) -> bytes:
    """Return a document with its signature, as the manual asks: the digest is of the canonical text."""
    root = etree.fromstring(text)
    whole = etree.tostring(root, method="c14n").decode()
    inside = whole[whole.index(f"<{tag}") : whole.index(f"</{tag}>") + len(tag) + 3]
    inside = inside.replace(f"<{tag}", f'<{tag} xmlns="{NFE}"', 1)
    digest = base64.b64encode(hashlib.sha1(inside.encode()).digest()).decode()
    information = (
        f'<SignedInfo xmlns="{DSIG}"><CanonicalizationMethod Algorithm="{C14N}"></CanonicalizationMethod>'
        f'<SignatureMethod Algorithm="{DSIG}rsa-sha1"></SignatureMethod><Reference URI="#{root[0].get("Id")}">'
        "<Transforms>"
        f'<Transform Algorithm="{DSIG}enveloped-signature"></Transform><Transform Algorithm="{C14N}"></Transform>'
        f'</Transforms><DigestMethod Algorithm="{DSIG}sha1"></DigestMethod><DigestValue>{digest}</DigestValue>'
        "</Reference></SignedInfo>"
    )
    value = base64.b64encode(signer.key.sign(information.encode(), padding.PKCS1v15(), hashes.SHA1())).decode()
    certificate = base64.b64encode(signer.certificate.public_bytes(Encoding.DER)).decode()
    signature = (
        f'<Signature xmlns="{DSIG}">{information.replace(f" xmlns={chr(34)}{DSIG}{chr(34)}", "", 1)}'
        f"<SignatureValue>{value}</SignatureValue><KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate>"
        "</X509Data></KeyInfo></Signature>"
    )
    return whole.replace(f"</{tag}>", f"</{tag}>{signature}").encode()


def digit_of(body: str) -> str:
    """Return the check digit of a key."""
    total = sum((ord(one) - 48) * weight for one, weight in zip(reversed(body), cycle(range(2, 10)), strict=False))
    return str(0 if total % 11 < 2 else 11 - total % 11)
