"""One library for all screens: `{% load ahead %}`."""

from django import template
from lucide.templatetags.lucide import register as icons

from ahead.web.templatetags import charts, components, formats, listing, navigation

register = template.Library()
for part in (formats.register, charts.register, components.register, listing.register, navigation.register, icons):
    register.tags.update(part.tags)
    register.filters.update(part.filters)
