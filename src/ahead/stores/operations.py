"""Writing Lojas: registration, settings, statuses, schedule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from ahead.accounts.models import Company
from ahead.lib.errors import Refused
from ahead.stores import bucket, rules
from ahead.stores.connecting import record_of_store
from ahead.stores.models import (
    Connection,
    RequestBudget,
    StatusChoice,
    StatusRole,
    Store,
    StoreAgenda,
    StoreStatus,
    StoreToken,
)
from ahead.stores.selling import sell_from


class WrongStore(Refused):
    """A field of a Loja is missing or wrong; the message says which and why."""


class CodeTaken(Refused):
    """Another Loja of the company has this code."""


class UnknownStatus(Refused):
    """A status that was chosen is not one of this store's."""


class StoreChanges(TypedDict, total=False):
    """What `update_store` may change; a field left out stays. A blank secret stays, too."""

    name: str
    address: str
    code: int
    consumer_key: str
    consumer_secret: str
    warehouses: Sequence[int]
    import_from: date
    sync_interval_minutes: int
    syncs_by_itself: bool
    safety_stock: int
    brake_percent: int
    requests_per_minute: int
    requests_per_day: int


_SECRETS = ("consumer_key", "consumer_secret")
_RECONNECTS = ("address", "consumer_key")  # the tokens belong to this address and this key
_SCHEDULE = ("sync_interval_minutes", "syncs_by_itself")


@transaction.atomic
def register_store(
    *,
    company: Company,
    name: str,
    address: str,
    consumer_key: str,
    consumer_secret: str,
    code: int | None = None,
    warehouses: Sequence[int] = (),
    import_from: date | None = None,
    sync_interval_minutes: int = 15,
    safety_stock: int = 0,
    brake_percent: int = 30,
    by: str,
    now: datetime,
) -> Store:
    """
    Register a Loja, with its token, budget and agenda. It is connected and set up afterwards.

    :raises WrongStore: if a field is missing or wrong.
    :raises WrongAddress: if the address cannot be a store's.
    :raises CodeTaken: if another Loja has the code.
    :raises UnknownWarehouse: if a warehouse is not one of the company's.
    """
    Company.objects.select_for_update().get(pk=company.pk)  # two registrations at once get two codes
    store = Store(
        company=company,
        code=code or (Store.objects.of(company).aggregate(last=Max("code"))["last"] or 0) + 1,
        name=name,
        address=address,
        consumer_key=consumer_key,
        consumer_secret=consumer_secret,
        import_from=import_from or bucket.day_of(now),
        sync_interval_minutes=sync_interval_minutes,
        safety_stock=safety_stock,
        brake_percent=brake_percent,
        created_at=now,
    )
    _clean(store)
    _check_bounds(store, _BOUNDS)
    store.save(force_insert=True)
    _add_companions(store, now)
    sell_from(store, warehouses)
    record_of_store("registered", store, f"Loja «{store.name}» registrada", by=by, now=now, code=store.code)
    return store


def _add_companions(store: Store, now: datetime) -> None:
    StoreToken.objects.create(company_id=store.company_id, store=store)
    StoreAgenda.objects.create(company_id=store.company_id, store=store)
    RequestBudget.objects.create(
        company_id=store.company_id,
        store=store,
        tokens=bucket.capacity(store.requests_per_minute),
        refilled_at=now,
        day=bucket.day_of(now),
    )


