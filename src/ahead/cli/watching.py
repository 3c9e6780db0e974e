"""`ahead alerts`: what is wrong now, for people and for the monitors of others."""

from __future__ import annotations

from argparse import Namespace

from django.utils import timezone

from ahead.cli.exits import Exit
from ahead.cli.finding import company_of, store_id_of
from ahead.cli.output import print_json, print_table, say
from ahead.pending.queries import WHOSE_TURN
from ahead.watch import queries
from ahead.watch.announcing import alert_document


def alerts(args: Namespace) -> int:
    """Show the alerts that are open, or with `--all` the closed ones too; 1 while any is open or no worker runs."""
    company = company_of(args)
    standing = "" if args.all else "open"
    page = queries.alerts(company, standing=standing, store_id=store_id_of(company, args), size=args.limit)
    stopped_since = queries.stopped_since(now=timezone.now())
    if args.json:
        print_json(
            {
                "company": company.slug,
                "looked_at": queries.looked_at(),
                "stopped_since": stopped_since,
                "open": queries.open_count(company),
                "alerts": [alert_document(alert) for alert in page.rows],
                "total": page.total,
                "has_more": page.has_next,
            }
        )
    else:
        heads = ("Desde", "O quê", "O que aconteceu", "Vez", "O que fazer", "Resolvido")
        rows = [
            (one.since, one.get_kind_display(), one.text, WHOSE_TURN[one.turn], one.remedy, one.closed_at)
            for one in page.rows
        ]
        if rows:
            print_table(heads, rows)
        else:
            say("Nada fora do normal.")
        if stopped_since:
            say("Nenhum worker está rodando: ninguém procura avisos. Inicie com `ahead worker`.")
    return Exit.LOOK if stopped_since or any(one.closed_at is None for one in page.rows) else Exit.DONE
