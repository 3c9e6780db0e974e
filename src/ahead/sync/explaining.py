"""What an error of Tray means to a person: what happened, whose turn it is, what to do, and whether the run ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from ahead import tray
from ahead.pending.models import Kind, Turn
from ahead.stores.models import Connection


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error in the user's words."""

    cause: str
    turn: str
    remedy: str
    stops_run: bool = False
    connection: str = ""  # what the store's connection is from now on, if it changes
    matter: str = ""  # kind of the pending matter it opens


_AGAIN = "Nada a fazer: tentamos de novo na próxima sincronização."


TRAY_IS_DOWN = Explanation(
    "O Tray não está respondendo.",
    Turn.TRAY,
    "Nada a fazer: nada se perde, e a próxima sincronização continua de onde esta parou.",
    stops_run=True,
)

INTERRUPTED = Explanation(
    "O programa que a fazia parou no meio.",
    Turn.US,
    "Nada a fazer: nada se perde, e a sincronização seguinte faz o que faltava.",
)

_FIXED: dict[type[Exception], Explanation] = {
    tray.NeedsReauthorisation: Explanation(
        "O Tray não aceita mais a autorização desta Loja.",
        Turn.YOU,
        "Abra a Loja e pressione «Conectar de novo».",
        stops_run=True,
        connection=Connection.REAUTHORISE,
        matter=Kind.STORE_REAUTHORISE,
    ),
    tray.DailyQuotaSpent: Explanation(
        "A cota diária de requisições da Loja no Tray acabou.",
        Turn.US,
        "Nada se perde: a sincronização continua amanhã, a partir de onde parou.",
        stops_run=True,
    ),
    tray.RateLimited: Explanation(
        "O Tray pediu para esperar (excesso de requisições).",
        Turn.US,
        "Nada a fazer: continuamos na próxima sincronização, de onde paramos.",
        stops_run=True,
    ),
    tray.NotFound: Explanation("O Tray não tem mais este registro.", Turn.YOU, "Confira no Tray se ele foi apagado."),
    tray.TrayUnreachable: Explanation("O Tray não respondeu.", Turn.US, _AGAIN),
    tray.OutcomeUnknown: Explanation(
        "O Tray não disse se gravou.", Turn.US, "Nada a fazer: conferimos e gravamos na próxima sincronização."
    ),
}


def explain(error: Exception) -> Explanation:
    """Return the explanation of an error met while talking to Tray."""
    if type(error) in _FIXED:
        return _FIXED[type(error)]
    match error:
        case tray.QuotaHeldBack():
            return held_back(error.goes_on_at)
        case tray.StoreBlocked() | tray.StoreInactive() | tray.StoreCancelled():
            return _blocked(error)
        case tray.Unreadable():
            return Explanation(
                f"O Tray mandou uma resposta que não conseguimos ler ({'; '.join(error.problems)[:200]}).",
                Turn.TRAY,
                "Abra o pedido no Tray e confira os campos citados; tentamos de novo a cada sincronização.",
            )
        case tray.TrayBroken():
            return Explanation(f"O Tray falhou ({error.status or 'resposta inválida'}).", Turn.TRAY, _AGAIN)
        case tray.TrayError():
            said = "; ".join(error.causes) or error.summary
            return Explanation(
                f"O Tray recusou: {said[:250]}.", Turn.YOU, "Corrija o que o Tray aponta e sincronize de novo."
            )
        case _:
            return Explanation(
                f"Erro inesperado no AHEAD ({type(error).__name__}).",
                Turn.US,
                "O que veio do Tray está guardado e será tentado de novo. Se repetir, avise o suporte da AHEAD.",
            )


def held_back(goes_on_at: datetime | None) -> Explanation:
    """Return what to say where the rest of the day's quota is kept for what comes first."""
    when = ""
    if goes_on_at is not None:
        local = goes_on_at.astimezone(tray.BRASILIA)
        when = "depois da meia-noite" if local.time() == time.min else f"por volta das {local:%H:%M}"
    return Explanation(
        "O que resta da cota de hoje está guardado para o que vem antes: pedidos, depois notas, depois estoque.",
        Turn.US,
        f"Nada a fazer: continua sozinho {when or 'mais tarde'}. Veja a divisão do dia em Sincronização, Cota.",
        stops_run=True,
    )


def is_refusal(error: Exception) -> bool:
    """Whether Tray read the request and would not have it: sending it again would come to the same."""
    return isinstance(error, tray.Refused)


def _blocked(error: tray.Unauthorised) -> Explanation:
    state = {
        tray.StoreBlocked: "bloqueada",
        tray.StoreInactive: "inativa",
        tray.StoreCancelled: "cancelada",
    }[type(error)]
    return Explanation(
        f"O Tray diz que esta Loja está {state}.",
        Turn.YOU,
        "Regularize a Loja com o Tray e depois pressione «Testar conexão». Até lá ela não sincroniza sozinha.",
        stops_run=True,
        connection=Connection.BLOCKED,
        matter=Kind.STORE_BLOCKED,
    )
