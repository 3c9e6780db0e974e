"""Django application: db."""

from django.apps import AppConfig


class DbConfig(AppConfig):
    """What the tables of every app stand on."""

    name = "ahead.db"
    label = "ahead_db"
