"""Every command and its arguments. Nothing here waits for Django: bodies are named, and loaded when they are run."""

from __future__ import annotations

import argparse
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING

from ahead.cli.wording import Parser

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[Parser]

_AFTER = """códigos de saída:
  0    feito
  1    feito, mas há o que ver (erros de uma sincronização, avisos do doctor)
  2    não pôde ser feito: a frase na saída de erro diz por quê
  130  interrompido

Com --json sai um único documento JSON na saída padrão; avisos e progresso vão para a saída de erro."""


_NOTA_STATES = ("signed", "sending", "unknown", "rejected", "authorised", "cancelled", "voided")


def make_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="ahead",
        description="AHEAD Integração Ecommerce: pedidos, clientes e estoque entre o AHEAD e o Tray.",
        epilog=_AFTER,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ahead {version('ahead-ecommerce')}")
    commands = parser.add_subparsers(metavar="COMANDO", required=True, parser_class=Parser)
    _add_servers(commands)
    _add_setup(commands)
    _add_store(commands)
    _add_sync(commands)
    _add_import(commands)
    _add_notas(commands)
    _add_reading(commands)
    _add_care(commands)
    return parser


def _command(
    commands: Commands, name: str, body: str, help_text: str, *, django: bool = True, server: bool = False
) -> Parser:
    command = commands.add_parser(name, help=help_text, description=help_text)
    command.set_defaults(body=f"ahead.cli.{body}", needs_django=django, is_server=server)
    return command


def _add_servers(commands: Commands) -> None:
    demo = _command(
        commands, "demo", "demo.running:demo", "sobe tudo numa máquina, com uma empresa de exemplo", django=False
    )
    demo.add_argument("--port", type=_port, default=8000, help="porta da página (padrão: 8000)")
    demo.add_argument("--tray-port", type=_port, default=8970, help="porta do Tray de mentira (padrão: 8970)")
    demo.add_argument("--sefaz-port", type=_port, default=8971, help="porta da SEFAZ de mentira (padrão: 8971)")
    demo.add_argument("--sefaz-admin-port", type=_port, default=8972, help="porta da página dela (padrão: 8972)")
    _lifeline(demo)

    migrate = _command(commands, "migrate", "serving:migrate", "cria ou atualiza as tabelas do banco de dados")
    _json(migrate)

    web = _command(commands, "web", "serving:web", "serve as telas", server=True)
    web.add_argument("--bind", default="127.0.0.1:8000", metavar="ENDEREÇO:PORTA", help="padrão: 127.0.0.1:8000")
    web.add_argument("--workers", type=_count, default=2, help="processos (padrão: 2)")
    web.add_argument("--threads", type=_count, default=8, help="linhas de execução por processo (padrão: 8)")
    _lifeline(web)

    worker = _command(commands, "worker", "serving:worker", "roda as sincronizações", server=True)
    worker.add_argument("--threads", type=_count, default=100, help="lojas ao mesmo tempo (padrão: 100)")
    _lifeline(worker)

    sandboxes = _group(commands, "sandbox", "servidores de mentira, para experimentar e testar")
    tray = _command(
        sandboxes, "tray", "serving:sandbox_tray", "um Tray de mentira, com falhas à escolha", django=False, server=True
    )
    tray.add_argument("--port", type=_port, default=8970, help="porta (padrão: 8970)")
    tray.add_argument("--state", metavar="ARQUIVO", help="onde guardar o estado entre uma vez e outra")
    tray.add_argument("--seed", type=int, default=1, help="a mesma semente faz a mesma loja (padrão: 1)")
    tray.add_argument("--products", type=_number, default=200, help="produtos da loja (padrão: 200)")
    tray.add_argument("--orders", type=_number, default=40, help="pedidos da loja (padrão: 40)")
    _lifeline(tray)
    sefaz = _command(
        sandboxes,
        "sefaz",
        "serving:sandbox_sefaz",
        "uma SEFAZ de mentira, com falhas à escolha",
        django=False,
        server=True,
    )
    sefaz.add_argument("--port", type=_port, default=8980, help="porta dos serviços (padrão: 8980)")
    sefaz.add_argument("--admin-port", type=_port, default=8981, help="porta da página (padrão: 8981)")
    sefaz.add_argument(
        "--data-dir", metavar="PASTA", help="onde ficam autoridade, certificado e notas; sem ela, nada fica"
    )
    _lifeline(sefaz)


