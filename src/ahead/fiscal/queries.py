"""Reading notas: the list with its totals, one with all that happened to it, and the set-up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from ahead.accounts.models import Company
from ahead.db.paging import COUNTED_UP_TO, Page, paginate
from ahead.fiscal.models import (
    Crt,
    DigitalCertificate,
    Environment,
    Intermediary,
    Inutilizacao,
    Issuer,
    Nota,
    NotaEntry,
    NotaEvent,
    NumberSeries,
)
from ahead.fiscal.voiding import Gap, gaps
from ahead.lib.brasilia import BRASILIA
from ahead.lib.documents import clean_document, looks_like_document
from ahead.nfe.ufs import CODES
from ahead.orders import queries as orders
from ahead.orders.models import Order

STATES: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Nota.State.choices]
TROUBLED = ("problem", "Com problema")
_HAS_TROUBLE = Q(state__in=[Nota.State.REJECTED, Nota.State.UNKNOWN]) | Q(delivery=Nota.Delivery.FAILED)
DELIVERIES: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Nota.Delivery.choices]
ENVIRONMENTS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Environment.choices]
CRTS: list[tuple[str, str]] = [(str(value), str(label)) for value, label in Crt.choices]
UFS = sorted(CODES)
_LARGEST_NUMBER = 10**9
_LOOKED_UP_ONCE = 5_000
_CHAVE_LENGTH = 44
_SORTS = {"issued_at", "-issued_at", "number", "-number"}


@dataclass(frozen=True, slots=True)
class NotaFilter:
    """What a list of notas is narrowed to; empty fields narrow nothing."""

    state: str = ""
    delivery: str = ""
    store_id: int | None = None
    search: str = ""
    issued_from: date | None = None
    issued_to: date | None = None  # the day itself is included
    environment: str = ""
    only_ecommerce: bool = False


@dataclass(frozen=True, slots=True)
class NotaTotals:
    """What the notas of a list come to; only authorised ones of produção count as value."""

    notas: int
    authorised: int
    amount: Decimal
    to_deliver: int
    rejected: int


def notas(
    company: Company, wanted: NotaFilter, *, sort: str = "-issued_at", page: int = 1, size: int = 50
) -> Page[Nota]:
    """Return a page of notas; `total` is None beyond 10,000, where counting would cost more than it tells."""
    found = _narrowed(company, wanted)
    rows = found.select_related("store", "order").order_by(sort if sort in _SORTS else "-issued_at", "-pk")
    return paginate(rows, page=page, size=size, counting=found, most=COUNTED_UP_TO)


def totals(company: Company, wanted: NotaFilter) -> NotaTotals:
    """Return what the notas of a list come to."""
    counts = Q(state=Nota.State.AUTHORISED, environment=Environment.PRODUCTION)
    found = _narrowed(company, wanted).aggregate(
        notas=Count("pk"),
        authorised=Count("pk", filter=counts),
        amount=Sum("total", filter=counts),
        to_deliver=Count("pk", filter=Q(delivery__in=[Nota.Delivery.DUE, Nota.Delivery.FAILED])),
        rejected=Count("pk", filter=Q(state=Nota.State.REJECTED)),
    )
    found["amount"] = found["amount"] or Decimal(0)
    return NotaTotals(**found)


def notas_for_export(
    company: Company, wanted: NotaFilter, *, ids: Iterable[int] = (), sort: str = "-issued_at"
) -> Iterator[Nota]:
    """Yield every nota that matches, or those of `ids` alone, without holding them all."""
    chosen = list(ids)
    found = Nota.objects.of(company).filter(pk__in=chosen) if chosen else _narrowed(company, wanted)
    rows = found.select_related("store", "order").order_by(sort if sort in _SORTS else "-issued_at", "-pk")
    return rows.iterator(chunk_size=500)


def resendable_ids(company: Company, wanted: NotaFilter, *, limit: int) -> list[int]:
    """Return the notas that match and should be at Tray and are not, the oldest first, up to `limit`."""
    owed = [Nota.Delivery.DUE, Nota.Delivery.FAILED]
    found = _narrowed(company, wanted).filter(state=Nota.State.AUTHORISED, delivery__in=owed)
    return list(found.order_by("issued_at", "pk").values_list("pk", flat=True)[:limit])


def _narrowed(company: Company, wanted: NotaFilter) -> QuerySet[Nota]:
    exact = {
        "state": "" if wanted.state == TROUBLED[0] else wanted.state,
        "delivery": wanted.delivery,
        "store_id": wanted.store_id,
        "environment": wanted.environment,
        "issued_at__gte": _start_of(wanted.issued_from),
        "issued_at__lt": _start_of(wanted.issued_to + timedelta(days=1)) if wanted.issued_to else None,
    }
    found: QuerySet[Nota] = Nota.objects.of(company).filter(**{name: value for name, value in exact.items() if value})
    if wanted.state == TROUBLED[0]:
        found = found.filter(_HAS_TROUBLE)
    if wanted.only_ecommerce:
        found = found.filter(store__isnull=False)
    return found.filter(_matching(company, wanted.search)) if wanted.search.strip() else found


def _matching(company: Company, text: str) -> Q:
    """
    Return what a person means by `text`: a key, a number, what the order is known by, a document.

    Of a name only the orders are asked: beside an OR that none of its notas can answer, all of the company are read.
    """
    bare = clean_document(text)
    if len(bare) == _CHAVE_LENGTH:
        return Q(chave_de_acesso=bare)
    meant = Q(order__in=_orders_meant(company, text))
    if looks_like_document(bare):
        meant |= Q(recipient_document=bare)
    return meant | Q(number=int(bare)) if bare.isdecimal() and int(bare) < _LARGEST_NUMBER else meant


def _orders_meant(company: Company, text: str) -> Collection[int] | QuerySet[Order, int]:
    """Return the orders, looked up once for all that is asked of their notas; where they are very many, how to."""
    meant = orders.all_meant_by(company, text).order_by().values_list("pk", flat=True)
    found = list(meant[: _LOOKED_UP_ONCE + 1])
    return meant if len(found) > _LOOKED_UP_ONCE else found


def _start_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, tzinfo=BRASILIA) if day else None


def nota(company: Company, nota_id: int) -> Nota:
    """
    Return a nota with its order, store and what it refers to.

    :raises Nota.DoesNotExist: if it is not the company's.
    """
    return Nota.objects.of(company).select_related("order__customer", "store", "references").get(pk=nota_id)


def numbers_by_id(company: Company, ids: Iterable[int]) -> dict[int, int]:
    """Return the number of each of these notas that there is, by its id."""
    return dict(Nota.objects.of(company).filter(pk__in=set(ids)).values_list("pk", "number"))


def numbers_of(company: Company, subjects: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int], int]:
    """Return the numbers people know orders and notas by, for what the trail names by kind and id."""
    subjects = set(subjects)
    found: dict[tuple[str, int], int] = {}
    for kind, read in (("order", orders.numbers_by_id), ("nota", numbers_by_id)):
        ids = [pk for one, pk in subjects if one == kind and pk]
        found |= {(kind, pk): number for pk, number in read(company, ids).items()}
    return found


def ids_by_number(company: Company, numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the number and the id of each nota that has one of these, of whichever série."""
    return list(Nota.objects.of(company).filter(number__in=list(numbers)).values_list("number", "pk"))


