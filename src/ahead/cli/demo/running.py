"""The order of things: tables, pretend Tray, company, worker, web; then wait, and end everything."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from ahead.cli.demo.parts import Part, answers, end_all, notify_at, post
from ahead.cli.exits import Exit
from ahead.cli.lifeline import end_with_stdin
from ahead.cli.serving import apply_migrations, check_port
from ahead.lib.errors import Refused

SEFAZ = "sefaz"
_LOOK_SECONDS = 1.0


class AlreadyRunning(Refused):
    """Another demo runs in the same folder."""


def demo(args: Namespace) -> int:
    """Run everything until Ctrl-C."""
    ports = {name: getattr(args, name) for name in ("port", "tray_port", "sefaz_port", "sefaz_admin_port")}
    for name, port in ports.items():
        option = f"--{name.replace('_', '-')}"
        check_port("127.0.0.1", port, option=option)
        if list(ports.values()).count(port) > 1:
            raise Refused(f"A porta {port} foi escolhida para duas partes: escolha outra com {option}.")
    os.environ["AHEAD_SEFAZ_ADDRESS"] = f"https://127.0.0.1:{args.sefaz_port}"
    _set_up_django()
    with only_one(_folder()):
        return _run(args)


def _run(args: Namespace) -> int:
    if args.end_with_stdin:
        end_with_stdin()
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell lets its background jobs ignore Ctrl-C
        signal.signal(number, signal.default_int_handler)
    parts: list[Part] = []
    try:
        _start(args, parts)
        _wait(parts)
    except KeyboardInterrupt:
        print("\nEncerrando…", flush=True)
    finally:
        end_all(parts)
    print("Tudo encerrado. Os dados ficaram; `ahead demo` continua de onde parou.")
    return Exit.DONE


def _set_up_django() -> None:
    os.environ["AHEAD_ALLOW_PRIVATE_HOSTS"] = "1"  # the pretend Tray is on this machine
    os.environ.setdefault("AHEAD_LOG_LEVEL", "WARNING")
    os.environ.setdefault("AHEAD_EMAIL_URL", "console:")  # the link for a new password is read in web.log
    os.environ.setdefault("AHEAD_PUBLIC_URL", "https://casa-aurora.example")  # the pretend Tray fetches no image
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahead.config.settings")
    import django  # after the environment: the settings read it once

    django.setup()


def _trust_pretend_sefaz() -> None:
    from django.conf import settings

    from ahead.cli.demo.fiscal import make_authority

    settings.SEFAZ_AUTHORITIES = str(make_authority(_folder() / SEFAZ))
    os.environ["AHEAD_SEFAZ_AUTHORITIES"] = settings.SEFAZ_AUTHORITIES  # for the parts


def _folder() -> Path:
    from django.conf import settings

    folder = Path(settings.DATA_DIR) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """
    Let one demo at a time use a folder: two would write each other's state away.

    :raises AlreadyRunning: if one runs there.
    """
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go by the system, however we end
        except BlockingIOError:
            raise AlreadyRunning(
                f"Já há uma demonstração rodando em {folder.parent}. "
                "Para ter outra ao mesmo tempo, use outra pasta (AHEAD_DATA_DIR) e outras portas."
            ) from None
        yield


def _start(args: Namespace, parts: list[Part]) -> None:
    from django.db import connections

    from ahead.cli.demo import story, tray

    logs = _folder()
    state = logs / "tray.json"
    _say("Preparando o banco de dados…")
    apply_migrations()
    story.check_ours()
    _trust_pretend_sefaz()
    shelves = tray.open_stores(state)

    _say("Iniciando o Tray e a SEFAZ de mentira, o worker e as telas…")
    tray_words = ["sandbox", "tray", "--port", str(args.tray_port), "--state", str(state)]
    web_words = ["web", "--bind", f"127.0.0.1:{args.port}", "--workers", "1"]
    sandbox = _begun(parts, Part("O Tray de mentira", tray_words, logs / "tray.log"))
    sefaz = _begun(parts, Part("A SEFAZ de mentira", _sefaz_words(args, logs), logs / "sefaz.log"))
    web = _begun(parts, Part("O servidor das telas", web_words, logs / "web.log"))
    worker = _begun(parts, Part("O worker", ["worker", "--threads", "8"], logs / "worker.log"))

    sandbox.wait_until(lambda: answers(args.tray_port))
    _say("Cadastrando a empresa, os produtos e as Lojas…")
    story.tell(
        shelves,
        address=f"http://127.0.0.1:{args.tray_port}",
        new_code=lambda slug: str(post(args.tray_port, f"/_admin/stores/{slug}/codes")["code"]),
        notify=lambda key, secret: notify_at(
            args.tray_port, key, f"http://127.0.0.1:{args.port}/webhooks/tray/{secret}/"
        ),
        authority=logs / SEFAZ,
    )
    sefaz.wait_until(lambda: answers(args.sefaz_admin_port))
    web.wait_until(lambda: answers(args.port, "/saude"))
    worker.wait_until(lambda: story.worker_beats(worker.pid))
    connections.close_all()
    print(story.welcome(args.port, args.tray_port, args.sefaz_admin_port, logs), flush=True)


def _sefaz_words(args: Namespace, logs: Path) -> list[str]:
    ports = ["--port", str(args.sefaz_port), "--admin-port", str(args.sefaz_admin_port)]
    return ["sandbox", "sefaz", *ports, "--data-dir", str(logs / SEFAZ)]


def _begun(parts: list[Part], part: Part) -> Part:
    parts.append(part)  # at once: what has begun must end, whatever happens next
    return part


def _wait(parts: list[Part]) -> NoReturn:
    while True:
        time.sleep(_LOOK_SECONDS)
        for part in parts:
            part.check()


def _say(sentence: str) -> None:
    print(sentence, flush=True)
