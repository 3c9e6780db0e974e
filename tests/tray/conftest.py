"""What the tests of the Tray client share."""

import pytest
from tray_stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()
