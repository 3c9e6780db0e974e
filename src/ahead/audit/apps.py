"""Django application: audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The trail: who did what, when."""

    name = "ahead.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
