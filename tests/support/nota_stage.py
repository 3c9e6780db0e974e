"""A stage for notas: the stage of syncs, a company that may issue, and the pretend SEFAZ over mutual TLS."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ahead.catalog.models import Product
from ahead.fiscal import pressing
from ahead.fiscal.models import Issuer, Nota, NotaEvent, NotaXml, NumberSeries, Press, PressOrder
from ahead.orders.models import Order
from ahead.sandbox.sefaz import SefazSandbox
from ahead.stock.models import Balance
from ahead.stores.models import StatusRole
from ahead.sync.invoicing import work_on_notas
from fiscal_making import set_up_issuer
from sync_stage import BY, Stage


@dataclass
class NotaStage:
    """Tray, the company, and SEFAZ."""

    stage: Stage
    sefaz: SefazSandbox
    issuer: Issuer
    products: list[Product] = field(default_factory=list)

    @property
    def company(self) -> Any:
        return self.stage.company

    def add_product(self, reference: str = "PAO-220", **fields: Any) -> Any:
        """A product on both sides that a nota may name; return Tray's."""
        ours, theirs = self.stage.add_product(reference, on_hand=fields.pop("on_hand", 100), price="39.90", **fields)
        Product.objects.of(self.company).filter(pk=ours.pk).update(ncm="19059090")
        self.products.append(ours)
        return theirs

    def sell(self, count: int = 1, *, product: Any = None, units: int = 1) -> list[Order]:
        """Sell at Tray, sync, and return the orders as they came in."""
        theirs = product or self.add_product()
        ids = [self.stage.shop.place_order(items=[(theirs, units)]).id for _ in range(count)]
        self.stage.sync()
        return list(Order.objects.of(self.company).filter(tray_id__in=ids).order_by("tray_id"))

    def press(self, orders: list[Order]) -> Press:
        """Press *Gerar Notas* and let the work be done."""
        asked = pressing.press(self.company, [order.pk for order in orders], by=BY, now=datetime.now(UTC))
        self.work()
        asked.refresh_from_db()
        return asked

    def work(self) -> None:
        """Let the job of the company run once."""
        work_on_notas(self.company.pk, holder="teste")

    def later(self) -> None:
        """Let whatever waits for its time be due."""
        past = datetime(2020, 1, 1, tzinfo=UTC)
        Nota.objects.of(self.company).filter(due_at__isnull=False).update(due_at=past)
        Nota.objects.of(self.company).filter(claimed_until__isnull=False).update(claimed_until=past)
        NotaEvent.objects.of(self.company).filter(due_at__isnull=False).update(due_at=past)
        Issuer.objects.of(self.company).update(resting_until=None, svc_resting_until=None)

    def nota(self, order: Order) -> Nota:
        """Return the nota of an order."""
        return Nota.objects.of(self.company).get(order=order)

    def outcomes(self, asked: Press) -> list[str]:
        """Return what became of each order of a press."""
        rows = PressOrder.objects.of(self.company).filter(press=asked).order_by("position")
        return list(rows.values_list("outcome", flat=True))

    def on_hand(self, product: Product) -> tuple[int, int]:
        """Return what lies there of a product, and what of it is reserved."""
        balance = Balance.objects.of(self.company).get(product=product)
        return balance.on_hand, balance.reserved

    def check_books(self) -> None:
        """What must hold: numbers once, one authorised nota per order, the bytes unchanged, both sides equal."""
        mine = {nota.chave_de_acesso: nota for nota in Nota.objects.of(self.company)}
        theirs = self.sefaz.notas
        for chave, at_sefaz in theirs.items():
            assert chave in mine, f"SEFAZ has {chave}, we do not"
            nota = mine[chave]
            assert nota.state in {"authorised", "cancelled"}, f"{chave} is {nota.state} here"
            xml = NotaXml.objects.of(self.company).get(nota=nota, version=nota.version)
            assert f"<digVal>{xml.digest}</digVal>" in at_sefaz.protocol
        authorised = [nota for nota in mine.values() if nota.state == "authorised"]
        assert {nota.chave_de_acesso for nota in authorised} <= set(theirs)
        sold = [nota.order_id for nota in authorised if nota.kind == "sale"]
        assert len(set(sold)) == len(sold)
        numbers = sorted(nota.number for nota in mine.values())
        series = NumberSeries.objects.of(self.company).get(environment="1", serie=1)
        assert numbers == list(range(100, series.next_number))


def make_stage(stage: Stage, sefaz: SefazSandbox) -> NotaStage:
    """Let the company of a stage issue; what is authorised is told to Tray."""
    issuer = set_up_issuer(stage.company, datetime.now(UTC))
    stage.choose(
        {
            StatusRole.IMPORT: ["A ENVIAR", "A ENVIAR VINDI"],
            StatusRole.UPDATE: ["A ENVIAR - SINCRONIZADO"],
            StatusRole.CANCELLED: ["CANCELADO", "CANCELADO AUT"],
        }
    )
    return NotaStage(stage, sefaz, issuer)
