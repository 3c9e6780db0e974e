"""Going into the screens as one of the cast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from ahead.accounts.models import Company, Role, User
from ahead.accounts.operations import set_membership

Enter = Callable[[User], Client]


@pytest.fixture
def enter() -> Enter:
    """Log a person in, without the password."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in


@pytest.fixture
def by_role(ana: User, oto: User, bia: User, staff: User) -> dict[str, User]:
    """The bakery's people by their role."""
    return {"owner": ana, "operator": oto, "reader": bia, "staff": staff}


@pytest.fixture
def guest_staff(outra: Company, staff: User, now: datetime) -> User:
    """The member of AHEAD's staff, who also looks after the other company."""
    set_membership(company=outra, user=staff, role=Role.STAFF, by="teste", now=now)
    return staff
