"""
The words of customers' names and their e-mails, kept so that one is found among a million in an instant.

A person who looks for "joao conceicao" means João da Conceição: every word typed begins a word of the name or of the
razão social, whatever its case and accents. What is typed with an @ begins the e-mail.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from ahead.accounts.models import Company
from ahead.customers.models import Customer, CustomerWord
from ahead.db.searching import MOST_WORDS, begins, folded_words
from ahead.db.tenancy import TenantQuerySet
from ahead.lib.wording import folded

_BATCH = 500
_MOST_COUNTED = 6  # words: of more names than one the rarest is among them
_COUNTED_UP_TO = 1_000
NAMING = frozenset({"name", "legal_name", "email"})  # what a customer is found by, a number apart


def keep_words(company_id: int, customers: Iterable[Customer]) -> None:
    """
    Write down what these customers are found by in place of what was kept before.

    To call wherever one of `NAMING` is written.
    """
    named = {customer.pk: _words(customer) | _address(customer) for customer in customers}
    rows = CustomerWord.objects.of(company_id)
    kept: dict[int, set[str]] = {}
    for pk, word in rows.filter(customer__in=named).values_list("customer_id", "word"):
        kept.setdefault(pk, set()).add(word)
    for pk, words in named.items():
        if gone := kept.get(pk, set()) - words:
            rows.filter(customer=pk, word__in=gone).delete()
    new = [(pk, word) for pk, words in named.items() for word in sorted(words - kept.get(pk, set()))]
    CustomerWord.objects.bulk_create(
        [CustomerWord(company_id=company_id, customer_id=pk, word=word) for pk, word in new], batch_size=_BATCH
    )


def _words(customer: Customer) -> set[str]:
    return {word[: CustomerWord.LONGEST] for word in folded_words(f"{customer.name} {customer.legal_name}")}


def _address(customer: Customer) -> set[str]:
    return {_as_address(customer.email)} if customer.email else set()


def _as_address(text: str) -> str:
    """Return what an e-mail is kept as: no word of a name begins so."""
    return f"@{folded(text.strip())}"[: CustomerWord.LONGEST]


def _asked(text: str) -> list[str]:
    """Return the words and the beginnings of e-mails that a person typed; none of more than any name has."""
    found: list[str] = []
    for part in text.split():
        found += [_as_address(part)] if "@" in part else [word[: CustomerWord.LONGEST] for word in folded_words(part)]
    words = list(dict.fromkeys(found))
    return words if len(words) <= MOST_WORDS else []


def have_nothing_in_common(one: Customer, other: Customer) -> bool:
    """Whether no word of one name is in the other: two people, as a rule, and not one who was written down twice."""
    return not _words(one) & _words(other)


def words_named(company: Company | int, text: str) -> TenantQuerySet[CustomerWord]:
    """
    Return a row, at times two, of each customer whose name or e-mail has every word of `text`; none where it has none.

    The rarest word is looked up first and the others are asked of its rows alone, so that "maria" costs nothing
    beside a name that few have.
    """
    rows = CustomerWord.objects.of(company)
    asked = _asked(text)
    if not asked:
        return rows.none()
    counted = {word: rows.filter(begins("word", word))[:_COUNTED_UP_TO].count() for word in asked[:_MOST_COUNTED]}
    rarest = min(counted, key=lambda word: counted[word])
    found = rows.filter(begins("word", rarest))
    for word in asked:
        if word == rarest:
            continue
        found = found.filter(Exists(rows.filter(begins("word", word), customer=OuterRef("customer"))))
    return found


def ids_named(company: Company | int, text: str, *, limit: int) -> list[int]:
    """Return up to `limit` customers whose name has every word of `text`."""
    found = words_named(company, text).order_by().values_list("customer_id", flat=True)
    return list(dict.fromkeys(found[: 2 * limit]))[:limit]  # "maria" is twice in Maria Mariana


def are_more_named(company: Company | int, text: str, *, than: int) -> bool:
    """Whether more customers than so many have a name with every word of `text`."""
    return len(ids_named(company, text, limit=than + 1)) > than
