"""A company in which there is one of everything that an address can name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ahead.accounts.invitations import invite
from ahead.accounts.models import Company, User
from ahead.catalog.models import ListingImage, ListingVariant, Product
from ahead.fiscal.models import Intermediary, Inutilizacao, NotaEvent, Press
from ahead.stores.models import Store
from ahead.taxes.models import Natureza, ProductGroup, StateRate, TaxRule
from ahead.webhooks.operations import open_address
from category_making import make_category, make_listing
from closing_making import make_closing, make_difference
from fiscal_making import authorise, make_buyer, make_sale, set_up_issuer
from order_making import make_order, make_run, make_unknown
from sheet_making import sent, typed

BY = "ana@padaria.example"


def whole_company(store: Store, make_product: Callable[..., Product], member: User, now: datetime) -> dict[str, int]:
    """Make one of everything in the company of a store; return the ids by the names that addresses give them."""
    company = store.company
    open_address(company=company, store_id=store.pk, by=BY, now=now)
    product = make_product(company, code="PAO", price="10.00", ncm="19059090", on_hand=50)
    return {
        "store_id": store.pk,
        "product_id": product.pk,
        "warehouse_id": product.balances.get().warehouse_id,
        "user_id": member.pk,
        "invitation_id": _invited(company, now),
        **_offered(store),
        **_issued(store, product, now),
        **_taxed(company, now),
        **_sold_at_tray(store, now),
        "sheet_id": sent(company, "products", typed("codigo;nome", "P-1;Pão de mel")).pk,
    }


def _invited(company: Company, now: datetime) -> int:
    facts = {"name": "Nina", "password": "massa madre 2026", "role": "reader", "by": BY, "by_role": "owner"}
    return invite(company, email=f"nina@{company.slug}.example", **facts, now=now).pk


def _offered(store: Store) -> dict[str, int]:
    category = make_category(store, "Pães")
    listing = make_listing(store, category, has_variants=True)
    given: dict[str, Any] = {"company": store.company, "listing": listing}
    variant = ListingVariant.objects.create(store=store, **given)
    image = ListingImage.objects.create(position=1, url="https://imagens.example/pao.jpg", **given)
    return {
        "category_id": category.pk,
        "listing_id": listing.pk,
        "variant_id": variant.pk,
        "image_id": image.pk,
    }


def _issued(store: Store, product: Product, now: datetime) -> dict[str, int]:
    company = store.company
    set_up_issuer(company, now)
    order = make_sale(store, now, [(product, 1, "10.00")])
    nota = authorise(company, order, now)
    event = NotaEvent.objects.create(
        company=company, nota=nota, kind="110110", text="O volume é 2.", state="registered", signed=b"<evento/>",
        answer_xml=b"<retEvento/>", created_at=now, created_by=BY, registered_at=now,
    )  # fmt: skip
    voided = Inutilizacao.objects.create(
        company=company, environment="1", serie=1, first_number=7, last_number=9, year=26, state="accepted",
        signed=b"<inutNFe/>", answer_xml=b"<retInutNFe/>", created_at=now, created_by=BY,
    )  # fmt: skip
    other = make_buyer(company, now, document="11144477735", name="Joana Prado")
    return {
        "order_id": make_sale(store, now, [(product, 1, "10.00")]).pk,
        "customer_id": order.customer_id or 0,
        "into_id": other.pk,
        "nota_id": nota.pk,
        "event_id": event.pk,
        "voiding_id": voided.pk,
        "press_id": Press.objects.create(company=company, asked_by=BY, asked_at=now).pk,
        "intermediary_id": Intermediary.objects.create(company=company, channel="Shopee", seller_id="sol").pk,
    }


def _taxed(company: Company, now: datetime) -> dict[str, int]:
    rate = StateRate.objects.create(company=company, uf="BA", internal=Decimal("20.5"), valid_from=date(2026, 1, 1))
    rules, naturezas = TaxRule.objects.of(company), Natureza.objects.of(company)
    return {
        "rule_id": rules.values_list("pk", flat=True)[0],
        "natureza_id": naturezas.values_list("pk", flat=True)[0],
        "group_id": ProductGroup.objects.create(company=company, name="Bebidas", created_at=now).pk,
        "rate_id": rate.pk,
    }


def _sold_at_tray(store: Store, now: datetime) -> dict[str, int]:
    closing = make_closing(store, now.date() - timedelta(days=1), now)
    _, matter = make_unknown(store, now, make_order(store, now, state="held"))
    return {
        "closing_id": closing.pk,
        "difference_id": make_difference(closing, now).pk,
        "run_id": make_run(store, now).pk,
        "matter_id": matter.pk,
    }
