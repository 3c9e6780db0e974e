"""`ahead sandbox sefaz` as somebody meets it who wants to try: it says where it is, answers, ends, and remembers."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from ahead.nfe.authorizers import Endpoints
from ahead.nfe.certificate import open_certificate
from ahead.nfe.sefaz import Sefaz
from ahead.nfe.values import Environment
from plugins.ports import free_port

SAID = re.compile(
    r"SEFAZ de mentira em (?P<address>\S+) .*\n +página: +(?P<page>\S+)\n +autoridade: +(?P<ca>\S+)\n"
    r" +certificado: (?P<pfx>\S+) \(CNPJ (?P<cnpj>\S+), senha: (?P<password>\S+)\)"
)


@dataclass
class Running:
    """A pretend SEFAZ in a process of its own, and what it said."""

    process: subprocess.Popen[str]
    said: dict[str, str]

    def status(self) -> str:
        certificate = open_certificate(Path(self.said["pfx"]).read_bytes(), self.said["password"])
        assert certificate.cnpj == self.said["cnpj"]
        endpoints = Endpoints.all_at(self.said["address"])
        ca = Path(self.said["ca"])
        with Sefaz(certificate, uf="SP", environment=Environment.PRODUCTION, endpoints=endpoints, ca=ca) as sefaz:
            return sefaz.status().cstat

    def held(self) -> dict[str, object]:
        with urlopen(f"{self.said['page']}_admin") as answer:
            found: dict[str, object] = json.load(answer)
            return found


def words(*more: str) -> list[str]:
    ports = ["--port", str(free_port()), "--admin-port", str(free_port())]
    return [sys.executable, "-m", "ahead.cli", "sandbox", "sefaz", *ports, *more]


@contextmanager
def running(*more: str) -> Iterator[Running]:
    process = subprocess.Popen(words(*more), stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        text = "".join(process.stderr.readline() for _ in range(4))
        found = SAID.match(text)
        assert found is not None, text
        yield Running(process, found.groupdict())
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


def test_it_says_where_it_is_and_leaves_nothing(tmp_path: Path) -> None:
    with running() as sefaz:
        assert sefaz.status() == "107"
        with urlopen(sefaz.said["page"]) as page:
            assert "Sandbox da SEFAZ" in page.read().decode()
        folder = Path(sefaz.said["ca"]).parent
        assert folder.exists()
    assert not folder.exists()


def test_with_a_folder_it_is_the_same_one_again(tmp_path: Path) -> None:
    with running("--data-dir", str(tmp_path / "sefaz")) as sefaz:
        ca = Path(sefaz.said["ca"]).read_bytes()
        body = json.dumps({"uf": "SP", "document": sefaz.said["cnpj"], "inscricao_estadual": "1"}).encode()
        kind = {"Content-Type": "application/json"}
        with urlopen(Request(f"{sefaz.said['page']}_admin/contributors", data=body, headers=kind)) as answer:
            assert answer.status == 201
    with running("--data-dir", str(tmp_path / "sefaz")) as sefaz:
        assert sefaz.status() == "107"
        assert Path(sefaz.said["ca"]).read_bytes() == ca
    assert (tmp_path / "sefaz" / "sefaz.jsonl").read_text().count("\n") == 1
    assert oct((tmp_path / "sefaz" / "autoridade.key").stat().st_mode)[-3:] == "600"


@pytest.mark.parametrize("broken", ["memory", "port"])
def test_what_is_in_the_way_is_said(tmp_path: Path, broken: str) -> None:
    (tmp_path / "sefaz.jsonl").write_text("no JSON\n" if broken == "memory" else "")
    with running() as other:
        port = other.said["address"].rpartition(":")[2] if broken == "port" else str(free_port())
        asked = [*words("--data-dir", str(tmp_path)), "--port", port]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, env=dict(os.environ), check=False)
    assert done.returncode == 2
    assert ("sefaz.jsonl" if broken == "memory" else "--port") in done.stderr
    assert "Traceback" not in done.stderr
