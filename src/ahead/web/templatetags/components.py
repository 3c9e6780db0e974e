"""Components that need a little work before their template: buttons, badges, fields, boxes with contents."""

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from ahead.web.templatetags.formats import plural, quantity

register = template.Library()

TONE_ICONS = {
    "ok": "circle-check",
    "attention": "triangle-alert",
    "error": "circle-x",
    "waiting": "clock",
    "accent": "info",
    "neutral": "circle-dot",
}
TURNS = {
    "you": ("hand", "sua vez"),
    "us": ("rotate-cw", "nós tentamos de novo"),
    "tray": ("cloud", "Tray"),
    "sefaz": ("landmark", "SEFAZ"),
}
OUTCOMES = {
    "clean": ("ok", "circle-check", "Sem erros"),
    "errors": ("error", "triangle-alert", "Com erros"),
    "running": ("waiting", "refresh-cw", "Em andamento"),
    "failed": ("error", "circle-x", "Não concluída"),
}


@lru_cache(maxsize=512)  # drawn from XML each time, and a long list shows the same few thousands of times
def _icon(name: str, size: int = 16) -> SafeString:
    return SafeString(lucide(name, size=size, aria_hidden="true") if name else "")


def _drawn(component: str, /, **facts: Any) -> SafeString:
    return SafeString(get_template(f"components/{component}.html").render(facts))


def _attributes(given: dict[str, Any]) -> SafeString:
    """Write attributes; hx_post becomes hx-post, True stands alone, False and None are left out."""
    kept = (
        (name.replace("_", "-"), value)
        for name, value in given.items()
        if value is not False and value is not None and value != ""
    )
    return format_html_join(
        "",
        "{}",
        (
            (format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value),)
            for name, value in kept
        ),
    )


@register.simple_tag
def badge(tone: str, text: str, icon: str = "", *, bare: bool = False) -> SafeString:
    """Draw a status pill; the tone brings its icon unless another is named."""
    drawn = _icon(icon or TONE_ICONS[tone], 14)
    extra = " badge--bare" if bare else ""
    return format_html('<span class="badge tone-{}{}">{}<span>{}</span></span>', tone, extra, drawn, text)


@register.simple_tag
def turn(whose: str) -> SafeString:
    """Say whose turn it is: you, us, tray or sefaz."""
    icon, text = TURNS[whose]
    return format_html('<span class="turn turn--{}">{}{}</span>', whose, _icon(icon, 12), text)


@register.simple_tag
def outcome(kind: str, text: str = "") -> SafeString:
    """Draw the icon and the words of a run's outcome: clean, errors, running or failed."""
    tone, icon, words = OUTCOMES[kind]
    return badge(tone, text or words, icon, bare=True)


@register.simple_tag
def button(label: str, variant: str = "", icon: str = "", href: str = "", **attributes: Any) -> SafeString:
    """Draw a button, or a link that looks like one; variant may hold several words: "primary small"."""
    words = variant.split()
    classes = " ".join(["button", *(f"button--{word}" for word in words)])
    inside = format_html('<span class="visually-hidden">{}</span>', label) if "icon" in words else label
    busy = SafeString("")
    if any(name.startswith("hx_") for name in attributes):
        busy = SafeString(lucide("loader-circle", size=16, aria_hidden="true", **{"class": "spinner"}))
    if "icon" in words:
        attributes.setdefault("title", label)
    if href:
        tag, attributes = "a", {"href": href, **attributes}
    else:
        tag, attributes = "button", {"type": "button", **attributes}
    return format_html(
        '<{} class="{}"{}>{}{}{}</{}>', tag, classes, _attributes(attributes), busy, _icon(icon), inside, tag
    )


@register.simple_tag
def dialog_button(dialog: str, label: str, variant: str = "", icon: str = "", **attributes: Any) -> SafeString:
    """Draw the button that opens a dialog; newer browsers open it without JavaScript."""
    return button(label, variant, icon, data_dialog_open=dialog, command="show-modal", commandfor=dialog, **attributes)


@register.simple_tag
def tip(text: str, icon: str = "info") -> SafeString:
    """Draw a small sign whose explanation shows on hover and focus."""
    return format_html(
        '<span class="tip" tabindex="0" role="note" aria-label="{}">{}'
        '<span class="tip__text" aria-hidden="true">{}</span></span>',
        text,
        _icon(icon, 15),
        text,
    )


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, size: str = "") -> dict[str, Any]:
    """Draw a form field with its label, required mark, help and error; size is s, m or l."""
    return {"field": bound, "size": size, "kind": bound.widget_type}


