"""Django application: fiscal."""

from django.apps import AppConfig


class FiscalConfig(AppConfig):
    """Notas fiscais of a company, their taxes and their numbers."""

    name = "ahead.fiscal"
    label = "fiscal"
    default_auto_field = "django.db.models.BigAutoField"
