"""The database of a test, for other processes."""

from __future__ import annotations

import os

from django.db import connection

from plugins.databases import database_of


def database_url() -> str:
    """Return how another process finds the database of this test."""
    name = str(connection.settings_dict["NAME"])
    return f"sqlite:///{name}" if connection.vendor == "sqlite" else database_of(os.environ["AHEAD_DATABASE_URL"], name)
