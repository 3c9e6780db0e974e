"""What Tray shows of orders just before their notas: cancelled, gone back, with another total, or with a nota."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from ahead import tray
from ahead.db.clock import shared_now
from ahead.fiscal.models import Press, PressOrder
from ahead.fiscal.pressing import Known, known_orders, waiting_at_tray
from ahead.lib.money import reais
from ahead.orders.rules import StatusPlan
from ahead.stores.models import Store
from ahead.stores.planning import Purpose
from ahead.sync.connection import open_budget, open_tray, plan_of
from ahead.sync.explaining import explain

_LATELY = timedelta(days=7)
_FRESH = timedelta(minutes=2)  # what a page said counts for so long; the sync asks about what was cancelled since
_WORTH_A_PAGE = 2  # orders: one is read by itself for the same price
_VAIN_PAGES = 3  # in a row: orders that changed later may be before those of the press
Shown = tray.OrderRow | tray.OrderDetail


@dataclass(frozen=True, slots=True)
class Objection:
    """Why an order must not have a nota now, as Tray shows it."""

    text: str
    remedy: str


@dataclass(slots=True)
class _Shelf:
    """What pages of a store told of the orders of a press, and since when."""

    store: Store
    plan: StatusPlan
    read_at: datetime | None = None
    judged: dict[int, Objection | None] = field(default_factory=dict)  # what is left of a row: thousands may wait

    def is_fresh(self) -> bool:
        return self.read_at is not None and shared_now() - self.read_at < _FRESH


class OrdersNow:
    """
    What Tray says against notas of the orders of a press, read within the last minutes.

    Fifty orders share a request where they changed lately: all that wait are looked for together, since the newest
    come first in the pages and last in the press. Where Tray does not answer no nota is issued: it would be for an
    order nobody knows to be still wanted.
    """

    def __init__(self, asked: Press) -> None:
        self._asked = asked
        self._shelves: dict[int, _Shelf] = {}

    def objections(self, rows: Sequence[PressOrder]) -> dict[int, Objection]:
        """Return what speaks against notas for these orders, by their ids here."""
        by_store: dict[Store, list[tuple[int, int, Decimal, datetime | None]]] = defaultdict(list)
        for row in rows:
            one = row.order
            if one.store is not None and one.tray_id is not None:
                by_store[one.store].append((one.tray_id, one.pk, one.total, one.tray_modified_at))
        found: dict[int, Objection] = {}
        for store, orders in by_store.items():
            found |= self._of_store(self._shelf(store), known_orders(store.company_id, orders))
        return found

    def _shelf(self, store: Store) -> _Shelf:
        if store.pk not in self._shelves:
            self._shelves[store.pk] = _Shelf(store, plan_of(store))
        return self._shelves[store.pk]

    def _of_store(self, shelf: _Shelf, orders: dict[int, Known]) -> dict[int, Objection]:
        unseen = {tray_id: known.order_id for tray_id, known in orders.items()}
        found = {}
        try:
            for tray_id, objection in self._judged(shelf, orders):
                order_id = unseen.pop(tray_id)
                if objection is not None:
                    found[order_id] = objection
        except tray.TrayError as error:
            why = explain(error)
            silent = Objection(
                f"O Tray não confirmou o status do pedido agora: {why.cause}",
                f"Nenhuma nota foi gerada. {why.remedy} Depois gere a nota de novo.",
            )
            return found | dict.fromkeys(unseen.values(), silent)
        return found

    def _judged(self, shelf: _Shelf, orders: dict[int, Known]) -> Iterator[tuple[int, Objection | None]]:
        """Yield what speaks against each order as Tray shows it now: in a page, or read by itself."""
        if not shelf.is_fresh():
            with _client(shelf.store) as client:
                shelf.judged = _lately_changed(client, waiting_at_tray(self._asked, shelf.store.pk), shelf.plan)
            shelf.read_at = shared_now()
        single = [tray_id for tray_id in orders if tray_id not in shelf.judged]
        yield from ((tray_id, shelf.judged[tray_id]) for tray_id in orders if tray_id in shelf.judged)
        if single:
            with _client(shelf.store) as client:
                for tray_id in single:
                    yield tray_id, _judge(client, _read(client, tray_id), orders[tray_id], shelf.plan)


def _lately_changed(client: tray.Tray, orders: Mapping[int, Known], plan: StatusPlan) -> dict[int, Objection | None]:
    """Judge those of the orders that pages of what changed lately show, read while that costs less than one by one."""
    wanted, found = set(orders), dict[int, Objection | None]()
    today = shared_now().astimezone(tray.BRASILIA).date()
    page, vain = 1, 0
    while len(wanted) >= _WORTH_A_PAGE and vain < min(_VAIN_PAGES, len(wanted) // _WORTH_A_PAGE):
        seen = client.orders_page(modified_from=today - _LATELY, modified_to=today, page=page, newest_first=True)
        here = {row.id: _judge(client, row, orders[row.id], plan) for row in seen.rows if row.id in wanted}
        found |= here
        wanted -= here.keys()
        vain = 0 if len(here) >= _WORTH_A_PAGE else vain + 1
        if page * len(seen.rows) >= seen.paging.total:
            break
        page += 1
    return found


def _read(client: tray.Tray, tray_id: int) -> Shown | None:
    try:
        return client.order(tray_id)
    except tray.NotFound:
        return None


def _judge(client: tray.Tray, seen: Shown | None, known: Known, plan: StatusPlan) -> Objection | None:
    has_nota = seen is not None and seen.has_invoice and not _shows_dead_only(client, seen.id, known)
    return objection_to(seen, known, plan, has_nota=has_nota)


def _shows_dead_only(client: tray.Tray, tray_id: int, known: Known) -> bool:
    """Whether what Tray shows are notas of ours that count no more: the next one takes their place there."""
    return bool(known.dead_keys) and all(one.key in known.dead_keys for one in client.order_invoices(tray_id))


@contextmanager
def _client(store: Store) -> Iterator[tray.Tray]:
    budget = open_budget(store, purpose=Purpose.NOTES)
    try:
        with open_tray(store, budget) as client:
            yield client
    finally:
        budget.close()


def objection_to(seen: Shown | None, known: Known, plan: StatusPlan, *, has_nota: bool) -> Objection | None:
    """Return what speaks against a nota for an order as Tray shows it; `has_nota`: with one that counts, or may."""
    if seen is None:
        return Objection("O pedido não existe mais no Tray.", "Confira com a Loja; se foi apagado, cancele-o aqui.")
    if seen.status_id in plan.dead_ids:
        return Objection(
            f"O pedido está cancelado no Tray («{seen.status}»).",
            "Sincronize a Loja: o cancelamento entra e o estoque volta.",
        )
    if has_nota:
        return Objection(
            "O Tray já mostra uma nota neste pedido.",
            "Confira quem a emitiu (o Mercado Livre pode emitir sozinho) antes de gerar outra.",
        )
    if seen.status_id is not None and seen.status_id not in plan.active_ids:
        return Objection(
            f"O pedido está em «{seen.status}» no Tray, que não é um status de busca da Loja.",
            "Confira o pagamento no Tray. Quando voltar a um status de busca, gere a nota.",
        )
    return _other_total(seen, known)


def _other_total(seen: Shown, known: Known) -> Objection | None:
    """Say so where Tray changed an order since it was read, and asks another amount for it."""
    is_read = known.modified_at is not None and seen.modified is not None and seen.modified <= known.modified_at
    if is_read or seen.total is None or seen.total == known.total:
        return None
    return Objection(
        f"O pedido mudou no Tray: lá o total é {reais(seen.total)}, aqui é {reais(known.total)}.",
        "Sincronize a Loja: a mudança entra. Depois gere a nota de novo.",
    )
