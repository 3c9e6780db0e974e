"""Tenancy by construction: a query that is not limited to one company does not run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from ahead.accounts.models import Company

M = TypeVar("M", bound=models.Model)


class Unscoped(Exception):
    """A tenant table was read or written without saying whose rows; a defect, never shown to a person."""


_ALL = "all"


def _is_empty(*rows: models.QuerySet[Any, Any]) -> bool:
    return any(one.query.is_empty() for one in rows)


class TenantQuerySet(models.QuerySet[M, M]):
    """
    A queryset that runs only after `of(company)`, or `across_companies()` for the program's own work.

    Rows reached from an instance (`order.items.all()`) are scoped by that instance.
    """

    _scope: int | str | None = None  # a company's id, or _ALL

    def of(self, company: Company | int) -> Self:
        """Return only the rows of `company`."""
        scoped = self.filter(company=company)
        scoped._scope = company if isinstance(company, int) else company.pk  # noqa: SLF001
        return scoped

    def across_companies(self) -> Self:
        """
        Return rows of every company.

        For the program's own work over all companies (agenda, alerts, figures, clearing away, key rotation), for a row
        that a job knows by its id alone, and in a subquery of a query that is limited itself. Screens and commands
        never begin with it: what a person asks begins with `of`.
        """
        scoped = self.all()
        scoped._scope = _ALL  # noqa: SLF001
        return scoped

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._scope = self._scope  # noqa: SLF001
        return clone  # type: ignore[no-any-return]

    def _check_scope(self) -> None:
        if self._scope is None and self._hints.get("instance") is None:  # type: ignore[attr-defined]
            raise Unscoped(f"{self.model.__name__}: say whose rows with .of(company)")

    def _check_same_scope(self, others: Iterable[models.QuerySet[Any, Any]]) -> None:
        """Rows that are added to others must be the same company's: else one scope would vouch for all."""
        for other in others:
            if isinstance(other, TenantQuerySet) and other._scope != self._scope and not _is_empty(self, other):  # noqa: SLF001
                raise Unscoped(f"{self.model.__name__}: rows of different companies, or of any, are not to be joined")

    def __or__(self, other: models.QuerySet[Any, Any]) -> Self:
        self._check_same_scope([other])
        return super().__or__(other)

    def __xor__(self, other: models.QuerySet[Any, Any]) -> Self:
        self._check_same_scope([other])
        return super().__xor__(other)

    def union(self, *others: models.QuerySet[Any, Any], all: bool = False) -> Self:  # noqa: A002 - Django's name
        self._check_same_scope(others)
        return super().union(*others, all=all)

    def _fetch_all(self) -> None:
        self._check_scope()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Iterator[M]:
        self._check_scope()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._check_scope()
        return super().count()

    def exists(self) -> bool:
        self._check_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._check_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check_scope()
        return super().delete()


class TenantManager(models.Manager[M]):
    """The manager of every tenant table."""

    def get_queryset(self) -> TenantQuerySet[M]:
        return TenantQuerySet(self.model, using=self._db, hints=self._hints)  # type: ignore[attr-defined]

    def of(self, company: Company | int) -> TenantQuerySet[M]:
        """Return only the rows of `company`."""
        return self.get_queryset().of(company)

    def across_companies(self) -> TenantQuerySet[M]:
        """Return rows of every company; `TenantQuerySet.across_companies` says who may ask for them."""
        return self.get_queryset().across_companies()


class TenantModel(models.Model):
    """A row that belongs to one company."""

    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        abstract = True
