"""No company sees another's rows: what every table must be like."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from ahead.accounts.models import Company
from ahead.db.tenancy import TenantModel, Unscoped

WITHOUT_COMPANY = {
    "accounts.Company": "is the tenant itself",
    "accounts.User": "a person may belong to many companies; memberships say to which",
    "jobs.Purge": "the installation is cleared as a whole",
    "jobs.WorkerSlot": "a worker process serves the stores of all companies",
    "watch.Look": "the installation is looked at as a whole",
    "webhooks.Application": "stores of several companies may share one",
    "webhooks.StrangerCount": "is about stores that no company has",
}
# What a unique constraint may stand on beside the company: things that belong to one company themselves.
PARENTS = {
    "store", "product", "warehouse", "listing", "variant", "order", "run", "customer", "user", "item_id",
    "sheet", "nota", "press", "alert", "closing",
}  # fmt: skip
UNIQUE_EVERYWHERE = {"one_store_per_tray_store": "one Tray store feeds one Loja, of whatever company"}

MODELS = [model for model in apps.get_models() if model.__module__.startswith("ahead.")]
TENANT_MODELS = [model for model in MODELS if issubclass(model, TenantModel)]


def label(model: type[models.Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_table_says_whose_its_rows_are(model: type[models.Model]) -> None:
    if model._meta.label in WITHOUT_COMPANY:
        return
    assert issubclass(model, TenantModel)
    assert not model._meta.get_field("company").null


def test_the_exceptions_exist() -> None:
    assert set(WITHOUT_COMPANY) <= {model._meta.label for model in MODELS}


@pytest.mark.django_db
@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_no_table_is_read_or_written_without_saying_whose_rows(model: type[TenantModel]) -> None:
    for use in (
        lambda rows: list(rows.all()),
        lambda rows: rows.filter(pk=1).first(),
        lambda rows: rows.get(pk=1),
        lambda rows: rows.count(),
        lambda rows: rows.exists(),
        lambda rows: rows.filter(pk=1).exists(),
        lambda rows: list(rows.iterator()),
        lambda rows: list(rows.values_list("pk", flat=True)),
        lambda rows: rows.aggregate(models.Max("pk")),
        lambda rows: rows.in_bulk([1]),
        lambda rows: rows.filter(pk=1).update(company=1),
        lambda rows: rows.filter(pk=1).delete(),
    ):
        with pytest.raises(Unscoped):
            use(model.objects)


@pytest.mark.django_db
@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_every_table_is_read_for_one_company(model: type[TenantModel], padaria: Company) -> None:
    rows = model.objects.of(padaria)

    assert all(row.company_id == padaria.pk for row in rows)
    assert "company_id" in str(rows.query)


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_what_is_unique_is_unique_within_a_company(model: type[TenantModel]) -> None:
    for field in model._meta.concrete_fields:
        if field.unique and not field.primary_key:
            assert field.name in PARENTS, f"{label(model)}.{field.name} is unique among all companies"
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.name not in UNIQUE_EVERYWHERE:
            assert {"company", *PARENTS} & set(constraint.fields), constraint.name


@pytest.mark.django_db
def test_rows_reached_from_an_instance_need_no_scope(loja: object) -> None:
    assert loja.statuses.count() == 7  # type: ignore[attr-defined]
    assert loja.agenda.asked == 0  # type: ignore[attr-defined]
