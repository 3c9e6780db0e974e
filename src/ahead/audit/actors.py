"""Who acts where no person does, as the trail names them."""

from __future__ import annotations

SYNC = "sincronização"
SEFAZ = "SEFAZ"
