"""The checks of `ahead doctor`, once the settings could be read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils import timezone

from ahead.accounts.queries import companies
from ahead.catalog.listing_queries import images_not_here, uploaded_images
from ahead.cli.output import shown
from ahead.cli.symptoms import ERROR, OK, WARNING, Symptom
from ahead.db.resealing import newest_unopened
from ahead.db.schema import look_at_schema
from ahead.db.standing import clock_skew_seconds
from ahead.fiscal import queries as fiscal
from ahead.fiscal.rules import WARNED_FROM_DAYS, expiry_text
from ahead.jobs import standing
from ahead.jobs.readiness import readiness
from ahead.stores import queries as stores_queries
from ahead.sync.queries import StoreOverview, overview

if TYPE_CHECKING:
    from ahead.accounts.models import Company

_LEAST_FREE_MB = 500
_MOST_SKEW_SECONDS = 5.0
_WAITING_TOO_LONG = timedelta(minutes=5)
_TOKEN_WARNING = timedelta(days=7)
_OVERDUE = timedelta(minutes=10)


def configuration() -> Iterator[Symptom]:
    """What the environment says."""
    yield Symptom("configuration", OK, f"Configuração lida; dados em {settings.DATA_DIR}.")
    if settings.DEBUG:
        yield Symptom("debug", WARNING, "AHEAD_DEBUG está ligado.", "Desligue-o fora do desenvolvimento.")
    if settings.ALLOW_PRIVATE_HOSTS:
        text = "AHEAD_ALLOW_PRIVATE_HOSTS está ligado: uma Loja pode apontar para a rede interna."
        yield Symptom("private_hosts", WARNING, text, "Desligue-o em produção.")
    if settings.PUBLIC_URL and not settings.SESSION_COOKIE_SECURE:
        text = (
            "AHEAD_PUBLIC_URL é https://, mas sem AHEAD_HTTPS=1 os cookies de quem entra não exigem TLS, e não há HSTS."
        )
        remedy = "Ponha AHEAD_HTTPS=1, com um proxy na frente que envia X-Forwarded-Proto, e reinicie o `ahead web`."
        yield Symptom("https", WARNING, text, remedy)


def pictures() -> Iterator[Symptom]:
    """Whether Tray can fetch the images that were uploaded here."""
    waiting = 0 if settings.PUBLIC_URL else uploaded_images()
    if waiting:
        text = f"O Tray não tem como buscar imagens enviadas para cá ({waiting}): falta o endereço público."
        yield Symptom("public_url", WARNING, text, "Informe em AHEAD_PUBLIC_URL o endereço https:// destas telas.")


def shared_pictures() -> Iterator[Symptom]:
    """Whether this machine sees the images that were uploaded, whichever machine took them."""
    if lacking := images_not_here():
        text = f"Esta máquina não vê {lacking} das últimas imagens enviadas ({settings.MEDIA_ROOT})."
        remedy = "Com várias máquinas, monte a mesma pasta (NFS) em todas que servem as telas; ou traga-as do backup."
        yield Symptom("pictures", ERROR, text, remedy)


def data_folder() -> Iterator[Symptom]:
    """Whether the data folder can be written, is private and has room."""
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"x")
    keys = folder / "keys.json"
    if keys.exists() and keys.stat().st_mode & 0o077:
        text = f"Outros usuários desta máquina podem ler {keys}."
        yield Symptom("keys_file", ERROR, text, f"Rode: chmod 600 {keys}")
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < _LEAST_FREE_MB:
        yield Symptom("disk", ERROR, f"Só restam {free} MB em {folder}.", "Libere espaço em disco.")
    else:
        yield Symptom("data_dir", OK, f"A pasta de dados aceita escrita, com {free / 1000:.1f} GB livres.")


def database() -> Iterator[Symptom]:
    """Whether the database answers and has all its tables."""
    schema = look_at_schema()
    if missing := schema.missing:
        text = f"Faltam {len(missing)} alterações no banco de dados (a primeira: {missing[0]})."
        yield Symptom("database", ERROR, text, "Rode `ahead migrate`.")
    elif newer := schema.contracted or schema.unknown:
        state = ERROR if schema.contracted else WARNING
        text = f"O banco de dados é de uma versão mais nova do que esta (a alteração {newer[0]})."
        yield Symptom("database", state, text, "Instale nesta máquina a mesma versão das outras.")
    else:
        kind = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
        yield Symptom("database", OK, f"{kind} responde e está em dia.")


def clock() -> Iterator[Symptom]:
    """Whether machine and database agree about the time: what is shared goes by the database's, notas by ours."""
    skew = clock_skew_seconds()
    if abs(skew) > _MOST_SKEW_SECONDS:
        where = "adiantado" if skew > 0 else "atrasado"
        text = f"O relógio desta máquina está {abs(skew):.0f} s {where} em relação ao do banco de dados."
        yield Symptom("clock", ERROR, text, "Acerte os relógios com NTP (chrony ou systemd-timesyncd).")
    else:
        yield Symptom("clock", OK, "O relógio confere com o do banco de dados.")


def sealing_keys() -> Iterator[Symptom]:
    """Whether this machine opens what the others sealed."""
    if closed := newest_unopened():
        text = (
            f"As chaves de selo desta máquina não abrem o que está no banco (tabela {closed.table}, linha {closed.pk})."
        )
        remedy = "Ponha em AHEAD_SEALING_KEYS as mesmas chaves das outras máquinas, e reinicie web e worker daqui."
        yield Symptom("sealing_keys", ERROR, text, remedy)
    else:
        yield Symptom("sealing_keys", OK, "As chaves de selo abrem o que está no banco.")


