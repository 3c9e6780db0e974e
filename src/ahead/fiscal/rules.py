"""Pure decisions about notas: how payments are named, and what may be done when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ahead.lib.brasilia import BRASILIA
from ahead.lib.wording import plain_name
from ahead.nfe.values import Emission

CANCEL_WITHIN = timedelta(hours=24)  # Ajuste SINIEF 7/05, clause 14; a UF may take it later (155)
CORRECT_WITHIN = timedelta(hours=720)  # 30 days, NT 2011.003
MOST_CORRECTIONS = 20
SURELY_ABSENT_AFTER = timedelta(minutes=5)
SURELY_ABSENT_FROM_SVC_AFTER = timedelta(hours=1)  # what it took reaches the SEFAZ of the UF only later
ITEM_REFERENCES_FROM = date(2026, 12, 14)  # NT 2025.002 v1.52: each line of a devolução names the nota it undoes
LARGEST_NUMBER = 999_999_999
WARNED_FROM_DAYS = 30  # before a certificate expires, and again at each of these
_WARNED_AT_DAYS = (1, 7, 15, WARNED_FROM_DAYS)

# what a template of informações complementares may name: what it stands for, and an example
TEMPLATE_NAMES = {
    "pedido": ("o número do pedido no AHEAD", "1042"),
    "pedido_tray": ("o número do pedido no Tray", "88213"),
    "marketplace": ("o marketplace, se a venda veio por um", "Mercado Livre"),
    "numero_marketplace": ("o número do pedido no marketplace", "2000007812345"),
    "canal": ("o canal da venda", "MERCADO LIVRE"),
}

_ZONES = {
    "AC": ZoneInfo("America/Rio_Branco"),
    "AM": ZoneInfo("America/Manaus"),
    "MS": ZoneInfo("America/Campo_Grande"),
    "MT": ZoneInfo("America/Cuiaba"),
    "RO": ZoneInfo("America/Porto_Velho"),
    "RR": ZoneInfo("America/Boa_Vista"),
}

# tPag (portal da NF-e, table of means of payment)
_PAYMENT_KINDS = {
    "credit_card": "03",
    "debit_card": "04",
    "bank_billet": "15",
    "boleto": "15",
    "pix": "17",
    "deposit": "16",
    "transfer": "18",
    "wallet": "18",
    "cash": "01",
    "store_credit": "05",
}
_PAYMENT_WORDS = (
    ("mercado pago", "18"),  # 18: transfer or digital wallet
    ("carteira", "18"),
    ("paypal", "18"),
    ("picpay", "18"),
    ("pagamentos", "18"),
    ("pix", "17"),
    ("boleto", "15"),
    ("debito", "04"),
    ("cartao", "03"),
    ("credito", "03"),
    ("transferencia", "18"),
    ("deposito", "16"),
    ("dinheiro", "01"),
)
OTHER_PAYMENT = "99"


def one_line(text: str) -> str:
    """Return text without line breaks and double blanks: a signed nota keeps none (cStat 297)."""
    return " ".join(text.split())


def fill_template(template: str, facts: Mapping[str, str]) -> str:
    """Return the template with {names} filled in; a name nobody knows stays as it is written."""
    return re.sub(r"\{(\w+)\}", lambda found: facts.get(found[1], found[0]), template)


def unknown_names(template: str) -> list[str]:
    """Return the {names} of a template that stand for nothing."""
    return [name for name in re.findall(r"\{(\w+)\}", template) if name not in TEMPLATE_NAMES]


def template_example(template: str) -> str:
    """Return what a nota would say by a template, with examples for the names."""
    facts = {name: example for name, (_, example) in TEMPLATE_NAMES.items()}
    return one_line(fill_template(template, facts))


def local_time(now: datetime, uf: str) -> datetime:
    """Return the instant on the emitter's own clock, to the second."""
    return now.astimezone(_ZONES.get(uf, BRASILIA)).replace(microsecond=0)


def payment_kind(kind: str, method: str) -> str:
    """Return the tPag of a payment by Tray's kind, else by the words of its name; 99 (other) where neither tells."""
    if found := _PAYMENT_KINDS.get(kind):
        return found
    words = plain_name(method)
    return next((code for word, code in _PAYMENT_WORDS if word in words), OTHER_PAYMENT)


