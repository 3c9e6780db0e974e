"""Django application: fiscal."""

from django.apps import AppConfig


class FiscalConfig(AppConfig):
    """Notas fiscais of a company, their taxes and their numbers."""

    name = "ahead.fiscal"
    label = "fiscal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Judge notas by the newest official schemas that are there."""
        from django.conf import settings

        from ahead.nfe.schemas import use_packages

        use_packages(settings.NFE_SCHEMAS if settings.NFE_SCHEMAS.is_dir() else None)
