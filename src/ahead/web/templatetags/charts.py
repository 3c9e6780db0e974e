"""Charts drawn on the server as SVG: attributes and classes only, so the strict CSP holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ahead.web.templatetags.formats import percent, quantity

register = template.Library()

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what stands under it, how tall, and how much of that went wrong."""

    label: str
    count: int
    wrong: int = 0


def _as_bar(item: Bar | Sequence[object]) -> Bar:
    if isinstance(item, Bar):
        return item
    label, count, *rest = item
    return Bar(str(label), int(str(count)), int(str(rest[0])) if rest else 0)


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _points(values: Sequence[Number], width: int, height: int) -> list[tuple[float, float]]:
    """Places of the values in a box, oldest left; a flat series lies in the middle."""
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    step = width / max(1, len(numbers) - 1)
    if high == low:
        return [(index * step, height / 2) for index in range(len(numbers))]
    inside = height - 6
    return [(index * step, 3 + inside * (1 - (number - low) / (high - low))) for index, number in enumerate(numbers)]


def _framed(kind: str, box: str, title: str, desc: str, inside: SafeString, *, stretch: bool = False) -> SafeString:
    return format_html(
        '<svg class="chart chart--{}" viewBox="{}" role="img"{}><title>{}</title><desc>{}</desc>{}</svg>',
        kind,
        box,
        SafeString(' preserveAspectRatio="none"') if stretch else "",
        title,
        desc,
        inside,
    )


@register.simple_tag
def sparkline(values: Sequence[Number], title: str) -> SafeString:
    """Draw a small line with its area; fewer than two values draw nothing."""
    if len(values) < 2:
        return SafeString("")
    width, height = 104, 32
    places = _points(values, width, height)
    line = " ".join(f"{_short(x)},{_short(y)}" for x, y in places)
    inside = format_html(
        '<polygon class="chart__area" points="0,{} {} {},{}"/><polyline class="chart__line" points="{}"/>',
        height,
        line,
        width,
        height,
        line,
    )
    first, last = quantity(Decimal(str(values[0]))), quantity(Decimal(str(values[-1])))
    desc = f"De {first} a {last} em {len(values)} pontos."
    return _framed("spark", f"0 0 {width} {height}", title, desc, inside, stretch=True)


def _ceiling(highest: int) -> int:
    """The next round number, so that the scale can be read."""
    for size in (4, 10, 20, 40, 50, 100, 200, 400, 500, 1_000, 2_000, 5_000, 10_000):
        if highest <= size:
            return size
    return -(-highest // 10_000) * 10_000


def _drawn_bar(bar: Bar, left: float, width: float, scale: float) -> SafeString:
    tall, wrong = max(bar.count, bar.wrong) * scale, bar.wrong * scale
    title = f"{bar.label}: {quantity(bar.count)}" + (f", {quantity(bar.wrong)} com erro" if bar.wrong else "")
    good = max(0.0, tall - wrong)
    parts = [
        (name, _short(left), _short(top), _short(width), _short(size))
        for name, top, size in (
            ("chart__bar", BASE - tall, good),
            ("chart__bar chart__bar--extra", BASE - wrong, wrong),
        )
        if size > 0
    ]
    rects = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1"/>', parts)
    return format_html("<g><title>{}</title>{}</g>", title, rects)


BASE, LEFT, WIDE, TOP = 140, 34, 480, 10


@register.simple_tag
def bars(series: Sequence[Bar | Sequence[object]], title: str, noun: str = "") -> SafeString:
    """Draw one bar for each (label, count[, wrong]); about eight labels are written out."""
    columns = [_as_bar(item) for item in series]
    if not columns:
        return SafeString("")
    top = _ceiling(max(max(bar.count, bar.wrong) for bar in columns))
    scale, slot = (BASE - TOP) / top, (WIDE - LEFT) / len(columns)
    drawn = SafeString(
        "".join(
            _drawn_bar(bar, LEFT + index * slot + slot * 0.12, slot * 0.76, scale) for index, bar in enumerate(columns)
        )
    )
    rules = format_html_join(
        "",
        '<line class="chart__rule" x1="{}" y1="{}" x2="{}" y2="{}"/>'
        '<text class="chart__axis" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, _short(y), WIDE, _short(y), LEFT - 6, _short(y + 4), quantity(value))
            for value in (top, top // 2, 0)
            if (y := BASE - value * scale) >= 0
        ),
    )
    every = max(1, round(len(columns) / 8))
    labels = format_html_join(
        "",
        '<text class="chart__axis" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (_short(LEFT + (index + 0.5) * slot), BASE + 16, bar.label)
            for index, bar in enumerate(columns)
            if index % every == 0
        ),
    )
    tallest = max(columns, key=lambda bar: bar.count)
    total = quantity(sum(bar.count for bar in columns))
    desc = f"Total: {total} {noun}".strip() + f". Maior: {quantity(tallest.count)} em {tallest.label}."
    return _framed("bars", f"0 0 {WIDE} {BASE + 22}", title, desc, rules + drawn + labels)