def _add_setup(commands: Commands) -> None:
    companies = _group(commands, "company", "empresas")
    add = _command(companies, "add", "registering:add_company", "cria uma empresa")
    add.add_argument("--name", required=True, metavar="NOME", help="nome fantasia")
    add.add_argument("--cnpj", required=True)
    add.add_argument("--legal-name", default="", metavar="NOME", help="razão social")
    add.add_argument("--slug", default="", metavar="NOME", help="endereço curto; sem ele, sai do nome")
    _json(add)
    _json(_command(companies, "list", "registering:list_companies", "mostra as empresas"))

    users = _group(commands, "user", "pessoas")
    add = _command(
        users, "add", "registering:add_user", "cria uma pessoa (senha: AHEAD_PASSWORD ou entrada padrão) e dá o papel"
    )
    add.add_argument("--email", required=True)
    add.add_argument("--name", default="", metavar="NOME", help="de quem ainda não existe")
    add.add_argument(
        "--role",
        required=True,
        choices=("staff", "owner", "operator", "reader"),
        help="equipe AHEAD, responsável, operador ou somente leitura",
    )
    _company(add)
    _json(add)
    password = _command(
        users,
        "password",
        "registering:give_password",
        "dá uma nova senha a quem esqueceu a sua (AHEAD_PASSWORD ou entrada padrão)",
    )
    password.add_argument("--email", required=True)
    _json(password)

    warehouses = _group(commands, "warehouse", "Estoques (depósitos)")
    add = _command(warehouses, "add", "registering:add_warehouse", "cria um Estoque")
    add.add_argument("--name", required=True, metavar="NOME")
    add.add_argument("--code", type=_count, metavar="CÓDIGO", help="sem ele, o próximo")
    _company(add)
    _json(add)
    listing = _command(warehouses, "list", "registering:list_warehouses", "mostra os Estoques")
    _company(listing)
    _json(listing)


def _add_store(commands: Commands) -> None:
    stores = _group(commands, "store", "Lojas")
    add = _command(
        stores,
        "add",
        "registering:add_store",
        "registra uma Loja (AHEAD_CONSUMER_KEY e AHEAD_CONSUMER_SECRET, ou duas linhas na entrada padrão)",
    )
    add.add_argument("--name", required=True, metavar="NOME")
    add.add_argument("--address", required=True, metavar="URL", help="endereço da loja, https://…")
    add.add_argument("--code", type=_count, metavar="CÓDIGO", help="sem ele, o próximo")
    add.add_argument(
        "--warehouse", type=_count, action="append", default=[], metavar="CÓDIGO", help="Estoque de onde vende; repita"
    )
    add.add_argument("--import-from", type=_day, metavar="AAAA-MM-DD", help="buscar pedidos desde (padrão: hoje)")
    add.add_argument("--interval", type=_count, default=15, metavar="MINUTOS", help="padrão: 15")
    _company(add)
    _json(add)

    connect = _command(
        stores,
        "connect",
        "registering:connect_store",
        "conecta uma Loja: mostra o endereço da autorização e lê, da entrada padrão ou de AHEAD_RETURN_ADDRESS, "
        "o endereço a que o Tray levou o navegador",
    )
    connect.add_argument("store", metavar="LOJA", help="código ou nome")
    connect.add_argument("--callback", default="http://localhost/", metavar="URL", help="para onde o Tray volta")
    connect.add_argument("--link-only", action="store_true", help="só mostra o endereço da autorização")
    _company(connect)
    _json(connect)

    statuses = _command(stores, "statuses", "registering:store_statuses", "mostra e escolhe os status de uma Loja")
    statuses.add_argument("store", metavar="LOJA", help="código ou nome")
    statuses.add_argument("--refresh", action="store_true", help="lê a lista de novo no Tray")
    for option, label in (
        ("--import", "Status Buscar Pedido; repita para mais de um"),
        ("--update", "Status Atualizar Pedido"),
        ("--cancelled", "Status Buscar Pedido Cancelado; repita para mais de um"),
        ("--update-cancelled", "Status Atualizar Pedido Cancelado"),
        ("--invoiced", "Status PE ao Faturar Nota"),
    ):
        dest = f"role_{option[2:].replace('-', '_')}"
        statuses.add_argument(option, action="append", dest=dest, metavar="STATUS", help=label)
    _company(statuses)
    _json(statuses)

    centers = _command(
        stores,
        "centers",
        "centers:store_centers",
        "mostra os centros de distribuição (Multi-CD) e diz qual Estoque são",
    )
    centers.add_argument("store", metavar="LOJA", help="código ou nome")
    centers.add_argument("--refresh", action="store_true", help="lê a lista de novo no Tray")
    centers.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="CENTRO=ESTOQUE",
        help="número do centro no Tray e código do Estoque, ou nao-usado; repita",
    )
    _company(centers)
    _json(centers)

    listing = _command(stores, "list", "registering:list_stores", "mostra as Lojas e o que falta em cada uma")
    _company(listing)
    _json(listing)


