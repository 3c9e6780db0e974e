"""Every screen of a company that has been at work for a while, by the address it has there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from urllib.parse import urljoin

from people import Person
from playwright.sync_api import expect
from shops import Shop, let_issue


def live_a_while(person: Person, shop: Shop) -> None:
    """Sync twice, with trouble the first time, count a product and cancel an order; the person is logged in."""
    shop.tray.faults.next("PUT /products/:id", "500", times=2)
    person.sync(shop)
    shop.tray.place_orders(6, status="A ENVIAR")
    for order in list(shop.tray.orders.values())[:2]:
        shop.tray.cancel_order(order.id)
    person.sync(shop)
    person.sync(shop)
    _issue_one(person, shop)


def _issue_one(person: Person, shop: Shop) -> None:
    """Generate the nota of one open order, and wait until SEFAZ has answered."""
    let_issue(shop)
    person.page.goto(_linked(person, shop.url("pedidos/?estado=open"), "PEW"))
    person.follow("Gerar Nota")
    person.press("Sim")
    person.waits_for(person.main.locator(".stat").filter(has_text="Autorizadas").filter(has_text="1"))


def screens_of(person: Person, shop: Shop) -> dict[str, str]:
    """Return the screens a member of AHEAD's staff can reach, by name."""
    store = f"lojas/{shop.store_id}/"
    fixed = {
        "inicio": "",
        "pedidos": "pedidos/",
        "pedidos-pew": "pedidos/?tipo=PEW&estado=open",
        "pedidos-vazio": "pedidos/?q=nada+disto",
        "pedido-novo": "pedidos/novo/",
        "lojas": "lojas/",
        "loja": store,
        "loja-nova": "lojas/nova/",
        "loja-edicao": f"{store}edicao/",
        "loja-status": f"{store}status/",
        "loja-agenda": f"{store}agenda/",
        "loja-conexao": f"{store}conexao/",
        "categorias": "categorias/",
        "categorias-lista": "categorias/?q=panelas",
        "categorias-vazio": "categorias/?q=nada+disto",
        "categoria-nova": "categorias/nova/",
        "anuncios": "produtos-ecommerce/",
        "anuncios-vazio": "produtos-ecommerce/?q=nada+disto",
        "anuncio-novo": "produtos-ecommerce/novo/",
        "sincronizacao": f"sincronizacao/?loja={shop.store_id}",
        "tudo-aqui": "sincronizacao/conferencia/",
        "tudo-aqui-dia": f"sincronizacao/conferencia/{shop.store_id}/{date.today().isoformat()}/",
        "logs": "sincronizacao/logs/",
        "cota": "sincronizacao/cota/",
        "produtos": "produtos/",
        "produto-novo": "produtos/novo/",
        "movimento": "estoques/movimento/",
        "clientes": "clientes/",
        "estoques": "estoques/",
        "estoque-novo": "estoques/novo/",
        "produtos-em-lote": "produtos/edicao-em-lote/?q=caneca",
        "anuncios-em-lote": "produtos-ecommerce/edicao-em-lote/",
        "planilhas": "planilhas/",
        "planilha-nova": "planilhas/nova/",
        "trazer-do-tray": "produtos-ecommerce/trazer-do-tray/",
        "fiscal": "fiscal/",
        "fiscal-configuracao": "fiscal/configuracao/",
        "fiscal-certificado": "fiscal/certificado/",
        "fiscal-intermediadores": "fiscal/intermediadores/",
        "fiscal-intermediador-novo": "fiscal/intermediadores/novo/",
        "fiscal-numeracao": "fiscal/numeracao/",
        "fiscal-proximo-numero": "fiscal/numeracao/proximo-numero/",
        "fiscal-inutilizacao": "fiscal/numeracao/inutilizacao/?ambiente=2&serie=1&de=1&ate=1",
        "fiscal-sefaz": "fiscal/sefaz/",
        "pendencias": "pendencias/",
        "gerar-notas": "pedidos/notas/todos/?estado=open",
        "notas": "notas/",
        "notas-vazio": "notas/?q=nada+disto",
        "notas-com-problema": "notas/?estado=problem",
        "notas-reenvio": "notas/reenvio/todas/",
        "gerar-notas-de-fora": "pedidos/notas/todos/?estado=held",
        "nota-fiscal": "sincronizacao/notas/?estado=rejected",
        "geracoes": "notas/geracoes/",
        "regras": "tributos/regras/",
        "regras-padroes": "tributos/regras/padroes/?crt=3&pis_cofins=nao-cumulativo&valid_from=2026-11-01",
        "regra-nova": "tributos/regras/nova/",
        "grupos": "tributos/grupos/",
        "grupo-novo": "tributos/grupos/novo/",
        "naturezas": "tributos/naturezas/",
        "natureza-nova": "tributos/naturezas/nova/",
        "aliquotas": "tributos/aliquotas/",
        "simulador": "tributos/simulador/",
        "conferencia": "tributos/conferencia/?crt=3&uf=SP",
        "usuarios": "membros/",
        "historico-empresa": "historico/",
        "alertas": "alertas/",
        "alertas-vazio": "alertas/?q=nada+disto",
        "alertas-frescor": "alertas/frescor/",
        "alertas-quem-recebe": "alertas/quem-recebe/",
        "alertas-limites": "alertas/limites/",
        "alertas-webhook": "alertas/webhook/",
        "historico": f"historico/loja/{shop.store_id}/",
    }
    found = {name: shop.url(path) for name, path in fixed.items()}
    for name, list_path, text in LINKED:
        found[name] = _linked(person, shop.url(list_path), text)
    found["execucao-produtos"] = f"{found['execucao']}?aba=produtos"
    found["produto-edicao"] = f"{found['produto']}edicao/"
    found["cliente-edicao"] = f"{found['cliente']}edicao/"
    found["pedido-entrega"] = f"{found['pedido-retido']}entrega/"
    found["categoria-edicao"] = f"{found['categoria']}edicao/"
    for part in ("edicao", "variacoes", "imagens"):
        found[f"anuncio-{part}"] = f"{found['anuncio']}{part}/"
    found["conta"] = f"{person.address}/senha/"
    found["componentes"] = f"{person.address}/componentes/"
    for name in ("", "lojas/", "sincronizacao/", "busca/?q=status"):
        found[f"ajuda-{name.partition('/')[0]}"] = f"{person.address}/ajuda/{name}"
    return found


