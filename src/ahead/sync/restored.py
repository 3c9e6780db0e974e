"""After a restore: what Tray has is read anew, or written anew, whatever our tables say was read and written."""

from __future__ import annotations

from datetime import datetime, timedelta

from ahead.stock.models import CenterStock
from ahead.sync.models import SweepState

_CLOCKS_DIFFER = timedelta(minutes=10)


def read_all_again(*, backup_at: datetime) -> int:
    """
    Let the next sync of each store sweep every page and read the catalogue with its stock; return how many stores.

    Orders that came in after the backup have the statuses by now that we set then, by which they are known again.
    What lies in each distribution centre Tray does not list: a sum that is right hides that one has more and another
    less than we told them, so each is told again.
    """
    CenterStock.objects.across_companies().update(is_in_doubt=True)
    rows = SweepState.objects.across_companies()
    return rows.update(
        swept_fully_at=None,
        catalogue_read_at=None,
        high_water_is_settled=False,
        lost_since=backup_at - _CLOCKS_DIFFER,
    )
