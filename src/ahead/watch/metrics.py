"""Figures of all companies together, for Prometheus: counted over indexes of what is due; none names anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from ahead.accounts.models import Company
from ahead.fiscal.models import Nota
from ahead.lib.brasilia import BRASILIA
from ahead.orders.models import Order
from ahead.stores.models import Connection, RequestBudget, Store
from ahead.sync.models import OrderSighting
from ahead.watch.models import Alert, Freshness, HookDelivery, Look, MailLine
from ahead.webhooks.queries import waiting_stores


def families(*, now: datetime) -> Iterator[Metric]:
    """Yield each family of figures."""
    companies = list(Company.objects.values_list("pk", flat=True))
    yield _gauge("ahead_companies", "Companies.", len(companies))
    yield from _of_stores(now)
    yield from _of_work(companies)
    yield from _of_watch()
    yield from _of_flows()
    if settings.METRICS_OF_STORES:
        yield from _of_each_store()


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _counted(name: str, text: str, label: str, rows: QuerySet[Any], column: str) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in rows.order_by().values_list(column).annotate(Count("pk")):
        family.add_metric([str(value)], count)
    return family


def _of_stores(now: datetime) -> Iterator[Metric]:
    stores = Store.objects.across_companies()
    yield _counted("ahead_stores", "Lojas, by how their connection stands.", "connection", stores, "connection")
    yield _gauge("ahead_stores_paused", "Lojas that a person paused.", stores.filter(is_paused=True).count())
    working = stores.filter(connection=Connection.CONNECTED, is_paused=False, syncs_by_itself=True)
    late = working.filter(agenda__next_sync_at__lt=now)
    waits = (now - at).total_seconds() if (at := late.aggregate(at=Min("agenda__next_sync_at"))["at"]) else 0
    yield _gauge(
        "ahead_stores_failing", "Lojas whose last sync failed.", working.filter(agenda__failures__gt=0).count()
    )
    yield _gauge("ahead_sync_lag_seconds", "How long the Loja that is due longest has been due.", waits)
    budgets = RequestBudget.objects.across_companies().filter(day=now.astimezone(BRASILIA).date())
    used = budgets.aggregate(used=Sum("used_today"))["used"] or 0
    yield _gauge("ahead_tray_requests_today", "Requests sent to Tray today (Brasília).", used)


def _of_work(companies: list[int]) -> Iterator[Metric]:
    due = OrderSighting.objects.across_companies().filter(due__gt="")
    yield _gauge("ahead_orders_due", "Orders seen at Tray and not handled yet.", due.count())
    # by company, as the index lies
    held = Order.objects.across_companies().filter(company_id__in=companies, state=Order.State.HELD)
    yield _gauge("ahead_orders_held", "Orders that wait for a decision of a person.", held.count())
    owed = Order.objects.across_companies().filter(is_acknowledgement_due=True, store__isnull=False)
    yield _gauge("ahead_statuses_due", "Statuses that Tray is owed.", owed.count())
    notas = Nota.objects.across_companies()
    silent = notas.filter(due_at__isnull=False)
    yield _counted("ahead_notas_due", "Notas that wait for SEFAZ, by state.", "state", silent, "state")
    undelivered = notas.filter(delivery_due_at__isnull=False, state=Nota.State.AUTHORISED, store__isnull=False)
    yield _gauge("ahead_notas_undelivered", "Authorised notas that Tray is owed.", undelivered.count())
    noticed = waiting_stores()
    waiting = sum(one.count for one in noticed)
    yield _gauge("ahead_notices_waiting", "Things that Tray notified of and nobody looked at yet.", waiting)
    oldest = noticed[0].oldest_at.timestamp() if noticed else 0
    yield _gauge("ahead_notice_oldest_timestamp_seconds", "Since when the oldest of them waits; 0 for none.", oldest)


def _of_watch() -> Iterator[Metric]:
    alerts = Alert.objects.across_companies().filter(closed_at=None)
    yield _counted("ahead_alerts_open", "Alerts that are open, by kind.", "kind", alerts, "kind")
    looked_at = Look.objects.values_list("looked_at", flat=True).first()
    at = looked_at.timestamp() if looked_at else 0
    yield _gauge("ahead_look_timestamp_seconds", "When alerts were last looked for.", at)
    mails = MailLine.objects.across_companies().filter(due_at__isnull=False)
    yield _gauge("ahead_alert_mails_due", "Lines of e-mails that are still to be sent.", mails.count())
    hooks = HookDelivery.objects.across_companies().filter(due_at__isnull=False)
    yield _gauge("ahead_alert_hooks_due", "Messages of webhooks that are still to be sent.", hooks.count())


def _of_flows() -> Iterator[Metric]:
    """The worst store of each flow: what an operator wants to be woken by."""
    working = Q(store__connection=Connection.CONNECTED, store__is_paused=False)
    rows = Freshness.objects.across_companies().filter(working).order_by().values_list("flow")
    good = GaugeMetricFamily(
        "ahead_flow_good_timestamp_seconds",
        "When the flow was last in order, in the store where that is longest ago.",
        labels=["flow"],
    )
    late = GaugeMetricFamily(
        "ahead_flow_lateness_seconds",
        "From the cause to the other side, over 24 hours, in the store where it is worst.",
        labels=["flow", "quantile"],
    )
    for flow, at, p50, p95 in rows.annotate(Min("good_at"), Max("p50_seconds"), Max("p95_seconds")):
        if at:
            good.add_metric([flow], at.timestamp())
        for quantile, value in (("0.5", p50), ("0.95", p95)):
            if value is not None:
                late.add_metric([flow, quantile], value)
    yield good
    yield late


def _of_each_store() -> Iterator[Metric]:
    labels = ["company", "store", "flow"]
    good = GaugeMetricFamily(
        "ahead_store_flow_good_timestamp_seconds", "When the flow was last in order.", labels=labels
    )
    late = GaugeMetricFamily("ahead_store_flow_p95_seconds", "Lateness over 24 hours.", labels=labels)
    rows = Freshness.objects.across_companies().order_by("company_id", "store__code", "flow")
    for company, code, flow, at, p95 in rows.values_list("company_id", "store__code", "flow", "good_at", "p95_seconds"):
        named = [str(company), str(code), flow]
        if at:
            good.add_metric(named, at.timestamp())
        if p95 is not None:
            late.add_metric(named, p95)
    yield good
    yield late
