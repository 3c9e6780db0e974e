"""Companies, people and their roles."""

from __future__ import annotations

from datetime import datetime

import pytest

from ahead.accounts import operations, queries, rules
from ahead.accounts.models import Company, Membership, Role, User
from ahead.audit.models import Event

pytestmark = pytest.mark.django_db


class TestCompany:
    def test_gets_a_short_address_of_its_own(self, now: datetime) -> None:
        first = operations.create_company(name="Pão & Mel", cnpj="11222333000181", by="x", now=now)
        second = operations.create_company(name="Pão & Mel", cnpj="19131243000197", by="x", now=now)

        assert (first.slug, second.slug) == ("pao-mel", "pao-mel-2")

    def test_needs_a_cnpj_of_its_own(self, padaria: Company, now: datetime) -> None:
        with pytest.raises(operations.AlreadyThere):
            operations.create_company(name="Outra", cnpj="11.222.333/0001-81", by="x", now=now)
        with pytest.raises(rules.WrongEntry):
            operations.create_company(name="Outra", cnpj="11.222.333/0001-82", by="x", now=now)

    def test_leaves_a_trace(self, padaria: Company) -> None:
        assert Event.objects.of(padaria).get().name == "accounts.company.created"


class TestUser:
    def test_is_found_in_any_case_and_only_once(self, ana: User, now: datetime) -> None:
        assert queries.user_by_email("ANA@Padaria.example") == ana
        with pytest.raises(operations.AlreadyThere):
            operations.create_user(email=" Ana@PADARIA.example", name="A", password="outra senha longa", now=now)

    @pytest.mark.parametrize("password", ["curta", "1234567890", "ana@padaria"])
    def test_needs_a_strong_password(self, now: datetime, password: str) -> None:
        with pytest.raises(operations.WeakPassword):
            operations.create_user(email="ana@padaria.com", name="Ana", password=password, now=now)

    def test_changes_the_password_with_the_old_one(self, ana: User, padaria: Company, now: datetime) -> None:
        with pytest.raises(operations.WrongPassword):
            operations.change_password(user=ana, old="errada", new="uma nova senha 9", now=now)
        operations.change_password(user=ana, old="fermento natural 77", new="uma nova senha 9", now=now)

        assert User.objects.get(pk=ana.pk).check_password("uma nova senha 9")
        event = Event.objects.of(padaria).get(name="accounts.user.password_changed")
        assert "uma nova" not in f"{event.text}{event.facts}"


class TestMembership:
    def test_is_a_secret_to_strangers(self, ana: User, caio: User) -> None:
        assert queries.membership(ana, "padaria-sol").role == Role.OWNER
        with pytest.raises(Membership.DoesNotExist):
            queries.membership(caio, "padaria-sol")

    def test_lists_with_few_queries(
        self, ana: User, bia: User, oto: User, padaria: Company, django_assert_max_num_queries: object
    ) -> None:
        with django_assert_max_num_queries(2):  # type: ignore[operator]
            assert [str(m.user) for m in queries.members(padaria)] == [ana.email, bia.email, oto.email]
            assert [m.company.name for m in queries.memberships_of(ana)] == ["Padaria do Sol"]

    def test_keeps_an_owner_in_the_company(self, ana: User, oto: User, padaria: Company, now: datetime) -> None:
        with pytest.raises(operations.LastOwner):
            operations.set_membership(company=padaria, user=ana, role="reader", by="x", now=now)
        with pytest.raises(operations.LastOwner):
            operations.remove_membership(company=padaria, user=ana, by="x", now=now)
        operations.set_membership(company=padaria, user=oto, role="owner", by="x", now=now)
        operations.remove_membership(company=padaria, user=ana, by="x", now=now)

        assert [member.user for member in queries.members(padaria)] == [oto]

    @pytest.mark.parametrize(
        ("role", "needed", "answer"),
        [
            ("staff", "owner", True),
            ("owner", "staff", False),
            ("operator", "operator", True),
            ("reader", "operator", False),
        ],
    )
    def test_may_do_what_lesser_roles_may(self, role: str, needed: str, *, answer: bool) -> None:
        assert rules.may(role, needed) is answer
