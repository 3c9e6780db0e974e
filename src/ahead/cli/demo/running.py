"""The order of things: tables, pretend Tray, company, worker, web; then wait, and end everything."""

from __future__ import annotations

import os
import signal
import time
from argparse import Namespace
from pathlib import Path
from typing import NoReturn

from ahead.cli.demo.parts import Part, answers, end_all, post
from ahead.cli.lifeline import end_with_stdin
from ahead.cli.serving import apply_migrations, check_port
from ahead.lib.errors import Refused

_LOOK_SECONDS = 1.0


def demo(args: Namespace) -> int:
    """Run everything until Ctrl-C."""
    check_port("127.0.0.1", args.port, option="--port")
    check_port("127.0.0.1", args.tray_port, option="--tray-port")
    if args.port == args.tray_port:
        raise Refused("As duas portas são a mesma: escolha outra com --tray-port.")
    _set_up_django()
    if args.end_with_stdin:
        end_with_stdin()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends us wants the parts to end, too
    parts: list[Part] = []
    try:
        _start(args, parts)
        _wait(parts)
    except KeyboardInterrupt:
        print("\nEncerrando…", flush=True)
    finally:
        end_all(parts)
    print("Tudo encerrado. Os dados ficaram; `ahead demo` continua de onde parou.")
    return 0


def _set_up_django() -> None:
    os.environ["AHEAD_ALLOW_PRIVATE_HOSTS"] = "1"  # the pretend Tray is on this machine
    os.environ.setdefault("AHEAD_LOG_LEVEL", "WARNING")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ahead.config.settings")
    import django  # after the environment: the settings read it once

    django.setup()


def _start(args: Namespace, parts: list[Part]) -> None:
    from django.conf import settings
    from django.db import connections

    from ahead.cli.demo import story, tray

    folder = Path(settings.DATA_DIR)
    logs = folder / "demo"
    logs.mkdir(parents=True, exist_ok=True)
    state = logs / "tray.json"
    _say("Preparando o banco de dados…")
    apply_migrations()
    story.check_ours()

    _say("Abrindo o Tray de mentira…")
    shelves = tray.open_stores(state)
    sandbox = Part(
        "O Tray de mentira", ["sandbox", "tray", *_port(args.tray_port), "--state", str(state)], logs / "tray.log"
    )
    parts.append(sandbox)
    sandbox.wait_until(lambda: answers(args.tray_port))

    _say("Cadastrando a empresa, os produtos e as Lojas…")
    story.tell(
        shelves,
        address=f"http://127.0.0.1:{args.tray_port}",
        new_code=lambda slug: str(post(args.tray_port, f"/_admin/stores/{slug}/codes")["code"]),
    )
    _say("Iniciando o worker e as telas…")
    worker = Part("O worker", ["worker", "--threads", "8"], logs / "worker.log")
    parts.append(worker)
    web = Part("O servidor das telas", ["web", "--bind", f"127.0.0.1:{args.port}"], logs / "web.log")
    parts.append(web)
    web.wait_until(lambda: answers(args.port, "/saude"))
    worker.wait_until(lambda: story.worker_beats(worker.pid))
    connections.close_all()
    print(story.welcome(args.port, args.tray_port, logs), flush=True)


def _port(port: int) -> list[str]:
    return ["--port", str(port)]


def _wait(parts: list[Part]) -> NoReturn:
    while True:
        time.sleep(_LOOK_SECONDS)
        for part in parts:
            part.check()


def _say(sentence: str) -> None:
    print(sentence, flush=True)
