"""Django application: stock."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    """Warehouses, balances, movements, reservations, and what was published."""

    name = "ahead.stock"
    label = "stock"
    default_auto_field = "django.db.models.BigAutoField"
