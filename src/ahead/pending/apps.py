"""Django application: pending."""

from django.apps import AppConfig


class PendingConfig(AppConfig):
    """Pending matters: what a person must decide; heals once the cause is gone."""

    name = "ahead.pending"
    label = "pending"
    default_auto_field = "django.db.models.BigAutoField"