@transaction.atomic
def update_store(*, company: Company, store_id: int, by: str, now: datetime, **changes: Unpack[StoreChanges]) -> Store:
    """
    Change a Loja; effective at once. Another address or Consumer Key asks for a new connection.

    :raises Store.DoesNotExist: if the company has no such store.
    :raises WrongStore: if a field is wrong.
    :raises WrongAddress: if the address cannot be a store's.
    :raises CodeTaken: if another Loja has the code.
    :raises UnknownWarehouse: if a warehouse is not one of the company's.
    """
    store = _locked(company, store_id)
    before = {field: getattr(store, field) for field in StoreChanges.__annotations__ if field != "warehouses"}
    for field, value in changes.items():
        if field != "warehouses" and not (field in _SECRETS and not str(value).strip()):
            setattr(store, field, value)
    _clean(store)
    changed = [field for field in before if getattr(store, field) != before[field]]
    _check_bounds(store, changed)
    if store.connection == Connection.CONNECTED and any(field in changed for field in _RECONNECTS):
        store.connection = Connection.REAUTHORISE
        store.connection_note = "O endereço ou a Consumer Key mudou."
        changed += ["connection", "connection_note"]
    if changed:
        store.save(update_fields=changed)
    if any(field in changed for field in _SCHEDULE):
        _reschedule(store, old_minutes=before["sync_interval_minutes"], now=now)
    if "warehouses" in changes and _choose_warehouses(store, changes["warehouses"]):
        changed.append("warehouses")
    if changed:
        _record_changes(store, changed, by=by, now=now)
    return store


def _choose_warehouses(store: Store, warehouses: Sequence[int]) -> bool:
    mapped = store.distribution_centers.filter(warehouse__isnull=False, is_gone=False)
    if store.is_multicd and mapped.exists():
        sold_from = set(store.sales_warehouses.values_list("warehouse_id", flat=True))
        if set(warehouses) == sold_from:
            return False
        raise WrongStore("Os Estoques desta Loja seguem os centros de distribuição dela: mude o mapeamento deles.")
    return sell_from(store, warehouses)


def _record_changes(store: Store, changed: Sequence[str], *, by: str, now: datetime) -> None:
    """Write which fields changed, and to what; of the secrets only that they changed."""
    hidden = {*_SECRETS, "warehouses"}
    shown = {field: str(getattr(store, field)) for field in changed if field not in hidden}
    record_of_store(
        "changed", store, f"Loja «{store.name}» alterada", by=by, now=now, fields=list(changed), values=shown
    )


def pause_store(*, company: Company, store_id: int, by: str, now: datetime) -> Store:
    """
    Let a Loja rest: it is not synchronised until it is resumed.

    :raises Store.DoesNotExist: if the company has no such store.
    """
    return _set_paused(company, store_id, is_paused=True, by=by, now=now)


def resume_store(*, company: Company, store_id: int, by: str, now: datetime) -> Store:
    """
    Let a Loja that rests synchronise again; if it does so by itself, it is due at once.

    :raises Store.DoesNotExist: if the company has no such store.
    """
    return _set_paused(company, store_id, is_paused=False, by=by, now=now)


@transaction.atomic
def _set_paused(company: Company, store_id: int, *, is_paused: bool, by: str, now: datetime) -> Store:
    store = _locked(company, store_id)
    if store.is_paused == is_paused:
        return store
    store.is_paused = is_paused
    store.save(update_fields=["is_paused"])
    if not is_paused and store.syncs_by_itself:
        StoreAgenda.objects.of(company).filter(store=store).update(next_sync_at=now, failures=0)
    done = "pausada" if is_paused else "retomada"
    record_of_store("paused" if is_paused else "resumed", store, f"Loja «{store.name}» {done}", by=by, now=now)
    return store


@transaction.atomic
def choose_statuses(
    *,
    company: Company,
    store_id: int,
    choices: Mapping[StatusRole, Sequence[int]],
    by: str,
    now: datetime,
) -> None:
    """
    Choose the statuses of the five fields, by the ids of our rows; a field left out stays as it is.

    :raises Store.DoesNotExist: if the company has no such store.
    :raises UnknownStatus: if a status is not one of this store's.
    :raises WrongStatuses: if they do not go together.
    """
    store = _locked(company, store_id)
    wanted: dict[str, list[int]] = {role.value: [] for role in StatusRole}
    for role, status_id in store.status_choices.values_list("role", "status_id"):
        wanted[role].append(status_id)
    before = {role: set(ids) for role, ids in wanted.items()}
    wanted |= {StatusRole(role).value: list(dict.fromkeys(ids)) for role, ids in choices.items()}
    rules.check_statuses(wanted)
    names = _names_of(store, {pk for ids in wanted.values() for pk in ids})
    if {role: set(ids) for role, ids in wanted.items()} == before:
        return
    store.status_choices.all().delete()
    StatusChoice.objects.bulk_create(
        StatusChoice(company=company, store=store, role=role, status_id=pk)
        for role, ids in wanted.items()
        for pk in ids
    )
    chosen = {role: [names[pk] for pk in ids] for role, ids in wanted.items()}
    record_of_store("statuses_chosen", store, f"Status da Loja «{store.name}» escolhidos", by=by, now=now, **chosen)


