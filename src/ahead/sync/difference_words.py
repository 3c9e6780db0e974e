"""What a difference between Tray and AHEAD means to a person: its cause, whose turn it is, what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A cause, whose turn it is, and the remedy."""

    cause: str
    turn: str
    remedy: str


_NOTHING_TO_DO = "Nada a fazer: é conferido de novo sozinho na próxima sincronização."
_WORDS: dict[tuple[str, str], Words] = {
    ("missing", ""): Words(
        "O pedido está no Tray em um status que o traz para cá e não está no AHEAD.",
        "us",
        "Nada a fazer: ele é lido por inteiro na próxima sincronização. «Reparar» faz isso agora.",
    ),
    ("missing", "failed"): Words(
        "O pedido não pôde ser lido: {failure}",
        "us",
        "É lido de novo a cada sincronização. Se já há uma pendência dele, resolva-a: o pedido entra sozinho.",
    ),
    ("only_here", ""): Words(
        "A lista do dia no Tray não mostra mais este pedido.",
        "us",
        "O pedido é lido no Tray para saber se ainda existe.",
    ),
    ("only_here", "gone"): Words(
        "O pedido foi apagado no Tray e continua valendo aqui.",
        "you",
        "Se a venda foi desfeita, cancele o pedido: o estoque reservado volta. Se ela vale, aceite a diferença.",
    ),
    ("only_here", "closed"): Words(
        "O pedido foi apagado no Tray e aqui já tem nota.",
        "you",
        "Se a venda foi desfeita, cancele a nota ou registre a devolução. Se ela vale, aceite a diferença.",
    ),
    ("cancelled_there", ""): Words("O cancelamento no Tray ainda não entrou aqui.", "us", _NOTHING_TO_DO),
    ("cancelled_there", "closed"): Words(
        "O pedido foi cancelado no Tray depois da nota.",
        "you",
        "Cancele a nota ou registre a devolução; o pedido acompanha.",
    ),
    ("cancelled_there", "waiting"): Words(
        "O pedido foi cancelado no Tray enquanto a nota estava na SEFAZ.",
        "sefaz",
        "Nada a fazer: com a resposta da SEFAZ o cancelamento entra, ou vira uma pendência.",
    ),
    ("cancelled_here", ""): Words(
        "O pedido foi cancelado no AHEAD e continua valendo no Tray.",
        "you",
        "Cancele-o também no Tray; se o cliente vai recebê-lo, lance o pedido de novo. Se está certo assim, aceite.",
    ),
    ("cancelled_here", "by_tray"): Words(
        "O pedido foi cancelado no Tray, deixou de estar lá, e ainda não voltou a um status de busca da Loja.",
        "tray",
        "Nada a fazer: em um status de busca ele volta a valer no AHEAD. Se não vale mais, cancele-o lá.",
    ),
    ("total", ""): Words(
        "O pedido foi alterado no Tray depois de entrar aqui.",
        "us",
        "Nada a fazer: ele é lido de novo e o valor acompanha.",
    ),
    ("total", "closed"): Words(
        "O pedido foi alterado no Tray depois da nota: aqui vale o que foi faturado.",
        "you",
        "Confira a diferença com o cliente. Se a nota está certa, aceite; se não, cancele a nota e fature de novo.",
    ),
    ("nota_there", ""): Words(
        "O Tray mostra uma nota neste pedido que não foi emitida pelo AHEAD.",
        "you",
        "Se o marketplace ou outro sistema a emitiu, não fature este pedido aqui e aceite a diferença.",
    ),
    ("nota_there", "refused"): Words(
        "O Tray já tem outra nota neste pedido: {failure}",
        "you",
        "Cancele uma das duas. Se a do Tray está errada, apague-a lá e pressione «Reparar».",
    ),
    ("nota_here", ""): Words(
        "A nota foi entregue e o Tray não a mostra mais.",
        "us",
        "Nada a fazer: ela é procurada no Tray e enviada de novo se não estiver lá.",
    ),
    ("nota_here", "due"): Words("A nota ainda não chegou ao Tray.", "us", _NOTHING_TO_DO),
    ("nota_here", "failed"): Words(
        "O Tray não aceitou a nota: {failure}", "you", "Veja a nota, corrija a causa e pressione «Reparar»."
    ),
}
_LONGEST_CAUSE = 300


def words_of(kind: str, how: str, *, failure: str = "") -> Words:
    """Return the words for a kind of difference that came about in this way; `failure` is what was said of it."""
    words = _WORDS[kind, how]
    cause = words.cause.replace("{failure}", failure or "sem resposta")
    if len(cause) > _LONGEST_CAUSE:
        cause = f"{cause[: _LONGEST_CAUSE - 1]}…"
    return Words(cause, words.turn, words.remedy)
