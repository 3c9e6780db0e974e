"""Alerts by a real conversation with a mail server that ends it whenever it likes."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from ahead.accounts.models import User
from ahead.stores.models import Store
from ahead.watch import mailing
from ahead.watch.models import Alert, AlertKind, MailLine, News


class OneALine(socketserver.StreamRequestHandler):
    """Takes one message, and hangs up at the second."""

    def handle(self) -> None:
        self.say("220 correio")
        taken = 0
        to = ""
        for line in self.rfile:
            word = line.strip().upper()
            if word.startswith(b"MAIL") and taken:
                self.say("421 4.7.0 too many messages in this connection")
                return
            if word.startswith(b"RCPT"):
                to = line.decode().partition("<")[2].partition(">")[0]
            if word == b"DATA":
                self.say("354 go on")
                while self.rfile.readline() != b".\r\n":
                    pass
                taken += 1
                self.server.taken.append(to)  # type: ignore[attr-defined]
            self.say("250 ok")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def taken(settings: Any) -> Iterator[list[str]]:
    """Whom the server took a message for."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OneALine) as server:
        server.daemon_threads = True
        server.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = *server.server_address, 10
        yield server.taken  # type: ignore[attr-defined]
        server.shutdown()


def test_a_conversation_that_ended_is_no_fault_of_the_next_message(
    loja: Store, taken: list[str], now: datetime
) -> None:
    facts: dict[str, Any] = {"since": now, "opened_at": now, "last_seen_at": now}
    alert = Alert.objects.create(
        company=loja.company, store=loja, kind=AlertKind.QUOTA, key="store:1", text="Restam 3.", remedy="Nada.", **facts
    )
    people = [User.objects.create(email=f"p{n}@padaria.example", name=f"P {n}", created_at=now) for n in range(5)]
    MailLine.objects.bulk_create(
        MailLine(company=loja.company, user=one, news=News.OPENED, alert=alert, created_at=now, due_at=now)
        for one in people
    )
    mailing.send_mails()
    refused = MailLine.objects.of(loja.company).filter(sent_at=None)
    assert {(line.starts, line.tries) for line in refused} == {(0, 1)}, "it was said that it was not taken"
    for _ in range(2):
        refused.update(due_at=now)
        mailing.send_mails()

    assert not MailLine.objects.of(loja.company).filter(sent_at=None).exists()
    assert sorted(taken) == [one.email for one in people]
