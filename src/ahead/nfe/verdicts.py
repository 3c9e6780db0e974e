"""What a cStat says, in one word: what may, and what must not, be done next. Source: MOC 7.0, annex I, and the NTs."""

from __future__ import annotations

from enum import StrEnum

from ahead.nfe.errors import SefazError


class Verdict(StrEnum):
    """What became of a request."""

    AUTHORISED = "authorised"  # keep the protocol; compare its digest first
    CANCELLED = "cancelled"
    DENIED = "denied"  # only notas of before 2024 read so
    ABSENT = "absent"  # SEFAZ does not know the key: the same bytes may be sent again
    DUPLICATE = "duplicate"  # the same key is authorised already: query it, it is no error
    OTHER_KEY = "other_key"  # the number is taken by another key, which the message names: query that one
    PROCESSING = "processing"  # taken into a queue: query later
    REJECTED = "rejected"  # certainly not authorised; correct and send under the same number
    NUMBER_TAKEN = "number_taken"  # inutilizado, or used, against our own books: a person must look
    SERVICE_UP = "service_up"
    SERVICE_DOWN = "service_down"  # wait; perhaps SVC
    CERTIFICATE = "certificate"  # signature or certificate: stop everything that uses this certificate
    BANNED = "banned"  # consumo indevido: nothing more for this certificate for up to an hour
    EVENT_OK = "event_ok"
    EVENT_DUPLICATE = "event_duplicate"  # it is registered already: query, then take it as done
    INUTILISED = "inutilised"
    FOUND = "found"  # the cadastro has entries
    UNKNOWN = "unknown"  # as if no answer had come


_BY_CSTAT = {
    cstat: verdict
    for verdict, cstats in {
        Verdict.AUTHORISED: "100 150",
        Verdict.CANCELLED: "101 151 155",
        Verdict.DENIED: "110 205 301 302 303",
        Verdict.ABSENT: "217",
        Verdict.DUPLICATE: "204",
        Verdict.OTHER_KEY: "539 561 562 613",  # the last three answer a query: same number, another key
        Verdict.PROCESSING: "103 105 635",
        Verdict.NUMBER_TAKEN: "206 241 256",
        Verdict.SERVICE_UP: "107",
        Verdict.SERVICE_DOWN: "108 109 113 114",  # 113, 114: SVC, about to be or already switched off
        Verdict.CERTIFICATE: "202 213 244 280 281 282 283 284 285 286 290 291 292 293 294 295 296 297 298 588",
        Verdict.BANNED: "656",
        Verdict.EVENT_OK: "135 136",
        Verdict.EVENT_DUPLICATE: "218 420 573",  # 218, 420: the nota is cancelled already
        Verdict.INUTILISED: "102 563",  # 563: the very same request was granted before
        Verdict.FOUND: "111 112",
        Verdict.UNKNOWN: "104 106 128 999",  # 104, 128: a batch was processed, which says nothing of what is in it
    }.items()
    for cstat in cstats.split()
}
SVC_OFF = frozenset({"113", "114"})  # the SVC itself says so: it takes nothing more, and the usual authorizer works
_NOT_PROCESSED = frozenset({Verdict.SERVICE_DOWN, Verdict.BANNED, Verdict.CERTIFICATE})
_LAST_GOOD = 200  # answers below it are no rejections; those above are


def verdict(cstat: str) -> Verdict:
    """Return what a cStat says about a nota, an event, an inutilização, a service or the cadastro."""
    known = _BY_CSTAT.get(cstat)
    if known is not None:
        return known
    is_rejection = cstat.isdecimal() and 3 <= len(cstat) <= 4 and int(cstat) >= _LAST_GOOD
    return Verdict.REJECTED if is_rejection else Verdict.UNKNOWN


def was_not_processed(error: SefazError | None, cstat: str) -> bool:
    """
    Whether what was sent was certainly turned away before anybody looked at what it says: it may be sent again.

    `error` is what the sending ended in, None where an answer came, whose cStat is `cstat`.
    """
    if error is not None:
        return not error.may_be_processed
    return verdict(cstat) in _NOT_PROCESSED
