"""The link beside a page's title to the part of the manual that explains it."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from ahead.web.help import section_for

register = template.Library()


@register.inclusion_tag("layout/help_link.html", takes_context=True)
def help_link(context: template.Context) -> dict[str, Any]:
    """Draw the link to the section of the screen in hand; nothing where the manual has none."""
    match = getattr(context.get("request"), "resolver_match", None)
    return {"address": address_of(match.view_name if match else "")}


def address_of(route: str) -> str:
    """Return where the manual explains the screen of a route; an empty text where it does not."""
    slug, _, anchor = section_for(route).partition("#")
    if not slug:
        return ""
    return reverse("manual_chapter", args=[slug]) + (f"#{anchor}" if anchor else "")