def _add_sync(commands: Commands) -> None:
    sync = _command(
        commands,
        "sync",
        "syncing:sync",
        "sincroniza uma Loja agora; sai com 0 (sem erros), 1 (com erros no log) ou 2 (não pôde rodar)",
    )
    sync.add_argument("store", metavar="LOJA", help="código ou nome")
    sync.add_argument(
        "--dry-run", action="store_true", help="só mostra o que mudaria; nada é gravado, aqui nem no Tray"
    )
    _company(sync)
    _json(sync)


def _add_import(commands: Commands) -> None:
    sheet = _command(
        commands,
        "import",
        "importing:import_sheet",
        "confere uma planilha XLSX ou CSV e a aplica; sai com 0 (aplicada), 1 (há linhas com erro, deixadas de fora) "
        "ou 2 (nada foi aplicado)",
    )
    sheet.add_argument("file", metavar="ARQUIVO", help="XLSX ou CSV, até 20 MB e 50.000 linhas")
    sheet.add_argument(
        "--kind",
        required=True,
        choices=("products", "prices", "stock", "listings"),
        help="produtos, preços, estoque ou Produtos Ecommerce",
    )
    sheet.add_argument("--store", metavar="LOJA", help="a Loja das linhas que não dizem nenhuma (prices, listings)")
    sheet.add_argument("--reason", default="", metavar="TEXTO", help="motivo da contagem (stock)")
    sheet.add_argument("--skip-wrong", action="store_true", help="aplica as linhas certas mesmo que haja erradas")
    sheet.add_argument("--dry-run", action="store_true", help="só mostra o que cada linha faria; nada é aplicado")
    _company(sheet)
    _json(sheet)


def _add_notas(commands: Commands) -> None:
    invoice = _command(
        commands,
        "invoice",
        "invoicing:invoice",
        "gera as notas destes pedidos agora; sai com 0 (todas autorizadas), 1 (há o que ver) ou 2 (não pôde gerar)",
    )
    invoice.add_argument("orders", nargs="+", type=_count, metavar="PEDIDO", help="números de pedidos do AHEAD")
    notas = _group(commands, "notas", "mostra, exporta e confere notas fiscais")
    listing = _command(notas, "list", "invoicing:notas", "mostra notas, as mais novas primeiro")
    listing.add_argument("--state", choices=_NOTA_STATES, default="", help="situação na SEFAZ")
    listing.add_argument("--store", metavar="LOJA", help="só desta Loja (código ou nome)")
    listing.add_argument("--limit", type=_count, default=50, metavar="N", help="quantas, no máximo (padrão: 50)")
    listing.add_argument("--search", default="", metavar="TEXTO", help="número, chave, cliente ou CPF/CNPJ")
    export = _command(notas, "export", "invoicing:export", "grava num ZIP o XML das notas autorizadas de um período")
    export.add_argument("--from", dest="issued_from", type=_day, metavar="AAAA-MM-DD", help="emitidas desde este dia")
    export.add_argument("--to", dest="issued_to", type=_day, metavar="AAAA-MM-DD", help="até este dia, inclusive")
    export.add_argument("--out", required=True, metavar="ARQUIVO.zip", help="o ZIP que se grava")
    check = _command(
        notas,
        "check",
        "invoicing:check",
        "confere se o XML de cada nota está guardado como foi assinado; sai com 0 ou 1",
    )
    for command in (invoice, listing, export, check):
        _company(command)
        _json(command)


