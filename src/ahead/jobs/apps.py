"""Django application: jobs."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Durable jobs: the only package that knows the engine (DBOS)."""

    name = "ahead.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
