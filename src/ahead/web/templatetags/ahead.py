"""One library for all screens: `{% load ahead %}`."""

from django import template
from lucide.templatetags.lucide import register as icons

from ahead.web.templatetags import charts, components, formats, helping, listing, navigation

register = template.Library()
ours = (formats, charts, components, listing, navigation, helping)
for part in (*(module.register for module in ours), icons):
    register.tags.update(part.tags)
    register.filters.update(part.filters)
