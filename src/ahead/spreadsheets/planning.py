"""What the rows of Produtos and Estoque would do, by the rules of those who would do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ahead.catalog.bulk_products import FIELDS
from ahead.catalog.models import Product
from ahead.catalog.retiring import why_not_set_active
from ahead.spreadsheets.entries import Entry, texts_of
from ahead.spreadsheets.looking import Look, product_of
from ahead.stock import rules
from ahead.stock.models import Balance


def plan_products(look: Look, entries: Sequence[Entry]) -> None:
    """Say what rows of Produtos would make and change."""
    products = look.products(entries)
    owners = _owners(look, entries)
    for entry in entries:
        _plan_product(look, entry, products.get(entry.said.get("code", "")))
        _check_reference(look, entry, owners)
    _check_active(look, entries, {product.pk: product for product in products.values()})


def _plan_product(look: Look, entry: Entry, product: Product | None) -> None:
    code = entry.said.get("code")
    if not code:
        if not entry.is_wrong("code"):
            entry.wrong("code", "Informe o campo Código AHEAD.")
        return
    entry.target, entry.target_id = "product", product.pk if product else None
    entry.label = str(product) if product else f"{code} · {entry.said.get('name', '')}"
    look.seen.is_first(entry, ("product", code), "code", "Este código já está na linha {}.")
    for field in FIELDS:
        if field in entry.said:
            entry.change(field, getattr(product, field) if product else None, entry.said[field])
    if product is None:
        entry.changes = {"code": [None, code], **entry.changes}
        if "name" not in entry.said and not entry.is_wrong("name"):
            entry.wrong("name", "Este produto é novo: informe o campo Descrição.")


def _owners(look: Look, entries: Sequence[Entry]) -> dict[str, Product]:
    """Return the products that have the references of the rows already."""
    wanted = texts_of(entries, "reference")
    return {one.reference: one for one in Product.objects.of(look.company).filter(reference__in=wanted)}


def _check_reference(look: Look, entry: Entry, owners: Mapping[str, Product]) -> None:
    reference = entry.said.get("reference")
    if not reference or entry.target != "product":
        return
    owner = owners.get(reference)
    if owner is not None and owner.pk != entry.target_id:
        entry.wrong("reference", f"O produto {owner} já tem a referência {reference}.")
    look.seen.is_first(entry, ("reference", reference), "reference", "Esta referência já está na linha {}.")


def _check_active(look: Look, entries: Sequence[Entry], products: Mapping[int, Product]) -> None:
    for active in (True, False):
        turned = {
            entry.target_id: entry
            for entry in entries
            if entry.target_id is not None and entry.changes.get("is_active") == [not active, active]
        }
        if turned:
            refusals = why_not_set_active(look.company.pk, [products[pk] for pk in turned], active=active)
            for pk, text in refusals.items():
                turned[pk].wrong("is_active", text)


def plan_stock(look: Look, entries: Sequence[Entry]) -> None:
    """Say what rows of Estoque would count."""
    products = look.products(entries)
    rows = Balance.objects.of(look.company).filter(product__in=list(products.values()))
    balances = {(row.product_id, row.warehouse_id): row.on_hand for row in rows}
    for entry in entries:
        _plan_count(look, entry, products, balances)


def _plan_count(
    look: Look, entry: Entry, products: Mapping[str, Product], balances: Mapping[tuple[int, int], int]
) -> None:
    warehouse, product = look.warehouse(entry), product_of(entry, products)
    if product is None or warehouse is None:
        return
    entry.target, entry.target_id = "balance", product.pk
    entry.facts = {"warehouse_id": warehouse.pk}
    entry.label = f"{product} · {warehouse.name}"
    key = ("balance", product.pk, warehouse.pk)
    look.seen.is_first(entry, key, "code", "Este produto já foi contado neste Estoque na linha {}.")
    if product.is_kit:
        entry.wrong("code", rules.no_stock_of_kit(str(product)))
    if "on_hand" in entry.said:
        if refusal := rules.why_not_count(entry.said["on_hand"]):
            entry.wrong("on_hand", refusal)
        entry.change("on_hand", balances.get((product.pk, warehouse.pk), 0), entry.said["on_hand"])