# name, the list it is reached from, a text of its row
LINKED = (
    ("pedido", "pedidos/?canal=MERCADO+LIVRE", "PEW"),
    ("pedido-retido", "pedidos/?estado=held", "PEW"),
    ("execucao", "sincronizacao/logs/?estado=with_errors", "Com erros"),
    ("execucao-limpa", "sincronizacao/logs/?estado=clean", "Sem erros"),
    ("produto", "produtos/?ordem=-reservado", ""),
    ("categoria", "categorias/", "Panelas"),
    ("anuncio", "produtos-ecommerce/?situacao=draft", ""),
    ("anuncio-no-tray", "produtos-ecommerce/?situacao=synced", ""),
    ("anuncio-da-loja", "produtos-ecommerce/?situacao=tray_only", ""),
    ("cliente", "clientes/?ordem=-pedidos", ""),
    ("estoque", "estoques/", ""),
    ("geracao", "notas/geracoes/", ""),
    ("nota", "notas/", "Autorizada"),
    ("pendencia-produto", "pendencias/?tipo=unknown_sku", ""),
    ("pendencia-total", "pendencias/?tipo=order_total", ""),
)


def _linked(person: Person, address: str, text: str) -> str:
    person.page.goto(address)
    link = person.row(text).first.locator(".table__title a")
    expect(link, address).to_be_visible()
    return urljoin(address, link.get_attribute("href") or "")


@contextmanager
def under_way(person: Person, shop: Shop) -> Iterator[None]:
    """Hold a sync while it is in the middle, so that it can be looked at."""
    shop.tray.place_orders(12, status="A ENVIAR")
    shop.tray.switches.change({"latency_seconds": 0.7})
    person.page.goto(shop.url(f"sincronizacao/?loja={shop.store_id}"))
    person.press("Sincronizar")
    expect(person.panel("Em andamento")).to_contain_text(re.compile(r"[1-9]\d* de \d+"))
    yield
    shop.tray.switches.change({"latency_seconds": 0.0})
    expect(person.panel("Última sincronização")).to_be_visible()
