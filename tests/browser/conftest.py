"""One installation for all journeys of a process; what failed is shown with a picture and with the servers' logs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from installation import Installation
from people import MakePerson, Person
from playwright.sync_api import Browser, Page, expect
from shops import Shop, open_big_shop, open_shop

from ahead.sandbox.sefaz import SefazSandbox
from ahead.sandbox.sefaz import serve as serve_sefaz
from ahead.sandbox.tray import TraySandbox, serve
from plugins.databases import database_of
from plugins.migrated import copy_of

WAIT_MS = 60_000  # the machine may do much else
expect.set_options(timeout=WAIT_MS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shots", default="", help="write pictures of every screen into this folder (tests/browser/shots.py)"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Witness:
    """What there is to tell of a test that failed."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation, self.folder = installation, folder
        self.sizes = installation.log_sizes()
        self.pages: list[Page] = []

    def tell(self, report: pytest.TestReport) -> None:
        """Add what the servers logged meanwhile, and where the pictures of the open pages are."""
        for name, since in self.sizes.items():
            report.sections.append((f"log of the {name}", self.installation.log(name, since=since)[-6_000:]))
        for number, page in enumerate(page for page in self.pages if not page.is_closed()):
            picture = self.folder / f"page-{number}.png"
            page.screenshot(path=picture, full_page=True)
            report.sections.append(("picture", f"{page.url}\n{picture}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and (witness := getattr(item, "funcargs", {}).get("witness")):
        witness.tell(report)
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium")}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    size = {"width": 1280, "height": 900}
    return {**browser_context_args, "viewport": size, "locale": "pt-BR", "timezone_id": "America/Sao_Paulo"}


@pytest.fixture(scope="session")
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The product, running, on the database of the run: a copy of one whose tables are made already."""
    folder = tmp_path_factory.mktemp("installation")
    url = ""
    if request.config.getoption("--db") == "postgres":
        url = _new_database(request, folder.parent.name + folder.name)
    else:
        (folder / "var").mkdir()
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "var/ahead.sqlite3")
    box = TraySandbox()
    with serve(box.app) as address, serve_sefaz(SefazSandbox(), folder=folder) as sefaz:
        made = Installation(folder, box, address, sefaz, url)
        try:
            made.start()
            yield made
        finally:
            made.close()
    shutil.rmtree(folder / "var", ignore_errors=True)


def _new_database(request: pytest.FixtureRequest, name: str) -> str:
    server = request.getfixturevalue("postgres_url")
    name = "".join(letter for letter in name.lower() if letter.isalnum())[:60]
    copy_of(request.getfixturevalue("migrated_postgres"), name, server=server)
    return database_of(server, name)


@pytest.fixture(scope="session")
def base_url(installation: Installation) -> str:
    """Where the browsers begin."""
    return installation.address


@pytest.fixture
def shop(installation: Installation) -> Shop:
    """A company of the test's own."""
    return open_shop(installation)


@pytest.fixture(scope="session")
def big_shop(installation: Installation) -> Shop:
    """A company with enough in it to look at every screen; shared, so only looked at."""
    return open_big_shop(installation, products=60, orders=40)


@pytest.fixture
def witness(installation: Installation, tmp_path: Path) -> Witness:
    """Tells a failed test's report what the servers logged meanwhile, and keeps pictures of the open pages."""
    return Witness(installation, tmp_path)


@pytest.fixture
def make_person(
    browser: Browser, browser_context_args: dict[str, Any], installation: Installation, witness: Witness
) -> Iterator[MakePerson]:
    """Seat people at browsers of their own; in the end nothing may have been complained of."""
    people: list[Person] = []

    def make(*, expected_answers: Iterable[int] = (), **settings: Any) -> Person:
        page = browser.new_context(**{**browser_context_args, **settings}).new_page()
        page.set_default_timeout(WAIT_MS)
        witness.pages.append(page)
        people.append(Person(page, installation.address))
        people[-1].expected_answers |= set(expected_answers)
        return people[-1]

    yield make
    for person in people:
        person.page.context.close()
    complaints = [text for person in people for text in person.complaints]
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def person(make_person: MakePerson) -> Person:
    """Somebody at a desk."""
    return make_person()