@register.simple_tag
def hours_split(hours: Sequence[Sequence[int]], names: Sequence[str], now: float, title: str) -> SafeString:
    """Draw each hour of a day as one bar, stacked by what its requests were for, and a line where it is now."""
    top = _ceiling(max((sum(parts) for parts in hours), default=0))
    scale, slot = (BASE - TOP) / top, (WIDE - LEFT) / max(len(hours), 1)
    drawn = []
    for hour, parts in enumerate(hours):
        stacked = 0
        for place, (name, count) in enumerate(zip(names, parts, strict=True), start=1):
            stacked += count
            if count:
                left, up = _short(LEFT + (hour + 0.12) * slot), _short(BASE - stacked * scale)
                box = (left, up, _short(slot * 0.76), _short(count * scale))
                drawn.append((place, *box, f"{hour} h, {name}: {quantity(count)}"))
    rects = format_html_join(
        "",
        '<rect class="chart__split-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        drawn,
    )
    rules = format_html_join(
        "",
        '<line class="chart__rule" x1="{}" y1="{}" x2="{}" y2="{}"/>'
        '<text class="chart__axis" x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, _short(y), WIDE, _short(y), LEFT - 6, _short(y + 4), quantity(value))
            for value in (top, top // 2, 0)
            if (y := BASE - value * scale) >= 0
        ),
    )
    labels = format_html_join(
        "",
        '<text class="chart__axis" x="{}" y="{}" text-anchor="middle">{} h</text>',
        ((_short(LEFT + (hour + 0.5) * slot), BASE + 16, hour) for hour in range(0, len(hours), 3)),
    )
    at = _short(LEFT + now * slot)
    line = format_html('<line class="chart__limit" x1="{}" y1="{}" x2="{}" y2="{}"/>', at, TOP, at, BASE)
    totals = ", ".join(f"{name} {quantity(sum(parts[place] for parts in hours))}" for place, name in enumerate(names))
    return _framed("bars", f"0 0 {WIDE} {BASE + 22}", title, f"{totals}.", rules + rects + labels + line)


@register.simple_tag
def quota_bar(used: int, limit: int, title: str, planned: int = 0) -> SafeString:
    """Draw how much of a quota is spent, and how much more is planned."""
    if limit <= 0:
        return SafeString("")
    wide = 640
    spent = min(wide, wide * used / limit)
    ahead = min(wide - spent, wide * planned / limit)
    inside = format_html(
        '<rect class="chart__track" x="0.5" y="0.5" width="639" height="13" rx="3"/>'
        '<rect class="chart__fill" x="0" y="0" width="{}" height="14" rx="3"/>'
        '<rect class="chart__fill--planned" x="{}" y="0" width="{}" height="14"/>',
        _short(spent),
        _short(spent),
        _short(ahead),
    )
    desc = f"{quantity(used)} de {quantity(limit)} usados ({percent(Decimal(used) / limit)})"
    desc += f"; {quantity(planned)} previstos." if planned else "."
    return _framed("quota", f"0 0 {wide} 14", title, desc, inside, stretch=True)
