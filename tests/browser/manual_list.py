"""Every picture of the manual, in the order in which it is taken, and what happens in the demo between two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import manual_scenes as scenes

if TYPE_CHECKING:
    from manual_pictures import Stage

Step = tuple[str, ...]  # what is done, to what, and with what: click, check, fill, choose, follow, open, wait
FIRST_ROW = "tbody .table__title a"
WEB = 'main .button:has-text("Pedidos Web")'
LINK = 'main .pending__choices button:has-text("Vincular")'


@dataclass(frozen=True)
class Picture:
    """
    One picture: its name begins with the chapter's; `path` is below the company's address, or below all with a slash.

    Of the page what `of` selects is cut out, all of it together, from the top down to at most `tallest`.
    `marks` are numbered in red, in their order, as the steps of the text are.
    """

    name: str
    path: str
    steps: tuple[Step, ...] = ()
    of: str = "main > *"
    marks: tuple[str, ...] = ()
    who: str = "operator"
    width: int = 1100
    tallest: int = 720


@dataclass(frozen=True)
class Happening:
    """Something that comes to pass in the demo before the next picture."""

    does: Callable[[Stage], None] = field(repr=False)


def button(name: str) -> str:
    """Select a button or a link that looks like one."""
    return f'main .button:has-text("{name}")'


def panel(title: str) -> str:
    """Select the panel under a title."""
    return f'main section.panel:has(.panel__title:text-is("{title}"))'


LIST: tuple[Picture | Happening, ...] = (
    # ── Primeiros passos ──
    Picture("primeiros-passos-entrar", "/entrar/", of=".plain__main", who="", width=640),
    # ── Lojas ──
    Picture("lojas-lista", "lojas/", marks=(button("Novo Registro"),), who="staff", width=1280),
    Picture("lojas-nova", "lojas/nova/", who="staff", tallest=1100, width=1000),
    Picture("lojas-conexao", "lojas/1/conexao/", who="owner", width=1000),
    Picture("lojas-status", "lojas/1/status/", who="staff", tallest=1000, width=1000),
    Picture("lojas-avisos", "lojas/1/", of="#avisos", who="staff"),
    Picture("lojas-agenda", "lojas/2/agenda/", who="owner", width=1000),
    # ── Categorias ──
    Picture("categorias-nova", "categorias/nova/", width=1000),
    # ── Produtos Ecommerce, before the first sync ──
    Picture("produtos-ecommerce-lista", "produtos-ecommerce/?loja=1", width=1280, marks=(button("Novo Registro"),)),
    Picture(
        "produtos-ecommerce-novo",
        "produtos-ecommerce/novo/",
        steps=(("fill", "main textarea[name=products]", "5001"),),
        marks=("main select[name=store]", "main textarea[name=products]", button("Continuar")),
        width=1000,
    ),
    Picture("produtos-ecommerce-dados", "produtos-ecommerce/1/edicao/", width=1000, tallest=900),
    # ── Sincronização ──
    Picture(
        "sincronizacao-botao",
        "sincronizacao/?loja=1",
        marks=('main select[name="loja"]', button("Sincronizar")),
    ),
    Happening(scenes.simulate),
    Picture("sincronizacao-simular", "sincronizacao/?loja=1", tallest=620),
    Happening(scenes.begin_first_sync),
    Picture("sincronizacao-andamento", "sincronizacao/?loja=1", steps=(("wait", "text=/[1-9]\\d* de \\d+/"),)),
    Happening(scenes.end_first_sync),
    Picture("sincronizacao-resultado", "sincronizacao/?loja=1", tallest=840),
    Picture("sincronizacao-estoque", "sincronizacao/?loja=1", of=panel("Produtos de Estoque Atualizados"), tallest=380),
    # ── what is as the first sync left it ──
    Picture("lojas-loja", "lojas/1/", who="owner", tallest=1000),
    Picture("primeiros-passos-inicio", "", of="body", width=1280, tallest=800),
    Picture("categorias-arvore", "categorias/", width=1280, tallest=680),
    Picture("produtos-ecommerce-anuncio", "produtos-ecommerce/1/", tallest=1000),
    Picture("produtos-ecommerce-variacoes", "produtos-ecommerce/2/variacoes/", width=1280, tallest=760),
    Picture("produtos-ecommerce-imagens", "produtos-ecommerce/1/imagens/", width=1000, tallest=800),
    Picture("produtos-ecommerce-trazer", "produtos-ecommerce/trazer-do-tray/", tallest=560),
    Picture(
        "cadastro-de-kits-formulario",
        "produtos/?q=KIT-IPE",
        steps=(("follow", FIRST_ROW), ("follow", button("Editar"))),
        of='main .section[aria-label="Kit"], main .kit-only',
        width=1000,
        tallest=900,
    ),
    Picture("cadastro-de-kits-pagina", "produtos/?q=KIT-IPE", steps=(("follow", FIRST_ROW),), tallest=820),
    # ── Pedidos Ecommerce ──
    Happening(scenes.a_busy_day),
    Picture(
        "pedidos-ecommerce-lista", "pedidos/?tipo=PEW", marks=('main .button:has-text("Pedidos Web")',), width=1280
    ),
    Picture(
        "pedidos-ecommerce-pedido",
        "pedidos/?estado=open&canal=MERCADO+LIVRE",
        steps=(("follow", FIRST_ROW),),
        tallest=1000,
    ),
    Picture(
        "pedidos-ecommerce-retido",
        "pedidos/?estado=held",
        steps=(("follow", FIRST_ROW),),
        marks=(button("Resolver"),),
        tallest=520,
    ),
    Picture("pedidos-ecommerce-novo", "pedidos/novo/", width=1000),
    Picture("sincronizacao-logs", "sincronizacao/logs/", width=1400, tallest=560),
    Picture("sincronizacao-cota", "sincronizacao/cota/?loja=1", tallest=900),
    Picture(
        "sincronizacao-log-aberto",
        "sincronizacao/logs/?estado=with_errors",
        steps=(("follow", FIRST_ROW), ("open", "?aba=erros")),
        tallest=860,
    ),
    # ── Pendências ──
    Picture("pendencias-lista", "pendencias/", width=1280, tallest=900),
    Picture(
        "pendencias-vincular",
        "pendencias/?tipo=unknown_sku",
        steps=(("follow", FIRST_ROW),),
        marks=(
            panel("No Tray"),
            'main .pending__choices button:has-text("Vincular")',
            'main summary:has-text("Criar")',
        ),
        width=1280,
        tallest=900,
    ),
    Picture(
        "pendencias-vinculado",
        "pendencias/?tipo=unknown_sku",
        steps=(("follow", FIRST_ROW), ("follow", LINK)),
        tallest=520,
    ),
    # ── Faturando ──
    Picture(
        "faturando-selecionar",
        "pedidos/?estado=open",
        steps=tuple(("check", f".select-row >> nth={at}") for at in range(4)),
        of="body",
        marks=("tbody .table__select >> nth=0", '.selection-bar .button:has-text("Gerar Notas")'),
        width=1280,
        tallest=900,
    ),
    Picture(
        "faturando-confirmar",
        "pedidos/?estado=open",
        steps=(("check", ".select-all"), ("follow", '.selection-bar .button:has-text("Gerar Notas")')),
        marks=(button("Sim"),),
    ),
    Happening(scenes.press_gerar_notas),
    Picture("faturando-resultado", "notas/geracoes/", steps=(("follow", FIRST_ROW),), tallest=640),
    Picture("faturando-rejeitada", "notas/?estado=rejected", steps=(("follow", FIRST_ROW),), tallest=620),
    Picture("faturando-aba-nota-fiscal", "sincronizacao/notas/", width=1400, tallest=900),
    Picture("faturando-nota", "notas/?estado=authorised", steps=(("follow", FIRST_ROW),), tallest=980),
    # ── Está tudo aqui? ──
    Happening(scenes.check_the_days),
    Picture("esta-tudo-aqui-resposta", "sincronizacao/conferencia/?loja=1", width=1180, tallest=900),
    Picture(
        "esta-tudo-aqui-dia",
        "sincronizacao/conferencia/?loja=1",
        steps=(("follow", ".calendar__day--balanced, .calendar__day--repaired, .calendar__day--differences"),),
        tallest=760,
    ),
    # ── Produtos e Estoques ──
    Picture("produtos-e-estoques-lista", "produtos/", width=1400, tallest=640),
    Picture("produtos-e-estoques-novo", "produtos/novo/", width=1000, tallest=900),
    Picture("produtos-e-estoques-por-que", "produtos/?ordem=-reservado", steps=(("follow", FIRST_ROW),), tallest=900),
    Picture("produtos-e-estoques-movimento", "estoques/movimento/?produto=5001", width=1000),
    Picture("produtos-e-estoques-estoques", "estoques/", width=1280),
    # ── Clientes ──
    Picture("clientes-lista", "clientes/", width=1280, tallest=560),
    Picture("clientes-cliente", "clientes/?ordem=-pedidos", steps=(("follow", FIRST_ROW),), tallest=800),
    Picture(
        "clientes-edicao",
        "clientes/?ordem=-pedidos",
        steps=(("follow", FIRST_ROW), ("follow", button("Editar"))),
        width=1000,
        tallest=760,
    ),
    # ── Planilhas ──
    Picture("planilhas-nova", "planilhas/nova/", width=1000, tallest=860),
    Happening(scenes.send_a_sheet),
    Picture("planilhas-conferencia", "planilhas/", steps=(("follow", FIRST_ROW),), tallest=820),
    Picture("planilhas-em-lote", "produtos/edicao-em-lote/?q=caneca", tallest=640),
    # ── Configuração fiscal ──
    Picture("configuracao-fiscal-o-que-falta", "fiscal/lista-de-verificacao/", who="owner", width=1280, tallest=820),
    Picture("configuracao-fiscal-emitente", "fiscal/configuracao/", who="owner", width=1280, tallest=900),
    Picture("configuracao-fiscal-certificado", "fiscal/certificado/", who="owner", width=1280, tallest=820),
    Picture("configuracao-fiscal-intermediadores", "fiscal/intermediadores/", who="owner", width=1280),
    Picture("configuracao-fiscal-numeracao", "fiscal/numeracao/", who="owner", width=1280),
    Picture("configuracao-fiscal-sefaz", "fiscal/sefaz/", who="owner", width=1280, tallest=820),
    # ── Impostos ──
    Picture("impostos-regras", "tributos/regras/", who="owner", width=1280, tallest=640),
    Picture("impostos-grupos", "tributos/grupos/", who="owner"),
    Picture("impostos-aliquotas", "tributos/aliquotas/", who="owner", tallest=520),
    Picture(
        "impostos-simulador",
        "tributos/simulador/?product=5001",
        steps=(
            ("choose", "main select[name=destino]", "RJ · Rio de Janeiro"),
            ("fill", "main input[name=valor]", "100,00"),
            ("follow", button("Simular")),
        ),
        tallest=860,
    ),
    Picture("impostos-conferencia", "tributos/conferencia/?crt=3&uf=SP", who="owner", width=1000),
    # ── Usuários ──
    Picture("usuarios-lista", "membros/", who="owner", width=1280, tallest=560),
    Picture("usuarios-novo", "membros/", of="main form.form", who="owner"),
    Picture("usuarios-historico", "historico/", who="owner", width=1280, tallest=680),
    # ── Alertas ──
    Picture("alertas-frescor", "alertas/frescor/", width=1280, tallest=760),
    Picture("alertas-quem-recebe", "alertas/quem-recebe/", who="owner", tallest=760),
    Picture("alertas-limites", "alertas/limites/", who="owner", width=1000, tallest=860),
    Happening(scenes.lose_the_connection),
    Picture("alertas-lista", "alertas/", who="owner", width=1280, tallest=620),
)


def pictures() -> tuple[Picture, ...]:
    """Return the pictures alone."""
    return tuple(one for one in LIST if isinstance(one, Picture))
