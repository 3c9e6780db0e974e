"""What deploy/ says must exist: every command with its options, every setting, every file it mounts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import reverse

from ahead.cli.parsers import make_parser
from ahead.web.notified import PREFIX
from ahead.web.uploads import MOST_AT_ONCE

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SETTINGS = set(re.findall(r"^#?\s?(AHEAD_\w+)=", (ROOT / ".env.sample").read_text(), re.MULTILINE))
OF_COMPOSE = {"AHEAD_DOMAIN"}  # of compose and proxy themselves, not of the program


def _understood(words: list[str]) -> None:
    make_parser().parse_args(words)  # raises where a command or an option is not known


@pytest.mark.parametrize("path", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_units_run_commands_that_exist_as_nobody_special(path: Path) -> None:
    text = path.read_text()
    command = re.search(r"^ExecStart=(.+)$", text, re.MULTILINE)
    assert command is not None
    program, *words = shlex.split(command[1])
    assert program.endswith("/bin/ahead")
    _understood(words)
    for line in ("User=ahead", "NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077"):
        assert f"\n{line}\n" in text
    names = set(re.findall(r"ahead-[\w@]+\.(?:service|timer)", text))
    assert names <= {unit.name for unit in UNITS}


@pytest.mark.parametrize("name", [name for name, one in COMPOSE["services"].items() if "ahead:" in one["image"]])
def test_containers_run_commands_that_exist(name: str) -> None:
    service = COMPOSE["services"][name]
    program, *words = service["command"]
    assert program == "ahead"
    _understood(words)
    assert service["read_only"]
    assert set(service["environment"]) <= SETTINGS
    assert {volume.split(":")[0] for volume in service["volumes"]} <= set(COMPOSE["volumes"])
    assert set(service.get("depends_on", ())) <= set(COMPOSE["services"])


def test_no_setting_is_named_that_does_not_exist() -> None:
    texts = [*DEPLOY.rglob("*"), ROOT / "docs" / "operacao.md"]
    named = {name for path in texts if path.is_file() for name in re.findall(r"AHEAD_[A-Z_]+", path.read_text())}
    assert named
    assert {name.removesuffix("_FILE") for name in named} - OF_COMPOSE <= SETTINGS


def test_the_manual_of_operations_names_commands_that_exist() -> None:
    manual = (ROOT / "docs" / "operacao.md").read_text()
    commands = re.findall(r"`ahead ((?:[a-z-]+)(?: [a-z-]+)?)", manual)
    text = (ROOT / "docs" / "comandos.md").read_text()
    assert len(set(commands)) >= 8
    assert [one for one in commands if f"`ahead {one.split()[0]}" not in text] == []


def test_the_image_is_built_from_no_more_than_it_copies() -> None:
    lines = re.findall(r"^COPY (?!--from)(.+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    copied = {name for line in lines for name in line.split()[:-1]}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored  # keys, data and the history stay here
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)


def test_no_unit_is_given_up_where_the_database_is_late() -> None:
    for unit in UNITS:
        text = unit.read_text()
        assert "Requires=ahead-migrate" not in text
        if unit.suffix == ".service" and unit.stem != "ahead-backup":
            assert re.search(r"^Restart=", text, re.MULTILINE), unit.name
            assert "\nStartLimitIntervalSec=0\n" in text, unit.name


def test_a_press_that_may_have_been_done_is_not_sent_to_another_host() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    repeated = re.findall(r"^\s*proxy_next_upstream (.+);", text, re.MULTILINE)
    assert repeated == ["error timeout http_503"]


def test_the_proxy_is_mounted_and_leads_to_the_web() -> None:
    mounted = [volume.split(":")[0] for volume in COMPOSE["services"]["proxy"]["volumes"] if volume.startswith("./")]
    assert all((DEPLOY / name).is_file() for name in mounted)
    assert "reverse_proxy web:8000" in (DEPLOY / "Caddyfile").read_text()
    assert "X-Forwarded-Proto" in (DEPLOY / "nginx.conf").read_text()


def test_a_proxy_lets_through_what_the_screens_invite_and_little_more() -> None:
    [nginx] = re.findall(r"^\s*client_max_body_size (\d+)m;", (DEPLOY / "nginx.conf").read_text(), re.MULTILINE)
    [caddy] = re.findall(r"^\s*max_size (\d+)MB$", (DEPLOY / "Caddyfile").read_text(), re.MULTILINE)
    for most in (int(nginx) * 1024**2, int(caddy) * 1000**2):
        assert MOST_AT_ONCE < most < 1.2 * MOST_AT_ONCE


def test_no_log_of_a_proxy_holds_an_address_with_a_secret_or_a_person_in_it() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    [logged] = re.findall(r"^log_format ahead '(.+)';$", text, re.MULTILINE)
    assert not re.search(r"\$(request|request_uri|uri|args|query_string|http_\w+)\b", logged)
    servers = text.split("\nserver {")[1:]
    assert servers
    for server in servers:
        assert re.findall(r"^\s*access_log (.+);", server, re.MULTILINE) == ["/var/log/nginx/ahead.access.log ahead"]
        assert re.findall(r"^\s*error_log \S+ (\w+);", server, re.MULTILINE) == ["crit"]
    hidden = [re.compile(rule) for rule in re.findall(r"^\s*~\*(\S+)\s+\S+\*\*\*;$", text, re.MULTILINE)]
    link = reverse("password_link", args=["MQ", "c0ffee-0123"])
    for address in (f"{PREFIX}c0ffee", link):
        assert any(rule.match(address) for rule in hidden), address
    assert not any(rule.match(reverse("new_password")) for rule in hidden)
    caddy = (DEPLOY / "Caddyfile").read_text()
    assert "request>uri delete" in caddy
    assert len(re.findall(r"^\s*log\b", caddy, re.MULTILINE)) == 1  # of errors: a second one would be of accesses
