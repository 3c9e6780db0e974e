"""Django application: orders."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Orders: PEW from a store, PED from the ERP."""

    name = "ahead.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"
