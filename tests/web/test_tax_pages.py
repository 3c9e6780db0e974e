"""Fiscal: the tax rules, their groups, naturezas and rates, the simulator and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ahead.accounts.models import Company, User
from ahead.catalog.models import Product
from ahead.taxes import operations, queries
from ahead.taxes.models import ProductGroup, StateRate, TaxRule
from ahead.taxes.values import Kind

Enter = Callable[[User], Client]
MakeProduct = Callable[..., Product]
HOME = "/padaria-sol/tributos/"


@pytest.fixture
def ana_in(enter: Enter, ana: User) -> Client:
    return enter(ana)


@pytest.fixture
def padroes(padaria: Company) -> Company:
    """The bakery with the default rules of the Simples, since the beginning of the year."""
    operations.set_defaults(
        company=padaria, crt="1", valid_from=date(2026, 1, 1), by="ana@padaria.example", now=timezone.now()
    )
    return padaria


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def rule_of(company: Company, cfop: str) -> TaxRule:
    return next(row for row in queries.rules(company).rows if row.cfop == cfop)


def typed(company: Company, **changes: str) -> dict[str, str]:
    """What the form of a rule sends."""
    venda = queries.naturezas(company, kind=Kind.SALE)[0]
    return {
        "natureza_id": str(venda.pk),
        "destination": "uf",
        "destination_uf": "RJ",
        "buyer": "consumer",
        "regime": "simples",
        "valid_from": "2026-01-01",
        "cfop": "6.108",
        "csosn": "101",
        "credito_aliquota": "2,56",
        "difal_base": "single",
        "pis_cst": "49",
        "cofins_cst": "49",
        "icms_exclusion": "own",
    } | changes


class TestRules:
    def test_begin_with_the_defaults_that_were_shown_first(self, ana_in: Client, padaria: Company) -> None:
        assert "Usar padrões" in text_of(ana_in.get(f"{HOME}regras/"))
        asked = {"crt": "1", "pis_cofins": "nao-cumulativo", "valid_from": "2026-11-01"}

        shown = text_of(ana_in.get(f"{HOME}regras/padroes/", asked))
        assert "Criar 12 regras" in shown
        assert "É criada a natureza «Venda de mercadoria»." in shown
        assert queries.rules(padaria).total == 0

        answer = ana_in.post(f"{HOME}regras/padroes/", asked, follow=True)
        assert "Padrões criados: 12 regras" in text_of(answer)
        assert queries.rules(padaria).total == 12
        assert "Todas estas regras já existem" in text_of(ana_in.get(f"{HOME}regras/padroes/", asked))

    def test_of_the_regime_normal_say_that_they_end_with_2026(self, ana_in: Client, padaria: Company) -> None:
        asked = {"crt": "3", "pis_cofins": "cumulativo", "valid_from": "2026-11-01"}
        shown = text_of(ana_in.get(f"{HOME}regras/padroes/", asked))
        assert "31/12/2026" in shown
        assert "0,65% e 3%" in shown
        refused = ana_in.get(f"{HOME}regras/padroes/", asked | {"valid_from": "2027-01-01"})
        assert refused.status_code == 422
        assert "não há padrões a partir de 2027" in text_of(refused)

    def test_are_listed_narrowed_sorted_and_exported(self, enter: Enter, bia: User, padroes: Company) -> None:
        client = enter(bia)
        page = text_of(client.get(f"{HOME}regras/", {"q": "5405"}))
        assert page.count('class="table__title"') == 1
        assert "Mercadoria com ST retida" in page
        assert "Nova regra" not in page
        assert "Nenhuma regra com estes filtros" in text_of(client.get(f"{HOME}regras/", {"regime": "normal"}))
        cfops = [row.cfop for row in client.get(f"{HOME}regras/", {"ordem": "-cfop"}).context["page"].rows]
        assert cfops == sorted(cfops, reverse=True)

        sheet = b"".join(client.get(f"{HOME}regras/planilha/", {"comprador": "contributor"}).streaming_content)
        lines = sheet.decode("utf-8-sig").splitlines()
        assert lines[0].startswith("Natureza;Grupo")
        assert len(lines) == 1 + 4

    def test_are_written_and_read_as_people_write_them(self, ana_in: Client, padroes: Company) -> None:
        answer = ana_in.post(f"{HOME}regras/nova/", typed(padroes, last_day="2027-03-31"), follow=True)
        page = text_of(answer)
        assert "Regra criada" in page
        assert "101 · Tributada pelo Simples Nacional, com crédito" in page
        assert "2,56%" in page
        assert "31/03/2027" in page
        made = next(row for row in queries.rules(padroes).rows if row.destination_uf == "RJ")
        assert (made.cfop, made.valid_until) == ("6108", date(2027, 4, 1))
        form = text_of(ana_in.get(f"{HOME}regras/{made.pk}/edicao/"))
        assert 'value="2,56"' in form
        assert 'value="2027-03-31"' in form

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"cfop": "5102", "destination": "other"}, "começa com 6"),
            ({"csosn": ""}, "Escolha o CSOSN"),
            ({"destination_uf": ""}, "Escolha a UF de destino"),
            ({"last_day": "2025-12-31"}, "O fim da validade deve ser depois do início"),
            ({"credito_aliquota": "0"}, "pede a alíquota do crédito"),
            ({"destination": "other", "csosn": "102"}, "encerre aquela antes"),
            ({"pis_aliquota": "muito"}, "número"),
        ],
    )
    def test_are_refused_in_words_by_their_field(
        self, ana_in: Client, padroes: Company, changes: dict[str, str], words: str
    ) -> None:
        answer = ana_in.post(f"{HOME}regras/nova/", typed(padroes, **changes))
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert queries.rules(padroes).total == 12

    def test_a_copy_ends_the_one_before(self, ana_in: Client, padroes: Company) -> None:
        old = rule_of(padroes, "6108")
        form = ana_in.get(f"{HOME}regras/{old.pk}/copia/").context["form"]
        tomorrow = timezone.localdate() + timedelta(days=1)
        sent = {name: form[name].value() for name in form.fields}
        sent = {name: str(value) for name, value in sent.items() if value not in {None, False}}
        answer = ana_in.post(
            f"{HOME}regras/{old.pk}/copia/",
            {**sent, "valid_from": f"{tomorrow:%Y-%m-%d}", "csosn": "103", "encerrar": "1"},
            follow=True,
        )
        assert "a anterior termina na véspera" in text_of(answer)
        assert queries.rule(padroes, old.pk).valid_until == tomorrow

    def test_one_that_held_is_ended_and_a_new_one_may_go(self, ana_in: Client, padroes: Company) -> None:
        old = rule_of(padroes, "5102")
        today = timezone.localdate()
        page = text_of(ana_in.get(f"{HOME}regras/{old.pk}/"))
        assert "Encerrar" in page
        assert "Histórico" in page
        answer = ana_in.post(f"{HOME}regras/{old.pk}/encerramento/", {"last_day": f"{today:%Y-%m-%d}"}, follow=True)
        assert f"A regra vale até {today:%d/%m/%Y}" in text_of(answer)
        refused = ana_in.post(f"{HOME}regras/{old.pk}/exclusao/", follow=True)
        assert "Encerre-a" in text_of(refused)

        ana_in.post(f"{HOME}regras/nova/", typed(padroes, valid_from=f"{today:%Y-%m-%d}"))
        made = next(row for row in queries.rules(padroes).rows if row.destination_uf == "RJ")
        assert "Regra excluída" in text_of(ana_in.post(f"{HOME}regras/{made.pk}/exclusao/", follow=True))

    def test_are_read_by_all_and_written_by_the_owner(
        self, by_role: dict[str, User], enter: Enter, padroes: Company
    ) -> None:
        rule = rule_of(padroes, "5102")
        for role, user in by_role.items():
            client = enter(user)
            assert client.get(f"{HOME}regras/{rule.pk}/").status_code == 200
            status = client.post(f"{HOME}regras/{rule.pk}/edicao/", {"cfop": ""}).status_code
            assert status == (422 if role in {"owner", "staff"} else 403)


class TestGroupsAndNaturezas:
    def test_a_group_is_made_of_ncm_and_products(
        self, ana_in: Client, padaria: Company, make_product: MakeProduct
    ) -> None:
        make_product(padaria, code="P1", ncm="22021000")
        sent = {"name": "Bebidas", "prefixes": "2201\n22.02", "products": "P1"}
        assert "Grupo «Bebidas» gravado" in text_of(ana_in.post(f"{HOME}grupos/novo/", sent, follow=True))
        group = ProductGroup.objects.of(padaria).get()
        page = text_of(ana_in.get(f"{HOME}grupos/{group.pk}/"))
        assert "2201\n2202" in page
        assert "1 é dito à parte" in page
        assert "Bebidas" in text_of(ana_in.get(f"{HOME}grupos/", {"q": "2202"}))

        refused = ana_in.post(f"{HOME}grupos/{group.pk}/", sent | {"products": "P9"})
        assert refused.status_code == 422
        assert "Nenhum produto ativo" in text_of(refused)
        assert "Grupo excluído" in text_of(ana_in.post(f"{HOME}grupos/{group.pk}/exclusao/", follow=True))

    def test_a_natureza_is_made_and_refused(self, ana_in: Client, padaria: Company) -> None:
        sent = {"name": "Bonificação", "kind": "other", "is_active": "on"}
        assert "Natureza «Bonificação» gravada" in text_of(ana_in.post(f"{HOME}naturezas/nova/", sent, follow=True))
        again = ana_in.post(f"{HOME}naturezas/nova/", sent)
        assert again.status_code == 422
        assert "Já existe a natureza" in text_of(again)


class TestRates:
    def test_of_a_uf_are_the_table_s_until_the_company_says_another(self, ana_in: Client, padaria: Company) -> None:
        page = text_of(ana_in.get(f"{HOME}aliquotas/"))
        assert "20,5%" in page
        assert "da empresa</span>" not in page
        sent = {"uf": "SP", "internal": "12,5", "fcp": "", "valid_from": "2026-01-01", "last_day": "2030-12-31"}
        assert "Alíquota de SP gravada" in text_of(ana_in.post(f"{HOME}aliquotas/", sent, follow=True))
        page = text_of(ana_in.get(f"{HOME}aliquotas/"))
        assert "12,5%" in page
        assert "31/12/2030" in page
        rate = StateRate.objects.of(padaria).get()
        gone = ana_in.post(f"{HOME}aliquotas/{rate.pk}/exclusao/", follow=True)
        assert "volta a valer a da tabela" in text_of(gone)

    def test_of_2026_for_ibs_and_cbs_are_the_law_s(self, ana_in: Client, padaria: Company) -> None:
        sent = {"ibs_uf": "0,05", "ibs_mun": "0,05", "cbs": "8,7", "valid_from": "2026-12-01"}
        refused = ana_in.post(f"{HOME}aliquotas/ibs-cbs/", sent)
        assert refused.status_code == 422
        assert "As alíquotas de 2026 são as da lei" in text_of(refused)
        done = ana_in.post(f"{HOME}aliquotas/ibs-cbs/", sent | {"valid_from": "2027-01-01"}, follow=True)
        assert "CBS 8,7%" in text_of(done)


ASKED = {
    "product": "P1", "destino": "BA", "comprador": "consumidor", "valor": "104,80", "crt": "3", "uf": "SP",
    "dia": "2026-11-24",
}  # fmt: skip


class TestTheSimulator:
    @pytest.fixture
    def venda(self, padaria: Company, make_product: MakeProduct) -> str:
        make_product(padaria, code="P1", name="Pão de mel", ncm="19059090")
        operations.set_defaults(
            company=padaria, crt="3", valid_from=date(2026, 1, 1), by="ana@padaria.example", now=timezone.now()
        )
        return str(queries.naturezas(padaria, kind=Kind.SALE)[0].pk)

    def test_shows_each_tax_with_its_reason(self, enter: Enter, bia: User, venda: str) -> None:
        page = text_of(enter(bia).get(f"{HOME}simulador/", ASKED | {"natureza": venda}))
        for words in (
            "R$ 7,34",
            "R$ 14,15",
            "20,5% − 7%",
            "R$ 74,29",
            "R$ 0,67",
            "DIFAL: R$ 104,80 × (20,5% − 7%) = R$ 14,15.",
            "Vale a regra «Venda de mercadoria, outra UF, não contribuinte, CFOP 6108».",
            "Abrir a regra",
        ):
            assert words.replace(" ", "\u00a0") in page or words in page, words

    def test_says_what_is_missing(
        self, enter: Enter, bia: User, venda: str, padaria: Company, make_product: MakeProduct
    ) -> None:
        client = enter(bia)
        make_product(padaria, code="P2", name="Bolo")
        make_product(padaria, code="K1", name="Cesta", is_kit=True)
        asked = ASKED | {"natureza": venda}
        assert "Bolo está sem NCM" in text_of(client.get(f"{HOME}simulador/", asked | {"product": "P2"}))
        assert "Simule cada um deles" in text_of(client.get(f"{HOME}simulador/", asked | {"product": "K1"}))
        assert "Nenhuma regra tributária" in text_of(client.get(f"{HOME}simulador/", asked | {"crt": "1"}))
        wrong = client.get(f"{HOME}simulador/", asked | {"desconto": "200"})
        assert wrong.status_code == 422
        assert "O desconto não pode passar" in text_of(wrong)

    def test_is_reached_from_the_product(self, enter: Enter, bia: User, venda: str, padaria: Company) -> None:
        product = Product.objects.of(padaria).get(code="P1")
        page = text_of(enter(bia).get(f"/padaria-sol/produtos/{product.pk}/"))
        assert f"{HOME}simulador/?product=P1" in page

    def test_asks_nothing_before_it_is_told(self, enter: Enter, bia: User, venda: str) -> None:
        page = enter(bia).get(f"{HOME}simulador/", {"uf": "SP", "crt": "3", "product": "P1"})
        assert page.status_code == 200
        assert page.context["form"]["uf"].value() == "SP"
        assert "Por que esta regra" not in text_of(page)


class TestWhatIsMissing:
    def test_is_told_with_the_way_to_mend_it(self, enter: Enter, bia: User, padroes: Company, listing: Any) -> None:
        client = enter(bia)
        page = text_of(client.get(f"{HOME}conferencia/", {"crt": "1", "uf": "SP"}))
        assert "Produtos vendidos ou anunciados sem NCM." in page
        assert "/padaria-sol/produtos/?fiscal=sem-ncm" in page
        assert "Camiseta" in text_of(client.get("/padaria-sol/produtos/", {"fiscal": "sem-ncm"}))
        assert "Camiseta" not in text_of(client.get("/padaria-sol/produtos/", {"fiscal": "com-ncm"}))

    def test_is_told_where_nothing_is(self, enter: Enter, bia: User, padroes: Company) -> None:
        client = enter(bia)
        assert "Nada falta" in text_of(client.get(f"{HOME}conferencia/", {"crt": "1", "uf": "SP"}))
        assert "Nada falta" not in text_of(client.get(f"{HOME}conferencia/"))
