"""Django application: stores."""

from django.apps import AppConfig


class StoresConfig(AppConfig):
    """Lojas: Tray stores of a company, their connection, statuses and request budget."""

    name = "ahead.stores"
    label = "stores"
    default_auto_field = "django.db.models.BigAutoField"
