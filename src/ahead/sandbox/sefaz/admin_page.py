"""The page at ``/``: what SEFAZ received, its counters and switches, and buttons to make things go wrong."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ahead.sandbox.pages import page
from ahead.sandbox.sefaz.wording import ADDRESSES, FAULTS, STATES, SWITCHES

if TYPE_CHECKING:
    from ahead.sandbox.sefaz.box import SefazSandbox

SHOWN = 20
KINDS = {"110111": "Cancelamento", "110110": "Carta de correção"}


def answer_page(box: "SefazSandbox", address: str, said: str) -> Response:
    """Show everything about the sandbox."""
    note = f'<p class="note" role="status">{escape(said)}</p>' if said else ""
    intro = (
        '<p class="quiet">Um servidor de mentira que responde como a SEFAZ de todas as UF. '
        "Nada aqui chega à SEFAZ de verdade, e nada aqui tem valor fiscal.</p>"
    )
    with box.lock:
        body = (
            f"<section><h2>Como está</h2>{_facts(box, address)}<h3>Fazer acontecer</h3>{_buttons(box)}</section>"
            f"<section><h2>Notas autorizadas</h2>{_notas(box)}</section>"
            f"<section><h2>Eventos e inutilizações</h2>{_events(box)}</section>"
            f"<section><h2>Rejeições</h2>{_rejections(box)}</section>"
            f"<section><h2>Certificados e cadastro</h2>{_certificates()}</section>"
            f"<section><details><summary>Contadores</summary>{_counters(box)}</details>"
            f"<details><summary>Chaves de comportamento</summary>{_switches(box)}</details>"
            f"<details><summary>A mesma coisa em JSON</summary>{_addresses()}</details></section>"
        )
    return page("Sandbox da SEFAZ", note + intro + body)


def _facts(box: "SefazSandbox", address: str) -> str:
    state = STATES[_state(box)] + (", SVC ativa" if box.switches.svc_active else "")
    facts = (
        ("Endereço dos serviços", address),
        ("Situação", state),
        ("Relógio", box.now().strftime("%d/%m/%Y %H:%M:%S")),
        ("Notas", len(box.notas)),
        ("Eventos", sum(map(len, box.events.values()))),
        ("Inutilizações", len(box.voided)),
        ("Requisições", box.counters.total),
        ("Conexões", len(box.counters.connections)),
    )
    rows = "".join(f"<dt>{name}</dt><dd><code>{escape(str(value))}</code></dd>" for name, value in facts)
    return f"<dl>{rows}</dl>"


def _state(box: "SefazSandbox") -> str:
    return next((name for name in STATES if name != "normal" and getattr(box.switches, name)), "normal")


def _buttons(box: "SefazSandbox") -> str:
    faults = "".join(
        _form("/_admin/switches", text, f'<input type="hidden" name="{name}" value="1">', method="PUT")
        for name, text in FAULTS.items()
    )
    states = "".join(
        _form("/_admin/switches", text, _state_fields(name), method="PUT")
        for name, text in STATES.items()
        if name != _state(box)
    )
    svc = f'<input type="hidden" name="svc_active" value="{0 if box.switches.svc_active else 1}">'
    reject = (
        '<input type="hidden" name="reject_next" value="1">'
        '<label>Código <input name="reject_cstat" value="778" pattern="[0-9]{3,4}" size="5"></label>'
        '<label>Texto <input name="reject_reason" value="Rejeicao: Informado NCM inexistente [nItem:1]"></label>'
    )
    return (
        f"<div><strong>A próxima requisição:</strong> {faults}{_waiting(box)}</div>"
        f"<div><strong>A próxima nota:</strong> {_form('/_admin/switches', 'Rejeitar', reject, method='PUT')}</div>"
        f"<div><strong>Daqui em diante:</strong> {states}"
        + _form("/_admin/switches", "Desligar a SVC" if box.switches.svc_active else "Ativar a SVC", svc, method="PUT")
        + _form("/_admin/bans", "Esquecer o consumo indevido", method="DELETE")
        + _form("/_admin/notas", "Esquecer tudo", method="DELETE")
        + "</div>"
    )


def _waiting(box: "SefazSandbox") -> str:
    switches = box.switches.as_mapping()
    told = FAULTS | {"reject_next": f"Rejeição {switches['reject_cstat']}"}
    waiting = [f"{text} ({switches[name]}×)" for name, text in told.items() if switches[name]]
    return f'<p class="quiet">À espera: {escape("; ".join(waiting) or "nada")}.</p>'


def _state_fields(chosen: str) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{int(name == chosen)}">' for name in STATES if name != "normal"
    )


def _notas(box: "SefazSandbox") -> str:
    newest = list(reversed(box.notas.values()))[:SHOWN]
    if not newest:
        return "<p>Nenhuma nota ainda.</p>"
    rows = "".join(
        f"<tr><td>{nota.serie}/{nota.number}</td><td>{nota.received_at:%d/%m/%Y %H:%M}</td>"
        f"<td>{escape(nota.name)}</td><td>{escape(nota.recipient)}</td><td class=n>R$ {_reais(nota.total)}</td>"
        f"<td>{'cancelada' if box.is_cancelled(nota.chave) else 'autorizada'}</td>"
        f'<td><a href="/_admin/notas/{nota.chave}"><code class=whole>{nota.chave}</code></a></td></tr>'
        for nota in newest
    )
    return _table(("Nota", "Recebida", "Emitente", "Destinatário", "Total", "Situação", "Chave"), rows)


def _events(box: "SefazSandbox") -> str:
    rows = "".join(
        f"<tr><td>{KINDS.get(event.kind, event.kind)} {event.sequence}</td>"
        f"<td>{event.registered_at:%d/%m/%Y %H:%M}</td>"
        f"<td>{event.cstat}</td><td><code class=whole>{event.chave}</code></td></tr>"
        for events in box.events.values()
        for event in events
    )
    rows += "".join(
        f"<tr><td>Inutilização</td><td>{voided.received_at:%d/%m/%Y %H:%M}</td><td>102</td>"
        f"<td>{escape(voided.cnpj)}, série {voided.serie}, {voided.first} a {voided.last}</td></tr>"
        for voided in box.voided
    )
    return _table(("O quê", "Quando", "Resposta", "De quê"), rows) if rows else "<p>Nada ainda.</p>"


def _rejections(box: "SefazSandbox") -> str:
    rows = "".join(
        f"<tr><td>{escape(row['cstat'])}</td><td>{escape(row['reason'])}</td>"
        f"<td><code class=whole>{escape(row['chave'])}</code></td></tr>"
        for row in box.rejections[: -SHOWN - 1 : -1]
    )
    return _table(("Código", "Texto", "Chave"), rows) if rows else "<p>Nenhuma rejeição.</p>"


def _certificates() -> str:
    certificate = (
        '<label>CNPJ <input name="cnpj" required placeholder="11222333000181"></label>'
        '<label>Nome <input name="name" placeholder="EMPRESA DE EXEMPLO LTDA"></label>'
        '<label>Senha <input name="password" value="exemplo"></label>'
        '<label>Dias <input type="number" name="days" value="365" min="-365" max="3650"></label>'
    )
    contributor = (
        '<label>UF <input name="uf" required size="3" pattern="[A-Za-z]{2}"></label>'
        '<label>CNPJ ou CPF <input name="document" required></label>'
        '<label>Inscrição estadual <input name="inscricao_estadual" required></label>'
        '<label>Nome <input name="name"></label>'
    )
    return (
        _form("/_admin/certificates", "Emitir certificado A1", certificate)
        + _form("/_admin/contributors", "Pôr no cadastro", contributor)
        + '<p><a href="/_admin/authority">Autoridade em PEM</a> (quem fala com esta SEFAZ precisa confiar nela)</p>'
    )


def _counters(box: "SefazSandbox") -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td class=n>{count}</td></tr>"
        for counter in (box.counters.by_service, box.counters.by_answer)
        for name, count in counter.most_common()
    )
    return _table(("Serviço ou resposta", "Vezes"), rows) + _form(
        "/_admin/counters", "Zerar contadores", method="DELETE"
    )


def _switches(box: "SefazSandbox") -> str:
    rows = "".join(_switch(name, value) for name, value in box.switches.as_mapping().items())
    return _table(("Chave", "O que faz", "Valor (1 liga, 0 desliga)"), rows)


def _switch(name: str, value: Any) -> str:
    shown = str(int(value)) if isinstance(value, bool) else str(value)
    field = f'<input name="{name}" value="{escape(shown)}" aria-label="{name}">'
    return (
        f"<tr><td><code>{name}</code></td><td>{SWITCHES[name]}</td>"
        f"<td>{_form('/_admin/switches', 'Gravar', field, method='PUT')}</td></tr>"
    )


def _addresses() -> str:
    rows = "".join(
        f"<tr><td>{method}</td><td><code>/_admin{escape(path)}</code></td><td>{text}</td></tr>"
        for method, path, text in ADDRESSES
    )
    return _table(("Método", "Endereço", "O que faz"), rows)


def _table(head: Iterable[str], rows: str) -> str:
    cells = "".join(f'<th scope="col">{name}</th>' for name in head)
    return f'<div class="wide"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>'


def _form(action: str, button: str, fields: str = "", method: str = "POST") -> str:
    hidden = f'<input type="hidden" name="_method" value="{method}">' if method != "POST" else ""
    return f'<form method="post" action="{action}">{hidden}{fields}<button>{button}</button></form>'


def _reais(amount: str) -> str:
    return f"{float(amount or 0):,.2f}".translate(str.maketrans(",.", ".,"))
