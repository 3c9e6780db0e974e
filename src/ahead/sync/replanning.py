"""When a Loja's settings change, what was seen before is judged again: an order left aside may now be wanted."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from ahead.orders.models import Order
from ahead.orders.rules import StatusPlan
from ahead.sync.exchange import Exchange
from ahead.sync.models import OrderSighting, SweepState


def adopt_plan(exchange: Exchange, state: SweepState) -> None:
    """
    Keep the books by the settings as they are now.

    A status that is imported from now on brings in the orders that were seen in it; one that cancels from now on
    cancels them, and one that does so no longer gives back those it cancelled; an earlier first day has the orders
    since that day looked for.
    """
    store = exchange.store
    plan = _written(exchange.plan, store.import_from)
    if state.plan == plan:
        return
    with exchange.write():
        _judge_again(exchange)
        if state.plan and plan["from"] < state.plan["from"]:
            state.closed_through = state.swept_fully_at = None
        state.plan = plan
        state.save(update_fields=["plan", "closed_through", "swept_fully_at"])


def _judge_again(exchange: Exchange) -> None:
    store, plan = exchange.store, exchange.plan
    left_aside = OrderSighting.objects.of(exchange.company_id).filter(
        store=store, due=OrderSighting.Due.NOTHING, is_gone=False
    )
    ours = Order.objects.of(exchange.company_id).filter(store=store, tray_id=OuterRef("tray_id"))
    is_young = Q(placed_on=None) | Q(placed_on__gte=store.import_from)
    left_aside.filter(is_young, ~Exists(ours), status_id__in=plan.import_ids).update(due=OrderSighting.Due.READ)
    ended_by_tray = ours.filter(state=Order.State.CANCELLED, is_cancelled_by_tray=True)
    left_aside.filter(Exists(ended_by_tray), status_id__in=plan.active_ids).update(due=OrderSighting.Due.READ)
    alive = ours.exclude(state=Order.State.CANCELLED)
    left_aside.filter(Exists(alive), status_id__in=plan.cancelled_ids).update(due=OrderSighting.Due.CANCEL)


def _written(plan: StatusPlan, import_from: date) -> dict[str, Any]:
    return {
        "import": sorted(plan.import_ids),
        "cancelled": sorted(plan.cancelled_ids),
        "from": import_from.isoformat(),
    }
