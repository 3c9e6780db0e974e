"""Companies, people and their roles."""

from __future__ import annotations

from datetime import datetime

import pytest

from ahead.accounts import invitations, members, operations, queries, rules
from ahead.accounts.models import Company, Invitation, Membership, Role, User
from ahead.audit.models import Event

pytestmark = pytest.mark.django_db


class TestCompany:
    def test_gets_a_short_address_of_its_own(self, now: datetime) -> None:
        first = operations.create_company(name="Pão & Mel", cnpj="11222333000181", by="x", now=now)
        second = operations.create_company(name="Pão & Mel", cnpj="19131243000197", by="x", now=now)

        assert (first.slug, second.slug) == ("pao-mel", "pao-mel-2")

    @pytest.mark.parametrize("name", ["Entrar", "Saúde", "STATIC"])
    def test_never_stands_in_the_way_of_the_programs_own_addresses(self, now: datetime, db: None, name: str) -> None:
        with pytest.raises(rules.WrongEntry):
            operations.create_company(name=name, slug=name, cnpj="11222333000181", by="x", now=now)
        company = operations.create_company(name=name, cnpj="11222333000181", by="x", now=now)

        assert company.slug == f"{rules.slug_of(name)}-2"

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
        with django_assert_max_num_queries(3):  # type: ignore[operator]
            assert [str(m.user) for m in queries.members(padaria).rows] == [ana.email, bia.email, oto.email]
            assert [m.company.name for m in queries.memberships_of(ana)] == ["Padaria do Sol"]

    def test_keeps_an_owner_in_the_company(self, ana: User, oto: User, padaria: Company, now: datetime) -> None:
        with pytest.raises(operations.LastOwner):
            operations.set_membership(company=padaria, user=ana, role="reader", by="x", now=now)
        with pytest.raises(operations.LastOwner):
            operations.remove_membership(company=padaria, user=ana, by="x", now=now)
        operations.set_membership(company=padaria, user=oto, role="owner", by="x", now=now)
        operations.remove_membership(company=padaria, user=ana, by="x", now=now)

        assert [member.user for member in queries.members(padaria).rows] == [oto]

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


NEW = "massa madre 2026"


def invite(company: Company, now: datetime, **given: str) -> Invitation:
    facts = {"email": "nina@padaria.example", "name": "Nina Sá", "password": NEW, "role": "operator"}
    return invitations.invite(company, **{**facts, "by": "ana@padaria.example", "by_role": "owner", **given}, now=now)


