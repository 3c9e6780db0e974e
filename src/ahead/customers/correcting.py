"""What a person corrects in a customer's record: kept over what stores go on saying, with who did it and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Model

from ahead.accounts.models import Company
from ahead.audit.operations import record
from ahead.customers import rules
from ahead.customers.models import Customer, CustomerLink
from ahead.customers.names import keep_words
from ahead.lib.corrected import corrected, taken_back
from ahead.lib.documents import is_cnpj, is_document
from ahead.lib.errors import Refused


class CannotCorrect(Refused):
    """The record may not be as it was written; `problems` says why, by column."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class DocumentTaken(CannotCorrect):
    """Another customer has this document: a person decides whether they are the same."""

    def __init__(self, other: Customer) -> None:
        super().__init__({"document": f"Este CPF/CNPJ é de outro cliente: {other.name}."})
        self.other = other


@transaction.atomic
def correct_customer(
    company: Company, customer_id: int, given: Mapping[str, str], *, by: str, now: datetime
) -> Customer:
    """
    Write what a person corrected of a customer: of `given`, columns of Customer, what differs.

    :raises CannotCorrect: if something of it may not be so.
    :raises DocumentTaken: if the document is another customer's.
    :raises Customer.DoesNotExist: if it is not the company's.
    """
    customer = lock_customer(company.pk, customer_id)
    names = (*rules.CORRECTABLE, "indicador_ie")
    current = {name: str(getattr(customer, name)) for name in names}
    values = current | rules.tidied({name: value for name, value in given.items() if name in current})
    changed = {name: value for name, value in values.items() if value != current[name]}
    if not changed:
        return customer
    if problems := {name: why for name, why in rules.problems(values).items() if _concerns(name, changed)}:
        raise CannotCorrect(problems)
    _check_free(company.pk, customer, values["document"])
    ours = {name: value for name, value in changed.items() if name != "indicador_ie"}
    if ours.get("document"):
        ours["kind"] = Customer.Kind.COMPANY if is_cnpj(ours["document"]) else Customer.Kind.PERSON
    before = {name: str(getattr(customer, name)) for name in ours}
    customer.corrections = corrected(customer.corrections, before, ours, by=by, now=now)
    _write(customer, changed | ours, now)
    _tell(customer, f"Corrigido: {labels(Customer, changed)}.", changed, by, now)
    return customer


@transaction.atomic
def take_what_is_said(company: Company, customer_id: int, names: Iterable[str], *, by: str, now: datetime) -> Customer:
    """
    *Usar o do Tray*: let columns of a customer be again what the store says.

    :raises DocumentTaken: if the document it says is another customer's.
    :raises Customer.DoesNotExist: if it is not the company's.
    """
    customer = lock_customer(company.pk, customer_id)
    values, kept = taken_back(customer.corrections, _with_their_pairs(names))
    if not values:
        return customer
    _check_free(company.pk, customer, values.get("document", ""))
    customer.corrections = kept
    _write(customer, values, now)
    shown = [name for name in values if name != "kind"]
    _tell(customer, f"De novo como no Tray: {labels(Customer, shown)}.", shown, by, now)
    return customer


def lock_customer(company_id: int, customer_id: int) -> Customer:
    """
    Return a customer locked until the transaction ends.

    :raises Customer.DoesNotExist: if it is not the company's.
    """
    found: Customer = Customer.objects.of(company_id).select_for_update(of=("self",)).get(pk=customer_id)
    return found


def labels(model: type[Model], names: Iterable[str]) -> str:
    """Return what people call these columns. The trail names them, and keeps no personal data of its own."""
    fields = [model._meta.get_field(name) for name in names]  # noqa: SLF001  Django's public way to a column's label
    return ", ".join(str(getattr(field, "verbose_name", field.name)) for field in fields)


def _concerns(name: str, changed: Mapping[str, str]) -> bool:
    """Whether a problem is of what was changed now; an old one beside it is told by the nota, not here."""
    together = ({"city", "uf"}, {"inscricao_estadual", "indicador_ie", "document"})
    return name in changed or any(name in group and group & changed.keys() for group in together)


def _with_their_pairs(names: Iterable[str]) -> set[str]:
    """A city goes with its UF, a document with the kind of who has it."""
    asked = set(names)
    for pair in ({"city", "uf"}, {"document", "kind"}):
        if asked & pair:
            asked |= pair
    return asked


def _check_free(company_id: int, customer: Customer, document: str) -> None:
    if not document or document == customer.document:
        return
    if other := Customer.objects.of(company_id).filter(document=document).exclude(pk=customer.pk).first():
        raise DocumentTaken(other)


def _write(customer: Customer, values: Mapping[str, str], now: datetime) -> None:
    had = customer.document
    for name, value in values.items():
        setattr(customer, name, value)
    customer.updated_at = now
    try:
        with transaction.atomic():
            customer.save(update_fields=[*values, "corrections", "updated_at"])
            keep_words(customer.company_id, [customer])
    except IntegrityError:  # a sync brought who has the document since we looked
        _check_free(customer.company_id, Customer(pk=customer.pk), customer.document)
        raise
    if "document" in values and customer.document != had:
        _keep_links(customer, had)


def _keep_links(customer: Customer, had: str) -> None:
    """Have the document a store goes on sending under its ids of the customer lead here still."""
    correction = customer.corrections.get("document")
    said = correction["said"] if correction else ""
    links = CustomerLink.objects.of(customer.company_id).filter(customer=customer)
    if not correction:
        links.update(said_document="")
    elif is_document(said or had):
        links.filter(said_document="").update(said_document=said or had)


def _tell(customer: Customer, text: str, names: Iterable[str], by: str, now: datetime) -> None:
    record(
        "customers.customer.corrected",
        company_id=customer.company_id,
        subject=("customer", customer.pk),
        text=text,
        by=by,
        at=now,
        columns=sorted(names),
    )
