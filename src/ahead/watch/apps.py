"""Django application: watch."""

from django.apps import AppConfig


class WatchConfig(AppConfig):
    """Watching: how fresh each flow is, what is wrong since when, and who hears of it."""

    name = "ahead.watch"
    label = "watch"
    default_auto_field = "django.db.models.BigAutoField"
