"""What the tests of the Tray client share."""

import pytest
from tray_shop import Shop, open_shop
from tray_stage import NOW, Stage

from ahead.sandbox.tray import TraySandbox


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def shop() -> Shop:
    return open_shop(TraySandbox(seed=7, clock=lambda: NOW))
