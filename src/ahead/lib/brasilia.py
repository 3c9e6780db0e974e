"""The time of Brasília: by it people read instants here, and by it the law and Tray begin their days."""

from __future__ import annotations

from zoneinfo import ZoneInfo

BRASILIA = ZoneInfo("America/Sao_Paulo")
