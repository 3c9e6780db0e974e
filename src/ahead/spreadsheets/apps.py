"""Django application: spreadsheets."""

from django.apps import AppConfig


class SpreadsheetsConfig(AppConfig):
    """Sheets that are looked at first, and then written all at once."""

    name = "ahead.spreadsheets"
    label = "spreadsheets"
    default_auto_field = "django.db.models.BigAutoField"
