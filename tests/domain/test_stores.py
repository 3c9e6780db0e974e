"""Registering a Loja, changing it, choosing its statuses, connecting it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from ahead.accounts.models import Company
from ahead.audit.models import Event
from ahead.stock.models import Warehouse
from ahead.stock.operations import create_warehouse
from ahead.stores import connecting, operations, queries, rules
from ahead.stores.models import Connection, RequestBudget, StatusRole, Store, StoreAgenda, StoreToken
from ahead.stores.selling import UnknownWarehouse

ANA = "ana@padaria.example"


@pytest.fixture
def register(padaria: Company, now: datetime) -> Callable[..., Store]:
    def make(**fields: Any) -> Store:
        given = {
            "company": padaria,
            "name": "Loja do Sol",
            "address": "https://lojadosol.com.br/",
            "consumer_key": " ck-123456 ",
            "consumer_secret": "cs-abcdef",
            "by": ANA,
            "now": now,
            **fields,
        }
        return operations.register_store(**given)

    return make


@pytest.fixture
def change(loja: Store, now: datetime) -> Callable[..., Store]:
    def update(**changes: Any) -> Store:
        return operations.update_store(company=loja.company, store_id=loja.pk, by=ANA, now=now, **changes)

    return update


@pytest.mark.django_db
class TestRegistering:
    def test_makes_all_that_a_store_needs(
        self, register: Callable[..., Store], deposito: Warehouse, padaria: Company
    ) -> None:
        store = register(warehouses=[deposito.pk])

        assert (store.code, store.address, store.consumer_key) == (1, "https://lojadosol.com.br", "ck-123456")
        assert store.import_from == date(2026, 11, 24)
        assert store.connection == Connection.NEVER
        for companion in (StoreToken, RequestBudget, StoreAgenda):
            assert companion.objects.of(padaria).filter(store=store).count() == 1
        assert [place.warehouse for place in store.sales_warehouses.all()] == [deposito]
        assert len(queries.missing_setup(store)) == 2

    def test_numbers_stores_per_company(self, register: Callable[..., Store], outra: Company) -> None:
        assert [register().code, register(code=7).code, register().code] == [1, 7, 8]
        assert register(company=outra).code == 1
        with pytest.raises(operations.CodeTaken):
            register(code=7)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": "  "},
            {"name": "x" * 81},
            {"consumer_key": " "},
            {"consumer_secret": ""},
            {"sync_interval_minutes": 0},
            {"brake_percent": 101},
            {"safety_stock": -1},
        ],
    )
    def test_refuses_what_is_wrong(self, register: Callable[..., Store], wrong: dict[str, Any]) -> None:
        with pytest.raises(operations.WrongStore):
            register(**wrong)

    def test_guards_the_address(self, register: Callable[..., Store], settings: Any) -> None:
        assert register(address="http://127.0.0.1:8090").address == "http://127.0.0.1:8090"
        settings.ALLOW_PRIVATE_HOSTS = False
        with pytest.raises(rules.WrongAddress):
            register(address="https://169.254.169.254")

    def test_takes_no_other_companys_warehouse(
        self, register: Callable[..., Store], outra: Company, padaria: Company, now: datetime
    ) -> None:
        theirs = create_warehouse(company=outra, name="Deles", by="x", now=now)
        with pytest.raises(UnknownWarehouse):
            register(warehouses=[theirs.pk])
        assert queries.stores(padaria) == []


@pytest.mark.django_db
class TestChanging:
    def test_keeps_secrets_that_are_left_blank(self, change: Callable[..., Store], loja: Store) -> None:
        before = loja.consumer_secret
        changed = change(name="Loja Nova", consumer_secret="  ", consumer_key="")

        assert (changed.name, changed.consumer_secret) == ("Loja Nova", before)
        assert changed.connection == Connection.CONNECTED

    def test_tells_the_trail_no_secret(self, change: Callable[..., Store], padaria: Company) -> None:
        change(consumer_secret="new-secret-1", consumer_key="new-key-1", name="Loja Nova")
        event = Event.objects.of(padaria).get(name="stores.store.changed")

        assert {"consumer_secret", "consumer_key", "name"} <= set(event.facts["fields"])
        assert event.facts["values"]["name"] == "Loja Nova"
        told = "".join(f"{one.text}{one.facts}" for one in Event.objects.of(padaria))
        for secret in ("new-secret-1", "new-key-1", "secret-Loja do Sol", "key-Loja do Sol"):
            assert secret not in told

    @pytest.mark.parametrize("changes", [{"address": "https://outra.com.br"}, {"consumer_key": "another"}])
    def test_another_address_or_key_asks_for_a_new_connection(
        self, change: Callable[..., Store], changes: dict[str, str]
    ) -> None:
        assert change(**changes).connection == Connection.REAUTHORISE

    def test_leaves_no_trace_where_nothing_changed(
        self, change: Callable[..., Store], loja: Store, deposito: Warehouse, padaria: Company
    ) -> None:
        change(name=loja.name, address=f"{loja.address}/", warehouses=[deposito.pk])
        assert not Event.objects.of(padaria).filter(name="stores.store.changed").exists()

    def test_keeps_the_order_of_the_warehouses(
        self, change: Callable[..., Store], loja: Store, deposito: Warehouse, padaria: Company, now: datetime
    ) -> None:
        front = create_warehouse(company=padaria, name="Balcão", by=ANA, now=now)
        change(warehouses=[front.pk, deposito.pk])
        assert [place.warehouse for place in loja.sales_warehouses.all()] == [front, deposito]
        change(warehouses=[deposito.pk])
        assert [place.warehouse for place in loja.sales_warehouses.all()] == [deposito]

    def test_is_of_the_company_only(self, loja: Store, outra: Company, now: datetime) -> None:
        with pytest.raises(Store.DoesNotExist):
            operations.update_store(company=outra, store_id=loja.pk, name="x", by="caio", now=now)
        with pytest.raises(Store.DoesNotExist):
            operations.pause_store(company=outra, store_id=loja.pk, by="caio", now=now)

    def test_never_promises_more_than_tray_gives(self, change: Callable[..., Store]) -> None:
        with pytest.raises(operations.WrongStore):
            change(requests_per_minute=151)


@pytest.mark.django_db
class TestStatuses:
    def choose(self, store: Store, now: datetime, **by_name: list[int]) -> None:
        rows = dict(store.statuses.values_list("tray_id", "pk"))
        choices = {StatusRole(role): [rows[tray_id] for tray_id in ids] for role, ids in by_name.items()}
        operations.choose_statuses(company=store.company, store_id=store.pk, choices=choices, by=ANA, now=now)

    def chosen(self, store: Store) -> dict[str, list[int]]:
        return {
            role.value: [status.tray_id for status in found] for role, found in queries.chosen(store).items() if found
        }

    def test_what_is_left_out_stays(self, loja: Store, now: datetime) -> None:
        self.choose(loja, now, invoiced=[17])
        assert self.chosen(loja) == {
            "import": [1, 211],
            "update": [901],
            "cancelled": [5, 64],
            "invoiced": [17],
        }
        self.choose(loja, now, update=[], invoiced=[])
        assert self.chosen(loja) == {"import": [1, 211], "cancelled": [5, 64]}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"import": []},
            {"update": [901, 17]},
            {"update_cancelled": [5, 902]},
            {"invoiced": [17, 901]},
            {"cancelled": [5, 1]},
            {"update": [64]},
            {"invoiced": [5]},
            {"update_cancelled": [902], "invoiced": [902]},
        ],
    )
    def test_must_go_together(self, loja: Store, now: datetime, wrong: dict[str, list[int]]) -> None:
        before = self.chosen(loja)
        with pytest.raises(rules.WrongStatuses):
            self.choose(loja, now, **wrong)
        assert self.chosen(loja) == before

    def test_must_be_the_stores_own(
        self, loja: Store, make_store: Callable[..., Store], padaria: Company, now: datetime
    ) -> None:
        other = make_store(padaria, "Loja da Lua")
        foreign = [other.statuses.first().pk]  # type: ignore[union-attr]
        with pytest.raises(operations.UnknownStatus):
            operations.choose_statuses(
                company=padaria, store_id=loja.pk, choices={StatusRole.IMPORT: foreign}, by=ANA, now=now
            )

    def test_follow_what_tray_lists(self, loja: Store, now: datetime) -> None:
        connecting.store_statuses_seen(loja, [(1, "A ENVIAR JÁ", "open", "#000"), (77, "NOVO", "open", "")], now)
        listed = {status.tray_id: (status.name, status.is_gone) for status in queries.statuses(loja)}

        assert listed[1] == ("A ENVIAR JÁ", False)
        assert listed[77] == ("NOVO", False)
        assert listed[211] == ("A ENVIAR VINDI", True)
        assert queries.chosen(loja)[StatusRole.IMPORT][0].name == "A ENVIAR JÁ"
        connecting.store_statuses_seen(loja, [(211, "A ENVIAR VINDI", "open", "#3b82f6")], now)
        assert not loja.statuses.get(tray_id=211).is_gone

    def test_seen_again_unchanged_cost_one_query(
        self, loja: Store, now: datetime, django_assert_max_num_queries: Any
    ) -> None:
        listed = [(s.tray_id, s.name, s.kind, s.colour) for s in queries.statuses(loja)]
        events = Event.objects.of(loja.company_id).count()
        with django_assert_max_num_queries(4):  # savepoint and release beside it
            connecting.store_statuses_seen(loja, listed, now)
        assert Event.objects.of(loja.company_id).count() == events


@pytest.mark.django_db
class TestConnecting:
    def connect(self, store: Store, tray_store_id: int, now: datetime) -> None:
        connecting.mark_connected(
            store, api_address="https://x.com.br/web_api", tray_store_id=tray_store_id, now=now, by=ANA
        )

    def test_makes_the_store_due(self, register: Callable[..., Store], now: datetime) -> None:
        store = register()
        self.connect(store, 5, now)
        fresh = queries.store(store.company, store.pk)

        assert (fresh.connection, fresh.tray_store_id, fresh.connected_at) == ("connected", 5, now)
        assert store.connection == Connection.CONNECTED
        assert fresh.agenda.next_sync_at == now

    def test_refuses_another_tray_store(
        self, loja: Store, register: Callable[..., Store], outra: Company, now: datetime
    ) -> None:
        with pytest.raises(connecting.OtherTrayStore):
            self.connect(loja, 999, now)
        theirs = register(company=outra, name="Segredo da Lua")
        with pytest.raises(connecting.OtherTrayStore) as refused:
            self.connect(theirs, loja.tray_store_id or 0, now)
        assert loja.name not in str(refused.value)

    def test_tells_a_change_once(self, loja: Store, now: datetime) -> None:
        for _ in range(3):
            connecting.mark_connection(loja, connection=Connection.BLOCKED, note="Tray respondeu 1001", now=now)
        changed = Event.objects.of(loja.company_id).filter(name="stores.store.connection_changed")
        assert changed.count() == 1
        assert queries.store(loja.company, loja.pk).connection_note == "Tray respondeu 1001"

    def test_pausing_and_resuming(self, loja: Store, now: datetime) -> None:
        assert operations.pause_store(company=loja.company, store_id=loja.pk, by=ANA, now=now).is_paused
        assert not operations.resume_store(company=loja.company, store_id=loja.pk, by=ANA, now=now).is_paused


@pytest.mark.django_db
class TestReading:
    def test_finds_by_code_or_name(self, loja: Store, padaria: Company, outra: Company) -> None:
        assert queries.store_by_code_or_name(padaria, "1") == loja
        assert queries.store_by_code_or_name(padaria, " loja do SOL ") == loja
        for company, text in ((padaria, "2"), (padaria, "Lua"), (padaria, ""), (outra, "1")):
            with pytest.raises(Store.DoesNotExist):
                queries.store_by_code_or_name(company, text)
        with pytest.raises(Store.DoesNotExist):
            queries.store(outra, loja.pk)

    def test_says_what_is_missing(self, register: Callable[..., Store], loja: Store) -> None:
        assert queries.missing_setup(loja) == []
        fresh = register(name="Nova")
        assert queries.missing_setup(fresh) == [
            "Conecte a Loja ao Tray.",
            "Escolha ao menos um Status Buscar Pedido na Loja.",
        ]

    def test_says_what_many_lack_in_two_queries(
        self, register: Callable[..., Store], loja: Store, django_assert_num_queries: Any
    ) -> None:
        fresh = [register(name=f"Nova {number}") for number in range(5)]
        with django_assert_num_queries(2):
            missing = queries.missing_setups([loja, *fresh])

        assert missing == {store.pk: queries.missing_setup(store) for store in [loja, *fresh]}
        assert [len(missing[store.pk]) for store in [loja, *fresh]] == [0, 2, 2, 2, 2, 2]

    def test_lists_in_one_query(
        self, loja: Store, register: Callable[..., Store], padaria: Company, django_assert_max_num_queries: Any
    ) -> None:
        register(name="Nova")
        with django_assert_max_num_queries(1):
            assert [(store.name, store.agenda.asked) for store in queries.stores(padaria)] == [
                ("Loja do Sol", 0),
                ("Nova", 0),
            ]
