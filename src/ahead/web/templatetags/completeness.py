"""How a checked day looks: its tone, its words and a sign that does not depend on colour."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from lucide.templatetags.lucide import lucide

from ahead.web.templatetags.components import badge
from ahead.web.templatetags.formats import plural

if TYPE_CHECKING:
    from ahead.sync.closing_queries import Answer

register = template.Library()

_DAYS = {
    "balanced": ("ok", "circle-check", "Conferido"),
    "repaired": ("accent", "wrench", "Reparado"),
    "differences": ("attention", "triangle-alert", "Com diferenças"),
    "open": ("waiting", "clock", "Em aberto"),
    "none": ("neutral", "minus", "Não conferido"),
}


@register.filter
def day_tone(state: str) -> str:
    """Return the tone of a day."""
    return _DAYS[state][0]


@register.filter
def day_words(state: str) -> str:
    """Return the words for a day."""
    return _DAYS[state][2]


@register.simple_tag
def day_icon(state: str) -> SafeString:
    """Draw the sign of a day."""
    return SafeString(lucide(_DAYS[state][1], size=16, aria_hidden="true"))


@register.filter
def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


@register.filter
def of_state(counts: dict[str, int], state: str) -> int:
    """Return how many days of a month are in a state."""
    return counts.get(state, 0)


@register.filter
def date_of(moment: datetime) -> date:
    """Return the day of an instant, as people here count it."""
    return localtime(moment).date()


@register.simple_tag
def answer_badge(answer: Answer) -> SafeString:
    """Draw whether everything of a Loja is here, in short."""
    if answer.state == "differences":
        return badge("attention", plural(answer.differences, "diferença,diferenças"), "triangle-alert")
    if answer.state == "waiting":
        return badge("waiting", plural(answer.waiting, "dia por conferir,dias por conferir"), "clock")
    if answer.state == "never":
        return badge("neutral", "Ainda não conferida", "minus")
    return badge("ok", "Está tudo aqui", "circle-check")
