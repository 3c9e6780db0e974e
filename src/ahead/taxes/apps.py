"""Django application: taxes."""

from django.apps import AppConfig


class TaxesConfig(AppConfig):
    """Tax rules of a company."""

    name = "ahead.taxes"
    label = "taxes"
    default_auto_field = "django.db.models.BigAutoField"