def _add_reading(commands: Commands) -> None:
    orders = _command(commands, "orders", "reading:orders", "mostra pedidos, os mais novos primeiro")
    orders.add_argument(
        "--state", choices=("held", "open", "invoicing", "invoiced", "cancelled"), default="", help="situação"
    )
    orders.add_argument("--kind", choices=("PEW", "PED"), default="", help="Pedido Web ou Pedido")
    orders.add_argument("--from", dest="placed_from", type=_day, metavar="AAAA-MM-DD", help="feitos desde este dia")
    orders.add_argument(
        "--to", dest="placed_to", type=_day, metavar="AAAA-MM-DD", help="feitos até este dia, inclusive"
    )
    stock = _command(commands, "stock", "reading:stock", "mostra o estoque por Estoque, e o que cada Loja sabe dele")
    runs = _command(commands, "runs", "reading:runs", "mostra as sincronizações, as mais novas primeiro")
    runs.add_argument("--id", type=_count, metavar="ID", help="mostra uma só, com tudo o que aconteceu nela")
    customers = _command(commands, "customers", "reading:customers", "mostra clientes")
    products = _command(commands, "products", "reading:products", "mostra produtos")
    pending = _command(commands, "pending", "reading:pending", "mostra o que espera decisão, o mais antigo primeiro")
    for command in (orders, stock, runs, customers, products, pending):
        command.add_argument("--store", metavar="LOJA", help="só desta Loja (código ou nome)")
        command.add_argument("--limit", type=_count, default=50, metavar="N", help="quantos, no máximo (padrão: 50)")
        if command is not runs:
            command.add_argument("--search", default="", metavar="TEXTO", help="o que procurar")
        _company(command)
        _json(command)


def _add_care(commands: Commands) -> None:
    doctor = _command(
        commands, "doctor", "doctor:doctor", "confere a instalação e diz o que fazer; sai com 0 ou 1", django=False
    )
    _json(doctor)
    keys = _command(commands, "keys", "keys:print_keys", "gera AHEAD_SECRET_KEY e uma chave de selo", django=False)
    _json(keys)
    rotate = _command(
        commands,
        "rotate-keys",
        "keys:rotate_keys",
        "sela de novo todos os segredos com a primeira de AHEAD_SEALING_KEYS",
    )
    _json(rotate)


def _group(commands: Commands, name: str, help_text: str) -> Commands:
    parser = commands.add_parser(name, help=help_text, description=help_text)
    return parser.add_subparsers(metavar="COMANDO", required=True, parser_class=Parser)


def _json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="um documento JSON na saída padrão")


def _company(parser: Parser) -> None:
    parser.add_argument("--company", default="", metavar="EMPRESA", help="endereço curto; dispensável se só há uma")


def _lifeline(parser: Parser) -> None:
    # for whoever starts us as a part of something bigger: the demo, a supervisor
    parser.add_argument("--end-with-stdin", action="store_true", help="termina quando a entrada padrão terminar")


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("deve ser zero ou mais")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("deve ser um número a partir de 1")
    return number


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65_536:
        raise argparse.ArgumentTypeError("deve ser uma porta, de 1 a 65535")
    return port


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} não é um dia como 2026-11-24") from None
