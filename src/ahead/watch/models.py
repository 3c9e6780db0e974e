"""What was found wrong, who is told of it and how, and how fresh each flow of a store is."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import F, Q

from ahead.db.sealed import SealedTextField
from ahead.db.tenancy import TenantModel
from ahead.pending.models import Turn


class Look(models.Model):
    """The one row that says when this installation was last looked at, and when nobody looked for long."""

    looked_at = models.DateTimeField()
    away_from = models.DateTimeField(null=True)  # the last gap: no worker ran
    away_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"looked at {self.looked_at:%Y-%m-%d %H:%M:%S}"


class AlertKind(models.TextChoices):
    """What an alert is about."""

    STORE_CONNECTION = "store_connection", "Loja sem conexão com o Tray"
    STORE_OVERDUE = "store_overdue", "Loja que não sincroniza"
    STORE_FAILING = "store_failing", "Sincronização que falha seguidas vezes"
    TOKEN_ENDING = "token_ending", "Autorização do Tray perto do fim"
    QUOTA = "quota", "Cota de requisições quase gasta"
    ORDERS_WAITING = "orders_waiting", "Pedidos que não entraram"
    NOTICES = "notices", "Notificações do Tray que esperam"
    ORDERS_HELD = "orders_held", "Pedidos retidos há muito tempo"
    NOTAS_REJECTED = "notas_rejected", "Notas rejeitadas"
    NOTAS_UNKNOWN = "notas_unknown", "Notas sem resposta da SEFAZ"
    NOTAS_UNDELIVERED = "notas_undelivered", "Notas que não chegaram ao Tray"
    CERTIFICATE = "certificate", "Certificado digital perto do fim"
    WORKER_AWAY = "worker_away", "Programa parado"


class Alert(TenantModel):
    """Something that is wrong: opened once, closed once its cause is gone. One open row per cause."""

    store = models.ForeignKey("stores.Store", null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=AlertKind.choices)
    key = models.CharField(max_length=40)  # what it is about, unique among the open ones of its kind: "store:7"
    text = models.TextField()
    remedy = models.TextField()
    turn = models.CharField(max_length=5, choices=Turn.choices, default=Turn.YOU)
    since = models.DateTimeField()  # when it began to be wrong
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "key"], condition=Q(closed_at=None), name="one_open_alert"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="alert_closes_after_it_opens"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-opened_at"], name="alerts_recent"),
            models.Index(fields=["company", "kind", "key", "-opened_at"], name="alerts_of_cause"),
            models.Index(fields=["company"], condition=Q(closed_at=None), name="alerts_open"),
        ]

    def __str__(self) -> str:
        return self.text


class AlertSettings(TenantModel):
    """From when on something is an alert, when the daily digest goes out, and where the webhook goes."""

    overdue_intervals = models.PositiveIntegerField("Loja sem sincronizar (intervalos)", default=4)
    failing_runs = models.PositiveIntegerField("Sincronizações com falha seguidas", default=3)
    held_hours = models.PositiveIntegerField("Pedido retido (horas)", default=24)
    waiting_minutes = models.PositiveIntegerField("Pedido que não entrou (minutos)", default=60)
    rejected_hours = models.PositiveIntegerField("Nota rejeitada (horas)", default=4)
    unknown_minutes = models.PositiveIntegerField("Nota sem resposta da SEFAZ (minutos)", default=30)
    undelivered_minutes = models.PositiveIntegerField("Nota não entregue (minutos)", default=120)
    token_days = models.PositiveIntegerField("Autorização do Tray (dias antes)", default=7)
    certificate_days = models.PositiveIntegerField("Certificado (dias antes)", default=15)
    quota_percent = models.PositiveIntegerField("Cota que resta (%)", default=10)
    digest_at = models.TimeField("Resumo diário (horário de Brasília)", default=time(18, 0))
    hook_url = models.CharField("Endereço", max_length=300, blank=True)
    hook_secret = SealedTextField(blank=True)
    hook_is_on = models.BooleanField("Ligado", default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company"], name="one_alert_settings")]

    def __str__(self) -> str:
        return f"alert settings of company {self.company_id}"


class AlertChoice(TenantModel):
    """What a person wants to hear of a company by e-mail; without a row the role decides (`rules.default_choice`)."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    at_once = models.BooleanField("Avisos na hora", default=False)
    daily = models.BooleanField("Resumo diário", default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="one_alert_choice")]

    def __str__(self) -> str:
        return f"choice of user {self.user_id}"


class Sending(TenantModel):
    """
    Something that leaves for somebody outside: announced before it is sent.

    `starts` counts the tries whose end nobody noted, because the process died: the first is repeated, once.
    """

    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # NULL: sent, or given up
    starts = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)  # that surely failed
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


class News(models.TextChoices):
    """What is told."""

    OPENED = "opened", "Aberto"
    CLOSED = "closed", "Resolvido"
    DIGEST = "digest", "Resumo diário"
    TEST = "test", "Teste"


class MailLine(Sending):
    """One line of an e-mail to one person: an alert that opened or closed, or the digest of a day."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    news = models.CharField(max_length=6, choices=News.choices)
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="mail_lines")
    day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "alert", "user", "news"],
                condition=Q(alert__isnull=False),
                name="told_once_of_an_alert",
            ),
            models.UniqueConstraint(
                fields=["company", "user", "day"], condition=Q(news="digest"), name="one_digest_a_day"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="mail_lines_due")]

    def __str__(self) -> str:
        return f"{self.news} to user {self.user_id}"


class HookDelivery(Sending):
    """One message to the webhook of a company; `public_id` lets the receiver know a repetition."""

    public_id = models.CharField(max_length=32)
    news = models.CharField(max_length=6, choices=News.choices)
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="hook_deliveries")
    body = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "alert", "news"], condition=Q(alert__isnull=False), name="one_message_of_an_alert"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="hooks_due"),
            models.Index(fields=["company", "-created_at"], name="hooks_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.news} {self.public_id}"


class HookAttempt(TenantModel):
    """One try to deliver a message, and what came of it."""

    delivery = models.ForeignKey(HookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(default=0)
    status = models.PositiveIntegerField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.status or self.problem}"


class Flow(models.TextChoices):
    """What goes between a store and AHEAD, in the order of a sync."""

    ORDERS = "orders", "Pedidos para o AHEAD"
    CANCELLATIONS = "cancellations", "Cancelamentos para o AHEAD"
    STATUSES = "statuses", "Status para o Tray"
    NOTES = "notes", "Notas para o Tray"
    STOCK = "stock", "Estoque para o Tray"
    CATALOGUE = "catalogue", "Catálogo para o Tray"


class Freshness(TenantModel):
    """How one flow of a store goes: brought up to date by the look after each run, so that reading it costs a row."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    flow = models.CharField(max_length=14, choices=Flow.choices)
    run_number = models.PositiveBigIntegerField(default=0)  # the last run it was judged by
    good_at = models.DateTimeField(null=True)  # when the last run ended in which this flow was done without error
    passed_at = models.DateTimeField(
        null=True
    )  # when the last one ended that came to the end of it, with errors or not
    p50_seconds = models.FloatField(null=True)  # of the last 24 hours: from the cause to its being on the other side
    p95_seconds = models.FloatField(null=True)
    samples = models.PositiveIntegerField(default=0)
    measured_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "flow"], name="one_freshness_per_flow")]

    def __str__(self) -> str:
        return f"{self.flow} of store {self.store_id}"
