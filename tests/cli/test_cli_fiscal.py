"""The fiscal set-up by commands alone, and what the doctor says of certificates."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_running import Ahead
from django.utils import timezone

from ahead.accounts.models import Company
from ahead.fiscal.models import DigitalCertificate, Issuer, NumberSeries
from ahead.taxes.operations import set_defaults
from fiscal_making import BY, PASSWORD, pfx_of, trust

pytestmark = pytest.mark.django_db(transaction=True)

WHO = (
    *("--legal-name", "Padaria do Sol Ltda", "--crt", "3", "--ie", "110.042.490.114", "--uf", "sp"),
    *("--postal-code", "01001-000", "--street", "Rua do Forno", "--number", "12", "--district", "Centro"),
    *("--municipality", "São Paulo", "--environment", "producao", "--serie", "2", "--next-number", "500"),
)


@pytest.fixture
def naturezas(padaria: Company, now: datetime) -> str:
    """The natureza of the bakery's sales."""
    set_defaults(company=padaria, crt="3", valid_from=date(2026, 1, 1), by=BY, now=now)
    return "Venda de mercadoria"


@pytest.fixture
def pfx(padaria: Company, settings: Any, tmp_path: Path) -> str:
    trust(settings)
    path = tmp_path / "padaria.pfx"
    path.write_bytes(pfx_of(padaria.cnpj))
    return str(path)


def test_a_company_is_set_up_by_commands_until_nothing_is_missing(
    ahead: Ahead, padaria: Company, naturezas: str, pfx: str
) -> None:
    before = ahead("fiscal", "check", "--json")
    assert before.code == 1
    assert [step["is_done"] for step in before.document["steps"]][:3] == [False, False, False]

    ran = ahead("fiscal", "set", "padaria-sol", *WHO, "--natureza", naturezas.upper(), "--json")
    assert ran.code == 0, ran.err
    said = ran.document["issuer"]
    assert (said["environment"], said["serie"], said["next_number"]) == ("1", 2, 500)
    assert (said["natureza"], said["inscricao_estadual"], said["uf"]) == (naturezas, "110042490114", "SP")

    ran = ahead("fiscal", "certificate", pfx, "--json", AHEAD_CERTIFICATE_PASSWORD=PASSWORD)
    assert ran.code == 0, ran.err
    assert ran.document["certificate"]["cnpj"] == padaria.cnpj
    assert PASSWORD not in ran.out + ran.err

    after = ahead("fiscal", "check")
    assert after.code == 0, after.out
    assert "As notas podem ser geradas." in after.out
    assert NumberSeries.objects.of(padaria).get().next_number == 500


def test_only_what_is_named_changes_and_the_csrt_is_never_printed(
    ahead: Ahead, padaria: Company, naturezas: str
) -> None:
    ahead("fiscal", "set", *WHO)
    technician = (
        *("--technician-cnpj", "19131243000197", "--technician-contact", "Lia", "--technician-phone", "1133334444"),
        *("--technician-email", "lia@ahead.example", "--csrt-id", "01"),
    )
    ran = ahead("fiscal", "set", *technician, "--json", AHEAD_CSRT="G8063VRTNDMO886SFNK5")

    assert ran.document["issuer"]["has_csrt"] is True
    assert "G8063VRTNDMO886SFNK5" not in ran.out + ran.err
    kept = Issuer.objects.of(padaria).get()
    assert (kept.csrt, kept.street, kept.serie) == ("G8063VRTNDMO886SFNK5", "Rua do Forno", 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--municipality", "Sao Polo", "--uf", "SP"), "O IBGE não conhece este município em SP"),
        (("--natureza", "Doação"), "não tem a natureza «Doação»"),
        (("--next-number", "7"), "Diga primeiro quem emite"),
    ],
)
def test_what_will_not_do_is_refused(ahead: Ahead, padaria: Company, words: tuple[str, ...], said: str) -> None:
    ran = ahead("fiscal", "set", *words)
    assert ran.code == 2
    assert said in ran.err
    assert not Issuer.objects.of(padaria).exists()


def test_a_certificate_that_will_not_do_is_refused(ahead: Ahead, padaria: Company, pfx: str, tmp_path: Path) -> None:
    wrong = ahead("fiscal", "certificate", pfx, AHEAD_CERTIFICATE_PASSWORD="outra")
    assert (wrong.code, "A senha não abre o certificado" in wrong.err) == (2, True)
    absent = ahead("fiscal", "certificate", str(tmp_path / "nada.pfx"), AHEAD_CERTIFICATE_PASSWORD="x")
    assert (absent.code, "não pôde ser lido" in absent.err) == (2, True)
    large = tmp_path / "grande.pfx"
    large.write_bytes(b"0" * 100_001)
    assert "grande demais" in ahead("fiscal", "certificate", str(large), AHEAD_CERTIFICATE_PASSWORD="x").err
    assert not DigitalCertificate.objects.of(padaria).exists()


def test_the_password_is_no_argument_but_comes_by_standard_input(
    ahead: Ahead, padaria: Company, pfx: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ahead("fiscal", "certificate", pfx, "--password", PASSWORD).code == 2
    assert not DigitalCertificate.objects.of(padaria).exists()

    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert ahead("fiscal", "certificate", pfx).code == 0
    assert DigitalCertificate.objects.of(padaria).exists()


# ── the doctor ─────────────────────────────────────────────────────────────────────────────────────────────


def certificate_row(ahead: Ahead) -> dict[str, str] | None:
    rows = {row["check"]: row for row in ahead("doctor", "--json").document["checks"]}
    return rows.get("certificate")


def test_the_doctor_tells_of_certificates(ahead: Ahead, padaria: Company, naturezas: str, pfx: str) -> None:
    assert certificate_row(ahead) is None  # nobody issues

    ahead("fiscal", "set", *WHO)
    row = certificate_row(ahead)
    assert row is not None
    assert (row["state"], "ainda não tem certificado A1" in row["text"]) == ("error", True)
    assert "ahead fiscal certificate padaria-sol ARQUIVO" in row["remedy"]

    ahead("fiscal", "certificate", pfx, AHEAD_CERTIFICATE_PASSWORD=PASSWORD)
    found = {}
    for days in (31, 20, -1):
        until = timezone.now() + timedelta(days=days)
        DigitalCertificate.objects.of(padaria).update(not_after=until)
        row = certificate_row(ahead)
        assert row is not None
        found[days] = (row["state"], row["text"])
    assert [state for state, _ in found.values()] == ["ok", "warning", "error"]
    assert "em até 30 dias" in found[20][1]
    assert "venceu em" in found[-1][1]
