"""Every command and its arguments. Nothing here waits for Django: bodies are named, and loaded when they are run."""

from __future__ import annotations

import argparse
from importlib.metadata import version

from ahead.audit.words import SUBJECTS
from ahead.cli.arguments import (
    Commands,
    add_command,
    add_group,
    day,
    natural,
    port,
    positive,
    take_company,
    take_json,
    take_lifeline,
)
from ahead.cli.parsers_fiscal import add_fiscal
from ahead.cli.wording import Parser

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
    shown = f"ahead {version('ahead-ecommerce')}"
    parser.add_argument("--version", action="version", version=shown, help="mostra a versão e sai")
    commands = parser.add_subparsers(metavar="COMANDO", required=True, parser_class=Parser)
    _add_servers(commands)
    _add_setup(commands)
    _add_store(commands)
    _add_sync(commands)
    _add_import(commands)
    add_fiscal(commands)
    _add_notas(commands)
    _add_reading(commands)
    _add_audit(commands)
    _add_care(commands)
    return parser


def _add_servers(commands: Commands) -> None:
    demo = add_command(
        commands, "demo", "demo.running:demo", "sobe tudo numa máquina, com uma empresa de exemplo", django=False
    )
    demo.add_argument("--port", type=port, default=8000, help="porta da página (padrão: 8000)")
    demo.add_argument("--tray-port", type=port, default=8970, help="porta do Tray de mentira (padrão: 8970)")
    demo.add_argument("--sefaz-port", type=port, default=8971, help="porta da SEFAZ de mentira (padrão: 8971)")
    demo.add_argument("--sefaz-admin-port", type=port, default=8972, help="porta da página dela (padrão: 8972)")
    take_lifeline(demo)

    migrate = add_command(commands, "migrate", "serving:migrate", "cria ou atualiza as tabelas do banco de dados")
    take_json(migrate)

    web = add_command(commands, "web", "serving:web", "serve as telas", server=True)
    web.add_argument("--bind", default="127.0.0.1:8000", metavar="ENDEREÇO:PORTA", help="padrão: 127.0.0.1:8000")
    web.add_argument("--workers", type=positive, default=2, help="processos (padrão: 2)")
    web.add_argument("--threads", type=positive, default=8, help="linhas de execução por processo (padrão: 8)")
    _take_wait(web)
    take_lifeline(web)

    worker = add_command(commands, "worker", "serving:worker", "roda as sincronizações", server=True)
    worker.add_argument("--threads", type=positive, default=100, help="lojas ao mesmo tempo (padrão: 100)")
    _take_wait(worker)
    take_lifeline(worker)

    sandboxes = add_group(commands, "sandbox", "servidores de mentira, para experimentar e testar")
    tray = add_command(
        sandboxes, "tray", "serving:sandbox_tray", "um Tray de mentira, com falhas à escolha", django=False, server=True
    )
    tray.add_argument("--port", type=port, default=8970, help="porta (padrão: 8970)")
    tray.add_argument("--state", metavar="ARQUIVO", help="onde guardar o estado entre uma vez e outra")
    tray.add_argument("--seed", type=int, default=1, help="a mesma semente faz a mesma loja (padrão: 1)")
    tray.add_argument("--products", type=natural, default=200, help="produtos da loja (padrão: 200)")
    tray.add_argument("--orders", type=natural, default=40, help="pedidos da loja (padrão: 40)")
    tray.add_argument("--webhook", metavar="ENDEREÇO", help="para onde vão os avisos (webhooks), nesta máquina")
    take_lifeline(tray)
    sefaz = add_command(
        sandboxes,
        "sefaz",
        "serving:sandbox_sefaz",
        "uma SEFAZ de mentira, com falhas à escolha",
        django=False,
        server=True,
    )
    sefaz.add_argument("--port", type=port, default=8980, help="porta dos serviços (padrão: 8980)")
    sefaz.add_argument("--admin-port", type=port, default=8981, help="porta da página (padrão: 8981)")
    sefaz.add_argument(
        "--data-dir", metavar="PASTA", help="onde ficam autoridade, certificado e notas; sem ela, nada fica"
    )
    take_lifeline(sefaz)


