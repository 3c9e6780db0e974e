"""What SEFAZ's codes mean: to the program in one word, to a person in a few."""

import pickle
from collections import Counter
from pathlib import Path

import pytest

from ahead.nfe import explaining
from ahead.nfe.errors import AnswerLost, CertificateRefused, NotOffered, NotSent, SefazError, ServerNotTrusted
from ahead.nfe.explaining import Place, Turn, explain
from ahead.nfe.verdicts import Verdict, verdict

NEEDED = [
    cstat
    for line in (
        "103 105 108 109 110 301 302 303 204 539 217 202 213 280 281 282 283 284 285 286 290 297 298 588 215 225 228",
        "703",
        "206 256 241 563 218 573 434 435 436 437 438 439 440 694 695 815 798 799 800 610 629 630 531 532 611 612 890",
        "891",
        "894 778 806 930 931 932 933 934 1026 1036 1037 1115 1118 656 999 209 230 231 232 234 252 321 327 386 391 402",
        "404",
        "471 481 482 483 494 501 528 564 590 591 600 685 693 719 724 726 728 777 791 805 865 897 635",
    )
    for cstat in line.split()
]


@pytest.mark.parametrize(
    ("cstat", "expected"),
    [
        ("100", Verdict.AUTHORISED),
        ("150", Verdict.AUTHORISED),
        ("101", Verdict.CANCELLED),
        ("151", Verdict.CANCELLED),
        ("155", Verdict.CANCELLED),
        ("217", Verdict.ABSENT),
        ("204", Verdict.DUPLICATE),
        ("539", Verdict.OTHER_KEY),
        ("562", Verdict.OTHER_KEY),
        ("613", Verdict.OTHER_KEY),
        ("103", Verdict.PROCESSING),
        ("635", Verdict.PROCESSING),
        ("205", Verdict.DENIED),
        ("256", Verdict.NUMBER_TAKEN),
        ("107", Verdict.SERVICE_UP),
        ("109", Verdict.SERVICE_DOWN),
        ("114", Verdict.SERVICE_DOWN),
        ("213", Verdict.CERTIFICATE),
        ("297", Verdict.CERTIFICATE),
        ("656", Verdict.BANNED),
        ("135", Verdict.EVENT_OK),
        ("573", Verdict.EVENT_DUPLICATE),
        ("102", Verdict.INUTILISED),
        ("112", Verdict.FOUND),
        ("225", Verdict.REJECTED),
        ("694", Verdict.REJECTED),
        ("1026", Verdict.REJECTED),
        ("2001", Verdict.REJECTED),
        ("104", Verdict.UNKNOWN),
        ("999", Verdict.UNKNOWN),
        ("199", Verdict.UNKNOWN),
        ("", Verdict.UNKNOWN),
        ("12345", Verdict.UNKNOWN),
        ("abc", Verdict.UNKNOWN),
    ],
)
def test_a_code_in_one_word(cstat: str, expected: Verdict) -> None:
    assert verdict(cstat) is expected


def test_nothing_that_may_be_authorised_is_called_rejected() -> None:
    doubtful = {"100", "150", "204", "539", "103", "105", "104", "635", "999", "108", "109", "656"}
    assert not {cstat for cstat in doubtful if verdict(cstat) is Verdict.REJECTED}


@pytest.mark.parametrize("cstat", NEEDED)
def test_what_happens_often_is_explained(cstat: str) -> None:
    found = explain(cstat, "Rejeicao: texto da SEFAZ")
    assert found.what.endswith(".")
    assert "texto da SEFAZ" not in found.what
    assert found.remedy.endswith(".")


def test_each_code_has_one_row() -> None:
    text = Path(explaining.__file__).with_name("rejections.tsv").read_text(encoding="utf-8")
    counted = Counter(cstat for line in text.splitlines()[1:] for cstat in line.split("\t")[0].split())
    assert [cstat for cstat, count in counted.items() if count > 1] == []
    assert all(len(line.split("\t")) == 5 for line in text.splitlines())


def test_a_person_is_told_whose_turn_it_is_and_where() -> None:
    found = explain("778", "Rejeição: Informado NCM inexistente [nItem: 2]")
    assert (found.turn, found.place, found.item) == (Turn.YOU, Place.PRODUCT, 2)
    assert found.reason == "Informado NCM inexistente [nItem: 2]"
    assert explain("232", "").place is Place.CUSTOMER
    assert explain("694", "").place is Place.TAX_RULE
    assert explain("656", "").turn is Turn.US
    assert explain("109", "").turn is Turn.SEFAZ
    assert explain("225", "").turn is Turn.AHEAD


def test_an_unknown_code_is_told_in_the_words_of_sefaz() -> None:
    found = explain("1999", "1999 - Rejeicao: Coisa nova")
    assert (found.what, found.turn) == ("Coisa nova", Turn.YOU)
    assert explain("1999", "").what == "A SEFAZ respondeu 1999."
    assert "Consultamos" in explain("xyz", "estranho").remedy


def test_errors_say_whether_it_may_have_been_processed() -> None:
    assert [kind for kind in (NotSent, ServerNotTrusted, NotOffered, CertificateRefused, AnswerLost)
            if kind.may_be_processed] == [AnswerLost]  # fmt: skip
    assert all(issubclass(kind, SefazError) for kind in (NotSent, CertificateRefused, AnswerLost))
    assert not issubclass(AnswerLost, NotSent)


def test_an_error_holds_neither_xml_nor_documents() -> None:
    key = "35261111222333000181550010000000011123456780"
    error = AnswerLost(
        f"<NFe><CPF>529.982.247-25</CPF>{key}</NFe> erro em 52998224725 e 12ABC34501DE35 <corta",
        service="NFeAutorizacao4", authorizer="SP", status=500,
    )  # fmt: skip
    for text in (str(error), error.detail, repr(error), str(error.args)):
        assert not [secret for secret in ("529.982", "52998224725", key, "12ABC34501DE35", "<NFe>") if secret in text]
    assert "NFeAutorizacao4 SP; HTTP 500" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.service) == (AnswerLost, str(error), "NFeAutorizacao4")
