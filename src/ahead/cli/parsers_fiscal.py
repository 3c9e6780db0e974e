"""The arguments of `ahead fiscal`."""

from __future__ import annotations

from ahead.cli.arguments import Commands, add_command, add_group, natural, positive, take_json
from ahead.cli.wording import Parser

# option, what it is called in the code, what it says
_WORDS = (
    ("--legal-name", "legal_name", "razão social"),
    ("--ie", "inscricao_estadual", "inscrição estadual"),
    ("--im", "inscricao_municipal", "inscrição municipal"),
    ("--cnae", "cnae", "CNAE"),
    ("--postal-code", "postal_code", "CEP"),
    ("--street", "street", "endereço"),
    ("--number", "street_number", "número"),
    ("--complement", "complement", "complemento"),
    ("--district", "district", "bairro"),
    ("--municipality", "municipality", "município, pelo nome do IBGE"),
    ("--uf", "uf", "UF"),
    ("--phone", "phone", "telefone"),
    ("--natureza", "natureza", "nome da natureza de operação das vendas"),
    ("--return-natureza", "return_natureza", "nome da natureza das devoluções"),
    ("--information", "information", "informações complementares; {pedido} e outros nomes são preenchidos"),
    ("--technician-cnpj", "technician_cnpj", "CNPJ do responsável técnico"),
    ("--technician-contact", "technician_contact", "contato dele"),
    ("--technician-email", "technician_email", "e-mail dele"),
    ("--technician-phone", "technician_phone", "telefone dele"),
    ("--csrt-id", "csrt_id", "identificador do CSRT; o CSRT vem da variável AHEAD_CSRT"),
)


def add_fiscal(commands: Commands) -> None:
    """Add the commands of the fiscal set-up."""
    fiscal = add_group(commands, "fiscal", "quem emite, certificado, e o que falta antes da primeira nota")
    change = add_command(fiscal, "set", "fiscal:set_issuer", "muda o que é dito e mostra a configuração fiscal")
    _company(change)
    change.add_argument("--environment", choices=("producao", "homologacao"), help="onde as notas valem")
    change.add_argument("--crt", choices=("1", "2", "3", "4"), help="Simples, Simples com excesso, normal, MEI")
    change.add_argument("--serie", type=natural, metavar="SÉRIE", help="de 0 a 889")
    change.add_argument(
        "--next-number", type=positive, metavar="N", help="o próximo número da série; libera uma parada"
    )
    change.add_argument("--mails-buyer", choices=("sim", "nao"), help="enviar XML e DANFE ao comprador")
    for option, name, text in _WORDS:
        change.add_argument(option, dest=name, metavar="TEXTO", help=text)
    take_json(change)

    certificate = add_command(
        fiscal,
        "certificate",
        "fiscal:upload",
        "guarda um certificado A1, cifrado (senha: AHEAD_CERTIFICATE_PASSWORD ou entrada padrão)",
    )
    _company(certificate)
    certificate.add_argument("file", metavar="ARQUIVO", help="o .pfx ou .p12")
    take_json(certificate)

    check = add_command(fiscal, "check", "fiscal:check", "diz o que falta antes da primeira nota; sai com 0 ou 1")
    _company(check)
    take_json(check)


def _company(parser: Parser) -> None:
    parser.add_argument(
        "company", nargs="?", default="", metavar="EMPRESA", help="endereço curto; dispensável se só há uma"
    )
