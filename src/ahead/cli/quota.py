"""The command that says what the day of each Loja will come to."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ahead.cli.exits import Exit
from ahead.cli.finding import company_of, store_id_of
from ahead.cli.output import print_json, print_table, say
from ahead.stores import queries as stores
from ahead.sync.quota_ahead import NAMES, quota_of

if TYPE_CHECKING:
    from ahead.stores.forecasting import Forecast
    from ahead.stores.models import Store


def quota(args: Namespace) -> int:
    """Show used, waiting and expected requests by purpose; exit 1 where a day's quota does not suffice."""
    company = company_of(args)
    wanted = store_id_of(company, args)
    now = timezone.now()
    found = [(store, quota_of(store, now=now)) for store in stores.stores(company) if wanted in {None, store.pk}]
    if args.json:
        print_json({"company": company.slug, "stores": [_row(store, one) for store, one in found]})
    else:
        for store, one in found:
            say(f"{store.name}: {one.used} de {one.per_day} usadas, restam {one.left}")
            heads = ["Finalidade", "Usadas", "Esperam", "Previstas", "Não cabem"]
            lines = [(NAMES[line.purpose], line.used, line.waiting, line.expected, line.unfit) for line in one.lines]
            print_table(heads, lines, right=heads[1:])
    return Exit.LOOK if any(one.unfit for _, one in found) else Exit.DONE


def _row(store: Store, found: Forecast) -> dict[str, Any]:
    return {
        "store": store.code,
        "name": store.name,
        "per_day": found.per_day,
        "used": found.used,
        "left": found.left,
        "is_guess": found.is_guess,
        "purposes": {
            line.purpose.value: {
                "used": line.used,
                "waiting": line.waiting,
                "expected": line.expected,
                "unfit": line.unfit,
            }
            for line in found.lines
        },
    }