def indicador_ie(*, is_company: bool, inscricao_estadual: str, chosen: str = "") -> tuple[str, str]:
    """
    Return indIEDest and the IE to write: 1 contributor, 2 one whom the UF spares an IE, 9 not a contributor.

    What a person chose for the buyer holds; who has a CPF is a contributor only so (produtor rural). Who writes ISENTO
    in a shop is no contributor: 2 is a contributor whom the UF spares an IE, which most UFs do not know (cStat 805),
    and no DIFAL would be paid for one.
    """
    digits = re.sub(r"\D", "", inscricao_estadual)
    if chosen in {"2", "9"}:
        return chosen, ""
    return ("1", digits) if (is_company or chosen == "1") and digits else ("9", "")


def why_not_cancel_nota(*, state: str, authorised_at: datetime | None, now: datetime) -> str | None:
    """Return the reason a nota may not be cancelled, or None if it may."""
    if state == "cancelled":
        return "A nota já está cancelada."
    if state != "authorised" or authorised_at is None:
        return "Só uma nota autorizada pode ser cancelada."
    if now > authorised_at + CANCEL_WITHIN:
        return (
            "O prazo de 24 horas para cancelar passou. Se a mercadoria voltar, gere a nota de devolução; "
            "para cancelar fora do prazo, fale com a contabilidade: depende da UF."
        )
    return None


def why_not_withdraw(*, state: str, emission: str, absent_since: datetime | None, now: datetime) -> str | None:
    """Return the reason a nota may not be taken back, or None if SEFAZ certainly does not have it."""
    if state != "signed":
        return "A nota pode estar na SEFAZ: espere a resposta."
    surely_at = surely_absent_at(absent_since, emission=emission)
    if surely_at is not None and now < surely_at:
        return "A SEFAZ disse há pouco que não conhece a nota. Espere alguns minutos."
    return None


def surely_absent_at(absent_since: datetime | None, *, emission: str = Emission.NORMAL) -> datetime | None:
    """
    Return from when on SEFAZ certainly does not have what is ready to be sent; None if it never could.

    None: every sending was answered with a refusal, or there was none. Else `absent_since` is when SEFAZ first said
    that it does not know it, after the last sending that nobody answered. What is on its way may take a while to
    arrive, and what the SVC took longer, until the UF's SEFAZ has it.
    """
    if absent_since is None:
        return None
    return absent_since + (SURELY_ABSENT_AFTER if emission == Emission.NORMAL else SURELY_ABSENT_FROM_SVC_AFTER)


def why_not_correct(*, state: str, authorised_at: datetime | None, corrections: int, now: datetime) -> str | None:
    """Return the reason no carta de correção may be sent for a nota, or None if one may."""
    if state != "authorised" or authorised_at is None:
        return "Só uma nota autorizada recebe carta de correção."
    if now > authorised_at + CORRECT_WITHIN:
        return "O prazo de 30 dias para a carta de correção passou."
    if corrections >= MOST_CORRECTIONS:
        return "A nota já tem vinte cartas de correção, o máximo permitido."
    return None


def expiry_text(name: str, not_after: datetime, *, now: datetime) -> str:
    """Return what is said of a certificate that expires: other words at each of the days that are warned at."""
    day = f"{not_after.astimezone(BRASILIA):%d/%m/%Y}"
    if now >= not_after:
        return f"O certificado digital «{name}» venceu em {day}: nenhuma nota pode ser emitida."
    days = next((days for days in _WARNED_AT_DAYS if not_after - now <= timedelta(days=days)), WARNED_FROM_DAYS)
    left = "em menos de um dia" if days == 1 else f"em até {days} dias"
    return f"O certificado digital «{name}» vence em {day}, {left}: depois disso nenhuma nota pode ser emitida."


def not_valid_text(name: str, not_before: datetime, not_after: datetime, *, now: datetime) -> str:
    """Return why nothing can be signed with a certificate that is not valid now."""
    if now < not_before:
        return f"O certificado digital «{name}» só vale a partir de {not_before.astimezone(BRASILIA):%d/%m/%Y}."
    return expiry_text(name, not_after, now=now)


def next_try(tries: int, *, now: datetime) -> datetime:
    """Return when to ask for an unknown nota again: after 8 s, then longer; never more than ten times an hour."""
    seconds = (8, 30, 90, 360)[min(tries, 3)]
    return now + timedelta(seconds=seconds)
