"""What the jobs do with a sheet: whatever its state says is due; repeated at any moment, it does no harm."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.utils import timezone

from ahead.spreadsheets.applying import apply_sheet
from ahead.spreadsheets.models import SheetImport
from ahead.spreadsheets.staging import LostSheet, look_through


def work_on(sheet_id: int, *, now: Callable[[], datetime] = timezone.now) -> None:
    """Look through a sheet, or apply it; if it could not be applied as it was looked at, look through it again."""
    sheet = SheetImport.objects.across_companies().select_related("company", "store").filter(pk=sheet_id).first()
    if sheet is None:
        return
    if sheet.state == SheetImport.State.APPLYING and apply_sheet(sheet, now=now):
        return
    sheet.refresh_from_db(fields=["state"], from_queryset=SheetImport.objects.of(sheet.company_id))
    if sheet.state == SheetImport.State.READING:
        with suppress(LostSheet):
            look_through(sheet, now=now)
