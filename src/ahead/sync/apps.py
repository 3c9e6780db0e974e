"""Django application: sync."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """The exchange with Tray: runs, sightings, windows, and the steps."""

    name = "ahead.sync"
    label = "sync"
    default_auto_field = "django.db.models.BigAutoField"
