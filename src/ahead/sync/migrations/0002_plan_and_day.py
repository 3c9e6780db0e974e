"""Sightings keep the day of the order; the sweep keeps the settings it was made by."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns."""

    dependencies: ClassVar = [("sync", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField("OrderSighting", "placed_on", models.DateField(null=True)),
        migrations.AddField("SweepState", "plan", models.JSONField(default=dict)),
    ]