def workers() -> Iterator[Symptom]:
    """Whether anybody runs what is asked for."""
    state = standing.state()
    if not state.workers:
        yield Symptom("workers", ERROR, "Nenhum worker está rodando.", "Inicie com `ahead worker`.")
        return
    if state.problem:
        yield Symptom("workers", ERROR, state.problem, "Rode `ahead migrate` e reinicie os workers.")
        return
    waiting = [run for run in state.queued if timezone.now() - run.created_at > _WAITING_TOO_LONG]
    if waiting:
        text = f"{len(waiting)} sincronizações esperam há mais de 5 minutos."
        yield Symptom("queue", WARNING, text, "Aumente --threads ou inicie mais workers.")
    threads = sum(worker.threads for worker in state.workers)
    yield Symptom("workers", OK, f"Workers rodando: {len(state.workers)}, para até {threads} Lojas ao mesmo tempo.")


def ready() -> Iterator[Symptom]:
    """What /saude/pronto says, in the same words."""
    found = readiness()
    problem = found.first_problem
    if problem is None:
        yield Symptom("readiness", OK, "Pronta para trabalhar: /saude/pronto responde 200.")
    else:
        yield Symptom("readiness", ERROR, f"/saude/pronto responde 503. {problem.text}", problem.remedy)


def certificates() -> Iterator[Symptom]:
    """Whether each company that issues notas has a certificate, and for how long."""
    for company in companies():
        issuer = fiscal.issuer(company)
        if issuer is not None:
            yield _certificate_of(company, is_real=issuer.environment == "1")


def _certificate_of(company: Company, *, is_real: bool) -> Symptom:
    certificate, now = fiscal.current_certificate(company), timezone.now()
    renew = f"Guarde o novo com `ahead fiscal certificate {company.slug} ARQUIVO`, ou em Fiscal, Certificado digital."
    if certificate is None:
        text = f"{company.slug}: emite notas e ainda não tem certificado A1."
        return Symptom("certificate", ERROR if is_real else WARNING, text, renew)
    text = f"{company.slug}: {expiry_text(certificate.name, certificate.not_after, now=now)}"
    if now >= certificate.not_after:
        return Symptom("certificate", ERROR if is_real else WARNING, text, renew)
    if certificate.not_after - now < timedelta(days=WARNED_FROM_DAYS):
        return Symptom("certificate", WARNING, text, renew)
    return Symptom("certificate", OK, f"{company.slug}: certificado válido até {shown(certificate.not_after)}.")


def stores() -> Iterator[Symptom]:
    """How each Loja stands."""
    known = companies()
    if not known:
        yield Symptom("companies", WARNING, "Ainda não há nenhuma empresa.", "Crie uma com `ahead company add`.")
    for company in known:
        yield from _of_company(company)


def _of_company(company: Company) -> Iterator[Symptom]:
    now = timezone.now()
    lines = overview(company, now=now)
    missing = stores_queries.missing_setups([line.store for line in lines])
    ends = stores_queries.authorisations_end(company)
    for line in lines:
        name = f"{company.slug}, Loja {line.store.code} {line.store.name}"
        symptoms = list(_of_store(line, name, missing[line.store.pk], ends.get(line.store.pk), now))
        yield from symptoms or [Symptom("store", OK, f"{name}: em dia.")]


def _of_store(
    line: StoreOverview, name: str, missing: list[str], ends_at: datetime | None, now: datetime
) -> Iterator[Symptom]:
    store, last = line.store, line.last_run
    if store.is_paused:
        yield Symptom("store_paused", WARNING, f"{name}: está pausada.", "Retome-a quando quiser sincronizar.")
        return
    if store.connection in {"reauthorise", "blocked"}:
        text = f"{name}: {store.get_connection_display().lower()}. {store.connection_note}".strip()
        yield Symptom("store_connection", ERROR, text, f"Conecte de novo: ahead store connect {store.code}")
    elif missing:
        yield Symptom("store_setup", ERROR, f"{name}: a Loja ainda não pode sincronizar.", " ".join(missing))
        return
    if ends_at and ends_at < now + _TOKEN_WARNING:
        text = f"{name}: a autorização do Tray vence em {shown(ends_at)}."
        yield Symptom("store_token", ERROR, text, "Sincronize antes disso, ou conecte a Loja de novo.")
    if line.next_sync_at and line.next_sync_at < now - _OVERDUE:
        text = f"{name}: devia ter sincronizado em {shown(line.next_sync_at)}."
        yield Symptom("store_overdue", ERROR, text, "Confira se há um worker rodando e veja o log dele.")
    if last and last.state == "failed":
        text = f"{name}: a última sincronização ({shown(last.started_at)}) não pôde rodar."
        yield Symptom(
            "store_failed", ERROR, text, f"Veja por quê: ahead runs --company {line.store.company.slug} --id {last.pk}"
        )
    if line.is_quota_low:
        text = f"{name}: restam {line.requests_left} requisições hoje."
        yield Symptom(
            "store_quota", WARNING, text, "Aumente o intervalo da Loja ou o limite diário combinado com o Tray."
        )