@register.simple_tag
def progress(done: int, total: int, noun: str, label: str = "") -> SafeString:
    """Draw a progress bar that says how many of how many; noun is "pedido,pedidos"."""
    words = f"{quantity(done)} de {plural(total, noun)}" if total else "Preparando…"
    return _drawn(
        "progress", label=label, words=words, name=label or words, done=str(done), total=str(total), is_known=total > 0
    )


@register.simple_tag
def raw(value: object, title: str = "Conteúdo recebido") -> SafeString:
    """Draw a folded viewer of JSON, or of text as it came."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return _drawn("raw", text=text, title=title)


@register.simple_tag
def stat(
    label: str,
    number: Decimal | int | str,
    hint: str = "",
    tone: str = "neutral",
    href: str = "",
    values: Sequence[int | float | Decimal] = (),
) -> SafeString:
    """Draw a card with one number, and the line of its last days."""
    figure = number if isinstance(number, str) else quantity(number)
    return _drawn("stat", label=label, number=figure, hint=hint, tone=tone, href=href, values=values)


@register.simple_block_tag
def panel(content: str, title: str = "", count: int | None = None, end: str = "", *, flush: bool = False) -> SafeString:
    """Draw a box with a heading; flush lets a table touch the edges, end stands at the right of the heading."""
    shown = None if count is None else quantity(count)
    return _drawn("panel", content=content, title=title, count=shown, end=end, flush=flush)


@register.simple_block_tag
def section(content: str, title: str, lead: str = "") -> SafeString:
    """Draw a titled group of form fields on the grid."""
    return _drawn("section", content=content, title=title, lead=lead)


@register.simple_block_tag
def disclosure(content: str, title: str, *, opened: bool = False) -> SafeString:
    """Draw something folded that opens without JavaScript."""
    return _drawn("disclosure", content=content, title=title, opened=opened)


@register.simple_block_tag
def menu(
    content: str, name: str, label: str, icon: str = "ellipsis-vertical", variant: str = "icon quiet"
) -> SafeString:
    """Draw a button with a menu of .menu__item links and buttons; name is unique on the page."""
    return _drawn("menu", content=content, name=name, label=label, icon=icon, variant=variant)


@register.simple_block_tag(takes_context=True)
def dialog(
    context: template.Context,
    content: str,
    name: str,
    title: str,
    label: str,
    action: str = "",
    tone: str = "accent",
    dismiss: str = "Voltar",
    *,
    opened: bool = False,
    **attributes: Any,
) -> SafeString:
    """
    Draw a confirmation: the contents say what will happen, label is the verb on the button.

    One that is opened stands in the page as it is drawn: what was typed in it was refused.

    With an action the dialog posts there by itself; without, its button submits the form around it
    (give formaction to send that form elsewhere).
    """
    return _drawn(
        "dialog",
        opened=opened,
        content=content,
        name=name,
        title=title,
        action=action,
        dismiss=dismiss,
        tone=tone,
        csrf_token=context.get("csrf_token", ""),
        confirm=button(label, "danger" if tone == "error" else "primary", type="submit", **attributes),
    )


@register.simple_block_tag
def selection_bar(content: str) -> SafeString:
    """Draw the bar "N selecionados" with actions; it stands at the end of a form with data-selection."""
    return _drawn("selection_bar", content=content)


@register.simple_tag
def consequences(*lines: str) -> SafeString:
    """List what a confirmed action will do, one line each."""
    drawn = _icon("chevron-right")
    items = format_html_join("", "<li>{}<span>{}</span></li>", ((drawn, line) for line in lines if line))
    return format_html('<ul class="consequences">{}</ul>', items)


@register.simple_tag
def tone_icon(tone: str, size: int = 16, icon: str = "") -> SafeString:
    """Draw the icon that belongs to a tone, or the one named."""
    return _icon(icon or TONE_ICONS[tone], size)


@register.simple_block_tag
def captured(content: str) -> SafeString:
    """Keep what is inside for later: `{% captured as page_title %}…{% endcaptured %}`."""
    return SafeString(content.strip())
