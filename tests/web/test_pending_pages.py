"""Pendências: linking, creating, accepting, letting go of the brake, reading again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.catalog.models import ListingVariant, Product
from ahead.orders.models import Order
from ahead.pending.models import PendingMatter
from ahead.pending.operations import Matter, open_matters
from ahead.stores.models import Store
from ahead.sync.models import OrderSighting, SweepState
from nota_rows import make_nota
from order_making import make_order, make_unknown

MakeProduct = Callable[..., Product]


@pytest.fixture
def operator(client: Client, oto: User) -> Client:
    client.force_login(oto)
    return client


def opened(store: Store, kind: str, key: str, order: Order | None = None) -> PendingMatter:
    matter = Matter(
        kind=kind,
        key=key,
        text="Algo aconteceu.",
        remedy="Faça algo.",
        store_id=store.pk,
        order_id=order.pk if order else None,
    )
    open_matters(store.company_id, [matter], now=timezone.now())
    return PendingMatter.objects.of(store.company_id).get(key=key)


def test_lists_by_kind_store_and_turn(operator: Client, loja: Store, now: datetime) -> None:
    make_unknown(loja, now, make_order(loja, now, state="held"))
    opened(loja, "stock_brake", f"store:{loja.pk}")
    page = operator.get("/padaria-sol/pendencias/").content.decode()
    assert "Produto do Tray sem vínculo" in page
    assert "Freio de estoque acionado" in page
    only = operator.get("/padaria-sol/pendencias/?tipo=stock_brake").content.decode()
    assert "Caneca azul" not in only
    assert "Nenhuma pendência com estes filtros" in operator.get("/padaria-sol/pendencias/?vez=tray").content.decode()


def test_a_nota_that_tray_did_not_take_is_sent_again(operator: Client, loja: Store, bia: User, now: datetime) -> None:
    order = make_order(loja, now)
    nota = make_nota(order, now, delivery="failed", delivery_due_at=None, delivery_problem="O Tray recusou.")
    matter = opened(loja, "nota_undelivered", f"nota:{nota.pk}", order)
    PendingMatter.objects.of(loja.company_id).filter(pk=matter.pk).update(facts={"nota_id": nota.pk})
    address = f"/padaria-sol/pendencias/{matter.pk}/"
    assert "Reenviar" in operator.get(address).content.decode()
    page = operator.post(f"{address}nova-tentativa/", follow=True).content.decode()
    assert "A nota será enviada ao Tray" in page
    nota.refresh_from_db()
    assert (nota.delivery, nota.delivery_due_at is not None) == ("due", True)
    operator.force_login(bia)
    assert operator.post(f"{address}nova-tentativa/").status_code == 403


def test_linking_a_product_lets_the_held_order_go_on_and_says_which(
    operator: Client, padaria: Company, loja: Store, make_product: MakeProduct, now: datetime
) -> None:
    order = make_order(loja, now, state="held")
    variant, matter = make_unknown(loja, now, order)
    product = make_product(padaria, code="CX-9", reference="CX-9", name="Caneca azul", on_hand=5)
    page = operator.get(f"/padaria-sol/pendencias/{matter.pk}/").content.decode()
    assert f'value="{product.pk}"' in page  # suggested by its reference
    answer = operator.post(
        f"/padaria-sol/pendencias/{matter.pk}/vinculo/", {"product": str(product.pk)}, follow=True
    ).content.decode()
    assert "1 pedido que esperava seguiu" in answer
    assert "Pedidos que seguiram" in answer
    assert f"PEW {order.number}" in answer
    assert Order.objects.of(padaria).get(pk=order.pk).state == "open"
    assert ListingVariant.objects.of(padaria).get(pk=variant.pk).product == product


def test_an_order_that_something_else_holds_is_not_said_to_go_on(
    operator: Client, padaria: Company, loja: Store, make_product: MakeProduct, now: datetime
) -> None:
    order, part = make_order(loja, now, state="held"), make_order(loja, now, state="held")
    _, matter = make_unknown(loja, now, order, part)
    opened(loja, "child_order", f"order:{part.pk}", part)
    product = make_product(padaria, on_hand=5)
    page = operator.post(
        f"/padaria-sol/pendencias/{matter.pk}/vinculo/", {"product": str(product.pk)}, follow=True
    ).content.decode()
    assert "1 pedido que esperava seguiu. 1 continua retido por outro motivo." in page
    assert "Ainda retidos por outro motivo" in page


def test_a_product_is_looked_for_in_place(
    operator: Client, padaria: Company, loja: Store, make_product: MakeProduct, now: datetime
) -> None:
    _, matter = make_unknown(loja, now)
    make_product(padaria, code="77", name="Bule verde")
    headers = {"HX-Request": "true", "HX-Target": "produtos"}
    part = operator.get(f"/padaria-sol/pendencias/{matter.pk}/?produto=bule", headers=headers).content.decode()
    assert part.startswith('<div id="produtos"')
    assert "Bule verde" in part


def test_the_missing_product_is_created_and_linked(
    operator: Client, padaria: Company, loja: Store, deposito: object, now: datetime
) -> None:
    order = make_order(loja, now, state="held")
    _, matter = make_unknown(loja, now, order)
    typed = {"code": "CX-9", "name": "Caneca azul", "reference": "CX-9", "unit": "UN", "price": "39,90"}
    operator.post(f"/padaria-sol/pendencias/{matter.pk}/produto/", typed)
    assert Product.objects.of(padaria).get(code="CX-9").price == Decimal("39.90")
    assert Order.objects.of(padaria).get(pk=order.pk).state == "open"


def test_a_product_that_cannot_be_made_says_why(
    operator: Client, padaria: Company, loja: Store, make_product: MakeProduct, now: datetime
) -> None:
    _, matter = make_unknown(loja, now)
    make_product(padaria, code="CX-9")
    address = f"/padaria-sol/pendencias/{matter.pk}/produto/"
    taken = operator.post(address, {"code": "CX-9", "name": "Caneca", "unit": "UN"})
    assert taken.status_code == 422
    assert "Nada foi gravado ainda" in taken.content.decode()
    assert operator.post(address, {"code": "", "name": "Caneca", "unit": "UN"}).status_code == 422


def test_choosing_nothing_is_refused_in_place(operator: Client, loja: Store, now: datetime) -> None:
    _, matter = make_unknown(loja, now)
    answer = operator.post(f"/padaria-sol/pendencias/{matter.pk}/vinculo/")
    assert answer.status_code == 422
    assert "Escolha um produto." in answer.content.decode()


def test_a_child_order_is_accepted(
    operator: Client, padaria: Company, loja: Store, make_product: MakeProduct, now: datetime
) -> None:
    order = make_order(loja, now, state="held", products=[make_product(padaria, on_hand=5)])
    matter = opened(loja, "child_order", f"order:{order.pk}", order)
    page = operator.post(f"/padaria-sol/pendencias/{matter.pk}/aceite/", follow=True).content.decode()
    assert f"Pedido {order.number} aceito: agora está em aberto." in page
    assert "Resolvida" in page


def test_the_brake_is_let_go_of_once(operator: Client, padaria: Company, loja: Store) -> None:
    matter = opened(loja, "stock_brake", f"store:{loja.pk}")
    page = operator.post(f"/padaria-sol/pendencias/{matter.pk}/liberacao/", follow=True).content.decode()
    assert "Autorizado." in page
    assert SweepState.objects.of(padaria).get(store=loja).brake_allowed_at


def test_a_brake_that_stops_nothing_any_more_is_not_let_go_of(operator: Client, padaria: Company, loja: Store) -> None:
    matter = opened(loja, "stock_brake", f"store:{loja.pk}")
    PendingMatter.objects.of(padaria).filter(pk=matter.pk).update(resolved_at=timezone.now(), resolved_by="Tray")

    answer = operator.post(f"/padaria-sol/pendencias/{matter.pk}/liberacao/")

    assert answer.status_code == 422
    assert "já não segura nada" in answer.content.decode()
    assert not SweepState.objects.of(padaria).filter(store=loja).exists()  # or it would let the next one through


def test_what_is_no_brake_is_not_let_go_of(operator: Client, padaria: Company, loja: Store) -> None:
    matter = opened(loja, "unknown_sku", "variant:1")

    answer = operator.post(f"/padaria-sol/pendencias/{matter.pk}/liberacao/")

    assert answer.status_code == 422
    assert "não é de um freio" in answer.content.decode()


def test_an_order_is_read_again_or_only_the_remedy_helps(operator: Client, loja: Store, now: datetime) -> None:
    order = make_order(loja, now)
    OrderSighting.objects.create(
        company_id=loja.company_id, store=loja, tray_id=order.tray_id or 0, modified_at=now, seen_at=now
    )
    matter = opened(loja, "order_document", f"order:{order.pk}", order)
    page = operator.post(f"/padaria-sol/pendencias/{matter.pk}/nova-tentativa/", follow=True).content.decode()
    assert "será lido de novo" in page
    assert OrderSighting.objects.of(loja.company_id).get().due == "read"
    blocked = opened(loja, "store_blocked", f"store:{loja.pk}")
    refused = operator.post(f"/padaria-sol/pendencias/{blocked.pk}/nova-tentativa/")
    assert refused.status_code == 422
    assert "Faça algo." in refused.content.decode()


@pytest.mark.parametrize(
    ("kind", "offered"),
    [
        ("kit_differs", "Ler o pedido de novo"),
        ("order_document", "Tentar de novo"),
        ("order_address", "Ler o pedido de novo"),
        ("order_total", "Tentar de novo"),
        ("unknown_sku", "Ler o catálogo da Loja de novo"),
        ("store_blocked", ""),
        ("oversold", ""),
    ],
)
def test_another_try_is_offered_where_and_only_where_it_is_taken(
    operator: Client, loja: Store, now: datetime, kind: str, offered: str
) -> None:
    order = make_order(loja, now)
    matter = opened(loja, kind, f"order:{order.pk}", order)
    place = f"/padaria-sol/pendencias/{matter.pk}/"
    page = operator.get(place).content.decode()
    assert ("nova-tentativa/" in page) is bool(offered)
    assert offered in page
    assert operator.post(f"{place}nova-tentativa/").status_code == (302 if offered else 422)


def test_a_status_that_is_not_chosen_leads_to_its_loja(operator: Client, loja: Store, now: datetime) -> None:
    order = make_order(loja, now)
    matter = opened(loja, "status_unchosen", f"order:{order.pk}", order)
    page = operator.get(f"/padaria-sol/pendencias/{matter.pk}/").content.decode()
    assert f'href="/padaria-sol/lojas/{loja.pk}/"' in page
    assert "Abrir a Loja" in page


def test_nobody_else_sees_or_settles_it(
    client: Client, loja: Store, outra: Company, caio: User, bia: User, now: datetime
) -> None:
    _, matter = make_unknown(loja, now)
    client.force_login(caio)
    for part in ("", "vinculo/", "produto/", "aceite/", "liberacao/", "nova-tentativa/"):
        address = f"/doces-lua/pendencias/{matter.pk}/{part}"
        assert (client.post(address) if part else client.get(address)).status_code == 404
    client.force_login(bia)
    assert client.post(f"/padaria-sol/pendencias/{matter.pk}/vinculo/", {"product": "1"}).status_code == 403


def test_a_matter_that_is_fine_is_dismissed_with_a_reason_and_opened_again(operator: Client, loja: Store) -> None:
    matter = opened(loja, "reference_changed", "variant:1")
    place = f"/padaria-sol/pendencias/{matter.pk}/"
    assert "Está certo assim" in operator.get(place).content.decode()

    refused = operator.post(f"{place}dispensa/", {"reason": " "})
    assert (refused.status_code, "Diga por que" in refused.content.decode()) == (422, True)

    operator.post(f"{place}dispensa/", {"reason": "é o mesmo produto"})
    page = operator.get(place).content.decode()
    assert "“é o mesmo produto”" in page
    assert "Dispensada: é o mesmo produto" in page
    assert "Algo aconteceu." not in operator.get("/padaria-sol/pendencias/").content.decode()
    assert "é o mesmo produto" in operator.get("/padaria-sol/pendencias/?situacao=dispensadas").content.decode()

    operator.post(f"{place}reabertura/")
    assert "Algo aconteceu." in operator.get("/padaria-sol/pendencias/").content.decode()


def test_a_matter_that_holds_something_is_not_dismissed(operator: Client, loja: Store) -> None:
    matter = opened(loja, "stock_brake", f"store:{loja.pk}")
    place = f"/padaria-sol/pendencias/{matter.pk}/"
    assert "Está certo assim" not in operator.get(place).content.decode()
    assert operator.post(f"{place}dispensa/", {"reason": "sim"}).status_code == 422
