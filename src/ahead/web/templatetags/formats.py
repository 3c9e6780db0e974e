"""How values read in Portuguese: money, quantities, moments, durations, documents."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ahead.catalog.rules import weight_text
from ahead.lib.brasilia import BRASILIA

register = template.Library()

ABSENT = "—"
MINUS = "\u2212"
HARD_SPACE = "\u00a0"
_CENT = Decimal("0.01")


def _grouped(amount: Decimal, places: int) -> str:
    text = f"{abs(amount):,.{places}f}"
    return text.translate(str.maketrans(",.", ".,"))


@register.filter
def money(amount: Decimal | int | None) -> str:
    """
    Write an amount in reais: R$ 1.234,56.

    :raises TypeError: for a float, which is not exact.
    """
    if amount is None or amount == "":
        return ABSENT
    if isinstance(amount, float):
        raise TypeError("money is Decimal, never float")
    exact = Decimal(amount).quantize(_CENT)
    sign = MINUS if exact < 0 else ""
    return f"{sign}R${HARD_SPACE}{_grouped(exact, 2)}"


@register.filter
def quantity(amount: Decimal | int | None, unit: str = "") -> str:
    """Write a quantity without idle zeros, with its unit: 1.234,5 kg."""
    if amount is None or amount == "":
        return ABSENT
    exact = Decimal(str(amount)).normalize()
    exponent = exact.as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    sign = MINUS if exact < 0 else ""
    text = f"{sign}{_grouped(exact, places)}"
    return f"{text}{HARD_SPACE}{unit}" if unit else text


@register.filter
def weight(grams: int | None) -> str:
    """Write a weight as people do: 350 g, 1,2 kg."""
    return weight_text(grams).replace(" ", HARD_SPACE) if grams else ABSENT


@register.filter
def percent(share: Decimal | float | None) -> str:
    """Write a share of one: 0.125 is 12,5%."""
    if share is None or share == "":
        return ABSENT
    return f"{quantity(round(Decimal(str(share)) * 100, 1))}%"


@register.filter
def plural(count: int, forms: str) -> str:
    """Write a count with its noun; forms is "pedido,pedidos"."""
    one, many = (form.strip() for form in forms.split(",", 1))
    return f"{quantity(count)} {one if abs(count) == 1 else many}"


def moment_text(moment: datetime, now: datetime) -> str:
    """Say a moment as people do: hoje 14:32, ontem 09:10, amanhã 08:00, 24/11/2026 14:32."""
    here = moment.astimezone(BRASILIA)
    days = (here.date() - now.astimezone(BRASILIA).date()).days
    word = {-1: "ontem", 0: "hoje", 1: "amanhã"}.get(days, f"{here:%d/%m/%Y}")
    return f"{word} {here:%H:%M}"


@register.filter
def when(moment: datetime | None, now: datetime | None = None) -> str | SafeString:
    """
    Write a moment as a <time> with the full moment in its title.

    :raises ValueError: for a moment without a time zone.
    """
    if moment is None or moment == "":
        return ABSENT
    if timezone.is_naive(moment):
        raise ValueError("a moment carries its time zone")
    return format_html(
        '<time datetime="{}" title="{} (horário de Brasília)">{}</time>',
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        f"{moment.astimezone(BRASILIA):%d/%m/%Y %H:%M:%S}",
        moment_text(moment, now or timezone.now()),
    )


@register.filter
def day(date_or_moment: date | None) -> str | SafeString:
    """Write a day: 24/11/2026; a moment is first brought to Brasília."""
    if date_or_moment is None or date_or_moment == "":
        return ABSENT
    if isinstance(date_or_moment, datetime):
        date_or_moment = date_or_moment.astimezone(BRASILIA).date()
    return format_html('<time datetime="{}">{}</time>', f"{date_or_moment:%Y-%m-%d}", f"{date_or_moment:%d/%m/%Y}")


@register.filter
def duration(span: timedelta | Decimal | float | None) -> str:
    """Write a span of time (a timedelta or seconds) with its two largest units."""
    if span is None or span == "":
        return ABSENT
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10:
        return f"{quantity(round(Decimal(seconds), 1))} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} d {hours_left} h"
    if hours:
        return f"{hours} h {minutes_left:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


@register.filter
def ago(moment: datetime | None, now: datetime | None = None) -> str | SafeString:
    """Say how long ago a moment was, in one unit: há 3 min; the full moment is in the title."""
    if moment is None or moment == "":
        return ABSENT
    passed = max(0, round(((now or timezone.now()) - moment).total_seconds()))
    text = "agora há pouco"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if passed >= size:
            text = f"há {passed // size} {unit}"
            break
    return format_html(
        '<time datetime="{}" title="{} (horário de Brasília)">{}</time>',
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        f"{moment.astimezone(BRASILIA):%d/%m/%Y %H:%M:%S}",
        text,
    )


@register.filter
def document(number: str | None) -> str:
    """Punctuate a CPF or a CNPJ (letters included, as issued since July 2026); else leave it as it is."""
    if not number:
        return ABSENT
    bare = "".join(sign for sign in str(number).upper() if sign.isalnum())
    if len(bare) == 11 and bare.isdigit():
        return f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}-{bare[9:]}"
    if len(bare) == 14 and bare[12:].isdigit():
        return f"{bare[:2]}.{bare[2:5]}.{bare[5:8]}/{bare[8:12]}-{bare[12:]}"
    return str(number)


@register.filter
def postcode(number: str | None) -> str:
    """Punctuate a CEP: 01310-100."""
    if not number:
        return ABSENT
    digits = "".join(sign for sign in str(number) if sign.isdigit())
    return f"{digits[:5]}-{digits[5:]}" if len(digits) == 8 else str(number)


@register.filter
def phone(number: str | None) -> str:
    """Punctuate a Brazilian telephone: (11) 98765-4321."""
    if not number:
        return ABSENT
    digits = "".join(sign for sign in str(number) if sign.isdigit())
    local = digits[2:] if len(digits) in {12, 13} and digits.startswith("55") else digits
    if len(local) not in {10, 11}:
        return str(number)
    return f"({local[:2]}) {local[2:-4]}-{local[-4:]}"


@register.filter
def email(address: str | None) -> str:
    """Write an e-mail that may go on in the next line before its "@"."""
    if not address:
        return ABSENT
    name, at, host = str(address).partition("@")
    return format_html("{}<wbr>{}{}", name, at, host)