def _take_wait(parser: Parser) -> None:
    parser.add_argument(
        "--wait",
        type=natural,
        default=60,
        metavar="SEGUNDOS",
        help="espera pelo `ahead migrate` da versão (padrão: 60)",
    )


def _add_setup(commands: Commands) -> None:
    companies = add_group(commands, "company", "empresas")
    add = add_command(companies, "add", "registering:add_company", "cria uma empresa")
    add.add_argument("--name", required=True, metavar="NOME", help="nome fantasia")
    add.add_argument("--cnpj", required=True)
    add.add_argument("--legal-name", default="", metavar="NOME", help="razão social")
    add.add_argument("--slug", default="", metavar="NOME", help="endereço curto; sem ele, sai do nome")
    take_json(add)
    take_json(add_command(companies, "list", "registering:list_companies", "mostra as empresas"))

    users = add_group(commands, "user", "pessoas")
    add = add_command(
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
    take_company(add)
    take_json(add)
    password = add_command(
        users,
        "password",
        "registering:give_password",
        "dá uma nova senha a quem esqueceu a sua (AHEAD_PASSWORD ou entrada padrão)",
    )
    password.add_argument("--email", required=True)
    take_json(password)

    warehouses = add_group(commands, "warehouse", "Estoques (depósitos)")
    add = add_command(warehouses, "add", "registering:add_warehouse", "cria um Estoque")
    add.add_argument("--name", required=True, metavar="NOME")
    add.add_argument("--code", type=positive, metavar="CÓDIGO", help="sem ele, o próximo")
    take_company(add)
    take_json(add)
    listing = add_command(warehouses, "list", "registering:list_warehouses", "mostra os Estoques")
    take_company(listing)
    take_json(listing)


def _add_store(commands: Commands) -> None:
    stores = add_group(commands, "store", "Lojas")
    add = add_command(
        stores,
        "add",
        "registering:add_store",
        "registra uma Loja (AHEAD_CONSUMER_KEY e AHEAD_CONSUMER_SECRET, ou duas linhas na entrada padrão)",
    )
    add.add_argument("--name", required=True, metavar="NOME")
    add.add_argument("--address", required=True, metavar="URL", help="endereço da loja, https://…")
    add.add_argument("--code", type=positive, metavar="CÓDIGO", help="sem ele, o próximo")
    add.add_argument(
        "--warehouse",
        type=positive,
        action="append",
        default=[],
        metavar="CÓDIGO",
        help="Estoque de onde vende; repita",
    )
    add.add_argument("--import-from", type=day, metavar="AAAA-MM-DD", help="buscar pedidos desde (padrão: hoje)")
    add.add_argument("--interval", type=positive, default=15, metavar="MINUTOS", help="padrão: 15")
    take_company(add)
    take_json(add)

    connect = add_command(
        stores,
        "connect",
        "registering:connect_store",
        "conecta uma Loja: mostra o endereço da autorização e lê, da entrada padrão ou de AHEAD_RETURN_ADDRESS, "
        "o endereço a que o Tray levou o navegador",
    )
    connect.add_argument("store", metavar="LOJA", help="código ou nome")
    connect.add_argument("--callback", default="http://localhost/", metavar="URL", help="para onde o Tray volta")
    connect.add_argument("--link-only", action="store_true", help="só mostra o endereço da autorização")
    take_company(connect)
    take_json(connect)

    statuses = add_command(stores, "statuses", "registering:store_statuses", "mostra e escolhe os status de uma Loja")
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
    take_company(statuses)
    take_json(statuses)

    centers = add_command(
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
    take_company(centers)
    take_json(centers)

    listing = add_command(stores, "list", "registering:list_stores", "mostra as Lojas e o que falta em cada uma")
    take_company(listing)
    take_json(listing)


def _add_sync(commands: Commands) -> None:
    sync = add_command(
        commands,
        "sync",
        "syncing:sync",
        "sincroniza uma Loja agora; sai com 0 (sem erros), 1 (com erros no log) ou 2 (não pôde rodar)",
    )
    sync.add_argument("store", metavar="LOJA", help="código ou nome")
    sync.add_argument(
        "--dry-run", action="store_true", help="só mostra o que mudaria; nada é gravado, aqui nem no Tray"
    )
    take_company(sync)
    take_json(sync)


def _add_import(commands: Commands) -> None:
    sheet = add_command(
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
    take_company(sheet)
    take_json(sheet)


def _add_notas(commands: Commands) -> None:
    invoice = add_command(
        commands,
        "invoice",
        "invoicing:invoice",
        "gera as notas destes pedidos agora; sai com 0 (todas autorizadas), 1 (há o que ver) ou 2 (não pôde gerar)",
    )
    invoice.add_argument("orders", nargs="+", type=positive, metavar="PEDIDO", help="números de pedidos do AHEAD")
    notas = add_group(commands, "notas", "mostra, exporta e confere notas fiscais")
    listing = add_command(notas, "list", "invoicing:notas", "mostra notas, as mais novas primeiro")
    listing.add_argument("--state", choices=_NOTA_STATES, default="", help="situação na SEFAZ")
    listing.add_argument("--store", metavar="LOJA", help="só desta Loja (código ou nome)")
    listing.add_argument("--limit", type=positive, default=50, metavar="N", help="quantas, no máximo (padrão: 50)")
    listing.add_argument("--search", default="", metavar="TEXTO", help="número, chave, cliente ou CPF/CNPJ")
    export = add_command(notas, "export", "invoicing:export", "grava num ZIP o XML das notas autorizadas de um período")
    export.add_argument("--from", dest="issued_from", type=day, metavar="AAAA-MM-DD", help="emitidas desde este dia")
    export.add_argument("--to", dest="issued_to", type=day, metavar="AAAA-MM-DD", help="até este dia, inclusive")
    export.add_argument("--out", required=True, metavar="ARQUIVO.zip", help="o ZIP que se grava")
    check = add_command(
        notas,
        "check",
        "invoicing:check",
        "confere se o XML de cada nota está guardado como foi assinado; sai com 0 ou 1",
    )
    for command in (invoice, listing, export, check):
        take_company(command)
        take_json(command)


def _add_reading(commands: Commands) -> None:
    orders = add_command(commands, "orders", "reading:orders", "mostra pedidos, os mais novos primeiro")
    orders.add_argument(
        "--state", choices=("held", "open", "invoicing", "invoiced", "cancelled"), default="", help="situação"
    )
    orders.add_argument("--kind", choices=("PEW", "PED"), default="", help="Pedido Web ou Pedido")
    orders.add_argument("--from", dest="placed_from", type=day, metavar="AAAA-MM-DD", help="feitos desde este dia")
    orders.add_argument("--to", dest="placed_to", type=day, metavar="AAAA-MM-DD", help="feitos até este dia, inclusive")
    stock = add_command(commands, "stock", "reading:stock", "mostra o estoque por Estoque, e o que cada Loja sabe dele")
    runs = add_command(commands, "runs", "reading:runs", "mostra as sincronizações, as mais novas primeiro")
    runs.add_argument("--id", type=positive, metavar="ID", help="mostra uma só, com tudo o que aconteceu nela")
    customers = add_command(commands, "customers", "reading:customers", "mostra clientes")
    products = add_command(commands, "products", "reading:products", "mostra produtos")
    pending = add_command(commands, "pending", "reading:pending", "mostra o que espera decisão, o mais antigo primeiro")
    alerts = add_command(commands, "alerts", "watching:alerts", "mostra o que saiu do normal; sai com 0 ou 1")
    alerts.add_argument("--all", action="store_true", help="também os já resolvidos")
    for command in (orders, stock, runs, customers, products, pending, alerts):
        command.add_argument("--store", metavar="LOJA", help="só desta Loja (código ou nome)")
        command.add_argument("--limit", type=positive, default=50, metavar="N", help="quantos, no máximo (padrão: 50)")
        if command not in {runs, alerts}:
            command.add_argument("--search", default="", metavar="TEXTO", help="o que procurar")
        take_company(command)
        take_json(command)

    quota = add_command(commands, "quota", "quota:quota", "mostra a cota do dia de cada Loja, e o que ainda cabe nela")
    quota.add_argument("--store", metavar="LOJA", help="só desta Loja (código ou nome)")
    take_company(quota)
    take_json(quota)

    complete = add_command(
        commands,
        "complete",
        "completeness:complete",
        "está tudo aqui? O Tray ao lado do AHEAD, por Loja e dia; sai com 0 ou 1",
    )
    complete.add_argument("--store", metavar="LOJA", help="só desta Loja (código ou nome)")
    complete.add_argument("--day", type=day, metavar="AAAA-MM-DD", help="só este dia")
    complete.add_argument("--check", action="store_true", help="pede a conferência: deste dia, ou de hoje e de ontem")
    complete.add_argument("--limit", type=positive, default=31, metavar="N", help="quantos dias (padrão: 31)")
    take_company(complete)
    take_json(complete)


def _add_audit(commands: Commands) -> None:
    audit = add_command(commands, "audit", "auditing:audit", "mostra quem fez o quê, e quando; o mais novo primeiro")
    audit.add_argument("--by", default="", metavar="QUEM", help="só de quem: o e-mail, ou como o histórico o escreve")
    audit.add_argument("--kind", choices=tuple(SUBJECTS), default="", help="só disto: pedido, nota, Loja …")
    audit.add_argument("--number", type=positive, metavar="N", help="número do pedido ou da nota; do resto, o id")
    audit.add_argument("--action", default="", metavar="AÇÃO", help="como o nome da ação termina: created, cancelled …")
    audit.add_argument("--search", default="", metavar="TEXTO", help="parte do que foi feito")
    audit.add_argument("--from", dest="since", type=day, metavar="AAAA-MM-DD", help="desde este dia")
    audit.add_argument("--to", dest="until", type=day, metavar="AAAA-MM-DD", help="até este dia, inclusive")
    audit.add_argument("--limit", type=positive, metavar="N", help="quantos, no máximo (padrão: 50; com --csv, todos)")
    take_company(audit)
    form = audit.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="um documento JSON na saída padrão")
    form.add_argument("--csv", action="store_true", help="uma planilha CSV na saída padrão, com tudo")


def _add_care(commands: Commands) -> None:
    backup = add_command(
        commands, "backup", "backups:backup", "grava um backup (banco e imagens, sem as chaves), com tudo rodando"
    )
    backup.add_argument("path", metavar="ARQUIVO", help="um arquivo novo, ou uma pasta (o nome sai da hora)")
    restore = add_command(
        commands,
        "restore",
        "backups:restore",
        "põe um backup de volta e acerta o que mudou desde então; sai com 0, ou 1 se séries de notas esperam alguém",
    )
    restore.add_argument("path", nargs="?", metavar="ARQUIVO", help="o que `ahead backup` gravou")
    restore.add_argument("--force", action="store_true", help="no lugar do banco que já está aqui")
    restore.add_argument(
        "--settle", metavar="INSTANTE", help="o banco já voltou por outro meio (pg_restore, snapshot): só acerta"
    )
    for command in (backup, restore):
        take_json(command)
    doctor = add_command(
        commands, "doctor", "doctor:doctor", "confere a instalação e diz o que fazer; sai com 0 ou 1", django=False
    )
    take_json(doctor)
    keys = add_command(commands, "keys", "keys:print_keys", "gera AHEAD_SECRET_KEY e uma chave de selo", django=False)
    take_json(keys)
    rotate = add_command(
        commands,
        "rotate-keys",
        "keys:rotate_keys",
        "sela de novo todos os segredos com a primeira de AHEAD_SEALING_KEYS",
    )
    take_json(rotate)
