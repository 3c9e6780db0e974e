"""How tax rates are written."""

from django import template

from ahead.web.tax_words import percent

register = template.Library()
register.filter("rate", percent)
