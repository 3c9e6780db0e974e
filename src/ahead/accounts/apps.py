"""Django application: accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Companies (the tenants), users and memberships."""

    name = "ahead.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