class TestTakingIn:
    def test_makes_the_account_of_who_has_none(self, padaria: Company, ana: User, now: datetime) -> None:
        user = invite(padaria, now).user
        assert not user.memberships.exists()
        member = invitations.accept_invitation(user, user.invitations.get().pk, now=now)

        assert (member.role, member.user.name) == ("operator", "Nina Sá")
        assert member.user.check_password(NEW)
        assert not user.invitations.exists()
        told = [(event.text, event.by) for event in Event.objects.of(padaria).order_by("pk")]
        assert told[-2:] == [
            ("nina@padaria.example foi convidado para «Padaria do Sol» como Operador", ana.email),
            ("nina@padaria.example agora é Operador de «Padaria do Sol»", "nina@padaria.example"),
        ]

    def test_leaves_the_account_of_who_has_one(self, padaria: Company, caio: User, now: datetime) -> None:
        invitation = invite(padaria, now, email="CAIO@doces.example", name="X")

        assert invitation.user == caio
        assert User.objects.get(pk=caio.pk).name == "Caio Luz"
        assert User.objects.get(pk=caio.pk).check_password("fermento natural 77")

    def test_tells_nobody_whether_there_is_an_account(self, padaria: Company, caio: User, now: datetime) -> None:
        for wrong, refusal in (
            ({"password": "curta"}, operations.WeakPassword),
            ({"name": " "}, rules.WrongEntry),
        ):
            for email in ("nina@padaria.example", caio.email):
                with pytest.raises(refusal):
                    invite(padaria, now, email=email, **wrong)
        for email in ("nina@padaria.example", caio.email):
            invite(padaria, now, email=email)
            with pytest.raises(operations.AlreadyThere, match="Já há um convite"):
                invite(padaria, now, email=email)
        told = Event.objects.of(padaria).filter(name="accounts.invitation.made")
        assert set(told.values_list("subject_kind", "subject_id")) == {("company", padaria.pk)}

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"role": "staff"}, members.BeyondOwnRole),
            ({"role": "reader", "by_role": "operator"}, members.BeyondOwnRole),
            ({"email": "oto@padaria.example"}, operations.AlreadyThere),
            ({"email": "x"}, rules.WrongEntry),
            ({"name": " "}, rules.WrongEntry),
            ({"password": "curta"}, operations.WeakPassword),
        ],
    )
    def test_is_refused_whole(
        self, padaria: Company, oto: User, now: datetime, given: dict[str, str], refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            invite(padaria, now, **given)
        assert list(User.objects.all()) == [oto]
        assert queries.member(padaria, oto.pk).role == "operator"
        assert queries.invitations(padaria) == []

    def test_is_answered_once_and_by_nobody_else(self, padaria: Company, ana: User, caio: User, now: datetime) -> None:
        first = invite(padaria, now, email=caio.email)
        with pytest.raises(Invitation.DoesNotExist):
            invitations.accept_invitation(ana, first.pk, now=now)
        assert invitations.decline_invitation(caio, first.pk, now=now) == padaria
        with pytest.raises(Invitation.DoesNotExist):
            invitations.accept_invitation(caio, first.pk, now=now)

        assert not caio.memberships.filter(company=padaria).exists()
        assert Event.objects.of(padaria).get(name="accounts.invitation.declined").by == caio.email

    def test_changes_no_role_that_was_given_meanwhile(self, padaria: Company, caio: User, now: datetime) -> None:
        invitation = invite(padaria, now, email=caio.email, role="owner")
        operations.set_membership(company=padaria, user=caio, role="reader", by="x", now=now)

        assert invitations.accept_invitation(caio, invitation.pk, now=now).role == "reader"

    def test_is_taken_back_with_the_account_that_nobody_used(self, padaria: Company, caio: User, now: datetime) -> None:
        def cancel(invitation: Invitation, by_role: str = "owner") -> None:
            invitations.cancel_invitation(padaria, invitation.pk, by="ana@padaria.example", by_role=by_role, now=now)

        cancel(invite(padaria, now, email=caio.email))
        cancel(invite(padaria, now))
        assert list(User.objects.all()) == [caio]

        used = invite(padaria, now).user
        User.objects.filter(pk=used.pk).update(last_login=now)
        cancel(used.invitations.get())
        assert User.objects.filter(pk=used.pk).exists()
        with pytest.raises(members.BeyondOwnRole):
            cancel(invite(padaria, now, role="staff", by_role="staff"))


class TestTouching:
    @pytest.mark.parametrize("by_role", ["reader", "operator", "owner"])
    def test_reaches_no_role_beyond_ones_own(
        self, padaria: Company, ana: User, oto: User, staff: User, now: datetime, by_role: str
    ) -> None:
        for role in ("reader", "staff"):
            with pytest.raises(members.BeyondOwnRole):
                members.change_role(padaria, staff.pk, role=role, by="x", by_role=by_role, now=now)
        with pytest.raises(members.BeyondOwnRole):
            members.change_role(padaria, oto.pk, role="staff", by="x", by_role=by_role, now=now)
        with pytest.raises(members.BeyondOwnRole):
            members.remove_member(padaria, staff.pk, by="x", by_role=by_role, now=now)
        with pytest.raises(members.BeyondOwnRole):
            members.reset_password(padaria, staff.pk, password=NEW, by="x", by_role=by_role, now=now)

    def test_knows_nobody_of_another_company(self, padaria: Company, ana: User, caio: User, now: datetime) -> None:
        for act in (
            lambda: members.change_role(padaria, caio.pk, role="reader", by="x", by_role="staff", now=now),
            lambda: members.remove_member(padaria, caio.pk, by="x", by_role="staff", now=now),
            lambda: members.reset_password(padaria, caio.pk, password=NEW, by="x", by_role="staff", now=now),
        ):
            with pytest.raises(Membership.DoesNotExist):
                act()

    def test_changes_and_removes(self, padaria: Company, ana: User, oto: User, now: datetime) -> None:
        members.change_role(padaria, oto.pk, role="owner", by=ana.email, by_role="owner", now=now)
        assert queries.member(padaria, oto.pk).role == "owner"
        assert members.remove_member(padaria, oto.pk, by=ana.email, by_role="owner", now=now) == oto
        assert [member.user for member in queries.members(padaria).rows] == [ana]


class TestResetting:
    def reset(self, company: Company, user: User, now: datetime, **given: str) -> User:
        facts = {"password": NEW, "by": "ana@padaria.example", "by_role": "owner", **given}
        return members.reset_password(company, user.pk, **facts, now=now)

    def test_gives_a_new_password_and_ends_the_sessions(
        self, padaria: Company, ana: User, oto: User, now: datetime
    ) -> None:
        before = oto.get_session_auth_hash()
        after = self.reset(padaria, oto, now)

        assert after.check_password(NEW)
        assert after.get_session_auth_hash() != before
        event = Event.objects.of(padaria).get(name="accounts.user.password_reset")
        assert (event.text, event.by) == ("oto@padaria.example recebeu uma nova senha", ana.email)
        assert NEW not in f"{event.text}{event.facts}"

    def test_asks_for_a_strong_one(self, padaria: Company, ana: User, oto: User, now: datetime) -> None:
        with pytest.raises(operations.WeakPassword):
            self.reset(padaria, oto, now, password="curta")
        assert User.objects.get(pk=oto.pk).check_password("fermento natural 77")

    def test_is_not_for_oneself(self, padaria: Company, ana: User, now: datetime) -> None:
        with pytest.raises(members.NotTheirs):
            self.reset(padaria, ana, now)

    def test_is_no_way_into_another_company(
        self, padaria: Company, outra: Company, ana: User, caio: User, now: datetime
    ) -> None:
        invitation = invite(padaria, now, email=caio.email, role="reader")
        with pytest.raises(Membership.DoesNotExist):
            self.reset(padaria, caio, now)
        self.reset(outra, caio, now)  # whom their own company may give a new password, whoever invited them
        invitations.accept_invitation(caio, invitation.pk, now=now)
        with pytest.raises(members.NotTheirs):
            self.reset(padaria, caio, now)
        self.reset(padaria, caio, now, by="sam@ahead.example", by_role="staff")

        for company, resets in ((padaria, 1), (outra, 2)):
            assert Event.objects.of(company).filter(name="accounts.user.password_reset").count() == resets
