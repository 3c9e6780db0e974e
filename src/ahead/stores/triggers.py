"""What makes a store sync: kept with what was asked for, and with the run that came of it."""

from __future__ import annotations

from django.db.models import TextChoices


class Trigger(TextChoices):
    """Who or what asked for a sync."""

    BUTTON = "button", "Pelo botão"
    SCHEDULE = "schedule", "Pela agenda"
    NOTICE = "notice", "Por aviso do Tray"
    COMMAND = "command", "Por comando"
    CONTINUATION = "continuation", "Como continuação"  # one run's time was not enough for the catalogue
    NOTA = "nota", "Por nota a enviar"
    SIMULATION = "simulation", "Como simulação"
