"""A text column that is sealed at rest with the keys of AHEAD_SEALING_KEYS."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from ahead.lib.sealing import seal, unseal


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """Holds a secret: sealed on its way to the database, opened on its way back; never searchable."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return text if text is None else seal(str(text), settings.SEALING_KEYS)

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return value if value is None else unseal(value, settings.SEALING_KEYS)
