"""Django application: catalog."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Products, and how each store lists them."""

    name = "ahead.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