def _names_of(store: Store, wanted: set[int]) -> dict[int, str]:
    rows = StoreStatus.objects.of(store.company_id).filter(store=store, pk__in=wanted)
    names = dict(rows.values_list("pk", "name"))
    if wanted - names.keys():
        raise UnknownStatus("Um dos status escolhidos não é desta Loja. Atualize a página e escolha de novo.")
    return names


@transaction.atomic
def set_schedule(
    *, company: Company, store_id: int, by_itself: bool, interval_minutes: int, by: str, now: datetime
) -> Store:
    """
    Set whether and how often a Loja synchronises by itself; effective at once.

    :raises Store.DoesNotExist: if the company has no such store.
    :raises WrongStore: if the interval is out of bounds.
    """
    return update_store(
        company=company,
        store_id=store_id,
        syncs_by_itself=by_itself,
        sync_interval_minutes=interval_minutes,
        by=by,
        now=now,
    )


def _reschedule(store: Store, *, old_minutes: int, now: datetime) -> None:
    agenda = StoreAgenda.objects.of(store.company_id).select_for_update().get(store=store)
    following = rules.rescheduled(
        next_sync_at=agenda.next_sync_at,
        old_minutes=old_minutes,
        new_minutes=store.sync_interval_minutes,
        now=now,
    )
    agenda.next_sync_at = following if store.syncs_by_itself else None
    agenda.save(update_fields=["next_sync_at"])


def _locked(company: Company, store_id: int) -> Store:
    store: Store = Store.objects.of(company).select_for_update().get(pk=store_id)
    return store


_BOUNDS = {
    "code": (1, 999_999, "O código"),
    "sync_interval_minutes": (rules.SHORTEST_INTERVAL, rules.LONGEST_INTERVAL, "O intervalo em minutos"),
    "safety_stock": (0, 1_000_000, "O estoque de segurança"),
    "brake_percent": (1, 100, "O freio de estoque (%)"),
    "requests_per_minute": (1, rules.FASTEST_RATE, "O número de requisições por minuto"),
    "requests_per_day": (1, 50_000, "O número de requisições por dia"),
}


def _clean(store: Store) -> None:
    """Tidy the fields of a store in place, and refuse what is wrong."""
    store.name = " ".join(store.name.split())
    if not 0 < len(store.name) <= 80:
        raise WrongStore("Informe o nome da Loja, com até 80 letras.")
    store.address = rules.clean_address(store.address, allow_private=settings.ALLOW_PRIVATE_HOSTS)
    store.consumer_key, store.consumer_secret = store.consumer_key.strip(), store.consumer_secret.strip()
    if not store.consumer_key or not store.consumer_secret:
        raise WrongStore("Informe a Consumer Key e o Consumer Secret da Loja.")
    same_code = Store.objects.of(store.company_id).filter(code=store.code).exclude(pk=store.pk)
    if same_code.exists():
        raise CodeTaken(f"Já existe uma Loja com o código {store.code}.")


def _check_bounds(store: Store, fields: Collection[str]) -> None:
    for field, (least, most, label) in _BOUNDS.items():
        if field in fields and not least <= getattr(store, field) <= most:
            raise WrongStore(f"{label} deve ser de {least} a {most}.")