def entries(nota: Nota) -> Sequence[NotaEntry]:
    """Return what happened to a nota, the latest first."""
    return list(NotaEntry.objects.of(nota.company_id).filter(nota=nota).order_by("-at", "-pk"))


def events(nota: Nota) -> Sequence[NotaEvent]:
    """Return the eventos of a nota, the oldest first."""
    return list(NotaEvent.objects.of(nota.company_id).filter(nota=nota))


def notas_of_order(company: Company, order_id: int) -> Sequence[Nota]:
    """Return the notas of an order, the newest first."""
    return list(Nota.objects.of(company).filter(order_id=order_id).order_by("-created_at", "-pk"))


def issuer(company: Company) -> Issuer | None:
    """Return the fiscal set-up of a company; None before there is one."""
    return Issuer.objects.of(company).select_related("natureza", "return_natureza").first()


def current_certificate(company: Company) -> DigitalCertificate | None:
    """Return the certificate a company signs with."""
    return DigitalCertificate.objects.of(company).filter(is_current=True).first()


def intermediaries(company: Company) -> Sequence[Intermediary]:
    """Return what was completed of the marketplaces."""
    return list(Intermediary.objects.of(company).select_related("store"))


def intermediary(company: Company, intermediary_id: int) -> Intermediary:
    """
    Return what was completed of one marketplace.

    :raises Intermediary.DoesNotExist: if it is not the company's.
    """
    found: Intermediary = Intermediary.objects.of(company).get(pk=intermediary_id)
    return found


def series(company: Company, environment: str, serie: int) -> NumberSeries | None:
    """Return one série; None before its first number."""
    return NumberSeries.objects.of(company).filter(environment=environment, serie=serie).first()


@dataclass(frozen=True, slots=True)
class SeriesStanding:
    """A série: where it stands, what is missing in it, and what waits for SEFAZ."""

    series: NumberSeries
    gaps: Sequence[Gap]
    unknown: Sequence[Nota]
    voidings: Sequence[Inutilizacao]


def inutilizacao(company: Company, voiding_id: int) -> Inutilizacao:
    """
    Return one request to void numbers.

    :raises Inutilizacao.DoesNotExist: if it is not the company's.
    """
    found: Inutilizacao = Inutilizacao.objects.of(company).get(pk=voiding_id)
    return found


def numbering(company: Company) -> Sequence[SeriesStanding]:
    """Return how the numbers of each série stand: nothing is missing where there are neither gaps nor unknown notas."""
    waiting = [Nota.State.SIGNED, Nota.State.SENDING, Nota.State.UNKNOWN]
    found = []
    for series in NumberSeries.objects.of(company).order_by("environment", "serie"):
        same = {"environment": series.environment, "serie": series.serie}
        unknown = Nota.objects.of(company).filter(state__in=waiting, **same).select_related("order").order_by("number")
        voidings = Inutilizacao.objects.of(company).filter(**same)
        found.append(SeriesStanding(series, gaps(company.pk, series), list(unknown), list(voidings)))
    return found
