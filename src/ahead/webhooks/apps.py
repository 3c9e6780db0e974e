"""Django application: webhooks."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Avisos of Tray: the address of each application, and what is still to be looked at."""

    name = "ahead.webhooks"
    label = "webhooks"
    default_auto_field = "django.db.models.BigAutoField"
