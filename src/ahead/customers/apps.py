"""Django application: customers."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Customers and their documents."""

    name = "ahead.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
