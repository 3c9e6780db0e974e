"""Django application: web."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The screens."""

    name = "ahead.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
